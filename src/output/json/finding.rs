//! A finding as tools read it. The order of fields here is the order written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::correlation::CorrelationObject;
use crate::diagnostic::{SourceMap, Span};
use crate::finding::{BaselineState, FieldEvidence, Finding, Integrity, Recurrence, Suppression};
use crate::rule::{FrameworkControls, Severity};

/// Past this many characters a quoted clause is cut: one may hold a long list.
const LONGEST_CLAUSE: usize = 400;

#[derive(Serialize)]
pub(super) struct FindingObject<'a> {
    rule: &'a str,
    title: &'a str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    written_severity: Option<&'static str>,
    message: &'a str,
    event_id: Option<&'a str>,
    event_name: Option<&'a str>,
    event_source: Option<&'a str>,
    time: Option<String>,
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    region: Option<&'a str>,
    principal: Option<&'a str>,
    source_address: Option<&'a str>,
    error_code: Option<&'a str>,
    file: &'a str,
    record: u64,
    fields: Vec<FieldObject<'a>>,
    controls: BTreeMap<&'a str, &'a [String]>,
    attack: &'a [String],
    tags: &'a [String],
    fingerprint: &'a str,
    suppressed: Option<SuppressionObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<RecurrenceObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<CorrelationObject<'a>>,
}

/// Where nothing is kept of runs, absent.
#[derive(Serialize)]
struct RecurrenceObject {
    state: &'static str,
    first_seen: Option<String>,
    last_seen: Option<String>,
}

#[derive(Serialize)]
struct FieldObject<'a> {
    path: String,
    value: Option<&'a Value>,
    missing: bool,
    clause: ClauseObject<'a>,
}

#[derive(Serialize)]
pub(super) struct ClauseObject<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: String,
}

#[derive(Serialize)]
struct SuppressionObject<'a> {
    kind: &'static str,
    reason: &'a str,
    owner: &'a str,
    ends: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
}

impl<'a> FindingObject<'a> {
    pub(super) fn new(finding: &'a Finding, sources: &'a SourceMap) -> Self {
        let event = &finding.event;
        FindingObject {
            rule: &finding.rule,
            title: &finding.title,
            severity: finding.severity.name(),
            written_severity: finding.written_severity.map(Severity::name),
            message: &finding.message,
            event_id: event.id.as_deref(),
            event_name: event.name.as_deref(),
            event_source: event.source.as_deref(),
            time: event.time.map(written),
            account: event.account.as_deref(),
            account_name: finding.account_name(),
            environment: finding.environment(),
            region: event.region.as_deref(),
            principal: event.principal.as_deref(),
            source_address: event.source_address.as_deref(),
            error_code: event.error_code.as_deref(),
            file: &finding.place.file,
            record: finding.place.record,
            fields: finding
                .fields
                .iter()
                .map(|field| FieldObject::new(field, sources))
                .collect(),
            controls: by_framework(&finding.controls),
            attack: &finding.attack,
            tags: &finding.tags,
            fingerprint: &finding.fingerprint,
            suppressed: finding.suppressed.as_ref().map(SuppressionObject::new),
            baseline: finding.baseline.map(BaselineState::name),
            integrity: finding.integrity.map(Integrity::name),
            recurrence: finding.recurrence.map(RecurrenceObject::new),
            correlation: finding
                .correlation
                .as_deref()
                .map(|events| CorrelationObject::new(events, sources)),
        }
    }
}

impl RecurrenceObject {
    fn new(recurrence: Recurrence) -> Self {
        let seen = recurrence.seen();
        RecurrenceObject {
            state: recurrence.name(),
            first_seen: seen.map(|(first, _)| written(first)),
            last_seen: seen.map(|(_, last)| written(last)),
        }
    }
}

impl<'a> FieldObject<'a> {
    fn new(field: &'a FieldEvidence, sources: &'a SourceMap) -> Self {
        FieldObject {
            path: field.path.to_string(),
            value: field.value.as_ref(),
            missing: field.value.is_none(),
            clause: ClauseObject::new(field.clause, sources),
        }
    }
}

impl<'a> ClauseObject<'a> {
    pub(super) fn new(clause: Span, sources: &'a SourceMap) -> Self {
        let position = sources.position(clause);
        ClauseObject {
            file: sources.name(clause.source),
            line: position.line,
            column: position.column,
            text: cut(sources.slice(clause)),
        }
    }
}

impl<'a> SuppressionObject<'a> {
    fn new(suppression: &'a Suppression) -> Self {
        SuppressionObject {
            kind: suppression.kind.name(),
            reason: &suppression.reason,
            owner: &suppression.owner,
            ends: suppression.ends.map(written),
            approved_by: suppression.approved_by.as_deref(),
            ticket: suppression.ticket.as_deref(),
        }
    }
}

fn by_framework(controls: &[FrameworkControls]) -> BTreeMap<&str, &[String]> {
    controls
        .iter()
        .map(|entry| (entry.framework.as_str(), entry.controls.as_slice()))
        .collect()
}

/// RFC 3339 in UTC.
pub(super) fn written(time: Timestamp) -> String {
    time.to_string()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_CLAUSE) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
