//! Pieces that the schema is made of.

use serde_json::{Map, Value, json};

use super::super::Severity;

/// Any scalar but null: the loader reads its source text.
pub(super) fn text() -> Value {
    json!({"type": ["string", "number", "boolean"]})
}

/// A text, or a list of some.
pub(super) fn texts() -> Value {
    json!({"anyOf": [text(), {"type": "array", "minItems": 1, "items": text()}]})
}

/// A day.
pub(super) fn date() -> Value {
    json!({"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"})
}

/// One of the severities.
pub(super) fn severity() -> Value {
    let names: Vec<_> = Severity::ALL
        .iter()
        .map(|severity| severity.name())
        .collect();
    json!({"enum": names})
}

/// A schema with a text for hovering. A `$ref` hides what stands beside it in
/// draft-07, so it goes into an `allOf`.
pub(super) fn described(schema: Value, description: &str) -> Value {
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
pub(super) fn mapping(keys: &[(&str, Value)], required: &[&str]) -> Value {
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
