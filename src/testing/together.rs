//! The events of a test of a correlation, and what the correlation makes of them.
//!
//! In comes the rule as the test sees it and its events as they are written; out
//! come the events with times and ids, and the findings of the same [`Engine`] and
//! [`Correlator`] that a scan runs.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::event::build_event;
use super::run::Got;
use crate::correlate::{AsOf, Correlator};
use crate::diagnostic::{Code, Diagnostic};
use crate::engine::Engine;
use crate::event::event_time;
use crate::finding::{CorrelationCounts, Finding};
use crate::rule::{Rule, RuleSet, TestEvent, TestEventBase, TestEvents, TestOccurrence};

/// When a test starts whose first event does not say: a Monday, 9 o'clock.
const START: &str = "2026-01-05T09:00:00Z";

/// Signals of a test that are kept in memory, in bytes.
const MEMORY: usize = 64 << 20;

/// The events of a test, in the order written, and up to where the data reaches.
#[derive(Debug, Clone)]
pub struct Built {
    /// The events with times and ids.
    pub events: Vec<Value>,
    /// How far the data reaches.
    pub reached: Option<Timestamp>,
}

/// Builds the events of a test.
///
/// The test starts when its first event happens by its own `eventTime`, or at
/// 2026-01-05T09:00:00Z where that has none. Each event gets an id of its own, unless
/// the test writes one.
///
/// # Errors
/// What [`build_event`] says.
pub fn build_events(test: &TestEvents, folder: Option<&Path>) -> Result<Built, Box<Diagnostic>> {
    let mut start = None;
    let mut events = Vec::new();
    for occurrence in &test.events {
        for number in 1..=occurrence.repeat.unwrap_or(1) {
            let numbered = occurrence
                .repeat
                .map(|_| numbered(&occurrence.event, number));
            let event = numbered.as_ref().unwrap_or(&occurrence.event);
            let mut record = build_event(event, folder)?;
            let start = *start.get_or_insert_with(|| start_of(&record));
            let after = occurrence
                .every
                .checked_mul(i32::try_from(number - 1).unwrap_or(i32::MAX));
            set_time(
                &mut record,
                occurrence,
                start,
                after.unwrap_or(SignedDuration::MAX),
            );
            if !writes(event, "eventID") && !unsets(event, "eventID") {
                let id = format!("00000000-0000-4000-8000-{:012}", events.len() + 1);
                put(&mut record, "eventID", id);
            }
            events.push(record);
        }
    }
    let last = events.iter().filter_map(event_time).max();
    let until = test.until.zip(start);
    let until = until.and_then(|(until, start)| start.checked_add(until).ok());
    Ok(Built {
        events,
        reached: last.max(until),
    })
}

fn start_of(record: &Value) -> Timestamp {
    let fixed = || START.parse().unwrap_or_default();
    event_time(record).unwrap_or_else(fixed)
}

/// Gives an event its time: what `at` says, else what the test writes as its
/// `eventTime`, else the start; and so much later where it is repeated.
fn set_time(
    record: &mut Value,
    occurrence: &TestOccurrence,
    start: Timestamp,
    after: SignedDuration,
) {
    let event = &occurrence.event;
    let own = event_time(record).filter(|_| writes(event, "eventTime"));
    let first = match (occurrence.at, own) {
        (Some(at), _) => start.saturating_add(at).unwrap_or(Timestamp::MAX),
        (None, Some(_)) if after.is_zero() => return,
        (None, Some(own)) => own,
        // Written so that it is no time, or taken away: that is what is tested.
        (None, None) if writes(event, "eventTime") || unsets(event, "eventTime") => return,
        (None, None) => start,
    };
    let time = first.saturating_add(after).unwrap_or(Timestamp::MAX);
    put(record, "eventTime", time.to_string());
}

fn put(record: &mut Value, key: &str, value: String) {
    if let Value::Object(entries) = record {
        entries.insert(key.to_owned(), Value::String(value));
    }
}

/// Whether the test itself says what a top-level field is.
fn writes(event: &TestEvent, key: &str) -> bool {
    let inline = match &event.base {
        TestEventBase::Inline(record) => record.get(key).is_some(),
        TestEventBase::File(_) => false,
    };
    inline || event.set.iter().any(|(path, _)| is_key(&path.value, key))
}

fn unsets(event: &TestEvent, key: &str) -> bool {
    event.unset.iter().any(|path| is_key(&path.value, key))
}

fn is_key(path: &[String], key: &str) -> bool {
    matches!(path, [only] if only == key)
}

/// The event of one repetition: `{n}` in the texts of the test is its number.
fn numbered(event: &TestEvent, number: u32) -> TestEvent {
    let number = number.to_string();
    let mut event = event.clone();
    if let TestEventBase::Inline(record) = &mut event.base {
        fill_in(record, &number);
    }
    for (_, value) in &mut event.set {
        fill_in(value, &number);
    }
    event
}

fn fill_in(value: &mut Value, number: &str) {
    match value {
        Value::String(text) => *text = text.replace("{n}", number),
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, number)),
        Value::Object(entries) => entries
            .values_mut()
            .for_each(|value| fill_in(value, number)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a correlation makes of events that were read in this order from a file of
/// this name.
pub(super) struct Correlated {
    pub(super) got: Got,
    /// Findings that no exception covers.
    pub(super) findings: u64,
    pub(super) counts: CorrelationCounts,
}

/// Runs a correlation on events.
///
/// # Errors
/// Signals that found no room in memory cannot be written.
pub(super) fn correlate(rule: &Rule, built: &Built, name: &str) -> Result<Correlated, Diagnostic> {
    let set = RuleSet::of(rule.clone());
    let engine = Engine::new(&set);
    let mut correlator = Correlator::new(&set.rules, MEMORY);
    let unwritable = |error: std::io::Error| {
        let message = format!("signals of correlations cannot be kept on disk: {error}");
        Diagnostic::new(Code::SignalsUnwritable, message)
            .help("make room where temporary files are kept")
    };
    for (event, number) in built.events.iter().zip(1..) {
        for signal in engine.judge(event, name, number).signals {
            correlator.add(signal).map_err(unwritable)?;
        }
    }
    let as_of = AsOf {
        reached: built.reached,
        ..AsOf::default()
    };
    let mut found: Vec<Finding> = Vec::new();
    let mut take = |finding, _: &Value| found.push(finding);
    let counts = correlator
        .finish(as_of, None, &mut take)
        .map_err(unwritable)?;
    let excepted = found.iter().find_map(|finding| {
        let suppression = finding.suppressed.as_ref()?;
        Some(suppression.reason.clone())
    });
    found.retain(|finding| finding.suppressed.is_none());
    // They come by key: the test means the first to happen.
    found.sort_by_key(|finding| finding.correlation.as_ref().map(|events| events.first));
    let findings = found.len() as u64;
    let got = match (found.into_iter().next(), excepted) {
        (Some(first), _) => Got::Match(Box::new(first)),
        (None, _) if !counts.undetermined.is_empty() => Got::Undetermined,
        (None, Some(reason)) => Got::Excepted { reason },
        (None, None) => Got::NoMatch,
    };
    Ok(Correlated {
        got,
        findings,
        counts,
    })
}
