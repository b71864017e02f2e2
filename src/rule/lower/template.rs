//! Message templates: text with `{selector}` in it.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned, did_you_mean};
use crate::yaml::{Fields, Node};

use super::super::correlation::Correlation;
use super::super::model::{CorrelatedPart, Template, TemplatePart};
use super::selector::parse_selector;
use super::{Lowerer, Scope, fields};

impl Lowerer<'_> {
    /// Reads a message; of a correlation it may say more.
    pub(super) fn template(
        &mut self,
        node: &Node,
        correlation: Option<&Correlation>,
    ) -> Option<Template> {
        let text = self.text(node, "`message`")?.to_owned();
        let written = self.definitions.written(node.span).to_owned();
        let place =
            |start: usize, end: usize| fields::inside(&written, &text, node.span, start, end);
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        let mut complete = true;
        while let Some(character) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push(character);
                at += 2;
            } else if character == '{' {
                let Some(length) = placeholder_length(rest) else {
                    let end = rest[1..].find('{').map_or(text.len(), |next| at + 1 + next);
                    self.bad_template(place(at, end), "a `{` is not closed");
                    return None;
                };
                let inner = rest[1..length - 1].trim();
                match self.placeholder(inner, place(at, at + length), correlation) {
                    Some(part) => {
                        if !literal.is_empty() {
                            parts.push(TemplatePart::Text(std::mem::take(&mut literal)));
                        }
                        parts.push(part);
                    }
                    None => complete = false,
                }
                at += length;
            } else {
                literal.push(character);
                at += character.len_utf8();
            }
        }
        if !literal.is_empty() {
            parts.push(TemplatePart::Text(literal));
        }
        complete.then_some(Template { parts })
    }

    fn placeholder(
        &mut self,
        inner: &str,
        span: Span,
        correlation: Option<&Correlation>,
    ) -> Option<TemplatePart> {
        if inner.is_empty() {
            self.bad_template(span, "nothing stands between the braces");
            return None;
        }
        if let Some(correlation) = correlation {
            if let Some(name) = inner.strip_prefix("correlated.") {
                return self.correlated_part(name, span);
            }
            if let Some(rest) = inner.strip_prefix("steps.") {
                return self.part_of_step(rest, span, correlation);
            }
        }
        let of_element = match inner.strip_prefix("matched") {
            Some("") => Some("this".to_owned()),
            Some(rest) => rest.strip_prefix('.').map(|path| format!("this.{path}")),
            None => None,
        };
        match of_element {
            Some(path) => match parse_selector(&path, span, Scope::Element) {
                Ok(mut selector) => {
                    selector.text = inner.to_owned();
                    Some(TemplatePart::Matched(selector))
                }
                Err(diagnostic) => {
                    self.report(*diagnostic);
                    None
                }
            },
            None => self
                .selector(inner, span, Scope::Event)
                .map(TemplatePart::Field),
        }
    }

    fn correlated_part(&mut self, name: &str, span: Span) -> Option<TemplatePart> {
        let known = CorrelatedPart::ALL;
        if let Some((_, part)) = known.iter().find(|(known, _)| *known == name) {
            return Some(TemplatePart::Correlated(*part));
        }
        let names = known.map(|(name, _)| name);
        let help = match did_you_mean(name, names) {
            Some(near) => format!("did you mean `{{correlated.{near}}}`?"),
            None => format!("after `correlated.` may stand: {}", names.join(", ")),
        };
        self.report(
            Diagnostic::new(
                Code::BadTemplate,
                format!("the message cannot be read: a correlation has no `{name}`"),
            )
            .at(span, "here")
            .help(help),
        );
        None
    }

    /// `created.requestParameters.userName`
    fn part_of_step(
        &mut self,
        inner: &str,
        span: Span,
        correlation: &Correlation,
    ) -> Option<TemplatePart> {
        let (name, field) = inner.split_once('.').unwrap_or((inner, ""));
        let name = Spanned::new(name.to_owned(), span);
        let step = self.step_place(&name, &correlation.steps)?;
        let selector = self.selector(field, span, Scope::Event)?;
        Some(TemplatePart::OfStep { step, selector })
    }

    fn bad_template(&mut self, span: Span, message: &str) {
        self.report(
            Diagnostic::new(
                Code::BadTemplate,
                format!("the message cannot be read: {message}"),
            )
            .at(span, "here")
            .help("write `{userIdentity.arn}` for a field, `{{` for a brace"),
        );
    }
}

/// The length of `{...}` with its braces; `None` if it is not closed before the
/// next one opens. Braces in quoted keys do not count.
fn placeholder_length(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '}' if !quoted => return Some(at + 1),
            '{' if !quoted && at > 0 => return None,
            _ => {}
        }
    }
    None
}
