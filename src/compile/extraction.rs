//! How the signals of a rule about several events are made of what is projected.
//!
//! In comes a correlation; out come the slots of its keys, of what it measures and of
//! what it keeps. Only what plain paths lead to is had in this way: a rule that asks
//! for more is left to [`crate::correlate::signals`], which says what signals are.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::lower::Lowering;
use super::{Deferral, Expr, Slot, Trie, Wanted};
use crate::correlate::is_hidden;
use crate::rule::correlation::{Asks, Correlation, KeyPart, Measure, Step, StepSource, WindowKind};
use crate::rule::selector::Selector;
use crate::rule::value::Pattern;
use crate::rule::{Kept, Rule};

/// What is looked at for the signals of one rule.
#[derive(Debug)]
pub(crate) struct Extraction {
    /// The rule's id, for signals to share.
    pub(crate) rule: Arc<str>,
    pub(crate) steps: Vec<ExtractedStep>,
    pub(crate) measured: ExtractedMeasure,
    /// What is kept of the event.
    pub(crate) copy: CopyOf,
    /// The same without what is kept for others than the rule, where that is less: it
    /// tells events apart.
    pub(crate) own: Option<CopyOf>,
    pub(crate) event_id: Slot,
    /// The parts of a record that are looked at, for the rule's condition too.
    pub(crate) parts: Wanted,
    /// The parts that are copied.
    pub(crate) copied: Wanted,
}

/// A step that events may be of.
#[derive(Debug)]
pub(crate) struct ExtractedStep {
    /// Its bit among [`crate::correlate::Signal::steps`].
    pub(crate) bit: u32,
    /// What must hold beside the rule's condition.
    pub(crate) condition: Option<Expr>,
    pub(crate) by: Vec<ExtractedPart>,
}

/// A part of the key.
#[derive(Debug)]
pub(crate) struct ExtractedPart {
    /// The first that has a value.
    pub(crate) fields: Vec<Slot>,
    pub(crate) capture: Option<Pattern>,
    pub(crate) hidden: bool,
}

/// What is measured of an event.
#[derive(Debug)]
pub(crate) enum ExtractedMeasure {
    Event,
    /// The values of these, and whether they are hidden.
    Values(Vec<(Slot, bool)>),
    Sum(Slot),
    Numbers(Slot),
    Ratio(Slot, BTreeSet<String>),
}

/// A copy of what stands in a record, members in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CopyOf {
    Whole(Slot),
    Members(Vec<CopyOfMember>),
}

/// A member of an object that is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopyOfMember {
    /// The key as JSON, with the colon.
    pub(crate) key: Box<str>,
    pub(crate) slot: Slot,
    pub(crate) value: CopyOf,
    /// Where it is a part of the record.
    pub(crate) part: Option<CopyOfPart>,
}

/// A copy of a part of the record: of what came before it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CopyOfPart {
    pub(crate) part: usize,
    /// Tells it from other copies; those that rules have alike have one number.
    pub(crate) number: u32,
}

/// The copies of parts by their numbers, each with its slot.
pub(super) type PartCopies = Vec<(Slot, CopyOf)>;

impl Extraction {
    /// For a rule, where plain paths are enough; `also` is kept for others.
    pub(super) fn new(
        trie: &mut Trie,
        lowering: &mut Lowering,
        rule: &Rule,
        also: Option<&Kept>,
    ) -> Option<Self> {
        let correlation = rule.correlation.as_ref()?;
        if !rule.exceptions.is_empty() || correlation.correlations().next().is_some() {
            return None;
        }
        let steps = correlation.steps.iter().enumerate();
        let steps = steps.map(|(index, step)| {
            Some(ExtractedStep {
                bit: 1_u32.checked_shl(index as u32)?,
                condition: condition(trie, lowering, correlation, step)?,
                by: parts(trie, rule, &step.by)?,
            })
        });
        let steps = steps.collect::<Option<_>>()?;
        let both = also
            .filter(|also| !correlation.kept.holds(also))
            .map(|also| {
                let mut both = correlation.kept.clone();
                both.join(also);
                both
            });
        let own = CopyOf::new(trie, &mut Vec::new(), &correlation.kept)?;
        let (copy, own) = match both {
            Some(both) => (CopyOf::new(trie, &mut Vec::new(), &both)?, Some(own)),
            None => (own, None),
        };
        Some(Extraction {
            rule: Arc::clone(&correlation.rule),
            steps,
            measured: measured(trie, rule, correlation)?,
            copy,
            own,
            event_id: trie.slot(&["eventID"]),
            parts: Wanted::default(),
            copied: Wanted::default(),
        })
    }

    /// Looks up which parts of records it looks at and copies, once that is known.
    pub(super) fn locate(&mut self, deferral: &Deferral, terms: &[Expr], copies: &mut PartCopies) {
        let mut wanted = Wanted::default();
        let conditions = self.steps.iter().filter_map(|step| step.condition.as_ref());
        for expr in terms.iter().chain(conditions) {
            wanted = wanted.and(deferral.wanted(expr));
        }
        let mut see = |slot: Slot| wanted = wanted.and(deferral.part_of(slot));
        let keys = self.steps.iter().flat_map(|step| &step.by);
        keys.flat_map(|part| &part.fields)
            .copied()
            .for_each(&mut see);
        match &self.measured {
            ExtractedMeasure::Event => {}
            ExtractedMeasure::Values(fields) => fields.iter().for_each(|(slot, _)| see(*slot)),
            ExtractedMeasure::Sum(slot)
            | ExtractedMeasure::Numbers(slot)
            | ExtractedMeasure::Ratio(slot, _) => see(*slot),
        }
        self.parts = wanted;
        for copy in [&mut self.copy].into_iter().chain(&mut self.own) {
            self.copied = self.copied.and(copy.locate(deferral, copies));
        }
    }
}

/// What an event of a step must meet; `Some(None)` where the rule's condition is that.
fn condition(
    trie: &mut Trie,
    lowering: &mut Lowering,
    correlation: &Correlation,
    step: &Step,
) -> Option<Option<Expr>> {
    if let ([_], [StepSource::Match(_)]) = (correlation.steps.as_slice(), step.sources.as_slice()) {
        return Some(None);
    }
    let sources = step.sources.iter().map(|source| match source {
        StepSource::Match(condition) => Some(lowering.clause(trie, condition, true)),
        StepSource::Rule {
            condition,
            exceptions,
            ..
        } if exceptions.is_empty() => Some(lowering.clause(trie, condition, true)),
        StepSource::Rule { .. } | StepSource::Correlation { .. } => None,
    });
    Some(Some(Expr::any(sources.collect::<Option<_>>()?)))
}

fn parts(trie: &mut Trie, rule: &Rule, by: &[KeyPart]) -> Option<Vec<ExtractedPart>> {
    let parts = by.iter().map(|part| {
        let fields = part.fields.iter().map(|field| slot(trie, field));
        Some(ExtractedPart {
            fields: fields.collect::<Option<_>>()?,
            capture: part.capture.clone(),
            hidden: part.fields.iter().any(|field| is_hidden(rule, field)),
        })
    });
    parts.collect()
}

fn measured(trie: &mut Trie, rule: &Rule, correlation: &Correlation) -> Option<ExtractedMeasure> {
    let mut values = |fields: &[Selector]| {
        let fields = fields.iter();
        let fields = fields.map(|field| Some((slot(trie, field)?, is_hidden(rule, field))));
        Some(ExtractedMeasure::Values(fields.collect::<Option<_>>()?))
    };
    match &correlation.asks {
        Asks::FirstSeen { fields, .. } => values(fields),
        Asks::Window { kind, .. } => match kind {
            WindowKind::Sequence { .. } => Some(ExtractedMeasure::Event),
            WindowKind::Measure { measure, .. } => match measure {
                Measure::Count | Measure::Steps => Some(ExtractedMeasure::Event),
                Measure::Distinct(fields) => values(fields),
                Measure::Sum(field) => Some(ExtractedMeasure::Sum(slot(trie, field)?)),
                Measure::Average(field) | Measure::Percentile { field, .. } => {
                    Some(ExtractedMeasure::Numbers(slot(trie, field)?))
                }
                Measure::Ratio { field, of } => {
                    Some(ExtractedMeasure::Ratio(slot(trie, field)?, of.clone()))
                }
            },
        },
    }
}

/// The slot of a field that a dotted path leads to.
fn slot(trie: &mut Trie, field: &Selector) -> Option<Slot> {
    let keys = field.dotted_keys().filter(|keys| !keys.is_empty())?;
    Some(trie.slot(&keys))
}

impl CopyOf {
    /// Of what stands below a path.
    fn new<'k>(trie: &mut Trie, path: &mut Vec<&'k str>, kept: &'k Kept) -> Option<Self> {
        let members = match kept {
            // A whole record is copied by nobody.
            Kept::Whole if path.is_empty() => return None,
            Kept::Whole => return Some(CopyOf::Whole(trie.slot(path))),
            Kept::Members(members) => members,
        };
        let members = members.iter().map(|(key, below)| {
            path.push(key);
            let slot = trie.slot(path);
            let value = CopyOf::new(trie, path, below);
            path.pop();
            Some(CopyOfMember {
                key: format!("{}:", serde_json::Value::from(key.as_str())).into(),
                slot,
                value: value?,
                part: None,
            })
        });
        Some(CopyOf::Members(members.collect::<Option<_>>()?))
    }

    /// Numbers what it copies of the parts of records, and says which these are.
    fn locate(&mut self, deferral: &Deferral, copies: &mut PartCopies) -> Wanted {
        let members = match self {
            CopyOf::Whole(slot) => return deferral.part_of(*slot),
            CopyOf::Members(members) => members,
        };
        let mut wanted = Wanted::default();
        for CopyOfMember {
            slot, value, part, ..
        } in members
        {
            let of = deferral.part_of(*slot);
            wanted = wanted.and(of);
            *part = of.first().map(|part| {
                let known = copies
                    .iter()
                    .position(|(at, copy)| at == slot && copy == value);
                if known.is_none() {
                    copies.push((*slot, value.clone()));
                }
                let number = known.unwrap_or(copies.len() - 1);
                CopyOfPart {
                    part,
                    number: number as u32,
                }
            });
        }
        wanted
    }
}
