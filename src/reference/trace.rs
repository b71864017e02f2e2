//! What an evaluation saw, as a tree that mirrors the clauses.

use serde_json::Value;

use super::{EventPath, Truth};
use crate::diagnostic::Span;
use crate::rule::clause::ClauseId;
use crate::rule::selector::Root;

/// One clause with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The clause's number in its rule.
    pub id: ClauseId,
    /// Where the clause is written.
    pub span: Span,
    /// Whether it holds.
    pub truth: Truth,
    /// What it is made of.
    pub kind: TraceKind,
}

/// The kinds of clause, as [`ClauseKind`](crate::rule::clause::ClauseKind).
#[derive(Debug, Clone, PartialEq)]
pub enum TraceKind {
    /// Every one holds.
    All(Vec<Trace>),
    /// At least one holds.
    Any(Vec<Trace>),
    /// None holds.
    None(Vec<Trace>),
    /// It does not hold.
    Not(Box<Trace>),
    /// A macro's condition.
    Macro {
        /// The macro's name.
        name: String,
        /// Its condition.
        body: Box<Trace>,
    },
    /// A test of a field.
    Field(FieldTrace),
}

/// A field with what was asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldTrace {
    /// What the selector starts from.
    pub root: Root,
    /// What came of the test.
    pub test: TestTrace,
}

/// A test of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum TestTrace {
    /// A lone `not`: the opposite of the test inside.
    Not {
        /// Where the `not` is written.
        span: Span,
        /// The test inside.
        inner: Box<TestTrace>,
    },
    /// The nodes, some of which must satisfy all predicates; each must, where
    /// the only one is `no_element`.
    Nodes {
        /// Whether enough of them do.
        truth: Truth,
        /// Never empty: where the selector finds nothing, that is the one entry.
        nodes: Vec<NodeTrace>,
    },
}

/// A node, or that there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTrace {
    /// Where it is, or the path as written where nothing is there.
    pub path: EventPath,
    /// The value, `None` where nothing is there.
    pub value: Option<Value>,
    /// Whether all predicates hold.
    pub truth: Truth,
    /// Every predicate.
    pub predicates: Vec<PredicateTrace>,
}

/// One operator on one node.
#[derive(Debug, Clone, PartialEq)]
pub struct PredicateTrace {
    /// Where the operator is written.
    pub span: Span,
    /// Whether it holds.
    pub truth: Truth,
    /// What it looked at beyond the node itself.
    pub detail: PredicateDetail,
}

/// What an operator looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum PredicateDetail {
    /// The node itself.
    Node,
    /// The elements of an array, for an operator that takes one value; the
    /// indices are of those that satisfied it.
    Elements(Vec<usize>),
    /// `not` beside others: its predicates on the same node.
    Not(Vec<PredicateTrace>),
    /// A block: what it looked at, one by one.
    Block(Vec<ElementTrace>),
}

/// One of the things that a block looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementTrace {
    /// Where it is.
    pub path: EventPath,
    /// What it is.
    pub item: Item,
    /// The block on it.
    pub trace: Trace,
}

/// What a block looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// An element of an array, or a lone value.
    Element(Value),
    /// An entry of an object.
    Entry {
        /// Its key.
        key: String,
        /// Its value.
        value: Value,
    },
    /// A decoded document.
    Document(Value),
}

/// A truth with the trace of how it came about, where one is kept.
pub(super) struct Answer<T> {
    pub truth: Truth,
    pub trace: Option<T>,
}

/// Answers put together.
pub(super) struct Gathered<T> {
    /// Whether one of them holds.
    pub any: Truth,
    /// Whether each of them holds.
    pub all: Truth,
    /// How many there are.
    pub count: usize,
    /// Their traces, where kept.
    pub traces: Option<Vec<T>>,
}

impl<T> Gathered<T> {
    pub fn new(tracing: bool) -> Self {
        Gathered {
            any: Truth::FALSE,
            all: Truth::TRUE,
            count: 0,
            traces: tracing.then(Vec::new),
        }
    }

    pub fn add(&mut self, answer: Answer<T>) {
        self.any = self.any | answer.truth;
        self.all = self.all & answer.truth;
        self.count += 1;
        if let Some(traces) = &mut self.traces {
            traces.extend(answer.trace);
        }
    }
}
