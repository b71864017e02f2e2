//! What is measured in a window, and what it must be.
//!
//! In come the words of a rule; out come values that say how a measure compares with
//! its bounds. Nothing is divided on the way, so that nothing is lost.

use std::collections::BTreeSet;

use super::clause::Ordering;
use super::selector::Selector;
use super::value::Amount;

/// What is measured in a window.
#[derive(Debug, Clone)]
pub enum Measure {
    /// The number of events.
    Count,
    /// The number of steps that its events are of.
    Steps,
    /// The number of different values, or of combinations of several fields.
    Distinct(Vec<Selector>),
    /// The sum of a field's numbers.
    Sum(Selector),
    /// The mean of a field's numbers.
    Average(Selector),
    /// What so many percent of a field's numbers are not above.
    Percentile {
        /// Whose numbers.
        field: Selector,
        /// How many percent.
        percentile: Percentile,
    },
    /// The share of a list's values that a field has had.
    Ratio {
        /// Whose values.
        field: Selector,
        /// The list.
        of: BTreeSet<String>,
    },
}

impl Measure {
    /// The word in rules.
    pub fn name(&self) -> &'static str {
        match self {
            Measure::Count => "count",
            Measure::Steps => "temporal",
            Measure::Distinct(_) => "distinct",
            Measure::Sum(_) => "sum",
            Measure::Average(_) => "average",
            Measure::Percentile { percentile, .. } if *percentile == Percentile::MEDIAN => "median",
            Measure::Percentile { .. } => "percentile",
            Measure::Ratio { .. } => "ratio",
        }
    }

    /// The fields that are read.
    pub fn fields(&self) -> &[Selector] {
        match self {
            Measure::Count | Measure::Steps => &[],
            Measure::Distinct(fields) => fields,
            Measure::Sum(field)
            | Measure::Average(field)
            | Measure::Percentile { field, .. }
            | Measure::Ratio { field, .. } => std::slice::from_ref(field),
        }
    }
}

/// A percentile from 0, the lowest, to 100, the highest: in ten-thousandths of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentile(u32);

impl Percentile {
    /// The number in the middle.
    pub const MEDIAN: Percentile = Percentile(Percentile::HIGHEST / 2);

    /// What the shares of two neighbours come to, and what the highest is.
    pub const HIGHEST: u32 = 1_000_000;

    /// The percentile that an amount is: from 0 to 100, with four places after the point.
    pub fn of(amount: Amount) -> Option<Percentile> {
        const FINEST: i128 = 100_000;
        let billionths = amount.billionths();
        let finest = (billionths % FINEST == 0).then_some(billionths / FINEST)?;
        let percentile = u32::try_from(finest).ok()?;
        (percentile <= Percentile::HIGHEST).then_some(Percentile(percentile))
    }

    /// Which of so many sorted numbers it falls on, from 0, and how far it lies behind
    /// that one on the way to the next: in shares of [`Percentile::HIGHEST`].
    pub fn place(self, numbers: u64) -> (u64, u32) {
        let whole = u128::from(Percentile::HIGHEST);
        let place = u128::from(self.0) * u128::from(numbers.saturating_sub(1));
        let (below, behind) = (place / whole, place % whole);
        (
            u64::try_from(below).unwrap_or(u64::MAX),
            u32::try_from(behind).unwrap_or_default(),
        )
    }

    /// In percents, as it is written.
    pub fn amount(self) -> Amount {
        Amount::of_billionths(i128::from(self.0) * 100_000)
    }
}

/// How a measure compares with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It is above or below.
    Order(Ordering),
    /// It is the same.
    Equal,
    /// It is another.
    Different,
}

impl Comparison {
    /// Whether what was measured passes, given how it compares with the bound.
    pub fn admits(self, found_to_bound: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Order(order) => order.admits(found_to_bound),
            Comparison::Equal => found_to_bound.is_eq(),
            Comparison::Different => found_to_bound.is_ne(),
        }
    }

    /// Whether more can be too much.
    pub fn is_upper(self) -> bool {
        match self {
            Comparison::Order(Ordering::Less | Ordering::LessOrEqual)
            | Comparison::Equal
            | Comparison::Different => true,
            Comparison::Order(Ordering::Greater | Ordering::GreaterOrEqual) => false,
        }
    }

    /// What it says, before the bound.
    pub fn in_words(self) -> &'static str {
        match self {
            Comparison::Order(Ordering::Greater) => "more than",
            Comparison::Order(Ordering::GreaterOrEqual) => "at least",
            Comparison::Order(Ordering::Less) => "less than",
            Comparison::Order(Ordering::LessOrEqual) => "at most",
            Comparison::Equal => "exactly",
            Comparison::Different => "other than",
        }
    }
}

/// What a measure must be. All bounds must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Never empty.
    pub bounds: Vec<(Comparison, Amount)>,
}

impl Threshold {
    /// So much or more.
    pub fn at_least(bound: Amount) -> Threshold {
        Threshold {
            bounds: vec![(Comparison::Order(Ordering::GreaterOrEqual), bound)],
        }
    }

    /// Whether a measure passes.
    pub fn admits(&self, measured: Amount) -> bool {
        self.admits_share(measured, 1)
    }

    /// Whether the share `part` of `whole` passes; exact, nothing is divided.
    pub fn admits_share(&self, part: Amount, whole: u64) -> bool {
        self.bounds
            .iter()
            .all(|(comparison, bound)| comparison.admits(part.cmp(&bound.times(whole))))
    }

    /// Whether more can be too much: then only a window that is over can be judged.
    pub fn has_upper_bound(&self) -> bool {
        self.bounds
            .iter()
            .any(|(comparison, _)| comparison.is_upper())
    }

    /// The bounds in words, before what is measured: `at least 3`.
    pub fn in_words(&self) -> String {
        let bounds = self.bounds.iter();
        let bounds: Vec<String> = bounds
            .map(|(comparison, bound)| format!("{} {bound}", comparison.in_words()))
            .collect();
        bounds.join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_lies_on_a_number_or_between_two() {
        let percentile = |text: &str| Amount::parse(text).and_then(Percentile::of);
        assert_eq!(percentile("50"), Some(Percentile::MEDIAN));
        assert_eq!(
            percentile("99.9999").unwrap().amount().to_string(),
            "99.9999"
        );
        for wrong in ["-1", "100.0001", "99.99999"] {
            assert_eq!(percentile(wrong), None, "{wrong}");
        }
        let place = |text: &str, numbers| percentile(text).unwrap().place(numbers);
        assert_eq!(place("50", 3), (1, 0));
        assert_eq!(place("50", 4), (1, Percentile::HIGHEST / 2));
        assert_eq!(place("0", 9), (0, 0));
        assert_eq!(place("100", 9), (8, 0));
        assert_eq!(place("75", 2), (0, 750_000));
        assert_eq!(place("75", 0), (0, 0));
    }

    #[test]
    fn bounds_are_compared_exactly() {
        let bound = |comparison, text: &str| Threshold {
            bounds: vec![(comparison, Amount::parse(text).unwrap())],
        };
        let ten = Amount::whole(10);
        // A third of ten is no decimal number.
        assert!(!bound(Comparison::Equal, "3.333333333").admits_share(ten, 3));
        assert!(bound(Comparison::Different, "3.333333333").admits_share(ten, 3));
        assert!(bound(Comparison::Equal, "2.5").admits_share(ten, 4));
        assert!(bound(Comparison::Equal, "2.5").has_upper_bound());
        assert!(!Threshold::at_least(ten).has_upper_bound());
    }
}
