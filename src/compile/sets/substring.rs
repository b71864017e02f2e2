//! Which of many texts stand somewhere in a text, by one pass over it.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::Mark;
use crate::rule::value::Glob;

/// Bytes of needles up to which the automaton is a table of all transitions.
const SMALL: usize = 8 << 10;

/// Texts to be found in others.
#[derive(Debug)]
pub(super) struct Substrings {
    search: Search,
    needles: Vec<Needle>,
}

/// What a needle stands for.
#[derive(Debug, Default)]
pub(super) struct Needle {
    pub(super) mark: Option<Mark>,
    /// Globs that cannot match without it.
    pub(super) globs: Vec<(Glob, Mark)>,
}

#[derive(Debug)]
enum Search {
    Automaton(AhoCorasick),
    /// Where no automaton could be built.
    EachText(Vec<String>),
}

impl Substrings {
    /// From needles that all differ and are not empty.
    pub(super) fn new(texts: Vec<String>, needles: Vec<Needle>) -> Self {
        let bytes: usize = texts.iter().map(String::len).sum();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind((bytes <= SMALL).then_some(AhoCorasickKind::DFA))
            .build(&texts);
        let search = automaton.map_or(Search::EachText(texts), Search::Automaton);
        Substrings { search, needles }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Adds the marks of all that stand in a text; a mark may come twice.
    pub(super) fn marks(&self, text: &str, marks: &mut Vec<Mark>) {
        if self.is_empty() {
            return;
        }
        match &self.search {
            Search::Automaton(automaton) => {
                // Mostly there is nothing, which is told faster.
                if automaton.is_match(text) {
                    for found in automaton.find_overlapping_iter(text) {
                        self.needles[found.pattern().as_usize()].marks(text, marks);
                    }
                }
            }
            Search::EachText(texts) => {
                for (needle, wanted) in self.needles.iter().zip(texts) {
                    if text.contains(wanted.as_str()) {
                        needle.marks(text, marks);
                    }
                }
            }
        }
    }
}

impl Needle {
    fn marks(&self, text: &str, marks: &mut Vec<Mark>) {
        marks.extend(self.mark);
        let globs = self.globs.iter().filter(|(glob, _)| glob.matches(text));
        marks.extend(globs.map(|(_, mark)| mark));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn those_are_found_that_stand_in_the_text(
            texts in prop::collection::btree_set("[abü]{1,4}", 0..12),
            haystacks in prop::collection::vec("[abcü]{0,9}", 1..20),
        ) {
            let texts: Vec<String> = texts.into_iter().collect();
            let needles = || {
                let marks = 0..texts.len() as Mark;
                let needle = |mark| Needle { mark: Some(mark), globs: Vec::new() };
                marks.map(needle).collect::<Vec<_>>()
            };
            let built = [
                Substrings::new(texts.clone(), needles()),
                Substrings { search: Search::EachText(texts.clone()), needles: needles() },
            ];
            for haystack in &haystacks {
                let wanted: BTreeSet<Mark> = (0..texts.len())
                    .filter(|number| haystack.contains(texts[*number].as_str()))
                    .map(|number| number as Mark)
                    .collect();
                for substrings in &built {
                    let mut found = Vec::new();
                    substrings.marks(haystack, &mut found);
                    prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted.clone());
                }
            }
        }
    }
}
