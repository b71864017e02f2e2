//! What is left of an expression once an event's source and name are known.

use std::borrow::Cow;

use super::evaluator::Evaluator;
use crate::compile::{Atom, Expr, Known, Program};

/// An expression that must hold: the rule's own, or what is left of it.
pub(super) type Term<'p> = Cow<'p, Expr>;

/// An expression after its name conditions are settled.
pub(super) enum Settled<'p> {
    Known(Known),
    Open(Term<'p>),
}

/// Settles what is about the source and the name of the record at hand.
pub(super) fn settle<'p>(
    evaluator: &mut Evaluator<'p>,
    record: &str,
    expr: &'p Expr,
) -> Settled<'p> {
    let program = evaluator.program;
    match expr {
        Expr::Unknown => Settled::Known(Known::Unknown),
        Expr::Atom { id, .. } if is_about_names(program, &program.atoms[id.index()]) => {
            Settled::Known(evaluator.known(record, expr))
        }
        Expr::Atom { .. } => Settled::Open(Cow::Borrowed(expr)),
        Expr::All(each) => gather(evaluator, record, each, Known::No, Expr::All),
        Expr::Any(each) => gather(evaluator, record, each, Known::Yes, Expr::Any),
    }
}

/// Settles each part; `decisive` is the answer that one part is enough for.
fn gather<'p>(
    evaluator: &mut Evaluator<'p>,
    record: &str,
    each: &'p [Expr],
    decisive: Known,
    together: fn(Vec<Expr>) -> Expr,
) -> Settled<'p> {
    let mut open = Vec::new();
    let mut unknown = false;
    for expr in each {
        match settle(evaluator, record, expr) {
            Settled::Known(known) if known == decisive => return Settled::Known(decisive),
            Settled::Known(known) => unknown |= known == Known::Unknown,
            Settled::Open(term) => open.push(term.into_owned()),
        }
    }
    if unknown {
        open.push(Expr::Unknown);
    }
    if open.iter().all(|expr| matches!(expr, Expr::Unknown)) {
        return Settled::Known(if unknown { Known::Unknown } else { !decisive });
    }
    Settled::Open(Cow::Owned(together(open)))
}

pub(super) fn is_about_names(program: &Program, atom: &Atom) -> bool {
    let facts = &program.facts;
    let slot = atom.source.slot;
    (slot == facts.event_source || slot == facts.event_name) && !atom.looks_elsewhere()
}
