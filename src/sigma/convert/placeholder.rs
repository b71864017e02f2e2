//! Values of lists: `%name%` alone is `{list: name}`, and the rest cannot be said.
//!
//! A rule is lowered with the values of its lists in it. To tell which of its values are
//! a list's it is lowered once more, with one and the same mark in each list.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::diagnostic::{Span, Spanned};
use crate::rule::clause::Clause;
use crate::rule::value::Values;
use crate::rule::{Rule, RuleSet};
use crate::yaml::{Entry, Node, NodeKind};

use super::super::modifier::changes_values;
use super::super::text::{Piece, Text};
use super::{Refusal, unplaced};

/// A text that is a network too, and a pattern, in none of which anything is special.
const MARK: &str = "192.0.2.0/24";

/// The condition of a rule with a mark for what its lists hold, and these lists.
pub(super) fn with_marks<'r>(
    set: &RuleSet,
    rule: &'r Rule,
) -> Result<(Cow<'r, Clause>, BTreeSet<String>), Refusal> {
    let lists: BTreeSet<String> = rule
        .condition
        .lists()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let condition = match lists.is_empty() {
        true => Cow::Borrowed(&rule.condition),
        false => Cow::Owned(marked(set, rule, &lists)?.condition),
    };
    Ok((condition, lists))
}

/// The rule with a mark for what its lists hold.
fn marked(set: &RuleSet, rule: &Rule, lists: &BTreeSet<String>) -> Result<Rule, Refusal> {
    let mark = |name: &String| {
        let place = set
            .definitions
            .lists
            .get(name)
            .and_then(|list| list.name_span);
        (
            name.clone(),
            vec![unplaced(MARK, place.unwrap_or(rule.id.span))],
        )
    };
    let lists: Vec<_> = lists.iter().map(mark).collect();
    set.lowered_with(rule, &lists).map_err(|errors| {
        let message = errors
            .first()
            .map_or(String::new(), |error| error.message.clone());
        Refusal::new(
            rule.id.span,
            message,
            "mend the rule: `trailgate check` says more",
        )
    })
}

/// The values of a test that are written in the rule, where those of lists can be named.
pub(super) fn written<'v, T>(
    values: &'v Values<T>,
    span: Span,
    set: &RuleSet,
    roots: &[&Node],
) -> Result<Vec<&'v Spanned<T>>, Refusal> {
    if values.lists.is_empty() {
        return Ok(values.items.iter().collect());
    }
    let entry = roots.iter().find_map(|root| entry_at(root, span));
    let entry = entry.ok_or_else(|| {
        Refusal::new(
            span,
            "a list stands here in a way that is not known",
            "write its values out",
        )
    })?;
    sayable(entry)?;
    for name in &values.lists {
        plain_values(name, span, set)?;
    }
    let within = |inner: Span| {
        inner.source == span.source && inner.start >= span.start && inner.end <= span.end
    };
    let items = values.items.iter();
    Ok(items.filter(|item| within(item.span)).collect())
}

fn entry_at(node: &Node, span: Span) -> Option<&Entry> {
    match &node.kind {
        NodeKind::Scalar(_) => None,
        NodeKind::Sequence(items) => items.iter().find_map(|item| entry_at(item, span)),
        NodeKind::Mapping(entries) => entries.iter().find_map(|entry| match entry.span() == span {
            true => Some(entry),
            false => entry_at(&entry.value, span),
        }),
    }
}

/// Whether what an entry asks of a list is asked of its values as they are.
fn sayable(entry: &Entry) -> Result<(), Refusal> {
    let mut modifiers = entry.key.value.split('|').skip(1);
    if let Some(modifier) = modifiers.find(|of| changes_values(of)) {
        return Err(Refusal::new(
            entry.key.span,
            format!(
                "a native rule takes the values of a list as they are, and not by `{modifier}`"
            ),
            "put the values into the list as they are to be compared, or write them out",
        ));
    }
    let one = std::slice::from_ref(&entry.value);
    for value in entry.value.as_sequence().unwrap_or(one) {
        let pieces = Text::pieces(value.as_text().unwrap_or_default());
        let placeholder = pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Placeholder(_)));
        if placeholder && pieces.len() > 1 {
            return Err(Refusal::new(
                value.span,
                "a native rule has no text around the values of a list",
                "put the whole texts into the list, or write them out",
            ));
        }
    }
    Ok(())
}

fn plain_values(name: &str, span: Span, set: &RuleSet) -> Result<(), Refusal> {
    let list = set.definitions.lists.get(name);
    let values = list
        .and_then(|list| list.values.as_deref())
        .unwrap_or_default();
    let special = |value: &&Spanned<String>| value.value.contains(['*', '?', '\\']);
    match values.iter().find(special) {
        None => Ok(()),
        Some(value) => Err(Refusal::new(
            span,
            format!(
                "`{}` of the list `{name}` is no plain text, and those of native lists are",
                value.value
            ),
            "write the values out where they are wildcards",
        )),
    }
}
