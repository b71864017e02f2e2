//! Lint: what a careful reader would ask about a rule that loads.
//!
//! In comes a lowered rule; out come diagnostics. What can never hold is an
//! error, what is probably a mistake a warning. Each check speaks only where the
//! rule's text itself shows the mistake: an alarm that is false costs more than
//! one that is missed. Values of named lists are left alone for that reason:
//! another run may set them otherwise.

mod calls;
mod completeness;
mod conjunction;
mod contradiction;
mod field;
mod negation;
mod parameters;
mod redundancy;
#[cfg(test)]
mod tests;
mod values;

pub use calls::{named_calls, unknown_calls};

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, SourceMap};

use super::model::{Origin, Rule};
use conjunction::Conjunction;

/// Everything to be said about a rule that lowered without errors.
pub(super) fn lint(rule: &Rule, sources: &SourceMap) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut check = |conjunction: &Conjunction<'_, '_>| {
        contradiction::check(conjunction, &mut found);
        negation::check(conjunction, sources, &mut found);
        values::check(conjunction, &mut found);
    };
    let matched = Conjunction::of(&rule.condition, None);
    matched.walk(&mut check);
    for condition in further_conditions(rule) {
        Conjunction::of(condition, Some(&matched)).walk(&mut check);
    }
    for condition in std::iter::once(&rule.condition).chain(further_conditions(rule)) {
        redundancy::check(condition, sources, &mut found);
    }
    found.extend(completeness::event_source(&matched));
    // The embedded pack is prepared without its tests.
    if rule.origin == Origin::User {
        found.extend(completeness::tests(rule));
        found.extend(completeness::texts(rule));
    }
    found
}

/// The exceptions of a rule that cover nothing from `now` on.
pub fn expired_exceptions(rule: &Rule, now: Timestamp) -> Vec<Diagnostic> {
    let expired = rule.exceptions.iter().filter(|e| e.accepted.expired(now));
    expired
        .filter_map(|exception| {
            let ends = exception.accepted.ends.as_ref()?;
            Some(
                Diagnostic::new(
                    Code::ExpiredException,
                    format!("an exception of `{}` has expired", rule.id.value),
                )
                .at(ends.span, "covers no event after this day")
                .help(format!(
                    "ask {} whether it is still needed: give it a later date, or take it away",
                    exception.accepted.owner
                )),
            )
        })
        .collect()
}

/// The conditions beside `match`, each of which is only asked of what matched.
fn further_conditions(rule: &Rule) -> impl Iterator<Item = &super::clause::Clause> {
    let severities = rule.severity_when.iter().map(|case| &case.condition);
    severities.chain(rule.exceptions.iter().map(|exception| &exception.condition))
}
