//! Documents inside values, for `json:`.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// What `json:` finds in a node.
#[derive(Debug, PartialEq)]
pub(crate) enum Document {
    /// A null or a blank string, as AWS writes what was not given: there is
    /// nothing to decode.
    Absent,
    /// An object or an array is a document itself.
    AsIs,
    /// The document that a string holds.
    Decoded(Value),
    /// Something is there, and no document can be had from it: text that is no
    /// JSON, a redacted or omitted value, a number, a boolean.
    Unreadable,
}

/// The document in a node: a string is parsed as JSON, and where that fails
/// percent-decoded once (`+` is not a space) and parsed again.
pub(crate) fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Absent,
        Value::String(text) if text.trim().is_empty() => Document::Absent,
        Value::String(text) => match decode(text) {
            Some(document) if !is_omitted(&document) => Document::Decoded(document),
            _ => Document::Unreadable,
        },
        Value::Object(_) | Value::Array(_) if !is_omitted(value) => Document::AsIs,
        _ => Document::Unreadable,
    }
}

fn decode(text: &str) -> Option<Value> {
    if let Ok(document) = serde_json::from_str(text) {
        return Some(document);
    }
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    serde_json::from_str(&decoded).ok()
}

/// CloudTrail writes `{"omitted": true, ...}` for what is too large to log.
fn is_omitted(value: &Value) -> bool {
    value.get("omitted") == Some(&Value::Bool(true))
}
