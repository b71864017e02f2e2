//! Where case matters: rules say so only there.

use regex_syntax::ParserBuilder;

use crate::rule::clause::{Clause, ClauseKind, Operator, Test};
use crate::rule::value::Values;

/// Whether a mapping around all tests of a condition had better say `ignore_case`: most
/// of those in which case matters ignore it.
pub(super) fn mostly_ignores_case(condition: &Clause) -> bool {
    let (mut ignoring, mut exact) = (0_usize, 0_usize);
    condition.walk(&mut |clause| {
        if let ClauseKind::Field { test, .. } = &clause.kind {
            count(test, &mut ignoring, &mut exact);
        }
    });
    ignoring > 0 && ignoring >= exact
}

fn count(test: &Test, ignoring: &mut usize, exact: &mut usize) {
    for predicate in &test.predicates {
        match (&predicate.op, ignores_case(&predicate.op)) {
            (Operator::Not(inner) | Operator::Account(inner), _) => count(inner, ignoring, exact),
            (_, Some(true)) => *ignoring += 1,
            (_, Some(false)) => *exact += 1,
            (_, None) => {}
        }
    }
}

/// Whether an operator ignores case; nothing where it makes no difference.
pub(super) fn ignores_case(op: &Operator) -> Option<bool> {
    match op {
        Operator::Equals(values)
        | Operator::Contains(values)
        | Operator::ContainsAll(values)
        | Operator::StartsWith(values)
        | Operator::EndsWith(values) => of_values(values, |text| has_case(text)),
        Operator::Glob(values) => of_values(values, |glob| has_case(glob.as_str())),
        Operator::Regex(values) => of_values(values, |pattern| pattern_has_case(pattern.as_str())),
        Operator::SameAs { ignore_case, .. } => Some(*ignore_case),
        _ => None,
    }
}

fn of_values<T>(values: &Values<T>, has_case: impl Fn(&T) -> bool) -> Option<bool> {
    let mut items = values.items.iter();
    let matters = !values.lists.is_empty() || items.any(|item| has_case(&item.value));
    matters.then_some(values.ignore_case)
}

/// Whether other texts are the same without regard to case.
fn has_case(text: &str) -> bool {
    text.chars().any(|c| c.is_alphabetic() || !c.is_ascii())
}

fn pattern_has_case(pattern: &str) -> bool {
    let read = |ignore_case| {
        let mut parser = ParserBuilder::new().case_insensitive(ignore_case).build();
        parser.parse(pattern).ok()
    };
    match (read(true), read(false)) {
        (Some(one), Some(other)) => one != other,
        _ => true,
    }
}
