//! The authoring loop as a person runs it: new, check, test, explain, rules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;
use trailgate::diagnostic::Style;
use trailgate::explain::rule_page;
use trailgate::rule::load;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn trailgate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trailgate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(arguments: &[&str]) -> Ran {
    ran(trailgate().args(arguments).output().unwrap())
}

/// Runs in a folder of its own, so that names in the output are short.
fn run_in(folder: &Path, arguments: &[&str]) -> Ran {
    ran(trailgate()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap())
}

const EVENT: &str = r#"{
    "eventVersion": "1.11", "eventTime": "2026-01-05T09:14:07Z", "eventID": "11111111-2222-3333-4444-555555555555",
    "eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress",
    "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.10", "recipientAccountId": "111122223333",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana"},
    "requestParameters": {"groupId": "sg-1", "password": "correct horse", "ipPermissions": {"items": [
        {"ipProtocol": "tcp", "fromPort": 443, "ranges": ["10.0.0.0/8"]},
        {"ipProtocol": "tcp", "fromPort": 22, "ranges": ["0.0.0.0/0", "10.0.0.0/8"]}
    ]}}
}"#;

const RULE: &str = r#"id: ssh-open
title: SSH opened to the world
severity: high
severity_when:
  - {severity: low, match: {errorCode: {exists: true}}}
description: Anyone can try to sign in.
remediation: Take the rule away.
match:
  eventSource: ec2.amazonaws.com
  eventName: [AuthorizeSecurityGroupIngress, ModifySecurityGroupRules]
  requestParameters.password: {not: ""}
  requestParameters.ipPermissions.items:
    any_element: {fromPort: {lte: 22}, ranges: 0.0.0.0/0}
exceptions:
  - reason: Honeypot
    owner: research
    starts: 2026-01-01
    expires: 2026-12-31
    match: {userIdentity.userName: [honey, pot]}
message: "{userIdentity.userName} opened {requestParameters.groupId}"
tests:
  - name: opened by a person
    expect: match
    message: ana opened sg-1
    event: {file: event.json}
  - name: another port
    expect: no_match
    event: {file: event.json, set: {requestParameters.ipPermissions.items.1.fromPort: 8080}}
"#;

fn folder(rule: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("event.json"), EVENT).unwrap();
    fs::write(folder.path().join("rule.yaml"), rule).unwrap();
    folder
}

#[test]
fn the_pack_passes_its_own_tests() {
    let ran = run(&["test", "rules"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(" passed; "), "{}", ran.out);
}

#[test]
fn a_failed_test_exits_with_5_and_shows_what_each_clause_saw() {
    let broken = RULE
        .replace("fromPort: 8080", "fromPort: 21")
        .replace("ana opened", "bo opened");
    let folder = folder(&broken);
    let ran = run_in(folder.path(), &["test", "rule.yaml"]);
    assert_eq!(ran.code, 5);
    insta::assert_snapshot!(ran.out);
    assert!(!ran.out.contains("horse"));
}

#[test]
fn coverage_lists_what_no_test_exercises() {
    let folder = folder(RULE);
    let ran = run_in(folder.path(), &["test", "rule.yaml", "--coverage"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn a_change_that_no_test_notices_exits_with_5_and_points_at_the_clause() {
    let folder = folder(RULE);
    let ran = run_in(folder.path(), &["test", "rule.yaml", "--mutants"]);
    assert_eq!(ran.code, 5, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
    let ran = run_in(
        folder.path(),
        &["test", "rule.yaml", "--mutants", "--format", "json"],
    );
    assert_eq!(ran.code, 5, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let rule = &report["rules"][0];
    assert_eq!(rule["changes"], 12);
    assert_eq!(
        rule["unnoticed"][0],
        serde_json::json!({
            "file": "rule.yaml", "line": 9, "column": 3, "change": "removed",
            "clause": "eventSource: ec2.amazonaws.com",
        })
    );
}

#[test]
fn an_event_file_that_is_missing_fails_its_test() {
    let folder = folder(&RULE.replace("{file: event.json}", "{file: evnt.json}"));
    let ran = run_in(folder.path(), &["test", "rule.yaml"]);
    assert_eq!(ran.code, 5);
    assert!(ran.out.contains("TG1502"), "{}", ran.out);
    assert!(
        ran.out.contains("2 tests of 1 rule: 1 passed, 1 failed"),
        "{}",
        ran.out
    );
}

#[test]
fn without_a_single_test_nothing_has_passed() {
    let untested = RULE.split("tests:").next().unwrap();
    let folder = folder(untested);
    let ran = run_in(folder.path(), &["test", "rule.yaml"]);
    assert_eq!(ran.code, 5);
    insta::assert_snapshot!(ran.out, @"
    without tests: ssh-open
    no tests were run: a rule without tests proves nothing
    ");
}

#[test]
fn a_rule_that_does_not_load_goes_before_a_test_that_fails() {
    let folder = folder(&RULE.replace("ana opened", "bo opened"));
    fs::write(
        folder.path().join("bad.yaml"),
        "id: bad\ntitle: Bad\nseverity: low\n",
    )
    .unwrap();
    let ran = run_in(folder.path(), &["test", "."]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("TG1102"), "{}", ran.err);
    assert!(ran.out.contains("1 rule does not load: bad"), "{}", ran.out);
}

#[test]
fn wrong_usage_exits_with_2_and_suggests() {
    let ran = run(&["test", "rules", "--rule", "cis-3-root-use"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("did you mean `cis-03-root-use`?"),
        "{}",
        ran.err
    );
    assert_eq!(run(&["test", "rules", "--tag", "cloud-trail"]).code, 2);
    assert_eq!(run(&["test"]).code, 2);
}

#[test]
fn tests_are_chosen_by_id_and_tag() {
    let by_id = run(&["test", "rules", "--rule", "cis-03-*"]);
    assert!(by_id.out.contains("of 1 rule:"), "{}", by_id.out);
    let by_tag = run(&["test", "rules", "--tag", "cis"]);
    assert!(by_tag.out.contains("of 15 rules:"), "{}", by_tag.out);
}

#[test]
fn junit_names_rules_and_tests_and_leaves_no_other_file() {
    let folder = folder(&RULE.replace("ana opened", "bo opened"));
    let ran = run_in(folder.path(), &["test", "rule.yaml", "--junit", "out.xml"]);
    assert_eq!(ran.code, 5);
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("out.xml")).unwrap());
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["event.json", "out.xml", "rule.yaml"]);
    let nowhere = run_in(
        folder.path(),
        &["test", "rule.yaml", "--junit", "no/out.xml"],
    );
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("TG3002"));
}

#[test]
fn tests_are_reported_to_tools_as_json() {
    let folder = folder(&RULE.replace("ana opened", "bo opened"));
    let ran = run_in(folder.path(), &["test", "rule.yaml", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["failed"], 1);
    let first = &report["rules"][0]["tests"][0];
    assert_eq!(first["mismatches"][0]["what"], "message");
    assert_eq!(first["mismatches"][0]["got"], "ana opened sg-1");
    assert_eq!(report["rules"][0]["unexercised"][0]["line"], 5);
}

#[test]
fn explain_shows_every_clause_with_what_it_saw() {
    let folder = folder(RULE);
    let ran = run_in(
        folder.path(),
        &[
            "explain",
            "ssh-open",
            "event.json",
            "--rules",
            "rule.yaml",
            "--no-default-rules",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.out.contains("horse"), "{}", ran.out);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn explain_says_that_an_exception_covers_the_event() {
    let folder = folder(&RULE.replace("[honey, pot]", "ana"));
    let ran = run_in(
        folder.path(),
        &["explain", "ssh-open", "event.json", "--rules", "rule.yaml"],
    );
    assert_eq!(ran.code, 0);
    assert!(
        ran.out
            .ends_with("Matches. Not reported: an exception covers it: Honeypot (research).\n"),
        "{}",
        ran.out
    );
}

#[test]
fn explain_without_an_event_says_the_rule_in_plain_words() {
    let folder = folder(RULE);
    let ran = run_in(
        folder.path(),
        &["explain", "ssh-open", "--rules", "rule.yaml"],
    );
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn explain_finds_an_event_by_number_by_id_and_on_standard_input() {
    let folder = folder(RULE);
    let other = r#"{"eventVersion": "1.11", "eventName": "ListUsers", "eventSource": "iam.amazonaws.com", "eventTime": "2026-01-05T09:14:07Z"}"#;
    let export = format!(r#"{{"Records": [{other}, {EVENT}]}}"#);
    fs::create_dir(folder.path().join("export")).unwrap();
    fs::write(folder.path().join("export/a.json"), &export).unwrap();
    let explain = |arguments: &[&str]| {
        let mut all = vec!["explain", "ssh-open", "--rules", "rule.yaml"];
        all.extend(arguments);
        run_in(folder.path(), &all)
    };
    for found in [
        &["export/a.json:2"][..],
        &["export/a.json#2"],
        &["export/a.json, record 2"],
        &[
            "export",
            "--event-id",
            "11111111-2222-3333-4444-555555555555",
        ],
    ] {
        let ran = explain(found);
        assert_eq!(ran.code, 0, "{found:?} {}", ran.err);
        assert!(ran.out.contains("(export/a.json, record 2)"), "{}", ran.out);
        assert!(ran.out.contains("Matches."), "{}", ran.out);
    }
    assert!(
        explain(&["export/a.json:1"])
            .out
            .contains("Does not match.")
    );
    let many = explain(&["export/a.json"]);
    assert_eq!(many.code, 2);
    assert!(
        many.err.contains("`export/a.json:3` for its third record"),
        "{}",
        many.err
    );
    for missing in [
        &["export/a.json:3"][..],
        &["export", "--event-id", "x"],
        &["export/b.json"],
    ] {
        assert_eq!(explain(missing).code, 4, "{missing:?}");
    }
    let stdin = trailgate()
        .current_dir(folder.path())
        .args(["explain", "ssh-open", "--rules", "rule.yaml", "-"])
        .write_stdin(EVENT)
        .output()
        .unwrap();
    assert!(ran(stdin).out.contains("(<stdin>, record 1)"));
}

#[test]
fn explain_tells_an_unknown_rule_from_one_that_does_not_load_or_wants_a_list() {
    let unknown = run(&["explain", "root-credential-used"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown
            .err
            .contains("did you mean `root-credentials-used`?")
    );
    let event = "rules/events/iam-user.json";
    let wants_list = run(&["explain", "api-call-from-unknown-network", event]);
    assert_eq!(wants_list.code, 3);
    assert!(wants_list.err.contains("--list known_networks=FILE"));
    assert_eq!(run(&["explain", "api-call-from-unknown-network"]).code, 0);
    let folder = folder(&RULE.replace("any_element", "some_element"));
    let broken = run_in(
        folder.path(),
        &["explain", "ssh-open", "--rules", "rule.yaml"],
    );
    assert_eq!(broken.code, 3);
    assert!(broken.err.contains("TG1301"));
}

#[test]
fn rules_are_listed_and_shown() {
    let list = run(&["rules", "list", "--tag", "network", "--severity", "high"]);
    assert_eq!(list.code, 0);
    insta::assert_snapshot!(list.out);
    let folder = folder(RULE);
    let show = run_in(
        folder.path(),
        &["rules", "show", "ssh-open", "--rules", "rule.yaml"],
    );
    insta::assert_snapshot!("rules_show", show.out);
    let source = run_in(
        folder.path(),
        &[
            "rules",
            "show",
            "ssh-open",
            "--rules",
            "rule.yaml",
            "--source",
        ],
    );
    assert_eq!(source.out.trim_end(), RULE.trim_end());
}

#[test]
fn the_page_on_performance_shows_a_plan_as_it_is_printed() {
    let plan = run(&[
        "rules",
        "show",
        "access-key-for-someone-else",
        "--plan",
        "--rules",
        "docs/cookbook",
        "--no-default-rules",
    ]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    let page = include_str!("../docs/performance.md");
    assert!(page.contains(&plan.out), "{}", plan.out);
}

#[test]
fn a_rule_that_waits_for_a_list_has_no_plan_yet() {
    let show = |more: &[&str]| {
        let arguments = ["rules", "show", "api-call-from-unknown-network", "--plan"];
        run(&[&arguments[..], more].concat())
    };
    let waiting = show(&[]);
    assert_eq!((waiting.code, waiting.out.as_str()), (3, ""));
    assert!(waiting.err.contains("TG1405"), "{}", waiting.err);
    let folder = tempfile::tempdir().unwrap();
    let networks = folder.path().join("networks.txt");
    std::fs::write(&networks, "10.0.0.0/8\n").unwrap();
    let list = format!("known_networks={}", networks.display());
    let set = show(&["--list", &list, "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&set.out).unwrap();
    assert_eq!(plan["rule"], "api-call-from-unknown-network");
    assert_eq!(plan["witness"]["field"], serde_json::Value::Null);
}

#[test]
fn every_rule_of_the_pack_can_be_said_in_words() {
    let list: serde_json::Value =
        serde_json::from_str(&run(&["rules", "list", "--format", "json"]).out).unwrap();
    let rules = list["rules"].as_array().unwrap();
    let set = load(trailgate::pack::rules_files(), &[]).set;
    let pages: BTreeMap<&str, String> = set
        .all()
        .map(|rule| (&*rule.id.value, rule_page(&set, rule, Style::default())))
        .collect();
    assert!(rules.len() >= 18);
    for page in pages.values() {
        assert!(
            page.contains("Matches an event where\n- ") || page.contains("\nMatches when "),
            "{page}"
        );
    }
    // Each run reads the whole pack, so the command is asked about a few alone.
    for rule in rules.iter().step_by(64) {
        let id = rule["id"].as_str().unwrap();
        let ran = run(&["rules", "show", id]);
        assert_eq!(ran.code, 0, "{id}: {}", ran.err);
        assert_eq!(ran.out, pages[id]);
    }
}

#[test]
fn a_new_rule_passes_check_and_its_tests_and_is_not_overwritten() {
    let folder = folder(RULE);
    let steps: [&[&str]; 3] = [
        &["new", "my-rule"],
        &["check", "my-rule.yaml", "--deny-warnings"],
        &["test", "my-rule.yaml"],
    ];
    for step in steps {
        let ran = run_in(folder.path(), step);
        assert_eq!(ran.code, 0, "{step:?} {} {}", ran.out, ran.err);
    }
    let again = run_in(folder.path(), &["new", "my-rule"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("--force"));
    assert_eq!(
        run_in(folder.path(), &["new", "my-rule", "--force"]).code,
        0
    );
    assert_eq!(run_in(folder.path(), &["new", "My Rule"]).code, 2);
    assert!(!folder.path().join("My Rule.yaml").exists());
}

#[test]
fn a_rule_drafted_from_an_event_passes_and_holds_no_secret() {
    let folder = folder(RULE);
    let steps: [&[&str]; 3] = [
        &["new", "drafted", "--event", "event.json", "-o", "d.yaml"],
        &["check", "d.yaml", "--deny-warnings"],
        &["test", "d.yaml"],
    ];
    for step in steps {
        let ran = run_in(folder.path(), step);
        assert_eq!(ran.code, 0, "{step:?} {} {}", ran.out, ran.err);
    }
    let text = fs::read_to_string(folder.path().join("d.yaml")).unwrap();
    assert!(!text.contains("horse"));
    let printed = run_in(
        folder.path(),
        &["new", "drafted", "--event", "event.json", "-o", "-"],
    );
    assert_eq!(printed.out, text);
    fs::write(folder.path().join("empty.json"), "{\"eventName\": \"x\"}").unwrap();
    assert_eq!(
        run_in(folder.path(), &["new", "x", "--event", "empty.json"]).code,
        4
    );
}

#[test]
fn the_schema_completions_and_manual_pages_are_written() {
    let schema: serde_json::Value = serde_json::from_str(&run(&["schema"]).out).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("explain"), "{shell}");
    }
    assert!(run(&["man"]).out.contains(".TH trailgate 1"));
    let folder = tempfile::tempdir().unwrap();
    let pages: PathBuf = folder.path().join("man1");
    assert_eq!(run(&["man", "--out", pages.to_str().unwrap()]).code, 0);
    assert!(pages.join("trailgate-rules-show.1").exists());
}
