//! `scan --waivers` and `trailgate waivers`, from the file to the exit code.

use std::path::Path;

use crate::support::{LEVELS, event, lines, put, records, stderr, stdout, trailgate};
use serde_json::Value;
use tempfile::TempDir;

/// Rules of each severity, and events of two of them on two days.
struct World(TempDir);

impl World {
    fn new(waivers: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, "levels.yaml", LEVELS);
        put(root, "waivers.yaml", waivers);
        let mut later = event("High", 3);
        later["eventTime"] = "2026-02-05T00:00:00Z".into();
        put(
            root,
            "export/a.json",
            records(&[event("High", 1), event("Low", 2), later]),
        );
        World(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, command: &str, more: &[&str]) -> std::process::Output {
        trailgate()
            .current_dir(self.0.path())
            .args([command, "--no-default-rules", "--rules", "levels.yaml"])
            .args(["--now", "2026-02-10", "--waivers", "waivers.yaml"])
            .args(more)
            .output()
            .unwrap()
    }

    fn scan(&self, more: &[&str]) -> (Option<i32>, Value) {
        let output = self.run("scan", &[more, &["-o", "json", "export"]].concat());
        let document = serde_json::from_slice(&output.stdout);
        (output.status.code(), document.unwrap_or(Value::Null))
    }
}

const UNTIL_THE_FOURTH: &str = "\
waivers:
  - rule: level-high
    match: {eventName: High}
    reason: Planned
    owner: ana
    ticket: SEC-142
    starts: 2026-02-01
    expires: 2026-02-04
";

#[test]
fn an_expired_waiver_covers_the_events_of_its_time_and_no_later_one() {
    let world = World::new(UNTIL_THE_FOURTH);
    let (code, document) = world.scan(&[]);
    assert_eq!(code, Some(1), "the later event counts");
    let findings = document["findings"].as_array().unwrap();
    let suppressed: Vec<&Value> = findings.iter().map(|f| &f["suppressed"]["kind"]).collect();
    assert_eq!(
        suppressed,
        [&Value::from("waiver"), &Value::Null, &Value::Null]
    );
    let summary = &document["summary"];
    assert_eq!(summary["waived"][0]["findings"], 1);
    assert_eq!(summary["suppressed_by_kind"]["waiver"], 1);
    assert_eq!(summary["findings"]["total"], 2);
    assert_eq!(summary["expired_waivers"][0]["owner"], "ana");
    let text = stdout(&world.run("scan", &["export"]));
    assert!(
        text.contains("the waiver of ana (SEC-142) for rule level-high ended on 2026-02-05"),
        "{text}"
    );
}

#[test]
fn what_is_waived_fails_no_run_in_any_format() {
    let world = World::new(&UNTIL_THE_FOURTH.replace("2026-02-04", "2026-12-31"));
    for format in [
        "text", "json", "jsonl", "sarif", "junit", "github", "markdown", "csv", "ocsf",
    ] {
        let output = world.run("scan", &["-o", format, "export"]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{format}: {}",
            stderr(&output)
        );
        let text = stdout(&output);
        assert!(
            text.contains("SEC-142") && text.contains("ana"),
            "{format}: {text}"
        );
    }
}

#[test]
fn a_file_with_a_mistake_ends_the_run_before_anything_is_read_or_written() {
    let world = World::new(
        "waivers:\n  - {rule: level-hgih, match: {eventName: High}, reason: r, owner: o}\n",
    );
    let (code, document) = world.scan(&["-o", "jsonl=out.jsonl"]);
    assert_eq!((code, document), (Some(2), Value::Null));
    assert!(!Path::new(&world.path("out.jsonl")).exists());
    let told = stderr(&world.run("scan", &["export"]));
    assert!(told.contains("did you mean `level-high`?"), "{told}");
    assert_eq!(world.run("waivers", &[]).status.code(), Some(2));
    assert_eq!(
        world
            .run("scan", &["--longest-waiver", "soon", "export"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn a_rule_that_is_not_run_may_be_waived() {
    let pack =
        "waivers: [{rule: cis-03-root-use, accounts: '111122223333', reason: r, owner: o}]\n";
    assert_eq!(World::new(pack).scan(&[]).0, Some(1));
    let chosen = World::new(UNTIL_THE_FOURTH);
    let (code, document) = chosen.scan(&["--rule", "level-low"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        document["diagnostics"],
        Value::Array(Vec::new()),
        "it is not said to be unused"
    );
}

#[test]
fn a_waiver_that_lasts_too_long_is_refused() {
    let world = World::new(UNTIL_THE_FOURTH);
    assert_eq!(world.scan(&["--longest-waiver", "4d"]).0, Some(1));
    assert_eq!(world.scan(&["--longest-waiver", "3d"]).0, Some(2));
}

#[test]
fn waivers_that_end_soon_or_cover_nothing_are_pointed_out() {
    let soon = UNTIL_THE_FOURTH.replace("2026-02-04", "2026-02-20");
    let unused = "  - {rule: level-low, match: {eventName: High}, reason: r, owner: bruno}\n";
    let (code, document) = World::new(&format!("{soon}{unused}")).scan(&[]);
    assert_eq!(code, Some(0), "neither fails a run");
    let told = document["diagnostics"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .map(|d| (d["code"].as_str().unwrap(), d["level"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("TG2505", "notice"), ("TG2504", "warning")]);
}

#[test]
fn an_account_by_its_waiver_and_jobs_and_files_change_nothing() {
    let world = World::new(UNTIL_THE_FOURTH);
    let events: Vec<Value> = (0..300)
        .map(|n| event(["High", "Low"][n as usize % 2], n))
        .collect();
    put(world.0.path(), "many.jsonl", lines(&events));
    let (one, other) = events.split_at(131);
    put(world.0.path(), "split/b.jsonl", lines(one));
    put(world.0.path(), "split/a.jsonl", lines(other));
    let suppressed = |arguments: &[&str]| {
        let output = world.run("scan", &[&["-o", "json"], arguments].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap().iter();
        let mut found: Vec<String> = findings
            .map(|f| format!("{} {} {}", f["event_id"], f["rule"], f["suppressed"]))
            .collect();
        found.sort();
        (found, document["summary"]["waived"].clone())
    };
    let whole = suppressed(&["--jobs", "1", "many.jsonl"]);
    assert_eq!(whole.0.len(), 300);
    assert_eq!(whole, suppressed(&["--jobs", "4", "many.jsonl"]));
    assert_eq!(whole, suppressed(&["--jobs", "2", "split"]));
}

#[test]
fn the_list_says_who_why_until_and_what_is_hidden() {
    let world = World::new(UNTIL_THE_FOURTH);
    insta::assert_snapshot!("list", stdout(&world.run("waivers", &["export"])));
    let output = world.run("waivers", &["-o", "json", "export"]);
    assert_eq!(output.status.code(), Some(0));
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    insta::assert_snapshot!("list_json", format!("{list:#}"));
    let unread = world.run("waivers", &["nowhere"]);
    assert_eq!(unread.status.code(), Some(4), "what it hides was not seen");
    assert!(stdout(&unread).contains("EXPIRED level-high"));
    let nameless = trailgate().arg("waivers").output().unwrap();
    assert_eq!(nameless.status.code(), Some(2));
}

#[test]
fn the_page_shows_what_is_printed() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/waivers.md"))
            .unwrap();
    let block = |kind: &str| {
        let text = page.split(&format!("```{kind}\n")).nth(1).unwrap();
        text.split("```").next().unwrap().to_owned()
    };
    let world = World::new(&block("yaml"));
    let export = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/quickstart");
    let output = trailgate()
        .current_dir(world.0.path())
        .args([
            "waivers",
            "--waivers",
            "waivers.yaml",
            "--now",
            "2026-01-20",
        ])
        .arg(export)
        .output()
        .unwrap();
    let printed = stdout(&output);
    for piece in block("text").split("\n...\n") {
        assert!(
            printed.contains(piece.trim_end()),
            "not printed:\n{piece}\n\n{printed}"
        );
    }
}
