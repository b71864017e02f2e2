//! Conditions: mappings of selectors, macros and any/all/none/not.

use serde_json::{Map, Value, json};

use super::parts::{described, texts};
use crate::event::catalogue::{self, Paths};

pub(super) fn reference(definition: &str) -> Value {
    json!({"$ref": format!("#/definitions/{definition}")})
}

/// The keys of a condition that are no selectors.
fn structure(own: &str) -> Map<String, Value> {
    let list = || json!({"type": "array", "minItems": 1, "items": reference(own)});
    let entries = [
        ("any", described(list(), "At least one of these must hold.")),
        ("all", described(list(), "Every one of these must hold.")),
        ("none", described(list(), "None of these may hold.")),
        ("not", described(reference(own), "This must not hold.")),
        (
            "macros",
            described(
                texts(),
                "Matches defined under a top-level `macros:`; each must hold.",
            ),
        ),
        (
            "ignore_case",
            described(
                json!({"type": "boolean"}),
                "Whether all tests of this mapping disregard case.",
            ),
        ),
    ];
    entries
        .into_iter()
        .map(|(key, schema)| (key.to_owned(), schema))
        .collect()
}

/// Selectors start at the event: the catalogue's fields, what lies below the open
/// ones, JSONPath, and paths with quoted keys, which only the loader reads.
pub(super) fn of_event() -> Value {
    let Paths { fixed, open } = catalogue::paths();
    let mut properties = structure("eventCondition");
    for path in fixed {
        properties.insert(path, reference("test"));
    }
    let open: Vec<_> = open.iter().map(|path| path.replace('.', "\\.")).collect();
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "patternProperties": {
            format!("^({})\\.", open.join("|")): reference("test"),
            "^\\$": reference("test"),
            "\"": reference("test"),
        },
        "additionalProperties": false,
    })
}

/// Selectors start at an element, a document, or wherever a macro is used.
pub(super) fn of_element() -> Value {
    let mut properties = structure("elementCondition");
    properties.insert(
        "this".to_owned(),
        described(reference("test"), "The element itself."),
    );
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "additionalProperties": reference("test"),
    })
}

/// Selectors start at the key or the value of an entry.
pub(super) fn of_entry() -> Value {
    let mut properties = structure("entryCondition");
    properties.insert(
        "key".to_owned(),
        described(reference("test"), "The entry's key."),
    );
    properties.insert(
        "value".to_owned(),
        described(
            reference("test"),
            "The entry's value; `value.name` is a field of it.",
        ),
    );
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "patternProperties": {"^value\\.": reference("test"), "^\\$": reference("test")},
        "additionalProperties": false,
    })
}
