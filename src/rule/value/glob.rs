//! Globs over whole values: `*` any run of characters, `?` one character,
//! nothing else is special. Not globset: that is for file paths.

/// A glob, kept as its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Run,
    One,
    Literal(char),
}

impl Glob {
    /// Reads a glob. Every text is one.
    pub fn new(text: &str) -> Glob {
        let mut parts = Vec::new();
        for character in text.chars() {
            let part = match character {
                '*' => Part::Run,
                '?' => Part::One,
                other => Part::Literal(other),
            };
            if !(part == Part::Run && parts.last() == Some(&Part::Run)) {
                parts.push(part);
            }
        }
        Glob {
            text: text.to_owned(),
            parts,
        }
    }

    /// The source text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the glob has no `*` and no `?`, so that `equals` would say the same.
    pub fn is_literal(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, Part::Literal(_)))
    }

    /// Whether the glob matches every string.
    pub fn matches_all(&self) -> bool {
        self.parts == [Part::Run]
    }

    /// Whether the whole text matches. Linear but for one backtracking point:
    /// the last `*` passed, which is enough because a later `*` can take over
    /// whatever an earlier one could.
    pub fn matches(&self, text: &str) -> bool {
        let mut part = 0;
        let mut rest = text.chars();
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            match self.parts.get(part) {
                Some(Part::Run) => {
                    retry = Some((part + 1, rest.clone()));
                    part += 1;
                    continue;
                }
                Some(wanted) => {
                    let found = rest.next();
                    let fits = match (wanted, found) {
                        (_, None) => return false,
                        (Part::Literal(wanted), Some(found)) => *wanted == found,
                        _ => true,
                    };
                    if fits {
                        part += 1;
                        continue;
                    }
                }
                None if rest.as_str().is_empty() => return true,
                None => {}
            }
            match &mut retry {
                Some((after_run, from)) => {
                    if from.next().is_none() {
                        return false;
                    }
                    part = *after_run;
                    rest = from.clone();
                }
                None => return false,
            }
        }
    }

    /// The same glob over folded text, for `ignore_case`.
    #[must_use]
    pub fn folded(&self) -> Glob {
        Glob::new(&super::fold(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, written as plainly as it can be.
    fn plainly(glob: &[char], text: &[char]) -> bool {
        match glob {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|skip| plainly(rest, &text[skip..])),
            ['?', rest @ ..] => !text.is_empty() && plainly(rest, &text[1..]),
            [literal, rest @ ..] => text.first() == Some(literal) && plainly(rest, &text[1..]),
        }
    }

    #[test]
    fn only_star_and_question_mark_are_special() {
        assert!(Glob::new("arn:aws:iam::*:user/[x]").matches("arn:aws:iam::1:user/[x]"));
        assert!(!Glob::new("[ab]").matches("a"));
        assert!(Glob::new("a\\*").matches("a\\bc"));
        assert!(Glob::new("").matches(""));
        assert!(!Glob::new("").matches("a"));
        assert!(Glob::new("?").matches("ü"));
        assert!(!Glob::new("Describe*").matches("XDescribe"));
    }

    #[test]
    fn many_stars_stay_fast() {
        let glob = Glob::new(&"a*".repeat(200));
        assert!(!glob.matches(&format!("{}b", "a".repeat(150))));
        assert!(glob.matches(&"a".repeat(5000)));
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_definition(glob in "[ab*?]{0,8}", text in "[abü]{0,10}") {
            let glob_chars: Vec<char> = glob.chars().collect();
            let text_chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(Glob::new(&glob).matches(&text), plainly(&glob_chars, &text_chars));
        }
    }
}
