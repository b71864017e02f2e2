use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::diagnostic::Code;
use crate::finding::testing::{event, scan};
use crate::finding::{
    ExpiredException, Gate, HistoryCounts, InactiveRule, KnownInputs, Recurrence,
};

const RULES: &str = r#"
id: project-changed-without-mfa
title: Project changed without MFA
severity: high
tags: [codebuild]
controls:
  nist-800-53-r5: [IA-2(1), AC-2(12)]
  cis-aws-5.0: ["4.1"]
attack: [T1078.004]
match:
  eventName: [CreateProject, UpdateProject]
  errorCode: {exists: false}
exceptions:
  - reason: Bootstrap pipeline
    owner: platform-security
    expires: 2026-12-31
    match: {awsRegion: us-east-1}
message: "{userIdentity.arn} changed {requestParameters.name}"
---
id: plaintext-secret
title: A secret in plain text
severity: critical
match:
  requestParameters.environment.environmentVariables:
    any_element: {name: DB_PASSWORD, value: {exists: true}}
message: "{matched.name} is {matched.value}"
"#;

/// A run that has something of everything.
fn written<'a, S: Sink>(
    sources: &'a SourceMap,
    findings: &[Finding],
    sink: impl FnOnce(&'a SourceMap) -> S,
) {
    let mut sink = sink(sources);
    let mut summary = Summary::default();
    for finding in findings {
        summary.count(finding);
        sink.finding(finding).unwrap();
    }
    let clause = findings[0].fields[0].clause;
    for diagnostic in [
        Diagnostic::new(Code::BadRecord, "the record ends in a string")
            .in_place("a.json, record 3")
            .help("fetch the file again"),
        Diagnostic::new(Code::UnsetList, "a list is not set").at(clause, "used here"),
    ] {
        sink.diagnostic(&diagnostic).unwrap();
    }
    summary.inputs.read = 1;
    summary.skipped.insert("hidden".into(), 2);
    summary.records.events = 3;
    summary.records.bad = 1;
    summary
        .records
        .not_cloudtrail
        .insert("no eventName".into(), 1);
    let time = "2026-11-23T09:12:44Z".parse().ok();
    summary
        .coverage
        .see(time, Some("111122223333"), Some("eu-central-1"));
    summary.rules.active = 2;
    summary.rules.inactive.push(InactiveRule {
        id: "unknown-network".into(),
        lists: vec!["known_networks".into()],
    });
    summary.undecided.insert("plaintext-secret".into(), 1);
    summary.expired_exceptions.push(ExpiredException {
        rule: "plaintext-secret".into(),
        owner: "platform-security".into(),
        reason: "Old pipeline".into(),
        since: "2026-01-01T00:00:00Z".parse().unwrap(),
    });
    summary.known = Some(KnownInputs {
        inputs: 4,
        events: 9,
        findings: 2,
        last: time,
    });
    summary.history = Some(HistoryCounts {
        new: 1,
        again: 2,
        not_seen: 3,
        not_seen_since: time,
        earlier_runs: 4,
        runs: Vec::new(),
    });
    summary.judge(&Gate::default(), crate::finding::Allowed::default());
    sink.finish(&summary).unwrap();
}

fn example() -> (Vec<Finding>, SourceMap) {
    let mut covered = event();
    covered["awsRegion"] = json!("us-east-1");
    covered["eventID"] = Value::Null;
    covered["requestParameters"]["environment"].take();
    let (mut findings, sources) = scan(RULES, &[event(), covered]);
    let seen = "2026-11-22T02:00:00Z".parse().unwrap();
    // The first has none, as it is without a state file.
    for finding in findings.iter_mut().skip(1) {
        finding.recurrence = Some(Recurrence::Again {
            first_seen: seen,
            last_seen: seen,
        });
    }
    (findings, sources)
}

fn document() -> Value {
    let (findings, sources) = example();
    let mut out = Vec::new();
    written(&sources, &findings, |sources| {
        JsonSink::new(&mut out, sources)
    });
    serde_json::from_slice(&out).unwrap()
}

fn lines() -> Vec<Value> {
    let (findings, sources) = example();
    let mut out = Vec::new();
    written(&sources, &findings, |sources| {
        JsonLinesSink::new(&mut out, sources)
    });
    let text = String::from_utf8(out).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_document_holds_findings_diagnostics_and_the_summary() {
    insta::assert_json_snapshot!(document());
}

#[test]
fn a_document_without_findings_is_whole_too() {
    let sources = SourceMap::new();
    let mut out = Vec::new();
    JsonSink::new(&mut out, &sources)
        .finish(&Summary::default())
        .unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(document["findings"], json!([]));
    assert_eq!(document["summary"]["verdict"]["exit_code"], 0);
    assert!(schema().is_valid(&document));
}

#[test]
fn the_lines_are_the_objects_of_the_document() {
    let document = document();
    let of_type = |wanted: &str| -> Vec<Value> {
        let lines = lines().into_iter().filter(|line| line["type"] == wanted);
        lines
            .map(|mut line| {
                let object = line.as_object_mut().unwrap();
                assert_eq!(object.shift_remove("schema"), Some(json!(SCHEMA)));
                object.shift_remove("type");
                line
            })
            .collect()
    };
    assert_eq!(json!(of_type("finding")), document["findings"]);
    assert_eq!(json!(of_type("diagnostic")), document["diagnostics"]);
    assert_eq!(
        of_type("summary"),
        std::slice::from_ref(&document["summary"])
    );
    assert_eq!(lines().last().unwrap()["type"], "summary");
}

#[test]
fn a_line_is_written_when_its_finding_comes() {
    let (findings, sources) = example();
    let mut out = Vec::new();
    JsonLinesSink::new(&mut out, &sources)
        .finding(&findings[0])
        .unwrap();
    assert!(out.starts_with(br#"{"schema":"trailgate/1","type":"finding","rule":"#));
    assert!(out.ends_with(b"}\n"));
}

#[test]
fn no_output_shows_a_credential() {
    let texts = [document().to_string(), json!(lines()).to_string()];
    for text in texts {
        assert!(text.contains("DB_PASSWORD is [masked"), "{text}");
        assert!(!text.contains("correct-horse"), "{text}");
    }
}

fn schema() -> jsonschema::Validator {
    let text = include_str!("../../../docs/finding.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

#[test]
fn what_is_written_fits_the_published_schema() {
    let schema = schema();
    for value in lines().into_iter().chain([document()]) {
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{value:#}");
    }
}

#[test]
fn the_published_schema_rejects_what_is_no_finding() {
    let schema = schema();
    let whole = lines().remove(0);
    for key in whole.as_object().unwrap().keys() {
        let mut broken = whole.clone();
        broken.as_object_mut().unwrap().shift_remove(key);
        assert!(!schema.is_valid(&broken), "without {key}");
    }
    let mut broken = whole.clone();
    broken["severity"] = json!("dreadful");
    assert!(!schema.is_valid(&broken));
}

/// The names of all fields, without the names that users choose.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    const CHOSEN: [&str; 7] = [
        "controls",
        "skipped",
        "not_cloudtrail",
        "undecided",
        "by_rule",
        "value",
        "by_severity",
    ];
    match value {
        Value::Object(entries) => {
            for (key, item) in entries {
                found.insert(key.clone());
                if !CHOSEN.contains(&key.as_str()) {
                    names(item, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

#[test]
fn every_field_is_described_in_the_docs() {
    let docs = include_str!("../../../docs/finding-schema.md");
    let mut document = document();
    // Its keys are rules.
    document["summary"]["suppressed"].take();
    let mut found = BTreeSet::new();
    names(&document, &mut found);
    let undescribed: Vec<_> = found
        .iter()
        .filter(|name| {
            !docs.contains(&format!("`{name}`")) && !docs.contains(&format!("\"{name}\""))
        })
        .collect();
    assert_eq!(undescribed, Vec::<&String>::new());
}
