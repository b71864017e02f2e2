//! SARIF against the schema that OASIS published, as a crate carries it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{self, LEVELS, event, put, records};
use serde_json::Value;

/// The platform that this is built for: cargo fetched nothing for others.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let said = support::stdout(&output);
    let mut lines = said.lines();
    let host = lines.find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

/// The schema in the sources of `serde-sarif`, which cargo fetched for these tests.
fn schema() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let mut manifests = packages
        .filter(|package| package["name"] == "serde-sarif")
        .map(|package| PathBuf::from(package["manifest_path"].as_str().unwrap()));
    let folder = manifests.next().unwrap().parent().map(Path::to_owned);
    let text = std::fs::read_to_string(folder.unwrap().join("src/schema.json"));
    let mut schema: Value = serde_json::from_str(&text.unwrap()).unwrap();
    // As it was published the pattern has a bracket too many, which is no regex. No
    // language is written.
    for object in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][object]["properties"]["language"];
        assert!(
            language["pattern"]
                .take()
                .as_str()
                .unwrap()
                .ends_with("]?$")
        );
        language.as_object_mut().unwrap().remove("pattern");
    }
    schema
}

fn sarif(arguments: &[&str]) -> Value {
    let output = support::scan(&[arguments, &["-o", "sarif"]].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_is_written_fits_the_published_schema() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "levels.yaml", LEVELS);
    put(root, "none.json", records(&[]));
    put(
        root,
        "bad.jsonl",
        format!("{}\n{{\"eventName\": \"Hi\n", event("High", 1)),
    );
    let path = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let (levels, none, bad) = (path("levels.yaml"), path("none.json"), path("bad.jsonl"));
    put(root, "waivers.yaml", WAIVERS);
    let (waivers, baseline) = (path("waivers.yaml"), path("baseline.json"));
    let made = support::trailgate()
        .args(["baseline", "create", "-b", &baseline, "fixtures/quickstart"])
        .args(["--rule", "cis-0*", "--now", "2026-01-06"])
        .status();
    assert!(made.unwrap().success());
    let standing = [
        "fixtures/quickstart",
        "--waivers",
        &waivers,
        "--baseline",
        &baseline,
    ];
    let several = [
        "fixtures/correlation/events.jsonl",
        "--rules",
        "fixtures/correlation/rules.yaml",
        "--no-default-rules",
    ];
    let several_in_logs = [&several[..], &["--sarif-anchor", "log"]].concat();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (arguments, results) in [
        (&standing[..], 17),
        (&["fixtures/quickstart"][..], 17),
        (&several[..], 3),
        (&several_in_logs[..], 3),
        (&[&bad, "--rules", &levels, "--sarif-anchor", "log"], 1),
        (&[&none, "--rules", &levels], 0),
    ] {
        let log = sarif(arguments);
        let errors: Vec<String> = validator.iter_errors(&log).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
        let run = &log["runs"][0];
        assert_eq!(
            run["results"].as_array().unwrap().len(),
            results,
            "{arguments:?}"
        );
    }
}

/// Of two findings of the quickstart.
const WAIVERS: &str = "\
waivers:
  - rule: [cis-10-security-group-change, codebuild-project-changed-without-mfa]
    accounts: '111122223333'
    reason: Planned
    owner: network-team
    ticket: SEC-142
    expires: 2026-12-31
";

#[test]
fn results_say_whether_they_are_new_and_why_they_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "waivers.yaml", WAIVERS);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let empty = "{\"schema\":\"trailgate-baseline\",\"version\":1,\"created\":\"2026-01-06T00:00:00Z\",\"entries\":[]}";
    put(folder.path(), "baseline.json", empty);
    let log = sarif(&[
        "fixtures/quickstart",
        "--waivers",
        &path("waivers.yaml"),
        "--baseline",
        &path("baseline.json"),
    ]);
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let suppressed: Vec<&Value> = results
        .clone()
        .filter(|result| !result["suppressions"].is_null())
        .collect();
    assert_eq!(suppressed.len(), 2);
    for result in suppressed {
        let by = &result["suppressions"][0];
        assert_eq!(
            (&by["kind"], &by["status"]),
            (&"external".into(), &"accepted".into())
        );
        let told = by["justification"].as_str().unwrap();
        assert_eq!(
            told,
            "Planned; waived by network-team (SEC-142) until 2026-12-31"
        );
    }
    assert!(
        results
            .clone()
            .all(|result| result["baselineState"] == "new")
    );
}

#[test]
fn a_run_that_did_not_read_everything_says_so() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "none.json", records(&[]));
    let path = folder.path().join("none.json");
    let invocation = &sarif(&[path.to_str().unwrap()])["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 4);
    let told = &invocation["toolExecutionNotifications"][0];
    assert_eq!(told["message"]["text"], "exit 4: not a single event");
}

#[test]
fn results_keep_their_fingerprints_when_logs_are_moved_and_split() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "levels.yaml", LEVELS);
    let events = [event("High", 1), event("Critical", 2)];
    put(root, "one/all.json", records(&events));
    put(root, "two/b.json", records(&events[1..]));
    put(root, "two/c.json", records(&events[..1]));
    let rules = root.join("levels.yaml");
    let prints = |name: &str| {
        let path = root.join(name);
        let log = sarif(&[path.to_str().unwrap(), "--rules", rules.to_str().unwrap()]);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let prints = results
            .into_iter()
            .map(|r| r["partialFingerprints"].clone());
        prints.map(|p| p.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(prints("one").len(), 2);
    assert_eq!(prints("one"), prints("two"));
}
