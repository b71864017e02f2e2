//! What only several events together show, while they are written.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::running::Running;
use crate::support::{gzip, lines, of_type, put};
use serde_json::{Value, json};

const RULES: &str = "
id: burst
title: Burst
severity: high
match: {eventName: Fail}
correlate: {by: [sourceIPAddress], within: 10m, count: {gte: 3}}
---
id: after
title: In after a burst
severity: critical
steps:
  burst: {rules: [burst], by: [sourceIPAddress]}
  in: {match: {eventName: In}, by: [sourceIPAddress]}
correlate: {within: 1h, order: [burst, in]}
---
id: stopped
title: Not started again
severity: high
steps:
  stopped: {match: {eventName: Stop}, by: [sourceIPAddress]}
  started: {match: {eventName: Start}, by: [sourceIPAddress]}
correlate: {within: 30m, order: [stopped], absent: [started]}
";

fn event(name: &str, time: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "userName": "ana"},
        "eventTime": format!("2026-03-01T{time}Z"),
        "eventSource": "example.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "203.0.113.9",
        "eventID": format!("{name}-{time}"),
        "recipientAccountId": "111122223333",
    })
}

struct Followed {
    folder: tempfile::TempDir,
    run: Running,
}

impl Followed {
    fn start(more: &[&str], prepare: impl FnOnce(&Path)) -> Followed {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        prepare(&logs);
        let rules = put(folder.path(), "rules.yaml", RULES);
        let mut arguments = vec!["--follow", logs.to_str().unwrap(), "-o", "jsonl"];
        arguments.extend(["--rules", rules.to_str().unwrap()]);
        arguments.extend(more);
        let run = Running::start(folder.path(), &arguments);
        Followed { folder, run }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("logs").join(name)
    }

    fn append(&self, name: &str, events: &[Value]) {
        let mut file = fs::OpenOptions::new();
        let mut file = file
            .create(true)
            .append(true)
            .open(self.path(name))
            .unwrap();
        std::io::Write::write_all(&mut file, lines(events).as_bytes()).unwrap();
    }

    /// Waits for the finding of a rule.
    fn told(&self, rule: &str) -> Value {
        let line = self.run.line_with(&format!("\"rule\":\"{rule}\""));
        serde_json::from_str(&line).unwrap()
    }

    fn end(self) -> (Option<i32>, String) {
        self.run.signal("TERM");
        let rest = self.run.rest();
        (self.run.end().0, rest)
    }
}

fn rules_of(rest: &str) -> Vec<String> {
    let findings = of_type(rest, "finding");
    let rule = |finding: &Value| finding["rule"].as_str().unwrap().to_owned();
    findings.iter().map(rule).collect()
}

#[test]
fn a_burst_is_told_once_when_it_is_final_and_what_comes_after_it_too() {
    let followed = Followed::start(&[], |_| ());
    let fails = ["09:00:00", "09:01:00", "09:02:00", "09:03:00"].map(|time| event("Fail", time));
    followed.append("a.jsonl", &fails);
    followed.append(
        "a.jsonl",
        &[event("In", "09:05:00"), event("Other", "09:22:30")],
    );
    // No event before 09:02:30 is expected any more.
    let burst = followed.told("burst");
    assert_eq!(burst["event_id"], "Fail-09:02:00");
    followed.append(
        "a.jsonl",
        &[event("Fail", "09:09:00"), event("Other", "09:40:00")],
    );
    assert_eq!(followed.told("after")["event_id"], "In-09:05:00");
    let (exit, rest) = followed.end();
    assert_eq!((exit, rules_of(&rest)), (Some(1), vec![]));
}

#[test]
fn files_that_are_there_are_read_whole_whatever_their_order() {
    let followed = Followed::start(&["--allowed-lateness", "1s"], |logs| {
        put(
            logs,
            "a.jsonl",
            lines(&[event("Fail", "09:02:00"), event("Other", "12:00:00")]),
        );
        let early = [event("Fail", "09:00:00"), event("Fail", "09:01:00")];
        put(logs, "b.json.gz", gzip(lines(&early).as_bytes()));
        std::thread::sleep(std::time::Duration::from_millis(700));
    });
    assert_eq!(followed.told("burst")["event_id"], "Fail-09:02:00");
    let (_, rest) = followed.end();
    assert!(of_type(&rest, "diagnostic").is_empty(), "{rest}");
}

#[test]
fn what_does_not_follow_is_told_when_the_window_is_over_and_the_end_leaves_it_open() {
    let followed = Followed::start(&[], |_| ());
    followed.append(
        "a.jsonl",
        &[event("Stop", "09:00:00"), event("Other", "09:50:01")],
    );
    assert_eq!(followed.told("stopped")["event_id"], "Stop-09:00:00");
    followed.append(
        "a.jsonl",
        &[event("Stop", "10:00:00"), event("Start", "10:30:00")],
    );
    followed.append(
        "a.jsonl",
        &[event("Stop", "11:00:00"), event("Other", "11:20:00")],
    );
    let (exit, rest) = followed.end();
    assert_eq!((exit, rules_of(&rest)), (Some(1), vec![]), "{rest}");
}

#[test]
fn what_is_too_late_is_named_once_and_counted() {
    let followed = Followed::start(&[], |_| ());
    followed.append(
        "a.jsonl",
        &[event("Stop", "09:00:00"), event("Other", "10:00:00")],
    );
    followed.told("stopped");
    followed.append(
        "a.jsonl",
        &[event("Fail", "09:39:59"), event("Fail", "09:39:58")],
    );
    let told = followed.run.line_with("TG2303");
    assert!(told.contains("record 3"), "{told}");
    let (exit, rest) = followed.end();
    assert_eq!(exit, Some(1));
    assert!(of_type(&rest, "diagnostic").is_empty(), "{rest}");
}

#[test]
fn a_stream_says_itself_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let rules = put(folder.path(), "rules.yaml", RULES);
    let arguments = [
        "--follow",
        "-",
        "-o",
        "jsonl",
        "--rules",
        rules.to_str().unwrap(),
    ];
    let mut run = Running::start(folder.path(), &arguments);
    run.send(&lines(&[
        event("Stop", "09:00:00"),
        event("Other", "09:50:01"),
    ]));
    run.line_with("\"rule\":\"stopped\"");
    run.signal("TERM");
    let rest = run.rest();
    assert_eq!(rules_of(&rest), Vec::<String>::new());
    assert_eq!(run.end().0, Some(1));
}
