//! What a match rests on: fields of the event with the clauses that asked.

use std::fmt;

use serde_json::Value;

use crate::diagnostic::Span;

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
