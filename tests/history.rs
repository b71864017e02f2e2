//! Nightly runs with a state file, as whole runs of the command.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::s3::{BUCKET, Server, objects_of};
use crate::support::{
    LEVELS, event, gzip, lines, names, of_type, put, records, stderr, stdout, trailgate,
};
use serde_json::Value;

/// A folder with rules, a folder `logs` and a state file.
struct Audit(tempfile::TempDir);

impl Audit {
    fn new() -> Audit {
        let audit = Audit(tempfile::tempdir().unwrap());
        put(audit.path(), "rules.yaml", LEVELS);
        audit
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn deliver(&self, name: &str, events: &[Value]) -> PathBuf {
        put(
            self.path(),
            &format!("logs/{name}"),
            gzip(records(events).as_bytes()),
        )
    }

    fn state(&self) -> PathBuf {
        self.path().join("trailgate.db")
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
            "--now",
            &format!("2026-11-{night:02}T02:00:00Z"),
        ]);
        command
    }

    fn scan(&self, night: u32, more: &[&str]) -> Output {
        self.command(night)
            .args(["logs", "-o", "json"])
            .args(more)
            .output()
            .unwrap()
    }
}

fn document(output: &Output) -> Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|_| panic!("{}{}", stdout(output), stderr(output)))
}

fn summary(output: &Output) -> Value {
    document(output)["summary"].clone()
}

/// New, again, not seen.
fn counts(output: &Output) -> [u64; 3] {
    let history = &summary(output)["history"];
    ["new", "again", "not_seen"].map(|name| history[name].as_u64().unwrap())
}

/// Inputs that were read, and that were known.
fn inputs(output: &Output) -> [u64; 2] {
    let inputs = &summary(output)["inputs"];
    [&inputs["read"], &inputs["known"]["inputs"]].map(|count| count.as_u64().unwrap())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn a_night_reads_what_is_new_and_says_what_it_saw_before() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0), event("Low", 1)]);
    let first = audit.scan(1, &[]);
    assert_eq!(
        (code(&first), inputs(&first), counts(&first)),
        (1, [1, 0], [2, 0, 0])
    );
    assert_eq!(
        document(&first)["findings"][0]["recurrence"]["state"],
        "new"
    );

    // The same user again, and another one.
    audit.deliver("b.json.gz", &[event("High", 7), event("High", 8)]);
    let second = audit.scan(2, &[]);
    assert_eq!(
        (code(&second), inputs(&second), counts(&second)),
        (1, [1, 1], [1, 1, 1])
    );
    let findings = document(&second)["findings"].clone();
    assert_eq!(findings.as_array().unwrap().len(), 2);
    assert_eq!(
        findings[0]["recurrence"],
        serde_json::json!({
            "state": "again",
            "first_seen": "2026-11-01T02:00:00Z",
            "last_seen": "2026-11-01T02:00:00Z",
        })
    );
    assert_eq!(findings[1]["recurrence"]["state"], "new");
    assert_eq!(
        summary(&second)["history"]["not_seen_since"],
        "2026-11-01T02:00:00Z"
    );
}

#[test]
fn a_night_without_anything_new_is_clean_and_says_so() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0)]);
    audit.scan(1, &[]);
    let output = audit.command(2).arg("logs").output().unwrap();
    assert_eq!(code(&output), 0);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn an_export_without_an_event_never_becomes_clean() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[]);
    for night in 1..4 {
        assert_eq!(code(&audit.scan(night, &[])), 4, "{night}");
    }
    // Nor do events of another time make it so.
    audit.deliver("b.json.gz", &[event("Low", 0)]);
    assert_eq!(code(&audit.scan(4, &[])), 0);
    for night in 5..7 {
        assert_eq!(code(&audit.scan(night, &["--since", "24h"])), 4, "{night}");
    }
}

#[test]
fn what_could_not_be_read_in_full_is_read_again_until_it_can() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    put(
        audit.path(),
        "logs/b.jsonl",
        format!("{}{{\"eventName\": nil}}\n", lines(&[event("Low", 1)])),
    );
    for night in 1..4 {
        let output = audit.scan(night, &[]);
        assert_eq!(code(&output), 4);
        assert_eq!(inputs(&output), if night == 1 { [2, 0] } else { [1, 1] });
    }
}

#[test]
fn a_file_that_was_changed_in_place_is_read_again() {
    let audit = Audit::new();
    let path = put(audit.path(), "logs/a.jsonl", lines(&[event("High", 0)]));
    put(audit.path(), "logs/b.jsonl", lines(&[event("Low", 1)]));
    audit.scan(1, &[]);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let other = lines(&[event("High", 1)]);
    assert_eq!(other.len() as u64, fs::metadata(&path).unwrap().len());
    fs::write(&path, other).unwrap();
    // Size and time are as they were.
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let output = audit.scan(2, &[]);
    assert_eq!((code(&output), inputs(&output)), (1, [1, 1]));
    assert_eq!(
        document(&output)["findings"][0]["event_id"],
        event("High", 1)["eventID"]
    );
}

#[test]
fn the_same_bytes_elsewhere_are_known_also_of_large_files_and_archives() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    // More than is read as a whole, and an archive with what no reader asks for.
    let many: Vec<Value> = (0..20_000).map(|number| event("Low", number)).collect();
    put(audit.path(), "logs/large.jsonl", lines(&many));
    let mut archive = tar::Builder::new(Vec::new());
    let data = records(&[event("Low", 3)]);
    let mut header = tar::Header::new_gnu();
    header.set_size(data.len() as u64);
    archive
        .append_data(&mut header, "a.json", data.as_bytes())
        .unwrap();
    let mut archive = archive.into_inner().unwrap();
    archive.extend([0; 100_000]);
    put(audit.path(), "logs/z.tar", archive);
    assert_eq!(inputs(&audit.scan(1, &["--fail-on", "none"])), [3, 0]);

    fs::rename(audit.path().join("logs"), audit.path().join("moved")).unwrap();
    fs::create_dir(audit.path().join("logs")).unwrap();
    for name in names(&audit.path().join("moved")) {
        let bytes = fs::read(audit.path().join("moved").join(&name)).unwrap();
        put(audit.path(), &format!("logs/copy-{name}"), bytes);
    }
    let output = audit.scan(2, &[]);
    assert_eq!((code(&output), inputs(&output)), (0, [0, 3]));
}

#[test]
fn other_rules_read_everything_again_and_say_why() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0), event("Other", 1)]);
    audit.scan(1, &[]);
    let more = format!(
        "{LEVELS}---\nid: other\ntitle: Other\nseverity: low\nmatch: {{eventName: Other}}\n"
    );
    put(audit.path(), "rules.yaml", more);
    let output = audit.scan(2, &[]);
    assert_eq!((inputs(&output), counts(&output)), ([1, 0], [1, 1, 0]));
    let notices = document(&output)["diagnostics"].clone();
    assert_eq!(notices[0]["code"], "TG2406");
    assert_eq!(notices[0]["level"], "notice");
    // The event counts once, however often it is read.
    let fingerprint = document(&output)["findings"][0]["fingerprint"].clone();
    let story = trailgate()
        .current_dir(audit.path())
        .args(["history", fingerprint.as_str().unwrap(), "-o", "json"])
        .output()
        .unwrap();
    let story = document(&story);
    assert_eq!(story["findings"][0]["runs"], 2);
    assert_eq!(story["findings"][0]["events"], 1);
    assert_eq!(inputs(&audit.scan(3, &[])), [0, 1]);
}

#[test]
fn an_input_of_which_events_were_left_out_is_known_for_no_more_than_was_asked() {
    let audit = Audit::new();
    let mut old = event("High", 0);
    old["eventTime"] = "2026-10-01T00:00:00Z".into();
    let mut new = event("Low", 1);
    new["eventTime"] = "2026-11-02T00:00:00Z".into();
    audit.deliver("a.json.gz", &[old, new]);
    let since = |since: &str| audit.scan(3, &["--since", since]);
    assert_eq!(
        (code(&since("2026-11-01")), inputs(&since("2026-11-01"))),
        (0, [0, 1])
    );
    assert_eq!(inputs(&since("2026-11-02")), [0, 1]);
    let more = since("2026-09-01");
    assert_eq!((code(&more), inputs(&more)), (1, [1, 0]));
    // All of it was judged now, so that nothing more can be asked.
    assert_eq!(inputs(&audit.scan(3, &[])), [0, 1]);
}

#[test]
fn standard_input_is_read_each_time_and_its_findings_are_kept() {
    let audit = Audit::new();
    put(audit.path(), "stream", lines(&[event("High", 0)]));
    for (night, expected) in [(1, [1, 0, 0]), (2, [0, 1, 0])] {
        let stream = fs::File::open(audit.path().join("stream")).unwrap();
        let mut command = audit.command(night);
        let output = command
            .args(["-", "-o", "json"])
            .stdin(stream)
            .output()
            .unwrap();
        assert_eq!(
            (code(&output), inputs(&output), counts(&output)),
            (1, [1, 0], expected)
        );
    }
}

#[test]
fn following_has_no_end_and_is_not_kept() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    let output = audit.scan(1, &["--follow"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--follow"), "{}", stderr(&output));
    assert!(!audit.state().exists());
}

#[test]
fn the_state_file_is_no_input() {
    let audit = Audit::new();
    put(audit.path(), "logs/a.jsonl", lines(&[event("Low", 0)]));
    for expected in [[1, 0], [0, 1]] {
        let mut command = trailgate();
        command.current_dir(audit.path());
        command.args([
            "scan",
            "logs",
            "--no-default-rules",
            "--rules",
            "rules.yaml",
        ]);
        let output = command
            .args(["-o", "json", "--state", "logs/trailgate.db"])
            .output()
            .unwrap();
        assert_eq!(
            (code(&output), inputs(&output)),
            (0, expected),
            "{}",
            stderr(&output)
        );
        assert_eq!(summary(&output)["skipped"]["state"], 1);
    }
}

#[test]
fn outputs_that_fail_leave_nothing_known() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0)]);
    let failed = audit.scan(1, &["-o", "sarif=/dev/full"]);
    assert_eq!(code(&failed), 2);
    let output = audit.scan(2, &[]);
    assert_eq!(
        (code(&output), inputs(&output), counts(&output)),
        (1, [1, 0], [1, 0, 0])
    );
    let shown = trailgate()
        .current_dir(audit.path())
        .arg("history")
        .output()
        .unwrap();
    assert!(stdout(&shown).contains("2!"), "{}", stdout(&shown));
}

#[test]
fn a_state_file_that_cannot_be_written_at_the_end_makes_the_run_exit_2() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    audit.scan(1, &[]);
    let mut command = audit.command(2);
    let mut child = command
        .args(["-", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It has begun when it has read something; then its file becomes something else.
    let mut stdin = child.stdin.take().unwrap();
    let text = lines(
        &(0..3)
            .map(|number| event("High", number))
            .collect::<Vec<_>>(),
    );
    stdin.write_all(text.as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(300));
    let before = fs::read(audit.state()).unwrap();
    let mut broken = before.clone();
    broken[4096..].fill(0xaa);
    // Whoever has pages in memory sees that the file is another one by this count.
    broken[24..28].copy_from_slice(&u32::MAX.to_be_bytes());
    fs::write(audit.state(), &broken).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 2, "{}", stdout(&output));
    let summary = summary(&output);
    assert_eq!(summary["history"], Value::Null);
    let why = summary["verdict"]["reasons"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("trailgate.db: the state file"), "{why}");
    assert_eq!(fs::read(audit.state()).unwrap(), broken);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_the_file_as_it_was() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0)]);
    audit.scan(1, &[]);
    let before = fs::read(audit.state()).unwrap();
    let mut child = audit
        .command(2)
        .args(["-", "-o", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(lines(&[event("High", 1), event("High", 2)]).as_bytes())
        .unwrap();
    stdin.flush().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(of_type(&line, "finding").len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    assert!(fs::read(audit.state()).unwrap() == before);
    let output = audit.scan(3, &[]);
    assert_eq!((code(&output), inputs(&output)), (0, [0, 1]));
}

#[test]
fn runs_at_once_lose_none_of_what_they_found() {
    let audit = Audit::new();
    audit.deliver("shared.json.gz", &[event("High", 0)]);
    let runs = 4;
    thread::scope(|scope| {
        for run in 0..runs {
            let audit = &audit;
            scope.spawn(move || {
                let folder = put(
                    audit.path(),
                    &format!("own-{run}/a.jsonl"),
                    lines(&[event(["Info", "Low", "Medium", "Critical"][run], 1)]),
                );
                let folder = folder.parent().unwrap().to_str().unwrap();
                let output = audit.scan(1, &[folder]);
                // Who begins after another ended need not read what they share.
                assert!(matches!(code(&output), 0 | 1), "{}", stderr(&output));
            });
        }
    });
    let shown = trailgate()
        .current_dir(audit.path())
        .args(["history", "-o", "json"])
        .output()
        .unwrap();
    assert_eq!(document(&shown)["runs"].as_array().unwrap().len(), runs);
    for level in ["info", "low", "medium", "high", "critical"] {
        let story = trailgate()
            .current_dir(audit.path())
            .args(["history", &format!("level-{level}"), "-o", "json"])
            .output()
            .unwrap();
        assert_eq!(document(&story)["findings"][0]["events"], 1, "{level}");
    }
    let output = audit.scan(2, &["own-0", "own-1", "own-2", "own-3"]);
    assert_eq!((code(&output), inputs(&output)), (0, [0, 5]));
}

#[test]
fn an_object_is_known_by_its_key_and_etag() {
    let audit = Audit::new();
    let bucket = tempfile::tempdir().unwrap();
    let put = |name: &str, number: u64| {
        let body = gzip(records(&[event("Low", number)]).as_bytes());
        put(bucket.path(), &format!("AWSLogs/{name}.json.gz"), body);
    };
    put("a", 0);
    put("b", 1);
    let scan = |night: u32| {
        let server = Server::start(objects_of(bucket.path()));
        let mut command = server.command();
        let output = command
            .current_dir(audit.path())
            .args([
                "scan",
                "--no-default-rules",
                "--rules",
                "rules.yaml",
                "-o",
                "json",
            ])
            .args([
                "--state",
                "trailgate.db",
                "--now",
                &format!("2026-11-{night:02}T02:00:00Z"),
            ])
            .arg(format!("s3://{BUCKET}/AWSLogs/"))
            .output()
            .unwrap();
        let fetched = server
            .asked()
            .iter()
            .filter(|asked| asked.starts_with("GET"))
            .count();
        (inputs(&output), fetched)
    };
    assert_eq!(scan(1), ([2, 0], 2));
    // Nothing of them is fetched.
    assert_eq!(scan(2), ([0, 2], 0));
    put("a", 2);
    put("c", 3);
    assert_eq!(scan(3), ([2, 1], 2));
}

#[test]
fn nothing_that_outputs_mask_is_in_the_state_file() {
    let audit = Audit::new();
    put(
        audit.path(),
        "rules.yaml",
        "id: shown\ntitle: Shown\nseverity: low\nmatch: {eventName: Low}\n\
         message: \"{userIdentity.userName} set {requestParameters.password}\"\n",
    );
    let mut secret = event("Low", 0);
    secret["requestParameters"] = serde_json::json!({"password": "correct-horse-battery-staple"});
    audit.deliver("a.json.gz", &[secret]);
    assert_eq!(code(&audit.scan(1, &[])), 0);
    let bytes = fs::read(audit.state()).unwrap();
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("user-0 set [masked"));
    assert!(!holds("correct-horse"));
}

#[test]
fn runs_and_their_trend_are_shown() {
    let audit = Audit::new();
    for night in 1..=5u64 {
        let events: Vec<Value> = (0..night * 2)
            .map(|number| event(if number % 3 == 0 { "High" } else { "Low" }, night + number))
            .collect();
        audit.deliver(&format!("{night}.json.gz"), &events);
        audit.scan(night as u32, &[]);
    }
    let shown = |arguments: &[&str]| {
        let mut command = trailgate();
        command
            .current_dir(audit.path())
            .arg("history")
            .args(arguments);
        let output = command.output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    insta::assert_snapshot!("history_runs", shown(&[]));
    insta::assert_snapshot!("history_of_a_rule", shown(&["level-high", "--last", "2"]));
    let rule: Value = serde_json::from_str(&shown(&["level-high", "-o", "json"])).unwrap();
    let fingerprint = rule["findings"][0]["fingerprint"].as_str().unwrap();
    insta::assert_snapshot!("history_of_a_finding", shown(&[fingerprint]));
    let mut runs: Value = serde_json::from_str(&shown(&["-o", "json", "--last", "1"])).unwrap();
    let run = &mut runs["runs"][0];
    run["began"] = "[time]".into();
    run["milliseconds"] = 0.into();
    run["rules"]["hash"] = "[hash]".into();
    insta::assert_json_snapshot!("history_json", runs);
}

#[test]
fn formats_say_what_is_new_where_there_is_a_state_file_and_nothing_where_not() {
    let audit = Audit::new();
    let formats = [
        "jsonl", "csv", "markdown", "sarif", "ocsf", "junit", "github",
    ];
    for night in 1..=2 {
        audit.deliver(&format!("{night}.json.gz"), &[event("High", 7 * night)]);
        for format in formats {
            // Each format has a file of its own, and so is the first to read.
            let state = format!("{format}.db");
            let mut command = trailgate();
            command.current_dir(audit.path());
            command.args([
                "scan",
                "logs",
                "--no-default-rules",
                "--rules",
                "rules.yaml",
            ]);
            command.args([
                "--now",
                &format!("2026-11-{night:02}T02:00:00Z"),
                "-o",
                format,
            ]);
            let plain = stdout(&command.output().unwrap());
            let kept = stdout(&command.args(["--state", &state]).output().unwrap());
            for word in ["recurrence", "first_seen\"", "history", "earlier run"] {
                assert!(format == "ocsf" || !plain.contains(word), "{format} {word}");
            }
            let told = match (format, night) {
                ("junit" | "github", _) => continue,
                ("jsonl", 1) => r#""recurrence":{"state":"new""#,
                ("jsonl", _) => r#""state":"again","first_seen":"2026-11-01T02:00:00Z""#,
                ("csv", 1) => ",new,,",
                ("csv", _) => ",again,2026-11-01T02:00:00Z,2026-11-01T02:00:00Z",
                ("markdown", 1) => "the first run that is kept",
                ("markdown", _) => "by fingerprint 0 new, 1 seen again",
                ("sarif", 1) => r#""recurrence": "new""#,
                ("sarif", _) => r#""firstDetectionTimeUtc": "2026-11-01T02:00:00Z""#,
                ("ocsf", 1) => r#""recurrence":{"state":"new"}"#,
                _ => r#""recurrence":{"state":"again","first_seen":1793498400000"#,
            };
            assert!(kept.contains(told), "{format} {told}\n{kept}");
        }
    }
}

#[test]
fn looking_at_a_state_file_changes_nothing() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    audit.scan(1, &[]);
    let before = fs::read(audit.state()).unwrap();
    let output = trailgate()
        .current_dir(audit.path())
        .arg("history")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0);
    assert!(fs::read(audit.state()).unwrap() == before);
    assert_eq!(names(audit.path()), ["logs", "rules.yaml", "trailgate.db"]);
}
