//! Sigma's strings: wildcards and escapes, and what asks the same in the model.

/// A string of Sigma, in parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Text {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The character itself.
    Literal(char),
    /// `?`
    One,
    /// `*`
    Run,
    /// Any of the characters that begin an option, for `windash`.
    Dash,
}

/// What `windash` takes for one another.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// So many dashes are written out; where there are more, a pattern says it.
const MOST_DASHES: usize = 2;

/// What a string asks of the whole of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    /// `*` alone.
    Anything,
    Glob(String),
    /// A glob cannot say it: it has a `*` or `?` that is meant as such.
    Regex(String),
}

/// A piece of a string with placeholders, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RawPiece {
    Text(String),
    Placeholder(String),
}

/// A piece of a string with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Text),
    Placeholder(String),
}

impl Text {
    /// Reads a string. A backslash makes a wildcard or another backslash plain, and
    /// is itself before anything else.
    pub(super) fn read(text: &str) -> Text {
        let mut parts = Vec::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '*' => Part::Run,
                '?' => Part::One,
                '\\' => {
                    let escaped = characters.next_if(|next| matches!(next, '*' | '?' | '\\'));
                    Part::Literal(escaped.unwrap_or('\\'))
                }
                other => Part::Literal(other),
            });
        }
        Text { parts }
    }

    /// A text without anything special in it.
    pub(super) fn plain(text: &str) -> Text {
        let parts = text.chars().map(Part::Literal).collect();
        Text { parts }
    }

    /// The pieces of a string in which `%name%` is a placeholder and `\%` is none.
    pub(super) fn pieces(text: &str) -> Vec<Piece> {
        let pieces = Text::raw_pieces(text).into_iter();
        pieces
            .map(|piece| match piece {
                RawPiece::Text(text) => Piece::Text(Text::read(&text)),
                RawPiece::Placeholder(name) => Piece::Placeholder(name),
            })
            .collect()
    }

    /// The same, with wildcards and escapes not read yet. Never empty.
    pub(super) fn raw_pieces(text: &str) -> Vec<RawPiece> {
        let mut pieces = Vec::new();
        let mut read = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            let (before, behind) = (&rest[..at], &rest[at + 1..]);
            let name = behind.split('%').next().unwrap_or_default();
            let is_name = !name.is_empty() && name.chars().all(is_of_name);
            if let Some(before) = before.strip_suffix('\\') {
                read.push_str(before);
                read.push('%');
                rest = behind;
            } else if is_name && behind[name.len()..].starts_with('%') {
                read.push_str(before);
                if !read.is_empty() {
                    pieces.push(RawPiece::Text(std::mem::take(&mut read)));
                }
                pieces.push(RawPiece::Placeholder(name.to_owned()));
                rest = &behind[name.len() + 1..];
            } else {
                read.push_str(before);
                read.push('%');
                rest = behind;
            }
        }
        read.push_str(rest);
        if !read.is_empty() || pieces.is_empty() {
            pieces.push(RawPiece::Text(read));
        }
        pieces
    }

    /// Adds another text at the end.
    pub(super) fn append(&mut self, other: Text) {
        self.parts.extend(other.parts);
    }

    /// The same with anything before it, behind it, or both.
    #[must_use]
    pub(super) fn open(mut self, before: bool, behind: bool) -> Text {
        if before {
            self.parts.insert(0, Part::Run);
        }
        if behind {
            self.parts.push(Part::Run);
        }
        self
    }

    /// The text, if nothing in it is special.
    pub(super) fn as_plain(&self) -> Option<String> {
        let literal = |part: &Part| match part {
            Part::Literal(character) => Some(*character),
            _ => None,
        };
        self.parts.iter().map(literal).collect()
    }

    /// All that `windash` takes for the same: a dash or slash where an option may
    /// begin, before a letter and not behind one, stands for any of them.
    pub(super) fn dashed(mut self) -> Vec<Text> {
        let is_word = |part: Option<&Part>| matches!(part, Some(Part::Literal(c)) if c.is_alphanumeric() || *c == '_');
        let begins: Vec<usize> = (0..self.parts.len())
            .filter(|&at| {
                matches!(self.parts[at], Part::Literal(c) if DASHES.contains(&c))
                    && is_word(self.parts.get(at + 1))
                    && !(at > 0 && is_word(self.parts.get(at - 1)))
            })
            .collect();
        if begins.len() > MOST_DASHES {
            for at in begins {
                self.parts[at] = Part::Dash;
            }
            return vec![self];
        }
        let mut all = vec![self];
        for at in begins {
            all = all
                .iter()
                .flat_map(|text| {
                    DASHES.map(|dash| {
                        let mut other = text.clone();
                        other.parts[at] = Part::Literal(dash);
                        other
                    })
                })
                .collect();
        }
        all
    }

    /// What asks the same in the model.
    pub(super) fn shape(&self) -> Shape {
        let before = self.parts.iter().take_while(|part| **part == Part::Run);
        let before = before.count();
        let rest = &self.parts[before..];
        let behind = rest.iter().rev().take_while(|part| **part == Part::Run);
        let behind = behind.count();
        let inner = Text {
            parts: rest[..rest.len() - behind].to_vec(),
        };
        match (inner.as_plain(), before > 0, behind > 0) {
            (Some(text), false, false) => Shape::Equals(text),
            (Some(text), true, _) if text.is_empty() => Shape::Anything,
            (Some(text), false, true) => Shape::StartsWith(text),
            (Some(text), true, false) => Shape::EndsWith(text),
            (Some(text), true, true) => Shape::Contains(text),
            (None, ..) => self.pattern(),
        }
    }

    fn pattern(&self) -> Shape {
        let in_glob = |part: &Part| match part {
            Part::Literal('*' | '?') | Part::Dash => None,
            Part::Literal(character) => Some(*character),
            Part::One => Some('?'),
            Part::Run => Some('*'),
        };
        if let Some(glob) = self.parts.iter().map(in_glob).collect() {
            return Shape::Glob(glob);
        }
        let mut regex = String::from(r"(?s)\A");
        for part in &self.parts {
            match part {
                Part::Literal(character) => {
                    regex.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
                }
                Part::One => regex.push('.'),
                Part::Run => regex.push_str(".*"),
                Part::Dash => regex.push_str("[-/\u{2013}\u{2014}\u{2015}]"),
            }
        }
        regex.push_str(r"\z");
        Shape::Regex(regex)
    }
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        Text::read(text).shape()
    }

    #[test]
    fn wildcards_at_the_ends_are_what_the_model_has_names_for() {
        assert_eq!(shape("a"), Shape::Equals("a".into()));
        assert_eq!(shape(""), Shape::Equals(String::new()));
        assert_eq!(shape("a*"), Shape::StartsWith("a".into()));
        assert_eq!(shape("**a"), Shape::EndsWith("a".into()));
        assert_eq!(shape("*a*"), Shape::Contains("a".into()));
        assert_eq!(shape("*"), Shape::Anything);
        assert_eq!(shape("**"), Shape::Anything);
        assert_eq!(shape("a*b"), Shape::Glob("a*b".into()));
        assert_eq!(shape("?"), Shape::Glob("?".into()));
    }

    #[test]
    fn a_backslash_escapes_wildcards_and_itself_and_nothing_else() {
        assert_eq!(shape(r"a\*"), Shape::Equals("a*".into()));
        assert_eq!(shape(r"a\?"), Shape::Equals("a?".into()));
        assert_eq!(shape(r"a\\*"), Shape::StartsWith(r"a\".into()));
        assert_eq!(shape(r"a\\\*"), Shape::Equals(r"a\*".into()));
        assert_eq!(shape(r"a\b"), Shape::Equals(r"a\b".into()));
        assert_eq!(shape(r"a\\b"), Shape::Equals(r"a\b".into()));
        assert_eq!(shape(r"\\\\a"), Shape::Equals(r"\\a".into()));
        assert_eq!(shape(r"\\\a"), Shape::Equals(r"\\a".into()));
        assert_eq!(shape(r"a\"), Shape::Equals(r"a\".into()));
        assert_eq!(
            shape(r"a\*b*c"),
            Shape::Regex(r"(?s)\Aa\*b.*c\z".to_owned())
        );
    }

    #[test]
    fn placeholders_are_between_percent_signs_that_are_not_escaped() {
        let text = |text: &str| Piece::Text(Text::read(text));
        let name = |name: &str| Piece::Placeholder(name.to_owned());
        assert_eq!(Text::pieces("%a%"), [name("a")]);
        assert_eq!(
            Text::pieces("x%a%-%b%*"),
            [text("x"), name("a"), text("-"), name("b"), text("*")]
        );
        assert_eq!(Text::pieces("50% of 100%"), [text("50% of 100%")]);
        assert_eq!(Text::pieces(r"\%a%b%"), [text("%a"), name("b")]);
        assert_eq!(Text::pieces(""), [text("")]);
    }

    #[test]
    fn a_dash_that_begins_an_option_stands_for_all() {
        let texts = |text: &str| -> Vec<String> {
            let all = Text::read(text).dashed();
            all.iter().filter_map(Text::as_plain).collect()
        };
        assert_eq!(texts(" -a").len(), 5);
        assert!(texts(" -a").contains(&" /a".to_owned()));
        assert_eq!(texts("/a -b").len(), 25);
        assert_eq!(texts("a-b"), ["a-b"], "within a word it is a dash");
        assert_eq!(texts("- a"), ["- a"], "before a space it is one");
        let many = Text::read("-a -b -c").dashed();
        assert!(matches!(many.as_slice(), [one] if matches!(one.shape(), Shape::Regex(_))));
    }
}
