//! The engine: records meet rules.
//!
//! In come the active rules of a set and records, one at a time or as whole
//! inputs; out come findings in the order of the input, what was wrong with the
//! input, and counts of everything read. The result does not depend on the
//! number of threads.

mod crew;
mod end;
mod follow;
mod input;
mod known;
mod matcher;
mod members;
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
use crate::event::{Asked, Losses};
use crate::finding::{self, Finding, Place};
use crate::reference;
use crate::rule::{Rule, RuleSet};
use crate::source::Folder;
use crate::waiver::Waivers;

pub use end::{InputEnd, InputIdentity};
pub use follow::{Stop, follow};
pub use input::{InputReport, scan_stream};
pub use known::Unevaluated;
pub use matcher::plan::{Answered, Left, Operator, Plan, Predicate, Question, Term, Witness};
pub use progress::{Progress, SoFar};
pub use scan::{Output, ScanOptions, ScanReport, scan, scan_watched};
pub use stats::{Built, Parsed, Stats, Times};

/// The active rules of a set, ready to judge records.
///
/// ```
/// use trailgate::engine::Engine;
/// use trailgate::rule::{Origin, RulesFile, load};
///
/// let text = "
/// id: user-created
/// title: User created
/// severity: medium
/// match: {eventSource: iam.amazonaws.com, eventName: CreateUser}
/// ";
/// let file = RulesFile {
///     name: "user.yaml".into(),
///     text: text.into(),
///     origin: Origin::User,
///     folder: None,
/// };
/// let loaded = load(vec![file], &[]);
/// let engine = Engine::new(&loaded.set);
/// let record = serde_json::json!({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"});
/// let judgement = engine.judge(&record, "export.json", 1);
/// assert_eq!(judgement.findings[0].rule, "user-created");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Engine<'r> {
    rules: &'r [Rule],
    asked: Option<&'r Asked>,
    trails: &'r [Folder],
    waivers: Option<&'r Waivers>,
}

/// What the rules say of one record.
#[derive(Debug, Default)]
pub struct Judgement {
    /// One for each rule that matches, in the order of the rules.
    pub findings: Vec<Finding>,
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
            asked: None,
            trails: &[],
            waivers: None,
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

    /// How the matcher runs a rule, told by its index, among the others.
    pub fn plan(&self, rule: usize) -> Option<Plan> {
        Plan::new(&Program::new(self.rules), rule)
    }

    /// How the matcher runs each of the rules, in their order.
    pub fn plans(&self) -> Vec<Plan> {
        let program = Program::new(self.rules);
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
            if truth.value {
                let mut finding = finding::build(rule, record, losses, place.clone());
                if let Some(waivers) = self.waivers {
                    waivers.apply(&mut finding, record, losses);
                }
                judgement.findings.push(finding);
            }
        }
        judgement
    }
}
