//! A rule's own tests.

use std::path::PathBuf;

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Spanned};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::model::{Expectation, RuleTest, Severity, TestEvent, TestEventBase};
use super::selector::dotted;
use super::{Lowerer, Scope};

const EXPECTATIONS: [(&str, Expectation); 2] = [
    ("match", Expectation::Match),
    ("no_match", Expectation::NoMatch),
];

impl Lowerer<'_> {
    pub(super) fn rule_tests(&mut self, node: &Node) -> Vec<RuleTest> {
        let Some(items) = self.list(node, "`tests`") else {
            return Vec::new();
        };
        let tests: Vec<RuleTest> = items
            .iter()
            .filter_map(|item| self.rule_test(item))
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

    fn rule_test(&mut self, node: &Node) -> Option<RuleTest> {
        let entries = self.mapping(node, "a test")?;
        let known = ["name", "expect", "severity", "message", "event", "lists"];
        self.known_keys(entries, &known, "a test");
        let example = [
            ("name", "federated user without MFA"),
            ("expect", "match"),
            ("event", "{eventName: CreateProject}"),
        ];
        for (key, example) in example {
            if get(entries, key).is_none() {
                self.missing_key(
                    node.span.start_only(),
                    "the test",
                    key,
                    &format!("{key}: {example}"),
                );
            }
        }
        let name = get(entries, "name").and_then(|node| self.spanned_text(node, "`name`"));
        let expect = get(entries, "expect").and_then(|node| {
            let expectation = self.word(node, "`expect`", &EXPECTATIONS)?;
            Some(Spanned::new(expectation, node.span))
        });
        let severity = get(entries, "severity")
            .and_then(|node| Some(Spanned::new(self.severity(node)?, node.span)));
        let message = get(entries, "message").and_then(|node| self.spanned_text(node, "`message`"));
        let lists = get(entries, "lists").map_or(Vec::new(), |node| self.test_lists(node));
        let event = get(entries, "event").and_then(|node| self.test_event(node));
        Some(RuleTest {
            name: name?,
            expect: expect?,
            severity,
            message,
            event: event?,
            lists,
        })
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
    fn test_event(&mut self, node: &Node) -> Option<TestEvent> {
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
        let path = self.spanned_text(file, "`file`")?.map(PathBuf::from);
        let set = get(entries, "set").map_or(Some(Vec::new()), |node| self.set(node))?;
        let unset = match get(entries, "unset") {
            Some(node) => {
                let paths = self.texts(node, "`unset`");
                paths
                    .iter()
                    .filter_map(|path| self.change_path(path))
                    .collect()
            }
            None => Vec::new(),
        };
        Some(TestEvent {
            base: TestEventBase::File(path),
            set,
            unset,
        })
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
