//! The numbers of a window, for their mean and what lies among them.
//!
//! In come numbers in the order of time, and what is to be let go of; out comes their
//! mean or percentile, which is not divided out and so is exact.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::super::episode::Measurement;
use crate::rule::correlation::Percentile;
use crate::rule::value::Amount;

/// The numbers that are in the window, in the order they came.
#[derive(Debug)]
pub(super) struct Numbers {
    by_time: VecDeque<(Timestamp, Amount)>,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Sum(Amount),
    Ranked(Ranked),
}

impl Numbers {
    /// For their mean.
    pub(super) fn averaged() -> Self {
        Numbers {
            by_time: VecDeque::new(),
            held: Held::Sum(Amount::default()),
        }
    }

    /// For what lies among them.
    pub(super) fn ranked(percentile: Percentile) -> Self {
        Numbers {
            by_time: VecDeque::new(),
            held: Held::Ranked(Ranked::new(percentile)),
        }
    }

    pub(super) fn see(&mut self, number: Amount, time: Timestamp) {
        self.by_time.push_back((time, number));
        match &mut self.held {
            Held::Sum(sum) => *sum += number,
            Held::Ranked(ranked) => ranked.add(number),
        }
    }

    pub(super) fn forget_before(&mut self, time: Timestamp) {
        while let Some((_, number)) = self.by_time.pop_front_if(|(at, _)| *at < time) {
            match &mut self.held {
                Held::Sum(sum) => *sum -= number,
                Held::Ranked(ranked) => ranked.take(number),
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_time.clear();
        match &mut self.held {
            Held::Sum(sum) => *sum = Amount::default(),
            Held::Ranked(ranked) => *ranked = Ranked::new(ranked.percentile),
        }
    }

    /// Nothing where there is no number.
    pub(super) fn read(&self) -> Option<Measurement> {
        match &self.held {
            _ if self.by_time.is_empty() => None,
            Held::Sum(sum) => Some(Measurement::Quotient {
                total: *sum,
                by: self.by_time.len() as u64,
            }),
            Held::Ranked(ranked) => ranked.read(),
        }
    }

    /// About the bytes that they take.
    pub(super) fn weight(&self) -> usize {
        self.by_time.len() * 96
    }
}

/// Numbers in two halves: up to the one that the percentile falls on, and the rest.
#[derive(Debug)]
struct Ranked {
    percentile: Percentile,
    low: Half,
    high: Half,
}

/// Sorted numbers, each as often as it is there.
#[derive(Debug, Default)]
struct Half {
    numbers: BTreeMap<Amount, u64>,
    len: u64,
}

impl Half {
    fn add(&mut self, number: Amount) {
        *self.numbers.entry(number).or_default() += 1;
        self.len += 1;
    }

    /// Whether it was there.
    fn take(&mut self, number: Amount) -> bool {
        let Some(times) = self.numbers.get_mut(&number) else {
            return false;
        };
        *times -= 1;
        if *times == 0 {
            self.numbers.remove(&number);
        }
        self.len -= 1;
        true
    }

    fn first(&self) -> Option<Amount> {
        self.numbers.keys().next().copied()
    }

    fn last(&self) -> Option<Amount> {
        self.numbers.keys().next_back().copied()
    }
}

impl Ranked {
    fn new(percentile: Percentile) -> Self {
        Ranked {
            percentile,
            low: Half::default(),
            high: Half::default(),
        }
    }

    fn add(&mut self, number: Amount) {
        match self.low.last().is_some_and(|last| number <= last) {
            true => self.low.add(number),
            false => self.high.add(number),
        }
        self.balance();
    }

    fn take(&mut self, number: Amount) {
        if !self.low.take(number) {
            self.high.take(number);
        }
        self.balance();
    }

    /// Moves numbers over until the percentile falls on the last of the lower half.
    fn balance(&mut self) {
        let all = self.low.len + self.high.len;
        let wanted = match all {
            0 => 0,
            all => self.percentile.place(all).0 + 1,
        };
        while self.low.len < wanted
            && let Some(number) = self.high.first()
        {
            self.high.take(number);
            self.low.add(number);
        }
        while self.low.len > wanted
            && let Some(number) = self.low.last()
        {
            self.low.take(number);
            self.high.add(number);
        }
    }

    fn read(&self) -> Option<Measurement> {
        let (_, behind) = self.percentile.place(self.low.len + self.high.len);
        let below = self.low.last()?;
        Some(between(below, self.high.first().unwrap_or(below), behind))
    }
}

/// What lies so far behind one number on the way to the next.
pub(crate) fn between(below: Amount, above: Amount, behind: u32) -> Measurement {
    if behind == 0 {
        return Measurement::Quotient {
            total: below,
            by: 1,
        };
    }
    let (behind, whole) = (u64::from(behind), u64::from(Percentile::HIGHEST));
    Measurement::Quotient {
        total: below.times(whole - behind) + above.times(behind),
        by: whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, from a sorted list.
    fn plainly(numbers: &[i64], percentile: Percentile) -> Option<Measurement> {
        let mut sorted: Vec<Amount> = numbers.iter().map(|number| amount(*number)).collect();
        sorted.sort();
        let (place, behind) = percentile.place(sorted.len() as u64);
        let below = *sorted.get(place as usize)?;
        let above = sorted.get(place as usize + 1).copied().unwrap_or(below);
        Some(between(below, above, behind))
    }

    fn amount(number: i64) -> Amount {
        Amount::parse(&number.to_string()).unwrap()
    }

    #[test]
    fn numbers_that_come_and_go_are_ranked_as_a_sorted_list() {
        for percentile in ["0", "10", "50", "75", "99.9", "100"] {
            let percentile = Percentile::of(Amount::parse(percentile).unwrap()).unwrap();
            let mut numbers = Numbers::ranked(percentile);
            let mut there: Vec<i64> = Vec::new();
            let mut random = 7_u64;
            for at in 0..200 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let number = (random >> 40) as i64 % 9 - 4;
                numbers.see(amount(number), Timestamp::new(at, 0).unwrap());
                there.push(number);
                if random >> 61 < 3 {
                    let kept = (random >> 50) as usize % (there.len() + 1);
                    let start = at + 1 - kept as i64;
                    numbers.forget_before(Timestamp::new(start, 0).unwrap());
                    there.drain(..there.len() - kept);
                }
                assert_eq!(numbers.read(), plainly(&there, percentile), "{there:?}");
            }
        }
    }
}
