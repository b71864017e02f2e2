//! A glob against its definition, spelt out as a table.
//!
//! The first line is the glob, the rest is the text.

use trailgate::rule::value::{Glob, fold};

pub fn check(data: &[u8]) {
    let data = String::from_utf8_lossy(data);
    let (glob, text) = data.split_once('\n').unwrap_or((&data, ""));
    agree(glob, text);
    agree(&fold(glob), &fold(text));
    // A glob without `*` and `?` matches itself, and one with them does too.
    agree(text, text);
    assert_eq!(
        Glob::new(glob).folded(),
        Glob::new(&fold(glob)),
        "{glob:?}, folded"
    );
}

fn agree(glob: &str, text: &str) {
    let read = Glob::new(glob);
    let expected = by_definition(glob, text);
    assert_eq!(read.matches(text), expected, "{glob:?} on {text:?}");
    if read.is_literal() {
        assert_eq!(glob == text, expected, "{glob:?} on {text:?}");
    }
    if read.matches_all() {
        assert!(expected, "{glob:?} on {text:?}");
    }
}

/// Row by row of the glob: whether what was read of it matches the first so many
/// characters of the text.
fn by_definition(glob: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut matched = vec![false; text.len() + 1];
    matched[0] = true;
    for wanted in glob.chars() {
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            next[end] = match wanted {
                '*' => matched[..=end].contains(&true),
                '?' => end > 0 && matched[end - 1],
                literal => end > 0 && matched[end - 1] && text[end - 1] == literal,
            };
        }
        matched = next;
    }
    matched[text.len()]
}
