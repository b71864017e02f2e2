//! Whole runs over real files: nothing crashes, every file and record is
//! accounted for, and what is known to be in them is found. The data is not part
//! of the project; `TRAILGATE_DATA` names it, and without it the tests are skipped.

#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::support::{data, files, of_type, put, scan, stderr, stdout};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

/// How many objects a file holds, in a way that has nothing of trailgate in it:
/// the elements of `Records` or of an array, and other objects as one each; of a
/// table its rows. Nothing for a file that is neither.
fn counted(path: &Path) -> Option<u64> {
    if path.extension().is_some_and(|extension| extension == "csv") {
        let mut rows = csv::Reader::from_path(path).unwrap().into_records();
        return rows.try_fold(0, |count, row| row.ok().map(|_| count + 1));
    }
    let mut bytes = std::fs::read(path).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut decoded = Vec::new();
        MultiGzDecoder::new(&bytes[..])
            .read_to_end(&mut decoded)
            .unwrap();
        bytes = decoded;
    }
    let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    values
        .map(|value| {
            let value = value.ok()?;
            let records = value.get("Records").unwrap_or(&value);
            Some(records.as_array().map_or(1, |all| all.len() as u64))
        })
        .sum()
}

fn sum(value: &Value) -> u64 {
    match value {
        Value::Object(entries) => entries.values().map(sum).sum(),
        other => other.as_u64().unwrap(),
    }
}

/// The arguments that let every rule of the pack run.
fn everything(networks: &Path) -> Vec<String> {
    let list = format!("known_networks={}", networks.display());
    ["-o", "jsonl", "--fail-on", "none", "--list", &list]
        .map(str::to_owned)
        .to_vec()
}

/// Scans and gives the findings and the summary.
fn findings(paths: &[&Path]) -> (Vec<Value>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let networks = put(folder.path(), "networks.txt", "10.0.0.0/8\n");
    let mut arguments = everything(&networks);
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap().to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = scan(&arguments);
    let said = stderr(&output);
    assert!(!said.contains("panicked"), "{said}");
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 4)), "{paths:?}: {code:?} {said}");
    let text = stdout(&output);
    let summary = of_type(&text, "summary").remove(0);
    assert_eq!(
        summary["verdict"]["exit_code"].as_i64(),
        code.map(i64::from)
    );
    (of_type(&text, "finding"), summary)
}

#[test]
fn every_file_alone_is_read_or_reported_and_every_record_is_counted() {
    let Some(root) = data() else { return };
    for path in files(&root) {
        let (_, summary) = findings(&[&path]);
        let inputs = &summary["inputs"];
        let name = path.display();
        match counted(&path) {
            Some(count) => {
                assert_eq!(
                    (sum(&inputs["read"]), sum(&inputs["failed"])),
                    (1, 0),
                    "{name}"
                );
                assert_eq!(sum(&summary["records"]), count, "{name} {summary}");
            }
            None => {
                assert_eq!(
                    (sum(&inputs["read"]), sum(&inputs["failed"])),
                    (0, 1),
                    "{name}"
                );
                assert_eq!(summary["verdict"]["exit_code"], 4, "{name}");
            }
        }
    }
}

#[test]
fn all_files_together_are_accounted_for() {
    let Some(root) = data() else { return };
    let all = files(&root);
    let (found, summary) = findings(&[&root]);
    let skipped = sum(&summary["skipped"]);
    assert_eq!(
        sum(&summary["inputs"]) + skipped,
        all.len() as u64,
        "{summary}"
    );
    let is_digest = |path: &PathBuf| path.to_string_lossy().contains("CloudTrail-Digest");
    let read = all.iter().filter(|path| !is_digest(path));
    let records: u64 = read.filter_map(|path| counted(path)).sum();
    assert_eq!(sum(&summary["records"]), records);
    // Records of rule sets' tests are below other keys.
    assert_eq!(sum(&summary["records"]["unread"]), 0, "{summary}");
    assert_eq!(sum(&summary["records"]["bad"]), 0, "{summary}");
    assert_eq!(
        summary["findings"]["total"].as_u64(),
        Some(found.len() as u64)
    );
    println!("{records} records, findings by rule:");
    for (rule, count) in summary["findings"]["by_rule"].as_object().unwrap() {
        println!("{count:>6} {rule}");
    }
}

/// The rules that found something in a file of simulated attacks.
fn rules_for(root: &Path, part: &str) -> Option<BTreeSet<String>> {
    let all = files(&root.join("stratus-red-team"));
    let file = all
        .iter()
        .find(|path| path.to_string_lossy().contains(part))?;
    let (found, _) = findings(&[file]);
    let rules = found
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned());
    Some(rules.collect())
}

#[test]
fn labelled_behaviour_is_found_by_its_rule() {
    let Some(root) = data() else { return };
    for (behaviour, rule) in [
        ("cloudtrail-stop", "cis-05-cloudtrail-change"),
        ("cloudtrail-delete", "cis-05-cloudtrail-change"),
        (
            "console-login-without-mfa",
            "cis-02-console-sign-in-without-mfa",
        ),
        ("organizations-leave", "cis-15-organizations-change"),
        (
            "ec2-security-group-open-port-22",
            "cis-10-security-group-change",
        ),
    ] {
        let Some(rules) = rules_for(&root, behaviour) else {
            println!("skipped: no file of {behaviour}");
            continue;
        };
        assert!(rules.contains(rule), "{behaviour}: {rules:?}");
    }
}

/// What a finding says of its event is what the event has.
#[test]
fn every_finding_leads_back_to_its_event() {
    let Some(root) = data() else { return };
    let (found, _) = findings(&[&root.join("stratus-red-team"), &root.join("traildiscover")]);
    assert!(found.len() > 500);
    let mut read: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for finding in found {
        let file = finding["file"].as_str().unwrap();
        let events = read.entry(file.to_owned()).or_insert_with(|| {
            let bytes = std::fs::read(file).unwrap();
            let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
            let records = |value: Value| match value.get("Records").unwrap_or(&value) {
                Value::Array(all) => all.clone(),
                one => vec![one.clone()],
            };
            values.flat_map(|value| records(value.unwrap())).collect()
        });
        let event = &events[finding["record"].as_u64().unwrap() as usize - 1];
        assert_eq!(finding["event_id"], event["eventID"]);
        assert_eq!(finding["event_name"], event["eventName"]);
        assert_eq!(finding["region"], event["awsRegion"]);
    }
}
