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

impl NameIndex {
    pub(super) fn new(rules: &[Vec<Expr>], atoms: &[Atom], facts: &Facts) -> Self {
        let mut index = NameIndex::default();
        for (rule, terms) in rules.iter().enumerate() {
            let rule = rule as u32;
            let witness = |slot: Slot| {
                let sets = terms.iter().filter_map(|term| needed(term, slot, atoms));
                sets.min_by_key(|equals| equals.texts.iter().count())
            };
            let (map, witness) = match (witness(facts.event_name), witness(facts.event_source)) {
                (Some(name), _) => (&mut index.by_name, name),
                (None, Some(source)) => (&mut index.by_source, source),
                (None, None) => {
                    let mut names = false;
                    for term in terms {
                        term.atoms(&mut |id| {
                            let slot = atoms[id.index()].source.slot;
                            names |= slot == facts.event_name || slot == facts.event_source;
                        });
                    }
                    let list = if names {
                        &mut index.rest
                    } else {
                        &mut index.nameless
                    };
                    list.push(rule);
                    continue;
                }
            };
            for text in witness.texts.iter() {
                map.entry(text.into()).or_default().push(rule);
            }
        }
        index
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
