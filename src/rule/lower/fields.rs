//! How a rule's entries are read, beside what all YAML has in common.

use crate::diagnostic::{Diagnostic, Span};
use crate::yaml::Fields;

use super::Lowerer;

impl Fields for Lowerer<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn elsewhere(&self, key: &str) -> Option<&'static str> {
        key_of_other_languages(key)
    }
}

/// What the keys of a rule are called elsewhere.
fn key_of_other_languages(key: &str) -> Option<&'static str> {
    Some(match key {
        "level" | "priority" => "severity",
        "name" => "title",
        "author" => "authors",
        "licence" => "license",
        "detection" | "condition" | "when" | "where" => "match",
        "mitre" | "techniques" => "attack",
        "runbook" | "fix" => "remediation",
        "allowlist" | "whitelist" | "suppress" => "exceptions",
        _ => return None,
    })
}

/// Where a byte of a scalar's text is in the source, when the scalar is written
/// without escapes or folds so that the two run in step.
pub(crate) fn inside(written: &str, text: &str, span: Span, start: usize, end: usize) -> Span {
    let opening = match written.find(text) {
        Some(offset) if offset <= 1 && written.len() <= text.len() + 2 => offset,
        _ => return span,
    };
    let base = span.start as usize + opening;
    Span::new(span.source, base + start, base + end.max(start))
}
