//! The reference evaluator: the definition of the rule language.
//!
//! In come a condition and a record as `serde_json::Value`; out come its truth,
//! a trace that shows every clause with what it saw, and the evidence of a match.

mod evidence;

pub use evidence::{EventPath, Evidence, PathStep};
