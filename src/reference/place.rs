//! Nodes of an event and where they are.
//!
//! A place is a chain of borrowed steps on the stack: walking an event allocates
//! nothing, and a path is written out only for a trace.

use serde_json::Value;

use super::evidence::{EventPath, PathStep};

/// A value with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'n> {
    pub value: &'n Value,
    pub place: &'n Place<'n>,
}

/// Where a node is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'p> {
    /// The root of the event.
    Root,
    /// A path that was written out before.
    At(&'p EventPath),
    /// A member of the object there.
    Key(&'p Place<'p>, &'p str),
    /// An element of the array there.
    Index(&'p Place<'p>, usize),
    /// The document in the string there.
    Decoded(&'p Place<'p>),
    /// Wherever in the event this very node is: queries say what, not where.
    Found { event: &'p Value, node: &'p Value },
}

impl Place<'_> {
    /// The path, written out.
    pub fn path(&self) -> EventPath {
        let mut steps = Vec::new();
        self.write(&mut steps);
        EventPath { steps }
    }

    fn write(&self, steps: &mut Vec<PathStep>) {
        match self {
            Place::Root => {}
            Place::At(path) => steps.extend_from_slice(&path.steps),
            Place::Key(parent, key) => {
                parent.write(steps);
                steps.push(PathStep::Key((*key).to_owned()));
            }
            Place::Index(parent, index) => {
                parent.write(steps);
                steps.push(PathStep::Index(*index));
            }
            Place::Decoded(parent) => {
                parent.write(steps);
                steps.push(PathStep::Decoded);
            }
            Place::Found { event, node } => {
                locate(event, node, steps);
            }
        }
    }
}

/// Adds the steps from `from` to the node that is `target`, by identity; the
/// paths that the query evaluator gives do not escape quotes in keys.
fn locate(from: &Value, target: &Value, steps: &mut Vec<PathStep>) -> bool {
    if std::ptr::eq(from, target) {
        return true;
    }
    let mut found_below = |step: PathStep, child: &Value| {
        steps.push(step);
        let found = locate(child, target, steps);
        if !found {
            steps.pop();
        }
        found
    };
    match from {
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .any(|(index, element)| found_below(PathStep::Index(index), element)),
        Value::Object(members) => members
            .iter()
            .any(|(key, member)| found_below(PathStep::Key(key.clone()), member)),
        _ => false,
    }
}
