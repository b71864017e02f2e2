//! Where the reads fall, and damage that is deep or indented, change nothing for
//! the neighbours.

use super::super::*;
use super::{A, B, Seen, Slow, records, split, split_from, survivors};

#[test]
fn how_deep_or_large_a_record_is_does_not_depend_on_the_reads() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(140), "]".repeat(140));
    assert_eq!(
        split(format!("{deep}\n{A}\n{B}")),
        [&[Seen::Bad(Fault::TooDeep)], records(&[A, B]).as_slice()].concat()
    );
    let broken = format!("{{\"a\":\"{}\",\n{{\"b\" 1}}}}\n{A}", "x".repeat(60));
    for step in [1, 50, 1000] {
        let data = broken.as_bytes();
        let seen = split_from(Slow { data, step }, 64);
        assert_eq!(seen[0], Seen::Bad(Fault::TooLarge { limit: 64 }), "{step}");
    }
}

#[test]
fn a_line_of_open_brackets_does_not_take_the_lines_after_it() {
    for bomb in [
        "[".repeat(128),
        "[".repeat(129),
        "[".repeat(200),
        "{\"a\":".repeat(200),
        "{\"a\":[".repeat(100_000),
    ] {
        let kept = survivors(format!("{A}\n{bomb}\n{A}\n{B}\n"));
        assert_eq!(kept, [A, A, B], "{}", &bomb[..8]);
    }
}

#[test]
fn a_damaged_line_with_an_indent_does_not_take_the_next_without() {
    assert_eq!(survivors(format!("{A}\n  {{\"a\":\n{A}\n{B}")), [A, A, B]);
}

#[test]
fn what_an_input_is_said_to_be_does_not_depend_on_the_reads() {
    let tar = format!("file{}ustar", "\0".repeat(253));
    for (data, shown) in [
        (
            b"PAR1\x15\x04".as_slice(),
            "this is a Parquet file, not JSON",
        ),
        (tar.as_bytes(), "this is a tar archive, not JSON"),
        (b"PA", "this is not JSON"),
    ] {
        assert_eq!(split(data), [Seen::Fault(shown.to_owned())]);
    }
}
