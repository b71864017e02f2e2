//! A rule's own tests.

use std::path::PathBuf;

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Spanned};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::model::Severity;
use super::super::test::{Expectation, RuleTest, TestEvent, TestEventBase, TestInput};
use super::selector::dotted;
use super::{Lowerer, Scope};

const EXPECTATIONS: [(&str, Expectation); 3] = [
    ("match", Expectation::Match),
    ("no_match", Expectation::NoMatch),
    // Of correlations alone: one event is all that is asked about.
    ("undetermined", Expectation::Undetermined),
];

/// The keys of a test, in the order they are documented; after those of every rule
/// those of a correlation.
const TEST_KEYS: [&str; 6] = ["name", "expect", "severity", "message", "event", "lists"];
const EVENTS_TEST_KEYS: [&str; 9] = [
    "name",
    "expect",
    "severity",
    "message",
    "events",
    "until",
    "count",
    "correlated",
    "lists",
];

impl Lowerer<'_> {
    /// The tests of a rule about single events, or of a correlation.
    pub(crate) fn rule_tests(&mut self, node: &Node, together: bool) -> Vec<RuleTest> {
        let Some(items) = self.list(node, "`tests`") else {
            return Vec::new();
        };
        let tests: Vec<RuleTest> = items
            .iter()
            .filter_map(|item| self.rule_test(item, together))
            .collect();
        for (index, test) in tests.iter().enumerate() {
            if let Some(first) = tests[..index]
                .iter()
                .find(|t| t.name.value == test.name.value)
            {
                self.report(
                    Diagnostic::new(
                        Code::BadTest,
                        format!("two tests are named `{}`", test.name.value),
                    )
                    .at(test.name.span, "again here")
                    .at(first.name.span, "first here")
                    .help("name each after the behaviour it shows"),
                );
            }
        }
        tests
    }

    fn rule_test(&mut self, node: &Node, together: bool) -> Option<RuleTest> {
        let entries = self.mapping(node, "a test")?;
        let input_key = if together { "events" } else { "event" };
        self.right_input(entries, together);
        if together {
            self.known_keys(
                entries,
                &[&EVENTS_TEST_KEYS[..], &["event"]].concat(),
                "a test",
            );
        } else {
            self.known_keys(entries, &[&TEST_KEYS[..], &["events"]].concat(), "a test");
        }
        let other = if together { "event" } else { "events" };
        let example = [
            ("name", "federated user without MFA"),
            ("expect", "match"),
            (
                input_key,
                if together {
                    "[{at: +0s, event: {eventName: CreateProject}}]"
                } else {
                    "{eventName: CreateProject}"
                },
            ),
        ];
        for (key, example) in example {
            let said = key == input_key && get(entries, other).is_some();
            if get(entries, key).is_none() && !said {
                self.missing_key(
                    node.span.start_only(),
                    "the test",
                    key,
                    &format!("{key}: {example}"),
                );
            }
        }
        let name = get(entries, "name").and_then(|node| self.spanned_text(node, "`name`"));
        let expectations = if together {
            &EXPECTATIONS[..]
        } else {
            &EXPECTATIONS[..2]
        };
        let expect = get(entries, "expect").and_then(|node| {
            let expectation = self.word(node, "`expect`", expectations)?;
            Some(Spanned::new(expectation, node.span))
        });
        let severity = get(entries, "severity")
            .and_then(|node| Some(Spanned::new(self.severity(node)?, node.span)));
        let message = get(entries, "message").and_then(|node| self.spanned_text(node, "`message`"));
        let lists = get(entries, "lists").map_or(Vec::new(), |node| self.test_lists(node));
        let input = get(entries, input_key).and_then(|node| {
            Some(if together {
                TestInput::Events(self.test_events(node, entries, expect.as_ref())?)
            } else {
                TestInput::Event(self.test_event(node)?)
            })
        });
        Some(RuleTest {
            name: name?,
            expect: expect?,
            severity,
            message,
            input: input?,
            lists,
        })
    }

    /// A rule about single events is shown one, a correlation several.
    fn right_input(&mut self, entries: &[Entry], together: bool) {
        let (wrong, message, help) = if together {
            (
                "event",
                "a correlation is tested with `events`",
                "write a list of events with their times: `events: [{at: +0s, file: a.json}, {at: +90s, file: b.json}]`",
            )
        } else {
            (
                "events",
                "`events` are for a rule with `correlate`",
                "this rule looks at one event at a time: write one test with an `event` for each",
            )
        };
        if let Some(entry) = entries.iter().find(|entry| entry.key.value == wrong) {
            self.report(
                Diagnostic::new(Code::BadTest, message)
                    .at(entry.key.span, "here")
                    .help(help),
            );
        }
    }

    pub(super) fn severity(&mut self, node: &Node) -> Option<Severity> {
        let words = Severity::ALL.map(|severity| (severity.name(), severity));
        self.word(node, "`severity`", &words)
    }

    fn test_lists(&mut self, node: &Node) -> Vec<(Spanned<String>, Vec<Spanned<String>>)> {
        let Some(entries) = self.mapping(node, "`lists` of a test") else {
            return Vec::new();
        };
        let mut lists = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = &entry.key;
            if !self.definitions.lists.contains_key(&name.value) {
                self.report(
                    Diagnostic::new(
                        Code::UnknownList,
                        format!("no list is named `{}`", name.value),
                    )
                    .at(name.span, "not defined, so no rule can use it")
                    .help("define it under a top-level `lists:`, or mend the name"),
                );
            }
            let values = match entry.value.as_sequence() {
                Some([]) => Vec::new(),
                _ => self.texts(&entry.value, &format!("the list `{}`", name.value)),
            };
            lists.push((name.clone(), values));
        }
        lists
    }

    /// `{file: ..., set: {...}, unset: [...]}`, or the event itself.
    pub(super) fn test_event(&mut self, node: &Node) -> Option<TestEvent> {
        let entries = self.mapping(node, "`event`")?;
        let Some(file) = get(entries, "file") else {
            if let Some(entry) = entries
                .iter()
                .find(|e| matches!(e.key.value.as_str(), "set" | "unset"))
            {
                self.report(
                    Diagnostic::new(
                        Code::BadTest,
                        format!("`{}` without a `file` to change", entry.key.value),
                    )
                    .at(entry.key.span, "changes nothing")
                    .help("name the event to start from: `file: events/base.json`"),
                );
                return None;
            }
            let base = TestEventBase::Inline(node.to_json());
            return Some(TestEvent {
                base,
                set: Vec::new(),
                unset: Vec::new(),
            });
        };
        self.known_keys(entries, &["file", "set", "unset"], "an event of a file");
        self.file_event(file, entries)
    }

    /// An event of a file with the changes that stand beside it.
    pub(super) fn file_event(&mut self, file: &Node, entries: &[Entry]) -> Option<TestEvent> {
        let path = self.spanned_text(file, "`file`")?.map(PathBuf::from);
        let mut event = TestEvent {
            base: TestEventBase::File(path),
            set: Vec::new(),
            unset: Vec::new(),
        };
        self.changes(&mut event, entries)?;
        Some(event)
    }

    /// Adds `set` and `unset` to an event.
    pub(super) fn changes(&mut self, event: &mut TestEvent, entries: &[Entry]) -> Option<()> {
        if let Some(node) = get(entries, "set") {
            event.set.extend(self.set(node)?);
        }
        if let Some(node) = get(entries, "unset") {
            let paths = self.texts(node, "`unset`");
            let paths = paths.iter().filter_map(|path| self.change_path(path));
            event.unset.extend(paths);
        }
        Some(())
    }

    fn set(&mut self, node: &Node) -> Option<Vec<(Spanned<Vec<String>>, Value)>> {
        let entries = self.mapping(node, "`set`")?;
        let read = |lowerer: &mut Self, entry: &Entry| {
            let path = lowerer.change_path(&entry.key)?;
            Some((path, entry.value.to_json()))
        };
        let changes: Vec<_> = entries.iter().map(|entry| read(self, entry)).collect();
        changes.into_iter().collect()
    }

    /// A dotted path of a change; a number is an index where an array stands.
    fn change_path(&mut self, text: &Spanned<String>) -> Option<Spanned<Vec<String>>> {
        match dotted(&text.value, text.span) {
            Ok(keys) => {
                let keys = keys.into_iter().map(|key| key.text).collect();
                // The catalogue knows what a record may hold: a typo here tests nothing.
                self.selector(&text.value, text.span, Scope::Event)?;
                Some(Spanned::new(keys, text.span))
            }
            Err(diagnostic) => {
                self.report(*diagnostic);
                None
            }
        }
    }
}
