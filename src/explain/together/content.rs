//! What there is in a window, as signals come and go.

use std::collections::{BTreeMap, HashMap};

use crate::correlate::{Measured, Measurement, Signal, between};
use crate::rule::correlation::{Measure, Percentile};
use crate::rule::value::Amount;

#[derive(Debug, Default)]
pub(super) struct Content<'s> {
    events: u64,
    /// How many events there are of each step.
    steps: BTreeMap<u32, u64>,
    values: HashMap<&'s str, u64>,
    numbers: BTreeMap<Amount, u64>,
    sum: Amount,
}

impl<'s> Content<'s> {
    pub(super) fn add(&mut self, signal: &'s Signal) {
        self.events += 1;
        for step in steps(signal) {
            *self.steps.entry(step).or_default() += 1;
        }
        match &signal.measured {
            Measured::Event => {}
            Measured::Values(values) => {
                for value in values.iter() {
                    *self.values.entry(value).or_default() += 1;
                }
            }
            Measured::Amount(amount) => self.sum += *amount,
            Measured::Numbers(numbers) => {
                for number in numbers {
                    *self.numbers.entry(*number).or_default() += 1;
                    self.sum += *number;
                }
            }
        }
    }

    pub(super) fn take(&mut self, signal: &'s Signal) {
        self.events -= 1;
        for step in steps(signal) {
            if is_last(self.steps.get_mut(&step)) {
                self.steps.remove(&step);
            }
        }
        match &signal.measured {
            Measured::Event => {}
            Measured::Values(values) => {
                for value in values.iter() {
                    if is_last(self.values.get_mut(&**value)) {
                        self.values.remove(&**value);
                    }
                }
            }
            Measured::Amount(amount) => self.sum -= *amount,
            Measured::Numbers(numbers) => {
                for number in numbers {
                    if is_last(self.numbers.get_mut(number)) {
                        self.numbers.remove(number);
                    }
                    self.sum -= *number;
                }
            }
        }
    }

    /// Whether there is an event of the step.
    pub(super) fn has_step(&self, step: u32) -> bool {
        self.steps.contains_key(&step)
    }

    pub(super) fn read(&self, measure: &Measure) -> Measurement {
        let whole = |number: usize| Amount::whole(number as u64);
        match measure {
            Measure::Count => Measurement::Amount(Amount::whole(self.events)),
            Measure::Steps => Measurement::Amount(whole(self.steps.len())),
            Measure::Distinct(_) => Measurement::Amount(whole(self.values.len())),
            Measure::Sum(_) => Measurement::Amount(self.sum),
            Measure::Average(_) => Measurement::Quotient {
                total: self.sum,
                by: self.numbers.values().sum::<u64>().max(1),
            },
            Measure::Percentile { percentile, .. } => self.percentile(*percentile),
            Measure::Ratio { of, .. } => Measurement::Share {
                part: whole(self.values.len()),
                whole: of.len() as u64,
            },
        }
    }

    fn percentile(&self, percentile: Percentile) -> Measurement {
        let (place, behind) = percentile.place(self.numbers.values().sum());
        let mut passed = 0;
        let mut behind_place = self.numbers.iter().filter_map(|(number, times)| {
            passed += times;
            (passed > place).then_some((*number, passed))
        });
        let Some((below, passed)) = behind_place.next() else {
            return Measurement::Amount(Amount::default());
        };
        let above = match behind_place.next() {
            Some((next, _)) if passed == place + 1 => next,
            _ => below,
        };
        between(below, above, behind)
    }
}

fn steps(signal: &Signal) -> impl Iterator<Item = u32> + use<> {
    let steps = signal.steps;
    (0..u32::BITS).filter(move |step| steps >> step & 1 == 1)
}

/// Counts one less; whether that was the last.
fn is_last(count: Option<&mut u64>) -> bool {
    count.is_some_and(|count| {
        *count -= 1;
        *count == 0
    })
}
