//! The semantics table, case by case and as laws.

mod blocks;
pub(crate) mod build;
mod evidence;
mod fields;
mod laws;
mod operators;
mod selectors;

use serde_json::{Value, json};

use super::{Truth, evaluate};
use build::condition;

fn truth(written: Value, event: &Value) -> Truth {
    evaluate(&condition(&written), event)
}

/// Whether a condition holds on an event; for cases where nothing is unreadable.
fn holds(written: Value, event: &Value) -> bool {
    let truth = truth(written, event);
    assert!(!truth.open);
    truth.value
}

/// Whether a test of `f` holds where `f` has this value.
fn passes(test: Value, node: Value) -> bool {
    holds(json!({"f": test}), &json!({"f": node}))
}

#[track_caller]
fn check(cases: impl IntoIterator<Item = (Value, Value, bool)>) {
    for (test, node, expected) in cases {
        let found = passes(test.clone(), node.clone());
        assert_eq!(found, expected, "{test} on {node}");
    }
}
