//! The same twelve events in every shape: what is found does not depend on it.

use std::path::{Path, PathBuf};

use crate::support::{event, files, gzip, of_type, put, scan, stderr, stdout, trailgate};
use serde_json::{Value, json};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shapes")
}

fn fixture(name: &str) -> String {
    fixtures().join(name).to_str().unwrap().to_owned()
}

/// The findings of a scan without their places, sorted, and its summary.
fn found(arguments: &[&str]) -> (Vec<String>, Value) {
    let all = [&["-o", "jsonl", "--fail-on", "none"], arguments].concat();
    let output = scan(&all);
    let text = stdout(&output);
    let findings = of_type(&text, "finding").into_iter().map(|mut finding| {
        let object = finding.as_object_mut().unwrap();
        object.remove("file");
        object.remove("record");
        finding.to_string()
    });
    let mut findings: Vec<String> = findings.collect();
    findings.sort();
    let summary = of_type(&text, "summary").remove(0);
    assert!(!stderr(&output).contains("panicked"));
    (findings, summary)
}

#[test]
fn every_shape_has_the_findings_of_the_plain_records() {
    let (expected, summary) = found(&[&fixture("records.json")]);
    assert_eq!(summary["records"]["events"], 12);
    assert!(expected.len() > 6, "{expected:?}");
    let shapes = files(&fixtures());
    assert!(shapes.len() >= 20);
    for path in shapes {
        let name = path.display();
        let (findings, summary) = found(&[path.to_str().unwrap()]);
        assert_eq!(findings, expected, "{name}");
        let records = &summary["records"];
        assert_eq!(records["events"], 12, "{name}");
        assert_eq!(records["bad"], 0, "{name}");
        assert_eq!(records["unread"], json!({}), "{name}");
        assert_eq!(summary["verdict"]["exit_code"], 0, "{name} {summary}");
    }
}

#[test]
fn the_same_events_in_all_shapes_are_delivered_twice() {
    let (expected, _) = found(&[&fixture("records.json")]);
    let (findings, summary) = found(&[fixtures().to_str().unwrap()]);
    assert_eq!(findings, expected);
    let duplicates = (files(&fixtures()).len() - 1) * 8;
    // Events with findings; two rules find one of them.
    assert_eq!(summary["duplicates"], duplicates, "{summary}");
}

#[test]
fn an_item_of_lookup_events_without_its_event_went_unread() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(fixture("lookup-events.json")).unwrap();
    let mut answer: Value = serde_json::from_str(&text).unwrap();
    for number in [0, 5] {
        let item = answer["Events"][number].as_object_mut().unwrap();
        item.remove("CloudTrailEvent");
    }
    let items = answer["Events"].as_array().unwrap();
    let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
    for (name, text) in [
        ("whole.json", answer.to_string()),
        ("pages.json", json!({ "pages": [answer] }).to_string()),
        ("items.jsonl", lines),
    ] {
        let path = put(folder.path(), name, text);
        let (_, summary) = found(&[path.to_str().unwrap()]);
        let records = &summary["records"];
        assert_eq!(records["events"], 10, "{name} {summary}");
        assert_eq!(records["unread"], json!({"lookup_event": 2}), "{name}");
        assert_eq!(summary["verdict"]["exit_code"], 4, "{name}");
    }
}

/// Record numbers of the findings, in the order of the output.
fn numbers(path: &str, jobs: &str) -> Vec<u64> {
    let output = scan(&["-o", "jsonl", "--fail-on", "none", "-j", jobs, path]);
    let findings = of_type(&stdout(&output), "finding").into_iter();
    findings
        .map(|finding| finding["record"].as_u64().unwrap())
        .collect()
}

#[test]
fn records_are_numbered_in_the_order_of_the_file_whatever_holds_them() {
    let expected = numbers(&fixture("records.json"), "1");
    for name in [
        "cloudwatch-subscription.jsonl",
        "cloudwatch-payload.json",
        "eventbridge-in-sqs.jsonl",
        "logs-insights.json",
        "athena.jsonl",
        "cloudwatch-export.gz",
    ] {
        assert_eq!(numbers(&fixture(name), "1"), expected, "{name}");
    }
    // A control message comes before them.
    let behind = expected.iter().map(|number| number + 1);
    assert_eq!(
        numbers(&fixture("firehose.gz"), "1"),
        behind.collect::<Vec<_>>()
    );
}

#[test]
fn an_event_is_explained_by_the_number_that_its_finding_has() {
    let output = scan(&[
        "-o",
        "jsonl",
        "--fail-on",
        "none",
        &fixture("cloudwatch-subscription.jsonl"),
    ]);
    let findings = of_type(&stdout(&output), "finding");
    let last = findings.last().unwrap();
    assert!(
        last["record"].as_u64().unwrap() > 7,
        "in the second payload"
    );
    let place = format!("{}:{}", last["file"].as_str().unwrap(), last["record"]);
    let output = trailgate()
        .args(["explain", last["rule"].as_str().unwrap(), &place])
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(
        text.contains("Matches. Severity"),
        "{text}{}",
        stderr(&output)
    );
}

#[test]
fn large_lists_are_read_element_by_element() {
    for name in [
        "lookup-events.json",
        "cloudwatch-payload.json",
        "filter-log-events.json",
        "logs-insights.json",
    ] {
        let (_, summary) = found(&["--max-record", "3KiB", &fixture(name)]);
        assert_eq!(summary["records"]["events"], 12, "{name} {summary}");
        assert_eq!(summary["records"]["bad"], 0, "{name}");
    }
}

/// A file that is large enough to be read by several threads, and at its end an
/// event that is found.
fn many(name: &str, times: usize) -> Vec<u8> {
    let mut text = std::fs::read(fixture(name)).unwrap().repeat(times);
    let mut last = event("StopLogging", 1);
    last["eventSource"] = "cloudtrail.amazonaws.com".into();
    last["eventID"] = "last".into();
    let last = json!({"detail-type": "AWS API Call via CloudTrail", "detail": last});
    text.extend_from_slice(last.to_string().as_bytes());
    text
}

#[test]
fn several_threads_number_what_wrappers_hold_as_one_does() {
    let folder = tempfile::tempdir().unwrap();
    for (name, times) in [
        ("cloudwatch-subscription.jsonl", 400),
        ("eventbridge.jsonl", 120),
        ("lookup-events-items.jsonl", 120),
        ("firehose-glued", 120),
        ("logs-insights.json", 120),
    ] {
        let path = put(folder.path(), name, many(name, times));
        assert!(std::fs::metadata(&path).unwrap().len() > 1 << 20, "{name}");
        let run = |jobs| {
            let path = path.to_str().unwrap();
            stdout(&scan(&[
                "-o",
                "jsonl",
                "--fail-on",
                "none",
                "-j",
                jobs,
                path,
            ]))
        };
        let alone = run("1");
        let summary = of_type(&alone, "summary").remove(0);
        assert_eq!(summary["records"]["events"], 12 * times + 1, "{name}");
        // What several events show together comes after all of them.
        let mut single = of_type(&alone, "finding");
        single.retain(|finding| finding["correlation"].is_null());
        let last = single.pop().unwrap();
        assert_eq!(last["event_id"], "last", "{name}");
        assert_eq!(last["record"], 12 * times + 1, "{name}");
        assert_eq!(run("4"), alone, "{name}");
    }
}

#[test]
fn a_shape_can_be_asked_for() {
    let (expected, _) = found(&[&fixture("records.json")]);
    for (shape, name) in [
        ("cloudtrail", "records.json"),
        ("eventbridge", "eventbridge.jsonl"),
        ("lookup-events", "lookup-events.json"),
        ("cloudwatch-logs", "cloudwatch-subscription.jsonl"),
        ("cloudwatch-logs", "firehose.gz"),
        ("message", "eventbridge-in-sqs.jsonl"),
        ("ecs", "ecs.jsonl"),
        ("lower-cased", "athena.jsonl"),
        ("wrapped", "wrapped.jsonl"),
    ] {
        let (findings, summary) = found(&["--shape", shape, &fixture(name)]);
        assert_eq!(findings, expected, "{shape} {name}");
        assert_eq!(summary["verdict"]["exit_code"], 0, "{shape} {name}");
    }
    let (findings, summary) = found(&["--shape", "lookup-events", &fixture("eventbridge.jsonl")]);
    assert_eq!(findings, [] as [String; 0]);
    assert_eq!(summary["records"]["bad"], 12);
    assert_eq!(summary["verdict"]["exit_code"], 4);
}

#[test]
fn a_shape_that_is_not_known_is_answered_with_those_that_are() {
    let output = scan(&["--shape", "avro", &fixture("records.json")]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("invalid value 'avro' for '--shape <NAME>'"),
        "{said}"
    );
    for shape in ["cloudtrail", "eventbridge", "lookup-events", "lower-cased"] {
        assert!(said.contains(shape), "{said}");
    }
}

fn shapes(arguments: &[&str]) -> (Option<i32>, String) {
    let output = trailgate().arg("shapes").args(arguments).output().unwrap();
    let text = [stdout(&output), stderr(&output)].concat();
    (output.status.code(), text)
}

#[test]
fn shapes_says_what_was_detected_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let ocsf = put(folder.path(), "ocsf.json", r#"{"class_uid":6003,"api":{}}"#);
    let mut said = String::new();
    for name in [
        "records.json",
        "lookup-events-paged.json",
        "eventbridge-in-sqs.jsonl",
        "firehose.gz",
        "logs-insights-rows.json",
        "athena.jsonl",
    ] {
        let (code, text) = shapes(&[&format!("fixtures/shapes/{name}")]);
        assert_eq!(code, Some(0), "{text}");
        said.push_str(&text);
    }
    let (code, text) = shapes(&[ocsf.to_str().unwrap()]);
    assert_eq!(code, Some(4), "{text}");
    said.push_str(&text.replace(folder.path().to_str().unwrap(), "export"));
    insta::assert_snapshot!(said);
}

#[test]
fn shapes_says_the_same_to_tools() {
    let (code, text) = shapes(&["fixtures/shapes/lookup-events.json", "--format", "json"]);
    assert_eq!(code, Some(0));
    let report: Value = serde_json::from_str(&text).unwrap();
    insta::assert_json_snapshot!(report);
}

#[test]
fn shapes_reports_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"awslogs":{"data":"?"}}"#;
    let path = put(folder.path(), "bad.json", text);
    let (code, text) = shapes(&[path.to_str().unwrap()]);
    assert_eq!(code, Some(4));
    assert!(text.contains("TG2020"), "{text}");
    assert_eq!(shapes(&["nowhere"]).0, Some(4));
}

#[test]
fn shapes_says_what_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, said) in [
        ("nothing.json", "", "TG2012"),
        (
            "none.json",
            r#"{"Records":[]}"#,
            "not a single CloudTrail record",
        ),
    ] {
        let path = put(folder.path(), name, text);
        let (code, text) = shapes(&[path.to_str().unwrap()]);
        assert_eq!(code, Some(4));
        assert!(text.contains(said), "{name}: {text}");
    }
}

/// A zip with a compressed member and an archive in it.
fn archive() -> Vec<u8> {
    let read = |name: &str| std::fs::read(fixture(name)).unwrap();
    let zip = |members: &[(&str, Vec<u8>)]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            std::io::Write::write_all(&mut writer, bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let inner = zip(&[("lines.jsonl", read("lines.jsonl"))]);
    let packed = gzip(&read("records.json"));
    zip(&[("a!b/records.json.gz", packed), ("inner.zip", inner)])
}

#[test]
fn shapes_looks_into_archives_as_a_scan_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "a.zip", archive());
    let (code, text) = shapes(&[path.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    for said in [
        "a.zip!a!b/records.json.gz\n  records  12, in Records[]",
        "a.zip!inner.zip!lines.jsonl\n  records  12, one after another",
    ] {
        assert!(text.contains(said), "{text}");
    }
    let cut = put(folder.path(), "cut.zip", &archive()[..300]);
    let (code, text) = shapes(&[cut.to_str().unwrap()]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("TG2002") || text.contains("TG2010"), "{text}");
}

#[test]
fn an_event_in_an_archive_is_explained_by_the_place_of_its_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "a.zip", archive());
    for member in ["a!b/records.json.gz", "inner.zip!lines.jsonl"] {
        let output = scan(&["-o", "jsonl", "--fail-on", "none", path.to_str().unwrap()]);
        let findings = of_type(&stdout(&output), "finding");
        // Both hold the same events: findings name the first place.
        let finding = findings.last().unwrap();
        let file = format!("{}!{member}", path.display());
        for place in [
            format!("{file}:{}", finding["record"]),
            format!("{file}, record {}", finding["record"]),
        ] {
            let output = trailgate()
                .args(["explain", finding["rule"].as_str().unwrap(), &place])
                .output()
                .unwrap();
            let text = [stdout(&output), stderr(&output)].concat();
            assert!(text.contains("Matches. Severity"), "{place}: {text}");
        }
    }
    let missing = format!("{}!c.json:1", path.display());
    let output = trailgate()
        .args(["explain", "cis-03-root-use", &missing])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("has no record 1"));
}
