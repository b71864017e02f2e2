//! The ANDs of a condition: which tests must all hold of one event.

use super::super::clause::{Clause, ClauseKind, Operator, Test};
use super::super::selector::Selector;
use super::field::place;

/// The tests of one AND: nested `all:` and macros are opened, for what they hold
/// must hold as well.
pub(super) struct Conjunction<'c, 'r> {
    /// Tests of fields.
    pub fields: Vec<FieldTest<'r>>,
    /// The `any`, `none` and `not` beside them.
    pub branches: Vec<&'r Clause>,
    /// The AND around this one, whose tests hold here too.
    pub outer: Option<&'c Conjunction<'c, 'r>>,
    /// Whether it stands under an odd number of `not` and `none`.
    pub negated: bool,
}

/// A test of a field.
#[derive(Clone, Copy)]
pub(super) struct FieldTest<'r> {
    /// Which nodes.
    pub selector: &'r Selector,
    /// What is asked of them.
    pub test: &'r Test,
}

impl<'c, 'r> Conjunction<'c, 'r> {
    /// The AND that a condition is.
    pub fn of(condition: &'r Clause, outer: Option<&'c Conjunction<'c, 'r>>) -> Self {
        let negated = outer.is_some_and(|outer| outer.negated);
        Conjunction::new(condition, outer, negated)
    }

    fn new(condition: &'r Clause, outer: Option<&'c Conjunction<'c, 'r>>, negated: bool) -> Self {
        let mut conjunction = Conjunction {
            fields: Vec::new(),
            branches: Vec::new(),
            outer,
            negated,
        };
        conjunction.open(condition);
        conjunction
    }

    fn open(&mut self, clause: &'r Clause) {
        match &clause.kind {
            ClauseKind::All(list) => list.iter().for_each(|clause| self.open(clause)),
            ClauseKind::Macro { body, .. } => self.open(body),
            ClauseKind::Field { selector, test } => self.fields.push(FieldTest { selector, test }),
            _ => self.branches.push(clause),
        }
    }

    /// Visits this AND, those of its branches, and those inside blocks.
    pub fn walk(&self, visit: &mut dyn FnMut(&Conjunction<'_, 'r>)) {
        visit(self);
        for branch in &self.branches {
            let (list, negated) = match &branch.kind {
                ClauseKind::Any(list) => (list.as_slice(), self.negated),
                ClauseKind::None(list) => (list.as_slice(), !self.negated),
                ClauseKind::Not(body) => (std::slice::from_ref(&**body), !self.negated),
                _ => continue,
            };
            for clause in list {
                Conjunction::new(clause, Some(self), negated).walk(visit);
            }
        }
        for field in &self.fields {
            blocks(field.test, self.negated, visit);
        }
    }

    /// The tests of the same field in this AND and those around it.
    pub fn tests_of(&self, selector: &Selector) -> Vec<&'r Test> {
        let wanted = place(selector);
        let mut found = Vec::new();
        let mut here = Some(self);
        while let Some(conjunction) = here {
            let same = conjunction.fields.iter();
            found.extend(
                same.filter(|field| place(field.selector) == wanted)
                    .map(|field| field.test),
            );
            here = conjunction.outer;
        }
        found
    }
}

/// The ANDs of the blocks of a test; they start afresh, being about an element.
fn blocks<'r>(test: &'r Test, negated: bool, visit: &mut dyn FnMut(&Conjunction<'_, 'r>)) {
    for predicate in &test.predicates {
        match &predicate.op {
            Operator::AnyElement(block)
            | Operator::EveryElement(block)
            | Operator::AnyEntry(block)
            | Operator::Json(block) => Conjunction::new(block, None, negated).walk(visit),
            Operator::NoElement(block) => Conjunction::new(block, None, !negated).walk(visit),
            Operator::Not(inner) => blocks(inner, !negated, visit),
            Operator::Account(inner) => blocks(inner, negated, visit),
            _ => {}
        }
    }
}
