//! What is asked at each slot, put together.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::sets::{Sets, plain_checks};
use super::trie::Slot;
use super::{Atom, AtomId};

/// Checks without a set that are asked of each text of a slot. Tests that need
/// more of them are asked one by one.
const MOST_PLAIN: usize = 16;

/// The tests of each slot that are answered together.
#[derive(Debug)]
pub(crate) struct Fields {
    fields: Vec<Field>,
    /// By atom: its number among those of its slot that are answered together.
    places: Vec<Option<u32>>,
}

#[derive(Debug, Default)]
struct Field {
    atoms: Vec<AtomId>,
    /// Built when the first text is met.
    sets: OnceLock<Sets>,
}

impl Fields {
    pub(super) fn new(atoms: &[Atom], slots: usize) -> Self {
        let mut fields: Vec<Field> = Vec::new();
        fields.resize_with(slots, Field::default);
        let mut plain = vec![HashSet::new(); slots];
        let places = atoms.iter().zip(0..).map(|(atom, id)| {
            if atom.looks_elsewhere() {
                return None;
            }
            let slot = atom.source.slot.index();
            let known: &mut HashSet<String> = &mut plain[slot];
            let own: Vec<String> = plain_checks(atom).collect();
            let new = own.iter().filter(|check| !known.contains(*check)).count();
            if known.len() + new > MOST_PLAIN {
                return None;
            }
            known.extend(own);
            let together = &mut fields[slot].atoms;
            together.push(AtomId(id));
            Some(together.len() as u32 - 1)
        });
        Fields {
            places: places.collect(),
            fields,
        }
    }

    /// The number of an atom among those of its slot that are answered together.
    pub(crate) fn place(&self, atom: AtomId) -> Option<u32> {
        self.places[atom.index()]
    }

    /// How many atoms of a slot are answered together.
    pub(crate) fn count(&self, slot: Slot) -> usize {
        self.fields[slot.index()].atoms.len()
    }

    /// What is asked of a text at a slot, if a text was met there.
    #[inline]
    pub(crate) fn built(&self, slot: Slot) -> Option<&Sets> {
        self.fields[slot.index()].sets.get()
    }

    /// What is asked of a text at a slot.
    #[inline]
    pub(crate) fn sets(&self, slot: Slot, atoms: &[Atom]) -> &Sets {
        let field = &self.fields[slot.index()];
        field.sets.get_or_init(|| {
            let together = field.atoms.iter();
            Sets::new(together.map(|id| &atoms[id.index()]))
        })
    }
}
