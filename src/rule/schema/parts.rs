//! Pieces that the schema is made of.

use serde_json::{Map, Value, json};

use super::super::Severity;

/// Any scalar but null: the loader reads its source text.
pub(crate) fn text() -> Value {
    json!({"type": ["string", "number", "boolean"]})
}

/// A text, or a list of some.
pub(crate) fn texts() -> Value {
    json!({"anyOf": [text(), {"type": "array", "minItems": 1, "items": text()}]})
}

/// A day.
pub(crate) fn date() -> Value {
    json!({"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"})
}

/// One of the severities.
pub(crate) fn severity() -> Value {
    let names: Vec<_> = Severity::ALL
        .iter()
        .map(|severity| severity.name())
        .collect();
    json!({"enum": names})
}

/// A schema with a text for hovering. A `$ref` hides what stands beside it in
/// draft-07, so it goes into an `allOf`.
pub(crate) fn described(schema: Value, description: &str) -> Value {
    let mut schema = match schema.get("$ref") {
        Some(_) => json!({"allOf": [schema]}),
        None => schema,
    };
    if let Some(entries) = schema.as_object_mut() {
        entries.insert("description".to_owned(), description.into());
    }
    schema
}

/// A mapping with these keys and no others.
pub(crate) fn mapping(keys: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|(key, schema)| ((*key).to_owned(), schema.clone()))
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// An entry of `lists`: values, or where they are.
pub(crate) fn list_definition() -> Value {
    let values = json!({"type": "array", "items": text()});
    let whole = mapping(
        &[
            ("values", described(values.clone(), "The values.")),
            (
                "file",
                described(text(), "A text file with one value a line, or a CSV file."),
            ),
            ("column", described(text(), "Which column of the CSV file.")),
            ("description", described(text(), "What the list is for.")),
            (
                "allow_empty",
                described(json!({"type": "boolean"}), "Whether the list may be empty."),
            ),
        ],
        &[],
    );
    json!({"anyOf": [values, whole]})
}
