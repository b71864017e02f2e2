//! What an answer hangs on that was lost.

use std::collections::BTreeSet;

use jsonpath_rust::parser::model::JpQuery;

use super::{PathStep, Scope};
use crate::event::{Loss, Losses};
use crate::rule::beginning;
use crate::rule::clause::{Clause, ClauseKind, Operator, Test};
use crate::rule::selector::{Path, Root, Selector, Step};

impl Scope<'_> {
    /// Whether a test may come out otherwise for what was lost. `found` says whether
    /// the selector found anything in what there is.
    pub fn hangs_on_lost(&self, selector: &Selector, test: &Test, found: bool) -> bool {
        match self.loss_of(selector) {
            Loss::None => false,
            Loss::Whole => true,
            // That it is there is known, and so is how many elements it has; what
            // was lost in them is asked for by their own selectors.
            Loss::Part => {
                let mut operators = test.predicates.iter().map(|predicate| &predicate.op);
                !(found && operators.all(looks_at_no_part))
            }
        }
    }

    /// How much was lost of what a selector is about.
    pub fn loss_of(&self, selector: &Selector) -> Loss {
        if self.losses.is_none() {
            return Loss::None;
        }
        let steps = match &selector.path {
            Path::Steps(steps) => steps,
            Path::Query(query) => return loss_of_query(self.losses, query),
        };
        let above = match (selector.root, self.entry) {
            (Root::Event, _) => Vec::new(),
            (Root::EntryKey | Root::EntryValue, Some((_, entry))) => entry.place.path().steps,
            (Root::EntryKey | Root::EntryValue, None) => return Loss::None,
            (Root::Element, _) => self.element.place.path().steps,
        };
        let above = above.iter().filter_map(|step| match step {
            PathStep::Key(key) => Some(key.as_str()),
            PathStep::Index(_) | PathStep::Decoded => None,
        });
        loss_at(self.losses, above, steps)
    }
}

fn looks_at_no_part(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Exists(_)
            | Operator::AnyElement(_)
            | Operator::EveryElement(_)
            | Operator::NoElement(_)
    )
}

/// How much was lost of what is so many steps below a path.
fn loss_at<'k>(losses: &Losses, above: impl Iterator<Item = &'k str>, steps: &'k [Step]) -> Loss {
    let keys = steps.iter().map_while(|step| match step {
        Step::Key(key) | Step::Member(key) => Some(Some(key.as_str())),
        Step::Index(_) => Some(None),
        Step::Wildcard => None,
    });
    let loss = losses.at(above.chain(keys.flatten()));
    // Whatever a wildcard stands for may be what was lost.
    match loss {
        Loss::Part if steps.contains(&Step::Wildcard) => Loss::Whole,
        loss => loss,
    }
}

/// Of a query its beginning says where it looks; what it finds there may be anything.
fn loss_of_query(losses: &Losses, query: &JpQuery) -> Loss {
    match loss_at(losses, std::iter::empty(), &beginning(query)) {
        Loss::None => Loss::None,
        Loss::Part | Loss::Whole => Loss::Whole,
    }
}

/// The fields that a condition asks for and of which something was lost, as its
/// selectors are written. Selectors of blocks are about elements, and the selector
/// of the block stands for them.
pub fn lost_fields(condition: &Clause, losses: &Losses) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    gather(condition, losses, &mut lost);
    lost
}

fn gather(clause: &Clause, losses: &Losses, lost: &mut BTreeSet<String>) {
    match &clause.kind {
        ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
            for clause in list {
                gather(clause, losses, lost);
            }
        }
        ClauseKind::Not(body) | ClauseKind::Macro { body, .. } => gather(body, losses, lost),
        ClauseKind::Field { selector, test } => {
            note(selector, losses, lost);
            gather_test(test, losses, lost);
        }
    }
}

fn gather_test(test: &Test, losses: &Losses, lost: &mut BTreeSet<String>) {
    for predicate in &test.predicates {
        match &predicate.op {
            Operator::SameAs { selector, .. } => note(selector, losses, lost),
            Operator::AnyElement(block)
            | Operator::EveryElement(block)
            | Operator::NoElement(block)
            | Operator::AnyEntry(block)
            | Operator::Json(block) => gather(block, losses, lost),
            Operator::Not(test) | Operator::Account(test) => gather_test(test, losses, lost),
            _ => {}
        }
    }
}

fn note(selector: &Selector, losses: &Losses, lost: &mut BTreeSet<String>) {
    if is_lost(selector, losses) {
        lost.insert(selector.text.clone());
    }
}

/// Whether something was lost of what a selector asks of the event.
pub fn is_lost(selector: &Selector, losses: &Losses) -> bool {
    match (&selector.path, selector.root) {
        (Path::Query(query), _) => loss_of_query(losses, query) != Loss::None,
        (Path::Steps(steps), Root::Event) => {
            loss_at(losses, std::iter::empty(), steps) != Loss::None
        }
        (Path::Steps(_), Root::Element | Root::EntryKey | Root::EntryValue) => false,
    }
}
