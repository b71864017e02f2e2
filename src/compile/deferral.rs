//! Which parts of records are walked only for the events whose rules look there.
//!
//! Most rules ask for the parameters of one call alone. What stands under a key
//! of the record is passed over at first; once source and name are known, so is
//! what is wanted. Parts that every event is asked for are walked at once, or
//! recalled where the same came before.

use super::check::{Check, Source};
use super::trie::{NodeId, Slot, Trie};
use super::{Atom, AtomId, Expr, Facts, NameIndex};

/// Parts that are told apart, as many as there are bits in [`Wanted`].
const MOST_PARTS: usize = u64::BITS as usize;

/// Some of the parts that are deferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wanted(u64);

impl Wanted {
    #[cfg(test)]
    pub(crate) const ALL: Wanted = Wanted(u64::MAX);

    pub(crate) fn and(self, other: Wanted) -> Wanted {
        Wanted(self.0 | other.0)
    }

    /// All of these but the others.
    pub(crate) fn without(self, others: Wanted) -> Wanted {
        Wanted(self.0 & !others.0)
    }

    /// Whether any of these is among the others.
    pub(crate) fn meets(self, others: Wanted) -> bool {
        self.0 & others.0 != 0
    }

    /// The first of them.
    pub(crate) fn first(self) -> Option<usize> {
        (self.0 != 0).then(|| self.0.trailing_zeros() as usize)
    }

    /// One part alone.
    pub(crate) fn part(part: usize) -> Wanted {
        Wanted(1_u64.checked_shl(part as u32).unwrap_or_default())
    }

    pub(crate) fn has(self, part: usize) -> bool {
        self.0
            .checked_shr(part as u32)
            .is_some_and(|bits| bits & 1 == 1)
    }
}

/// The parts of records that are deferred.
#[derive(Debug)]
pub(crate) struct Deferral {
    parts: Vec<NodeId>,
    /// By slot: the part it is in.
    by_slot: Vec<Wanted>,
    /// By atom: the parts that it looks at.
    by_atom: Vec<Wanted>,
    /// The parts that every event is asked for.
    always: Wanted,
}

impl Deferral {
    pub(super) fn new(
        trie: &Trie,
        atoms: &[Atom],
        rules: &[Vec<Expr>],
        index: &NameIndex,
        facts: &Facts,
    ) -> Self {
        let top = |slot| trie.top(slot);
        // What tells what a record is, is looked at before anything else.
        let facts: Vec<NodeId> = facts.always().into_iter().map(top).collect();
        let all = (0..trie.slots() as u32).map(Slot);
        let mut parts = Vec::new();
        let by_slot = all.map(|slot| {
            let place = top(slot);
            if facts.contains(&place) || trie.node(place).is_leaf() {
                return Wanted::default();
            }
            let part = parts.iter().position(|part| *part == place);
            let part = part.unwrap_or_else(|| {
                parts.push(place);
                parts.len() - 1
            });
            Wanted::part(part)
        });
        let mut deferral = Deferral {
            by_slot: by_slot.collect(),
            by_atom: Vec::new(),
            always: Wanted::default(),
            parts: Vec::new(),
        };
        parts.truncate(MOST_PARTS);
        deferral.parts = parts;
        let by_atom = atoms.iter().map(|atom| deferral.wanted_by(atom));
        deferral.by_atom = by_atom.collect();
        for term in index
            .nameless()
            .iter()
            .flat_map(|rule| &rules[*rule as usize])
        {
            deferral.always = deferral.always.and(deferral.wanted(term));
        }
        deferral
    }

    /// Of these places, and of no slots.
    #[cfg(test)]
    pub(crate) fn of_places(parts: Vec<NodeId>, always: Wanted) -> Self {
        Deferral {
            parts,
            by_slot: Vec::new(),
            by_atom: Vec::new(),
            always,
        }
    }

    /// The places where the parts begin.
    pub(crate) fn parts(&self) -> &[NodeId] {
        &self.parts
    }

    /// The part that a slot is in, if it is in one.
    pub(crate) fn part_of(&self, slot: Slot) -> Wanted {
        self.by_slot[slot.index()]
    }

    /// The parts that every event is asked for.
    pub(crate) fn always(&self) -> Wanted {
        self.always
    }

    /// The parts that an atom looks at.
    pub(crate) fn of_atom(&self, atom: AtomId) -> Wanted {
        self.by_atom[atom.index()]
    }

    /// The parts that an expression looks at.
    pub(crate) fn wanted(&self, expr: &Expr) -> Wanted {
        let mut wanted = Wanted::default();
        expr.atoms(&mut |id| wanted = wanted.and(self.of_atom(id)));
        wanted
    }

    fn wanted_by(&self, atom: &Atom) -> Wanted {
        fn others(check: &Check, visit: &mut dyn FnMut(Slot)) {
            match check {
                Check::SameAs {
                    other: Some(Source { slot, .. }),
                    ..
                } => visit(*slot),
                Check::Account(checks) | Check::Not(checks) => {
                    checks.iter().for_each(|check| others(check, visit));
                }
                _ => {}
            }
        }
        let mut wanted = self.part_of(atom.source.slot);
        let mut visit = |slot| wanted = wanted.and(self.part_of(slot));
        atom.checks
            .iter()
            .for_each(|check| others(check, &mut visit));
        wanted
    }
}
