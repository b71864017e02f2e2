//! Controls: what can be said of each, and why no more.
//!
//! Of what holds for a control the worst is its status: *violated* before *not
//! evaluated* before *waived* before *reviewed and clean*. So a control is clean only
//! where every rule that names it was evaluated on everything that was asked about,
//! and one whose known findings are waived does not look settled while another of its
//! rules never ran. A finding that the baseline knows violates as any other does.

use std::collections::{BTreeMap, BTreeSet};

use crate::rule::{Definitions, FrameworkControls, RuleSet};

use super::RuleLine;
use super::counts::{Counts, Standing};
use super::gap::Gap;
use super::kept::Findings;

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
    /// What it is about, where the framework is known.
    pub title: Option<String>,
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

/// All controls that rules or lists of controls name, and of the frameworks that are
/// named the others that are known.
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
    all.add_known(&set.definitions);
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
                title: None,
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

    /// The other controls of the frameworks that are told of, and what all are about.
    fn add_known(&mut self, definitions: &Definitions) {
        for framework in self.frameworks() {
            let Some(known) = definitions.frameworks.get(&framework) else {
                continue;
            };
            for control in &known.controls {
                self.control(&framework, &control.id).title = control.title.clone();
            }
        }
    }

    fn frameworks(&self) -> Vec<String> {
        self.0.keys().map(|name| name.text.clone()).collect()
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
pub(super) struct Natural {
    parts: Vec<(String, u64)>,
    pub text: String,
}

impl Natural {
    pub fn new(text: &str) -> Self {
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
                title: None,
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
