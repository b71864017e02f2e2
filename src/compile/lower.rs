//! Clauses become expressions over atoms, operators become checks.

use std::collections::HashMap;

use super::alike;
use super::check::{Check, CompiledPattern, Equals, Shape, Source, TextCheck, TextKind, Texts};
use super::trie::Trie;
use super::{Atom, AtomId, Expr};
use crate::rule::clause::{Clause, ClauseKind, Operator, Predicate, Relation, Test};
use crate::rule::selector::{Path, Root, Selector, Step};
use crate::rule::value::{Number, Values, fold};

/// Collects what all rules ask; each atom once.
#[derive(Debug, Default)]
pub(super) struct Lowering {
    pub(super) atoms: Vec<Atom>,
    known: HashMap<Vec<u8>, AtomId>,
}

impl Lowering {
    /// The clause, or its opposite, with `not` pushed down to the atoms.
    pub(super) fn clause(&mut self, trie: &mut Trie, clause: &Clause, holds: bool) -> Expr {
        let mut each = |list: &[Clause], holds| -> Vec<Expr> {
            let clauses = list.iter();
            clauses
                .map(|clause| self.clause(trie, clause, holds))
                .collect()
        };
        match (&clause.kind, holds) {
            (ClauseKind::All(list), true) => Expr::all(each(list, true)),
            (ClauseKind::All(list), false) => Expr::any(each(list, false)),
            (ClauseKind::Any(list), true) => Expr::any(each(list, true)),
            (ClauseKind::Any(list), false) => Expr::all(each(list, false)),
            (ClauseKind::None(list), true) => Expr::all(each(list, false)),
            (ClauseKind::None(list), false) => Expr::any(each(list, true)),
            (ClauseKind::Not(body), holds) => self.clause(trie, body, !holds),
            (ClauseKind::Macro { body, .. }, holds) => self.clause(trie, body, holds),
            (ClauseKind::Field { selector, test }, holds) => {
                self.field(trie, selector, test, holds)
            }
        }
    }

    fn field(&mut self, trie: &mut Trie, selector: &Selector, test: &Test, holds: bool) -> Expr {
        if let Some(inner) = test.lone_not() {
            return self.field(trie, selector, inner, !holds);
        }
        let Some(source) = source(trie, selector) else {
            return Expr::Unknown;
        };
        let atom = Atom {
            source,
            every_node: matches!(
                test.predicates.as_slice(),
                [Predicate {
                    op: Operator::NoElement(_),
                    ..
                }]
            ),
            checks: checks(trie, &test.predicates),
        };
        let next = AtomId(self.atoms.len() as u32);
        let atoms = &mut self.atoms;
        let id = *self.known.entry(alike::key(&atom)).or_insert_with(|| {
            atoms.push(atom);
            next
        });
        Expr::Atom { id, holds }
    }
}

/// Where the nodes of a selector are kept: as many of its steps as are walked.
fn source(trie: &mut Trie, selector: &Selector) -> Option<Source> {
    let Path::Steps(steps) = &selector.path else {
        return None;
    };
    if !matches!(selector.root, Root::Event | Root::Element) {
        return None;
    }
    let strict = matches!(steps.first(), Some(Step::Member(_)));
    let keys: Vec<&str> = steps
        .iter()
        .map_while(|step| match step {
            Step::Key(key) if !strict => Some(key.as_str()),
            Step::Member(key) if strict => Some(key.as_str()),
            _ => None,
        })
        .collect();
    (!keys.is_empty()).then(|| Source {
        slot: trie.slot(&keys),
        strict,
        below: keys.len() < steps.len(),
    })
}

fn checks(trie: &mut Trie, predicates: &[Predicate]) -> Vec<Check> {
    let predicates = predicates.iter();
    predicates
        .map(|predicate| check(trie, &predicate.op))
        .collect()
}

fn check(trie: &mut Trie, op: &Operator) -> Check {
    match op {
        Operator::Equals(values) => Check::Equals(equals(values)),
        Operator::Contains(values) => text(values, TextKind::Contains(texts(values))),
        Operator::ContainsAll(values) => text(values, TextKind::ContainsAll(texts(values))),
        Operator::StartsWith(values) => text(values, TextKind::StartsWith(texts(values))),
        Operator::EndsWith(values) => text(values, TextKind::EndsWith(texts(values))),
        Operator::Glob(values) => {
            let globs = values.items.iter().map(|item| {
                Shape::of(if values.ignore_case {
                    item.value.folded()
                } else {
                    item.value.clone()
                })
            });
            text(values, TextKind::Glob(globs.collect()))
        }
        Operator::Regex(values) => {
            let patterns = values.items.iter().map(|item| CompiledPattern {
                pattern: item.value.clone(),
                ignore_case: values.ignore_case,
            });
            Check::Text(TextCheck {
                kind: TextKind::Regex(patterns.collect()),
                ignore_case: false,
                scalars: values.scalars,
            })
        }
        Operator::Cidr(values) => {
            let networks = values.items.iter().map(|item| item.value);
            as_is(TextKind::Cidr(networks.collect()))
        }
        Operator::PrefixLength(counts) => as_is(TextKind::PrefixLength(counts.clone())),
        Operator::Order(order, bound) => Check::Order(*order, *bound),
        Operator::Schedule(schedule) => Check::Schedule(schedule.clone()),
        Operator::TimePart(part, counts) => Check::TimePart(*part, counts.clone()),
        Operator::Account(test) => Check::Account(checks(trie, &test.predicates)),
        Operator::SameAs {
            selector,
            relation,
            ignore_case,
        } => Check::SameAs {
            // Another relation than equality is left to the reference.
            other: source(trie, selector).filter(|_| *relation == Relation::Same),
            ignore_case: *ignore_case,
        },
        Operator::Length(counts) => Check::Length(counts.clone()),
        Operator::Exists(wanted) => Check::Exists(*wanted),
        Operator::Is(kinds) => {
            let (whole, each) = kinds.iter().partition(|kind| kind.is_of_whole());
            Check::Is { whole, each }
        }
        Operator::AnyElement(_) => Check::AnyElement,
        Operator::EveryElement(_) => Check::EveryElement,
        Operator::NoElement(_) => Check::NoElement,
        Operator::AnyEntry(_) => Check::AnyEntry,
        Operator::Json(_) => Check::Json,
        Operator::Not(test) => Check::Not(checks(trie, &test.predicates)),
    }
}

fn text<T>(values: &Values<T>, kind: TextKind) -> Check {
    Check::Text(TextCheck {
        kind,
        ignore_case: values.ignore_case,
        scalars: values.scalars,
    })
}

/// Case is no matter, or the operand itself looks after it.
fn as_is(kind: TextKind) -> Check {
    Check::Text(TextCheck {
        kind,
        ignore_case: false,
        scalars: false,
    })
}

fn texts(values: &Values<String>) -> Vec<String> {
    let items = values.items.iter().map(|item| item.value.as_str());
    if values.ignore_case {
        items.map(fold).collect()
    } else {
        items.map(str::to_owned).collect()
    }
}

fn equals(values: &Values<String>) -> Equals {
    let texts = texts(values);
    let items = values.items.iter();
    Equals {
        numbers: items
            .filter_map(|item| Number::parse(&item.value))
            .collect(),
        holds_true: texts.iter().any(|text| text == "true"),
        holds_false: texts.iter().any(|text| text == "false"),
        ignore_case: values.ignore_case,
        texts: Texts::new(texts.into_iter()),
    }
}
