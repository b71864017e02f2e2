//! The terms that a pair's candidates have on one slot, or on a part of the record
//! that comes again as a whole, answered for all of them at once: of each class it
//! is kept which candidates it leaves.

use super::class::Class;
use super::evaluator::Evaluator;
use super::settle::Term;
use crate::compile::{Expr, Known, Program, Slot};

/// Rows among which an equal one is looked for.
const MOST_COMPARED: usize = 64;

/// The one slot that an expression looks at, if its class answers it.
pub(super) fn only_slot(program: &Program, expr: &Expr) -> Option<Slot> {
    let mut slot = None;
    let mut one = true;
    expr.atoms(&mut |id| {
        let own = program.atoms[id.index()].source.slot;
        one &= program.fields.place(id).is_some() && slot.is_none_or(|slot| slot == own);
        slot = Some(own);
    });
    slot.filter(|_| one)
}

/// What a column looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Slot(Slot),
    /// All slots of a part.
    Part(usize),
}

/// What terms look at.
#[derive(Debug)]
pub(super) struct Column<'p> {
    pub(super) look: Look,
    /// Each with its candidate, in the order of the candidates.
    terms: Vec<(u32, Term<'p>)>,
    /// By class: the number of its row plus one, 0 where it is not worked out yet.
    index: Vec<u16>,
    /// The candidates that classes leave, a bit each.
    rows: Vec<u64>,
    /// How often it was asked, and how many candidates it did not leave.
    asked: u64,
    refuted: u64,
}

impl<'p> Column<'p> {
    pub(super) fn new(look: Look) -> Self {
        Column {
            look,
            terms: Vec::new(),
            index: Vec::new(),
            rows: Vec::new(),
            asked: 0,
            refuted: 0,
        }
    }

    /// Adds a term of a candidate; the candidates come in order.
    pub(super) fn add(&mut self, candidate: u32, term: Term<'p>) {
        self.terms.push((candidate, term));
    }

    /// The candidates that have a term here.
    pub(super) fn concerned(&self) -> impl Iterator<Item = u32> {
        self.terms.iter().map(|(candidate, _)| *candidate)
    }

    pub(super) fn size(&self) -> usize {
        self.terms.len()
    }

    /// The terms of one candidate.
    pub(super) fn terms_of(&self, candidate: u32) -> impl Iterator<Item = &Expr> {
        let start = self.terms.partition_point(|(of, _)| *of < candidate);
        let terms = self.terms[start..].iter();
        terms
            .take_while(move |(of, _)| *of == candidate)
            .map(|(_, term)| &**term)
    }

    /// Takes note of how many candidates it struck out.
    pub(super) fn count(&mut self, refuted: u32) {
        self.refuted += u64::from(refuted);
        self.asked += 1;
    }

    /// How many candidates it strikes out at a time, for what asking takes.
    pub(super) fn worth(&self, cost: u64) -> u64 {
        (self.refuted << 16) / (self.asked * cost).max(1)
    }

    /// The candidates that a class leaves, which is that of the record at hand, in
    /// so many words; `None` where there is no room to keep them.
    pub(super) fn row(
        &mut self,
        class: Class,
        words: usize,
        evaluator: &mut Evaluator<'p>,
        record: &str,
        room: &mut usize,
    ) -> Option<&[u64]> {
        let row = match self.index.get(class.index()) {
            Some(&row) if row > 0 => row,
            _ => self.new_row(class.index(), words, evaluator, record, room)?,
        };
        let start = (usize::from(row) - 1) * words;
        self.rows.get(start..start + words)
    }

    #[cold]
    fn new_row(
        &mut self,
        class: usize,
        words: usize,
        evaluator: &mut Evaluator<'p>,
        record: &str,
        room: &mut usize,
    ) -> Option<u16> {
        let longer = (class + 1).saturating_sub(self.index.len());
        let wanted = words * 8 + longer * 2;
        if *room < wanted {
            *room = 0;
            return None;
        }
        *room -= wanted;
        let mut left = vec![u64::MAX; words];
        for (candidate, term) in &self.terms {
            if evaluator.known(record, term) == Known::No {
                left[*candidate as usize / 64] &= !(1 << (candidate % 64));
            }
        }
        let rows = self.rows.chunks_exact(words);
        let next = rows.len();
        let same = rows.take(MOST_COMPARED).position(|row| row == left);
        let number = same.unwrap_or(next);
        let row = u16::try_from(number + 1).ok()?;
        if number == next {
            self.rows.extend_from_slice(&left);
        }
        if longer > 0 {
            self.index.resize(class + 1, 0);
        }
        self.index[class] = row;
        Some(row)
    }
}
