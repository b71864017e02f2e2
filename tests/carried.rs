//! Correlations over several nights: what one run left open, the next one goes on
//! with.

mod broken_off;

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{lines, of_type, put, stderr, stdout, trailgate};
use serde_json::{Value, json};

const BURST: &str = "
id: burst
title: Burst
severity: high
match: {eventName: Fail}
correlate: {by: [sourceIPAddress], within: 10m, count: {gte: 4}}
";

const CHAIN: &str = "
id: chain
title: Chain
severity: high
steps:
  made: {match: {eventName: Make}, by: [requestParameters.name]}
  used: {match: {eventName: Use}, by: [userIdentity.userName]}
correlate: {within: 1h, order: [made, used]}
";

const STOPPED: &str = "
id: stopped
title: Not started again
severity: high
steps:
  stopped: {match: {eventName: Stop}, by: [requestParameters.name]}
  started: {match: {eventName: Start}, by: [requestParameters.name]}
correlate: {within: 1h, order: [stopped], absent: [started]}
";

const REGION: &str = "
id: region
title: New region
severity: high
match: {eventName: Call}
correlate: {by: [userIdentity.userName], first_seen: {field: awsRegion, history: 6d, learning: 3d}}
";

const TWICE: &str = "
id: twice
title: Two bursts
severity: critical
steps:
  burst: {rules: [burst], by: [sourceIPAddress]}
correlate: {within: 2h, order: [burst, burst]}
";

fn event(name: &str, time: &str, more: Value) -> Value {
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::111122223333:user/ana",
            "accountId": "111122223333",
            "userName": "ana",
        },
        "eventTime": time,
        "eventSource": "example.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "203.0.113.9",
        "eventID": format!("{name}-{time}"),
        "recipientAccountId": "111122223333",
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn fail(time: &str) -> Value {
    event("Fail", time, json!({}))
}

/// A folder with rules, a folder of logs and a state file.
struct Nights(tempfile::TempDir);

impl Nights {
    fn with(rules: &[&str]) -> Nights {
        let nights = Nights(tempfile::tempdir().unwrap());
        nights.rules(&rules.join("\n---\n"));
        nights
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn rules(&self, text: &str) {
        put(self.path(), "rules.yaml", text);
    }

    fn command(&self, night: u32) -> Command {
        let mut command = trailgate();
        command.current_dir(self.path()).args([
            "scan",
            "--no-default-rules",
            "--rules",
            "rules.yaml",
            "--state",
            "trailgate.db",
            "--allow-empty",
            "--now",
            &format!("2026-11-{night:02}T02:00:00Z"),
            "-o",
            "jsonl",
        ]);
        command
    }

    fn run(&self, night: u32, more: &[&str]) -> Ended {
        let output = self.command(night).arg("logs").args(more).output().unwrap();
        Ended(output)
    }

    /// Delivers events, and reads them in a run.
    fn night(&self, night: u32, events: &[Value]) -> Ended {
        put(self.path(), &format!("logs/{night}.jsonl"), lines(events));
        self.run(night, &[])
    }

    /// What is written in the state file, as text.
    fn state(&self) -> String {
        let bytes = std::fs::read(self.path().join("trailgate.db")).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

struct Ended(Output);

impl Ended {
    fn findings(&self) -> Vec<Value> {
        of_type(&stdout(&self.0), "finding")
    }

    fn rules(&self) -> Vec<String> {
        let findings = self.findings();
        let rule = |finding: &Value| finding["rule"].as_str().unwrap_or_default().to_owned();
        findings.iter().map(rule).collect()
    }

    fn codes(&self) -> Vec<String> {
        let code = |problem: &Value| problem["code"].as_str().unwrap().to_owned();
        let problems = of_type(&stdout(&self.0), "diagnostic");
        problems.iter().map(code).collect()
    }

    fn exit(&self) -> Option<i32> {
        self.0.status.code()
    }
}

#[test]
fn a_burst_across_midnight_is_found_by_two_runs_as_by_one() {
    let nights = Nights::with(&[BURST]);
    let first = nights.night(
        2,
        &[fail("2026-11-01T23:55:00Z"), fail("2026-11-01T23:59:00Z")],
    );
    assert_eq!(
        (first.exit(), first.findings().len()),
        (Some(0), 0),
        "{}",
        stderr(&first.0)
    );
    let second = nights.night(
        3,
        &[fail("2026-11-02T00:01:00Z"), fail("2026-11-02T00:05:00Z")],
    );
    assert_eq!(
        (second.exit(), second.rules()),
        (Some(1), vec!["burst".to_owned()])
    );
    let one = Nights::with(&[BURST]);
    put(
        one.path(),
        "logs/2.jsonl",
        std::fs::read(nights.path().join("logs/2.jsonl")).unwrap(),
    );
    put(
        one.path(),
        "logs/3.jsonl",
        std::fs::read(nights.path().join("logs/3.jsonl")).unwrap(),
    );
    let whole = one.run(3, &[]);
    assert_eq!(
        whole.findings()[0]["fingerprint"],
        second.findings()[0]["fingerprint"]
    );
    assert_eq!(
        whole.findings()[0]["event_id"],
        second.findings()[0]["event_id"]
    );
}

#[test]
fn a_sequence_is_found_over_midnight_by_fields_that_differ() {
    let nights = Nights::with(&[CHAIN]);
    let made = event(
        "Make",
        "2026-11-01T23:40:00Z",
        json!({"requestParameters": {"name": "eve"}}),
    );
    let identity = json!({"userIdentity": {"type": "IAMUser", "userName": "eve"}});
    let used = event("Use", "2026-11-02T00:30:00Z", identity);
    assert_eq!(nights.night(2, &[made]).exit(), Some(0));
    assert_eq!(nights.night(3, &[used]).rules(), ["chain"]);
}

#[test]
fn what_does_not_follow_is_decided_by_the_run_that_reaches_the_end_of_the_window() {
    let name = |name: &str| json!({"requestParameters": {"name": name}});
    let nights = Nights::with(&[STOPPED]);
    let stopped = |of: &str, time: &str| event("Stop", time, name(of));
    let first = nights.night(
        2,
        &[
            stopped("a", "2026-11-01T23:30:00Z"),
            stopped("b", "2026-11-01T23:40:00Z"),
        ],
    );
    assert_eq!(first.exit(), Some(0));
    // One is started again; the other not, though its window ends in silence.
    let second = nights.night(
        3,
        &[
            event("Start", "2026-11-02T00:20:00Z", name("b")),
            event("Other", "2026-11-02T01:10:00Z", json!({})),
        ],
    );
    assert_eq!(second.rules(), ["stopped"]);
    let third = nights.night(4, &[event("Other", "2026-11-03T01:00:00Z", json!({}))]);
    assert_eq!((third.exit(), third.findings().len()), (Some(0), 0));
}

#[test]
fn what_may_still_come_is_waited_for() {
    let name = json!({"requestParameters": {"name": "a"}});
    let nights = Nights::with(&[STOPPED]);
    // The window is over by fifteen minutes, and an event may be later than that.
    let first = nights.night(
        2,
        &[
            event("Stop", "2026-11-01T22:00:00Z", name.clone()),
            event("Other", "2026-11-01T23:15:00Z", json!({})),
        ],
    );
    assert_eq!(first.findings().len(), 0);
    let second = nights.night(
        3,
        &[
            event("Start", "2026-11-01T22:59:00Z", name),
            event("Other", "2026-11-02T23:15:00Z", json!({})),
        ],
    );
    assert_eq!(second.findings().len(), 0);
}

#[test]
fn a_burst_that_goes_on_is_told_again_and_one_that_is_over_is_not() {
    let nights = Nights::with(&[BURST, TWICE]);
    let minutes = |from: u32, to: u32| -> Vec<Value> {
        let at = |minute| fail(&format!("2026-11-01T23:{minute:02}:00Z"));
        (from..to).map(at).collect()
    };
    let first = nights.night(2, &minutes(50, 58));
    assert_eq!(first.rules(), ["burst"]);
    let second = nights.night(3, &[fail("2026-11-02T00:04:00Z")]);
    // It is one burst, and no second one.
    assert_eq!(second.rules(), ["burst"]);
    assert_eq!(
        first.findings()[0]["fingerprint"],
        second.findings()[0]["fingerprint"]
    );
    assert_eq!(second.findings()[0]["recurrence"]["state"], "again");
    let third = nights.night(4, &[event("Other", "2026-11-02T00:10:00Z", json!({}))]);
    assert_eq!(third.exit(), Some(0));
    // Another after it, in time for the rule about two.
    let at = |minute| fail(&format!("2026-11-02T00:{minute:02}:00Z"));
    let fourth = nights.night(5, &(50..54).map(at).collect::<Vec<_>>());
    assert_eq!(fourth.rules(), ["burst", "twice"]);
}

#[test]
fn twenty_nights_know_what_a_key_has_used() {
    let nights = Nights::with(&[REGION]);
    let mut told = Vec::new();
    for night in 1..=20 {
        let call = |region: &str| {
            let time = format!("2026-11-{night:02}T12:00:00Z");
            event(
                "Call",
                &time,
                json!({"awsRegion": region, "eventID": format!("{region}{night}")}),
            )
        };
        let mut events = vec![call("eu-central-1")];
        // One while it is learnt, one that comes back within the history, one that is
        // not, and one that comes back after it.
        let more: &[&str] = match night {
            2 => &["eu-west-1"],
            7 => &["eu-west-1"],
            5 | 15 => &["us-east-1"],
            12 => &["ap-south-1"],
            _ => &[],
        };
        events.extend(more.iter().map(|region| call(region)));
        let ended = nights.night(night, &events);
        for finding in ended.findings() {
            told.push((night, finding["region"].as_str().unwrap().to_owned()));
        }
    }
    let expected = [(5, "us-east-1"), (12, "ap-south-1"), (15, "us-east-1")];
    let expected = expected.map(|(night, region)| (night, region.to_owned()));
    assert_eq!(told, expected);
}

#[test]
fn signals_of_a_rule_that_changed_are_dropped_and_that_is_told() {
    let nights = Nights::with(&[BURST, CHAIN]);
    nights.night(
        2,
        &[fail("2026-11-01T23:55:00Z"), fail("2026-11-01T23:59:00Z")],
    );
    std::fs::remove_file(nights.path().join("logs/2.jsonl")).unwrap();
    nights.rules(&format!("{}\n---\n{CHAIN}", BURST.replace("10m", "9m")));
    let second = nights.night(
        3,
        &[fail("2026-11-02T00:01:00Z"), fail("2026-11-02T00:02:00Z")],
    );
    assert_eq!(
        (second.exit(), second.codes()),
        (Some(0), vec!["TG2407".to_owned()])
    );
    insta::assert_snapshot!(
        of_type(&stdout(&second.0), "diagnostic")[0]["message"].as_str().unwrap(),
        @"2 open events of earlier runs dropped: their rules have changed"
    );
}

#[test]
fn a_rule_that_did_not_change_keeps_its_signals_beside_one_that_did() {
    let nights = Nights::with(&[BURST, CHAIN]);
    nights.night(
        2,
        &[fail("2026-11-01T23:55:00Z"), fail("2026-11-01T23:59:00Z")],
    );
    std::fs::remove_file(nights.path().join("logs/2.jsonl")).unwrap();
    nights.rules(&format!("{BURST}\n---\n{}", CHAIN.replace("1h", "2h")));
    let second = nights.night(
        3,
        &[fail("2026-11-02T00:01:00Z"), fail("2026-11-02T00:02:00Z")],
    );
    assert_eq!(
        (second.rules(), second.codes()),
        (vec!["burst".to_owned()], vec![])
    );
}

#[test]
fn what_outputs_mask_is_not_in_the_file_and_joins_all_the_same() {
    let rule = "
id: same-secret
title: One secret
severity: high
match: {eventName: Fail}
sensitive: [requestParameters.code]
correlate: {by: [requestParameters.code], within: 1h, count: {gte: 2}}
message: \"{requestParameters.note} {requestParameters.password}\"
";
    let nights = Nights::with(&[rule]);
    let fail = |time: &str| {
        let parameters = json!({
            "code": "open-sesame-4711",
            "password": "correct horse battery",
            "note": "kept-note",
        });
        event("Fail", time, json!({"requestParameters": parameters}))
    };
    nights.night(2, &[fail("2026-11-01T23:55:00Z")]);
    let written = nights.state();
    assert!(written.contains("kept-note"));
    assert!(!written.contains("open-sesame-4711") && !written.contains("correct horse"));
    let second = nights.night(3, &[fail("2026-11-02T00:05:00Z")]);
    assert_eq!(second.rules(), ["same-secret"]);
    let text = stdout(&second.0);
    assert!(
        !text.contains("open-sesame") && !text.contains("sha256"),
        "{text}"
    );
}

#[test]
fn a_run_of_one_account_decides_nothing_of_the_others() {
    let nights = Nights::with(&[BURST]);
    nights.night(
        2,
        &[fail("2026-11-01T23:55:00Z"), fail("2026-11-01T23:59:00Z")],
    );
    let later = event(
        "Other",
        "2026-11-09T00:00:00Z",
        json!({"recipientAccountId": "444455556666"}),
    );
    put(nights.path(), "logs/other.jsonl", lines(&[later]));
    nights.run(3, &["--account", "444455556666"]);
    std::fs::remove_file(nights.path().join("logs/other.jsonl")).unwrap();
    let third = nights.night(
        4,
        &[fail("2026-11-02T00:01:00Z"), fail("2026-11-02T00:05:00Z")],
    );
    assert_eq!(third.rules(), ["burst"]);
}
