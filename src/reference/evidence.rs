//! What a match rests on: fields of the event with the clauses that asked.

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

use super::trace::{Item, NodeTrace, PredicateDetail, PredicateTrace, TestTrace, Trace, TraceKind};
use crate::diagnostic::Span;
use crate::rule::selector::Root;

/// A concrete place in an event: no wildcards, every index settled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventPath {
    /// From the event's root.
    pub steps: Vec<PathStep>,
}

/// One step of an [`EventPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// A member of an object.
    Key(String),
    /// An element of an array, from 0.
    Index(usize),
    /// Into the JSON document that a string holds.
    Decoded,
}

/// `requestParameters.items[0]."x-amz-acl"`; a decoded document is written
/// `policyDocument|json|Statement[0]`, after the operator that decoded it.
impl fmt::Display for EventPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for step in &self.steps {
            match step {
                PathStep::Key(key) if is_plain(key) => write!(f, "{separator}{key}")?,
                PathStep::Key(key) => write!(f, "{separator}\"{key}\"")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
                PathStep::Decoded => write!(f, "|json")?,
            }
            separator = if *step == PathStep::Decoded { "|" } else { "." };
        }
        Ok(())
    }
}

/// Whether a key can stand in a dotted path without quotes.
fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '@'))
}

/// One field that made a condition hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Where in the event: the node tested, or the written path where none was found.
    pub path: EventPath,
    /// The node's value; `None` where the condition holds because nothing is there.
    /// Not masked yet.
    pub value: Option<Value>,
    /// The rule's clause that asked: its selector and its test.
    pub clause: Span,
}

/// The fields that a trace's verdict rests on, in the order of the clauses, each
/// place once.
///
/// What holds because all of several clauses do rests on each of them, what
/// holds because one does on those that do, and the opposite where it does not
/// hold. A field that passed rests on the nodes that satisfied it: on the
/// element of an array that satisfied an operator, on what was tested inside a
/// block. A field that did not pass, and so a `not`, rests on every node that
/// was looked at, or on the lack of one.
pub fn evidence(trace: &Trace) -> Vec<Evidence> {
    let mut gathering = Gathering::default();
    gathering.clause(trace, None);
    gathering.evidence
}

#[derive(Default)]
struct Gathering {
    evidence: Vec<Evidence>,
    places: HashSet<EventPath>,
}

impl Gathering {
    /// `entry` is the value of the entry that the innermost `any_entry` looks at.
    fn clause(&mut self, trace: &Trace, entry: Option<&Value>) {
        let holds = trace.truth.value;
        match &trace.kind {
            TraceKind::All(children) => self.decisive(children, holds, false, entry),
            TraceKind::Any(children) => self.decisive(children, holds, true, entry),
            TraceKind::None(children) => self.decisive(children, !holds, true, entry),
            TraceKind::Not(body) | TraceKind::Macro { body, .. } => self.clause(body, entry),
            TraceKind::Field(field) => {
                // A key is not shown as the value of the entry's place.
                let shown = entry.filter(|_| field.root == Root::EntryKey);
                self.test(&field.test, trace.span, shown, entry);
            }
        }
    }

    /// Of the children of AND (`decides` is false: one false child decides) or OR
    /// (one true child decides): those that decided, or all where none did.
    fn decisive(&mut self, children: &[Trace], joined: bool, decides: bool, entry: Option<&Value>) {
        for child in children {
            if joined != decides || (child.truth.value == decides && !child.truth.lost) {
                self.clause(child, entry);
            }
        }
    }

    fn test(
        &mut self,
        test: &TestTrace,
        clause: Span,
        shown: Option<&Value>,
        entry: Option<&Value>,
    ) {
        match test {
            TestTrace::Not { inner, .. } => self.test(inner, clause, shown, entry),
            TestTrace::Nodes { truth, nodes } => {
                let decisive = |node: &&NodeTrace| node.truth.value == truth.value;
                for node in nodes.iter().filter(decisive) {
                    if !truth.value {
                        self.add(node.path.clone(), shown.or(node.value.as_ref()), clause);
                        continue;
                    }
                    for predicate in &node.predicates {
                        self.satisfied(predicate, node, clause, shown, entry);
                    }
                }
            }
        }
    }

    /// What one operator that holds on a node rests on.
    fn satisfied(
        &mut self,
        predicate: &PredicateTrace,
        node: &NodeTrace,
        clause: Span,
        shown: Option<&Value>,
        entry: Option<&Value>,
    ) {
        let mut inside = false;
        match &predicate.detail {
            PredicateDetail::Elements(satisfied) => {
                for &index in satisfied {
                    let element = node.value.as_ref().and_then(|array| array.get(index));
                    let mut path = node.path.clone();
                    path.steps.push(PathStep::Index(index));
                    self.add(path, element, clause);
                    inside = true;
                }
            }
            PredicateDetail::Block(elements) => {
                for element in elements.iter().filter(|element| element.trace.truth.value) {
                    let entry = match &element.item {
                        Item::Entry { value, .. } => Some(value),
                        Item::Element(_) | Item::Document(_) => entry,
                    };
                    self.clause(&element.trace, entry);
                    inside = true;
                }
            }
            PredicateDetail::Node | PredicateDetail::Not(_) => {}
        }
        if !inside {
            self.add(node.path.clone(), shown.or(node.value.as_ref()), clause);
        }
    }

    fn add(&mut self, path: EventPath, value: Option<&Value>, clause: Span) {
        if self.places.insert(path.clone()) {
            self.evidence.push(Evidence {
                path,
                value: value.cloned(),
                clause,
            });
        }
    }
}
