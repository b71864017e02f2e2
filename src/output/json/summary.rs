//! The summary as tools read it. The order of fields here is the order written.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::configured::{ChangedObject, ExpectedObject, OffObject, changed, expected, off};
use super::correlation::CorrelationCountsObject;
use super::finding::written;
use super::standing::StandingObject;
use crate::finding::{Coverage, FindingCounts, Integrity, IntegrityCounts, MemberCounts, Summary};
use crate::rule::Severity;

#[derive(Serialize)]
pub(super) struct SummaryObject<'a> {
    inputs: InputsObject,
    skipped: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<AskedObject<'a>>,
    records: RecordsObject<'a>,
    duplicates: u64,
    coverage: CoverageObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<BTreeMap<&'static str, ExpectedObject<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrity: Option<IntegrityObject>,
    rules: RulesObject<'a>,
    undecided: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_evaluated: Vec<NotEvaluatedObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<CorrelationCountsObject<'a>>,
    findings: FindingsObject<'a>,
    suppressed: &'a BTreeMap<String, u64>,
    #[serde(flatten)]
    standing: StandingObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<HistoryObject>,
    expired_exceptions: Vec<ExpiredObject<'a>>,
    verdict: VerdictObject<'a>,
}

#[derive(Serialize)]
struct InputsObject {
    read: u64,
    failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<MembersObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownObject>,
}

/// Where nothing is kept of runs, absent.
#[derive(Serialize)]
struct KnownObject {
    inputs: u64,
    events: u64,
    findings: u64,
    last: Option<String>,
}

/// Where there was no archive, absent.
#[derive(Serialize)]
struct MembersObject {
    read: u64,
    failed: u64,
}

/// Where all events were asked about, absent.
#[derive(Serialize)]
struct AskedObject<'a> {
    since: Option<String>,
    until: Option<String>,
    accounts: &'a BTreeSet<String>,
    regions: &'a BTreeSet<String>,
    /// In seconds; null where it decided nothing.
    delivery_margin: Option<i64>,
}

impl<'a> AskedObject<'a> {
    fn new(summary: &'a Summary) -> Option<Self> {
        let asked = &summary.asked;
        (!asked.is_everything()).then(|| AskedObject {
            since: asked.since.map(written),
            until: asked.until.map(written),
            accounts: &asked.accounts,
            regions: &asked.regions,
            delivery_margin: summary.delivery_margin.map(|margin| margin.as_secs()),
        })
    }
}

#[derive(Serialize)]
struct RecordsObject<'a> {
    events: u64,
    outside: u64,
    bad: u64,
    insight: u64,
    digest: u64,
    unread: &'a BTreeMap<String, u64>,
    not_cloudtrail: &'a BTreeMap<String, u64>,
    unknown_version: u64,
}

#[derive(Serialize)]
struct CoverageObject<'a> {
    first: Option<String>,
    last: Option<String>,
    accounts: &'a BTreeSet<String>,
    regions: &'a BTreeSet<String>,
}

/// Where nobody asked, absent.
#[derive(Serialize)]
struct IntegrityObject {
    signed: u64,
    hash_chain: u64,
    unverifiable: u64,
    failed: u64,
    refused: u64,
}

#[derive(Serialize)]
struct RulesObject<'a> {
    active: u64,
    inactive: Vec<InactiveObject<'a>>,
    failed: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    not_applicable: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreported: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    off: Vec<OffObject<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<ChangedObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOutObject<'a>>,
}

#[derive(Serialize)]
struct LeftOutObject<'a> {
    profile: &'a str,
    rules: u64,
}

#[derive(Serialize)]
struct InactiveObject<'a> {
    id: &'a str,
    lists: &'a [String],
}

#[derive(Serialize)]
struct NotEvaluatedObject<'a> {
    rule: &'a str,
    severity: &'static str,
    shape: &'a str,
    records: u64,
    fields: &'a BTreeSet<String>,
}

#[derive(Serialize)]
pub(super) struct FindingsObject<'a> {
    total: u64,
    by_severity: BySeverity,
    by_rule: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    by_environment: BTreeMap<&'a str, BySeverity>,
}

impl<'a> FindingsObject<'a> {
    pub(super) fn new(counts: &'a FindingCounts) -> Self {
        FindingsObject {
            total: counts.total(),
            by_severity: BySeverity::new(&counts.by_severity),
            by_rule: &counts.by_rule,
            by_environment: by_environment(counts),
        }
    }
}

/// Every severity, the worst first, zero or not.
#[derive(Serialize)]
struct BySeverity {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    info: u64,
}

impl BySeverity {
    fn new(counts: &BTreeMap<Severity, u64>) -> Self {
        let of = |severity: Severity| counts.get(&severity).copied().unwrap_or(0);
        BySeverity {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            info: of(Severity::Info),
        }
    }
}

/// Where nothing is kept of runs, absent.
#[derive(Serialize)]
struct HistoryObject {
    new: u64,
    again: u64,
    not_seen: u64,
    not_seen_since: Option<String>,
    earlier_runs: u64,
}

#[derive(Serialize)]
struct ExpiredObject<'a> {
    rule: &'a str,
    owner: &'a str,
    reason: &'a str,
    since: String,
}

#[derive(Serialize)]
struct VerdictObject<'a> {
    exit_code: u8,
    reasons: Vec<ReasonObject<'a>>,
}

#[derive(Serialize)]
struct ReasonObject<'a> {
    exit_code: u8,
    why: &'a str,
}

fn by_environment(counts: &FindingCounts) -> BTreeMap<&str, BySeverity> {
    let all = counts.by_environment.iter();
    all.map(|(name, counts)| (name.as_str(), BySeverity::new(counts)))
        .collect()
}

fn members(counts: MemberCounts) -> Option<MembersObject> {
    let MemberCounts { read, failed } = counts;
    (read + failed > 0).then_some(MembersObject { read, failed })
}

impl<'a> SummaryObject<'a> {
    pub(super) fn new(summary: &'a Summary) -> Self {
        let records = &summary.records;
        SummaryObject {
            inputs: InputsObject {
                read: summary.inputs.read,
                failed: summary.inputs.failed,
                members: members(summary.inputs.members),
                known: summary.known.map(|known| KnownObject {
                    inputs: known.inputs,
                    events: known.events,
                    findings: known.findings,
                    last: known.last.map(written),
                }),
            },
            skipped: &summary.skipped,
            asked: AskedObject::new(summary),
            records: RecordsObject {
                events: records.events,
                outside: records.outside,
                bad: records.bad,
                insight: records.insight,
                digest: records.digest,
                unread: &records.unread,
                not_cloudtrail: &records.not_cloudtrail,
                unknown_version: records.unknown_version,
            },
            duplicates: summary.duplicates,
            coverage: CoverageObject::new(&summary.coverage),
            expected: summary.expected.as_ref().map(expected),
            integrity: summary.integrity.as_ref().map(IntegrityObject::new),
            rules: RulesObject {
                active: summary.rules.active,
                inactive: summary
                    .rules
                    .inactive
                    .iter()
                    .map(|rule| InactiveObject {
                        id: &rule.id,
                        lists: &rule.lists,
                    })
                    .collect(),
                failed: &summary.rules.failed,
                not_applicable: Some(summary.rules.not_applicable).filter(|count| *count > 0),
                unreported: Some(summary.rules.unreported).filter(|count| *count > 0),
                off: off(&summary.rules.off),
                changed: changed(&summary.rules.changed),
                left_out: summary
                    .rules
                    .left_out
                    .as_ref()
                    .map(|left_out| LeftOutObject {
                        profile: &left_out.profile,
                        rules: left_out.rules,
                    }),
            },
            undecided: &summary.undecided,
            not_evaluated: summary
                .not_evaluated
                .iter()
                .map(|entry| NotEvaluatedObject {
                    rule: &entry.rule,
                    severity: entry.severity.name(),
                    shape: &entry.shape,
                    records: entry.records,
                    fields: &entry.fields,
                })
                .collect(),
            correlation: summary
                .correlation
                .as_ref()
                .map(CorrelationCountsObject::new),
            findings: FindingsObject::new(&summary.findings),
            suppressed: &summary.suppressed,
            standing: StandingObject::new(summary),
            history: summary.history.as_ref().map(|counts| HistoryObject {
                new: counts.new,
                again: counts.again,
                not_seen: counts.not_seen,
                not_seen_since: counts.not_seen_since.map(written),
                earlier_runs: counts.earlier_runs,
            }),
            expired_exceptions: summary
                .expired_exceptions
                .iter()
                .map(|expired| ExpiredObject {
                    rule: &expired.rule,
                    owner: &expired.owner,
                    reason: &expired.reason,
                    since: written(expired.since),
                })
                .collect(),
            verdict: VerdictObject::new(summary),
        }
    }
}

impl<'a> CoverageObject<'a> {
    fn new(coverage: &'a Coverage) -> Self {
        CoverageObject {
            first: coverage.first.map(written),
            last: coverage.last.map(written),
            accounts: &coverage.accounts,
            regions: &coverage.regions,
        }
    }
}

impl IntegrityObject {
    fn new(counts: &IntegrityCounts) -> Self {
        let of = |integrity| counts.files.get(&integrity).copied().unwrap_or(0);
        IntegrityObject {
            signed: of(Integrity::Signed),
            hash_chain: of(Integrity::HashChain),
            unverifiable: of(Integrity::Unverifiable),
            failed: of(Integrity::Failed),
            refused: counts.refused,
        }
    }
}

impl<'a> VerdictObject<'a> {
    fn new(summary: &'a Summary) -> Self {
        VerdictObject {
            exit_code: summary.verdict.exit_code(),
            reasons: summary
                .verdict
                .reasons()
                .iter()
                .map(|reason| ReasonObject {
                    exit_code: reason.failure.exit_code(),
                    why: &reason.why,
                })
                .collect(),
        }
    }
}
