//! Where a stream of records can be cut: after a record that is followed by the
//! beginning of another.
//!
//! How one begins is learnt from the place before the bytes: there stood the end
//! of a record. This is a guess; whoever splits the part sees whether it held.

use memchr::memmem;

/// Bytes within which a record shows how it begins.
const REACH: usize = 256;

/// The bytes from the end of a record to the end of the first key of the next,
/// if both show; `after` are those that follow a record.
pub(super) fn seam(after: &[u8]) -> Option<&[u8]> {
    let near = &after[..after.len().min(REACH)];
    let brace = near
        .iter()
        .position(|byte| !byte.is_ascii_whitespace() && *byte != b',')?;
    let quote = brace
        + 1
        + near[brace + 1..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
    let end = quote
        + 1
        + near
            .get(quote + 1..)?
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\'))?;
    (near[brace] == b'{' && near[quote] == b'"' && near[end] == b'"').then(|| &near[..=end])
}

/// How many bytes there are up to the end of the last record that is followed by
/// another; none where that does not show.
pub(super) fn cut(after: &[u8]) -> Option<usize> {
    let seam = [b"}", seam(after)?].concat();
    memmem::rfind(after, &seam).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::lines("\n{\"a\":1}\n{\"a\":2}\n{\"b\":3}\n", "\n{\"a\"", "\n{\"a\":1}")]
    #[case::array(",{\"a\":1},{\"a\":[{\"a\":2}]}", ",{\"a\"", ",{\"a\":1}")]
    #[case::pretty(
        ",\r\n  {\r\n \"a\": 1},\r\n  {\r\n \"a\": 2},",
        ",\r\n  {\r\n \"a\"",
        ",\r\n  {\r\n \"a\": 1}"
    )]
    #[case::side_by_side("{\"a\":{}}{\"a\":1}{}", "{\"a\"", "{\"a\":{}}")]
    fn records_are_told_apart_as_they_were_before(
        #[case] after: &str,
        #[case] expected: &str,
        #[case] before_cut: &str,
    ) {
        assert_eq!(seam(after.as_bytes()), Some(expected.as_bytes()));
        assert_eq!(cut(after.as_bytes()), Some(before_cut.len()));
    }

    #[rstest]
    #[case("")]
    #[case("\n")]
    #[case("]}")]
    #[case("\n{")]
    #[case("\n{}")]
    #[case("\n{\"a")]
    #[case("\n{\"a\\\"b\":1}")]
    #[case(",[\"a\"]")]
    fn what_does_not_show_is_not_guessed(#[case] after: &str) {
        assert_eq!(seam(after.as_bytes()), None, "{after}");
        assert_eq!(cut(after.as_bytes()), None, "{after}");
    }

    #[test]
    fn a_record_that_no_other_follows_is_not_cut() {
        assert_eq!(cut(b"\n{\"a\":1}\n"), None);
    }
}
