//! Which of many texts a text begins with, or ends with.

use std::cmp::Ordering;

use super::Mark;

/// Beginnings or endings, sorted.
///
/// The last of them that does not come after a text in the order of the
/// alphabet begins with every other one that the text begins with. So it is
/// enough to know of each which other is its own longest beginning.
#[derive(Debug)]
pub(super) struct Affixes {
    side: Side,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Start,
    End,
}

#[derive(Debug)]
struct Entry {
    text: Box<str>,
    mark: Mark,
    /// The longest other one that this begins with.
    within: Option<u32>,
}

impl Side {
    fn order(self, a: &str, b: &str) -> Ordering {
        match self {
            Side::Start => a.cmp(b),
            Side::End => a.bytes().rev().cmp(b.bytes().rev()),
        }
    }

    fn has(self, text: &str, affix: &str) -> bool {
        match self {
            Side::Start => text.starts_with(affix),
            Side::End => text.ends_with(affix),
        }
    }
}

impl Affixes {
    /// From texts that all differ.
    pub(super) fn new<'t>(side: Side, texts: impl Iterator<Item = (&'t str, Mark)>) -> Self {
        let mut texts: Vec<_> = texts.collect();
        texts.sort_unstable_by(|(a, _), (b, _)| side.order(a, b));
        let mut affixes = Affixes {
            side,
            entries: Vec::with_capacity(texts.len()),
        };
        for (text, mark) in texts {
            let last = affixes.entries.len().checked_sub(1);
            let within = affixes.longest(text, last.map(|last| last as u32));
            affixes.entries.push(Entry {
                text: text.into(),
                mark,
                within,
            });
        }
        affixes
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Of an entry and those that it begins with: the longest that a text has.
    fn longest(&self, text: &str, mut from: Option<u32>) -> Option<u32> {
        while let Some(at) = from {
            let entry = &self.entries[at as usize];
            if self.side.has(text, &entry.text) {
                return from;
            }
            from = entry.within;
        }
        None
    }

    /// Adds the marks of all that a text has.
    #[inline]
    pub(super) fn marks(&self, text: &str, marks: &mut Vec<Mark>) {
        let last = match self.entries.as_slice() {
            [] => return,
            [_] => Some(0),
            entries => entries
                .partition_point(|entry| self.side.order(&entry.text, text).is_le())
                .checked_sub(1),
        };
        let mut found = self.longest(text, last.map(|last| last as u32));
        while let Some(at) = found {
            let entry = &self.entries[at as usize];
            marks.push(entry.mark);
            found = entry.within;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn those_are_found_that_the_text_begins_or_ends_with(
            affixes in prop::collection::btree_set("[abü]{0,4}", 0..12),
            texts in prop::collection::vec("[abcü]{0,6}", 1..20),
        ) {
            for side in [Side::Start, Side::End] {
                let marked = affixes.iter().zip(0..).map(|(affix, mark)| (affix.as_str(), mark));
                let built = Affixes::new(side, marked.clone());
                for text in &texts {
                    let wanted: BTreeSet<_> = marked
                        .clone()
                        .filter(|(affix, _)| side.has(text, affix))
                        .map(|(_, mark)| mark)
                        .collect();
                    let mut found = Vec::new();
                    built.marks(text, &mut found);
                    prop_assert_eq!(found.len(), wanted.len());
                    prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
                }
            }
        }
    }
}
