//! The reference evaluator: the definition of the rule language.
//!
//! In come a condition and a record as `serde_json::Value`; out come its truth,
//! a trace that shows every clause with what it saw, and the evidence of a match.
//! Truth and trace come from one walk that never stops early, so that a trace
//! is complete and the two cannot disagree.

mod block;
mod condition;
mod decode;
mod evidence;
mod kind;
mod loss;
mod matched;
mod operator;
mod place;
mod scalar;
mod scope;
#[cfg(test)]
pub(crate) mod tests;
mod trace;
mod truth;

use serde_json::Value;

use crate::event::Losses;
use crate::rule::clause::Clause;
use crate::rule::selector::Selector;

pub(crate) use decode::{Document, document};
pub use evidence::{EventPath, Evidence, PathStep, evidence};
pub(crate) use kind::{account_id, is_text};
pub use loss::{is_lost, lost_fields};
pub use matched::{Matched, matched_elements, select_matched};
pub use trace::{
    ElementTrace, FieldTrace, Item, NodeTrace, PredicateDetail, PredicateTrace, TestTrace, Trace,
    TraceKind,
};
pub use truth::Truth;

use place::{Node, Place};
use scope::Scope;

/// Whether the condition holds on the event.
pub fn evaluate(condition: &Clause, event: &Value) -> Truth {
    evaluate_known(condition, event, Losses::none())
}

/// The same of an event of which some fields were lost.
pub fn evaluate_known(condition: &Clause, event: &Value, losses: &Losses) -> Truth {
    Scope::of_event(event, losses, false)
        .clause(condition)
        .truth
}

/// The same, with everything that was seen on the way.
pub fn trace(condition: &Clause, event: &Value) -> Trace {
    trace_known(condition, event, Losses::none())
}

/// The same of an event of which some fields were lost.
pub fn trace_known(condition: &Clause, event: &Value, losses: &Losses) -> Trace {
    let answer = Scope::of_event(event, losses, true).clause(condition);
    // A tracing scope always leaves a trace; the other arm keeps this total.
    answer.trace.unwrap_or_else(|| Trace {
        id: condition.id,
        span: condition.span,
        truth: answer.truth,
        kind: TraceKind::All(Vec::new()),
    })
}

/// The nodes of the event that a selector yields, in the order of the record.
/// There are no elements outside a condition: a selector that is about one
/// starts at the event.
pub fn select(selector: &Selector, event: &Value) -> Vec<(EventPath, Value)> {
    Scope::of_event(event, Losses::none(), false).collect(selector)
}
