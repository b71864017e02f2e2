//! Running the tests of a rule.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::event::build_event;
use super::together::{Built, build_events, correlate};
use crate::correlate::duration_text;
use crate::diagnostic::{Diagnostic, Span};
use crate::finding::{CorrelationCounts, Finding, Place, build, counted};
use crate::reference::evaluate;
use crate::rule::{CorrelatedPart, Expectation, Rule, RuleSet, RuleTest, Severity, TestInput};

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
    /// The events with their changes made, one where the rule is about single events.
    pub events: Vec<Value>,
    /// Whether the rule matches.
    pub got: Got,
    /// How many findings there are that no exception covers.
    pub findings: u64,
    /// What else came of a correlation.
    pub correlation: Option<CorrelationCounts>,
    /// How far the data reaches that a correlation is shown.
    pub reached: Option<Timestamp>,
}

/// What the rule made of the events.
#[derive(Debug, Clone)]
pub enum Got {
    /// It reports them; the first finding by time.
    Match(Box<Finding>),
    /// It does not match.
    NoMatch,
    /// It hangs on what comes after the last event.
    Undetermined,
    /// It matches, and an exception with this reason covers the events.
    Excepted {
        /// Why it is accepted.
        reason: String,
    },
}

impl Got {
    /// Which expectation this meets.
    pub fn expectation(&self) -> Expectation {
        match self {
            Got::Match(_) => Expectation::Match,
            Got::NoMatch | Got::Excepted { .. } => Expectation::NoMatch,
            Got::Undetermined => Expectation::Undetermined,
        }
    }
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
    /// Of `count`.
    Count {
        /// What the test says.
        expected: u64,
        /// How many findings there are.
        got: u64,
    },
    /// Of `correlated`.
    Correlated {
        /// What of it.
        part: CorrelatedPart,
        /// What the test says.
        expected: String,
        /// What the finding says.
        got: String,
    },
}

impl Mismatch {
    /// What the mismatch is about, what the test says, and what came.
    pub fn words(&self, seen: &Seen) -> (String, String, String) {
        match self {
            Mismatch::Expectation { expected } => {
                let word = seen.got.expectation().name();
                let learning = seen.correlation.as_ref();
                let learning = learning.map_or(0, |counts| counts.learning.values().sum());
                let got = match &seen.got {
                    Got::Excepted { reason } => format!("{word}, by the exception: {reason}"),
                    Got::NoMatch if learning > 0 => {
                        let values = counted(learning, "value");
                        format!("{word}: {values} came while the key was being learnt")
                    }
                    Got::Match(_) | Got::NoMatch | Got::Undetermined => word.to_owned(),
                };
                ("expect".to_owned(), expected.name().to_owned(), got)
            }
            Mismatch::Severity { expected, got } => {
                let what = "severity".to_owned();
                (what, expected.to_string(), got.to_string())
            }
            Mismatch::Message { expected, got } => {
                ("message".to_owned(), expected.clone(), got.clone())
            }
            Mismatch::Count { expected, got } => {
                ("count".to_owned(), expected.to_string(), got.to_string())
            }
            Mismatch::Correlated {
                part,
                expected,
                got,
            } => {
                let what = format!("correlated.{}", part.name());
                (what, expected.clone(), got.clone())
            }
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
                .map_or(Vec::new(), |seen| mismatches(test, seen));
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
    let folder = set.folder(rule);
    let name = &test.name.value;
    match &test.input {
        TestInput::Event(event) => {
            let event = build_event(event, folder).map_err(|problem| vec![*problem])?;
            let rule = set.for_test(rule, test)?;
            let got = judge(&rule, &event, name);
            Ok(Seen {
                rule,
                events: vec![event],
                findings: u64::from(matches!(got, Got::Match(_))),
                got,
                correlation: None,
                reached: None,
            })
        }
        TestInput::Events(events) => {
            let built = build_events(events, folder).map_err(|problem| vec![*problem])?;
            see_together(set.for_test(rule, test)?, built, name)
        }
    }
}

pub(super) fn see_together(rule: Rule, built: Built, name: &str) -> Result<Seen, Vec<Diagnostic>> {
    let correlated = correlate(&rule, &built, name).map_err(|problem| vec![problem])?;
    Ok(Seen {
        rule,
        events: built.events,
        got: correlated.got,
        findings: correlated.findings,
        correlation: Some(correlated.counts),
        reached: built.reached,
    })
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

pub(super) fn mismatches(test: &RuleTest, seen: &Seen) -> Vec<Mismatch> {
    let expected = test.expect.value;
    if expected != seen.got.expectation() {
        return vec![Mismatch::Expectation { expected }];
    }
    let Got::Match(finding) = &seen.got else {
        return Vec::new();
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
    let mut mismatches: Vec<Mismatch> = severity.into_iter().chain(message).collect();
    let TestInput::Events(events) = &test.input else {
        return mismatches;
    };
    if let Some(count) = &events.count
        && count.value != seen.findings
    {
        mismatches.push(Mismatch::Count {
            expected: count.value,
            got: seen.findings,
        });
    }
    for (part, expected) in &events.correlated {
        let got = said(*part, finding);
        if got != expected.value {
            mismatches.push(Mismatch::Correlated {
                part: *part,
                expected: expected.value.clone(),
                got,
            });
        }
    }
    mismatches
}

/// What a finding says of its events.
fn said(part: CorrelatedPart, finding: &Finding) -> String {
    let Some(events) = &finding.correlation else {
        return String::new();
    };
    match part {
        CorrelatedPart::Events => events.events.to_string(),
        CorrelatedPart::Measured => events.measured.clone().unwrap_or_default(),
        CorrelatedPart::Values => events.values.join(", "),
        CorrelatedPart::Span => duration_text(events.last.duration_since(events.first)),
    }
}

#[cfg(test)]
mod tests;
