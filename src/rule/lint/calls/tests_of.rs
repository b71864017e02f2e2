//! What the tests of `eventName` and `eventSource` of an AND say, and which texts they
//! could hold on.

use crate::diagnostic::{Span, Spanned};

use super::super::super::clause::{Clause, ClauseKind, Operator, Predicate, Test};
use super::super::super::value::Values;
use super::super::conjunction::Conjunction;
use super::super::contradiction::{admits, same_text};
use super::super::field::is;

/// Whether the event is said to be none of a call: what the console or a service does.
pub(super) fn is_no_api_call(conjunction: &Conjunction<'_, '_>) -> bool {
    let tests = tests_of(conjunction, "eventType");
    tests.iter().any(|test| !may_hold(test, "AwsApiCall"))
}

/// The tests of a field in this AND alone.
pub(super) fn own_tests<'r>(conjunction: &Conjunction<'_, 'r>, path: &str) -> Vec<&'r Test> {
    let fields = conjunction.fields.iter();
    let own = fields.filter(|field| is(field.selector, path));
    own.map(|field| field.test).collect()
}

/// The tests of a field in this AND and those around it.
pub(super) fn tests_of<'r>(conjunction: &Conjunction<'_, 'r>, path: &str) -> Vec<&'r Test> {
    let mut found = own_tests(conjunction, path);
    if let Some(outer) = conjunction.outer {
        found.extend(tests_of(outer, path));
    }
    found
}

/// The tests of the source in the alternatives beside a name, where each has one.
pub(super) fn sources_of_branches<'r>(conjunction: &Conjunction<'_, 'r>) -> Vec<&'r Test> {
    let mut here = Some(conjunction);
    while let Some(conjunction) = here {
        for branch in &conjunction.branches {
            if let ClauseKind::Any(list) = &branch.kind {
                let each: Option<Vec<_>> = list.iter().map(source_of).collect();
                if let Some(each) = each {
                    return each;
                }
            }
        }
        here = conjunction.outer;
    }
    Vec::new()
}

fn source_of(clause: &Clause) -> Option<&Test> {
    match &clause.kind {
        ClauseKind::All(list) => list.iter().find_map(source_of),
        ClauseKind::Macro { body, .. } => source_of(body),
        ClauseKind::Field { selector, test } => is(selector, "eventSource").then_some(test),
        _ => None,
    }
}

/// Visits the values that a test writes out for equality, those under `not` too.
pub(super) fn each_equal(test: &Test, visit: &mut dyn FnMut(&Spanned<String>, bool)) {
    for predicate in &test.predicates {
        match &predicate.op {
            Operator::Equals(values) => {
                for item in inline(predicate, values) {
                    visit(item, values.ignore_case);
                }
            }
            Operator::Not(inner) => each_equal(inner, visit),
            _ => {}
        }
    }
}

/// The values that are written in the place of the operator, not in a named list.
pub(super) fn inline<'r, T>(
    predicate: &'r Predicate,
    values: &'r Values<T>,
) -> impl Iterator<Item = &'r Spanned<T>> {
    let within = |span: Span| {
        span.source == predicate.span.source
            && predicate.span.start <= span.start
            && span.end <= predicate.span.end
    };
    values.items.iter().filter(move |item| within(item.span))
}

/// The names that the test names one by one, where it admits no other.
pub(super) fn exact_names(test: &Test) -> Option<Vec<&str>> {
    test.predicates
        .iter()
        .find_map(|predicate| match &predicate.op {
            Operator::Equals(values) if values.lists.is_empty() && !values.ignore_case => Some(
                values
                    .items
                    .iter()
                    .map(|item| item.value.as_str())
                    .collect(),
            ),
            _ => None,
        })
}

/// The names of calls that a test writes out, with or without the date that follows.
pub(super) fn named(test: &Test) -> Vec<&str> {
    let mut names = Vec::new();
    for predicate in &test.predicates {
        if let Operator::Equals(values) | Operator::StartsWith(values) = &predicate.op {
            names.extend(values.items.iter().map(|item| item.value.as_str()));
        }
    }
    names
}

/// Whether a test of a text field could hold on this text.
pub(super) fn may_hold(test: &Test, text: &str) -> bool {
    test.predicates.iter().all(|predicate| match &predicate.op {
        Operator::Equals(values) => {
            let mut items = values.items.iter();
            !values.lists.is_empty()
                || items.any(|item| same_text(&item.value, text, values.ignore_case))
        }
        Operator::Not(inner) => !must_hold(inner, text),
        op => admits(op, text, false).unwrap_or(true),
    })
}

fn must_hold(test: &Test, text: &str) -> bool {
    test.predicates.iter().all(|predicate| match &predicate.op {
        Operator::Equals(values) => {
            let mut items = values.items.iter();
            items.any(|item| same_text(&item.value, text, values.ignore_case))
        }
        Operator::Not(inner) => !may_hold(inner, text),
        op => admits(op, text, false).unwrap_or(false),
    })
}
