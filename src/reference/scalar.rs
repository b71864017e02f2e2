//! Operators that take one value: what each says of a node that is no array.
//!
//! Text operators are of strings alone, unless their values say otherwise; `equals`, `in` and the orderings also
//! read numbers, `equals` and `in` booleans too. Of anything else all are false.

use std::borrow::Cow;

use serde_json::Value;

use crate::event::parse_rfc3339;
use crate::rule::clause::{CountTest, Ordering};
use crate::rule::value::{Bound, Glob, Network, Number, Pattern, Schedule, TimePart, Values, fold};

/// Scalar equality with one of the values: a string of the same text, a number
/// that the value denotes, a boolean that it names.
pub(super) fn equals(values: &Values<String>, node: &Value) -> bool {
    match node {
        Value::String(text) => some_pair(values, text, |text, value| text == value),
        Value::Number(number) => {
            let number = Number::from_json(number);
            let mut denoted = values.items.iter().map(|item| Number::parse(&item.value));
            number.is_some() && denoted.any(|value| value == number)
        }
        Value::Bool(boolean) => {
            let name = if *boolean { "true" } else { "false" };
            some_pair(values, name, |name, value| name == value)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

pub(super) fn contains(values: &Values<String>, node: &Value) -> bool {
    asked(values, node)
        .is_some_and(|text| some_pair(values, &text, |text, value| text.contains(value)))
}

pub(super) fn contains_all(values: &Values<String>, node: &Value) -> bool {
    // All are contained if none is not.
    asked(values, node)
        .is_some_and(|text| !some_pair(values, &text, |text, value| !text.contains(value)))
}

pub(super) fn starts_with(values: &Values<String>, node: &Value) -> bool {
    asked(values, node)
        .is_some_and(|text| some_pair(values, &text, |text, value| text.starts_with(value)))
}

pub(super) fn ends_with(values: &Values<String>, node: &Value) -> bool {
    asked(values, node)
        .is_some_and(|text| some_pair(values, &text, |text, value| text.ends_with(value)))
}

pub(super) fn glob(values: &Values<Glob>, node: &Value) -> bool {
    let Some(text) = asked(values, node) else {
        return false;
    };
    let mut globs = values.items.iter().map(|item| &item.value);
    if values.ignore_case {
        let text = fold(&text);
        globs.any(|glob| glob.folded().matches(&text))
    } else {
        globs.any(|glob| glob.matches(&text))
    }
}

/// Patterns are compiled with or without regard to case.
pub(super) fn regex(values: &Values<Pattern>, node: &Value) -> bool {
    let mut patterns = values.items.iter();
    asked(values, node).is_some_and(|text| patterns.any(|pattern| pattern.value.matches(&text)))
}

/// `gt`, `gte`, `lt`, `lte`: numbers, and strings that are JSON numbers, with a
/// number; strings that are RFC 3339 times with a time.
pub(super) fn order(order: Ordering, bound: Bound, node: &Value) -> bool {
    let found_to_bound = match bound {
        Bound::Number(bound) => match node {
            Value::Number(number) => Number::from_json(number),
            Value::String(text) => Number::parse(text),
            _ => None,
        }
        .and_then(|found| found.compare(bound)),
        Bound::Time(bound) => string(node)
            .and_then(parse_rfc3339)
            .map(|found| found.cmp(&bound)),
    };
    found_to_bound.is_some_and(|found| order.admits(found))
}

pub(super) fn schedule(schedule: &Schedule, node: &Value) -> bool {
    let moment = string(node).and_then(parse_rfc3339);
    moment.is_some_and(|moment| schedule.contains(moment))
}

pub(super) fn time_part(part: TimePart, counts: &[CountTest], node: &Value) -> bool {
    let found = string(node).and_then(|text| part.of(text));
    found.is_some_and(|found| counts.iter().all(|count| count.admits(found)))
}

pub(super) fn cidr(values: &Values<Network>, node: &Value) -> bool {
    let found = string(node).and_then(Network::of_event);
    let mut networks = values.items.iter();
    found.is_some_and(|found| networks.any(|network| network.value.contains(&found)))
}

pub(super) fn prefix_length(counts: &[CountTest], node: &Value) -> bool {
    let Some(network) = string(node).and_then(Network::of_event) else {
        return false;
    };
    let length = u64::from(network.prefix_length());
    counts.iter().all(|count| count.admits(length))
}

/// The characters of a string, the elements of an array, the entries of an object.
pub(super) fn length(node: &Value) -> Option<u64> {
    let length = match node {
        Value::String(text) => text.chars().count(),
        Value::Array(elements) => elements.len(),
        Value::Object(members) => members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    u64::try_from(length).ok()
}

/// The text of a string, a number (as JSON writes it) or a boolean.
pub(super) fn text(node: &Value) -> Option<Cow<'_, str>> {
    match node {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(boolean) => Some(Cow::Borrowed(if *boolean { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text that a text operator asks of a node.
fn asked<'n, T>(values: &Values<T>, node: &'n Value) -> Option<Cow<'n, str>> {
    match values.scalars {
        true => text(node),
        false => string(node).map(Cow::Borrowed),
    }
}

fn string(node: &Value) -> Option<&str> {
    node.as_str()
}

/// Whether the relation holds between the text and one of the values, both
/// folded where case is ignored.
fn some_pair(values: &Values<String>, text: &str, holds: impl Fn(&str, &str) -> bool) -> bool {
    let mut items = values.items.iter().map(|item| item.value.as_str());
    if values.ignore_case {
        let text = fold(text);
        items.any(|value| holds(&text, &fold(value)))
    } else {
        items.any(|value| holds(text, value))
    }
}
