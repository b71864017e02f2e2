//! Of the summary, the findings that do not count. Where there is no waiver and no
//! baseline, all of it is absent.

use serde::Serialize;

use super::finding::written;
use super::summary::FindingsObject;
use crate::finding::{BaselineCounts, ExpiredWaiver, Summary, Waived};

#[derive(Serialize)]
pub(super) struct StandingObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed_by_kind: Option<ByKind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waived: Vec<WaivedObject<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expired_waivers: Vec<ExpiredObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineObject<'a>>,
}

#[derive(Serialize)]
struct ByKind {
    exception: u64,
    waiver: u64,
}

#[derive(Serialize)]
struct WaivedObject<'a> {
    rule: &'a str,
    findings: u64,
    reason: &'a str,
    owner: &'a str,
    approved_by: Option<&'a str>,
    ticket: Option<&'a str>,
    ends: Option<String>,
}

#[derive(Serialize)]
struct ExpiredObject<'a> {
    rules: &'a [String],
    fingerprint: Option<&'a str>,
    owner: &'a str,
    reason: &'a str,
    ticket: Option<&'a str>,
    since: String,
}

#[derive(Serialize)]
struct BaselineObject<'a> {
    new: u64,
    known: FindingsObject<'a>,
    not_seen: Vec<NotSeenObject<'a>>,
}

#[derive(Serialize)]
struct NotSeenObject<'a> {
    rule: &'a str,
    fingerprint: &'a str,
    message: &'a str,
}

impl<'a> StandingObject<'a> {
    pub(super) fn new(summary: &'a Summary) -> Self {
        let waiver: u64 = summary.waived.values().sum();
        StandingObject {
            suppressed_by_kind: (waiver > 0).then(|| ByKind {
                exception: summary.excepted().values().sum(),
                waiver,
            }),
            waived: summary.waived.iter().map(waived).collect(),
            expired_waivers: summary.expired_waivers.iter().map(expired).collect(),
            baseline: summary
                .baseline
                .as_ref()
                .map(|counts| baseline(summary, counts)),
        }
    }
}

fn waived<'a>((waived, count): (&'a Waived, &u64)) -> WaivedObject<'a> {
    WaivedObject {
        rule: &waived.rule,
        findings: *count,
        reason: &waived.reason,
        owner: &waived.owner,
        approved_by: waived.approved_by.as_deref(),
        ticket: waived.ticket.as_deref(),
        ends: waived.ends.map(written),
    }
}

fn expired(waiver: &ExpiredWaiver) -> ExpiredObject<'_> {
    ExpiredObject {
        rules: &waiver.rules,
        fingerprint: waiver.fingerprint.as_deref(),
        owner: &waiver.owner,
        reason: &waiver.reason,
        ticket: waiver.ticket.as_deref(),
        since: written(waiver.since),
    }
}

fn baseline<'a>(summary: &Summary, counts: &'a BaselineCounts) -> BaselineObject<'a> {
    let not_seen = counts.not_seen.iter().map(|entry| NotSeenObject {
        rule: &entry.rule,
        fingerprint: &entry.fingerprint,
        message: &entry.message,
    });
    BaselineObject {
        new: summary.findings.total(),
        known: FindingsObject::new(&counts.known),
        not_seen: not_seen.collect(),
    }
}
