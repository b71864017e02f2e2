//! Controls: what can be said of each, and why no more.
//!
//! Of what holds for a control the worst is its status: *violated* before *not
//! evaluated* before *waived* before *reviewed and clean*. So a control is clean only
//! where every rule that names it was evaluated on everything that was asked about,
//! and one whose known findings are waived does not look settled while another of its
//! rules never ran. A finding that the baseline knows violates as any other does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::event::DataPlane;
use crate::finding::{Failure, Gate, Summary, counted};
use crate::rule::{FrameworkControls, Rule, RuleSet};

use super::RuleLine;
use super::counts::{Counts, Standing};
use super::kept::Findings;
use super::need;

/// What a status is said of.
pub const SCOPE: &str = "What is said of a control holds for the accounts, the regions and the \
    time of the evidence base, and for the calls that its rules look for.";

/// Findings that a control names as its evidence.
const NAMED: usize = 5;

/// A framework with its controls in the order of their numbers.
#[derive(Debug)]
pub struct Framework {
    /// Such as `cis-aws-5.0`.
    pub name: String,
    /// Its controls.
    pub controls: Vec<Control>,
}

/// A control.
#[derive(Debug)]
pub struct Control {
    /// Such as `AC-2(12)`.
    pub id: String,
    /// The ids of the rules that name it, those that did not run included.
    pub rules: Vec<String>,
    /// Their findings.
    pub counts: Counts,
    /// What was not evaluated for it.
    pub gaps: Vec<Gap>,
    /// Some of the findings that are kept, the worst first, by their places there.
    pub evidence: Vec<usize>,
}

/// What can be said of a control, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// There is a finding that nothing covers.
    Violated,
    /// There may be one that was not seen.
    NotEvaluated,
    /// There are findings, and all of them are covered.
    Waived,
    /// All of it was evaluated, and nothing found.
    Clean,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 4] = [
        Status::Violated,
        Status::NotEvaluated,
        Status::Waived,
        Status::Clean,
    ];

    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Violated => "violated",
            Status::NotEvaluated => "not evaluated",
            Status::Waived => "violated, waived",
            Status::Clean => "reviewed and clean",
        }
    }
}

impl Control {
    /// What can be said of it.
    pub fn status(&self) -> Status {
        if self.counts.violations() > 0 {
            Status::Violated
        } else if !self.gaps.is_empty() {
            Status::NotEvaluated
        } else if self.counts.waived > 0 {
            Status::Waived
        } else {
            Status::Clean
        }
    }
}

impl Framework {
    /// How many of its controls have a status.
    pub fn count(&self, status: Status) -> u64 {
        let controls = self.controls.iter();
        controls
            .filter(|control| control.status() == status)
            .count() as u64
    }
}

/// Why something was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// No rule names the control.
    NoRule,
    /// A rule waits for lists.
    ListNotSet {
        /// The rule.
        rule: String,
        /// The lists.
        lists: Vec<String>,
    },
    /// A rule does not load.
    RuleFailed {
        /// The rule, or where it stands.
        rule: String,
    },
    /// A rule needs data events, and there were none.
    NoDataEvents {
        /// The rule.
        rule: String,
        /// Of what; of anything where it is empty.
        of: BTreeSet<DataPlane>,
    },
    /// Records had lost fields that a rule asks for.
    FieldsLost {
        /// The rule.
        rule: String,
        /// How many records.
        records: u64,
        /// The fields.
        fields: BTreeSet<String>,
    },
    /// A rule could not decode JSON in a field.
    Undecided {
        /// The rule.
        rule: String,
        /// Of how many events.
        events: u64,
    },
    /// What [`super::Report::run_gaps`] says holds for every control.
    Run,
    /// There was no event.
    NoEvent,
    /// A rule does not load, and which controls it is for cannot be told.
    UnknownControls {
        /// Where it stands.
        rule: String,
    },
    /// Not everything was read, or it is not what was delivered.
    Input {
        /// Why, as the verdict says it.
        why: String,
    },
    /// An account or a region was asked about, and not one event is of it.
    NotCovered {
        /// `account` or `region`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::NoRule => write!(f, "no rule names it"),
            Gap::ListNotSet { rule, lists } => {
                write!(
                    f,
                    "{rule} waits for a list that is not set ({})",
                    lists.join(", ")
                )
            }
            Gap::RuleFailed { rule } => {
                write!(f, "{rule} does not load or could not be evaluated")
            }
            Gap::NoDataEvents { rule, of } => {
                let of: Vec<_> = of.iter().map(|plane| plane.what()).collect();
                let of = match of.is_empty() {
                    true => String::new(),
                    false => format!(" of {}", of.join(" and ")),
                };
                write!(f, "{rule} needs data events{of}, and there were none")
            }
            Gap::FieldsLost {
                rule,
                records,
                fields,
            } => {
                let fields: Vec<_> = fields.iter().map(String::as_str).collect();
                write!(
                    f,
                    "{rule} was not evaluated on {} whose shape lost {}",
                    counted(*records, "record"),
                    fields.join(", ")
                )
            }
            Gap::Undecided { rule, events } => write!(
                f,
                "{rule} could not decode the JSON in a field of {}",
                counted(*events, "event")
            ),
            Gap::Run => write!(f, "the run did not cover everything"),
            Gap::NoEvent => write!(f, "not a single event was read"),
            Gap::UnknownControls { rule } => write!(
                f,
                "{rule} does not load, and which controls it is for cannot be told"
            ),
            Gap::Input { why } => write!(f, "{why}"),
            Gap::NotCovered { kind, name } => {
                write!(
                    f,
                    "{kind} {name} was asked about, and not one event is of it"
                )
            }
        }
    }
}

/// What keeps every control from being clean.
pub(super) fn run_gaps(set: &RuleSet, summary: &Summary, gate: &Gate) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if summary.records.events == 0 {
        gaps.push(Gap::NoEvent);
    }
    // That rules were not evaluated on some records is said of those rules, and what
    // verifying found wrong fails a run as findings do.
    let unanswered = summary.unanswered(gate.strictest());
    let said: Vec<String> = unanswered
        .into_iter()
        .chain(summary.failing(gate))
        .collect();
    let said = |why: &str| why == Summary::NO_EVENT || said.iter().any(|said| said == why);
    let reasons = summary.verdict.reasons().iter().filter(|reason| {
        matches!(reason.failure, Failure::Input | Failure::Findings) && !said(&reason.why)
    });
    gaps.extend(reasons.map(|reason| Gap::Input {
        why: reason.why.clone(),
    }));
    let unknown = set.failed.iter().filter(|failed| failed.controls.is_none());
    gaps.extend(unknown.map(|failed| Gap::UnknownControls {
        rule: failed.name.clone(),
    }));
    if summary.records.events > 0 {
        gaps.extend(not_covered(summary));
    }
    gaps
}

fn not_covered(summary: &Summary) -> impl Iterator<Item = Gap> {
    let (asked, seen) = (&summary.asked, &summary.coverage);
    let kinds = [
        ("account", &asked.accounts, &seen.accounts),
        ("region", &asked.regions, &seen.regions),
    ];
    kinds.into_iter().flat_map(|(kind, asked, seen)| {
        asked.difference(seen).map(move |name| Gap::NotCovered {
            kind,
            name: name.clone(),
        })
    })
}

/// What a rule was not evaluated on.
pub(super) fn rule_gaps(rule: &Rule, summary: &Summary) -> Vec<Gap> {
    let id = &rule.id.value;
    let mut gaps = Vec::new();
    let inactive = summary.rules.inactive.iter();
    gaps.extend(
        inactive
            .filter(|inactive| inactive.id == *id)
            .map(|inactive| Gap::ListNotSet {
                rule: id.clone(),
                lists: inactive.lists.clone(),
            }),
    );
    if let Some(of) = need::data_events(&rule.condition) {
        let seen = &summary.coverage.data;
        let absent: BTreeSet<DataPlane> = of.difference(seen).copied().collect();
        let any_will_do = of.is_empty() && !seen.is_empty();
        if !any_will_do && (of.is_empty() || !absent.is_empty()) {
            gaps.push(Gap::NoDataEvents {
                rule: id.clone(),
                of: absent,
            });
        }
    }
    let lost = summary.not_evaluated.iter();
    gaps.extend(
        lost.filter(|entry| entry.rule == *id)
            .map(|entry| Gap::FieldsLost {
                rule: id.clone(),
                records: entry.records,
                fields: entry.fields.clone(),
            }),
    );
    gaps.extend(summary.undecided.get(id).map(|events| Gap::Undecided {
        rule: id.clone(),
        events: *events,
    }));
    gaps
}

/// All controls that rules or lists of controls name.
pub(super) fn frameworks(
    set: &RuleSet,
    rules: &[RuleLine<'_>],
    listed: &[FrameworkControls],
    run_gaps: &[Gap],
    findings: &Findings,
) -> Vec<Framework> {
    let mut all = All::default();
    for entry in listed {
        entry.controls.iter().for_each(|id| {
            all.control(&entry.framework, id);
        });
    }
    for line in rules {
        let id = &line.rule.id.value;
        all.each_named(&line.rule.controls, |control| {
            control.rules.push(id.clone());
            control.counts.merge(&line.counts);
            control.gaps.extend(line.gaps.iter().cloned());
        });
    }
    for failed in &set.failed {
        all.each_named(failed.controls.as_deref().unwrap_or_default(), |control| {
            control.rules.push(failed.name.clone());
            control.gaps.push(Gap::RuleFailed {
                rule: failed.name.clone(),
            });
        });
    }
    let evidence = evidence(findings);
    all.finish(|control| {
        if control.rules.is_empty() {
            control.gaps.push(Gap::NoRule);
        }
        if !run_gaps.is_empty() {
            control.gaps.push(Gap::Run);
        }
        let rows = control
            .rules
            .iter()
            .filter_map(|rule| evidence.get(rule.as_str()));
        let mut rows: Vec<usize> = rows.flatten().copied().collect();
        rows.sort_unstable();
        rows.truncate(NAMED);
        control.evidence = rows;
    })
}

/// By rule, the first of its findings that are kept; waived ones where there are no
/// others.
fn evidence(findings: &Findings) -> BTreeMap<&str, Vec<usize>> {
    let mut by_rule: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, row) in findings.rows.iter().enumerate() {
        let places = by_rule.entry(&row.rule).or_default();
        let waived_beside_others = row.standing == Standing::Waived
            && places
                .first()
                .is_some_and(|first| findings.rows[*first].standing != Standing::Waived);
        if places.len() < NAMED && !waived_beside_others {
            places.push(place);
        }
    }
    by_rule
}

/// Controls by framework, both in the order of the numbers in their names.
#[derive(Default)]
struct All(BTreeMap<Natural, BTreeMap<Natural, Control>>);

impl All {
    fn control(&mut self, framework: &str, id: &str) -> &mut Control {
        let framework = self.0.entry(Natural::new(framework)).or_default();
        framework
            .entry(Natural::new(id))
            .or_insert_with(|| Control {
                id: id.to_owned(),
                rules: Vec::new(),
                counts: Counts::default(),
                gaps: Vec::new(),
                evidence: Vec::new(),
            })
    }

    /// Does something to each control that a rule names, once even where the rule
    /// names it twice.
    fn each_named(&mut self, named: &[FrameworkControls], mut change: impl FnMut(&mut Control)) {
        let ids: BTreeSet<(&str, &str)> = named
            .iter()
            .flat_map(|entry| {
                let ids = entry.controls.iter();
                ids.map(|id| (entry.framework.as_str(), id.as_str()))
            })
            .collect();
        for (framework, id) in ids {
            change(self.control(framework, id));
        }
    }

    fn finish(self, mut last: impl FnMut(&mut Control)) -> Vec<Framework> {
        let frameworks = self.0.into_iter();
        frameworks
            .map(|(name, controls)| Framework {
                name: name.text,
                controls: controls
                    .into_values()
                    .map(|mut control| {
                        last(&mut control);
                        control
                    })
                    .collect(),
            })
            .collect()
    }
}

/// A name that is ordered by the numbers in it: `4.2` before `4.10`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Natural {
    parts: Vec<(String, u64)>,
    text: String,
}

impl Natural {
    fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(rest.len());
            let (word, tail) = rest.split_at(digits);
            let end = tail
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(tail.len());
            let (number, tail) = tail.split_at(end);
            parts.push((word.to_owned(), number.parse().unwrap_or(0)));
            rest = tail;
        }
        Natural {
            parts,
            text: text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_come_in_the_order_of_their_numbers() {
        let mut ids = [
            "4.10", "AC-2(12)", "4.2", "AC-2(4)", "A.8.15", "AC-2", "10.1",
        ];
        ids.sort_by_key(|id| Natural::new(id));
        assert_eq!(
            ids,
            [
                "4.2", "4.10", "10.1", "A.8.15", "AC-2", "AC-2(4)", "AC-2(12)"
            ]
        );
    }

    #[test]
    fn the_status_is_the_worst_that_holds() {
        let status = |open, known, waived, gap: bool| {
            let control = Control {
                id: "1".into(),
                rules: Vec::new(),
                counts: Counts {
                    open,
                    known,
                    waived,
                    ..Counts::default()
                },
                gaps: gap.then_some(Gap::Run).into_iter().collect(),
                evidence: Vec::new(),
            };
            control.status()
        };
        for (gap, waived, known, open) in (0..16).map(|n| (n & 1, n & 2, n & 4, n & 8)) {
            let expected = if open + known > 0 {
                Status::Violated
            } else if gap > 0 {
                Status::NotEvaluated
            } else if waived > 0 {
                Status::Waived
            } else {
                Status::Clean
            };
            assert_eq!(status(open, known, waived, gap > 0), expected);
        }
    }
}
