//! What a run has read, left out, found and could not do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::correlated::CorrelationCounts;
use super::counted::counted;
use super::counts::{Failing, FindingCounts};
use super::covered::{BaselineCounts, ExpiredWaiver, Waived};
use super::expected::Expected;
use super::history::{HistoryCounts, KnownInputs};
use super::hours::ActiveHours;
use super::model::{Finding, Integrity};
use super::standing::{BaselineState, SuppressionKind};
use super::verdict::{FailOn, Failure, Gate, Verdict};
use crate::event::{Asked, DataPlane};
use crate::rule::{LeftOut, Rule, Severity};

/// Everything that is said after the findings. Counted up during a run, judged
/// once at its end with [`Summary::judge`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Files, streams and objects that were opened.
    pub inputs: Inputs,
    /// Those that were not, as an earlier run read them; `None` where nothing is kept
    /// of runs.
    pub known: Option<KnownInputs>,
    /// Which events were asked about.
    pub asked: Asked,
    /// For how long after the last moment asked about objects were taken to be
    /// delivered, where that decided what was read.
    pub delivery_margin: Option<SignedDuration>,
    /// Files that were left out on purpose, by kind: `hidden`, `digest`, ...
    pub skipped: BTreeMap<String, u64>,
    /// Records, by what they turned out to be.
    pub records: Records,
    /// Records with findings that had been delivered before.
    pub duplicates: u64,
    /// Where and when the events happened.
    pub coverage: Coverage,
    /// What had to send events; `None` where nothing is expected.
    pub expected: Option<Expected>,
    /// What vouches for the inputs; `None` where nobody asked.
    pub integrity: Option<IntegrityCounts>,
    /// What became of the rules.
    pub rules: RuleCounts,
    /// Events whose `json:` field could not be decoded, by rule.
    pub undecided: BTreeMap<String, u64>,
    /// Rules that could not be evaluated on some records, by shape and rule.
    pub not_evaluated: Vec<NotEvaluated>,
    /// What the rules about several events came to, findings apart; `None` where there
    /// is no such rule.
    pub correlation: Option<CorrelationCounts>,
    /// Findings that count.
    pub findings: FindingCounts,
    /// Findings that an exception or a waiver covers, by rule.
    pub suppressed: BTreeMap<String, u64>,
    /// Those of them that a waiver covers.
    pub waived: BTreeMap<Waived, u64>,
    /// What a baseline made of the findings; `None` where there is none.
    pub baseline: Option<BaselineCounts>,
    /// What it is beside earlier runs; `None` where nothing is kept of runs.
    pub history: Option<HistoryCounts>,
    /// Exceptions that cover nothing any more.
    pub expired_exceptions: Vec<ExpiredException>,
    /// Waivers that cover nothing any more.
    pub expired_waivers: Vec<ExpiredWaiver>,
    /// What it comes to.
    pub verdict: Verdict,
}

/// Counts of inputs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Read to their end.
    pub read: u64,
    /// Not opened, or not read to their end.
    pub failed: u64,
    /// The files in those of them that are archives.
    pub members: MemberCounts,
}

/// Counts of files in archives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberCounts {
    /// Read to their end.
    pub read: u64,
    /// Not read to their end.
    pub failed: u64,
}

impl MemberCounts {
    /// Adds the counts of another archive.
    pub fn add(&mut self, other: MemberCounts) {
        self.read += other.read;
        self.failed += other.failed;
    }
}

/// Counts of records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Evaluated.
    pub events: u64,
    /// Events outside of what was asked about, not evaluated.
    pub outside: u64,
    /// Damaged, or larger than the limit.
    pub bad: u64,
    /// CloudTrail Insights events.
    pub insight: u64,
    /// Digests of log files.
    pub digest: u64,
    /// CloudTrail events in a shape that is not read, by shape.
    pub unread: BTreeMap<String, u64>,
    /// Something else, by what it was.
    pub not_cloudtrail: BTreeMap<String, u64>,
    /// Of a major record version that is not known.
    pub unknown_version: u64,
}

impl Records {
    /// Adds the counts of another part of the input.
    pub fn merge(&mut self, other: &Records) {
        self.events += other.events;
        self.outside += other.outside;
        self.bad += other.bad;
        self.insight += other.insight;
        self.digest += other.digest;
        self.unknown_version += other.unknown_version;
        for (shape, count) in &other.unread {
            *self.unread.entry(shape.clone()).or_default() += count;
        }
        for (reason, count) in &other.not_cloudtrail {
            *self.not_cloudtrail.entry(reason.clone()).or_default() += count;
        }
    }
}

/// Inputs by what vouches for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrityCounts {
    /// How many of each; those without any are absent.
    pub files: BTreeMap<Integrity, u64>,
    /// Those of them that were not read for that.
    pub refused: u64,
}

/// When and where the evaluated events happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The earliest event time.
    pub first: Option<Timestamp>,
    /// The latest event time.
    pub last: Option<Timestamp>,
    /// Accounts that events belong to.
    pub accounts: BTreeSet<String>,
    /// Regions that calls were made to.
    pub regions: BTreeSet<String>,
    /// Trails, of those that are expected, that events were read from.
    pub trails: BTreeSet<String>,
    /// The hours in which accounts had events.
    pub hours: ActiveHours,
    /// What there were data events of.
    pub data: BTreeSet<DataPlane>,
}

impl Coverage {
    /// Takes note of an event.
    pub fn see(&mut self, time: Option<Timestamp>, account: Option<&str>, region: Option<&str>) {
        if let (Some(time), Some(account)) = (time, account) {
            self.hours.see(account, time);
        }
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        remember(&mut self.accounts, account);
        remember(&mut self.regions, region);
    }

    /// Takes over what another part of the input covers.
    pub fn merge(&mut self, other: &Coverage) {
        for time in [other.first, other.last] {
            self.see(time, None, None);
        }
        self.accounts.extend(other.accounts.iter().cloned());
        self.regions.extend(other.regions.iter().cloned());
        self.trails.extend(other.trails.iter().cloned());
        self.hours.merge(&other.hours);
        self.data.extend(&other.data);
    }
}

fn remember(set: &mut BTreeSet<String>, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !set.contains(*name)) {
        set.insert(name.to_owned());
    }
}

/// What became of the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// How many were evaluated.
    pub active: u64,
    /// Those of the embedded pack that wait for a list.
    pub inactive: Vec<InactiveRule>,
    /// Ids, or files where there is no id, of those that did not load or could
    /// not be evaluated.
    pub failed: Vec<String>,
    /// How many Sigma rules are about other logs.
    pub not_applicable: u64,
    /// How many Sigma rules report through correlations alone.
    pub unreported: u64,
    /// Those that the configuration switches off.
    pub off: Vec<OffRule>,
    /// How many the profile leaves out, where it leaves out any.
    pub left_out: Option<LeftOut>,
    /// Those that the configuration gives another severity.
    pub changed: Vec<ChangedRule>,
}

/// A rule that was not evaluated because the configuration says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffRule {
    /// The rule's id.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Where that is written, such as `trailgate.yaml:7`.
    pub place: String,
}

/// A rule whose findings have another severity than it is written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRule {
    /// The rule's id.
    pub id: String,
    /// What its findings have.
    pub severity: Severity,
    /// What it is written with.
    pub written: Severity,
    /// Why.
    pub reason: String,
    /// Where that is written, such as `trailgate.yaml:7`.
    pub place: String,
}

/// A rule that was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InactiveRule {
    /// The rule's id.
    pub id: String,
    /// The lists that nobody set.
    pub lists: Vec<String>,
}

/// A rule that some records could not be judged by: the shape that they came in
/// had lost what the rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEvaluated {
    /// The rule's id.
    pub rule: String,
    /// The highest severity that a finding of it may have.
    pub severity: Severity,
    /// The shape.
    pub shape: String,
    /// How many records.
    pub records: u64,
    /// The fields that were lost, as the rule writes them.
    pub fields: BTreeSet<String>,
}

/// What a run may come to and still be clean, because somebody said so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// That there is not a single event.
    pub empty: bool,
    /// That rules were not evaluated on some records.
    pub not_evaluated: bool,
}

/// An exception whose end has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredException {
    /// The rule that it stands in.
    pub rule: String,
    /// Whose it was.
    pub owner: String,
    /// Why it was.
    pub reason: String,
    /// First moment that it did not cover.
    pub since: Timestamp,
}

/// The exceptions of these rules that cover no event from `now` on.
pub fn expired_exceptions<'a>(
    rules: impl IntoIterator<Item = &'a Rule>,
    now: Timestamp,
) -> Vec<ExpiredException> {
    let of_rule = |rule: &'a Rule| {
        rule.exceptions.iter().filter_map(move |exception| {
            let accepted = &exception.accepted;
            let since = accepted.ends.as_ref()?.value;
            accepted.expired(now).then(|| ExpiredException {
                rule: rule.id.value.clone(),
                owner: accepted.owner.clone(),
                reason: accepted.reason.clone(),
                since,
            })
        })
    };
    rules.into_iter().flat_map(of_rule).collect()
}

impl Summary {
    /// Counts a finding, or that it is suppressed, or known to a baseline.
    pub fn count(&mut self, finding: &Finding) {
        if let Some(by) = &finding.suppressed {
            *self.suppressed.entry(finding.rule.clone()).or_default() += 1;
            if by.kind == SuppressionKind::Waiver {
                let waived = Waived::of(&finding.rule, by);
                *self.waived.entry(waived).or_default() += 1;
            }
        } else if finding.baseline == Some(BaselineState::Known) {
            self.baseline.get_or_insert_default().known.add(finding);
        } else {
            self.findings.add(finding);
        }
    }

    /// Findings that an exception covers, by rule.
    pub fn excepted(&self) -> BTreeMap<&str, u64> {
        let suppressed = self.suppressed.iter();
        let mut excepted: BTreeMap<&str, u64> = suppressed
            .map(|(rule, count)| (rule.as_str(), *count))
            .collect();
        for (waived, count) in &self.waived {
            if let Some(all) = excepted.get_mut(waived.rule.as_str()) {
                *all = all.saturating_sub(*count);
            }
        }
        excepted.retain(|_, count| *count > 0);
        excepted
    }

    /// Whether every rule could be evaluated on everything that was read.
    pub fn is_evaluated(&self) -> bool {
        let correlation = self.correlation.as_ref();
        self.not_evaluated.is_empty() && !correlation.is_some_and(CorrelationCounts::leaves_open)
    }

    /// Whether there was no event although everything was read.
    pub fn has_nothing_to_judge(&self) -> bool {
        let records = &self.records;
        let unjudged = records.bad + records.unknown_version;
        let unread = self.inputs.failed + unjudged + records.unread.values().sum::<u64>();
        unread == 0 && self.has_no_event()
    }

    /// Whether neither this run nor an earlier one judged an event of the inputs.
    fn has_no_event(&self) -> bool {
        self.records.events == 0 && self.known.is_none_or(|known| known.events == 0)
    }

    /// The reason that there was no event.
    pub const NO_EVENT: &str = "not a single event";

    /// The reason that rules which may fail the run were not evaluated on some
    /// records, if there are any.
    pub fn unanswered(&self, fail_on: FailOn) -> Option<String> {
        let failing = self.not_evaluated.iter();
        let failing = failing.filter(|entry| fail_on.includes(entry.severity));
        let rules: BTreeSet<&str> = failing.map(|entry| entry.rule.as_str()).collect();
        (!rules.is_empty()).then(|| {
            format!(
                "{} not evaluated on some records, whose shape lost what is asked for",
                counted(rules.len() as u64, "rule")
            )
        })
    }

    /// The reasons that findings fail the run, if they do.
    pub fn failing(&self, gate: &Gate) -> Vec<String> {
        let reason = |failing: Failing| {
            let count = counted(failing.count, "finding");
            format!("{count} at or above {}{}", failing.threshold, failing.place)
        };
        let failing = self.findings.failing(gate);
        failing.into_iter().map(reason).collect()
    }

    /// Adds to the verdict what the counts say. Reasons that are there stay.
    pub fn judge(&mut self, gate: &Gate, allowed: Allowed) {
        for rule in &self.rules.failed {
            let why = format!("{rule} does not load or could not be evaluated");
            self.verdict.fail(Failure::Rules, why);
        }
        let failed = self.inputs.failed;
        let bad = self.records.bad;
        let unknown = self.records.unknown_version;
        let unread = self.records.unread.values().sum();
        let input = [
            (
                failed > 0,
                format!("{} not read in full", counted(failed, "input")),
            ),
            (
                bad > 0,
                format!("{} could not be read", counted(bad, "record")),
            ),
            (
                unknown > 0,
                format!("{} of an unknown version", counted(unknown, "record")),
            ),
            (
                unread > 0,
                format!("{} in a shape that is not read", counted(unread, "record")),
            ),
            (
                self.has_no_event() && !allowed.empty,
                Summary::NO_EVENT.to_owned(),
            ),
        ];
        for (_, why) in input.into_iter().filter(|(holds, _)| *holds) {
            self.verdict.fail(Failure::Input, why);
        }
        let unanswered = self.unanswered(gate.strictest());
        if let Some(why) = unanswered.filter(|_| !allowed.not_evaluated) {
            self.verdict.fail(Failure::Input, why);
        }
        let refused = self.correlation.as_ref().map_or(0, |counts| counts.refused);
        if refused > 0 && !allowed.not_evaluated {
            let why = format!(
                "{} not correlated for want of room",
                counted(refused, "event")
            );
            self.verdict.fail(Failure::Input, why);
        }
        for why in self.expected.iter().flat_map(Expected::reasons) {
            self.verdict.fail(Failure::Input, why);
        }
        for why in self.failing(gate) {
            self.verdict.fail(Failure::Findings, why);
        }
    }
}

#[cfg(test)]
mod tests;
