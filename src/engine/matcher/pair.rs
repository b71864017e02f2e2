//! What is worked out once for an event's source and name: which rules are left,
//! and what is left of them.

use std::borrow::Cow;

use super::column::{Column, only_slot};
use super::evaluator::Evaluator;
use super::hot::{self, Hot};
use super::settle::{Settled, Term, settle};
use crate::compile::{Expr, Known, Wanted};

/// Fields that are told apart; terms on others wait for the survivors.
const MOST_COLUMNS: usize = 64;

/// After how many records the columns are put in a new order; after the last
/// one the order stays.
const REORDER_AT: [u32; 3] = [16, 128, 1024];

/// So few candidates are asked one by one where telling a class takes long.
const FEW_CANDIDATES: u32 = 4;

/// The rules left for one source and name.
#[derive(Debug, Default)]
pub(super) struct Pair<'p> {
    candidates: Vec<Candidate<'p>>,
    columns: Vec<Column<'p>>,
    /// The deferred parts that they look at.
    pub(super) wanted: Wanted,
    /// What is needed of the columns for most records, one after the other.
    hot: Hot,
    /// How many records it met, as long as that matters.
    met: u32,
}

#[derive(Debug)]
struct Candidate<'p> {
    rule: u32,
    /// What no column answers.
    terms: Vec<Term<'p>>,
}

impl<'p> Pair<'p> {
    /// What the rules come to, given the source and name of the record at hand.
    pub(super) fn new(
        evaluator: &mut Evaluator<'p>,
        record: &str,
        source: &str,
        name: &str,
    ) -> Self {
        let program = evaluator.program;
        let mut pair = Pair::default();
        for rule in program.index.candidates(source, name) {
            let terms = program.rules[rule as usize].iter();
            let mut left = Vec::new();
            let refuted =
                terms
                    .map(|term| settle(evaluator, record, term))
                    .any(|term| match term {
                        Settled::Known(known) => known == Known::No,
                        Settled::Open(term) => {
                            left.push(term);
                            false
                        }
                    });
            if !refuted {
                pair.add(evaluator, rule, left);
            }
        }
        pair.finish()
    }

    /// The rules that source and name say nothing about, for all events.
    pub(super) fn nameless(evaluator: &Evaluator<'p>) -> Self {
        let program = evaluator.program;
        let mut pair = Pair::default();
        for &rule in program.index.nameless() {
            let terms = program.rules[rule as usize].iter();
            pair.add(evaluator, rule, terms.map(Cow::Borrowed).collect());
        }
        pair.finish()
    }

    /// Adds a rule.
    fn add(&mut self, evaluator: &Evaluator<'p>, rule: u32, terms: Vec<Term<'p>>) {
        let program = evaluator.program;
        let number = self.candidates.len() as u32;
        let mut rest = Vec::new();
        for term in terms {
            let wanted = program.deferral.wanted(&term);
            self.wanted = self.wanted.and(wanted);
            match self.column(evaluator, &term) {
                Some(column) => column.add(number, term),
                None if matches!(*term, Expr::Unknown) => {}
                None => rest.push(term),
            }
        }
        self.candidates.push(Candidate { rule, terms: rest });
    }

    /// The column of the one slot that a term looks at.
    fn column(&mut self, evaluator: &Evaluator<'p>, term: &Expr) -> Option<&mut Column<'p>> {
        let look = evaluator.look(only_slot(evaluator.program, term)?);
        let known = self.columns.iter().position(|column| column.look == look);
        let number = known.unwrap_or(self.columns.len());
        if number == self.columns.len() && number < MOST_COLUMNS {
            self.columns.push(Column::new(look));
        }
        self.columns.get_mut(number)
    }

    fn finish(mut self) -> Self {
        self.hot = Hot::new(self.candidates.len(), &self.columns);
        self
    }

    /// How many terms it holds.
    pub(super) fn size(&self) -> usize {
        let of_columns = self.columns.iter().map(Column::size);
        let of_candidates = self.candidates.iter();
        of_columns.sum::<usize>()
            + of_candidates
                .map(|candidate| 1 + candidate.terms.len())
                .sum::<usize>()
    }

    /// Adds the rules that may match the record at hand.
    pub(super) fn hits(
        &mut self,
        evaluator: &mut Evaluator<'p>,
        record: &str,
        work: &mut Work,
        hits: &mut Vec<u32>,
    ) {
        evaluator.counts.met += self.candidates.len() as u64;
        if self.candidates.is_empty() {
            return;
        }
        let learning = self.met < REORDER_AT[REORDER_AT.len() - 1];
        if learning {
            self.met += 1;
            if REORDER_AT.contains(&self.met) {
                self.reorder(evaluator);
            }
        }
        work.begin(self.candidates.len());
        let words = work.alive.len();
        for (number, mut hot) in self.hot.columns().enumerate() {
            if !hot.concerns(&work.alive) {
                continue;
            }
            let look = hot.look();
            let waits = evaluator.look_is_dear(look) && hot.count(&work.alive) <= FEW_CANDIDATES;
            let class = (!waits).then(|| evaluator.class_of(record, look));
            let class = class.flatten();
            let Some(class) = class else {
                work.waiting |= 1 << number;
                continue;
            };
            let left = match hot.left(class) {
                Some(left) => left,
                None => {
                    let column = &mut self.columns[number];
                    let row = column.row(class, words, evaluator, record, &mut work.room);
                    let Some(left) = row else {
                        work.waiting |= 1 << number;
                        continue;
                    };
                    hot.keep(class, left);
                    left
                }
            };
            evaluator.counts.lookups += 1;
            let struck = if learning {
                hot::count_struck(left, &work.alive)
            } else {
                0
            };
            let some = hot::strike(left, &mut work.alive);
            if learning {
                self.columns[number].count(struck);
            }
            if !some {
                return;
            }
        }
        self.survivors(evaluator, record, work, hits);
    }

    /// Asks of the candidates that are left what no column answered.
    fn survivors(
        &self,
        evaluator: &mut Evaluator<'p>,
        record: &str,
        work: &Work,
        hits: &mut Vec<u32>,
    ) {
        for number in bits(&work.alive) {
            let candidate = &self.candidates[number];
            let mut terms = candidate.terms.iter();
            let refuted = terms.any(|term| evaluator.known(record, term) == Known::No)
                || bits(&[work.waiting]).any(|column| {
                    let mut terms = self.columns[column].terms_of(number as u32);
                    terms.any(|term| evaluator.known(record, term) == Known::No)
                });
            if !refuted {
                hits.push(candidate.rule);
            }
        }
    }

    /// First what leaves the fewest candidates for what it takes.
    fn reorder(&mut self, evaluator: &Evaluator<'_>) {
        self.columns.sort_unstable_by_key(|column| {
            std::cmp::Reverse(column.worth(evaluator.cost(column.look)))
        });
        self.hot.fill(&self.columns);
    }
}

/// The numbers of the bits that are set.
fn bits(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(|(word, bits)| {
        let mut bits = *bits;
        std::iter::from_fn(move || {
            let next = (bits != 0).then(|| word * 64 + bits.trailing_zeros() as usize);
            bits &= bits.wrapping_sub(1);
            next
        })
    })
}

/// Buffers and limits that all pairs share.
#[derive(Debug)]
pub(super) struct Work {
    /// The candidates that are left, a bit each.
    alive: Vec<u64>,
    /// A bit for each column whose terms wait for the survivors.
    waiting: u64,
    /// Bytes that pairs may still take for what classes leave; 0 once there was
    /// not enough.
    room: usize,
    /// The same before they took any.
    limit: usize,
}

impl Work {
    pub(super) fn new(room: usize) -> Self {
        Work {
            alive: Vec::new(),
            waiting: 0,
            room,
            limit: room,
        }
    }

    /// Gives all room back, once nothing is kept any more.
    pub(super) fn renew(&mut self) {
        self.room = self.limit;
    }

    /// Whether pairs had to do without room.
    pub(super) fn is_full(&self) -> bool {
        self.room == 0
    }

    /// All of so many candidates are left.
    fn begin(&mut self, count: usize) {
        self.waiting = 0;
        self.alive.clear();
        self.alive.resize(count.div_ceil(64), u64::MAX);
        if let Some(last) = self.alive.last_mut()
            && !count.is_multiple_of(64)
        {
            *last = (1 << (count % 64)) - 1;
        }
    }
}
