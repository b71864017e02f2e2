//! Which rules an event's name and source leave over.

use std::collections::{HashMap, HashSet};

use super::check::{Check, Equals};
use super::trie::Slot;
use super::{Atom, Expr, Facts};
use crate::rule::value::fold;

/// The rules by the event names they cannot match without; those without one by
/// the event sources; the rest.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    by_name: ByText,
    by_source: ByText,
    /// Those that ask something else of the two.
    rest: Vec<u32>,
    /// Those that ask nothing of them.
    nameless: Vec<u32>,
}

/// Rules by texts: those that are compared as they are, and those without regard to
/// case by their folded form.
#[derive(Debug, Default)]
struct ByText {
    exact: HashMap<Box<str>, Vec<u32>>,
    folded: HashMap<Box<str>, Vec<u32>>,
}

impl ByText {
    fn add(&mut self, equals: &Equals, rule: u32) {
        let map = match equals.ignore_case {
            true => &mut self.folded,
            false => &mut self.exact,
        };
        for text in equals.texts.iter() {
            map.entry(text.into()).or_default().push(rule);
        }
    }

    fn get(&self, text: &str) -> impl Iterator<Item = u32> {
        let exact = self.exact.get(text).into_iter().flatten();
        let folded = match self.folded.is_empty() {
            true => None,
            false => self.folded.get(fold(text).as_str()),
        };
        exact.chain(folded.into_iter().flatten()).copied()
    }

    /// The rules under any of the texts; those are folded where case is no matter.
    fn under(&self, equals: &Equals) -> HashSet<u32> {
        let found = equals.texts.iter().flat_map(|text| {
            let exact = self.exact.get(text).filter(|_| !equals.ignore_case);
            let folded = self.folded.get(
                match equals.ignore_case {
                    true => text.to_owned(),
                    false => fold(text),
                }
                .as_str(),
            );
            exact.into_iter().chain(folded).flatten().copied()
        });
        found.collect()
    }

    fn rules(&self) -> HashSet<u32> {
        let all = self.exact.values().chain(self.folded.values());
        all.flatten().copied().collect()
    }
}

/// What a rule is looked up by: what of an event's source and name it cannot match
/// without. A name is rarer than a source, and few values are rarer than many.
#[derive(Debug)]
pub(crate) enum Witness<'a> {
    /// The name is one of these.
    Name(&'a Equals),
    /// The source is one of these, and of the name no such thing is known.
    Source(&'a Equals),
    /// Something else is asked of the two.
    Other,
    /// Nothing is asked of them.
    Nothing,
}

impl<'a> Witness<'a> {
    pub(crate) fn of(terms: &[Expr], atoms: &'a [Atom], facts: &Facts) -> Witness<'a> {
        let smallest = |slot: Slot| {
            let sets = terms.iter().filter_map(|term| needed(term, slot, atoms));
            sets.min_by_key(|equals| equals.texts.iter().count())
        };
        if let Some(name) = smallest(facts.event_name) {
            return Witness::Name(name);
        }
        if let Some(source) = smallest(facts.event_source) {
            return Witness::Source(source);
        }
        let mut names = false;
        for term in terms {
            term.atoms(&mut |id| {
                let slot = atoms[id.index()].source.slot;
                names |= slot == facts.event_name || slot == facts.event_source;
            });
        }
        if names {
            Witness::Other
        } else {
            Witness::Nothing
        }
    }
}

impl NameIndex {
    pub(super) fn new(rules: &[Vec<Expr>], atoms: &[Atom], facts: &Facts) -> Self {
        let mut index = NameIndex::default();
        for (rule, terms) in rules.iter().enumerate() {
            let rule = rule as u32;
            let (map, equals) = match Witness::of(terms, atoms, facts) {
                Witness::Name(equals) => (&mut index.by_name, equals),
                Witness::Source(equals) => (&mut index.by_source, equals),
                Witness::Other => {
                    index.rest.push(rule);
                    continue;
                }
                Witness::Nothing => {
                    index.nameless.push(rule);
                    continue;
                }
            };
            map.add(equals, rule);
        }
        index
    }

    /// How many rules are looked up by the same as a rule of that witness; itself
    /// is one of them.
    pub(crate) fn alike(&self, witness: &Witness<'_>) -> usize {
        let (map, equals) = match witness {
            Witness::Name(equals) => (&self.by_name, equals),
            Witness::Source(equals) => (&self.by_source, equals),
            Witness::Other => return self.rest.len(),
            Witness::Nothing => return self.nameless.len(),
        };
        map.under(equals).len()
    }

    /// How many of so many rules are looked up by the name, how many by the
    /// source, and how many ask something else of the two.
    pub(crate) fn counts(&self, rules: usize) -> [u64; 3] {
        let named = self.by_name.rules();
        let others = self.rest.len() + self.nameless.len();
        let by_source = rules - others - named.len();
        [named.len(), by_source, self.rest.len()].map(|count| count as u64)
    }

    /// The rules that source and name say nothing about, in order.
    pub(crate) fn nameless(&self) -> &[u32] {
        &self.nameless
    }

    /// The others that an event of this source and name may match, in order.
    pub(crate) fn candidates(&self, source: &str, name: &str) -> Vec<u32> {
        let rest = self.rest.iter().copied();
        let found = self.by_name.get(name).chain(self.by_source.get(source));
        let mut rules: Vec<u32> = found.chain(rest).collect();
        rules.sort_unstable();
        // One of an exact and a folded set may be met twice.
        rules
    }
}

/// The values one of which the slot's only node, a string, must equal.
fn needed<'a>(term: &Expr, slot: Slot, atoms: &'a [Atom]) -> Option<&'a Equals> {
    let Expr::Atom { id, holds: true } = term else {
        return None;
    };
    let atom = &atoms[id.index()];
    let found = atom.checks.iter().find_map(|check| match check {
        Check::Equals(equals) => Some(equals),
        _ => None,
    });
    found.filter(|_| atom.source.slot == slot && !atom.source.below)
}
