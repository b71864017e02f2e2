//! Correlations as those who write them see them: test, explain, show.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const RULES: &str = "id: burst
title: Failed logins
severity: high
description: Somebody tries passwords.
remediation: Look for a success.
match: {eventSource: signin.amazonaws.com, eventName: ConsoleLogin, errorMessage: {exists: true}}
correlate: {by: sourceIPAddress, within: 5m, count: {gte: 3}}
tests:
  - name: three
    expect: match
    count: 2
    events:
      - {repeat: 3, event: {eventSource: signin.amazonaws.com, eventName: ConsoleLogin, errorMessage: x, sourceIPAddress: 192.0.2.1}}
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), RULES).unwrap();
    let event = |id: u32, time: &str, address: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"{id}","eventTime":"2026-01-05T{time}Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","errorMessage":"x"{address}}}"#
        )
    };
    let address = r#","sourceIPAddress":"192.0.2.1""#;
    fs::write(
        folder.path().join("a.jsonl"),
        [
            event(1, "09:00:00", address),
            event(2, "09:04:00", address),
            event(3, "09:04:00", ""),
        ]
        .join("\n"),
    )
    .unwrap();
    folder
}

/// The exit code and what was printed.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("trailgate")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), printed + &said)
}

const RULE: [&str; 4] = ["burst", "--rules", "rules.yaml", "--no-default-rules"];

#[test]
fn explain_reads_all_events_and_says_how_near_the_nearest_window_came() {
    let folder = folder();
    let arguments = [&["explain"], &RULE[..], &["a.jsonl"]].concat();
    let (code, text) = run(folder.path(), &arguments);
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn explain_says_that_one_event_is_not_what_it_is_about() {
    let folder = folder();
    let arguments = [&["explain"], &RULE[..], &["a.jsonl", "--event-id", "1"]].concat();
    let (code, text) = run(folder.path(), &arguments);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("is about several events"), "{text}");
}

#[test]
fn a_correlation_is_shown_in_words() {
    let folder = folder();
    let (code, text) = run(folder.path(), &[&["explain"], &RULE[..]].concat());
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_count_of_findings_that_is_wrong_is_reported_to_tools() {
    let folder = folder();
    let (code, text) = run(folder.path(), &["test", "rules.yaml", "--format", "json"]);
    assert_eq!(code, 5, "{text}");
    let report: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    let mismatches = &report["rules"][0]["tests"][0]["mismatches"];
    assert_eq!(
        *mismatches,
        serde_json::json!([{"what": "count", "expected": 2, "got": 1}])
    );
}
