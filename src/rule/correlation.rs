//! What a rule asks of several events together.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::clause::Clause;
use super::kept::Kept;
use super::model::{Exception, Rule};
use super::selector::Selector;
use super::value::Pattern;
use crate::diagnostic::{Span, Spanned};

pub use super::measure::{Comparison, Measure, Percentile, Threshold};

/// The steps that one rule may have. An event may be of several of them, which is
/// kept as one bit for each.
pub const MOST_STEPS: usize = 32;

/// The events that an `order` or `all` may ask for, a step that is asked for
/// several times counted as often.
pub const MOST_PLACES: usize = 64;

/// The longest window: what lies further back is not kept.
pub const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(24 * 400);

/// A correlation: `correlate`, with the `steps` that it names.
#[derive(Debug, Clone)]
pub struct Correlation {
    /// The mapping under `correlate`.
    pub span: Span,
    /// The rule's id, for its signals to share.
    pub rule: Arc<str>,
    /// What is kept of an event that takes part.
    pub kept: Kept,
    /// Which events take part; the one step of a rule with `match` has no name.
    pub steps: Vec<Step>,
    /// What must hold of those that have one key.
    pub asks: Asks,
}

/// Which events take part, and under which key.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name under `steps`.
    pub name: Option<Spanned<String>>,
    /// Any of these.
    pub sources: Vec<StepSource>,
    /// Whose values are the key; none where all events have one.
    pub by: Vec<KeyPart>,
}

/// What makes an event take part.
#[derive(Debug, Clone)]
pub enum StepSource {
    /// It matches.
    Match(Clause),
    /// Another rule about single events matches it, and no exception of that rule
    /// covers it.
    Rule {
        /// That rule's id, where it is named.
        id: Spanned<String>,
        /// Its condition.
        condition: Box<Clause>,
        /// Its exceptions.
        exceptions: Vec<Exception>,
    },
    /// A correlation has a finding: the event that it names.
    Correlation {
        /// That rule's id, where it is named.
        id: Spanned<String>,
        /// The rule.
        rule: Box<Rule>,
    },
}

impl StepSource {
    /// What an event must be, where single events are asked.
    pub fn condition(&self) -> Option<&Clause> {
        match self {
            StepSource::Match(condition) => Some(condition),
            StepSource::Rule { condition, .. } => Some(condition),
            StepSource::Correlation { .. } => None,
        }
    }
}

/// One part of the key that events have in common.
#[derive(Debug, Clone)]
pub struct KeyPart {
    /// The fields to look at; the first that has a value is taken. Several only
    /// for `coalesce`.
    pub fields: Vec<Selector>,
    /// What of the text is taken: the first group of the pattern, or all that it
    /// matches.
    pub capture: Option<Pattern>,
    /// As it is written.
    pub span: Span,
}

impl KeyPart {
    /// The name in findings: the field, or the fields with `or` between them.
    pub fn name(&self) -> String {
        let names: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.text.as_str())
            .collect();
        names.join(" or ")
    }
}

/// What must hold of events with one key.
#[derive(Debug, Clone)]
pub enum Asks {
    /// Of those in a window.
    Window {
        /// How long the window is; both ends belong to it.
        within: Spanned<SignedDuration>,
        /// What is asked.
        kind: WindowKind,
    },
    /// A value that the key had not had before.
    FirstSeen {
        /// Whose values.
        fields: Vec<Selector>,
        /// How far back a value counts as seen.
        history: SignedDuration,
        /// How long a key must have been known before anything counts as new.
        learning: SignedDuration,
    },
}

/// What is asked of a window.
#[derive(Debug, Clone)]
pub enum WindowKind {
    /// How many events there are, or what they come to.
    Measure {
        /// What is measured.
        measure: Measure,
        /// What it must be.
        threshold: Threshold,
    },
    /// Events of certain steps.
    Sequence {
        /// The steps, by their place in [`Correlation::steps`]; a step may be asked
        /// for several times.
        places: Vec<usize>,
        /// Whether they must come in that order. Events of one time are in any.
        ordered: bool,
        /// How many of the places must be filled: all, or fewer where they are ordered.
        least: usize,
        /// Steps of which no event may follow in the rest of the window.
        absent: Vec<usize>,
    },
}

impl Correlation {
    /// Every selector that is read of an event, conditions apart.
    pub fn fields(&self) -> impl Iterator<Item = &Selector> {
        let keys = self.steps.iter().flat_map(|step| &step.by);
        let keys = keys.flat_map(|part| &part.fields);
        keys.chain(self.measured_fields())
    }

    /// The selectors of what is measured, or watched for new values.
    pub fn measured_fields(&self) -> &[Selector] {
        match &self.asks {
            Asks::Window {
                kind: WindowKind::Measure { measure, .. },
                ..
            } => measure.fields(),
            Asks::Window { .. } => &[],
            Asks::FirstSeen { fields, .. } => fields,
        }
    }

    /// The correlations whose findings take part.
    pub fn correlations(&self) -> impl Iterator<Item = &Rule> {
        let sources = self.steps.iter().flat_map(|step| &step.sources);
        sources.filter_map(|source| match source {
            StepSource::Correlation { rule, .. } => Some(&**rule),
            StepSource::Match(_) | StepSource::Rule { .. } => None,
        })
    }

    /// Keeps of events also what is kept for a rule that is about the findings of
    /// this one, and so on down.
    pub fn keep_too(&mut self, kept: &Kept) {
        self.kept.join(kept);
        let own = self.kept.clone();
        for source in self.steps.iter_mut().flat_map(|step| &mut step.sources) {
            if let StepSource::Correlation { rule, .. } = source
                && let Some(correlation) = &mut rule.correlation
            {
                correlation.keep_too(&own);
            }
        }
    }

    /// Keeps of events, for the correlations that this one is about, what is kept for
    /// the rules of their ids.
    pub(crate) fn keep_as(&mut self, kept: &BTreeMap<String, Kept>) {
        for source in self.steps.iter_mut().flat_map(|step| &mut step.sources) {
            if let StepSource::Correlation { rule, .. } = source
                && let Some(correlation) = &mut rule.correlation
            {
                if let Some(kept) = kept.get(&rule.id.value) {
                    correlation.kept.clone_from(kept);
                }
                correlation.keep_as(kept);
            }
        }
    }

    /// How long a window is, or how far back values count.
    pub fn reach(&self) -> SignedDuration {
        match &self.asks {
            Asks::Window { within, .. } => within.value,
            Asks::FirstSeen {
                history, learning, ..
            } => (*history).max(*learning),
        }
    }

    /// How long after the event that a finding names it may first be told: until the
    /// window is over, where nothing more must follow.
    pub fn decided_after(&self) -> SignedDuration {
        match &self.asks {
            Asks::Window { within, kind } => match kind {
                WindowKind::Measure { threshold, .. } if threshold.has_upper_bound() => {
                    within.value
                }
                WindowKind::Sequence { absent, .. } if !absent.is_empty() => within.value,
                WindowKind::Measure { .. } | WindowKind::Sequence { .. } => SignedDuration::ZERO,
            },
            Asks::FirstSeen { .. } => SignedDuration::ZERO,
        }
    }

    /// The name of a step, for people.
    pub fn step_name(&self, step: usize) -> Option<&str> {
        let name = self.steps.get(step)?.name.as_ref()?;
        Some(&name.value)
    }
}
