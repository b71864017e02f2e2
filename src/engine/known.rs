//! Records of which fields were lost, and what that keeps rules from saying.
//!
//! In come records with their losses; out come the rules that are worth asking,
//! and counts of those that could not be answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::event::{self, Loss, Losses};
use crate::reference;
use crate::shape::Shape;

use super::Engine;

/// Rules that could not be evaluated on some records, because these had lost what
/// the rules ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unevaluated {
    /// By the shape that lost it and the rule's index in the engine.
    pub by_rule: BTreeMap<(Shape, usize), Missing>,
}

/// What one rule missed in the records of one shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many records it could not be evaluated on.
    pub records: u64,
    /// The fields that it asks for and that were lost, as it writes them.
    pub fields: BTreeSet<String>,
}

impl Unevaluated {
    /// Adds what another part of the input came to.
    pub(super) fn take_over(&mut self, other: Unevaluated) {
        for (key, missing) in other.by_rule {
            let known = self.by_rule.entry(key).or_default();
            known.records += missing.records;
            known.fields.extend(missing.fields);
        }
    }

    /// Counts a record.
    pub(super) fn add(
        &mut self,
        shape: Shape,
        rule: usize,
        fields: impl FnOnce() -> BTreeSet<String>,
    ) {
        let missing = self.by_rule.entry((shape, rule)).or_default();
        missing.records += 1;
        missing.fields.extend(fields());
    }
}

/// Pairs of names that are remembered; what a stream names more is not.
const MOST_PAIRS: usize = 4096;

/// The rules that may have something to say about an event, by its source and
/// name: the others are false whatever the rest of it holds. They are learnt once
/// for all inputs that a thread reads.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// By source, then by name.
    by_names: HashMap<String, HashMap<String, Vec<usize>>>,
    pairs: usize,
    /// Those of the latest pair that is not remembered.
    other: Vec<usize>,
    /// Every rule, once it was needed.
    all: Vec<usize>,
}

const NAMES: [&str; 2] = ["eventSource", "eventName"];

impl Candidates {
    /// Of a record that has lost something.
    pub(super) fn of(&mut self, engine: Engine<'_>, record: &Value, losses: &Losses) -> &[usize] {
        let is_known = |name: &str| losses.at([name]) == Loss::None;
        let names = (event::event_source(record), event::event_name(record));
        // What is no text, or was lost, may be anything.
        let (true, (Some(source), Some(name))) = (NAMES.into_iter().all(is_known), names) else {
            if self.all.is_empty() {
                self.all = (0..engine.rules().len()).collect();
            }
            return &self.all;
        };
        let known = |of: &Self| {
            of.by_names
                .get(source)
                .is_some_and(|n| n.contains_key(name))
        };
        if !known(self) {
            let rules = worth_asking(engine, [source, name]);
            if self.pairs >= MOST_PAIRS {
                self.other = rules;
                return &self.other;
            }
            self.pairs += 1;
            let of_source = self.by_names.entry(source.to_owned()).or_default();
            of_source.insert(name.to_owned(), rules);
        }
        let rules = self.by_names.get(source).and_then(|names| names.get(name));
        rules.map_or(&[], Vec::as_slice)
    }
}

/// The rules that are not false on an event of which only the names are known.
fn worth_asking(engine: Engine<'_>, texts: [&str; 2]) -> Vec<usize> {
    let mut record = Map::new();
    let mut losses = Losses::all();
    for (name, text) in NAMES.into_iter().zip(texts) {
        losses.keep(&[name]);
        record.insert(name.to_owned(), text.into());
    }
    let record = Value::Object(record);
    let rules = engine.rules().iter().enumerate();
    rules
        .filter(|(_, rule)| {
            let truth = reference::evaluate_known(&rule.condition, &record, &losses);
            truth.value || truth.lost || truth.open
        })
        .map(|(index, _)| index)
        .collect()
}
