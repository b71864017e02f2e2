//! What is measured of the signals in a window.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::episode::Measurement;
use super::super::signal::{Measured, Signal};
use super::numbers::Numbers;
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

/// The steps that were met and when last.
#[derive(Debug, Default)]
struct Steps(Vec<(u32, Timestamp)>);

impl Steps {
    fn see(&mut self, steps: u32, time: Timestamp) {
        self.0.retain(|(step, _)| steps >> step & 1 == 0);
        let met = (0..u32::BITS).filter(|step| steps >> step & 1 == 1);
        self.0.extend(met.map(|step| (step, time)));
    }
}

/// What a measure makes of signals that came and went.
#[derive(Debug)]
pub(super) struct Gauge<'r> {
    threshold: &'r Threshold,
    held: Held<'r>,
}

/// What is held of the signals in the window; the number of events the window knows.
#[derive(Debug)]
enum Held<'r> {
    Count,
    Steps(Steps),
    Distinct(Values),
    Ratio(Values, &'r BTreeSet<String>),
    Sum(Amount),
    Numbers(Box<Numbers>),
}

impl<'r> Gauge<'r> {
    pub(super) fn new(measure: &'r Measure, threshold: &'r Threshold) -> Self {
        let values = || Values::for_bounds_of(threshold);
        let held = match measure {
            Measure::Count => Held::Count,
            Measure::Steps => Held::Steps(Steps::default()),
            Measure::Distinct(_) => Held::Distinct(values()),
            Measure::Ratio { of, .. } => Held::Ratio(values(), of),
            Measure::Sum(_) => Held::Sum(Amount::default()),
            Measure::Average(_) => Held::Numbers(Box::new(Numbers::averaged())),
            Measure::Percentile { percentile, .. } => {
                Held::Numbers(Box::new(Numbers::ranked(*percentile)))
            }
        };
        Gauge { threshold, held }
    }

    /// Takes a signal in; what it adds to the sum.
    pub(super) fn see(&mut self, signal: &Signal) -> Amount {
        let time = signal.time;
        match (&mut self.held, &signal.measured) {
            (Held::Steps(steps), _) => steps.see(signal.steps, time),
            (Held::Distinct(held) | Held::Ratio(held, _), Measured::Values(values)) => {
                values.iter().for_each(|value| held.see(value, time));
            }
            (Held::Sum(sum), Measured::Amount(amount)) => {
                *sum += *amount;
                return *amount;
            }
            (Held::Numbers(held), Measured::Numbers(numbers)) => {
                numbers.iter().for_each(|number| held.see(*number, time));
            }
            // What is kept of another rule, in a state file that was edited.
            _ => {}
        }
        Amount::default()
    }

    /// Lets go of what was met before a time, and of what that had added to the sum.
    pub(super) fn forget_before(&mut self, time: Timestamp, added: Amount) {
        match &mut self.held {
            Held::Count => {}
            Held::Steps(steps) => steps.0.retain(|(_, last)| *last >= time),
            Held::Distinct(values) | Held::Ratio(values, _) => values.forget_before(time),
            Held::Sum(sum) => *sum -= added,
            Held::Numbers(numbers) => numbers.forget_before(time),
        }
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        match &mut self.held {
            Held::Count => {}
            Held::Steps(steps) => steps.0.clear(),
            Held::Distinct(values) | Held::Ratio(values, _) => values.clear(),
            Held::Sum(sum) => *sum = Amount::default(),
            Held::Numbers(numbers) => numbers.clear(),
        }
    }

    /// What there is, given the number of events; nothing where nothing can be told.
    pub(super) fn read(&self, events: u64) -> Option<Measurement> {
        let whole = |number: u64| Measurement::Amount(Amount::whole(number));
        Some(match &self.held {
            Held::Count => whole(events),
            Held::Steps(steps) => whole(steps.0.len() as u64),
            Held::Distinct(values) => whole(values.len() as u64),
            Held::Ratio(values, of) => Measurement::Share {
                part: Amount::whole(values.len() as u64),
                whole: (of.len() as u64).max(1),
            },
            Held::Sum(sum) => Measurement::Amount(*sum),
            Held::Numbers(numbers) => numbers.read()?,
        })
    }

    /// About the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        match &self.held {
            Held::Distinct(values) | Held::Ratio(values, _) => values.weight(),
            Held::Numbers(numbers) => numbers.weight(),
            Held::Count | Held::Steps(_) | Held::Sum(_) => 0,
        }
    }

    pub(super) fn admits(&self, measurement: Measurement) -> bool {
        measurement.is_within(self.threshold)
    }
}
