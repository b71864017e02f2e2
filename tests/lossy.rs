//! The same twelve events in shapes that lose fields: what is found there is found in
//! the plain records, and what is not was not evaluated, and says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::{files, gzip, of_type, put, scan, stderr, stdout, trailgate};
use serde_json::Value;

fn fixture(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    folder.join(path).to_str().unwrap().to_owned()
}

/// Rule, event and severity of each finding, and the summary.
fn found(path: &str) -> (BTreeSet<[String; 3]>, Value) {
    let output = scan(&["-o", "jsonl", "--fail-on", "none", path]);
    let text = stdout(&output);
    assert!(!stderr(&output).contains("panicked"));
    let findings = of_type(&text, "finding").into_iter();
    let findings = findings.map(|finding| {
        ["rule", "event_id", "severity"].map(|key| finding[key].as_str().unwrap_or("-").to_owned())
    });
    (findings.collect(), of_type(&text, "summary").remove(0))
}

/// How many records each rule was not evaluated on.
fn not_evaluated(summary: &Value) -> BTreeMap<String, u64> {
    let entries = summary["not_evaluated"].as_array().into_iter().flatten();
    entries
        .map(|entry| {
            let rule = entry["rule"].as_str().unwrap().to_owned();
            (rule, entry["records"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn nothing_is_found_that_is_not_there_and_nothing_is_missed_in_silence() {
    let (expected, _) = found(&fixture("shapes/records.json"));
    let shapes = files(Path::new(&fixture("lossy")));
    assert!(shapes.len() >= 8);
    for path in shapes {
        let name = path.display();
        let (findings, summary) = found(path.to_str().unwrap());
        assert_eq!(summary["records"]["events"], 12, "{name} {summary}");
        assert_eq!(summary["records"]["bad"], 0, "{name}");
        let not_evaluated = not_evaluated(&summary);
        for finding in &findings {
            assert!(expected.contains(finding), "{name} makes up {finding:?}");
        }
        let mut missing: BTreeMap<&str, u64> = BTreeMap::new();
        for [rule, ..] in expected.difference(&findings) {
            *missing.entry(rule).or_default() += 1;
        }
        for (rule, count) in missing {
            let said = not_evaluated.get(rule).copied().unwrap_or(0);
            assert!(said >= count, "{name}: {rule} misses {count}, {said} said");
        }
    }
}

#[test]
fn shapes_that_keep_what_the_rules_ask_for_have_all_findings() {
    let (expected, _) = found(&fixture("shapes/records.json"));
    for name in [
        "athena.csv",
        "athena-packed",
        "ocsf.jsonl",
        "ocsf-array.json",
    ] {
        let (findings, summary) = found(&fixture(&format!("lossy/{name}")));
        assert_eq!(findings, expected, "{name}");
        let mut left = not_evaluated(&summary);
        if name.starts_with("ocsf") {
            // It does not say how a request was signed.
            left.remove("instance-credentials-used-by-person");
        }
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}

/// The exit code and its reasons.
fn verdict(arguments: &[&str]) -> (Option<i32>, String) {
    let output = scan(arguments);
    let text = stdout(&output);
    let at = text.find("Verdict").unwrap_or(0);
    (output.status.code(), text[at..].to_owned())
}

#[test]
fn a_rule_that_was_not_evaluated_does_not_look_clean() {
    let path = fixture("lossy/event-history.csv");
    let (code, said) = verdict(&["--fail-on", "medium", &path]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("not evaluated on some records"), "{said}");
    let (code, said) = verdict(&["--fail-on", "medium", "--allow-not-evaluated", &path]);
    assert_ne!(code, Some(4), "{said}");
    assert!(!said.contains("not evaluated"), "{said}");
    // Nobody asked to fail on any.
    let (code, said) = verdict(&["--fail-on", "none", &path]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        !said.contains("everything was read and evaluated"),
        "{said}"
    );
}

#[test]
fn what_was_not_evaluated_is_said() {
    let output = scan(&["--fail-on", "high", &fixture("lossy/event-history.csv")]);
    let text = stdout(&output);
    let at = text.find("\nFindings ").unwrap();
    insta::assert_snapshot!(&text[at + 1..]);
}

#[test]
fn shapes_says_what_was_detected_and_lost() {
    let mut said = String::new();
    for name in [
        "athena.csv",
        "event-history.csv",
        "lake.csv",
        "ocsf.jsonl",
        "ecs-mapped.jsonl",
    ] {
        let path = format!("fixtures/lossy/{name}");
        let output = trailgate().args(["shapes", &path]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name} {}", stderr(&output));
        said.push_str(&stdout(&output));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_row_is_explained_with_what_was_lost() {
    let output = trailgate()
        .args([
            "explain",
            "cis-03-root-use",
            "fixtures/lossy/event-history.csv:3",
        ])
        .output()
        .unwrap();
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn tables_are_read_in_archives_and_from_standard_input() {
    let csv = std::fs::read(fixture("lossy/athena.csv")).unwrap();
    let (expected, _) = found(&fixture("lossy/athena.csv"));
    let folder = tempfile::tempdir().unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    for (name, data) in [("a.csv", csv.clone()), ("b", gzip(&csv))] {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        builder
            .append_data(&mut header, name, data.as_slice())
            .unwrap();
    }
    let archive = put(folder.path(), "export.tar", builder.into_inner().unwrap());
    let (findings, summary) = found(archive.to_str().unwrap());
    assert_eq!(findings, expected);
    assert_eq!(summary["records"]["events"], 24);
    let output = trailgate()
        .args(["scan", "-", "-o", "jsonl", "--fail-on", "none"])
        .stdin(std::fs::File::open(fixture("lossy/athena.csv")).unwrap())
        .output()
        .unwrap();
    assert_eq!(of_type(&stdout(&output), "finding").len(), expected.len());
}

#[test]
fn a_damaged_row_costs_no_other() {
    let csv = std::fs::read_to_string(fixture("lossy/athena.csv")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = put(folder.path(), "cut.csv", &csv[..csv.len() - 9]);
    let (_, summary) = found(cut.to_str().unwrap());
    assert_eq!(summary["records"]["events"], 11, "{summary}");
    assert_eq!(summary["records"]["bad"], 1);
    assert_eq!(summary["verdict"]["exit_code"], 4);
}

#[test]
fn a_shape_that_is_asked_for_holds_for_tables() {
    let csv = fixture("lossy/athena.csv");
    let records = fixture("shapes/records.json");
    let ocsf = fixture("lossy/ocsf.jsonl");
    for (shape, path, code) in [
        ("csv", &csv, 0),
        ("ocsf", &ocsf, 0),
        ("csv", &records, 4),
        ("cloudtrail", &csv, 4),
        ("ocsf", &csv, 4),
    ] {
        let output = scan(&["--fail-on", "none", "--shape", shape, path]);
        assert_eq!(output.status.code(), Some(code), "{shape} {path}");
    }
}
