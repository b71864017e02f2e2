//! What a run has read, left out, found and could not do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::counted::counted;
use super::history::{HistoryCounts, KnownInputs};
use super::model::{Finding, Integrity};
use super::verdict::{FailOn, Failure, Verdict};
use crate::event::Asked;
use crate::rule::{Rule, Severity};

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
    /// What vouches for the inputs; `None` where nobody asked.
    pub integrity: Option<IntegrityCounts>,
    /// What became of the rules.
    pub rules: RuleCounts,
    /// Events whose `json:` field could not be decoded, by rule.
    pub undecided: BTreeMap<String, u64>,
    /// Rules that could not be evaluated on some records, by shape and rule.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Findings that count.
    pub findings: FindingCounts,
    /// Findings that an exception covers, by rule.
    pub suppressed: BTreeMap<String, u64>,
    /// What it is beside earlier runs; `None` where nothing is kept of runs.
    pub history: Option<HistoryCounts>,
    /// Exceptions that cover nothing any more.
    pub expired_exceptions: Vec<ExpiredException>,
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
}

impl Coverage {
    /// Takes note of an event.
    pub fn see(&mut self, time: Option<Timestamp>, account: Option<&str>, region: Option<&str>) {
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

/// Counts of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingCounts {
    /// By severity; those without findings are absent.
    pub by_severity: BTreeMap<Severity, u64>,
    /// By rule; those without findings are absent.
    pub by_rule: BTreeMap<String, u64>,
}

impl FindingCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.by_severity.values().sum()
    }

    /// Those that fail a run.
    pub fn failing(&self, fail_on: FailOn) -> u64 {
        self.by_severity
            .iter()
            .filter(|(severity, _)| fail_on.includes(**severity))
            .map(|(_, count)| count)
            .sum()
    }
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
            let since = exception.ends.as_ref()?.value;
            exception.expired(now).then(|| ExpiredException {
                rule: rule.id.value.clone(),
                owner: exception.owner.clone(),
                reason: exception.reason.clone(),
                since,
            })
        })
    };
    rules.into_iter().flat_map(of_rule).collect()
}

impl Summary {
    /// Counts a finding, or that it is suppressed.
    pub fn count(&mut self, finding: &Finding) {
        if finding.suppressed.is_some() {
            *self.suppressed.entry(finding.rule.clone()).or_default() += 1;
            return;
        }
        let counts = &mut self.findings;
        *counts.by_severity.entry(finding.severity).or_default() += 1;
        *counts.by_rule.entry(finding.rule.clone()).or_default() += 1;
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

    /// How many rules that may fail the run were not evaluated on some records.
    fn failing_not_evaluated(&self, fail_on: FailOn) -> u64 {
        let failing = self.not_evaluated.iter();
        let failing = failing.filter(|entry| fail_on.includes(entry.severity));
        let rules: BTreeSet<&str> = failing.map(|entry| entry.rule.as_str()).collect();
        rules.len() as u64
    }

    /// Adds to the verdict what the counts say. Reasons that are there stay.
    pub fn judge(&mut self, fail_on: FailOn, allowed: Allowed) {
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
                "not a single event".to_owned(),
            ),
        ];
        let unanswered = self.failing_not_evaluated(fail_on);
        let not_evaluated = (
            unanswered > 0 && !allowed.not_evaluated,
            format!(
                "{} not evaluated on some records, whose shape lost what is asked for",
                counted(unanswered, "rule")
            ),
        );
        let input = input.into_iter().chain([not_evaluated]);
        for (_, why) in input.filter(|(holds, _)| *holds) {
            self.verdict.fail(Failure::Input, why);
        }
        if let FailOn::At(threshold) = fail_on {
            let failing = self.findings.failing(fail_on);
            if failing > 0 {
                let why = format!("{} at or above {threshold}", counted(failing, "finding"));
                self.verdict.fail(Failure::Findings, why);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(change: impl FnOnce(&mut Summary)) -> (u8, Vec<String>) {
        let mut summary = Summary::default();
        summary.inputs.read = 1;
        summary.records.events = 1;
        change(&mut summary);
        summary.judge(FailOn::default(), Allowed::default());
        let reasons = summary.verdict.reasons();
        let named = reasons.iter().map(ToString::to_string).collect();
        (summary.verdict.exit_code(), named)
    }

    #[test]
    fn a_run_that_read_everything_and_found_nothing_exits_0() {
        assert_eq!(judged(|_| ()), (0, vec![]));
    }

    #[test]
    fn each_reason_is_found_in_the_counts() {
        type Change = fn(&mut Summary);
        let cases: [(Change, u8, &str); 6] = [
            (|s| s.inputs.failed = 2, 4, "4: 2 inputs not read in full"),
            (|s| s.records.bad = 1, 4, "4: 1 record could not be read"),
            (
                |s| s.records.unknown_version = 1,
                4,
                "4: 1 record of an unknown version",
            ),
            (|s| s.records.events = 0, 4, "4: not a single event"),
            (
                |s| s.rules.failed.push("x".into()),
                3,
                "3: x does not load or could not be evaluated",
            ),
            (
                |s| {
                    s.findings.by_severity.insert(Severity::Critical, 1);
                    s.findings.by_severity.insert(Severity::High, 2);
                    s.findings.by_severity.insert(Severity::Low, 4);
                },
                1,
                "1: 3 findings at or above high",
            ),
        ];
        for (change, code, why) in cases {
            assert_eq!(judged(change), (code, vec![why.to_owned()]));
        }
    }

    #[test]
    fn milder_findings_and_what_is_left_out_on_purpose_do_not_fail_a_run() {
        let (code, _) = judged(|s| {
            s.findings.by_severity.insert(Severity::Medium, 9);
            s.skipped.insert("hidden".into(), 1);
            s.records.insight = 1;
            s.suppressed.insert("x".into(), 1);
            s.undecided.insert("x".into(), 1);
            s.rules.inactive.push(InactiveRule {
                id: "x".into(),
                lists: vec!["known_networks".into()],
            });
        });
        assert_eq!(code, 0);
    }

    #[test]
    fn events_that_an_earlier_run_judged_are_events() {
        let known = |events| KnownInputs {
            inputs: 1,
            events,
            ..KnownInputs::default()
        };
        for (events, code) in [(1, 0), (0, 4)] {
            let (exit, _) = judged(|s| {
                s.records.events = 0;
                s.known = Some(known(events));
            });
            assert_eq!(exit, code, "{events}");
        }
    }

    #[test]
    fn an_empty_input_may_be_allowed() {
        let mut summary = Summary::default();
        summary.judge(
            FailOn::default(),
            Allowed {
                empty: true,
                not_evaluated: false,
            },
        );
        assert_eq!(summary.verdict.exit_code(), 0);
    }

    #[test]
    fn the_parts_of_an_input_cover_what_the_whole_covers() {
        let at = |text: &str| Some(text.parse().unwrap());
        let mut whole = Coverage::default();
        let (mut one, mut other) = (Coverage::default(), Coverage::default());
        whole.see(at("2026-11-02T00:00:00Z"), Some("1"), Some("b"));
        one.see(at("2026-11-02T00:00:00Z"), Some("1"), Some("b"));
        whole.see(at("2026-11-01T00:00:00Z"), None, Some("a"));
        other.see(at("2026-11-01T00:00:00Z"), None, Some("a"));
        one.merge(&other);
        one.merge(&Coverage::default());
        assert_eq!(one, whole);
        assert_eq!(whole.first, at("2026-11-01T00:00:00Z"));
        assert_eq!(whole.last, at("2026-11-02T00:00:00Z"));
    }
}
