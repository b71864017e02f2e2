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
mod together;
mod values;

pub use calls::{named_calls, unknown_calls};

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, SourceMap};

use super::model::{Origin, Rule};
use conjunction::Conjunction;

/// Everything to be said about a rule that lowered without errors.
pub(crate) fn lint(rule: &Rule, sources: &SourceMap) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut check = |conjunction: &Conjunction<'_, '_>| {
        contradiction::check(conjunction, &mut found);
        negation::check(conjunction, sources, &mut found);
        values::check(conjunction, &mut found);
    };
    let own = together::own_conditions(rule);
    let matched: Vec<_> = own.iter().map(|own| Conjunction::of(own, None)).collect();
    for matched in &matched {
        matched.walk(&mut check);
    }
    // Of several steps it is not known which the event is of.
    let around = matched.first().filter(|_| matched.len() == 1);
    for condition in further_conditions(rule) {
        Conjunction::of(condition, around).walk(&mut check);
    }
    for condition in own.iter().copied().chain(further_conditions(rule)) {
        redundancy::check(condition, sources, &mut found);
    }
    let without_source = matched.iter().filter_map(completeness::event_source);
    found.extend(without_source);
    if let Some(correlation) = &rule.correlation {
        together::check(correlation, &mut found);
    }
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
