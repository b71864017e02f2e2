//! A test's event: a base with its changes made.

use std::path::Path;

use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::rule::{TestEvent, TestEventBase, read_at_most};

/// One event is far smaller; a larger file is the wrong one.
const LARGEST: u64 = 16 << 20;

/// Builds the event of a test. A relative file starts at `folder`.
///
/// The file holds one record, bare or as the only one under `Records`. `set`
/// makes missing objects on its way, and a number is an index where an array
/// stands; `unset` comes after it.
///
/// # Errors
/// `TG1502` where the file cannot be had or is no event, `TG1501` where a change
/// cannot be made or an `unset` finds nothing to take away.
pub fn build_event(event: &TestEvent, folder: Option<&Path>) -> Result<Value, Box<Diagnostic>> {
    let mut record = match &event.base {
        TestEventBase::Inline(record) => record.clone(),
        TestEventBase::File(file) => read(&file.value, file.span, folder)?,
    };
    for (path, value) in &event.set {
        set(&mut record, path, value)?;
    }
    for path in &event.unset {
        unset(&mut record, path)?;
    }
    Ok(record)
}

fn read(path: &Path, span: Span, folder: Option<&Path>) -> Result<Value, Box<Diagnostic>> {
    let full = folder.map_or_else(|| path.to_owned(), |folder| folder.join(path));
    let problem = |what: String, help: &str| {
        let message = format!("the event file `{}` {what}", full.display());
        let diagnostic = Diagnostic::new(Code::TestEventUnreadable, message);
        Box::new(diagnostic.at(span, "named here").help(help))
    };
    let unreadable = |error: std::io::Error| {
        problem(
            format!("cannot be read: {error}"),
            "a relative path starts at the rule's own file",
        )
    };
    let bytes = read_at_most(&full, LARGEST).map_err(unreadable)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        problem(
            format!("is not JSON: {error}"),
            "write one event as a JSON object",
        )
    })?;
    single(value).map_err(|found| problem(found, "write one event as a JSON object"))
}

/// The one record that a file holds.
fn single(value: Value) -> Result<Value, String> {
    match value {
        Value::Object(mut entries) => match entries.get_mut("Records") {
            Some(Value::Array(records)) => match records.as_mut_slice() {
                [record @ Value::Object(_)] => Ok(record.take()),
                [_] => Err("holds a record that is no object".to_owned()),
                records => Err(format!("holds {} records, not one", records.len())),
            },
            _ => Ok(Value::Object(entries)),
        },
        Value::Array(items) => Err(format!("holds a list of {}, not one event", items.len())),
        _ => Err("holds no JSON object".to_owned()),
    }
}

fn set(
    record: &mut Value,
    path: &Spanned<Vec<String>>,
    value: &Value,
) -> Result<(), Box<Diagnostic>> {
    let mut at = record;
    for (depth, key) in path.value.iter().enumerate() {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        let stands = described(at);
        let next = match at {
            Value::Object(entries) => Some(entries.entry(key.clone()).or_insert(Value::Null)),
            Value::Array(items) => element(items, key),
            _ => None,
        };
        at = next.ok_or_else(|| {
            let above = path.value[..depth].join(".");
            problem(
                format!("`set` cannot reach `{}`", path.value.join(".")),
                path.span,
                format!("`{above}` is {stands}"),
                match stands {
                    "an array" => "write an index that the array has, or the one after its last",
                    _ => "set what is above as a whole, as a mapping",
                },
            )
        })?;
    }
    *at = value.clone();
    Ok(())
}

/// The element at an index, or a new one where the index is one past the end.
fn element<'a>(items: &'a mut Vec<Value>, key: &str) -> Option<&'a mut Value> {
    let index: usize = key.parse().ok()?;
    if index == items.len() {
        items.push(Value::Null);
    }
    items.get_mut(index)
}

fn unset(record: &mut Value, path: &Spanned<Vec<String>>) -> Result<(), Box<Diagnostic>> {
    take(record, &path.value).map(|_| ()).ok_or_else(|| {
        problem(
            format!("`unset` finds no `{}` in the event", path.value.join(".")),
            path.span,
            "takes nothing away".to_owned(),
            "mend the path, or leave it out: the event does not have the field anyway",
        )
    })
}

fn take(record: &mut Value, path: &[String]) -> Option<Value> {
    let (last, above) = path.split_last()?;
    let mut at = record;
    for key in above {
        at = match at {
            Value::Object(entries) => entries.get_mut(key)?,
            Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    match at {
        Value::Object(entries) => entries.shift_remove(last),
        Value::Array(items) => {
            let index: usize = last.parse().ok()?;
            (index < items.len()).then(|| items.remove(index))
        }
        _ => None,
    }
}

fn problem(message: String, span: Span, label: String, help: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(Code::BadTest, message)
            .at(span, label)
            .help(help),
    )
}

fn described(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
