//! What most records need of a pair's columns, close together in memory: which
//! candidates have terms there, and what the classes met last leave.

use super::class::Class;
use super::column::{Column, Look};
use crate::compile::Slot;

/// Of each column in turn: what it looks at, two classes, the candidates that have a
/// term there, and those that the classes leave.
#[derive(Debug, Default)]
pub(super) struct Hot {
    /// The words of a set of candidates.
    words: usize,
    /// The same, or 0 where what classes leave is too long to be kept twice.
    kept: usize,
    columns: Vec<u64>,
}

/// What is kept of one column.
pub(super) struct HotColumn<'h> {
    look: u64,
    /// The class of the first set in the lower half, of the second in the upper.
    classes: &'h mut u64,
    concerned: &'h [u64],
    left: &'h mut [u64],
}

/// Sets of more words are not copied.
const FEW_WORDS: usize = 2;

/// How many classes a column has here.
const CLASSES: usize = 2;

/// From here on numbers stand for parts, before for slots.
const FIRST_PART: u64 = 1 << 32;

/// Stands for no class, twice.
const NO_CLASSES: u64 = u64::MAX;

impl Hot {
    pub(super) fn new(candidates: usize, columns: &[Column<'_>]) -> Self {
        let words = candidates.div_ceil(64);
        let mut hot = Hot {
            words,
            kept: if words <= FEW_WORDS { words } else { 0 },
            columns: Vec::new(),
        };
        hot.fill(columns);
        hot
    }

    /// Begins anew, with the columns in this order.
    pub(super) fn fill(&mut self, columns: &[Column<'_>]) {
        self.columns.clear();
        for column in columns {
            let look = match column.look {
                Look::Slot(slot) => u64::from(slot.0),
                Look::Part(part) => FIRST_PART + part as u64,
            };
            self.columns.extend([look, NO_CLASSES]);
            let start = self.columns.len();
            self.columns
                .resize(start + self.words + CLASSES * self.kept, 0);
            for candidate in column.concerned() {
                self.columns[start + candidate as usize / 64] |= 1 << (candidate % 64);
            }
        }
    }

    #[inline]
    pub(super) fn columns(&mut self) -> impl Iterator<Item = HotColumn<'_>> {
        let words = self.words;
        let columns = self
            .columns
            .chunks_exact_mut(2 + words + CLASSES * self.kept);
        columns.filter_map(move |column| {
            let ([look, classes], sets) = column.split_first_chunk_mut()?;
            let (concerned, left) = sets.split_at_mut(words);
            Some(HotColumn {
                look: *look,
                classes,
                concerned,
                left,
            })
        })
    }
}

impl HotColumn<'_> {
    #[inline]
    pub(super) fn look(&self) -> Look {
        match self.look.checked_sub(FIRST_PART) {
            Some(part) => Look::Part(part as usize),
            None => Look::Slot(Slot(self.look as u32)),
        }
    }

    /// What this class leaves, if that is kept here.
    #[inline]
    pub(super) fn left(&self, class: Class) -> Option<&[u64]> {
        let (first, second) = self.left.split_at(self.left.len() / CLASSES);
        let wanted = class.part();
        if *self.classes as u32 == wanted {
            Some(first)
        } else if (*self.classes >> 32) as u32 == wanted {
            Some(second)
        } else {
            None
        }
    }

    /// Keeps what a class leaves, if that is kept here.
    pub(super) fn keep(&mut self, class: Class, left: &[u64]) {
        let (first, second) = self.left.split_at_mut(self.left.len() / CLASSES);
        if first.len() == left.len() {
            second.copy_from_slice(first);
            first.copy_from_slice(left);
            *self.classes = *self.classes << 32 | u64::from(class.part());
        }
    }

    /// Whether any of these candidates has a term here.
    #[inline]
    pub(super) fn concerns(&self, alive: &[u64]) -> bool {
        if let ([concerned], [alive]) = (self.concerned, alive) {
            return concerned & alive != 0;
        }
        let both = self.concerned.iter().zip(alive);
        both.fold(0, |any, (concerned, alive)| any | concerned & alive) != 0
    }

    /// How many of these candidates have a term here.
    pub(super) fn count(&self, alive: &[u64]) -> u32 {
        let both = self.concerned.iter().zip(alive);
        both.map(|(concerned, alive)| (concerned & alive).count_ones())
            .sum()
    }
}

/// How many of these candidates are not left.
pub(super) fn count_struck(left: &[u64], alive: &[u64]) -> u32 {
    let both = left.iter().zip(alive);
    both.map(|(left, alive)| (alive & !left).count_ones()).sum()
}

/// Strikes out the candidates that are not left; says whether any is.
#[inline]
pub(super) fn strike(left: &[u64], alive: &mut [u64]) -> bool {
    if let ([left], [alive]) = (left, &mut *alive) {
        *alive &= left;
        return *alive != 0;
    }
    let mut some = 0;
    for (alive, left) in alive.iter_mut().zip(left) {
        *alive &= left;
        some |= *alive;
    }
    some != 0
}
