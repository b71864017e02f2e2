//! Values that a key had not had before: what is known, and for how long.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::near::{Near, later};
use crate::correlate::{Measured, Signal, duration_text};
use crate::finding::counted;
use crate::rule::selector::Selector;

pub(super) fn near(
    fields: &[Selector],
    history: SignedDuration,
    learning: SignedDuration,
    signals: &[Arc<Signal>],
) -> Near {
    let (Some(first), Some(last)) = (signals.first(), signals.last()) else {
        return Near::nothing();
    };
    let names: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    let mut known: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for signal in signals {
        if let Measured::Values(values) = &signal.measured {
            known.extend(values.iter().map(|value| (&**value, signal.time)));
        }
    }
    let begin = last.time.saturating_sub(history).unwrap_or(Timestamp::MIN);
    let fresh = known.values().filter(|seen| **seen >= begin).count();
    let learnt = later(first.time, learning);
    let values = counted(known.len() as u64, "value");
    let mut lines = vec![format!(
        "{values} of {} known, {fresh} of them seen in the {} before the last event",
        names.join(" with "),
        duration_text(history)
    )];
    let known_for = last.time.duration_since(first.time);
    let share = if learning.is_zero() || known_for >= learning {
        lines.push(format!(
            "known since {}, so a value has counted as new from {learnt} on",
            first.time
        ));
        0.5
    } else {
        lines.push(format!(
            "known since {}: {} of the {} that learning takes; a value counts as new from {learnt} on",
            first.time,
            duration_text(known_for),
            duration_text(learning)
        ));
        0.5 * known_for.as_secs_f64() / learning.as_secs_f64()
    };
    Near {
        share,
        lines,
        window: None,
    }
}
