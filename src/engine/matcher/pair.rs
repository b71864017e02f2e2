//! What is worked out once for an event's source and name: which rules are left,
//! and what is left of them.

use super::evaluator::{Evaluator, ValueId};
use crate::compile::{Atom, Expr, Known, Program, Slot};

/// Values of a field for which the rules that they leave are kept.
const FEW_VALUES: u32 = 68;

/// The same for the rules that all events have in common.
const MANY_VALUES: u32 = 2048;

/// So many candidates are asked one by one: it takes less than looking up.
const FEW_CANDIDATES: usize = 12;

/// Fields that are told apart; terms on others wait for the survivors.
const MOST_COLUMNS: usize = 64;

/// The rules left for one source and name.
#[derive(Debug, Default)]
pub(super) struct Pair {
    candidates: Vec<Candidate>,
    columns: Vec<Column>,
    /// Of how many values what they leave is kept.
    values: u32,
}

#[derive(Debug)]
struct Candidate {
    rule: u32,
    terms: Vec<Term>,
}

/// What must hold for a candidate.
#[derive(Debug)]
struct Term {
    /// The column of the only slot it looks at.
    column: Option<u8>,
    expr: Expr,
}

/// A slot that terms look at.
#[derive(Debug)]
struct Column {
    slot: Slot,
    /// By value: the candidates that it leaves, a bit each; empty where not
    /// worked out yet.
    left: Vec<Box<[u64]>>,
}

impl Pair {
    /// What the rules come to, given the source and name of the record at hand.
    pub(super) fn new(
        evaluator: &mut Evaluator<'_>,
        record: &str,
        source: &str,
        name: &str,
    ) -> Self {
        let program = evaluator.program;
        let mut pair = Pair {
            values: FEW_VALUES,
            ..Pair::default()
        };
        for rule in program.index.candidates(source, name) {
            let terms = program.rules[rule as usize].iter();
            let mut left = Vec::new();
            let refuted =
                terms
                    .map(|term| settle(evaluator, record, term))
                    .any(|term| match term {
                        Settled::Known(known) => known == Known::No,
                        Settled::Open(expr) => {
                            left.push(expr);
                            false
                        }
                    });
            if !refuted {
                pair.add(program, rule, left);
            }
        }
        pair
    }

    /// The rules that source and name say nothing about, for all events.
    pub(super) fn nameless(program: &Program) -> Self {
        let mut pair = Pair {
            values: MANY_VALUES,
            ..Pair::default()
        };
        for &rule in program.index.nameless() {
            pair.add(program, rule, program.rules[rule as usize].clone());
        }
        pair
    }

    /// Adds a rule; what is cheap to ask is asked first.
    fn add(&mut self, program: &Program, rule: u32, mut terms: Vec<Expr>) {
        terms.sort_by_key(|expr| match expr {
            Expr::Atom { id, .. } => !program.atoms[id.index()].is_cheap(),
            _ => true,
        });
        let terms = terms.into_iter().map(|expr| self.term(program, expr));
        let terms = terms.collect();
        self.candidates.push(Candidate { rule, terms });
    }

    fn term(&mut self, program: &Program, expr: Expr) -> Term {
        let column = only_slot(program, &expr).and_then(|slot| {
            let known = self.columns.iter().position(|column| column.slot == slot);
            let column = known.or_else(|| {
                let next = self.columns.len();
                (next < MOST_COLUMNS).then(|| {
                    self.columns.push(Column {
                        slot,
                        left: Vec::new(),
                    });
                    next
                })
            })?;
            u8::try_from(column).ok()
        });
        Term { column, expr }
    }

    /// Adds the rules that may match the record at hand.
    pub(super) fn hits(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        record: &str,
        work: &mut Work,
        hits: &mut Vec<u32>,
    ) {
        let count = self.candidates.len();
        evaluator.counts.met += count as u64;
        if count <= FEW_CANDIDATES {
            for candidate in &self.candidates {
                let mut terms = candidate.terms.iter();
                if !terms.any(|term| evaluator.known(record, &term.expr) == Known::No) {
                    hits.push(candidate.rule);
                }
            }
            return;
        }
        work.alive.clear();
        work.alive.resize(count.div_ceil(64), u64::MAX);
        if let Some(last) = work.alive.last_mut()
            && !count.is_multiple_of(64)
        {
            *last = (1 << (count % 64)) - 1;
        }
        // A bit for each column whose terms wait.
        let mut waiting = 0_u64;
        for index in 0..self.columns.len() {
            let value = evaluator.value(record, self.columns[index].slot);
            let left = value
                .filter(|value| value.0 < self.values)
                .and_then(|value| self.left(index, value, evaluator, record, &mut work.room));
            match left {
                None => waiting |= 1 << index,
                Some(left) => {
                    evaluator.counts.lookups += 1;
                    let mut some = 0;
                    for (alive, left) in work.alive.iter_mut().zip(left) {
                        *alive &= left;
                        some |= *alive;
                    }
                    if some == 0 {
                        return;
                    }
                }
            }
        }
        for (word, alive) in work.alive.iter().enumerate() {
            let mut alive = *alive;
            while alive != 0 {
                let candidate = &self.candidates[word * 64 + alive.trailing_zeros() as usize];
                alive &= alive - 1;
                let refuted = candidate.terms.iter().any(|term| {
                    let waits = term.column.is_none_or(|column| waiting >> column & 1 == 1);
                    waits && evaluator.known(record, &term.expr) == Known::No
                });
                if !refuted {
                    hits.push(candidate.rule);
                }
            }
        }
    }

    /// The candidates that a value of a column leaves; `None` where there is no
    /// room to keep them.
    fn left(
        &mut self,
        index: usize,
        value: ValueId,
        evaluator: &mut Evaluator<'_>,
        record: &str,
        room: &mut usize,
    ) -> Option<&[u64]> {
        let at = value.0 as usize;
        let words = self.candidates.len().div_ceil(64);
        let kept = self.columns[index].left.get(at);
        if kept.is_none_or(|left| left.is_empty()) {
            *room = room.checked_sub(words * 8)?;
            let mut left = vec![u64::MAX; words].into_boxed_slice();
            for (number, candidate) in self.candidates.iter().enumerate() {
                let refuted = candidate.terms.iter().any(|term| {
                    term.column.map(usize::from) == Some(index)
                        && evaluator.known(record, &term.expr) == Known::No
                });
                if refuted {
                    left[number / 64] &= !(1 << (number % 64));
                }
            }
            let column = &mut self.columns[index];
            if column.left.len() <= at {
                column.left.resize_with(at + 1, Box::default);
            }
            column.left[at] = left;
        }
        self.columns[index].left.get(at).map(|left| &**left)
    }
}

/// Buffers and limits that all pairs share.
#[derive(Debug)]
pub(super) struct Work {
    alive: Vec<u64>,
    /// Bytes that pairs may still take for what values leave.
    room: usize,
}

impl Work {
    pub(super) fn new(room: usize) -> Self {
        Work {
            alive: Vec::new(),
            room,
        }
    }
}

/// An expression after its name conditions are settled.
enum Settled {
    Known(Known),
    Open(Expr),
}

fn settle(evaluator: &mut Evaluator<'_>, record: &str, expr: &Expr) -> Settled {
    let program = evaluator.program;
    match expr {
        Expr::Unknown => Settled::Known(Known::Unknown),
        Expr::Atom { id, .. } if is_about_names(program, &program.atoms[id.index()]) => {
            Settled::Known(evaluator.known(record, expr))
        }
        Expr::Atom { .. } => Settled::Open(expr.clone()),
        Expr::All(each) => gather(evaluator, record, each, Known::No, Expr::All),
        Expr::Any(each) => gather(evaluator, record, each, Known::Yes, Expr::Any),
    }
}

/// Settles each part; `decisive` is the answer that one part is enough for.
fn gather(
    evaluator: &mut Evaluator<'_>,
    record: &str,
    each: &[Expr],
    decisive: Known,
    together: fn(Vec<Expr>) -> Expr,
) -> Settled {
    let mut open = Vec::new();
    let mut unknown = false;
    for expr in each {
        match settle(evaluator, record, expr) {
            Settled::Known(known) if known == decisive => return Settled::Known(decisive),
            Settled::Known(known) => unknown |= known == Known::Unknown,
            Settled::Open(expr) => open.push(expr),
        }
    }
    if unknown {
        open.push(Expr::Unknown);
    }
    if open.iter().all(|expr| matches!(expr, Expr::Unknown)) {
        return Settled::Known(if unknown { Known::Unknown } else { !decisive });
    }
    Settled::Open(together(open))
}

pub(super) fn is_about_names(program: &Program, atom: &Atom) -> bool {
    let facts = &program.facts;
    let slot = atom.source.slot;
    (slot == facts.event_source || slot == facts.event_name) && !atom.looks_elsewhere()
}

/// The one slot that an expression looks at.
pub(super) fn only_slot(program: &Program, expr: &Expr) -> Option<Slot> {
    let mut slot = None;
    let mut one = true;
    expr.atoms(&mut |id| {
        let atom = &program.atoms[id.index()];
        one &= !atom.looks_elsewhere() && slot.is_none_or(|slot| slot == atom.source.slot);
        slot = Some(atom.source.slot);
    });
    slot.filter(|_| one)
}
