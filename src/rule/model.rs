//! A rule as everything behind the front ends sees it.

use std::fmt;

use jiff::Timestamp;

use super::clause::Clause;
use super::correlation::Correlation;
use super::kept::Kept;
use super::overrides::SeveritySet;
use super::selector::Selector;
use super::test::RuleTest;
use crate::diagnostic::{Span, Spanned};

/// How bad a finding is. Ordered: `Info < Low < Medium < High < Critical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For the record.
    Info,
    /// Look when there is time.
    Low,
    /// Look this week.
    Medium,
    /// Look today.
    High,
    /// Look now.
    Critical,
}

impl Severity {
    /// All severities, the mildest first.
    pub const ALL: [Severity; 5] = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];

    /// The name in rules and outputs.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Severity> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.name() == text)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where a rule comes from, which decides what an unset list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Of the embedded pack.
    Embedded,
    /// Written or named by the user.
    User,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Names the rule everywhere; unique in a rule set.
    pub id: Spanned<String>,
    /// One line for people.
    pub title: String,
    /// How bad a finding is, unless `severity_when` says otherwise.
    pub severity: Severity,
    /// Other severities; the first whose condition matches wins.
    pub severity_when: Vec<SeverityWhen>,
    /// The severity it was written with, where the configuration gives it the one
    /// above for every finding.
    pub severity_set: Option<SeveritySet>,
    /// Why it matters and when it is benign.
    pub description: Option<String>,
    /// What to do.
    pub remediation: Option<String>,
    /// Where to read on: URLs.
    pub references: Vec<String>,
    /// Free words to choose rules by.
    pub tags: Vec<String>,
    /// ATT&CK technique ids, such as `T1078.004`.
    pub attack: Vec<String>,
    /// The controls of compliance frameworks that the rule gives evidence for.
    pub controls: Vec<FrameworkControls>,
    /// What an event must be to match; of a correlation, to take part.
    pub condition: Clause,
    /// What is asked of several events together, if it is.
    pub correlation: Option<Correlation>,
    /// What is matched but accepted.
    pub exceptions: Vec<Exception>,
    /// What to say of a finding; the title where the rule has none.
    pub message: Template,
    /// Whose values identify a finding across runs; empty means the default:
    /// event name, principal, account and region.
    pub key: Vec<Selector>,
    /// What is masked in every output although it does not look like a credential.
    pub sensitive: Vec<Selector>,
    /// The rule's own tests.
    pub tests: Vec<RuleTest>,
    /// Whose work it is, where that is written.
    pub attribution: Attribution,
    /// Where the rule comes from.
    pub origin: Origin,
    /// The whole rule in its file.
    pub span: Span,
}

impl Rule {
    /// Sees to it that what the rule reads is kept of events, where it is about several.
    pub(crate) fn keep_what_it_reads(&mut self) {
        let kept = self.correlation.is_some().then(|| Kept::of(self));
        if let (Some(correlation), Some(kept)) = (&mut self.correlation, kept) {
            correlation.keep_too(&kept);
        }
    }
}

/// Whose work a rule is, and what was made of whose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attribution {
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Under what licence, as an SPDX identifier or in words.
    pub license: Option<String>,
    /// What it was made from, one line each: the rule of another collection, say.
    pub derived_from: Vec<String>,
}

/// One entry of `severity_when`.
#[derive(Debug, Clone)]
pub struct SeverityWhen {
    /// The severity it gives.
    pub severity: Severity,
    /// When.
    pub condition: Clause,
}

/// The controls of one framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkControls {
    /// Such as `cis-aws-5.0` or `nist-800-53-r5`.
    pub framework: String,
    /// Ids of controls, such as `4.1` or `AC-2(12)`.
    pub controls: Vec<String>,
}

/// An accepted match.
#[derive(Debug, Clone)]
pub struct Exception {
    /// Who accepts it, why and for how long.
    pub accepted: Acceptance,
    /// Which matches.
    pub condition: Clause,
    /// The whole exception in its file.
    pub span: Span,
}

/// Who accepts findings, why and for how long. Covers events by their own time, so
/// that a re-scan of history gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Why they are accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who agreed to it, where that is written down.
    pub approved_by: Option<String>,
    /// Where it was agreed, such as `SEC-142`.
    pub ticket: Option<String>,
    /// First moment covered; from the beginning if absent.
    pub starts: Option<Spanned<Timestamp>>,
    /// First moment no longer covered (a date in a file covers that whole day, UTC).
    pub ends: Option<Spanned<Timestamp>>,
}

impl Acceptance {
    /// Whether an event of this time lies in the period. An event without a
    /// readable time lies in none that is bounded.
    pub fn covers(&self, event_time: Option<Timestamp>) -> bool {
        match event_time {
            Some(time) => {
                self.starts
                    .as_ref()
                    .is_none_or(|starts| starts.value <= time)
                    && self.ends.as_ref().is_none_or(|ends| time < ends.value)
            }
            None => self.starts.is_none() && self.ends.is_none(),
        }
    }

    /// Whether it covers no event from `now` on.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.ends.as_ref().is_some_and(|ends| ends.value <= now)
    }
}

/// A message with places for fields.
#[derive(Debug, Clone)]
pub struct Template {
    /// Literal text and places, in order.
    pub parts: Vec<TemplatePart>,
}

/// A piece of a [`Template`].
#[derive(Debug, Clone)]
pub enum TemplatePart {
    /// Said as it is.
    Text(String),
    /// The values of a selector: `{userIdentity.arn}`.
    Field(Selector),
    /// Of the element that a block matched: `{matched}` or `{matched.cidrIp}`;
    /// the selector starts at the element.
    Matched(Selector),
    /// Of the events that a correlation found together: `{correlated.events}`.
    Correlated(CorrelatedPart),
    /// The values of a selector in the event of a step: `{steps.created.eventTime}`.
    OfStep {
        /// The step, by its place in the correlation.
        step: usize,
        /// The selector.
        selector: Selector,
    },
}

/// What a message can say of the events that a correlation found together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrelatedPart {
    /// How many there are.
    Events,
    /// What was measured: a count, a sum, a share.
    Measured,
    /// The values that are new.
    Values,
    /// The time from the first to the last.
    Span,
}

impl CorrelatedPart {
    /// All with the names they have in messages.
    pub const ALL: [(&'static str, CorrelatedPart); 4] = [
        ("events", CorrelatedPart::Events),
        ("measured", CorrelatedPart::Measured),
        ("values", CorrelatedPart::Values),
        ("span", CorrelatedPart::Span),
    ];

    /// The name in messages.
    pub fn name(self) -> &'static str {
        let mut all = CorrelatedPart::ALL.iter();
        all.find(|(_, part)| *part == self)
            .map_or("", |(name, _)| name)
    }
}
