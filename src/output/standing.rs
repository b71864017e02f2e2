//! Findings that do not count, in words: who accepted them and until when, and
//! what a baseline knows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::text::words::in_one_line;
use crate::finding::{
    BaselineCounts, BaselineState, ExpiredWaiver, Finding, FindingCounts, Summary, Suppression,
    SuppressionKind, Waived, counted, grouped,
};
use crate::rule::Severity;

/// How many names one line says.
const SAID_NAMES: usize = 8;

/// The last moment before an end, as its day (UTC) where it ends one.
pub(super) fn until(ends: Timestamp) -> String {
    let end = ends.to_zoned(TimeZone::UTC).datetime();
    match end.date().yesterday() {
        Ok(last) if end.time() == Time::midnight() => last.to_string(),
        _ => ends.to_string(),
    }
}

/// `platform-security (SEC-142, approved by ciso) until 2027-01-31`
fn whose(
    owner: &str,
    ticket: Option<&str>,
    approved_by: Option<&str>,
    ends: Option<Timestamp>,
) -> String {
    let mut text = owner.to_owned();
    let approved = approved_by.map(|who| format!("approved by {who}"));
    let agreed: Vec<String> = ticket
        .map(str::to_owned)
        .into_iter()
        .chain(approved)
        .collect();
    if !agreed.is_empty() {
        text.push_str(&format!(" ({})", agreed.join(", ")));
    }
    match ends {
        Some(ends) => text.push_str(&format!(" until {}", until(ends))),
        None => text.push_str(", without an end"),
    }
    in_one_line(&text)
}

/// `a waiver of platform-security (SEC-142) until 2027-01-31: reviewed`; of an
/// exception its owner and reason.
pub(super) fn covered_by(by: &Suppression) -> String {
    match by.kind {
        SuppressionKind::Exception => format!("an exception of {}: {}", by.owner, by.reason),
        SuppressionKind::Waiver => {
            let ticket = by.ticket.as_deref();
            let whose = whose(&by.owner, ticket, by.approved_by.as_deref(), by.ends);
            format!("a waiver of {whose}: {}", in_one_line(&by.reason))
        }
    }
}

/// Why a finding is accepted and by whom, for a field of its own.
pub(super) fn justification(by: &Suppression) -> String {
    match by.kind {
        SuppressionKind::Exception => format!("{} ({})", by.reason, by.owner),
        SuppressionKind::Waiver => {
            let ticket = by.ticket.as_deref();
            let whose = whose(&by.owner, ticket, by.approved_by.as_deref(), by.ends);
            format!("{}; waived by {whose}", by.reason)
        }
    }
}

/// A line for each waiver and rule: how many findings, whose it is and why.
pub(super) fn waived(summary: &Summary) -> impl Iterator<Item = String> {
    summary.waived.iter().map(|(waived, count)| {
        format!(
            "{} of rule {} by a waiver of {}",
            counted(*count, "finding"),
            waived.rule,
            waived_by(waived)
        )
    })
}

/// `platform-security (SEC-142) until 2027-01-31: reviewed`
pub(super) fn waived_by(waived: &Waived) -> String {
    let Waived {
        owner,
        ticket,
        approved_by,
        ends,
        ..
    } = waived;
    let whose = whose(owner, ticket.as_deref(), approved_by.as_deref(), *ends);
    format!("{whose}: {}", in_one_line(&waived.reason))
}

/// Whose it was, for what, and when it ended.
pub(super) fn expired(waiver: &ExpiredWaiver) -> String {
    let ticket = waiver.ticket.as_ref();
    let ticket = ticket.map_or(String::new(), |ticket| format!(" ({ticket})"));
    let of = match (waiver.rules.as_slice(), &waiver.fingerprint) {
        ([], Some(fingerprint)) => format!("the finding {fingerprint}"),
        ([rule], _) => format!("rule {rule}"),
        (rules, _) => format!("rules {}", some_of(rules)),
    };
    format!(
        "the waiver of {}{ticket} for {of} ended on {}: {}",
        waiver.owner,
        waiver.since,
        in_one_line(&waiver.reason)
    )
}

/// `2 findings are new; 3 are known (1 high, 2 low): a (2), b (1); ...`
pub(super) fn baseline(summary: &Summary, counts: &BaselineCounts) -> String {
    let are = |count: u64| match count {
        1 => "1 finding is".to_owned(),
        count => format!("{} are", counted(count, "finding")),
    };
    let mut text = format!(
        "{} new, {}",
        are(summary.findings.total()),
        known(&counts.known)
    );
    let not_seen = counts.not_seen.len() as u64;
    if not_seen > 0 {
        let were = if not_seen == 1 { "was" } else { "were" };
        let mut by_rule: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in &counts.not_seen {
            *by_rule.entry(&entry.rule).or_default() += 1;
        }
        text.push_str(&format!(
            "; {} of it {were} not seen since: {}",
            counted(not_seen, "finding"),
            by_name(by_rule.into_iter())
        ));
    }
    text
}

/// `3 known (1 high, 2 low): a (2), b (1)`
pub(super) fn known(known: &FindingCounts) -> String {
    if known.total() == 0 {
        return "none is known".to_owned();
    }
    let by_rule = known.by_rule.iter();
    format!(
        "{} known ({}): {}",
        grouped(known.total()),
        severities(known),
        by_name(by_rule.map(|(rule, count)| (rule.as_str(), *count)))
    )
}

/// `1 critical, 2 high`
pub(super) fn severities(counts: &FindingCounts) -> String {
    let severities = Severity::ALL.iter().rev().filter_map(|severity| {
        let count = counts.by_severity.get(severity)?;
        Some(format!("{} {severity}", grouped(*count)))
    });
    severities.collect::<Vec<_>>().join(", ")
}

/// `a (2), b (1)`
pub(super) fn by_name<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> String {
    let named: Vec<String> = counts
        .map(|(name, count)| format!("{name} ({count})"))
        .collect();
    some_of(&named)
}

/// A few of many names, and how many more there are.
pub(super) fn some_of<T: AsRef<str>>(names: &[T]) -> String {
    let said: Vec<&str> = names.iter().take(SAID_NAMES).map(AsRef::as_ref).collect();
    let more = names.len().saturating_sub(SAID_NAMES);
    match more {
        0 => said.join(", "),
        _ => format!("{} and {more} more", said.join(", ")),
    }
}

/// The findings that a baseline knows, by rule.
#[derive(Debug, Default)]
pub(super) struct KnownFindings {
    rules: BTreeMap<String, KnownRule>,
}

/// Those of one rule.
#[derive(Debug)]
pub(super) struct KnownRule {
    pub(super) title: String,
    pub(super) severity: Severity,
    pub(super) count: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl KnownFindings {
    /// Takes a finding; says whether it is one that only a baseline keeps from
    /// counting.
    pub(super) fn take(&mut self, finding: &Finding) -> bool {
        let is_known = finding.baseline == Some(BaselineState::Known);
        if !is_known || finding.suppressed.is_some() {
            return false;
        }
        let time = finding.event.time;
        let rule = self.rules.entry(finding.rule.clone());
        let rule = rule.or_insert_with(|| KnownRule {
            title: finding.title.clone(),
            severity: finding.severity,
            count: 0,
            first: time,
            last: time,
        });
        rule.count += 1;
        rule.severity = rule.severity.max(finding.severity);
        rule.first = rule.first.min(time);
        rule.last = rule.last.max(time);
        true
    }

    /// By rule, the worst first.
    pub(super) fn worst_first(&self) -> Vec<(&str, &KnownRule)> {
        let rules = self.rules.iter();
        let mut rules: Vec<_> = rules.map(|(id, rule)| (id.as_str(), rule)).collect();
        rules.sort_by_key(|(id, rule)| (std::cmp::Reverse(rule.severity), *id));
        rules
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl KnownRule {
    /// `2026-11-01T09:00:00Z to 2026-11-20T10:00:00Z`
    pub(super) fn span(&self) -> String {
        match (self.first, self.last) {
            (Some(first), Some(last)) if first == last => first.to_string(),
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => "-".to_owned(),
        }
    }
}
