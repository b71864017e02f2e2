//! What is measured of the signals in a window.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::episode::Measurement;
use super::super::signal::Measured;
use crate::rule::correlation::{Measure, Threshold};
use crate::rule::value::Amount;

/// Values that are told apart beyond what a bound asks for.
const MOST_VALUES: usize = 10_000;

/// The values that were met and when last, the latest of them: enough to tell
/// whether there are as many as any bound asks for.
#[derive(Debug, Default)]
pub(super) struct Values {
    last: HashMap<Arc<str>, Timestamp>,
    by_time: BTreeSet<(Timestamp, Arc<str>)>,
    most: usize,
}

impl Values {
    pub(super) fn for_bounds_of(threshold: &Threshold) -> Self {
        let largest = threshold.bounds.iter().map(|(_, bound)| *bound).max();
        let whole = largest.map_or(0, |bound| bound.billionths() / 1_000_000_000);
        let asked = usize::try_from(whole).unwrap_or(usize::MAX);
        Values {
            most: asked.saturating_add(2).max(MOST_VALUES),
            ..Values::default()
        }
    }

    pub(super) fn see(&mut self, value: &str, time: Timestamp) {
        let value = match self.last.get_key_value(value) {
            Some((known, before)) => {
                let known = Arc::clone(known);
                self.by_time.remove(&(*before, Arc::clone(&known)));
                known
            }
            None => Arc::from(value),
        };
        self.last.insert(Arc::clone(&value), time);
        self.by_time.insert((time, value));
        if self.last.len() > self.most {
            self.forget_first();
        }
    }

    /// Forgets what was met before a time, and not since.
    pub(super) fn forget_before(&mut self, time: Timestamp) {
        while self.by_time.first().is_some_and(|(last, _)| *last < time) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, value)) = self.by_time.pop_first() {
            self.last.remove(&value);
        }
    }

    pub(super) fn clear(&mut self) {
        self.last.clear();
        self.by_time.clear();
    }

    /// About the bytes that they take.
    fn weight(&self) -> usize {
        self.last.len() * 160
    }

    pub(super) fn len(&self) -> usize {
        self.last.len()
    }
}

/// What a measure makes of signals that came and went.
#[derive(Debug)]
pub(super) struct Gauge<'r> {
    measure: &'r Measure,
    threshold: &'r Threshold,
    pub(super) values: Values,
    pub(super) sum: Amount,
}

impl<'r> Gauge<'r> {
    pub(super) fn new(measure: &'r Measure, threshold: &'r Threshold) -> Self {
        Gauge {
            measure,
            threshold,
            values: Values::for_bounds_of(threshold),
            sum: Amount::default(),
        }
    }

    /// Takes a signal in; what it adds to the sum.
    pub(super) fn see(&mut self, measured: &Measured, time: Timestamp) -> Amount {
        match measured {
            Measured::Event => Amount::default(),
            Measured::Values(values) => {
                values.iter().for_each(|value| self.values.see(value, time));
                Amount::default()
            }
            Measured::Amount(amount) => {
                self.sum += *amount;
                *amount
            }
        }
    }

    /// What there is, given the number of events.
    pub(super) fn read(&self, events: u64) -> Measurement {
        let whole = |amount| Measurement { amount, of: 1 };
        match self.measure {
            Measure::Count => whole(Amount::whole(events)),
            Measure::Distinct(_) => whole(Amount::whole(self.values.len() as u64)),
            Measure::Sum(_) => whole(self.sum),
            Measure::Ratio { of, .. } => Measurement {
                amount: Amount::whole(self.values.len() as u64),
                of: u32::try_from(of.len()).unwrap_or(u32::MAX).max(1),
            },
        }
    }

    /// About the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        self.values.weight()
    }

    pub(super) fn admits(&self, measurement: Measurement) -> bool {
        self.threshold
            .admits_share(measurement.amount, measurement.of)
    }
}
