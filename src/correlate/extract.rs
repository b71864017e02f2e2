//! From an event that takes part to its signals: one for each key that it has.

use std::ops::Add;
use std::sync::Arc;

use serde_json::Value;

use super::hidden::{comparable, is_hidden};
use super::signal::{Key, Measured, Signal};
use super::text::EventText;
use crate::event;
use crate::event::Losses;
use crate::finding::{ContentHash, Place};
use crate::reference::{evaluate_known, is_lost, select};
use crate::rule::correlation::{Asks, Correlation, KeyPart, Measure, Step, StepSource, WindowKind};
use crate::rule::selector::Selector;
use crate::rule::value::{Amount, Number, Pattern};
use crate::rule::{Either, Kept, Rule};

/// The keys that one event may have: lists of many instances, each a key, are fine.
pub const MOST_KEYS: usize = 10_000;

/// An event, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence<'e> {
    /// The event.
    pub event: &'e Value,
    /// What the event does not have because it was lost.
    pub losses: &'e Losses,
    /// Where it was read.
    pub place: &'e Place,
    /// What is kept of the event for others than the rule.
    pub also: Option<&'e Kept>,
}

/// Why an event that takes part gives no signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It has no time that can be read, or too many keys.
    Undecided,
    /// What the key or the measure is made of was lost.
    Lost,
}

/// The signals of an event that meets the condition of a correlation. Without a value
/// for its key it takes no part, and has none.
///
/// # Errors
/// It cannot be told what part the event takes.
pub fn signals(
    rule: &Rule,
    correlation: &Correlation,
    occurrence: Occurrence<'_>,
) -> Result<Vec<Signal>, Unusable> {
    let Occurrence { event, losses, .. } = occurrence;
    if is_key_or_measure_lost(correlation, event, losses) {
        return Err(Unusable::Lost);
    }
    let steps = correlation.steps.iter().enumerate();
    // Of the only source of a rule the caller knows that it holds.
    let only = matches!(correlation.steps.as_slice(), [Step { sources, .. }]
        if matches!(sources.as_slice(), [StepSource::Match(_)]));
    let taken = steps.filter(|(_, step)| only || takes_part(step, event, losses));
    let taken: Vec<(usize, &Step)> = taken.collect();
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    signals_of(rule, correlation, occurrence, &taken, None)
}

/// The signals of a finding of another correlation: of the event that it names, which
/// is of these steps.
pub(super) fn signals_of_finding(
    rule: &Rule,
    correlation: &Correlation,
    child: &str,
    trigger: &Signal,
    event: &Value,
) -> Vec<Signal> {
    let is_source = |source: &StepSource| match source {
        StepSource::Correlation { id, .. } => id.value == child,
        StepSource::Match(_) | StepSource::Rule { .. } => false,
    };
    let steps = correlation.steps.iter().enumerate();
    let taken: Vec<_> = steps
        .filter(|(_, step)| step.sources.iter().any(is_source))
        .collect();
    let place = trigger.place();
    let occurrence = Occurrence {
        event,
        losses: Losses::none(),
        place: &place,
        also: None,
    };
    let made = signals_of(rule, correlation, occurrence, &taken, Some(trigger.content));
    made.unwrap_or_default()
}

fn signals_of(
    rule: &Rule,
    correlation: &Correlation,
    occurrence: Occurrence<'_>,
    taken: &[(usize, &Step)],
    without_id: Option<ContentHash>,
) -> Result<Vec<Signal>, Unusable> {
    let event = occurrence.event;
    let Some(measured) = measured(rule, correlation, event) else {
        return Ok(Vec::new());
    };
    let mut keys: Vec<(Key, u32)> = Vec::new();
    for (index, step) in taken {
        let found = keys_of(rule, &step.by, event).ok_or(Unusable::Undecided)?;
        for key in found {
            match keys.iter_mut().find(|(known, _)| *known == key) {
                Some((_, steps)) => *steps |= 1 << index,
                None => keys.push((key, 1 << index)),
            }
        }
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let time = event::event_time(event).ok_or(Unusable::Undecided)?;
    let kept = Either::of(&correlation.kept, None).text_of(event);
    // Events with an id are one where it and all that the rule reads are the same, also
    // where one of them is what another rule's finding names.
    let content = match event::event_id(event) {
        Some(_) => ContentHash::of_text(&kept),
        None => without_id.unwrap_or_else(|| ContentHash::of(event)),
    };
    let kept: EventText = match occurrence.also {
        Some(also) if !correlation.kept.holds(also) => {
            Either::of(&correlation.kept, Some(also)).text_of(event)
        }
        _ => kept,
    }
    .into();
    let place = occurrence.place;
    let exception = exception(rule, occurrence);
    let signal = |(key, steps)| Signal {
        rule: Arc::clone(&correlation.rule),
        key,
        time,
        steps,
        content,
        measured: measured.clone(),
        exception,
        file: Arc::clone(&place.file),
        record: place.record,
        event: kept.clone(),
        carried: false,
    };
    Ok(keys.into_iter().map(signal).collect())
}

/// Whether something was lost that the key or the measure would be made of.
pub(super) fn is_key_or_measure_lost(
    correlation: &Correlation,
    event: &Value,
    losses: &Losses,
) -> bool {
    if losses.is_none() {
        return false;
    }
    let mut parts = correlation.steps.iter().flat_map(|step| &step.by);
    let mut measured = correlation.measured_fields().iter();
    parts.any(|part| is_part_lost(part, event, losses))
        || measured.any(|field| is_lost(field, losses))
}

/// The first of a part's fields that has a value decides: what was lost of those after
/// it does not matter.
fn is_part_lost(part: &KeyPart, event: &Value, losses: &Losses) -> bool {
    let deciding = part
        .fields
        .iter()
        .find(|field| is_lost(field, losses) || !texts(field, event).is_empty());
    deciding.is_some_and(|field| is_lost(field, losses))
}

pub(super) fn takes_part(step: &Step, event: &Value, losses: &Losses) -> bool {
    step.sources.iter().any(|source| match source {
        StepSource::Match(condition) => evaluate_known(condition, event, losses).value,
        StepSource::Rule {
            condition,
            exceptions,
            ..
        } => {
            let time = event::event_time(event);
            evaluate_known(condition, event, losses).value
                && !exceptions.iter().any(|exception| {
                    exception.accepted.covers(time)
                        && evaluate_known(&exception.condition, event, losses).is_certain()
                })
        }
        StepSource::Correlation { .. } => false,
    })
}

/// The first exception of the rule that covers the event, by its number.
fn exception(rule: &Rule, occurrence: Occurrence<'_>) -> Option<u32> {
    let Occurrence { event, losses, .. } = occurrence;
    let time = event::event_time(event);
    let covering = rule.exceptions.iter().position(|exception| {
        exception.accepted.covers(time)
            && evaluate_known(&exception.condition, event, losses).is_certain()
    });
    covering.and_then(|index| u32::try_from(index).ok())
}

/// What is measured of the event; nothing where it has none of it.
pub(super) fn measured(rule: &Rule, correlation: &Correlation, event: &Value) -> Option<Measured> {
    match &correlation.asks {
        Asks::FirstSeen { fields, .. } => combinations(rule, fields, event),
        Asks::Window { kind, .. } => match kind {
            WindowKind::Sequence { .. } => Some(Measured::Event),
            WindowKind::Measure { measure, .. } => match measure {
                Measure::Count | Measure::Steps => Some(Measured::Event),
                Measure::Distinct(fields) => combinations(rule, fields, event),
                Measure::Sum(field) => {
                    let sum = numbers(field, event).into_iter().reduce(Add::add);
                    sum.map(Measured::Amount)
                }
                Measure::Average(field) | Measure::Percentile { field, .. } => {
                    let numbers = numbers(field, event);
                    (!numbers.is_empty()).then_some(Measured::Numbers(numbers))
                }
                Measure::Ratio { field, of } => {
                    let mut values = texts(field, event);
                    values.retain(|value| of.contains(&**value));
                    (!values.is_empty()).then(|| Measured::Values(values.into()))
                }
            },
        },
    }
}

/// The values of one field, or the combinations of those of several. What holds a
/// combination apart from another stands in no text of a record as such.
fn combinations(rule: &Rule, fields: &[Selector], event: &Value) -> Option<Measured> {
    let parts = fields.iter().map(|field| {
        let hidden = is_hidden(rule, field);
        let texts = texts(field, event).into_iter();
        texts.map(|text| comparable(&text, hidden)).collect()
    });
    let parts: Vec<Vec<Box<str>>> = parts.collect();
    let combined = product(&parts)?;
    let values: Vec<Box<str>> = combined.into_iter().map(combination).collect();
    (!values.is_empty()).then(|| Measured::Values(values.into()))
}

/// A value of each of several fields, as one; of one field it is that.
pub(crate) fn combination(values: Vec<Box<str>>) -> Box<str> {
    match <[Box<str>; 1]>::try_from(values) {
        Ok([value]) => value,
        Err(values) => Value::from_iter(values.into_iter().map(String::from))
            .to_string()
            .into(),
    }
}

/// The numbers of a field, and texts that are numbers.
fn numbers(field: &Selector, event: &Value) -> Vec<Amount> {
    let mut numbers = Vec::new();
    for (_, value) in select(field, event) {
        let values = match &value {
            Value::Array(values) => values.as_slice(),
            lone => std::slice::from_ref(lone),
        };
        let of_values = values.iter().filter_map(|value| match value {
            Value::Number(number) => Number::from_json(number),
            Value::String(text) => Number::parse(text),
            _ => None,
        });
        numbers.extend(of_values.map(Amount::of));
    }
    numbers
}

/// The keys that an event has: every combination of the values of its parts. `None`
/// where there are too many.
pub(super) fn keys_of(rule: &Rule, by: &[KeyPart], event: &Value) -> Option<Vec<Key>> {
    let parts = by.iter().map(|part| {
        let hidden = part.fields.iter().any(|field| is_hidden(rule, field));
        let values = part_values(part, event).into_iter();
        values.map(|value| comparable(&value, hidden)).collect()
    });
    let parts: Vec<Vec<Box<str>>> = parts.collect();
    Some(product(&parts)?.into_iter().map(Key::from).collect())
}

pub(super) fn part_values(part: &KeyPart, event: &Value) -> Vec<Box<str>> {
    let values = part.fields.iter().map(|field| texts(field, event));
    let mut values = values
        .into_iter()
        .find(|values| !values.is_empty())
        .unwrap_or_default();
    if let Some(pattern) = &part.capture {
        let captured = values.iter().filter_map(|value| captured(pattern, value));
        values = captured.map(Box::from).collect();
        values.sort_unstable();
        values.dedup();
    }
    values
}

/// What a pattern takes of a text: its first group, or all that it matches. An empty
/// text is no value.
pub(crate) fn captured<'t>(pattern: &Pattern, text: &'t str) -> Option<&'t str> {
    let found = pattern.captures(text)?;
    let group = found.get(1).or_else(|| found.get(0))?;
    Some(group.as_str()).filter(|text| !text.is_empty())
}

/// The different texts of a field, sorted; containers, nulls and empty texts are
/// no values.
fn texts(field: &Selector, event: &Value) -> Vec<Box<str>> {
    let mut texts: Vec<Box<str>> = Vec::new();
    let mut take = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => texts.push(text.as_str().into()),
        Value::Number(_) | Value::Bool(_) => texts.push(value.to_string().into()),
        _ => {}
    };
    for (_, value) in select(field, event) {
        match &value {
            Value::Array(values) => values.iter().for_each(&mut take),
            lone => take(lone),
        }
    }
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// One value of each part, in all combinations; `None` where there are too many.
fn product(parts: &[Vec<Box<str>>]) -> Option<Vec<Vec<Box<str>>>> {
    let count = parts
        .iter()
        .try_fold(1_usize, |count, part| count.checked_mul(part.len()))?;
    if count > MOST_KEYS {
        return None;
    }
    let mut combined = vec![Vec::new()];
    for part in parts {
        let longer = |before: &Vec<Box<str>>| {
            let before = before.clone();
            part.iter().map(move |value| {
                let mut longer = before.clone();
                longer.push(value.clone());
                longer
            })
        };
        combined = combined.iter().flat_map(longer).collect();
    }
    Some(combined)
}
