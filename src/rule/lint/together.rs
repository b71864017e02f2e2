//! What a careful reader asks about a rule that is about several events.

use crate::diagnostic::{Code, Diagnostic};

use super::super::clause::{Clause, Kind, Operator, Test};
use super::super::correlation::{
    Asks, Correlation, KeyPart, Measure, Step, StepSource, WindowKind,
};
use super::super::model::Rule;
use super::super::selector::Selector;
use super::super::value::Amount;
use super::conjunction::Conjunction;
use super::field::names;

/// The conditions that are written in the rule itself: `match`, or those of its
/// steps. They are alternatives only in how events are gathered, so each is looked at
/// alone; what another rule asks is looked at there.
pub(super) fn own_conditions(rule: &Rule) -> Vec<&Clause> {
    let Some(correlation) = &rule.correlation else {
        return vec![&rule.condition];
    };
    let steps = correlation.steps.iter();
    steps.flat_map(own_conditions_of).collect()
}

fn own_conditions_of(step: &Step) -> impl Iterator<Item = &Clause> {
    step.sources.iter().filter_map(|source| match source {
        StepSource::Match(condition) => Some(condition),
        StepSource::Rule { .. } | StepSource::Correlation { .. } => None,
    })
}

/// What is odd about a correlation as a whole.
pub(super) fn check(correlation: &Correlation, found: &mut Vec<Diagnostic>) {
    found.extend(one_is_enough(correlation));
    for step in &correlation.steps {
        for part in &step.by {
            found.extend(missing_key(step, part));
        }
    }
    if correlation.steps.iter().all(|step| step.by.is_empty()) {
        found.push(
            Diagnostic::new(
                Code::NoKey,
                "the events need have nothing in common: there is no `by`",
            )
            .at(correlation.span, "all events of a window count together")
            .help("say whose events belong together, such as `by: [userIdentity.arn]`"),
        );
    }
}

/// Asking for one event is what a plain rule does.
fn one_is_enough(correlation: &Correlation) -> Option<Diagnostic> {
    let Asks::Window {
        kind: WindowKind::Measure { measure, threshold },
        ..
    } = &correlation.asks
    else {
        return None;
    };
    let of_events = matches!(measure, Measure::Count | Measure::Distinct(_));
    let enough = of_events && !threshold.has_upper_bound() && threshold.admits(Amount::whole(1));
    enough.then(|| {
        Diagnostic::new(
            Code::OneIsEnough,
            format!("one event is enough for this `{}`", measure.name()),
        )
        .at(correlation.span, "every event is a finding")
        .help("ask for more, such as `gte: 2`, or take `correlate` away: the rule is one about single events")
    })
}

/// A part of the key that no event of the step has.
fn missing_key(step: &Step, part: &KeyPart) -> Option<Diagnostic> {
    let conditions: Vec<&Clause> = own_conditions_of(step).collect();
    let only_own = conditions.len() == step.sources.len() && !conditions.is_empty();
    let never = |condition: &&Clause| {
        let conjunction = Conjunction::of(condition, None);
        let mut missing = part.fields.iter().map(|field| {
            let mut tests = conjunction.fields.iter();
            tests.any(|test| says_missing(test.test) && is_at_or_above(test.selector, field))
        });
        missing.all(|missing| missing)
    };
    (only_own && conditions.iter().all(never)).then(|| {
        let message = format!("no event that takes part has `{}`", part.name());
        Diagnostic::new(Code::NeverMatches, message)
            .at(part.span, "the condition says that it is missing")
            .help("an event without a value for its key takes no part: name a field that it has")
    })
}

fn says_missing(test: &Test) -> bool {
    test.predicates.iter().any(|predicate| match &predicate.op {
        Operator::Exists(wanted) => !wanted,
        Operator::Is(kinds) => {
            let valueless = |kind: &Kind| matches!(kind, Kind::Missing | Kind::Null | Kind::Empty);
            kinds.iter().all(valueless)
        }
        _ => false,
    })
}

fn is_at_or_above(above: &Selector, field: &Selector) -> bool {
    let (Some(above), Some(field)) = (names(above), names(field)) else {
        return false;
    };
    field.starts_with(&above)
}
