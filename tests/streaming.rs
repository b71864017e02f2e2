//! Standard input is evaluated as it arrives; readers that go away are quiet;
//! an interrupted run leaves no partial file.

#![cfg(unix)]

use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::running::Running;
use crate::support::{self, event, gzip, lines, names, put, records, trailgate};
use serde_json::Value;

#[test]
fn a_finding_shows_before_standard_input_ends() {
    for (format, shown) in [("text", "HIGH level-high"), ("jsonl", "\"level-high\"")] {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Running::start(folder.path(), &["-", "-o", format]);
        run.send(&lines(&[event("High", 1)]));
        run.line_with(shown);
        run.send(&lines(&[event("Nothing", 2), event("Critical", 3)]));
        run.line_with("level-critical");
        drop(run.stdin.take());
        run.line_with(if format == "text" {
            "3 events"
        } else {
            "summary"
        });
        assert_eq!(run.end().0, Some(1), "{format}");
    }
}

#[test]
fn a_finding_shows_before_standard_input_ends_however_it_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let mut packed = Running::start(folder.path(), &["-", "-o", "jsonl"]);
    packed.send_bytes(&gzip(lines(&[event("High", 1)]).as_bytes()));
    packed.line_with("level-high");

    let mut in_records = Running::start(folder.path(), &["-", "-o", "jsonl"]);
    let whole = records(&[event("High", 1), event("Critical", 2)]);
    let (first, second) = whole.split_at(whole.find("},{").unwrap() + 2);
    in_records.send(first);
    in_records.line_with("level-high");
    in_records.send(second);
    in_records.line_with("level-critical");
    for mut run in [packed, in_records] {
        drop(run.stdin.take());
        assert_eq!(run.end().0, Some(1));
    }
}

#[test]
fn a_finding_shows_at_once_beside_files_on_several_threads() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..5 {
        let text = records(&[event("Low", number)]);
        put(folder.path(), &format!("logs/{number}.json"), text);
    }
    let logs = folder.path().join("logs");
    let arguments = [logs.to_str().unwrap(), "-", "-o", "jsonl", "--jobs", "4"];
    let mut run = Running::start(folder.path(), &arguments);
    run.send(&lines(&[event("High", 100)]));
    run.line_with("level-high");
    drop(run.stdin.take());
    run.line_with("level-low");
    assert_eq!(run.end().0, Some(1));
}

#[test]
fn a_problem_with_a_record_shows_before_standard_input_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Running::start(folder.path(), &["-", "-o", "jsonl"]);
    run.send(&format!(
        "{{\"eventName\": \"Hi\n{}",
        lines(&[event("High", 1)])
    ));
    run.line_with("TG2003");
    run.line_with("level-high");
    drop(run.stdin.take());
    assert_eq!(run.end().0, Some(4));
}

/// Many findings, more than any pipe holds.
fn many(folder: &Path) -> String {
    let events: Vec<Value> = (0..3000).map(|n| event("High", n)).collect();
    let path = put(folder, "many.jsonl", lines(&events));
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_reader_that_goes_away_is_quiet_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let many = many(folder.path());
    let rules = put(folder.path(), "rules/levels.yaml", support::LEVELS);
    let report = folder.path().join("report.jsonl");
    let also = format!("jsonl={}", report.display());
    for (format, threshold, code) in [
        ("text", "high", 1),
        ("json", "high", 1),
        ("jsonl", "high", 1),
        ("jsonl", "critical", 0),
    ] {
        let mut child = trailgate()
            .args(["scan", &many, "-o", format, "-o", &also])
            .args(["--fail-on", threshold, "--no-default-rules", "--rules"])
            .arg(&rules)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{format}");
        // The reason, as when somebody reads to the end, and nothing of a pipe.
        let said = support::stderr(&output);
        let expected = match (format, code) {
            ("text", _) | (_, 0) => "",
            _ => "trailgate: exit 1: 3,000 findings at or above high\n",
        };
        assert_eq!(said, expected, "{format}");
        // The run went on to its end.
        let text = std::fs::read_to_string(&report).unwrap();
        assert_eq!(support::of_type(&text, "finding").len(), 3000);
    }
}

#[test]
fn an_interrupted_run_leaves_no_file_behind() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        std::fs::create_dir(&out).unwrap();
        let wanted = format!("json={}", out.join("out.json").display());
        let mut run = Running::start(folder.path(), &["-", "-o", &wanted, "-o", "jsonl"]);
        run.send(&lines(&[event("High", 1)]));
        run.line_with("level-high");
        assert_eq!(names(&out).len(), 1, "written under a temporary name");
        run.signal(signal);
        let (ended, said) = run.end();
        assert_eq!(ended, Some(code), "{said}");
        assert_eq!(said, "");
        assert_eq!(names(&out), [""; 0], "{signal}");
    }
}

#[test]
fn an_interrupted_run_leaves_an_earlier_report_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let report = put(folder.path(), "out/out.json", "before");
    let wanted = format!("json={}", report.display());
    let mut run = Running::start(folder.path(), &["-", "-o", &wanted, "-o", "text"]);
    run.send(&lines(&[event("High", 1)]));
    run.line_with("level-high");
    run.signal("INT");
    assert_eq!(run.end().0, Some(130));
    assert_eq!(names(&folder.path().join("out")), ["out.json"]);
    assert_eq!(std::fs::read_to_string(report).unwrap(), "before");
}

#[test]
fn a_long_export_with_many_findings_takes_time_in_proportion() {
    let folder = tempfile::tempdir().unwrap();
    let events = |count: u64| -> String {
        (0..count)
            .map(|n| format!("{}\n", event("High", n)))
            .collect()
    };
    let rules = put(folder.path(), "rules/levels.yaml", support::LEVELS);
    let took = |count: u64| {
        let input = put(folder.path(), &format!("{count}.jsonl"), events(count));
        let start = Instant::now();
        let output = trailgate()
            .args([
                "scan",
                "--no-default-rules",
                "-o",
                "jsonl=/dev/null",
                "--rules",
            ])
            .args([&rules, &input])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        start.elapsed()
    };
    let (few, many) = (took(500), took(10_000));
    // Twenty times as many; a quadratic step would take some hundred times as long.
    assert!(many < few * 60 + Duration::from_secs(1), "{few:?} {many:?}");
}
