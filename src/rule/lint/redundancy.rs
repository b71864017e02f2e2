//! What says nothing, or says the same twice.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, SourceMap, Span};

use super::super::clause::{Clause, ClauseKind, CountTest, Operator, Ordering, Predicate, Test};
use super::super::value::{Values, fold};

pub(super) fn check(condition: &Clause, sources: &SourceMap, found: &mut Vec<Diagnostic>) {
    condition.walk(&mut |clause| match &clause.kind {
        ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
            same_clause(list, sources, found);
        }
        ClauseKind::Field { test, .. } => of_test(test, found),
        _ => {}
    });
}

/// Two clauses of one list in the same words.
fn same_clause(list: &[Clause], sources: &SourceMap, found: &mut Vec<Diagnostic>) {
    let mut first_seen: HashMap<String, Span> = HashMap::new();
    for clause in list {
        let words: Vec<&str> = sources.slice(clause.span).split_whitespace().collect();
        match first_seen.get(&words.join(" ")) {
            Some(first) => found.push(twice("the same clause stands twice", clause.span, *first)),
            None => {
                first_seen.insert(words.join(" "), clause.span);
            }
        }
    }
}

fn twice(message: impl Into<String>, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::RedundantClause, message)
        .at(again, "again here")
        .at(first, "first here")
        .help("take one away, or mend the one that was to be another")
}

fn of_test(test: &Test, found: &mut Vec<Diagnostic>) {
    for predicate in &test.predicates {
        let span = predicate.span;
        let own = |text: &String| text.clone();
        match &predicate.op {
            Operator::Equals(values) => same_value(values, span, own, found),
            Operator::Contains(values)
            | Operator::ContainsAll(values)
            | Operator::StartsWith(values)
            | Operator::EndsWith(values) => same_value(values, span, own, found),
            Operator::Glob(values) => {
                same_value(values, span, |glob| glob.as_str().to_owned(), found);
            }
            Operator::Regex(values) => {
                same_value(values, span, |regex| regex.as_str().to_owned(), found);
            }
            Operator::Cidr(values) => same_value(values, span, ToString::to_string, found),
            Operator::Not(inner) | Operator::Account(inner) => of_test(inner, found),
            _ => {}
        }
        always(predicate, found);
    }
}

/// Two equal values among those written in the rule.
fn same_value<T>(
    values: &Values<T>,
    written: Span,
    text: impl Fn(&T) -> String,
    found: &mut Vec<Diagnostic>,
) {
    let mut first_seen: HashMap<String, Span> = HashMap::new();
    for item in &values.items {
        if !covers(written, item.span) {
            continue;
        }
        let shown = text(&item.value);
        let key = if values.ignore_case {
            fold(&shown)
        } else {
            shown.clone()
        };
        match first_seen.get(&key) {
            Some(first) => found.push(twice(
                format!("`{shown}` stands twice in one list"),
                item.span,
                *first,
            )),
            None => {
                first_seen.insert(key, item.span);
            }
        }
    }
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

/// Operands that let every text through.
fn always(predicate: &Predicate, found: &mut Vec<Diagnostic>) {
    let empty = |values: &Values<String>| {
        let mut items = values.items.iter();
        items
            .find(|item| item.value.is_empty())
            .map(|item| item.span)
    };
    let span = match &predicate.op {
        Operator::Contains(values)
        | Operator::ContainsAll(values)
        | Operator::StartsWith(values)
        | Operator::EndsWith(values) => empty(values),
        Operator::Glob(values) => {
            let mut items = values.items.iter();
            items
                .find(|item| item.value.matches_all())
                .map(|item| item.span)
        }
        Operator::Regex(values) => {
            let mut items = values.items.iter();
            items
                .find(|item| matches_all(item.value.as_str()))
                .map(|item| item.span)
        }
        Operator::Length(counts) => counts
            .contains(&CountTest::Order(Ordering::GreaterOrEqual, 0))
            .then_some(predicate.span),
        _ => None,
    };
    let Some(span) = span else { return };
    found.push(
        Diagnostic::new(Code::AlwaysMatches, "this lets every text through")
            .at(span, "says no more than that there is a text")
            .help("to ask only that the field is there, write `{exists: true}`"),
    );
}

fn matches_all(regex: &str) -> bool {
    let inner = regex.strip_prefix('^').unwrap_or(regex);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    // `^$` is the empty text and nothing else.
    matches!(inner, ".*" | "(.*)" | ".*?") || (inner.is_empty() && regex != "^$")
}
