//! Running the tests of a rule.

use std::sync::Arc;

use serde_json::Value;

use super::event::build_event;
use crate::diagnostic::{Diagnostic, Span};
use crate::finding::{Finding, Place, build};
use crate::reference::evaluate;
use crate::rule::{Expectation, Rule, RuleSet, RuleTest, Severity};

/// What came of one test.
#[derive(Debug, Clone)]
pub struct TestOutcome {
    /// The test's name.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
    /// What the test saw; the diagnostics where it could not run.
    pub seen: Result<Box<Seen>, Vec<Diagnostic>>,
    /// What was expected and did not come; empty where the test passed.
    pub mismatches: Vec<Mismatch>,
}

impl TestOutcome {
    /// Whether the test ran and everything was as expected.
    pub fn passed(&self) -> bool {
        self.seen.is_ok() && self.mismatches.is_empty()
    }
}

/// What a test saw.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The rule with the lists of the test.
    pub rule: Rule,
    /// The event with its changes made.
    pub event: Value,
    /// Whether the rule matches.
    pub got: Got,
}

/// What the rule made of the event.
#[derive(Debug, Clone)]
pub enum Got {
    /// It reports it.
    Match(Box<Finding>),
    /// It does not match.
    NoMatch,
    /// It matches, and an exception with this reason covers the event.
    Excepted {
        /// Why it is accepted.
        reason: String,
    },
}

/// Something expected that did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// Of `expect`.
    Expectation {
        /// What the test says.
        expected: Expectation,
    },
    /// Of `severity`.
    Severity {
        /// What the test says.
        expected: Severity,
        /// What the finding has.
        got: Severity,
    },
    /// Of `message`.
    Message {
        /// What the test says.
        expected: String,
        /// What the finding says.
        got: String,
    },
}

impl Mismatch {
    /// What the mismatch is about, what the test says, and what came.
    pub fn words(&self, got: &Got) -> (&'static str, String, String) {
        match self {
            Mismatch::Expectation { expected } => {
                let got = match got {
                    Got::Match(_) => "match".to_owned(),
                    Got::NoMatch => "no_match".to_owned(),
                    Got::Excepted { reason } => format!("no_match, by the exception: {reason}"),
                };
                ("expect", expected.name().to_owned(), got)
            }
            Mismatch::Severity { expected, got } => {
                ("severity", expected.to_string(), got.to_string())
            }
            Mismatch::Message { expected, got } => ("message", expected.clone(), got.clone()),
        }
    }
}

/// Runs every test of a rule, in the order written.
pub fn run(set: &RuleSet, rule: &Rule) -> Vec<TestOutcome> {
    rule.tests
        .iter()
        .map(|test| {
            let seen = see(set, rule, test);
            let mismatches = seen
                .as_ref()
                .map_or(Vec::new(), |seen| mismatches(test, &seen.got));
            TestOutcome {
                name: test.name.value.clone(),
                span: test.name.span,
                seen: seen.map(Box::new),
                mismatches,
            }
        })
        .collect()
}

fn see(set: &RuleSet, rule: &Rule, test: &RuleTest) -> Result<Seen, Vec<Diagnostic>> {
    let event = build_event(&test.event, set.folder(rule)).map_err(|problem| vec![*problem])?;
    let rule = set.for_test(rule, test)?;
    let got = judge(&rule, &event, &test.name.value);
    Ok(Seen { rule, event, got })
}

pub(super) fn judge(rule: &Rule, event: &Value, name: &str) -> Got {
    if !evaluate(&rule.condition, event).value {
        return Got::NoMatch;
    }
    let place = Place {
        file: Arc::from(name),
        record: 1,
    };
    let finding = build(rule, event, crate::event::Losses::none(), place);
    match &finding.suppressed {
        Some(suppression) => Got::Excepted {
            reason: suppression.reason.clone(),
        },
        None => Got::Match(Box::new(finding)),
    }
}

pub(super) fn mismatches(test: &RuleTest, got: &Got) -> Vec<Mismatch> {
    let expected = test.expect.value;
    let finding = match (expected, got) {
        (Expectation::Match, Got::Match(finding)) => finding,
        (Expectation::NoMatch, Got::NoMatch | Got::Excepted { .. }) => return Vec::new(),
        _ => return vec![Mismatch::Expectation { expected }],
    };
    let severity = test.severity.as_ref().map(|wanted| wanted.value);
    let severity = severity
        .filter(|wanted| *wanted != finding.severity)
        .map(|expected| Mismatch::Severity {
            expected,
            got: finding.severity,
        });
    let message = test
        .message
        .as_ref()
        .filter(|wanted| wanted.value != finding.message)
        .map(|wanted| Mismatch::Message {
            expected: wanted.value.clone(),
            got: finding.message.clone(),
        });
    severity.into_iter().chain(message).collect()
}

#[cfg(test)]
mod tests;
