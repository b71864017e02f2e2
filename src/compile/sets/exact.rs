//! Equality with any of many texts, by one look-up.

use super::Mark;
use crate::compile::dictionary::Dictionary;

/// Texts, each with what it stands for.
#[derive(Debug, Default)]
pub(super) struct Exact {
    marks: Dictionary,
    /// A bit for each length that a text has; the last for all from there on.
    lengths: u64,
}

impl Exact {
    pub(super) fn new<'t>(texts: impl Iterator<Item = (&'t str, Mark)>) -> Self {
        let mut exact = Exact::default();
        for (text, mark) in texts {
            exact.marks.add(text.as_bytes(), mark);
            exact.lengths |= bit(text);
        }
        exact
    }

    /// The mark of a text, if it is one of them.
    #[inline]
    pub(super) fn mark(&self, text: &str) -> Option<Mark> {
        if self.lengths & bit(text) == 0 {
            return None;
        }
        self.marks.find(text.as_bytes())
    }
}

fn bit(text: &str) -> u64 {
    1 << text.len().min(63)
}
