//! The state of lowering one Sigma document, and what it has in common with native
//! rules.

use crate::diagnostic::{Diagnostic, Span, Spanned};
use crate::rule::clause::{Clause, ClauseId, ClauseKind};
use crate::rule::{Lowerer, inside};
use crate::yaml::{Fields, Scalar};

/// Lowers a Sigma document with what native rules are lowered with.
pub(crate) struct Lowering<'l, 'd> {
    pub(super) base: &'l mut Lowerer<'d>,
}

impl<'l, 'd> Lowering<'l, 'd> {
    pub(crate) fn new(base: &'l mut Lowerer<'d>) -> Self {
        Lowering { base }
    }

    /// Numbers a clause: parents before what is inside them.
    pub(super) fn number(&mut self, span: Span) -> Option<ClauseId> {
        self.base.number(span)
    }

    pub(super) fn clause(&self, id: ClauseId, span: Span, kind: ClauseKind) -> Clause {
        Clause { id, span, kind }
    }

    /// The place of a part of a text, where it is written as it reads.
    pub(super) fn part(&self, text: &str, span: Span, start: usize, end: usize) -> Span {
        let written = self.base.definitions().written(span);
        inside(written, text, span, start, end)
    }

    /// The same as a spanned text.
    pub(super) fn spanned<'t>(
        &self,
        text: &'t str,
        span: Span,
        start: usize,
        end: usize,
    ) -> Spanned<&'t str> {
        let part = text.get(start..end).unwrap_or_default();
        Spanned::new(part, self.part(text, span, start, end))
    }
}

impl Fields for Lowering<'_, '_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.base.report(diagnostic);
    }
}

/// `true` and `false`, in all the ways that readers of YAML 1.1 took them.
pub(super) fn boolean(scalar: &Scalar) -> Option<bool> {
    match scalar.text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}
