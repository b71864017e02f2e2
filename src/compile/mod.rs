//! Compile: rules become a program that the matcher runs.
//!
//! In come the conditions of the active rules; out comes a [`Program`]: one tree
//! of all paths ([`trie`]), every distinct test of a field once ([`Atom`]), what
//! the tests of a field ask of texts as [`sets`], each rule as terms that must
//! all hold, and an index of the rules by the event names and sources that they
//! cannot match without. The program only says
//! which rules *may* match a record: what it cannot tell is unknown, and the
//! reference evaluator decides.

mod alike;
mod check;
mod deferral;
mod dictionary;
mod extraction;
mod fields;
mod hash;
mod index;
mod lower;
mod sets;
mod trie;
mod truth;

pub(crate) use check::{Check, Equals, Source, TextCheck, TextKind};
pub(crate) use deferral::{Deferral, Wanted};
pub(crate) use dictionary::Dictionary;
pub(crate) use extraction::{
    CopyOf, CopyOfMember, CopyOfPart, ExtractedMeasure, ExtractedPart, ExtractedStep, Extraction,
};
pub(crate) use fields::Fields;
pub(crate) use hash::hash;
pub(crate) use index::{NameIndex, Witness};
pub(crate) use sets::{Cost, Mark, Scratch, Sets};
pub(crate) use trie::{NodeId, Slot, Trie};
pub(crate) use truth::Known;

use crate::rule::clause::Clause;
use crate::rule::{Kept, Rule};
use lower::Lowering;

/// Numbers the distinct tests of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AtomId(pub(crate) u32);

impl AtomId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A test of a field: some node passes every check, or every node does.
#[derive(Debug, Clone)]
pub(crate) struct Atom {
    pub(crate) source: Source,
    /// Whether each node must pass, as for a lone `no_element`.
    pub(crate) every_node: bool,
    pub(crate) checks: Vec<Check>,
}

impl Atom {
    /// Whether other slots than its own are read.
    pub(crate) fn looks_elsewhere(&self) -> bool {
        fn elsewhere(check: &Check) -> bool {
            match check {
                Check::SameAs { .. } => true,
                Check::Account(checks) | Check::Not(checks) => checks.iter().any(elsewhere),
                _ => false,
            }
        }
        self.checks.iter().any(elsewhere)
    }
}

/// A condition without `not`: that is pushed down to the atoms.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// The atom holds, or it does not.
    Atom {
        id: AtomId,
        holds: bool,
    },
    /// Only the reference can tell.
    Unknown,
    All(Vec<Expr>),
    Any(Vec<Expr>),
}

impl Expr {
    fn all(each: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(each.len());
        for expr in each {
            match expr {
                Expr::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Expr::All(flat)
    }

    fn any(each: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(each.len());
        for expr in each {
            match expr {
                Expr::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match <[Expr; 1]>::try_from(flat) {
            Ok([only]) => only,
            Err(flat) => Expr::Any(flat),
        }
    }

    /// Shows every atom in it.
    pub(crate) fn atoms(&self, visit: &mut dyn FnMut(AtomId)) {
        match self {
            Expr::Atom { id, .. } => visit(*id),
            Expr::Unknown => {}
            Expr::All(each) | Expr::Any(each) => {
                for expr in each {
                    expr.atoms(visit);
                }
            }
        }
    }
}

/// The fields that every record is asked for, whatever the rules are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// An array here makes an object the wrapper of records.
    pub(crate) wrapper: Slot,
    pub(crate) event_source: Slot,
    pub(crate) event_name: Slot,
    pub(crate) event_version: Slot,
    pub(crate) event_type: Slot,
    pub(crate) event_category: Slot,
    pub(crate) event_time: Slot,
    pub(crate) timestamp: Slot,
    pub(crate) region: Slot,
    pub(crate) recipient_account: Slot,
    pub(crate) identity_account: Slot,
    /// Where anything stands here, the record needs a closer look.
    pub(crate) marks: [Slot; 3],
}

impl Facts {
    fn new(trie: &mut Trie) -> Self {
        let mut top = |key: &str| trie.slot(&[key]);
        Facts {
            wrapper: top("Records"),
            event_source: top("eventSource"),
            event_name: top("eventName"),
            event_version: top("eventVersion"),
            event_type: top("eventType"),
            event_category: top("eventCategory"),
            event_time: top("eventTime"),
            timestamp: top("@timestamp"),
            region: top("awsRegion"),
            recipient_account: top("recipientAccountId"),
            marks: ["digestS3Object", "digestEndTime", "insightDetails"].map(top),
            identity_account: trie.slot(&["userIdentity", "accountId"]),
        }
    }

    /// All of them but the account of the identity, which is asked for where the
    /// record does not name its own.
    fn always(&self) -> Vec<Slot> {
        let [mark, other, another] = self.marks;
        vec![
            self.wrapper,
            self.event_source,
            self.event_name,
            self.event_version,
            self.event_type,
            self.event_category,
            self.event_time,
            self.timestamp,
            self.region,
            self.recipient_account,
            mark,
            other,
            another,
        ]
    }
}

/// The rules, ready to be run.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) trie: Trie,
    pub(crate) facts: Facts,
    pub(crate) atoms: Vec<Atom>,
    /// Of each rule, the terms that must all hold.
    pub(crate) rules: Vec<Vec<Expr>>,
    /// Of each rule, how its signals are made, where it is about several events and
    /// that can be said.
    pub(crate) extractions: Vec<Option<Box<Extraction>>>,
    pub(crate) index: NameIndex,
    pub(crate) fields: Fields,
    pub(crate) deferral: Deferral,
}

impl Program {
    /// For the active rules; `also` is what signals keep of events for others.
    pub(crate) fn new(rules: &[Rule], also: Option<&Kept>) -> Self {
        let mut building = Building::new(rules.iter().map(|rule| &rule.condition));
        let Building { trie, lowering, .. } = &mut building;
        let extractions = rules.iter();
        let extractions =
            extractions.map(|rule| Extraction::new(trie, lowering, rule, also).map(Box::new));
        let extractions = extractions.collect();
        building.finish(extractions)
    }

    #[cfg(test)]
    pub(crate) fn of_conditions<'r>(conditions: impl Iterator<Item = &'r Clause>) -> Self {
        Building::new(conditions).finish(Vec::new())
    }
}

/// A program whose rules are lowered.
struct Building {
    trie: Trie,
    facts: Facts,
    lowering: Lowering,
    rules: Vec<Vec<Expr>>,
}

impl Building {
    fn new<'r>(conditions: impl Iterator<Item = &'r Clause>) -> Self {
        let mut trie = Trie::new();
        let facts = Facts::new(&mut trie);
        let mut lowering = Lowering::default();
        let rules = conditions.map(
            |condition| match lowering.clause(&mut trie, condition, true) {
                Expr::All(terms) => terms,
                other => vec![other],
            },
        );
        let rules = rules.collect();
        Building {
            trie,
            facts,
            lowering,
            rules,
        }
    }

    fn finish(self, mut extractions: Vec<Option<Box<Extraction>>>) -> Program {
        let Building {
            trie,
            facts,
            lowering,
            rules,
        } = self;
        let atoms = lowering.atoms;
        let index = NameIndex::new(&rules, &atoms, &facts);
        let fields = Fields::new(&atoms, trie.slots());
        let deferral = Deferral::new(&trie, &atoms, &rules, &index, &facts);
        extractions.resize_with(rules.len(), || None);
        let mut copies = extraction::PartCopies::new();
        for (extraction, terms) in extractions.iter_mut().zip(&rules) {
            if let Some(extraction) = extraction {
                extraction.locate(&deferral, terms, &mut copies);
            }
        }
        Program {
            trie,
            facts,
            atoms,
            rules,
            extractions,
            index,
            fields,
            deferral,
        }
    }
}
