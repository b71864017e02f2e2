//! Which fields of an event a rule might ask for.

use serde_json::Value;

use super::yaml;
use crate::reference::{EventPath, PathStep};

/// Fields of the record that tell events apart, apart from what was called.
const FIXED: [&str; 8] = [
    "userIdentity.type",
    "userIdentity.invokedBy",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "errorCode",
    "eventType",
    "readOnly",
    "awsRegion",
];

/// Objects whose shape belongs to the call.
const OPEN: [&str; 4] = [
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
];

/// How many fields of one open object are offered, and how deep they may lie.
const MOST: usize = 12;
const DEEPEST: usize = 5;
/// Longer values are no value to compare with.
const LONGEST: usize = 120;

/// Selectors with the values that they have, both as YAML.
pub(super) fn of(event: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in FIXED {
        let pointer = format!("/{}", path.replace('.', "/"));
        if let Some(value) = event.pointer(&pointer).and_then(comparable) {
            found.push((path.to_owned(), value));
        }
    }
    for root in OPEN {
        if let Some(value) = event.get(root) {
            let mut path = vec![PathStep::Key(root.to_owned())];
            let before = found.len();
            gather(value, &mut path, &mut found);
            found.truncate(before + MOST);
        }
    }
    found
}

/// Arrays are passed through: a dotted path looks at each element, one level.
fn gather(value: &Value, path: &mut Vec<PathStep>, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) if path.len() < DEEPEST => {
            for (key, value) in entries {
                if key.contains('"') {
                    continue;
                }
                path.push(PathStep::Key(key.clone()));
                gather(value, path, found);
                path.pop();
            }
        }
        Value::Array(items) => {
            // The first element shows the shape of all.
            if let Some(first) = items.first().filter(|first| !first.is_array()) {
                gather(first, path, found);
            }
        }
        _ => {
            if let Some(value) = comparable(value) {
                let steps = path.clone();
                found.push((key_of(&EventPath { steps }.to_string()), value));
            }
        }
    }
}

/// A path as the key of a YAML mapping: with quotes in it, the whole is quoted.
fn key_of(path: &str) -> String {
    if path.contains('"') {
        format!("'{}'", path.replace('\'', "''"))
    } else {
        path.to_owned()
    }
}

/// A value that a rule can compare with, as YAML.
fn comparable(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let usable = !text.is_empty()
                && text.chars().count() <= LONGEST
                && !text.contains('\n')
                && !text.contains("[masked");
            usable.then(|| yaml::scalar(text))
        }
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
