//! The compliance report: what a run says about controls, and on what grounds.
//!
//! In come findings one at a time ([`Collector`]), the rules and, at the end, the
//! summary; out comes a [`Report`]: each control with its status, the evidence base,
//! what the charts are drawn from, and the findings kept, the worst first. Memory is
//! bounded whatever the number of findings. `output` writes it as HTML and Markdown.

mod base;
mod chart;
mod control;
mod counts;
mod coverage;
mod delivery;
mod detail;
mod gap;
mod kept;
mod need;
mod together;

pub use base::{Base, Pack, Waiver, facts as base_facts};
pub use chart::{Bar, Charts, HeatMap, Timeline, Top};
pub use control::{Control, Framework, SCOPE, Status};
pub use counts::{Counts, Standing};
pub use coverage::{Coverage, CoveredControl, CoveredFramework};
pub use delivery::{AccountDelivery, Delivery, Stretch};
pub use gap::Gap;
pub use kept::{Findings, Keep, Row};

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::finding::{Finding, Gate, Summary, Suppression};
use crate::rule::{FrameworkControls, Rule, RuleSet};

use base::Waivers;
use kept::Kept;

/// What a report is made with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time the run is made for.
    pub now: Timestamp,
    /// Which findings fail the run.
    pub gate: Gate,
    /// The waivers that are in force, those too that cover nothing.
    pub waivers: Vec<WaiverInForce>,
    /// Controls that are to be told of although no rule may name them, by framework.
    pub controls: Vec<FrameworkControls>,
}

/// A waiver that covers events of the time the run is made for.
#[derive(Debug, Clone)]
pub struct WaiverInForce {
    /// The rules whose findings it may cover; of any where there is none.
    pub rules: Vec<String>,
    /// Who accepts them, why and for how long.
    pub by: Suppression,
}

/// Takes the findings of a run.
#[derive(Debug)]
pub struct Collector<'a> {
    set: &'a RuleSet,
    options: Options,
    rules: BTreeMap<String, Counts>,
    waivers: Waivers,
    charts: Charts,
    kept: Kept<'a>,
}

/// What a run says about controls.
#[derive(Debug)]
pub struct Report<'a> {
    /// The time the run was made for.
    pub now: Timestamp,
    /// What the run came to.
    pub summary: &'a Summary,
    /// The frameworks with their controls.
    pub frameworks: Vec<Framework>,
    /// The rules that loaded, by id.
    pub rules: Vec<RuleLine<'a>>,
    /// Why no control can be called clean.
    pub run_gaps: Vec<Gap>,
    /// On what grounds all this is said.
    pub base: Base,
    /// Of the findings that are not waived.
    pub charts: Charts,
    /// The worst findings.
    pub findings: Findings,
}

impl Report<'_> {
    /// The time the run was made for, to the second.
    pub fn made_for(&self) -> String {
        let second = Timestamp::from_second(self.now.as_second());
        second.unwrap_or(self.now).to_string()
    }
}

/// A rule and what it found.
#[derive(Debug)]
pub struct RuleLine<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its findings.
    pub counts: Counts,
    /// What it was not evaluated on.
    pub gaps: Vec<Gap>,
}

impl<'a> Collector<'a> {
    /// Of a run with these rules.
    pub fn new(set: &'a RuleSet, options: Options, keep: Keep) -> Self {
        Collector {
            set,
            rules: BTreeMap::new(),
            waivers: Waivers::default(),
            charts: Charts::default(),
            kept: Kept::new(keep, set.sources()),
            options,
        }
    }

    /// Takes a finding, suppressed ones too.
    pub fn take(&mut self, finding: &Finding) {
        let counts = self.rules.entry(finding.rule.clone()).or_default();
        counts.add(finding);
        if let Some(suppression) = &finding.suppressed {
            self.waivers.cover(&finding.rule, suppression);
        } else {
            self.charts.add(finding);
        }
        self.kept.take(finding);
    }

    /// Makes the report, when everything was read and judged.
    pub fn finish(mut self, summary: &'a Summary) -> Report<'a> {
        let findings = self.kept.finish();
        let run_gaps = gap::run_gaps(self.set, summary, &self.options.gate);
        let mut rules: Vec<RuleLine<'a>> = self
            .set
            .reporting()
            .map(|rule| RuleLine {
                rule,
                counts: self.rules.remove(&rule.id.value).unwrap_or_default(),
                gaps: gap::rule_gaps(rule, summary),
            })
            .collect();
        rules.sort_by(|a, b| a.rule.id.value.cmp(&b.rule.id.value));
        let frameworks = control::frameworks(
            self.set,
            &rules,
            &self.options.controls,
            &run_gaps,
            &findings,
        );
        Report {
            now: self.options.now,
            summary,
            frameworks,
            rules,
            run_gaps,
            base: Base::new(self.set, summary, self.waivers, &self.options),
            charts: self.charts,
            findings,
        }
    }
}

#[cfg(test)]
mod tests;
