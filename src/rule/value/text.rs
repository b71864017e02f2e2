//! Text without regard to case, and regular expressions.

use std::sync::{Arc, OnceLock};

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

/// A regular expression: the regex crate's syntax, unanchored.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    ignore_case: bool,
    /// Compiled once it is asked for, for all copies.
    compiled: Arc<OnceLock<Option<Regex>>>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The regex crate's error: bad syntax, or a pattern that compiles too large.
    pub fn new(text: &str, ignore_case: bool) -> Result<Pattern, regex::Error> {
        let regex = compiled(text, ignore_case)?;
        Ok(Pattern {
            text: text.to_owned(),
            ignore_case,
            compiled: Arc::new(OnceLock::from(Some(regex))),
        })
    }

    /// A pattern of which it is known that it compiles, such as the pack's, whose tests
    /// have seen to it: most of them are never asked in a run, and compiling all would
    /// be half of the time that a small run takes. One that does not compile after all
    /// matches nothing.
    pub(crate) fn trusted(text: &str, ignore_case: bool) -> Pattern {
        Pattern {
            text: text.to_owned(),
            ignore_case,
            compiled: Arc::default(),
        }
    }

    /// The source text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first match in the text, with its groups.
    pub fn captures<'t>(&self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.regex()?.captures(text)
    }

    /// Whether it matches somewhere in the text.
    pub fn matches(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    fn regex(&self) -> Option<&Regex> {
        let compile = || compiled(&self.text, self.ignore_case).ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

fn compiled(text: &str, ignore_case: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .case_insensitive(ignore_case)
        .size_limit(COMPILED_LIMIT)
        .build()
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
