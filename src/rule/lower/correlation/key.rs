//! `by`: the fields whose values events must have in common.

use crate::diagnostic::Diagnostic;
use crate::yaml::{Fields, Node, get};

use super::super::super::correlation::KeyPart;
use super::{Lowerer, Scope};

impl Lowerer<'_> {
    /// One field or a list of parts.
    pub(super) fn key_parts(&mut self, node: &Node) -> Option<Vec<KeyPart>> {
        if node.as_sequence().is_none() {
            return Some(vec![self.key_part(node)?]);
        }
        let items = self.list(node, "`by`")?;
        let parts: Vec<_> = items.iter().map(|item| self.key_part(item)).collect();
        parts.into_iter().collect()
    }

    /// `sourceIPAddress`, `{field: x, capture: regex}` or `{coalesce: [a, b]}`.
    fn key_part(&mut self, node: &Node) -> Option<KeyPart> {
        let span = node.span;
        let Some(entries) = node.as_mapping() else {
            return Some(KeyPart {
                fields: self.fields_of(node, "`by`")?,
                capture: None,
                span,
            });
        };
        self.known_keys(entries, &["field", "coalesce", "capture"], "a part of `by`");
        let (field, coalesce) = (get(entries, "field"), get(entries, "coalesce"));
        let fields = match (field, coalesce) {
            (Some(field), None) => self.fields_of(field, "`field`"),
            (None, Some(fields)) => self.fields_of(fields, "`coalesce`"),
            _ => {
                self.bad_correlation(
                    span,
                    "a part of `by` must have a `field`, or else `coalesce`",
                    "write `{field: userIdentity.arn, capture: 'role/([^/]+)'}` or `{coalesce: [a, b]}`",
                );
                None
            }
        };
        let capture = match get(entries, "capture") {
            Some(node) => {
                let text = self.text(node, "`capture`")?.to_owned();
                Some(self.pattern(&text, node.span, false)?)
            }
            None => None,
        };
        Some(KeyPart {
            fields: fields?,
            capture,
            span,
        })
    }

    /// One selector or several.
    pub(super) fn fields_of(
        &mut self,
        node: &Node,
        what: &str,
    ) -> Option<Vec<super::super::super::selector::Selector>> {
        let before = self.diagnostics.len();
        let texts = self.texts(node, what);
        let selectors: Vec<_> = texts
            .iter()
            .map(|text| self.selector(&text.value, text.span, Scope::Event))
            .collect();
        let sound = !self.diagnostics[before..].iter().any(Diagnostic::is_error);
        selectors
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .filter(|fields| sound && !fields.is_empty())
    }
}
