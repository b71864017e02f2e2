//! The events of a test of a correlation, with their times.

use jiff::SignedDuration;

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::event::parse_duration;
use crate::yaml::{Entry, Fields, Node, get};

use super::super::model::CorrelatedPart;
use super::super::test::{Expectation, TestEvents, TestOccurrence};
use super::Lowerer;

/// The keys of an event of a test.
const OCCURRENCE_KEYS: [&str; 7] = ["at", "event", "file", "set", "unset", "repeat", "every"];

/// How often one event may be repeated: a test is to be read.
const MOST_REPEATED: u32 = 100_000;

impl Lowerer<'_> {
    /// `events`, and what stands beside them in the test.
    pub(super) fn test_events(
        &mut self,
        node: &Node,
        test: &[Entry],
        expect: Option<&Spanned<Expectation>>,
    ) -> Option<TestEvents> {
        let items = self.list(node, "`events`")?;
        let events: Vec<_> = items.iter().map(|item| self.occurrence(item)).collect();
        let events = events.into_iter().collect::<Option<Vec<_>>>();
        let until = match get(test, "until") {
            Some(node) => {
                let until = self.offset(node, "`until`")?;
                let last = events.iter().flatten().map(last_offset).max();
                if last.is_some_and(|last| until < last) {
                    self.bad_test(
                        node.span,
                        "`until` lies before an event of the test",
                        "say how far the data reaches from the start, the last event or later",
                    );
                }
                Some(until)
            }
            None => None,
        };
        let count = get(test, "count").and_then(|node| self.whole(node, "`count`"));
        let correlated = match get(test, "correlated") {
            Some(node) => self.correlated(node)?,
            None => Vec::new(),
        };
        let matches = expect.is_none_or(|expect| expect.value == Expectation::Match);
        for key in ["count", "correlated"] {
            let entry = test.iter().find(|entry| entry.key.value == key);
            if let Some(entry) = entry.filter(|_| !matches) {
                let message = format!("`{key}` is said of findings, and there are to be none");
                self.bad_test(entry.key.span, &message, "write it with `expect: match`");
            }
        }
        Some(TestEvents {
            events: events?,
            until,
            count,
            correlated,
        })
    }

    fn occurrence(&mut self, node: &Node) -> Option<TestOccurrence> {
        let what = "an event of a test";
        let entries = self.mapping(node, what)?;
        let (file, inline) = (get(entries, "file"), get(entries, "event"));
        let event = match (file, inline) {
            (Some(file), None) => self.file_event(file, entries),
            (None, Some(inline)) => {
                let mut event = self.test_event(inline)?;
                self.changes(&mut event, entries)?;
                Some(event)
            }
            _ => {
                self.bad_test(
                    node.span.start_only(),
                    "an event of a test must have an `event`, or else a `file`",
                    "write `{at: +90s, event: {eventName: CreateUser}}`, or `{at: +90s, file: events/base.json}`",
                );
                return None;
            }
        };
        self.known_keys(entries, &OCCURRENCE_KEYS, what);
        let at = match get(entries, "at") {
            Some(node) => Some(self.offset(node, "`at`")?),
            None => None,
        };
        let repeat = match get(entries, "repeat") {
            Some(node) => Some(self.repeat(node)?),
            None => None,
        };
        let every = match get(entries, "every") {
            Some(node) => {
                if repeat.is_none() {
                    let help = "say how often the event comes: `repeat: 3`";
                    self.bad_test(node.span, "`every` without `repeat`", help);
                }
                self.offset(node, "`every`")?
            }
            None => SignedDuration::ZERO,
        };
        Some(TestOccurrence {
            event: event?,
            at,
            repeat,
            every,
            span: node.span,
        })
    }

    fn repeat(&mut self, node: &Node) -> Option<u32> {
        let repeat = self.whole(node, "`repeat`")?.value;
        let sound = u32::try_from(repeat).ok();
        let sound = sound.filter(|repeat| (1..=MOST_REPEATED).contains(repeat));
        if sound.is_none() {
            let message = format!("`repeat` must be 1 to {MOST_REPEATED}");
            self.bad_test(node.span, &message, "write how often the event comes");
        }
        sound
    }

    /// What the first finding says of its events.
    fn correlated(&mut self, node: &Node) -> Option<Vec<(CorrelatedPart, Spanned<String>)>> {
        let what = "`correlated`";
        let entries = self.mapping(node, what)?;
        let known = CorrelatedPart::ALL.map(|(name, _)| name);
        self.known_keys(entries, &known, what);
        let mut parts = Vec::new();
        for entry in entries {
            let part = CorrelatedPart::ALL
                .iter()
                .find(|(name, _)| entry.key.value == *name);
            if let Some((name, part)) = part {
                let texts = self.texts(&entry.value, &format!("`{name}`"));
                let texts: Vec<String> = texts.into_iter().map(|text| text.value).collect();
                parts.push((*part, Spanned::new(texts.join(", "), entry.value.span)));
            }
        }
        Some(parts)
    }

    fn whole(&mut self, node: &Node, what: &str) -> Option<Spanned<u64>> {
        let text = self.text(node, what)?;
        let whole = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| whole);
        if number.is_none() {
            let message = format!("{what} must be a whole number");
            self.bad_test(node.span, &message, "write `3`");
        }
        Some(Spanned::new(number?, node.span))
    }

    /// `+90s`, `+1h30m`.
    fn offset(&mut self, node: &Node, what: &str) -> Option<SignedDuration> {
        let text = self.text(node, what)?;
        let read = parse_duration(text.strip_prefix('+').unwrap_or(text)).ok();
        if read.is_none() {
            self.report(
                Diagnostic::new(Code::BadDuration, format!("{what} must say how long"))
                    .at(node.span, "not such a duration")
                    .help("write how long after the start of the test: `+90s`, `+5m`, `+1h30m`, `+2d`"),
            );
        }
        read
    }

    fn bad_test(&mut self, span: Span, message: &str, help: &str) {
        self.report(
            Diagnostic::new(Code::BadTest, message)
                .at(span, "here")
                .help(help),
        );
    }
}

/// How long after the start the last of its repetitions comes.
fn last_offset(occurrence: &TestOccurrence) -> SignedDuration {
    let times = i32::try_from(occurrence.repeat.unwrap_or(1) - 1).unwrap_or(i32::MAX);
    let rest = occurrence
        .every
        .checked_mul(times)
        .unwrap_or(SignedDuration::MAX);
    let first = occurrence.at.unwrap_or_default();
    first.checked_add(rest).unwrap_or(SignedDuration::MAX)
}
