//! What `{matched...}` in a message stands for: the elements that blocks matched.

use serde_json::Value;

use super::scope::walk;
use super::trace::{Item, PredicateDetail, TestTrace, Trace, TraceKind};
use super::{EventPath, Node, Place, scalar};
use crate::rule::selector::{Path, Selector, Step};

/// An element or an entry on which a block held.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// Where it is; of an entry, where its value is.
    pub path: EventPath,
    /// What it is; never a document.
    pub item: Item,
    /// How many elements it is inside of, from 0.
    pub depth: usize,
}

/// The elements on which the blocks of the clauses that hold held, the
/// outermost first and otherwise in the order of the clauses and the record.
/// Documents that `json:` decoded are looked through, not listed; what is below
/// a `not` or `none` matched nothing.
pub fn matched_elements(trace: &Trace) -> Vec<Matched> {
    let mut matched = Vec::new();
    gather(trace, 0, &mut matched);
    matched.sort_by_key(|matched| matched.depth);
    matched
}

fn gather(trace: &Trace, depth: usize, matched: &mut Vec<Matched>) {
    if !trace.truth.value {
        return;
    }
    match &trace.kind {
        TraceKind::All(children) | TraceKind::Any(children) => {
            for child in children {
                gather(child, depth, matched);
            }
        }
        TraceKind::Macro { body, .. } => gather(body, depth, matched),
        TraceKind::None(_) | TraceKind::Not(_) => {}
        TraceKind::Field(field) => {
            let TestTrace::Nodes { nodes, .. } = &field.test else {
                return;
            };
            let satisfied = nodes.iter().filter(|node| node.truth.value);
            for predicate in satisfied.flat_map(|node| &node.predicates) {
                gather_block(&predicate.detail, depth, matched);
            }
        }
    }
}

fn gather_block(detail: &PredicateDetail, depth: usize, matched: &mut Vec<Matched>) {
    let PredicateDetail::Block(elements) = detail else {
        return;
    };
    for element in elements.iter().filter(|element| element.trace.truth.value) {
        let mut inner_depth = depth;
        if !matches!(element.item, Item::Document(_)) {
            inner_depth += 1;
            matched.push(Matched {
                path: element.path.clone(),
                item: element.item.clone(),
                depth,
            });
        }
        gather(&element.trace, inner_depth, matched);
    }
}

/// What the selector of a `{matched...}` yields: it starts at the elements of the
/// outermost depth at which it finds anything. Of an entry, `key` and `value...`
/// are its parts, and the entry itself is the text `key=value`.
pub fn select_matched(selector: &Selector, matched: &[Matched]) -> Vec<(EventPath, Value)> {
    let Path::Steps(steps) = &selector.path else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for level in matched.chunk_by(|a, b| a.depth == b.depth) {
        found.extend(level.iter().flat_map(|matched| matched.select(steps)));
        if !found.is_empty() {
            break;
        }
    }
    found
}

impl Matched {
    fn select(&self, steps: &[Step]) -> Vec<(EventPath, Value)> {
        match (&self.item, steps) {
            (Item::Element(value) | Item::Document(value), _) => self.below(value, steps),
            (Item::Entry { key, value }, []) => {
                let value = scalar::text(value).map_or_else(|| value.to_string(), String::from);
                vec![(self.path.clone(), format!("{key}={value}").into())]
            }
            (Item::Entry { key, value }, [Step::Key(part), rest @ ..]) => match part.as_str() {
                "key" if rest.is_empty() => vec![(self.path.clone(), key.clone().into())],
                "value" => self.below(value, rest),
                _ => Vec::new(),
            },
            (Item::Entry { .. }, _) => Vec::new(),
        }
    }

    fn below(&self, value: &Value, steps: &[Step]) -> Vec<(EventPath, Value)> {
        let mut found = Vec::new();
        let place = &Place::At(&self.path);
        walk(Node { value, place }, steps, &mut |node| {
            found.push((node.place.path(), node.value.clone()));
        });
        found
    }
}
