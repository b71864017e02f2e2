//! Which rules an event's name and source leave over.

use std::collections::{HashMap, HashSet};

use super::check::{Check, Equals};
use super::trie::Slot;
use super::{Atom, Expr, Facts};

/// The rules by the event names they cannot match without; those without one by
/// the event sources; the rest.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    by_name: HashMap<Box<str>, Vec<u32>>,
    by_source: HashMap<Box<str>, Vec<u32>>,
    /// Those that ask something else of the two.
    rest: Vec<u32>,
    /// Those that ask nothing of them.
    nameless: Vec<u32>,
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
            for text in equals.texts.iter() {
                map.entry(text.into()).or_default().push(rule);
            }
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
        let rules = equals.texts.iter().filter_map(|text| map.get(text));
        rules.flatten().collect::<HashSet<_>>().len()
    }

    /// How many of so many rules are looked up by the name, how many by the
    /// source, and how many ask something else of the two.
    pub(crate) fn counts(&self, rules: usize) -> [u64; 3] {
        let named: HashSet<u32> = self.by_name.values().flatten().copied().collect();
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
        let none = Vec::new();
        let by_name = self.by_name.get(name).unwrap_or(&none);
        let by_source = self.by_source.get(source).unwrap_or(&none);
        let mut rules = [by_name.as_slice(), by_source, &self.rest].concat();
        rules.sort_unstable();
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
        Check::Equals(equals) if !equals.ignore_case => Some(equals),
        _ => None,
    });
    found.filter(|_| atom.source.slot == slot && !atom.source.below)
}
