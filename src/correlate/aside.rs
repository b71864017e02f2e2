//! Why an event takes no part in a correlation.
//!
//! In comes an event; out comes the first reason for which [`signals`] has none for
//! it. It asks what `signals` asks, in the same order.
//!
//! [`signals`]: super::signals

use serde_json::Value;

use super::extract::{is_key_or_measure_lost, keys_of, measured, part_values, takes_part};
use crate::event::{self, Losses};
use crate::reference::evaluate_known;
use crate::rule::Rule;
use crate::rule::correlation::{Correlation, Step, StepSource};

/// Why an event takes no part in a correlation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// It is of no step.
    OfNoStep,
    /// The other rule of this id matches it, and an exception of that covers it.
    Excepted(String),
    /// What the key or the measure is made of was lost before the event came here.
    Lost,
    /// It has no number or value for these fields, which are measured.
    NoValue(Vec<String>),
    /// It has no value for these parts of the key.
    NoKey(Vec<String>),
    /// It has more keys than can be.
    TooManyKeys,
    /// It has no time that can be read.
    NoTime,
}

/// Why the event takes no part; `None` where it does.
pub fn aside(
    rule: &Rule,
    correlation: &Correlation,
    event: &Value,
    losses: &Losses,
) -> Option<Aside> {
    if is_key_or_measure_lost(correlation, event, losses) {
        return Some(Aside::Lost);
    }
    let taken: Vec<&Step> = (correlation.steps.iter())
        .filter(|step| takes_part(step, event, losses))
        .collect();
    if taken.is_empty() {
        return Some(of_no_step(correlation, event, losses));
    }
    if measured(rule, correlation, event).is_none() {
        return Some(Aside::NoValue(measured_fields(correlation)));
    }
    let keys: Vec<_> = taken
        .iter()
        .map(|step| keys_of(rule, &step.by, event))
        .collect();
    if keys.iter().any(Option::is_none) {
        return Some(Aside::TooManyKeys);
    }
    if keys.iter().flatten().all(Vec::is_empty) {
        let parts = taken.iter().flat_map(|step| &step.by);
        let without = parts.filter(|part| part_values(part, event).is_empty());
        let mut names: Vec<String> = without.map(|part| part.name()).collect();
        names.dedup();
        return Some(Aside::NoKey(names));
    }
    event::event_time(event).is_none().then_some(Aside::NoTime)
}

fn of_no_step(correlation: &Correlation, event: &Value, losses: &Losses) -> Aside {
    let mut sources = correlation.steps.iter().flat_map(|step| &step.sources);
    let excepted = sources.find_map(|source| match source {
        StepSource::Rule { id, condition, .. } => evaluate_known(condition, event, losses)
            .value
            .then_some(&id.value),
        StepSource::Match(_) | StepSource::Correlation { .. } => None,
    });
    match excepted {
        Some(id) => Aside::Excepted(id.clone()),
        None => Aside::OfNoStep,
    }
}

fn measured_fields(correlation: &Correlation) -> Vec<String> {
    let fields = correlation.measured_fields().iter();
    fields.map(|field| field.text.clone()).collect()
}
