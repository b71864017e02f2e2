//! The events of a finding that is about several, as the page shows them: what they have
//! in common, what was asked, and a timeline.

use serde::Serialize;

use super::detail::quoted;
use crate::diagnostic::SourceMap;
use crate::finding::{CorrelatedEvents, Moment, Place, duration_text, grouped};

#[derive(Serialize)]
pub(super) struct Together<'a> {
    /// Names and what is said under them.
    facts: Vec<(&'a str, String)>,
    /// The rule's file and line, and the clause that asks.
    file: &'a str,
    line: usize,
    clause: String,
    timeline: Vec<Line<'a>>,
}

/// An event, or how many are not shown.
#[derive(Default, Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
    time: Option<String>,
    since: Option<String>,
    step: Option<&'a str>,
    name: Option<&'a str>,
    error: Option<&'a str>,
    principal: Option<&'a str>,
    address: Option<&'a str>,
    place: String,
    own: bool,
}

impl<'a> Together<'a> {
    pub(super) fn new(
        events: &'a CorrelatedEvents,
        own: &'a Place,
        sources: &'a SourceMap,
    ) -> Self {
        let parts = events.key.iter();
        let mut facts: Vec<(&str, String)> = parts
            .map(|part| (part.field.as_str(), part.value.clone()))
            .collect();
        facts.push(("Asked for", events.asks.clone()));
        facts.extend((events.measured.iter()).map(|measured| ("Measured", measured.clone())));
        if !events.values.is_empty() {
            facts.push(("New", events.values.join(", ")));
        }
        facts.push(("Events", events.size_in_words()));
        Together {
            facts,
            file: sources.name(events.clause.source),
            line: sources.position(events.clause).line,
            clause: quoted(events.clause, sources),
            timeline: events.moments(own).into_iter().map(line).collect(),
        }
    }
}

fn line(moment: Moment<'_>) -> Line<'_> {
    match moment {
        Moment::LeftOut {
            events,
            some_before,
        } => {
            let before = if some_before {
                ", earlier ones among them"
            } else {
                ""
            };
            Line {
                left_out: Some(format!("and {} more{before}", grouped(events))),
                ..Line::default()
            }
        }
        Moment::Event {
            event,
            since,
            is_own,
        } => {
            let facts = &event.event;
            let time = facts.time.map(|time| time.to_string());
            Line {
                left_out: None,
                time: time.or_else(|| facts.time_text.clone()),
                since: since.map(|since| format!("+{}", duration_text(since))),
                step: event.step.as_deref(),
                name: facts.name.as_deref(),
                error: facts.error_code.as_deref(),
                principal: facts.principal.as_deref(),
                address: facts.source_address.as_deref(),
                place: event.place.to_string(),
                own: is_own,
            }
        }
    }
}
