//! `trailgate baseline` and `scan --baseline`, from the first run to a later one.

use std::path::Path;
use std::process::Output;

use crate::support::{LEVELS, event, put, records, stderr, stdout, trailgate};
use serde_json::Value;
use tempfile::TempDir;

struct World(TempDir);

const OPTIONS: [&str; 3] = ["--no-default-rules", "--rules", "levels.yaml"];

impl World {
    /// An export with a finding of two rules.
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "levels.yaml", LEVELS);
        let world = World(folder);
        world.export(&[event("High", 1), event("Low", 2)]);
        world
    }

    fn export(&self, events: &[Value]) {
        put(self.0.path(), "export/a.json", records(events));
    }

    fn baseline(&self, action: &str, now: &str, more: &[&str]) -> Output {
        trailgate()
            .current_dir(self.0.path())
            .args([
                "baseline",
                action,
                "-b",
                "base.json",
                "export",
                "--now",
                now,
            ])
            .args(OPTIONS)
            .args(more)
            .output()
            .unwrap()
    }

    fn scan(&self, more: &[&str]) -> Output {
        trailgate()
            .current_dir(self.0.path())
            .args(["scan", "export", "--baseline", "base.json"])
            .args(OPTIONS)
            .args(more)
            .output()
            .unwrap()
    }

    fn json(&self) -> (Option<i32>, Value) {
        let output = self.scan(&["-o", "json"]);
        (
            output.status.code(),
            serde_json::from_slice(&output.stdout).unwrap(),
        )
    }

    fn file(&self) -> String {
        std::fs::read_to_string(self.0.path().join("base.json")).unwrap_or_default()
    }
}

fn at(mut event: Value, time: &str) -> Value {
    event["eventTime"] = time.into();
    event
}

const NOW: &str = "2026-02-04";

#[test]
fn known_findings_stay_visible_and_only_new_ones_fail_a_run() {
    let world = World::new();
    let made = world.baseline("create", NOW, &[]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    insta::assert_snapshot!("created", format!("{}\n{}", stdout(&made), world.file()));
    let (code, document) = world.json();
    assert_eq!(code, Some(0));
    let findings = document["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding["baseline"] == "known")
    );
    assert_eq!(document["summary"]["findings"]["total"], 0);
    assert_eq!(document["summary"]["baseline"]["known"]["total"], 2);

    // The same again, later, and one of another name.
    let again = at(event("High", 8), "2026-02-05T00:00:00Z");
    world.export(&[event("High", 1), again, event("Critical", 3)]);
    let (code, document) = world.json();
    assert_eq!(code, Some(1));
    let states: Vec<&Value> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["baseline"])
        .collect();
    assert_eq!(states, ["known", "new", "new"]);
    let baseline = &document["summary"]["baseline"];
    assert_eq!(
        (&baseline["new"], &baseline["not_seen"][0]["rule"]),
        (&2.into(), &"level-low".into())
    );
    insta::assert_snapshot!("later", stdout(&world.scan(&[])));
}

#[test]
fn known_findings_fail_no_run_in_any_format() {
    let world = World::new();
    world.baseline("create", NOW, &[]);
    for format in [
        "text", "json", "jsonl", "sarif", "junit", "github", "markdown", "csv", "ocsf",
    ] {
        let output = world.scan(&["-o", format]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{format}: {}",
            stderr(&output)
        );
        let text = stdout(&output).to_lowercase();
        let known = if format == "sarif" {
            "unchanged"
        } else {
            "known"
        };
        assert!(
            text.contains(known) && text.contains("level-high"),
            "{format}: {text}"
        );
    }
}

#[test]
fn an_update_adds_and_pruning_takes_away_and_both_say_what() {
    let world = World::new();
    world.baseline("create", NOW, &[]);
    let before = world.file();
    let again = at(event("High", 8), "2026-02-05T00:00:00Z");
    world.export(&[event("High", 1), again, event("Critical", 3)]);
    let updated = world.baseline("update", "2026-02-06", &[]);
    insta::assert_snapshot!("updated", stdout(&updated));
    let after = world.file();
    for line in before.lines().filter(|line| line.contains("fingerprint")) {
        assert!(
            after.contains(line.trim_end_matches(',')),
            "{line}\n{after}"
        );
    }
    assert_eq!(world.json().0, Some(0));
    let unchanged = world.baseline("update", "2026-02-07", &[]);
    assert!(stdout(&unchanged).contains("stays as it is"));
    assert_eq!(world.file(), after);
    let pruned = world.baseline("prune", "2026-02-07", &[]);
    insta::assert_snapshot!("pruned", stdout(&pruned));
    assert!(!world.file().contains("level-low"));
}

#[test]
fn a_baseline_of_what_was_not_read_in_full_is_not_made() {
    let world = World::new();
    put(
        world.0.path(),
        "export/b.json",
        "{\"Records\": [{\"eventName\": \"Hi",
    );
    let refused = world.baseline("create", NOW, &[]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(stderr(&refused).contains("TG2602"), "{}", stderr(&refused));
    assert_eq!(world.file(), "");
    let allowed = world.baseline("create", NOW, &["--allow-partial"]);
    assert_eq!(allowed.status.code(), Some(0));
    assert!(stderr(&allowed).contains("exit 4"));
    let before = world.file();
    for action in ["update", "prune"] {
        put(
            world.0.path(),
            "export/a.json",
            records(&[event("Critical", 5)]),
        );
        assert_eq!(world.baseline(action, NOW, &[]).status.code(), Some(4));
        assert_eq!(world.file(), before, "{action}");
    }
    put(world.0.path(), "export/b.json", records(&[]));
    put(world.0.path(), "broken.yaml", "id: x\n");
    let broken = world.baseline("update", NOW, &["--rules", "broken.yaml"]);
    assert_eq!(broken.status.code(), Some(3), "a rule did not run");
    assert_eq!(world.file(), before);
}

#[test]
fn a_baseline_that_is_there_or_not_there_or_damaged_is_refused() {
    let world = World::new();
    assert_eq!(world.scan(&[]).status.code(), Some(2));
    for action in ["update", "prune"] {
        assert_eq!(
            world.baseline(action, NOW, &[]).status.code(),
            Some(2),
            "{action}"
        );
    }
    world.baseline("create", NOW, &[]);
    let before = world.file();
    let again = world.baseline("create", NOW, &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("baseline update"));
    put(
        world.0.path(),
        "base.json",
        before.replace("\n]}", "\n>>>>>>> theirs\n]}"),
    );
    let damaged = world.scan(&["-o", "jsonl=out.jsonl"]);
    assert_eq!(damaged.status.code(), Some(2));
    assert!(stderr(&damaged).contains("TG2601"));
    assert!(!world.0.path().join("out.jsonl").exists());
}

#[test]
fn waived_findings_are_not_taken_in_and_count_again_when_the_waiver_is_gone() {
    let world = World::new();
    let waivers = "waivers: [{rule: level-high, match: {eventName: High}, reason: r, owner: o}]\n";
    put(world.0.path(), "waivers.yaml", waivers);
    world.baseline("create", NOW, &["--waivers", "waivers.yaml"]);
    assert!(!world.file().contains("level-high"));
    assert_eq!(
        world.scan(&["--waivers", "waivers.yaml"]).status.code(),
        Some(0)
    );
    assert_eq!(world.scan(&[]).status.code(), Some(1));
}

#[test]
fn the_page_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/baseline.md")).unwrap();
    let shown: Vec<&str> = page
        .split("```text\n")
        .skip(1)
        .map(|text| text.split("\n```").next().unwrap())
        .collect();
    let world = World::new();
    let export = root.join("fixtures/quickstart");
    let run = |arguments: &[&str]| {
        let mut command = trailgate();
        command
            .current_dir(world.0.path())
            .args(arguments)
            .arg(&export);
        command.output().unwrap()
    };
    let made = run(&[
        "baseline",
        "create",
        "-b",
        "baseline.json",
        "--now",
        "2026-01-06",
    ]);
    let scanned = run(&["scan", "--baseline", "baseline.json"]);
    assert_eq!(scanned.status.code(), Some(0));
    for (piece, printed) in shown.iter().zip([stdout(&made), stdout(&scanned)]) {
        assert!(
            printed.contains(piece),
            "not printed:\n{piece}\n\n{printed}"
        );
    }
    // The file that is shown is read, and is what is written of it.
    let json = page
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let baseline = trailgate::baseline::Baseline::parse(json.as_bytes()).unwrap();
    let mut out = Vec::new();
    baseline.write(&mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), json);
    let made = std::fs::read_to_string(world.0.path().join("baseline.json")).unwrap();
    let entry = json.lines().nth(1).unwrap();
    assert!(made.contains(entry), "{made}");
}
