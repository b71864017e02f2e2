//! Findings as OCSF 1.5 events, one a line, for a SIEM: a Detection Finding (class
//! 2004) for each finding, and a Scan Activity (class 6007) for the run at the end.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Sink;
use super::anchor::RuleIndex;
use super::standing::justification;
use crate::diagnostic::Diagnostic;
use crate::finding::{
    BaselineState, CorrelatedEvent, CorrelatedEvents, EventFacts, Failure, Finding, Recurrence,
    Summary, SuppressionKind,
};
use crate::rule::{RuleSet, Severity};

/// The version of the schema that the events follow.
const VERSION: &str = "1.5.0";

/// Writes events as findings come.
pub struct OcsfSink<'a, W> {
    out: W,
    rules: RuleIndex<'a>,
    now: Timestamp,
}

impl<'a, W: Write> OcsfSink<'a, W> {
    /// Writes to `out`. The run is told as of `now`.
    pub fn new(out: W, set: &'a RuleSet, now: Timestamp) -> Self {
        OcsfSink {
            out,
            rules: RuleIndex::new(set),
            now,
        }
    }

    fn line(&mut self, event: Value) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &without_nulls(event))?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }

    /// Attribute names and numbers are those of the class in the schema.
    fn detection(&self, finding: &Finding) -> Value {
        let event = &finding.event;
        let rule = self.rules.get(&finding.rule);
        let time = event.time.map(Timestamp::as_millisecond);
        let together = finding.correlation.as_deref();
        let first = together.map(|events| events.first.as_millisecond());
        let last = together.map(|events| events.last.as_millisecond());
        let event_id = event.id.as_deref().unwrap_or("-");
        let (status_id, status) = match finding.suppressed {
            None if finding.is_open() => (1, "New"),
            // The schema has no number of its own for it.
            None => (99, "Known"),
            Some(_) => (3, "Suppressed"),
        };
        let by = finding.suppressed.as_ref();
        let controls = finding
            .controls
            .iter()
            .map(|of| (of.framework.clone(), json!(of.controls)));
        json!({
            "activity_id": 1,
            "activity_name": "Create",
            "category_uid": 2,
            "category_name": "Findings",
            "class_uid": 2004,
            "class_name": "Detection Finding",
            "type_uid": 200_401,
            "type_name": "Detection Finding: Create",
            // An event whose time cannot be read has none, and the schema wants one.
            "time": time.unwrap_or(0),
            "count": together.map(|events| events.events),
            "start_time": first,
            "end_time": last,
            "severity_id": severity_id(finding.severity),
            "severity": severity(finding.severity),
            "status_id": status_id,
            "status": status,
            "status_detail": time.is_none().then_some("the time of the event cannot be read"),
            "is_alert": finding.is_open(),
            "message": finding.message,
            "comment": by.map(justification),
            "metadata": metadata(Some(&finding.tags)),
            "finding_info": {
                "uid": format!("{}/{event_id}", finding.fingerprint),
                "title": finding.title,
                "desc": rule.and_then(|rule| rule.description.as_deref()),
                "first_seen_time": first.or(time),
                "last_seen_time": last.or(time),
                "data_sources": ["AWS CloudTrail"],
                "analytic": {
                    "uid": finding.rule,
                    "name": finding.title,
                    "type_id": 1,
                    "type": "Rule",
                },
                "attacks": finding.attack.iter().map(|id| json!({
                    "technique": {"uid": id},
                })).collect::<Vec<_>>(),
                "related_events": related(finding),
            },
            "remediation": finding.remediation.as_ref().map(|text| json!({
                "desc": text,
                "references": rule.map(|rule| &rule.references),
            })),
            "cloud": {
                "provider": "AWS",
                "region": event.region,
                "account": event.account.as_ref().map(|id| json!({
                    "uid": id,
                    "name": finding.account_name(),
                    "type_id": 10,
                    "type": "AWS Account",
                })),
            },
            "evidences": evidences(finding),
            "unmapped": {
                "fingerprint": finding.fingerprint,
                "file": &*finding.place.file,
                "record": finding.place.record,
                "baseline": finding.baseline.map(BaselineState::name),
                "waiver": by.filter(|by| by.kind == SuppressionKind::Waiver).map(|by| json!({
                    "owner": by.owner,
                    "approved_by": by.approved_by,
                    "ticket": by.ticket,
                    "ends": by.ends.map(|ends| ends.to_string()),
                })),
                "controls": controls.collect::<Map<_, _>>(),
                "environment": finding.environment(),
                "recurrence": finding.recurrence.map(recurrence),
                "correlation": together.map(correlation),
            },
        })
    }

    fn scan(&self, summary: &Summary) -> Value {
        let verdict = &summary.verdict;
        let whole = |failure: Failure| matches!(failure, Failure::Findings | Failure::Tests);
        let complete = verdict.reasons().iter().all(|reason| whole(reason.failure));
        let (activity, name) = if complete {
            (2, "Completed")
        } else {
            (6, "Error")
        };
        let (status_id, status) = if complete {
            (1, "Success")
        } else {
            (2, "Failure")
        };
        let reasons = verdict
            .reasons()
            .iter()
            .map(|reason| format!("exit {reason}"));
        let reasons = reasons.collect::<Vec<_>>().join("; ");
        let coverage = &summary.coverage;
        let milliseconds = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
        json!({
            "activity_id": activity,
            "activity_name": name,
            "category_uid": 6,
            "category_name": "Application Activity",
            "class_uid": 6007,
            "class_name": "Scan Activity",
            "type_uid": 600_700 + activity,
            "type_name": format!("Scan Activity: {name}"),
            "time": self.now.as_millisecond(),
            "severity_id": 1,
            "severity": "Informational",
            "status_id": status_id,
            "status": status,
            "status_code": verdict.exit_code().to_string(),
            "status_detail": (!reasons.is_empty()).then_some(reasons),
            "metadata": metadata(None),
            "scan": {"name": "trailgate scan", "type_id": 99, "type": "Audit log"},
            "num_files": summary.inputs.read + summary.inputs.failed,
            "num_detections": summary.findings.total(),
            "unmapped": unmapped(summary),
            "total": summary.records.events,
            "start_time": milliseconds(coverage.first),
            "end_time": milliseconds(coverage.last),
        })
    }
}

impl<W: Write> Sink for OcsfSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let event = self.detection(finding);
        self.line(event)
    }

    /// What was not read is in the status of the run.
    fn diagnostic(&mut self, _: &Diagnostic) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let event = self.scan(summary);
        self.line(event)
    }
}

fn metadata(labels: Option<&[String]>) -> Value {
    json!({
        "version": VERSION,
        "profiles": ["cloud"],
        "product": {
            "name": "trailgate",
            "vendor_name": "trailgate",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "labels": labels.filter(|labels| !labels.is_empty()),
    })
}

/// An address, or the name of an AWS service.
fn endpoint(from: &str) -> Value {
    let address = from.parse::<std::net::IpAddr>().is_ok();
    let attribute = if address { "ip" } else { "svc_name" };
    json!({attribute: from})
}

/// What the schema has no place for of a run.
fn unmapped(summary: &Summary) -> Option<Value> {
    let baseline = summary.baseline.as_ref().map(|counts| {
        json!({
            "new": summary.findings.total(),
            "known": counts.known.total(),
            "not_seen": counts.not_seen.len(),
        })
    });
    let open = summary.correlation.as_ref().filter(|of| of.leaves_open());
    let correlation = open.map(|counts| {
        json!({
            "undetermined": counts.undetermined,
            "learning": counts.learning,
            "late": counts.late,
        })
    });
    let some = baseline.is_some() || correlation.is_some();
    some.then(|| json!({"baseline": baseline, "correlation": correlation}))
}

/// The event that the finding names, with the fields that made the rule match, and those
/// that it was found together with.
fn evidences(finding: &Finding) -> Vec<Value> {
    let own = evidence(&finding.event, fields(finding));
    let events = finding.correlation.iter().flat_map(|of| &of.timeline);
    let others = events.filter(|event| event.place != finding.place);
    let others = others.map(|of| evidence(&of.event, about(of)));
    [own].into_iter().chain(others).collect()
}

fn evidence(event: &EventFacts, data: Map<String, Value>) -> Value {
    json!({
        "actor": event.principal.as_ref().map(|who| json!({"user": {"uid": who, "name": who}})),
        "api": event.name.as_ref().map(|name| json!({
            "operation": name,
            "service": event.source.as_ref().map(|source| json!({"name": source})),
            "response": event.error_code.as_ref().map(|code| json!({"error": code})),
            "request": event.id.as_ref().map(|id| json!({"uid": id})),
        })),
        "src_endpoint": event.source_address.as_ref().map(|from| endpoint(from)),
        "data": data,
    })
}

/// What the schema has no place for of an event in a timeline.
fn about(of: &CorrelatedEvent) -> Map<String, Value> {
    let event = &of.event;
    let texts = [
        ("step", of.step.clone()),
        ("eventTime", event.time.map(|time| time.to_string())),
        ("account", event.account.clone()),
        ("region", event.region.clone()),
        ("file", Some(of.place.file.to_string())),
    ];
    let texts = texts.into_iter();
    let mut data: Map<String, Value> = texts
        .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))))
        .collect();
    data.insert("record".to_owned(), of.place.record.into());
    data
}

/// The ids of the events, the finding's own first.
fn related(finding: &Finding) -> Option<Vec<Value>> {
    let events = finding.correlation.iter().flat_map(|of| &of.timeline);
    let events = events.filter(|event| event.place != finding.place);
    let ids = [&finding.event]
        .into_iter()
        .chain(events.map(|of| &of.event));
    let ids: Vec<Value> = ids
        .filter_map(|event| Some(json!({"uid": event.id.as_ref()?})))
        .collect();
    (!ids.is_empty()).then_some(ids)
}

/// What several events have in common, and what was asked of them.
fn correlation(events: &CorrelatedEvents) -> Value {
    let key = events.key.iter();
    let key = key.map(|part| (part.field.clone(), Value::from(part.value.clone())));
    json!({
        "key": key.collect::<Map<_, _>>(),
        "asks": events.asks,
        "within": events.within.map(|within| within.as_secs()),
        "measured": events.measured,
        "values": (!events.values.is_empty()).then_some(&events.values),
    })
}

/// What earlier runs saw of findings under its fingerprint.
fn recurrence(recurrence: Recurrence) -> Value {
    let seen = recurrence.seen();
    json!({
        "state": recurrence.name(),
        "first_seen": seen.map(|(first, _)| first.as_millisecond()),
        "last_seen": seen.map(|(_, last)| last.as_millisecond()),
    })
}

/// The fields that made the rule match, by their paths.
fn fields(finding: &Finding) -> Map<String, Value> {
    let fields = finding.fields.iter().map(|field| {
        let value = field.value.clone().unwrap_or_else(|| json!("(missing)"));
        (field.path.to_string(), value)
    });
    fields.collect()
}

fn severity_id(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// What the schema does not require is left out where there is nothing to say;
/// values of the event's fields stay as they are.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            let kept = kept.map(|(key, value)| {
                let value = if key == "data" {
                    value
                } else {
                    without_nulls(value)
                };
                (key, value)
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
