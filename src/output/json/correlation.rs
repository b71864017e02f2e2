//! What tools read of several events together: of a finding those that it is about, of
//! the summary what could not be told.

use std::collections::BTreeMap;

use serde::Serialize;

use super::finding::{ClauseObject, written};
use crate::diagnostic::SourceMap;
use crate::finding::{CorrelatedEvent, CorrelatedEvents, CorrelationCounts, KeyValue, OpenWindow};

/// The events of a finding that is about several; of any other absent.
#[derive(Serialize)]
pub(super) struct CorrelationObject<'a> {
    key: Vec<KeyObject<'a>>,
    asks: &'a str,
    /// In seconds.
    within: Option<i64>,
    measured: Option<&'a str>,
    values: &'a [String],
    first: String,
    last: String,
    events: u64,
    clause: ClauseObject<'a>,
    timeline: Vec<EventObject<'a>>,
}

#[derive(Serialize)]
struct KeyObject<'a> {
    field: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct EventObject<'a> {
    step: Option<&'a str>,
    time: Option<String>,
    event_id: Option<&'a str>,
    event_name: Option<&'a str>,
    event_source: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    principal: Option<&'a str>,
    source_address: Option<&'a str>,
    error_code: Option<&'a str>,
    file: &'a str,
    record: u64,
}

impl<'a> CorrelationObject<'a> {
    pub(super) fn new(events: &'a CorrelatedEvents, sources: &'a SourceMap) -> Self {
        CorrelationObject {
            key: key(&events.key),
            asks: &events.asks,
            within: events.within.map(|within| within.as_secs()),
            measured: events.measured.as_deref(),
            values: &events.values,
            first: written(events.first),
            last: written(events.last),
            events: events.events,
            clause: ClauseObject::new(events.clause, sources),
            timeline: events.timeline.iter().map(event).collect(),
        }
    }
}

fn key(parts: &[KeyValue]) -> Vec<KeyObject<'_>> {
    let parts = parts.iter();
    parts
        .map(|part| KeyObject {
            field: &part.field,
            value: &part.value,
        })
        .collect()
}

fn event(of: &CorrelatedEvent) -> EventObject<'_> {
    let event = &of.event;
    EventObject {
        step: of.step.as_deref(),
        time: event.time.map(written),
        event_id: event.id.as_deref(),
        event_name: event.name.as_deref(),
        event_source: event.source.as_deref(),
        account: event.account.as_deref(),
        region: event.region.as_deref(),
        principal: event.principal.as_deref(),
        source_address: event.source_address.as_deref(),
        error_code: event.error_code.as_deref(),
        file: &of.place.file,
        record: of.place.record,
    }
}

/// Where there is no rule about several events, absent.
#[derive(Serialize)]
pub(super) struct CorrelationCountsObject<'a> {
    signals: u64,
    undetermined: &'a BTreeMap<String, u64>,
    open: Vec<OpenObject<'a>>,
    learning: &'a BTreeMap<String, u64>,
    late: u64,
}

#[derive(Serialize)]
struct OpenObject<'a> {
    rule: &'a str,
    key: Vec<KeyObject<'a>>,
    until: String,
}

impl<'a> CorrelationCountsObject<'a> {
    pub(super) fn new(counts: &'a CorrelationCounts) -> Self {
        CorrelationCountsObject {
            signals: counts.signals,
            undetermined: &counts.undetermined,
            open: counts.named.iter().map(open).collect(),
            learning: &counts.learning,
            late: counts.late,
        }
    }
}

fn open(window: &OpenWindow) -> OpenObject<'_> {
    OpenObject {
        rule: &window.rule,
        key: key(&window.key),
        until: written(window.until),
    }
}
