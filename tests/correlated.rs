//! Findings about several events on their way through baselines, waivers, the state
//! file and the report, as any others.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::{put, stderr, stdout, trailgate};

const EVENTS: &str = "fixtures/correlation/events.jsonl";
const RULES: [&str; 3] = [
    "--rules",
    "fixtures/correlation/rules.yaml",
    "--no-default-rules",
];

fn run(command: &[&str], more: &[&str]) -> Output {
    let mut run = trailgate();
    run.args(command).arg(EVENTS).args(RULES);
    run.args(["--now", "2026-01-06"])
        .args(more)
        .output()
        .unwrap()
}

fn document(more: &[&str]) -> Value {
    let output = run(&["scan"], &[more, &["-o", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)))
}

fn findings(document: &Value) -> &Vec<Value> {
    document["findings"].as_array().unwrap()
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn people_read_the_timeline_and_what_could_not_be_told() {
    let output = run(&["scan"], &[]);
    insta::assert_snapshot!("correlated_text", stdout(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_baseline_knows_findings_about_several_events_and_tells_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = path(folder.path(), "baseline.json");
    let made = run(&["baseline", "create", "-b", &baseline], &[]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(
        stdout(&made).contains("3 entries for 3 findings"),
        "{}",
        stdout(&made)
    );
    let known = document(&["--baseline", &baseline]);
    assert_eq!(findings(&known).len(), 3);
    assert!(
        findings(&known)
            .iter()
            .all(|finding| finding["baseline"] == "known")
    );
    assert_eq!(known["summary"]["verdict"]["exit_code"], 0);
    // The same from another address, and from this one on another day, are new.
    let text = std::fs::read_to_string(EVENTS).unwrap();
    let elsewhere = text.replace("203.0.113.9", "203.0.113.77");
    let later = text.replace("2026-01-05T", "2026-01-07T");
    for (name, text, new) in [("elsewhere", elsewhere, 2), ("later", later, 3)] {
        put(folder.path(), name, text);
        let output = trailgate()
            .args([
                "scan",
                &path(folder.path(), name),
                "-o",
                "json",
                "--baseline",
                &baseline,
            ])
            .args(RULES)
            .output()
            .unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let states = findings(&document).iter();
        let count = states
            .filter(|finding| finding["baseline"] == "new")
            .count();
        assert_eq!(count, new, "{name}");
    }
    let pruned = run(&["baseline", "prune", "-b", &baseline], &[]);
    assert_eq!(pruned.status.code(), Some(0), "{}", stderr(&pruned));
    assert_eq!(findings(&document(&["--baseline", &baseline])).len(), 3);
}

#[test]
fn a_waiver_covers_the_finding_whose_named_event_it_matches() {
    let folder = tempfile::tempdir().unwrap();
    let all = document(&[]);
    let of = |id: &str| {
        let mut of = findings(&all)
            .iter()
            .filter(|finding| finding["rule"] == id);
        of.next().unwrap().clone()
    };
    let fingerprint = of("trail-not-started-again")["fingerprint"].clone();
    let accepted = "    reason: Agreed\n    owner: security\n    expires: 2026-12-31\n";
    // The third sign-in, which completed the window, is Carla's; the first was Ana's.
    let waivers = format!(
        "waivers:\n  - rule: refused-sign-ins\n    match: {{userIdentity.userName: carla, \
         userAgent: {{glob: Mozilla*}}}}\n{accepted}  - fingerprint: {}\n{accepted}  \
         - rule: signed-in-after-refusals\n    match: {{userIdentity.userName: carla}}\n{accepted}",
        fingerprint.as_str().unwrap()
    );
    put(folder.path(), "waivers.yaml", waivers);
    let waived = document(&["--waivers", &path(folder.path(), "waivers.yaml")]);
    let covered = findings(&waived)
        .iter()
        .filter(|finding| !finding["suppressed"].is_null());
    let covered: Vec<_> = covered
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    assert_eq!(covered, ["refused-sign-ins", "trail-not-started-again"]);
    let covered = &waived["summary"]["suppressed_by_kind"]["waiver"];
    assert_eq!(covered, 2);
}

#[cfg(feature = "state")]
#[test]
fn the_state_file_knows_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = path(folder.path(), "trailgate.db");
    let first = document(&["--state", &state, "--allowed-lateness", "0s"]);
    let states = |document: &Value| -> Vec<String> {
        let all = findings(document).iter();
        all.map(|finding| finding["recurrence"]["state"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(states(&first), ["new", "new", "new"]);
    let output = trailgate()
        .args(["history", "--state", &state, "refused-sign-ins"])
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(
        text.contains("6 refused sign-ins from 203.0.113.9"),
        "{text}{}",
        stderr(&output)
    );
}

#[test]
fn a_rule_with_an_undetermined_window_and_no_finding_is_not_called_clean() {
    let folder = tempfile::tempdir().unwrap();
    let (page, junit) = (
        path(folder.path(), "page.md"),
        path(folder.path(), "junit.xml"),
    );
    let markdown = format!("markdown={page}");
    let cases = format!("junit={junit}");
    // The first trail stopped is left out: the other one's window is open at the end.
    let text = std::fs::read_to_string(EVENTS).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.contains("\"name\": \"main\""));
    put(
        folder.path(),
        "events.jsonl",
        lines.collect::<Vec<_>>().join("\n"),
    );
    let scan = |more: &[&str]| {
        let mut run = trailgate();
        run.args([
            "scan",
            &path(folder.path(), "events.jsonl"),
            "-q",
            "-o",
            &markdown,
        ]);
        run.args(["-o", &cases])
            .args(RULES)
            .args(more)
            .output()
            .unwrap()
    };
    scan(&[]);
    let text = std::fs::read_to_string(&page).unwrap();
    let row = text
        .lines()
        .find(|line| line.starts_with("| AU-12"))
        .unwrap();
    assert!(row.contains("| not evaluated | 0 |"), "{row}");
    assert!(
        row.contains("1 window not over where the data ends"),
        "{row}"
    );
    let cases = std::fs::read_to_string(&junit).unwrap();
    let (_, case) = cases
        .split_once("name=\"trail-not-started-again\"")
        .unwrap();
    assert!(
        case.trim_start()
            .contains("<skipped message=\"rule trail-not-started-again: 1 window")
    );
    // Without its rule everything could be told.
    let told = scan(&[
        "--exclude-rule",
        "trail-not-started-again",
        "--fail-on",
        "none",
    ]);
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.contains("Everything was read and evaluated"), "{text}");
}
