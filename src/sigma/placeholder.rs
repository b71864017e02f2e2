//! Placeholders: values that lists give, from outside of a rule.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::rule::clause::Relation;
use crate::yaml::Fields;

use super::Lowering;
use super::modifier::{Chain, RegexFlags};
use super::text::{Piece, RawPiece, Text};
use super::value::{Asked, Leaf};

/// So many values one value may stand for.
const MOST_ALTERNATIVES: usize = 1_000_000;

impl Lowering<'_, '_> {
    /// The texts that a value stands for: itself, or all that its placeholders give.
    pub(super) fn expanded(
        &mut self,
        text: &Spanned<String>,
        chain: &Chain,
        asked: &mut Asked,
    ) -> Option<Vec<Spanned<Text>>> {
        if !chain.expand {
            return Some(vec![Spanned::new(Text::read(&text.value), text.span)]);
        }
        let pieces = Text::pieces(&text.value);
        let alone = pieces.len() == 1;
        let mut all = vec![Spanned::new(Text::default(), text.span)];
        for piece in pieces {
            match piece {
                Piece::Text(piece) => {
                    for text in &mut all {
                        text.value.append(piece.clone());
                    }
                }
                Piece::Placeholder(name) => {
                    let values = self.placeholder(&name, text, &mut asked.lists)?;
                    self.not_too_many(all.len(), values.len(), text.span)?;
                    all = all
                        .iter()
                        .flat_map(|before| {
                            values.iter().map(|value| {
                                let mut text = before.value.clone();
                                text.append(Text::read(&value.value));
                                let span = if alone { value.span } else { before.span };
                                Spanned::new(text, span)
                            })
                        })
                        .collect();
                }
            }
        }
        Some(all)
    }

    /// The values of the list that a placeholder names.
    fn placeholder(
        &mut self,
        name: &str,
        text: &Spanned<String>,
        lists: &mut Vec<String>,
    ) -> Option<Vec<Spanned<String>>> {
        let at = text.value.find(&format!("%{name}%")).unwrap_or(0);
        let span = self.part(&text.value, text.span, at, at + name.len() + 2);
        if !self.base.definitions().lists.contains_key(name) {
            self.report(
                Diagnostic::new(
                    Code::UnknownList,
                    format!("the placeholder `%{name}%` has no list"),
                )
                .at(span, "nobody says what it stands for")
                .help(format!(
                    "set it with `--list {name}=FILE`, or define it under a top-level `lists:` of a rules file or the configuration"
                )),
            );
            return None;
        }
        self.base
            .named_list(Spanned::new(name.to_owned(), span), lists)
    }

    /// The patterns that a value stands for.
    pub(super) fn regexes(
        &mut self,
        text: &Spanned<String>,
        flags: RegexFlags,
        place: Relation,
        chain: &Chain,
    ) -> Option<Asked> {
        let mut asked = Asked::default();
        if !chain.expand {
            let leaf = Leaf::Regex(self.regex(text, flags, place)?);
            asked.leaves.push(Spanned::new(leaf, text.span));
            return Some(asked);
        }
        // What a placeholder stands for is text, also in a pattern.
        let mut all = vec![String::new()];
        for piece in Text::raw_pieces(&text.value) {
            match piece {
                RawPiece::Text(piece) => all.iter_mut().for_each(|text| text.push_str(&piece)),
                RawPiece::Placeholder(name) => {
                    let values = self.placeholder(&name, text, &mut asked.lists)?;
                    self.not_too_many(all.len(), values.len(), text.span)?;
                    all = all
                        .iter()
                        .flat_map(|before| {
                            let escaped = values.iter().map(|value| regex::escape(&value.value));
                            escaped.map(move |value| format!("{before}{value}"))
                        })
                        .collect();
                }
            }
        }
        for pattern in all {
            let pattern = Spanned::new(pattern, text.span);
            let leaf = Leaf::Regex(self.regex(&pattern, flags, place)?);
            asked.leaves.push(Spanned::new(leaf, text.span));
        }
        Some(asked)
    }

    fn not_too_many(&mut self, some: usize, times: usize, span: Span) -> Option<()> {
        if some.saturating_mul(times) <= MOST_ALTERNATIVES {
            return Some(());
        }
        let message = "the placeholders stand for too many values together";
        self.misfit(span, message, "put one placeholder into a value");
        None
    }
}
