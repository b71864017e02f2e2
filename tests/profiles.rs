//! Profiles in whole runs: which rules run, and what is said of those that do not.

use crate::support::{event, put, stderr, stdout, trailgate};

const RULES: &str = "id: made\ntitle: A\nseverity: info\ndescription: a\nremediation: b\ntags: [awareness]\n\
    match: {eventSource: s3.amazonaws.com}\n---\nprofiles:\n  strict: {severity: high}\n  loose: {tags: [awareness]}\n";

fn scan(configuration: &str, more: &[&str]) -> (String, String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "rules.yaml", RULES);
    put(folder.path(), "trailgate.yaml", configuration);
    put(folder.path(), "event.json", event("a", 1).to_string());
    let output = trailgate()
        .current_dir(folder.path())
        .args([
            "scan",
            "event.json",
            "--rules",
            "rules.yaml",
            "--fail-on",
            "none",
        ])
        .args(more)
        .output()
        .unwrap();
    (stdout(&output), stderr(&output), output.status.code())
}

#[test]
fn rules_of_ones_own_run_whatever_the_default_leaves_out() {
    let (out, err, code) = scan("trailgate: 1\n", &["--no-default-rules"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(!out.contains("left out"), "{out}");
}

#[test]
fn a_profile_that_is_asked_for_decides_about_all_rules() {
    let asked = ["--no-default-rules", "--rule-profile", "loose"];
    let (out, err, code) = scan("rule_profile: strict\n", &asked);
    assert_eq!(code, Some(0), "{err}");
    assert!(!out.contains("left out"), "{out}");
    let (out, err, _) = scan("rule_profile: strict\n", &[]);
    assert!(out.contains("left out by the profile strict"), "{out}{err}");
}

#[test]
fn a_profile_that_is_none_is_wrong_usage() {
    let (_, err, code) = scan("trailgate: 1\n", &["--rule-profile", "defualt"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `default`?"), "{err}");
}

#[test]
fn one_rule_is_found_whatever_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "rules.yaml", RULES);
    put(folder.path(), "trailgate.yaml", "rule_profile: strict\n");
    let output = trailgate()
        .current_dir(folder.path())
        .args(["explain", "made", "--rules", "rules.yaml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

/// Which folders and tags a profile names is a matter of the pack: each must take some.
#[test]
fn every_profile_of_the_pack_takes_rules() {
    for profile in ["default", "all", "cis", "ci-cd", "network", "detection"] {
        let output = trailgate()
            .args(["rules", "list", "--rule-profile", profile])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{profile}");
        let listed = stdout(&output);
        let last = listed.lines().last().unwrap();
        assert!(!last.starts_with("0 rules"), "{profile}: {last}");
    }
}
