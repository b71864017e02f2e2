//! Tests and their operators.

use serde_json::{Map, Value, json};

use super::condition::reference;
use super::parts::{date, described, mapping, text};
use crate::rule::OPERATORS;
use crate::rule::clause::Kind;
use crate::rule::value::TimePart;

/// A value, a list of values, or a mapping of operators.
pub(super) fn test() -> Value {
    json!({"anyOf": [reference("values"), reference("operators")]})
}

/// A value, a named list, or a list of either.
pub(super) fn values() -> Value {
    let named = mapping(
        &[(
            "list",
            described(
                text(),
                "A list defined under a top-level `lists:`, or set with `--list`.",
            ),
        )],
        &["list"],
    );
    json!({"anyOf": [
        text(),
        named,
        {"type": "array", "minItems": 1, "items": {"anyOf": [text(), named]}},
    ]})
}

pub(super) fn operators() -> Value {
    let properties: Map<String, Value> = OPERATORS
        .iter()
        .map(|operator| {
            let (schema, description) = operand(operator);
            ((*operator).to_owned(), described(schema, description))
        })
        .collect();
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// What an operator takes, and what it asks. An operator without a description
/// is one that was forgotten here; a test finds it.
fn operand(operator: &str) -> (Value, &'static str) {
    let values = || reference("values");
    let boolean = || json!({"type": "boolean"});
    let bound = || json!({"type": ["number", "string"]});
    match operator {
        "equals" => (values(), "The value equals this, or one of these."),
        "in" => (values(), "The value equals one of these."),
        "contains" => (
            values_or_field(),
            "The text contains this, or one of these.",
        ),
        "contains_all" => (values(), "The text contains every one of these."),
        "starts_with" => (
            values_or_field(),
            "The text starts with this, or one of these.",
        ),
        "ends_with" => (
            values_or_field(),
            "The text ends with this, or one of these.",
        ),
        "glob" => (
            values(),
            "The whole text is like this: `*` any run of characters, `?` one.",
        ),
        "regex" => (
            values(),
            "The regular expression matches somewhere; syntax of Rust's regex crate, in single quotes.",
        ),
        "ignore_case" => (boolean(), "Whether the operators beside it disregard case."),
        "scalars" => (
            boolean(),
            "Whether the text operators beside it ask numbers and booleans too, as they are written.",
        ),
        "gt" => (
            bound(),
            "More than this number, or after this RFC 3339 time.",
        ),
        "gte" => (bound(), "At least this number, or at or after this time."),
        "lt" => (bound(), "Less than this number, or before this time."),
        "lte" => (bound(), "At most this number, or at or before this time."),
        "length" => (count(), "The length of a text, an array or an object."),
        "schedule" => (schedule(), "The time lies within these hours of the week."),
        "time_part" => (
            time_parts(),
            "Parts of the time, as they are written: its hour, its week.",
        ),
        "cidr" => (
            values(),
            "The address, or the whole network, lies in this network. False for what is no address.",
        ),
        "prefix_length" => (count(), "The prefix length of an address or a network."),
        "account" => (
            reference("test"),
            "A test of the account id in an ARN, or of a bare one.",
        ),
        "exists" => (boolean(), "Whether a value is there that is not null."),
        "is" => (kinds(), "The kind of value."),
        "same_as" => (text(), "The same text as another field of the event."),
        "any_element" => (
            reference("elementCondition"),
            "Some element of the array is so; all on the same one.",
        ),
        "every_element" => (
            reference("elementCondition"),
            "There are elements, and each is so.",
        ),
        "no_element" => (
            reference("elementCondition"),
            "No element is so; also where there are none.",
        ),
        "any_entry" => (
            reference("entryCondition"),
            "Some entry of the object is so; `key` and `value` are its selectors.",
        ),
        "json" => (
            reference("elementCondition"),
            "The JSON document in the text is so.",
        ),
        "not" => (
            reference("test"),
            "The value is not so. Alone also true where there is no value.",
        ),
        _ => (json!({}), ""),
    }
}

fn count() -> Value {
    let number = json!({"type": "integer", "minimum": 0});
    let keys = ["equals", "gt", "gte", "lt", "lte"].map(|key| (key, number.clone()));
    let mut relations = mapping(&keys, &[]);
    relations["minProperties"] = 1.into();
    json!({"anyOf": [number, relations]})
}

fn values_or_field() -> Value {
    let field = described(
        text(),
        "Another field of the event: what stands there is the value.",
    );
    json!({"anyOf": [reference("values"), mapping(&[("field", field)], &["field"])]})
}

fn time_parts() -> Value {
    let mut parts = mapping(&TimePart::ALL.map(|(name, _)| (name, count())), &[]);
    parts["minProperties"] = 1.into();
    parts
}

fn kinds() -> Value {
    let names = Kind::ALL.iter().map(|(name, _)| Value::from(*name));
    // A bare `null` is YAML's null, and here a kind like the others.
    let names: Vec<Value> = names.chain([Value::Null]).collect();
    let one = json!({"enum": names});
    json!({"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]})
}

fn schedule() -> Value {
    let clock = || json!({"type": "string", "pattern": "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$"});
    let day = "(mon|tue|wed|thu|fri|sat|sun)";
    let days = json!({"type": "string", "pattern": format!("^{day}(-{day})?$")});
    mapping(
        &[
            (
                "days",
                described(
                    json!({"anyOf": [days, {"type": "array", "minItems": 1, "items": days}]}),
                    "Days or ranges, such as `mon-fri`.",
                ),
            ),
            (
                "from",
                described(clock(), "When it begins, in quotes: \"08:00\"."),
            ),
            (
                "to",
                described(clock(), "When it ends, not included; up to \"24:00\"."),
            ),
            (
                "zone",
                described(text(), "A time zone, such as Europe/Berlin."),
            ),
            (
                "except",
                described(
                    json!({"anyOf": [date(), {"type": "array", "items": date()}]}),
                    "Days left out.",
                ),
            ),
        ],
        &[],
    )
}
