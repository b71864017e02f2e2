//! The tests that stand beside a rule, as they are written.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde_json::Value;

use super::model::{CorrelatedPart, Severity};
use crate::diagnostic::{Span, Spanned};

/// A test that stands beside the rule.
#[derive(Debug, Clone)]
pub struct RuleTest {
    /// Says the behaviour.
    pub name: Spanned<String>,
    /// Whether the rule must match.
    pub expect: Spanned<Expectation>,
    /// The severity a match must have, if the test says so.
    pub severity: Option<Spanned<Severity>>,
    /// The message a match must have, if the test says so.
    pub message: Option<Spanned<String>>,
    /// What the rule is shown.
    pub input: TestInput,
    /// Lists set for this test alone, by name.
    pub lists: Vec<(Spanned<String>, Vec<Spanned<String>>)>,
}

/// What a test shows its rule.
#[derive(Debug, Clone)]
pub enum TestInput {
    /// One event.
    Event(TestEvent),
    /// The events of a correlation.
    Events(TestEvents),
}

/// What a test expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// The rule reports the event, or something in the events.
    Match,
    /// The rule does not match, or an exception covers what it matches.
    NoMatch,
    /// A window reaches past the events, and it hangs on what comes there.
    Undetermined,
}

impl Expectation {
    /// The word in rules.
    pub fn name(self) -> &'static str {
        match self {
            Expectation::Match => "match",
            Expectation::NoMatch => "no_match",
            Expectation::Undetermined => "undetermined",
        }
    }
}

/// A test's event: a base with changes.
#[derive(Debug, Clone)]
pub struct TestEvent {
    /// What it starts from.
    pub base: TestEventBase,
    /// Values put at dotted paths, in order; missing objects on the way are made.
    pub set: Vec<(Spanned<Vec<String>>, Value)>,
    /// Dotted paths taken away, after `set`.
    pub unset: Vec<Spanned<Vec<String>>>,
}

/// What a test's event starts from.
#[derive(Debug, Clone)]
pub enum TestEventBase {
    /// Written in the rule.
    Inline(Value),
    /// A JSON file; a relative path starts at the rule's file.
    File(Spanned<PathBuf>),
}

/// The events of a test of a correlation, and what it expects beside a match.
#[derive(Debug, Clone)]
pub struct TestEvents {
    /// The events, in any order of time.
    pub events: Vec<TestOccurrence>,
    /// How far after the start of the test the data reaches; to the last event where
    /// it is not said.
    pub until: Option<SignedDuration>,
    /// How many findings there must be, if the test says so.
    pub count: Option<Spanned<u64>>,
    /// What the first finding must say of its events, as a message would say it.
    pub correlated: Vec<(CorrelatedPart, Spanned<String>)>,
}

/// An event of a test and when it happens, once or several times.
#[derive(Debug, Clone)]
pub struct TestOccurrence {
    /// The event; with `repeat`, `{n}` in its texts is the number of the repetition.
    pub event: TestEvent,
    /// How long after the start of the test, where that is said.
    pub at: Option<SignedDuration>,
    /// How many times, where that is said.
    pub repeat: Option<u32>,
    /// How long from one time to the next.
    pub every: SignedDuration,
    /// Where it is written.
    pub span: Span,
}
