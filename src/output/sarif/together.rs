//! Of a finding about several events: these as a code flow, and what they have in common.

use super::objects::{
    CodeFlow, Correlation, EventProperties, FlowLocation, Location, Message, ThreadFlow,
};
use super::{location, message};
use crate::finding::{CorrelatedEvent, CorrelatedEvents, Finding, Moment};
use crate::output::anchor::Anchors;
use crate::output::correlated::{left_out, since_text, what};
use crate::output::text::words::shortened;

/// Characters of the finding's own message, so that there is room for what is said of
/// the events.
const LONGEST_MESSAGE: usize = 600;

/// What is said of the finding: its message, and of several events which.
pub(super) fn said(finding: &Finding) -> Message {
    match finding.correlation.as_deref() {
        None => message(&finding.message),
        Some(events) => message(&format!(
            "{} ({})",
            shortened(&finding.message, LONGEST_MESSAGE),
            events.in_brief()
        )),
    }
}

/// The timeline; none of a finding about one event.
pub(super) fn flows(anchors: &Anchors<'_>, finding: &Finding) -> Vec<CodeFlow> {
    let Some(events) = finding.correlation.as_deref() else {
        return Vec::new();
    };
    let moments = events.moments(&finding.place);
    let mut notes: Vec<String> = Vec::new();
    let mut locations = Vec::with_capacity(moments.len());
    for moment in moments {
        match moment {
            Moment::LeftOut {
                events,
                some_before,
            } => notes.push(left_out(events, some_before)),
            Moment::Event {
                event,
                since,
                is_own,
            } => {
                let when = since.map_or(String::new(), |since| format!("{} ", since_text(since)));
                let principal = event.event.principal.as_deref().unwrap_or("-");
                locations.push(FlowLocation {
                    location: Location {
                        message: Some(message(&format!("{when}{} ({})", what(event), event.place))),
                        ..location(&anchors.of_event(finding, event), principal)
                    },
                    execution_time_utc: event.event.time.map(|time| time.to_string()),
                    importance: if is_own { "essential" } else { "important" },
                    properties: properties(event),
                });
            }
        }
    }
    let mut text = events.in_brief();
    for note in notes {
        text.push_str(&format!("; {note}"));
    }
    vec![CodeFlow {
        message: message(&text),
        thread_flows: [ThreadFlow { locations }],
    }]
}

fn properties(of: &CorrelatedEvent) -> EventProperties {
    let event = &of.event;
    EventProperties {
        step: of.step.clone(),
        event_id: event.id.clone(),
        event_name: event.name.clone(),
        principal: event.principal.clone(),
        source_address: event.source_address.clone(),
        account: event.account.clone(),
        region: event.region.clone(),
        file: of.place.file.to_string(),
        record: of.place.record,
    }
}

/// What the events have in common, for tools.
pub(super) fn correlation(events: &CorrelatedEvents) -> Correlation {
    let key = events.key.iter();
    Correlation {
        key: key
            .map(|part| (part.field.clone(), part.value.clone()))
            .collect(),
        asks: events.asks.clone(),
        measured: events.measured.clone(),
        values: events.values.clone(),
        events: events.events,
        first: events.first.to_string(),
        last: events.last.to_string(),
    }
}
