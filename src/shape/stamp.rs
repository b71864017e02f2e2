//! Lines that begin with a time: `2015-11-10T17:22:00.000Z {...}`, as an export
//! task of CloudWatch Logs writes them.

/// The longest time with what follows it.
const LONGEST: usize = 40;

/// How a time begins, with `0` for any digit.
const PATTERN: &[u8] = b"0000-00-00T00:00:00";

/// What some bytes begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// A time, and after so many bytes an object.
    Before(usize),
    /// Something else.
    None,
    /// That does not show yet.
    Undecided,
}

/// Whether these bytes begin with a time that stands before an object.
pub(super) fn stamp(bytes: &[u8]) -> Stamp {
    let near = &bytes[..bytes.len().min(LONGEST)];
    let undecided = if near.len() < LONGEST {
        Stamp::Undecided
    } else {
        Stamp::None
    };
    if !near
        .iter()
        .zip(PATTERN)
        .all(|(byte, like)| fits(*byte, *like))
    {
        return Stamp::None;
    }
    let Some(mut rest) = near.get(PATTERN.len()..) else {
        return undecided;
    };
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit());
        rest = &fraction[digits.count()..];
    }
    for expected in [b'Z', b' '] {
        match rest.split_first() {
            Some((byte, after)) if *byte == expected => rest = after,
            Some(_) => return Stamp::None,
            None => return undecided,
        }
    }
    match rest.first() {
        Some(b'{') => Stamp::Before(near.len() - rest.len()),
        Some(_) => Stamp::None,
        None => undecided,
    }
}

fn fits(byte: u8, like: u8) -> bool {
    byte == like || like == b'0' && byte.is_ascii_digit()
}

/// Whether the line that these bytes end in is a time so far, so that the object
/// that comes next is the line's.
pub(super) fn stands_before(before: &[u8]) -> bool {
    if !before.ends_with(b"Z ") {
        return false;
    }
    let near = &before[before.len().saturating_sub(LONGEST)..];
    let line = match near.iter().rposition(|byte| *byte == b'\n') {
        Some(newline) => &near[newline + 1..],
        None if near.len() == before.len() => near,
        None => return false,
    };
    stamp(&[line, b"{"].concat()) == Stamp::Before(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2015-11-10T17:22:00.000Z {\"a\":1}", Stamp::Before(25))]
    #[case("2015-11-10T17:22:00Z {", Stamp::Before(21))]
    #[case("2015-11-10T17:22:00.000Z", Stamp::Undecided)]
    #[case("2015-1", Stamp::Undecided)]
    #[case("2015-11-10T17:22:00.000Z START", Stamp::None)]
    #[case("2015-11-10 17:22:00", Stamp::None)]
    #[case("1", Stamp::Undecided)]
    #[case("12", Stamp::Undecided)]
    #[case("12}", Stamp::None)]
    #[case("2015-11-10T17:22:00.00000000000000000000000000", Stamp::None)]
    fn a_time_before_an_object_is_told(#[case] text: &str, #[case] expected: Stamp) {
        assert_eq!(stamp(text.as_bytes()), expected);
    }

    #[test]
    fn an_object_after_a_time_is_the_lines() {
        assert!(stands_before(b"{}\n2015-11-10T17:22:00.000Z "));
        assert!(stands_before(b"2015-11-10T17:22:00Z "));
        assert!(!stands_before(b"{\"at\":\"x 2015-11-10T17:22:00Z "));
        assert!(!stands_before(b"Z "));
    }
}
