//! Text on a terminal: made harmless, cut, wrapped and coloured.

use std::borrow::Cow;

use crate::rule::Severity;

/// Text from an event with everything that could steer a terminal or reorder a
/// line written out: control characters, bidirectional controls, invisible
/// characters and line breaks become `\u{1b}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and those that change how others are shown.
pub(in crate::output) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text of several lines with a space for every run of white space.
pub(in crate::output) fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `limit` characters, the middle left out: names and ARNs tell most at
/// their ends.
pub(crate) fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= limit {
        return Cow::Borrowed(text);
    }
    let kept = limit.saturating_sub(1);
    let tail = kept * 2 / 5;
    let head: String = text.chars().take(kept - tail).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    Cow::Owned(format!("{head}…{tail}"))
}

/// What [`wrapped`] writes as a space and does not break at.
pub(super) const FIRM_SPACE: char = '\u{a0}';

/// Breaks text at spaces; every line after the first begins with `indent` spaces.
/// A word longer than a line stays whole, so that it can be copied.
pub(crate) fn wrapped(text: &str, width: usize, first: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = first;
    let mut begun = false;
    let breaks = |c: char| c.is_whitespace() && c != FIRM_SPACE;
    for word in text.split(breaks).filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if begun && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if begun {
            lines.push(' ');
            column += 1;
        }
        lines.extend(word.chars().map(|c| if c == FIRM_SPACE { ' ' } else { c }));
        column += length;
        begun = true;
    }
    lines
}

/// The colours of text output; none where colour is off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    pub(crate) colour: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// The severity as a heading says it.
    pub(crate) fn severity(self, severity: Severity) -> String {
        let code = match severity {
            Severity::Critical => "1;97;41",
            Severity::High => "1;31",
            Severity::Medium => "1;33",
            Severity::Low => "1;36",
            Severity::Info => "1",
        };
        self.with(code, &severity.name().to_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_steer_a_terminal_is_written_out() {
        assert_eq!(visible("a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(
            visible("a\nb\r\t\u{7f}\u{9b}"),
            "a\\u{a}b\\u{d}\\u{9}\\u{7f}\\u{9b}"
        );
        assert_eq!(visible("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
        assert_eq!(visible("Zoë, 東京, 🙂"), "Zoë, 東京, 🙂");
    }

    #[test]
    fn a_long_text_keeps_its_ends() {
        assert_eq!(shortened("abcdefghij", 10), "abcdefghij");
        assert_eq!(shortened("abcdefghijk", 10), "abcdef…ijk");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrapped("aa bb cc", 5, 0, 2), "aa bb\n  cc");
        assert_eq!(wrapped("aa bbbbbbbb cc", 5, 0, 0), "aa\nbbbbbbbb\ncc");
        assert_eq!(wrapped(" a\n b ", 80, 0, 0), "a b");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_unsafe));
        }

        #[test]
        fn a_shortened_text_fits(text in any::<String>(), limit in 4usize..50) {
            prop_assert!(shortened(&text, limit).chars().count() <= limit);
        }
    }
}
