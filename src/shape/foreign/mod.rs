//! Records in other schemas, mapped back to CloudTrail's names.
//!
//! In comes a parsed object; out comes a [`Mapped`]: the record as CloudTrail
//! wrote it, as far as that is certain, and what was lost. What may be one of two
//! fields, or was rewritten, is lost: nothing is made up.

mod ecs;
mod ocsf;

use serde_json::{Map, Value};

use crate::event::{Losses, catalogue};

pub(super) use ecs::record as of_ecs;
pub(super) use ocsf::{is_of_cloudtrail as is_ocsf_of_cloudtrail, record as of_ocsf};

/// A record that was mapped, and what it lost.
#[derive(Debug, Clone)]
pub struct Mapped {
    pub(super) record: Value,
    pub(super) losses: Losses,
}

/// A record that is put together field by field; what is not put was lost.
struct Mapping {
    record: Map<String, Value>,
    losses: Losses,
}

impl Mapping {
    fn new() -> Self {
        Mapping {
            record: Map::new(),
            losses: Losses::all(),
        }
    }

    /// A field that the other schema keeps; where it has none, the record had none.
    fn put(&mut self, path: &str, value: Option<Value>) {
        let keys: Vec<&str> = path.split('.').collect();
        self.losses.keep(&keys);
        if let Some(value) = value {
            insert(&mut self.record, &keys, value);
        }
    }

    /// The same of a text that may be empty where there was none.
    fn put_text(&mut self, path: &str, value: Option<&Value>) {
        let is_there = |value: &&Value| !value.is_null() && value.as_str() != Some("");
        self.put(path, value.filter(is_there).cloned());
    }

    /// A document that stands as JSON in a text. Where it cannot be read it was lost.
    fn put_document(&mut self, path: &str, value: Option<&Value>) {
        match value.map(document) {
            None => self.put(path, Some(Value::Null)),
            Some(Some(document)) => self.put(path, Some(document)),
            Some(None) => {}
        }
    }

    fn lose(&mut self, path: &str) {
        let keys: Vec<&str> = path.split('.').collect();
        self.losses.lose(&keys);
    }

    fn finish(self) -> Mapped {
        Mapped {
            record: Value::Object(self.record),
            losses: self.losses,
        }
    }
}

/// The JSON that a value is or holds as text.
fn document(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if text.trim_ascii().is_empty() => Some(Value::Null),
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

pub(super) fn insert(object: &mut Map<String, Value>, keys: &[&str], value: Value) {
    match keys {
        [] => {}
        [key] => {
            object.insert((*key).to_owned(), value);
        }
        [key, rest @ ..] => {
            let inner = object
                .entry((*key).to_owned())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// What stands at a dotted path, whose keys may be one key with dots in it.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    let found = object.get(path).or_else(|| {
        path.match_indices('.').find_map(|(dot, _)| {
            let (key, rest) = (&path[..dot], &path[dot + 1..]);
            at(object.get(key)?, rest)
        })
    });
    found.filter(|value| !value.is_null())
}

/// A text in the type that CloudTrail writes the field in.
fn typed(path: &str, value: &Value) -> Value {
    let keys: Vec<&str> = path.split('.').collect();
    match (catalogue::kind_of(&keys), value.as_str()) {
        (Some(catalogue::FieldKind::Boolean), Some("true")) => Value::Bool(true),
        (Some(catalogue::FieldKind::Boolean), Some("false")) => Value::Bool(false),
        (Some(catalogue::FieldKind::Object | catalogue::FieldKind::Array), Some(text)) => {
            let parsed = serde_json::from_str(text).ok();
            let is_document = |value: &Value| value.is_object() || value.is_array();
            parsed.filter(is_document).unwrap_or_else(|| value.clone())
        }
        _ => value.clone(),
    }
}

/// `2026-01-05T09:00:00Z` of milliseconds since 1970, or of a time in RFC 3339.
pub(super) fn time(value: &Value) -> Option<Value> {
    let time = match value {
        Value::Number(number) => jiff::Timestamp::from_millisecond(number.as_i64()?).ok()?,
        Value::String(text) => crate::event::parse_rfc3339(text)?,
        _ => return None,
    };
    let seconds = jiff::Timestamp::from_second(time.as_second()).ok()?;
    Some(Value::String(seconds.to_string()))
}
