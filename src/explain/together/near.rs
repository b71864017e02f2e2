//! How near the events of one key came to what a correlation asks.
//!
//! In come the signals of the key in the order of time, deliveries taken out; out
//! come the windows that were tried in words. What a rule finds is told by folding,
//! and never by this.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{first_seen, measured, sequence};
use crate::correlate::{Signal, duration_text};
use crate::rule::correlation::{Asks, Correlation, WindowKind};

/// The nearest window of a key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Near {
    /// How near it came: 1 is there.
    pub(super) share: f64,
    /// What is there, and what would have done.
    pub(super) lines: Vec<String>,
    /// Where the window is.
    pub(super) window: Option<(Timestamp, Timestamp)>,
}

impl Near {
    /// Nothing came near.
    pub(super) fn nothing() -> Near {
        Near {
            share: 0.0,
            lines: Vec::new(),
            window: None,
        }
    }
}

/// The nearest window of a correlation under one key. The data reaches so far.
pub(super) fn near(
    correlation: &Correlation,
    signals: &[Arc<Signal>],
    reached: Option<Timestamp>,
) -> Near {
    match &correlation.asks {
        Asks::Window { within, kind } => match kind {
            WindowKind::Measure { measure, threshold } if threshold.has_upper_bound() => {
                measured::consecutive(within.value, measure, threshold, signals)
            }
            WindowKind::Measure { measure, threshold } => {
                measured::sliding(correlation, within.value, (measure, threshold), signals)
            }
            WindowKind::Sequence { .. } => {
                sequence::near(correlation, within.value, kind, signals, reached)
            }
        },
        Asks::FirstSeen {
            fields,
            history,
            learning,
        } => first_seen::near(fields, *history, *learning, signals),
    }
}

/// A stretch of time, its end without the date where that is the same.
pub(super) fn stretch(from: Timestamp, to: Timestamp) -> String {
    if from == to {
        return from.to_string();
    }
    let length = duration_text(to.duration_since(from));
    format!("{from} to {} ({length})", after(from, to))
}

/// A moment as one reads it beside an earlier one.
pub(super) fn after(earlier: Timestamp, moment: Timestamp) -> String {
    let (earlier, moment) = (earlier.to_string(), moment.to_string());
    match (earlier.split_once('T'), moment.split_once('T')) {
        (Some((day, _)), Some((same, time))) if day == same => time.to_owned(),
        _ => moment,
    }
}

/// A moment so much later.
pub(super) fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Signals of one time, one such group after the other, as ranges of places.
pub(super) fn moments(signals: &[Arc<Signal>]) -> Vec<std::ops::Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    for end in 1..=signals.len() {
        let over = signals
            .get(end)
            .is_none_or(|s| s.time != signals[start].time);
        if over {
            groups.push(start..end);
            start = end;
        }
    }
    groups
}
