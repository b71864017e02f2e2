//! The events that a correlation found together.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::counted::counted;
use super::model::{EventFacts, Place};
use crate::diagnostic::Span;

/// What a finding about several events says of them. Every text that came from
/// events is masked already.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelatedEvents {
    /// What the events have in common.
    pub key: Vec<KeyValue>,
    /// What the rule asks of them, in words.
    pub asks: String,
    /// The rule's clause that asks it.
    pub clause: Span,
    /// How long a window is; `None` where the rule asks for new values.
    pub within: Option<SignedDuration>,
    /// What was measured at most in a window: a count, a sum, `12 of 90`.
    pub measured: Option<String>,
    /// The values that are new.
    pub values: Vec<String>,
    /// When the first of the events happened.
    pub first: Timestamp,
    /// When the last of them happened.
    pub last: Timestamp,
    /// How many there are.
    pub events: u64,
    /// Some of them in the order of time: those of the earliest window, the latest
    /// twenty of them, and the last of all.
    pub timeline: Vec<CorrelatedEvent>,
}

impl CorrelatedEvents {
    /// `sourceIPAddress = 203.0.113.9, awsRegion = eu-central-1`
    pub fn key_in_words(&self) -> String {
        key_in_words(&self.key)
    }

    /// `4 events in 6m`
    pub fn size_in_words(&self) -> String {
        let events = counted(self.events, "event");
        match self.last.duration_since(self.first) {
            span if self.events > 1 && span.is_zero() => format!("{events} at one time"),
            _ if self.events <= 1 => events,
            span => format!("{events} in {}", duration_text(span)),
        }
    }

    /// Which events, under which key and what was asked, for one line.
    pub fn in_brief(&self) -> String {
        let mut text = self.size_in_words();
        if !self.key.is_empty() {
            text.push_str(&format!(" with {}", self.key_in_words()));
        }
        text.push_str(&format!("; asked for: {}", self.asks));
        if let Some(measured) = &self.measured {
            text.push_str(&format!("; measured: {measured}"));
        }
        text
    }

    /// What the timeline comes to, line by line, where the finding names the event
    /// that was read here.
    pub fn moments<'f>(&'f self, own: &'f Place) -> Vec<Moment<'f>> {
        let shown = self.timeline.len();
        let left_out = self.events.saturating_sub(shown as u64);
        let is_own = |event: &&CorrelatedEvent| event.place == *own;
        let trigger = self.timeline.iter().rposition(|event| is_own(&event));
        // One event comes after the one that completed the window: the last of all.
        let has_latest = trigger.is_some_and(|at| at + 1 < shown);
        let starts = self.timeline.first().and_then(|event| event.event.time);
        let some_before = !has_latest || starts.is_some_and(|time| time > self.first);
        let mut moments = Vec::with_capacity(shown + 1);
        if left_out > 0 && !has_latest {
            moments.push(Moment::LeftOut {
                events: left_out,
                some_before,
            });
        }
        let mut before = None;
        for (place, event) in self.timeline.iter().enumerate() {
            if left_out > 0 && has_latest && place + 1 == shown {
                moments.push(Moment::LeftOut {
                    events: left_out,
                    some_before,
                });
            }
            let time = event.event.time;
            let since = time.zip(before).map(|(now, then): (Timestamp, _)| {
                // In the order of time.
                now.duration_since(then).max(SignedDuration::ZERO)
            });
            moments.push(Moment::Event {
                event,
                since,
                is_own: trigger == Some(place),
            });
            before = time.or(before);
        }
        moments
    }
}

/// A line of a timeline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment<'f> {
    /// An event.
    Event {
        /// Which.
        event: &'f CorrelatedEvent,
        /// How long after the one that is shown before it.
        since: Option<SignedDuration>,
        /// Whether it is the event that the finding names: the one that completed
        /// what was asked.
        is_own: bool,
    },
    /// Events that are not shown.
    LeftOut {
        /// How many.
        events: u64,
        /// Whether some of them are earlier than all that are shown.
        some_before: bool,
    },
}

/// `sourceIPAddress = 203.0.113.9, awsRegion = eu-central-1`
pub(crate) fn key_in_words(key: &[KeyValue]) -> String {
    let parts = key
        .iter()
        .map(|part| format!("{} = {}", part.field, part.value));
    parts.collect::<Vec<_>>().join(", ")
}

/// A length of time for people: `90s` as `1m 30s`, the two largest units.
pub fn duration_text(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        if rest >= size {
            parts.push(format!("{}{name}", rest / size));
            rest %= size;
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        let millis = duration.subsec_millis();
        return if millis > 0 {
            format!("{millis}ms")
        } else {
            "0s".to_owned()
        };
    }
    parts.join(" ")
}

/// One part of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue {
    /// The field, as the rule names it.
    pub field: String,
    /// Its value.
    pub value: String,
}

/// One of the events.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelatedEvent {
    /// The step of the rule that it is of, where steps have names.
    pub step: Option<String>,
    /// Which event.
    pub event: EventFacts,
    /// Where it was read.
    pub place: Place,
}

/// What the correlations of a run came to, findings apart.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CorrelationCounts {
    /// How many signals were folded, those of earlier runs included.
    pub signals: u64,
    /// By rule, how many windows are not over where the data ends, so that it cannot
    /// be told what they come to.
    pub undetermined: BTreeMap<String, u64>,
    /// The first of those.
    pub named: Vec<OpenWindow>,
    /// By rule, how many values came while their key was being learnt.
    pub learning: BTreeMap<String, u64>,
    /// Events that came too late for a window that was final.
    pub late: u64,
    /// Events that were not correlated, as there was no room for them.
    pub refused: u64,
}

impl CorrelationCounts {
    /// Whether something could not be told that may be a finding.
    pub fn leaves_open(&self) -> bool {
        !self.undetermined.is_empty() || !self.learning.is_empty() || self.late > 0
    }
}

/// A window that is not over where the data ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenWindow {
    /// The rule's id.
    pub rule: String,
    /// The values of its key, masked where a finding's would be.
    pub key: Vec<KeyValue>,
    /// When it ends.
    pub until: Timestamp,
}
