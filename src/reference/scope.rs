//! What selectors start from, and the nodes that they yield.

use jsonpath_rust::query::js_path_process;
use serde_json::Value;

use super::evidence::{EventPath, PathStep};
use super::{Node, Place};
use crate::event::Losses;
use crate::rule::selector::{Path, Root, Selector, Step};

/// What a clause looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'s> {
    /// The whole event; `$` anywhere.
    pub event: &'s Value,
    /// What the innermost block looks at: an element, the value of an entry, a
    /// decoded document; the event outside blocks.
    pub element: Node<'s>,
    /// The key and value of the entry that the innermost `any_entry` looks at.
    pub entry: Option<(&'s str, Node<'s>)>,
    /// What the event does not have because it was lost.
    pub losses: &'s Losses,
    /// Whether to keep what is seen.
    pub tracing: bool,
}

impl<'s> Scope<'s> {
    pub fn of_event(event: &'s Value, losses: &'s Losses, tracing: bool) -> Self {
        let element = Node {
            value: event,
            place: &Place::Root,
        };
        Scope {
            event,
            element,
            entry: None,
            losses,
            tracing,
        }
    }

    /// Shows every node that the selector yields, in the order of the record.
    pub fn select(&self, selector: &Selector, visit: &mut dyn FnMut(Node<'_>)) {
        let steps = match &selector.path {
            Path::Steps(steps) => steps,
            Path::Query(query) => {
                // A query can only fail by asking for a value that is no node.
                for found in js_path_process(query, self.event).unwrap_or_default() {
                    let place = Place::Found {
                        event: self.event,
                        node: found.val,
                    };
                    visit(Node {
                        value: found.val,
                        place: &place,
                    });
                }
                return;
            }
        };
        match (selector.root, self.entry) {
            (Root::Event, _) => {
                let whole = Scope::of_event(self.event, self.losses, false);
                walk(whole.element, steps, visit);
            }
            (Root::Element, _) => walk(self.element, steps, visit),
            (Root::EntryKey, Some((key, entry))) => {
                let value = &Value::String(key.to_owned());
                walk(Node { value, ..entry }, steps, visit);
            }
            (Root::EntryValue, Some((_, entry))) => walk(entry, steps, visit),
            (Root::EntryKey | Root::EntryValue, None) => {}
        }
    }

    /// The same, written out.
    pub fn collect(&self, selector: &Selector) -> Vec<(EventPath, Value)> {
        let mut nodes = Vec::new();
        self.select(selector, &mut |node| {
            nodes.push((node.place.path(), node.value.clone()));
        });
        nodes
    }

    /// The path that a selector which found nothing was written as. One that
    /// has no such path (`$..name`) stands as a single key of its own text.
    pub fn written_path(&self, selector: &Selector) -> EventPath {
        let base = match (selector.root, self.entry) {
            (Root::Event, _) => EventPath::default(),
            (Root::EntryKey | Root::EntryValue, Some((_, entry))) => entry.place.path(),
            _ => self.element.place.path(),
        };
        let plain: Option<Vec<PathStep>> = match &selector.path {
            Path::Steps(steps) => steps.iter().map(written_step).collect(),
            Path::Query(_) => None,
        };
        match plain {
            Some(steps) => EventPath {
                steps: [base.steps, steps].concat(),
            },
            None => EventPath {
                steps: vec![PathStep::Key(selector.text.clone())],
            },
        }
    }
}

fn written_step(step: &Step) -> Option<PathStep> {
    match step {
        Step::Key(key) | Step::Member(key) => Some(PathStep::Key(key.clone())),
        Step::Index(index) => usize::try_from(*index).ok().map(PathStep::Index),
        Step::Wildcard => None,
    }
}

pub(super) fn walk(node: Node<'_>, steps: &[Step], visit: &mut dyn FnMut(Node<'_>)) {
    let Some((step, rest)) = steps.split_first() else {
        visit(node);
        return;
    };
    match (step, node.value) {
        (Step::Key(key), Value::Array(_)) => {
            each_element(node, |element| member(element, key, rest, visit));
        }
        (Step::Key(key) | Step::Member(key), _) => member(node, key, rest, visit),
        (Step::Index(index), Value::Array(elements)) => {
            let place = match usize::try_from(*index) {
                Ok(from_start) => Some(from_start),
                Err(_) => usize::try_from(index.unsigned_abs())
                    .ok()
                    .and_then(|from_end| elements.len().checked_sub(from_end)),
            };
            if let Some(index) = place
                && let Some(value) = elements.get(index)
            {
                let place = &Place::Index(node.place, index);
                walk(Node { value, place }, rest, visit);
            }
        }
        (Step::Wildcard, Value::Array(_)) => {
            each_element(node, |element| walk(element, rest, visit));
        }
        (Step::Wildcard, Value::Object(members)) => {
            for (key, value) in members {
                let place = &Place::Key(node.place, key);
                walk(Node { value, place }, rest, visit);
            }
        }
        (Step::Index(_) | Step::Wildcard, _) => {}
    }
}

/// Goes on from a member of an object; of anything else there is none.
fn member(node: Node<'_>, key: &str, rest: &[Step], visit: &mut dyn FnMut(Node<'_>)) {
    if let Some(value) = node.value.as_object().and_then(|object| object.get(key)) {
        let place = &Place::Key(node.place, key);
        walk(Node { value, place }, rest, visit);
    }
}

/// Shows the elements of an array; of anything else there are none.
pub(super) fn each_element(node: Node<'_>, mut visit: impl FnMut(Node<'_>)) {
    for (index, value) in node.value.as_array().into_iter().flatten().enumerate() {
        let place = &Place::Index(node.place, index);
        visit(Node { value, place });
    }
}
