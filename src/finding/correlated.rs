//! The events that a correlation found together.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::model::{EventFacts, Place};

/// What a finding about several events says of them. Every text that came from
/// events is masked already.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelatedEvents {
    /// What the events have in common.
    pub key: Vec<KeyValue>,
    /// What the rule asks of them, in words.
    pub asks: String,
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
