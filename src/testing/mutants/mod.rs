//! Which changes to a rule its tests would not notice.
//!
//! In come a rule and the outcomes of its tests; out come the changes that leave
//! every test as it was. Each clause of `match` is taken away and negated in turn,
//! the use of a macro as a whole. A change that no test notices is a mistake that
//! none would notice either. The tests of a rule that fail as it stands show nothing.

mod plan;

use plan::{Change, changes};

pub use plan::Mutation;

use super::run::{Seen, TestOutcome, judge, mismatches, see_together};
use super::together::Built;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::reference::evaluate;
use crate::rule::clause::ClauseId;
use crate::rule::{Expectation, Rule, RuleTest};

/// What the tests of one rule make of changes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMutants {
    /// The rule's id.
    pub rule: String,
    /// How many changes were made.
    pub tried: usize,
    /// Those that no test notices, in the order written.
    pub survivors: Vec<Survivor>,
}

/// A change that no test notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survivor {
    /// The clause's number in the rule.
    pub clause: ClauseId,
    /// Where it is written.
    pub span: Span,
    /// What was done to it.
    pub mutation: Mutation,
    /// Whether more events match without the clause, rather than fewer.
    pub widens: bool,
}

/// Makes every change of a rule and asks its tests, whose outcomes these are.
/// `None` where a test fails or cannot run.
pub fn mutants(rule: &Rule, outcomes: &[TestOutcome]) -> Option<RuleMutants> {
    let mut cases = rule
        .tests
        .iter()
        .zip(outcomes)
        .map(|(test, outcome)| Case::of(test, outcome))
        .collect::<Option<Vec<_>>>()?;
    let changes = changes(rule);
    let survivors = changes.iter().filter(|change| {
        let mut cases = cases.iter_mut();
        !cases.any(|case| case.notices(change))
    });
    Some(RuleMutants {
        rule: rule.id.value.clone(),
        tried: changes.len(),
        survivors: survivors
            .map(|change| Survivor {
                clause: change.clause,
                span: change.span,
                mutation: change.mutation,
                widens: change.widens,
            })
            .collect(),
    })
}

/// A test that passes, with what it saw.
struct Case<'a> {
    test: &'a RuleTest,
    seen: Seen,
}

impl<'a> Case<'a> {
    fn of(test: &'a RuleTest, outcome: &TestOutcome) -> Option<Self> {
        let seen = outcome.seen.as_ref().ok()?;
        outcome.passed().then(|| Case {
            test,
            seen: Seen::clone(seen),
        })
    }

    /// Whether the test fails once the change is made.
    fn notices(&mut self, change: &Change) -> bool {
        if self.seen.rule.correlation.is_some() {
            return self.together(change);
        }
        let Seen { rule, events, .. } = &mut self.seen;
        let Some(event) = events.first() else {
            return false;
        };
        let matches = change.during(&mut rule.condition, |it| evaluate(it, event).value);
        match (self.test.expect.value, matches) {
            (_, None) | (Expectation::NoMatch | Expectation::Undetermined, Some(false)) => false,
            (Expectation::Match, Some(false)) => true,
            // A message may name what a block matched.
            (Expectation::Match, Some(true)) => self.test.message.is_some() && self.judged(change),
            (Expectation::NoMatch | Expectation::Undetermined, Some(true)) => {
                self.seen.rule.exceptions.is_empty() || self.judged(change)
            }
        }
    }

    /// The same, with all that a finding is.
    fn judged(&mut self, change: &Change) -> bool {
        let Seen { rule, events, .. } = &self.seen;
        let mut changed = rule.clone();
        change.make(&mut changed);
        let got = events
            .first()
            .map(|event| judge(&changed, event, &self.test.name.value));
        got.is_some_and(|got| {
            let seen = Seen {
                got,
                ..self.seen.clone()
            };
            !mismatches(self.test, &seen).is_empty()
        })
    }

    /// The same of a test of several events: all of it is run anew.
    fn together(&self, change: &Change) -> bool {
        let mut changed = self.seen.rule.clone();
        change.make(&mut changed);
        let built = Built {
            events: self.seen.events.clone(),
            reached: self.seen.reached,
        };
        see_together(changed, built, &self.test.name.value)
            .is_ok_and(|seen| !mismatches(self.test, &seen).is_empty())
    }
}

impl RuleMutants {
    /// What to say of the changes that no test notices, clause by clause.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let by_clause = self.survivors.chunk_by(|a, b| a.clause == b.clause);
        by_clause
            .filter_map(|survivors| self.diagnostic(survivors))
            .collect()
    }

    fn diagnostic(&self, survivors: &[Survivor]) -> Option<Diagnostic> {
        let first = survivors.first()?;
        let names: Vec<_> = survivors
            .iter()
            .map(|survivor| survivor.mutation.name())
            .collect();
        let message = format!(
            "no test of `{}` fails when a clause is {}",
            self.rule,
            names.join(" or ")
        );
        let help = if first.mutation == Mutation::Negated {
            "add a test in which this clause alone decides"
        } else if first.widens {
            "add a near miss (`expect: no_match`) that only this clause keeps from matching"
        } else {
            "add a test with `expect: match` that only this clause lets match"
        };
        Some(
            Diagnostic::new(Code::UnnoticedChange, message)
                .at(first.span, "nothing shows what this is for")
                .help(help),
        )
    }
}

#[cfg(test)]
mod tests;
