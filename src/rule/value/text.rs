//! Text without regard to case, and regular expressions.

use icu_casemap::CaseMapper;
use regex::{Regex, RegexBuilder};

/// The most a compiled pattern may take, in bytes: the regex crate's own default.
const COMPILED_LIMIT: usize = 10 << 20;

/// Folds by Unicode simple case folding, character by character, as the regex
/// crate's `(?i)` does: `ß` stays one character and does not equal `ss`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// The same, at the end of a buffer.
pub(crate) fn fold_into(text: &str, folded: &mut String) {
    let start = folded.len();
    if text.is_ascii() {
        folded.push_str(text);
        folded[start..].make_ascii_lowercase();
        return;
    }
    let mapper = CaseMapper::new();
    folded.extend(text.chars().map(|character| mapper.simple_fold(character)));
}

/// A compiled regular expression: the regex crate's syntax, unanchored.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    text: String,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The regex crate's error: bad syntax, or a pattern that compiles too large.
    pub fn new(text: &str, ignore_case: bool) -> Result<Pattern, regex::Error> {
        let regex = RegexBuilder::new(text)
            .case_insensitive(ignore_case)
            .size_limit(COMPILED_LIMIT)
            .build()?;
        Ok(Pattern {
            regex,
            text: text.to_owned(),
        })
    }

    /// The source text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The compiled expression.
    pub(crate) fn regex(&self) -> &Regex {
        &self.regex
    }

    /// The first match in the text, with its groups.
    pub fn captures<'t>(&self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.regex.captures(text)
    }

    /// Whether it matches somewhere in the text.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folding_is_simple_and_not_full() {
        assert_eq!(fold("StraßE"), "straße");
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        assert_eq!(fold("\u{212A}"), "k", "the Kelvin sign");
        assert_ne!(fold("ß"), fold("ss"));
    }

    proptest! {
        #[test]
        fn folding_equals_what_the_regex_crate_ignores(a in any::<char>(), b in any::<char>()) {
            let pattern = Pattern::new(&format!("^{}$", regex::escape(&a.to_string())), true).unwrap();
            // A newline is the one character that `$` treats on its own; it has no case.
            prop_assume!(a != '\n' && b != '\n');
            for other in [b, a.to_uppercase().next().unwrap(), a.to_lowercase().next().unwrap()] {
                let same = fold(&a.to_string()) == fold(&other.to_string());
                prop_assert_eq!(pattern.matches(&other.to_string()), same, "{} {}", a, other);
            }
        }
    }
}
