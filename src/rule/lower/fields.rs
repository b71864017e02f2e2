//! Reading the entries of a mapping: known keys, kinds of values, and what to
//! say when they are not as they should be.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned, did_you_mean};
use crate::yaml::{Entry, Node};

use super::Lowerer;

impl Lowerer<'_> {
    /// The entries of a mapping; anything else is reported as `what`.
    pub(crate) fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        match node.as_mapping() {
            Some([]) => {
                self.empty(node.span, what);
                None
            }
            Some(entries) => Some(entries),
            None => {
                self.wrong_type(node, what, "a mapping", None);
                None
            }
        }
    }

    /// The items of a list that is not empty.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match node.as_sequence() {
            Some([]) => {
                self.empty(node.span, what);
                None
            }
            Some(items) => Some(items),
            None => {
                self.wrong_type(node, what, "a list", None);
                None
            }
        }
    }

    /// A text that is not empty.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match node.as_text() {
            Some(text) if text.trim().is_empty() => {
                self.empty(node.span, what);
                None
            }
            Some(text) => Some(text),
            None => {
                let help = (node.as_mapping().is_some())
                    .then(|| "text that begins with `{` needs quotes around all of it".to_owned());
                self.wrong_type(node, what, "text", help);
                None
            }
        }
    }

    pub(crate) fn spanned_text(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        let text = self.text(node, what)?.to_owned();
        Some(Spanned::new(text, node.span))
    }

    /// A list of texts, or one text alone.
    pub(crate) fn texts(&mut self, node: &Node, what: &str) -> Vec<Spanned<String>> {
        if node.as_text().is_some() {
            return self.spanned_text(node, what).into_iter().collect();
        }
        let Some(items) = self.list(node, what) else {
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.spanned_text(item, &format!("an entry of {what}")))
            .collect()
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match node.as_text() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            other => {
                let meant = other.and_then(|text| match text.to_lowercase().as_str() {
                    "true" | "yes" | "on" | "y" => Some("true"),
                    "false" | "no" | "off" | "n" => Some("false"),
                    _ => None,
                });
                self.report(
                    Diagnostic::new(Code::WrongType, format!("{what} must be `true` or `false`"))
                        .at(node.span, format!("this is {}", node.describe()))
                        .help(match meant {
                            Some(meant) => format!("write `{meant}`"),
                            None => "write `true` or `false`".to_owned(),
                        }),
                );
                None
            }
        }
    }

    /// One of a set of words, with a suggestion for a near miss.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(node, what)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let near = did_you_mean(text, words.iter().map(|(word, _)| *word));
        let all = words
            .iter()
            .map(|(word, _)| *word)
            .collect::<Vec<_>>()
            .join(", ");
        self.report(
            Diagnostic::new(
                Code::UnknownValue,
                format!("`{text}` is no value of {what}"),
            )
            .at(node.span, "not known")
            .help(match near {
                Some(near) => format!("did you mean `{near}`? The values are: {all}"),
                None => format!("the values are: {all}"),
            }),
        );
        None
    }

    /// Reports keys that are not in `known`.
    pub(crate) fn known_keys(&mut self, entries: &[Entry], known: &[&str], what: &str) {
        for entry in entries {
            let key = entry.key.value.as_str();
            if known.contains(&key) {
                continue;
            }
            let elsewhere = key_of_other_languages(key).filter(|name| known.contains(name));
            let near = elsewhere.or_else(|| did_you_mean(key, known.iter().copied()));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys of {what} are: {}", known.join(", ")),
            };
            self.report(
                Diagnostic::new(Code::UnknownKey, format!("{what} has no key `{key}`"))
                    .at(entry.key.span, "not known")
                    .help(help),
            );
        }
    }

    pub(crate) fn missing_key(&mut self, span: Span, what: &str, key: &str, example: &str) {
        self.report(
            Diagnostic::new(Code::MissingKey, format!("{what} has no `{key}`"))
                .at(span, format!("`{key}` is missing"))
                .help(format!("add it, such as `{example}`")),
        );
    }

    pub(super) fn empty(&mut self, span: Span, what: &str) {
        self.report(
            Diagnostic::new(Code::Empty, format!("{what} is empty"))
                .at(span, "nothing here")
                .help("say what is meant, or take the key away"),
        );
    }

    pub(crate) fn wrong_type(
        &mut self,
        node: &Node,
        what: &str,
        wanted: &str,
        help: Option<String>,
    ) {
        let mut diagnostic = if node.is_null() {
            Diagnostic::new(Code::NullValue, format!("{what} has no value"))
                .at(node.span, format!("{wanted} must stand here"))
        } else {
            Diagnostic::new(Code::WrongType, format!("{what} must be {wanted}"))
                .at(node.span, format!("this is {}", node.describe()))
        };
        diagnostic.help = help.or_else(|| {
            Some(match wanted {
                "a list" => "write `[a, b]`, or one `- entry` a line".to_owned(),
                "a mapping" => "write `key: value` entries below it".to_owned(),
                _ => "write one text; quote it where it holds special characters".to_owned(),
            })
        });
        self.report(diagnostic);
    }
}

/// What the keys of a rule are called elsewhere.
fn key_of_other_languages(key: &str) -> Option<&'static str> {
    Some(match key {
        "level" | "priority" => "severity",
        "name" => "title",
        "detection" | "condition" | "when" | "where" => "match",
        "mitre" | "techniques" => "attack",
        "runbook" | "fix" => "remediation",
        "allowlist" | "whitelist" | "suppress" => "exceptions",
        _ => return None,
    })
}

/// The value of a key.
pub(crate) fn get<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Node> {
    entries
        .iter()
        .find(|entry| entry.key.value == key)
        .map(|entry| &entry.value)
}

/// Where a byte of a scalar's text is in the source, when the scalar is written
/// without escapes or folds so that the two run in step.
pub(super) fn inside(written: &str, text: &str, span: Span, start: usize, end: usize) -> Span {
    let opening = match written.find(text) {
        Some(offset) if offset <= 1 && written.len() <= text.len() + 2 => offset,
        _ => return span,
    };
    let base = span.start as usize + opening;
    Span::new(span.source, base + start, base + end.max(start))
}
