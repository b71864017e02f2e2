//! What is shown of the runs that were kept.

use super::*;

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
