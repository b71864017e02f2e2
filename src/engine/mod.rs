//! The engine: records meet rules.
//!
//! In come the active rules of a set and records, one at a time or as whole
//! inputs; out come findings in the order of the input, what was wrong with the
//! input, and counts of everything read. The result does not depend on the
//! number of threads.

mod contents;
mod crew;
mod end;
mod follow;
mod input;
mod known;
mod matcher;
mod members;
mod note;
mod progress;
mod project;
mod reading;
mod scan;
mod seen;
mod stats;
mod stream;

use std::sync::Arc;

use serde_json::Value;

use crate::compile::Program;
use crate::correlate::{self, Occurrence, Signal, Unusable};
use crate::event::{self, Asked, Losses};
use crate::finding::{self, Finding, Place};
use crate::reference;
use crate::rule::correlation::Correlation;
use crate::rule::{Kept, Rule, RuleSet};
use crate::shape;
use crate::source::Folder;
use crate::waiver::Waivers;

pub use contents::{Look, look_into};
pub use end::{InputEnd, InputIdentity};
pub use follow::{Stop, follow};
pub use input::{InputReport, scan_stream};
pub use known::Unevaluated;
pub use matcher::plan::{
    Answered, Left, Names, Operator, Plan, Predicate, Question, Term, Witness,
};
pub use progress::{Progress, SoFar};
pub use scan::{Output, ScanOptions, ScanReport, scan, scan_watched};
pub use stats::{Built, Parsed, Stats, Times};

/// The active rules of a set, ready to judge records.
///
/// ```
/// use trailgate::engine::Engine;
/// use trailgate::rule::{RulesFile, load};
///
/// let text = "
/// id: user-created
/// title: User created
/// severity: medium
/// match: {eventSource: iam.amazonaws.com, eventName: CreateUser}
/// ";
/// let file = RulesFile::of_user("user.yaml", text);
/// let loaded = load(vec![file], &[]);
/// let engine = Engine::new(&loaded.set);
/// let record = serde_json::json!({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"});
/// let judgement = engine.judge(&record, "export.json", 1);
/// assert_eq!(judgement.findings[0].rule, "user-created");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Engine<'r> {
    rules: &'r [Rule],
    /// What those of them read that are about several events.
    kept: Option<&'r Kept>,
    asked: Option<&'r Asked>,
    trails: &'r [Folder],
    waivers: Option<&'r Waivers>,
    /// Whether it is said while a stream is read up to when its events are.
    tells_time: bool,
}

/// What the rules say of one record.
#[derive(Debug, Default)]
pub struct Judgement {
    /// One for each rule that matches, in the order of the rules; none of those that
    /// are about several events.
    pub findings: Vec<Finding>,
    /// What the event is to rules about several; see [`crate::correlate::Correlator`].
    pub signals: Vec<Signal>,
    /// Indices of the rules whose answer hangs on a `json:` field that could
    /// not be decoded.
    pub undecided: Vec<usize>,
    /// Indices of the rules whose answer hangs on fields that were lost before the
    /// record came here. They have no finding.
    pub unevaluated: Vec<usize>,
}

impl<'r> Engine<'r> {
    /// An engine over the active rules; inactive and failed ones are not run.
    pub fn new(set: &'r RuleSet) -> Self {
        Engine {
            rules: &set.rules,
            kept: set.kept(),
            asked: None,
            trails: &[],
            waivers: None,
            tells_time: false,
        }
    }

    /// The same, which says now and then up to when events were read.
    pub(super) fn telling_time(self) -> Self {
        Engine {
            tells_time: true,
            ..self
        }
    }

    /// The same, whose findings are marked where a waiver covers them.
    pub fn waiving(self, waivers: &'r Waivers) -> Self {
        let waivers = Some(waivers);
        Engine { waivers, ..self }
    }

    /// The same, for whole inputs: of their events only those asked about are
    /// judged, and the others are counted as [`crate::finding::Records::outside`].
    pub fn only(self, asked: &'r Asked) -> Self {
        let asked = (!asked.is_everything()).then_some(asked);
        Engine { asked, ..self }
    }

    /// The same, taking note of which trails events are read from:
    /// [`crate::finding::Coverage::trails`]. A trail is told by the folder that its
    /// files are in, for its records do not name it.
    pub fn expecting(self, trails: &'r [Folder]) -> Self {
        Engine { trails, ..self }
    }

    /// The rules that are run, in the order that indices refer to.
    pub fn rules(&self) -> &'r [Rule] {
        self.rules
    }

    /// The rules, ready to be run.
    pub(super) fn program(&self) -> Program {
        Program::new(self.rules, self.waivers.map(Waivers::kept))
    }

    /// How the matcher runs a rule, told by its index, among the others.
    pub fn plan(&self, rule: usize) -> Option<Plan> {
        Plan::new(&self.program(), rule)
    }

    /// How the matcher runs each of the rules, in their order.
    pub fn plans(&self) -> Vec<Plan> {
        let program = self.program();
        let each = 0..self.rules.len();
        each.filter_map(|rule| Plan::new(&program, rule)).collect()
    }

    /// Judges one record, which was read from `file` as its `number`th (from 1).
    pub fn judge(&self, record: &Value, file: impl Into<Arc<str>>, number: u64) -> Judgement {
        self.judge_at(
            record,
            &Place {
                file: file.into(),
                record: number,
            },
        )
    }

    /// The same of a record of which some fields were lost before it came here.
    pub fn judge_known(
        &self,
        record: &Value,
        losses: &Losses,
        file: impl Into<Arc<str>>,
        number: u64,
    ) -> Judgement {
        let place = Place {
            file: file.into(),
            record: number,
        };
        self.judge_by(0..self.rules.len(), record, losses, &place)
    }

    fn judge_at(&self, record: &Value, place: &Place) -> Judgement {
        self.judge_by(0..self.rules.len(), record, Losses::none(), place)
    }

    /// What some rules read of a record, where all of them are about several events:
    /// it need not be parsed whole for them. `None` where it must.
    fn parse_kept(&self, rules: &[u32], record: &[u8]) -> Option<Value> {
        let kept = self.kept?;
        let is_correlation = |rule: &u32| {
            let rule = self.rules.get(*rule as usize);
            rule.is_some_and(|rule| rule.correlation.is_some())
        };
        if !rules.iter().all(is_correlation) {
            return None;
        }
        let value = shape::parse_kept(record, kept, self.waivers.map(Waivers::kept))?;
        // An event without an id is told from others by all that it holds.
        event::event_id(&value).is_some().then_some(value)
    }

    /// Judges by some rules alone; those that cannot match may be left out.
    fn judge_by(
        &self,
        rules: impl IntoIterator<Item = usize>,
        record: &Value,
        losses: &Losses,
        place: &Place,
    ) -> Judgement {
        let mut judgement = Judgement::default();
        for index in rules {
            let rule = &self.rules[index];
            let truth = reference::evaluate_known(&rule.condition, record, losses);
            if truth.lost {
                judgement.unevaluated.push(index);
                continue;
            }
            if truth.open {
                judgement.undecided.push(index);
            }
            if truth.value
                && let Some(correlation) = &rule.correlation
            {
                let occurrence = Occurrence {
                    event: record,
                    losses,
                    place,
                    also: self.waivers.map(Waivers::kept),
                };
                self.signal(index, rule, correlation, occurrence, &mut judgement);
            } else if truth.value {
                let mut finding = finding::build(rule, record, losses, place.clone());
                if let Some(waivers) = self.waivers {
                    waivers.apply(&mut finding, record, losses);
                }
                judgement.findings.push(finding);
            }
        }
        judgement
    }

    /// Takes note of what an event is to a rule about several, and to those whose
    /// findings that is about.
    fn signal(
        &self,
        index: usize,
        rule: &Rule,
        correlation: &Correlation,
        occurrence: Occurrence<'_>,
        judgement: &mut Judgement,
    ) {
        match correlate::signals(rule, correlation, occurrence) {
            Ok(signals) => judgement.signals.extend(signals),
            Err(Unusable::Undecided) => judgement.undecided.push(index),
            Err(Unusable::Lost) => judgement.unevaluated.push(index),
        }
        for child in correlation.correlations() {
            // One that is run for itself too has them already.
            let runs = |other: &Rule| other.id.value == child.id.value;
            let Occurrence { event, losses, .. } = occurrence;
            if let Some(of_child) = &child.correlation
                && !self.rules.iter().any(runs)
                && reference::evaluate_known(&child.condition, event, losses).value
            {
                self.signal(index, child, of_child, occurrence, judgement);
            }
        }
    }
}
