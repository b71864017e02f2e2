//! Which of many regular expressions match a text.

use regex_automata::meta::{Builder, Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};

use super::Mark;
use crate::compile::check::CompiledPattern;

/// So many patterns are asked one by one.
const FEW: usize = 4;

/// Bytes that a set may take when compiled.
const COMPILED_LIMIT: usize = 64 << 20;

/// Bytes that a set may take while it searches, for each pattern and at most;
/// past them it forgets what it worked out.
const CACHE_OF_ONE: usize = 64 << 10;
const CACHE_LIMIT: usize = 32 << 20;

/// Regular expressions, as sets where that can be.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    sets: Vec<(Regex, Vec<Mark>)>,
    alone: Vec<(CompiledPattern, Mark)>,
}

impl Patterns {
    pub(super) fn new(patterns: Vec<(CompiledPattern, Mark)>) -> Self {
        let mut built = Patterns::default();
        let (folded, exact) = patterns
            .into_iter()
            .partition::<Vec<_>, _>(|(pattern, _)| pattern.ignore_case);
        for (patterns, ignore_case) in [(exact, false), (folded, true)] {
            let set = (patterns.len() > FEW).then(|| set(&patterns, ignore_case));
            match set.flatten() {
                Some(set) => {
                    let marks = patterns.into_iter().map(|(_, mark)| mark);
                    built.sets.push((set, marks.collect()));
                }
                None => built.alone.extend(patterns),
            }
        }
        built
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.alone.is_empty()
    }

    /// Adds the marks of all that match; `matched` is memory to work in.
    pub(super) fn marks(&self, text: &str, matched: &mut Matched, marks: &mut Vec<Mark>) {
        matched.sets.resize_with(self.sets.len(), || None);
        for ((set, of), matched) in self.sets.iter().zip(&mut matched.sets) {
            let matched = matched.get_or_insert_with(|| PatternSet::new(of.len()));
            matched.clear();
            set.which_overlapping_matches(&Input::new(text), matched);
            marks.extend(matched.iter().filter_map(|found| of.get(found.as_usize())));
        }
        let alone = self.alone.iter();
        let alone = alone.filter(|(pattern, _)| pattern.pattern.matches(text));
        marks.extend(alone.map(|(_, mark)| mark));
    }
}

/// Memory that searching takes, kept from one text to the next.
#[derive(Debug, Default)]
pub(super) struct Matched {
    sets: Vec<Option<PatternSet>>,
}

/// One automaton of all patterns; `None` where it would be too large.
fn set(patterns: &[(CompiledPattern, Mark)], ignore_case: bool) -> Option<Regex> {
    let texts: Vec<&str> = patterns
        .iter()
        .map(|(pattern, _)| pattern.pattern.as_str())
        .collect();
    let config = Config::new()
        .match_kind(MatchKind::All)
        .which_captures(WhichCaptures::None)
        // Of many literals it skips little, and took half of the time to build.
        .auto_prefilter(false)
        .nfa_size_limit(Some(COMPILED_LIMIT))
        .hybrid_cache_capacity((patterns.len() * CACHE_OF_ONE).clamp(2 << 20, CACHE_LIMIT));
    Builder::new()
        .configure(config)
        .syntax(syntax::Config::new().case_insensitive(ignore_case))
        .build_many(&texts)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::value::Pattern;
    use proptest::prelude::*;

    fn pattern(text: &str, ignore_case: bool) -> CompiledPattern {
        let pattern = Pattern::new(text, ignore_case).unwrap();
        CompiledPattern {
            pattern,
            ignore_case,
        }
    }

    fn written() -> impl Strategy<Value = String> {
        const STARTS: &[&str] = &["", "", "^", r"\b"];
        const MIDDLES: &[&str] = &[
            "", "a", "ab", "[aÜ]", "(?i:ab)", "b{2}", ".", "a*", "(a|b)+?", "k",
        ];
        const ENDS: &[&str] = &["", "", "$", "?b", r"\w"];
        let select = prop::sample::select::<&str>;
        let whole = (select(STARTS), select(MIDDLES), select(ENDS));
        whole.prop_map(|(start, middle, end)| format!("{start}{middle}{end}"))
    }

    proptest! {
        #[test]
        fn those_are_found_that_match(
            patterns in prop::collection::vec((written(), any::<bool>()), 0..24),
            texts in prop::collection::vec("[abABü\u{212a}]{0,5}", 1..12),
        ) {
            let patterns: Vec<_> = patterns
                .iter()
                .filter(|(text, _)| Pattern::new(text, false).is_ok())
                .map(|(text, ignore_case)| pattern(text, *ignore_case))
                .zip(0..)
                .collect();
            let built = Patterns::new(patterns.clone());
            let mut matched = Matched::default();
            for text in &texts {
                let wanted: Vec<Mark> = patterns
                    .iter()
                    .filter(|(pattern, _)| pattern.pattern.matches(text))
                    .map(|(_, mark)| *mark)
                    .collect();
                let mut found = Vec::new();
                built.marks(text, &mut matched, &mut found);
                found.sort_unstable();
                prop_assert_eq!(found, wanted, "{:?}", text);
            }
        }
    }
}
