//! JSON numbers, read as serde_json reads them and compared by value.

use std::cmp::Ordering;

/// A JSON number: an integer of 64 bits of either sign, else a finite double.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// Within `i64` or `u64`.
    Integer(i128),
    /// Everything else that JSON can write.
    Float(f64),
}

impl Number {
    /// The number that a text denotes, if it is a JSON number and nothing else.
    pub fn parse(text: &str) -> Option<Number> {
        // serde_json tolerates surrounding white space; a number here has none.
        let first = text.bytes().next()?;
        let last = text.bytes().last()?;
        let fits = |byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        if !(first == b'-' || first.is_ascii_digit())
            || !last.is_ascii_digit()
            || !text.bytes().all(fits)
        {
            return None;
        }
        let number: serde_json::Number = serde_json::from_str(text).ok()?;
        Number::from_json(&number)
    }

    /// The number of a JSON node.
    pub fn from_json(number: &serde_json::Number) -> Option<Number> {
        if let Some(integer) = number.as_i64() {
            Some(Number::Integer(i128::from(integer)))
        } else if let Some(integer) = number.as_u64() {
            Some(Number::Integer(i128::from(integer)))
        } else {
            number.as_f64().map(Number::Float)
        }
    }

    /// How two numbers compare by value, exactly: an integer is not rounded to
    /// a double first. `None` only for a NaN, which JSON cannot write.
    pub fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => Some(a.cmp(&b)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
            (Number::Integer(a), Number::Float(b)) => compare_mixed(a, b),
            (Number::Float(a), Number::Integer(b)) => compare_mixed(b, a).map(Ordering::reverse),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other) == Some(Ordering::Equal)
    }
}

fn compare_mixed(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // The integer part of a double this size converts exactly; beyond, the sign decides.
    const LIMIT: f64 = 1e30;
    if float >= LIMIT {
        return Some(Ordering::Less);
    }
    if float <= -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    let by_whole = integer.cmp(&(whole as i128));
    Some(by_whole.then_with(|| {
        0.0_f64
            .partial_cmp(&(float - whole))
            .unwrap_or(Ordering::Equal)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn only_the_text_of_a_json_number_is_a_number() {
        for text in [
            "", " 1", "1 ", "01", "+1", ".5", "1.", "0x1", "NaN", "true", "1_000", "-",
        ] {
            assert!(Number::parse(text).is_none(), "{text:?}");
        }
        for text in [
            "0",
            "-0",
            "1",
            "1.0",
            "1e3",
            "-2.5E-3",
            "18446744073709551615",
        ] {
            assert!(Number::parse(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn numbers_compare_by_value_across_their_kinds() {
        assert_eq!(number("22"), number("22.0"));
        assert_eq!(number("0"), number("-0"));
        assert_eq!(number("0"), number("0.0"));
        assert_ne!(number("9007199254740993"), number("9007199254740992.0"));
        assert_eq!(number("-1").compare(number("-0.5")), Some(Ordering::Less));
        assert_eq!(
            number("1e300").compare(number("7")),
            Some(Ordering::Greater)
        );
        assert_eq!(
            number("-3").compare(number("-3.5")),
            Some(Ordering::Greater)
        );
    }

    proptest! {
        #[test]
        fn comparing_is_antisymmetric(a in any::<i64>(), b in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            let (a, b) = (Number::Integer(i128::from(a)), Number::Float(b));
            prop_assert_eq!(a.compare(b), b.compare(a).map(Ordering::reverse));
        }

        #[test]
        fn small_integers_compare_like_doubles(a in -1000_i32..1000, b in -1000.0_f64..1000.0) {
            let mixed = Number::Integer(i128::from(a)).compare(Number::Float(b));
            prop_assert_eq!(mixed, f64::from(a).partial_cmp(&b));
        }
    }
}
