//! YAML as rules need it: a tree whose every node knows its bytes.
//!
//! In comes the text of a rules file; out come its documents as [`Node`]s, and
//! diagnostics for what is not YAML or reads in another way than its author
//! meant. Scalars keep their source text (`4.10` stays `4.10`), aliases are
//! expanded within a budget, `<<` merges, keys are unique. A damaged document
//! does not lose the others of its file. What the build recorded of the pack makes the
//! same tree without the parser.

mod build;
mod fields;
mod recording;
mod step;
mod trap;

pub use build::{Damaged, Documents, parse, replay};
pub(crate) use fields::{Fields, get};
pub use recording::record;

use crate::diagnostic::{Span, Spanned};

/// A node with its place. A container's span reaches from its first byte to the
/// end of its last child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// The kinds of node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// Text, whatever YAML would make of it.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order written, no key twice.
    Mapping(Vec<Entry>),
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text after YAML's own escapes.
    pub text: String,
    /// Whether it was quoted or a block scalar, so that `null` and numbers are text.
    pub quoted: bool,
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key's text and place.
    pub key: Spanned<String>,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// The key and the value together.
    pub fn span(&self) -> Span {
        self.key.span.to(self.value.span)
    }
}

impl Node {
    /// What the node is, for messages: `text`, `a list`, `a mapping`, `null`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar(_) if self.is_null() => "null",
            NodeKind::Scalar(_) => "text",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }

    /// Whether this is a plain `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        match &self.kind {
            NodeKind::Scalar(scalar) => {
                !scalar.quoted
                    && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// Whether this is the word `null`, not quoted.
    pub fn is_written_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar(scalar) if !scalar.quoted && scalar.text == "null")
    }

    /// The text of a scalar that is not null.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(scalar) if !self.is_null() => Some(&scalar.text),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?
            .iter()
            .find(|entry| entry.key.value == key)
            .map(|entry| &entry.value)
    }

    /// The JSON value that the node stands for where types matter (the events of
    /// tests). Plain scalars are JSON's literals and numbers where they are
    /// written as JSON writes them, text otherwise: `012` stays text.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            NodeKind::Scalar(_) if self.is_null() => Value::Null,
            NodeKind::Scalar(Scalar {
                text,
                quoted: false,
            }) => match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                other if crate::rule::value::Number::parse(other).is_some() => {
                    serde_json::from_str(other).unwrap_or_else(|_| Value::from(other))
                }
                other => Value::from(other),
            },
            NodeKind::Scalar(scalar) => Value::from(scalar.text.as_str()),
            NodeKind::Sequence(items) => items.iter().map(Node::to_json).collect(),
            NodeKind::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.value.clone(), entry.value.to_json()))
                .collect(),
        }
    }
}
