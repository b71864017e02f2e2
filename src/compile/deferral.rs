//! Which parts of records are walked only for the events whose rules look there.
//!
//! Most rules ask for the parameters of one call alone. What stands under a key
//! of the record is passed over at first, unless every event is asked for it;
//! once source and name are known, so is what is wanted.

use super::check::{Check, Source};
use super::trie::{NodeId, Slot, Trie};
use super::{Atom, Expr, Facts, NameIndex};

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
        // What every record is asked for.
        let mut always: Vec<NodeId> = facts.always().into_iter().map(top).collect();
        for rule in index.nameless() {
            for term in &rules[*rule as usize] {
                slots(term, atoms, &mut |slot| always.push(top(slot)));
            }
        }
        let slots = (0..trie.slots() as u32).map(Slot);
        let mut parts = Vec::new();
        let by_slot = slots.map(|slot| {
            let place = top(slot);
            if always.contains(&place) || trie.node(place).is_leaf() {
                return Wanted::default();
            }
            let part = parts.iter().position(|part| *part == place);
            let part = part.unwrap_or_else(|| {
                parts.push(place);
                parts.len() - 1
            });
            Wanted(1_u64.checked_shl(part as u32).unwrap_or_default())
        });
        let by_slot = by_slot.collect();
        parts.truncate(MOST_PARTS);
        Deferral { parts, by_slot }
    }

    /// The places where the parts begin.
    pub(crate) fn parts(&self) -> &[NodeId] {
        &self.parts
    }

    /// The part that a slot is in, if it is in one.
    pub(crate) fn part_of(&self, slot: Slot) -> Wanted {
        self.by_slot[slot.index()]
    }

    /// The parts that an expression looks at.
    pub(crate) fn wanted(&self, expr: &Expr, atoms: &[Atom]) -> Wanted {
        let mut wanted = Wanted::default();
        slots(expr, atoms, &mut |slot| {
            wanted = wanted.and(self.part_of(slot));
        });
        wanted
    }
}

/// Shows every slot that an expression looks at.
fn slots(expr: &Expr, atoms: &[Atom], visit: &mut dyn FnMut(Slot)) {
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
    expr.atoms(&mut |id| {
        let atom = &atoms[id.index()];
        visit(atom.source.slot);
        atom.checks.iter().for_each(|check| others(check, visit));
    });
}
