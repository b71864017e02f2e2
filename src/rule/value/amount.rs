//! Amounts that are added up: exact, so that a sum does not hang on the order.

use std::fmt;
use std::ops::{Add, AddAssign, SubAssign};

use super::Number;

/// A billionth.
const UNIT: i128 = 1_000_000_000;

/// The largest amount that is told apart from larger ones, in whole units.
const LARGEST: i128 = 100_000_000_000_000_000_000;

/// A decimal number with nine places after the point. What is finer is rounded,
/// what is larger than 10^20 counts as that, each number by itself: sums of such
/// numbers are exact, in whatever order they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i128);

impl Amount {
    /// A whole number.
    pub fn whole(number: u64) -> Amount {
        Amount(i128::from(number) * UNIT)
    }

    /// The amount that a JSON number is.
    pub fn of(number: Number) -> Amount {
        match number {
            Number::Integer(integer) => Amount(integer.clamp(-LARGEST, LARGEST) * UNIT),
            Number::Float(float) => {
                let most = LARGEST as f64;
                let float = if float.is_nan() { 0.0 } else { float };
                let float = float.clamp(-most, most);
                let whole = float.trunc();
                let rest = ((float - whole) * UNIT as f64).round();
                Amount(whole as i128 * UNIT + rest as i128)
            }
        }
    }

    /// The amount that a text denotes, if it is a JSON number.
    pub fn parse(text: &str) -> Option<Amount> {
        Number::parse(text).map(Amount::of)
    }

    /// In billionths, for writing it without loss.
    pub fn billionths(self) -> i128 {
        self.0
    }

    /// So many billionths.
    pub fn of_billionths(billionths: i128) -> Amount {
        Amount(billionths)
    }

    /// So many times the amount.
    pub fn times(self, factor: u64) -> Amount {
        Amount(self.0.saturating_mul(i128::from(factor)))
    }

    /// What each of so many parts is of the amount, rounded to what is told apart.
    pub fn parted(self, parts: u64) -> Amount {
        let parts = i128::from(parts.max(1));
        let half = if self.0 < 0 { -(parts / 2) } else { parts / 2 };
        Amount(self.0.saturating_add(half) / parts)
    }
}

impl Add for Amount {
    type Output = Amount;

    fn add(self, other: Amount) -> Amount {
        Amount(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        *self = *self + other;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        self.0 = self.0.saturating_sub(other.0);
    }
}

/// `12`, `0.3`
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.abs() / UNIT, self.0.abs() % UNIT);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let rest = format!("{rest:09}");
        write!(f, "{sign}{whole}.{}", rest.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_and_written_as_decimals() {
        for text in ["0", "3", "-2.5", "0.000000001", "18446744073709551615"] {
            assert_eq!(Amount::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Amount::parse("1e3").unwrap().to_string(), "1000");
        assert_eq!(
            Amount::parse("1e300").unwrap(),
            Amount::parse("1e20").unwrap()
        );
        assert_eq!(Amount::parse("three"), None);
    }

    #[test]
    fn a_part_is_rounded_to_the_nearest() {
        let part = |text: &str, parts| Amount::parse(text).unwrap().parted(parts).to_string();
        assert_eq!(part("10", 4), "2.5");
        assert_eq!(part("10", 3), "3.333333333");
        assert_eq!(part("20", 3), "6.666666667");
        assert_eq!(part("-20", 3), "-6.666666667");
        assert_eq!(part("1", 0), "1");
    }

    proptest! {
        #[test]
        fn a_sum_does_not_hang_on_the_order(
            mut numbers in prop::collection::vec(-1e15..1e15f64, 0..40), swap in any::<prop::sample::Index>()
        ) {
            let sum = |numbers: &[f64]| {
                let amounts = numbers.iter().map(|n| Amount::of(Number::Float(*n)));
                amounts.fold(Amount::default(), Add::add)
            };
            let before = sum(&numbers);
            if !numbers.is_empty() {
                let at = swap.index(numbers.len());
                numbers.rotate_left(at);
                numbers.reverse();
            }
            prop_assert_eq!(before, sum(&numbers));
        }
    }
}
