//! `scan --verify`: findings say what vouches for their file.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::bucket::{self, Trail, Written};
use super::{codes, flat, verify};
use crate::support::{self, of_type, put, stderr, stdout, trailgate};

/// Runs `scan --verify` on a copy, with rules that every event matches.
fn scan(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    put(folder, "levels.yaml", support::LEVELS);
    let output = trailgate()
        .current_dir(folder)
        .args([
            "scan",
            "export",
            "--no-default-rules",
            "--rules",
            "levels.yaml",
        ])
        .args(["-o", "jsonl", "--public-keys", "keys.json"])
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        stdout(&output),
        stderr(&output),
    )
}

/// The hour and what vouches for it, of each finding.
fn marks(jsonl: &str) -> Vec<(String, String)> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let of = |finding: &Value| {
        (
            text(finding, "time")[11..13].to_owned(),
            text(finding, "integrity"),
        )
    };
    of_type(jsonl, "finding").iter().map(of).collect()
}

fn summary(jsonl: &str) -> Value {
    of_type(jsonl, "summary").remove(0)
}

fn tampered(folder: &Path) -> Written {
    let written = bucket::copy(folder, &Trail::default());
    let export = folder.join("export");
    bucket::change(&export.join(&written.logs[1][0]), |text| {
        text.replace("aws-cli/2.31.0", "aws-cli/2.31.1")
    });
    // One that was added; the last hour waits for the digest after it.
    put(
        &export,
        &bucket::log_key(&Trail::default(), 8, 55),
        bucket::log(8, 55),
    );
    put(
        &export,
        &bucket::log_key(&Trail::default(), 12, 30),
        bucket::log(12, 30),
    );
    written
}

#[test]
fn findings_are_marked_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    tampered(folder.path());
    let (exit, found, _) = scan(
        folder.path(),
        &["--verify", "--object-metadata", "metadata.json"],
    );
    let expected = [
        ("08", "signed"),
        ("08", "signed"),
        ("08", "failed"),
        ("09", "failed"),
        ("11", "signed"),
        ("11", "signed"),
        ("12", "unverifiable"),
    ];
    let expected = expected.map(|(hour, mark)| (hour.to_owned(), mark.to_owned()));
    assert_eq!(marks(&found), expected);
    assert_eq!(exit, 1);
    let summary = summary(&found);
    let counts = serde_json::json!({
        "signed": 4, "hash_chain": 0, "unverifiable": 1, "failed": 2, "refused": 0,
    });
    assert_eq!(summary["integrity"], counts);
    // The same that `verify` says.
    let (_, report) = verify(
        folder.path(),
        &["export", "--public-keys", "keys.json", "-o", "json"],
    );
    let (report, _) = report.split_at(report.rfind('}').unwrap() + 1);
    let report: Value = serde_json::from_str(report).unwrap();
    assert_eq!(
        summary["verdict"]["reasons"],
        report["summary"]["verdict"]["reasons"]
    );
}

#[test]
fn a_sound_copy_is_clean_and_says_how_far_it_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    let all = [
        "--verify",
        "--object-metadata",
        "metadata.json",
        "--require",
        "signed",
    ];
    let (exit, found, said) = scan(folder.path(), &all);
    assert_eq!((exit, said.as_str()), (0, ""));
    assert_eq!(summary(&found)["integrity"]["signed"], 5);
    // Without the metadata the newest digest is a tail that nothing vouches for.
    let (exit, found, _) = scan(folder.path(), &["--verify"]);
    assert_eq!(exit, 0);
    assert_eq!(marks(&found).last().unwrap().1, "unverifiable");
    let (exit, _, _) = scan(folder.path(), &["--verify", "--require", "signed"]);
    assert_eq!(exit, 4);
}

#[test]
fn files_that_fail_can_be_refused() {
    let folder = tempfile::tempdir().unwrap();
    tampered(folder.path());
    let refuse = ["--verify=refuse", "--object-metadata", "metadata.json"];
    let (exit, found, _) = scan(folder.path(), &refuse);
    assert_eq!(exit, 4);
    assert!(
        marks(&found).iter().all(|(_, mark)| mark == "signed"),
        "{found}"
    );
    assert_eq!(summary(&found)["integrity"]["refused"], 3);
    assert_eq!(summary(&found)["inputs"]["failed"], 3);
    let refused = of_type(&found, "diagnostic");
    let refused = refused.iter().filter(|problem| problem["code"] == "TG2117");
    assert_eq!(refused.count(), 3);
    let all = [&refuse[..], &["--require", "unverifiable"]].concat();
    let (_, found, _) = scan(folder.path(), &all);
    assert_eq!(summary(&found)["integrity"]["refused"], 2);
}

#[test]
fn what_cannot_be_read_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let written = bucket::copy(folder.path(), &Trail::default());
    let log = folder.path().join("export").join(&written.logs[0][0]);
    let packed = fs::read(&log).unwrap();
    fs::write(&log, &packed[..packed.len() - 6]).unwrap();
    let (exit, found, _) = scan(folder.path(), &["--verify"]);
    assert_eq!(exit, 4);
    let problems = of_type(&found, "diagnostic");
    let codes: Vec<_> = problems.iter().map(|problem| &problem["code"]).collect();
    assert_eq!(codes, ["TG2110", "TG2002"]);
}

#[test]
fn options_of_verify_ask_for_it() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    let (exit, _, said) = scan(folder.path(), &[]);
    assert_eq!(exit, 2);
    assert!(said.contains("--public-keys says how to verify"), "{said}");
    let (exit, _, said) = scan(folder.path(), &["--verify", "-"]);
    assert_eq!(exit, 2);
    assert!(said.contains("standard input cannot be verified"), "{said}");
}

#[test]
fn a_key_counts_at_its_time_alone() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    let keys = bucket::public_keys(bucket::FINGERPRINT);
    let with = |from: &str, to: &str| {
        let keys = keys
            .replace("2026-01-01T00:00:00+00:00", from)
            .replace("2026-12-31T00:00:00+00:00", to);
        put(folder.path(), "keys.json", keys);
        let (exit, text) = verify(folder.path(), super::ALL);
        (exit, codes(&text).len(), flat(&text))
    };
    // Digests are of 08:00 to 12:00; a key is asked for up to two hours later.
    let sound = |(exit, problems, text): (i32, usize, String)| {
        assert_eq!((exit, problems), (0, 0), "{text}")
    };
    sound(with("2026-02-03T11:00:00Z", "2026-12-31T00:00:00Z"));
    sound(with("2026-01-01T00:00:00Z", "2026-02-03T11:00:00Z"));
    let (exit, problems, text) = with("2026-02-03T11:00:01Z", "2026-12-31T00:00:00Z");
    assert_eq!((exit, problems), (1, 1), "{text}");
    assert!(
        text.contains("1 digest signed out of the key's time"),
        "{text}"
    );
    assert!(text.contains("3 signed, 1 by hash"), "{text}");
    let (exit, problems, text) = with("2026-01-01T00:00:00Z", "2026-02-03T07:59:59Z");
    assert_eq!((exit, problems), (1, 4), "{text}");
}
