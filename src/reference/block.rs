//! Blocks: conditions on what is inside a node.

use serde_json::Value;

use super::scope::each_element;
use super::trace::{Answer, ElementTrace, Gathered, Item, PredicateDetail};
use super::{Node, Place, Scope, Truth, decode};
use crate::rule::clause::Clause;

impl Scope<'_> {
    pub fn any_element(&self, block: &Clause, node: Option<Node<'_>>) -> Answer<PredicateDetail> {
        let elements = self.elements(block, node);
        Answer {
            truth: elements.any,
            trace: elements.traces.map(PredicateDetail::Block),
        }
    }

    pub fn every_element(&self, block: &Clause, node: Option<Node<'_>>) -> Answer<PredicateDetail> {
        let elements = self.elements(block, node);
        Answer {
            truth: Truth::from(elements.count > 0) & elements.all,
            trace: elements.traces.map(PredicateDetail::Block),
        }
    }

    /// The block on each element of an array. A lone value counts as an array
    /// of one, null and nothing as an empty one.
    fn elements(&self, block: &Clause, node: Option<Node<'_>>) -> Gathered<ElementTrace> {
        let mut elements = Gathered::new(self.tracing);
        let mut look = |element: Node<'_>| {
            let scope = Scope { element, ..*self };
            let item = || Item::Element(element.value.clone());
            elements.add(scope.inside(block, item));
        };
        match node {
            None => {}
            Some(node) => match node.value {
                Value::Null => {}
                Value::Array(_) => each_element(node, look),
                _ => look(node),
            },
        }
        elements
    }

    /// The block on each entry of an object, or of each object in an array.
    pub fn any_entry(&self, block: &Clause, node: Option<Node<'_>>) -> Answer<PredicateDetail> {
        let mut entries = Gathered::new(self.tracing);
        let mut look = |object: Node<'_>| {
            for (key, value) in object.value.as_object().into_iter().flatten() {
                let place = &Place::Key(object.place, key);
                let element = Node { value, place };
                let scope = Scope {
                    element,
                    entry: Some((key, element)),
                    ..*self
                };
                let item = || Item::Entry {
                    key: key.clone(),
                    value: value.clone(),
                };
                entries.add(scope.inside(block, item));
            }
        };
        match node {
            None => {}
            Some(node) if node.value.is_array() => each_element(node, look),
            Some(node) => look(node),
        }
        Answer {
            truth: entries.any,
            trace: entries.traces.map(PredicateDetail::Block),
        }
    }

    /// The block on the document that a node holds. Where one is there and
    /// cannot be read, the answer is false and open.
    pub fn json(&self, block: &Clause, node: Option<Node<'_>>) -> Answer<PredicateDetail> {
        let mut documents = Gathered::new(self.tracing);
        let mut unreadable = false;
        if let Some(node) = node {
            let mut look = |value: &Value, place: &Place<'_>| {
                let element = Node { value, place };
                let scope = Scope { element, ..*self };
                documents.add(scope.inside(block, || Item::Document(value.clone())));
            };
            match decode::document(node.value) {
                decode::Document::Absent => {}
                decode::Document::AsIs => look(node.value, node.place),
                decode::Document::Decoded(document) => {
                    look(&document, &Place::Decoded(node.place));
                }
                decode::Document::Unreadable => unreadable = true,
            }
        }
        Answer {
            truth: if unreadable {
                Truth::UNREADABLE
            } else {
                documents.any
            },
            trace: documents.traces.map(PredicateDetail::Block),
        }
    }

    /// The block in this scope.
    fn inside(&self, block: &Clause, item: impl FnOnce() -> Item) -> Answer<ElementTrace> {
        let answer = self.clause(block);
        Answer {
            truth: answer.truth,
            trace: answer.trace.map(|trace| ElementTrace {
                path: self.element.place.path(),
                item: item(),
                trace,
            }),
        }
    }
}
