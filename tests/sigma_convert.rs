//! `sigma convert`: what is written, what is refused and where it goes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{self, put, stderr, stdout};
use tempfile::TempDir;

const FILTER: &str = "title: Our own scanner
id: 11111111-2222-4333-8444-555555555501
author: Carla Example
logsource: {product: aws}
filter:
  rules: any
  scanner:
    userIdentity.arn|endswith: ':user/scanner'
  condition: not scanner
";
const CORRELATION: &str = "title: Many keys
id: 11111111-2222-4333-8444-555555555502
correlation:
  type: event_count
  rules: [3f0c2f4e-8a4b-4d5e-9c1e-5a6b7c8d9e01]
  group-by: [userIdentity.arn]
  timespan: 10m
  condition: {neq: 5}
";
const NATIVE: &str = "id: native\ntitle: Native\nseverity: low\nmatch: {eventName: High}\n";

fn case(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sigma_convert");
    folder.join(name)
}

/// A folder with some of the cases and texts.
fn world(files: &[(&str, &str)]) -> TempDir {
    let world = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let text = match text.strip_prefix("case:") {
            Some(name) => fs::read_to_string(case(name)).unwrap(),
            None => (*text).to_owned(),
        };
        put(world.path(), path, text);
    }
    world
}

fn run(world: &TempDir, arguments: &str) -> (i32, String, String) {
    let output = support::trailgate()
        .current_dir(world.path())
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let code = output.status.code().unwrap();
    (code, stdout(&output), stderr(&output))
}

/// What is written of a case, and what is said.
fn converted(name: &str) -> String {
    let world = world(&[("in.yml", &format!("case:{name}"))]);
    let (code, out, err) = run(&world, "sigma convert in.yml");
    assert_eq!(code, 0, "{err}");
    format!("{out}==> stderr\n{err}")
}

#[test]
fn filters_under_not_become_what_must_not_hold() {
    insta::assert_snapshot!(converted("key_for_another.yml"));
}

#[test]
fn one_of_several_selections_becomes_any() {
    insta::assert_snapshot!(converted("snapshot_shared.yml"));
}

#[test]
fn hours_patterns_and_networks_have_native_words() {
    insta::assert_snapshot!(converted("login_at_night.yml"));
}

#[test]
fn placeholders_become_lists_and_keywords_a_path() {
    insta::assert_snapshot!(converted("admins.yml"));
}

#[test]
fn correlations_hold_the_conditions_of_their_rules() {
    insta::assert_snapshot!(converted("correlated.yml"));
    let world = world(&[("in.yml", "case:correlated.yml")]);
    run(&world, "sigma convert in.yml -o native.yaml");
    let (code, tested, _) = run(&world, "test native.yaml");
    assert_eq!(code, 0, "{tested}");
    assert!(tested.contains("1 passed"), "{tested}");
}

#[test]
fn what_has_no_native_words_is_refused_and_the_rest_is_written() {
    let world = world(&[
        ("rules/refused.yml", "case:refused.yml"),
        ("rules/key.yml", "case:key_for_another.yml"),
        ("rules/many.yml", CORRELATION),
        ("rules/lists.yaml", "lists: {admins: [ana]}\n"),
    ]);
    let (code, out, err) = run(&world, "sigma convert rules");
    assert_eq!(code, 3, "{err}");
    assert_eq!(out.matches("\nmatch:\n").count(), 1, "{out}");
    insta::assert_snapshot!(err);
}

#[test]
fn a_filter_narrows_what_is_converted_with_it_and_is_credited() {
    let world = world(&[
        ("rules/key.yml", "case:key_for_another.yml"),
        ("rules/ours.yml", FILTER),
        ("rules/native.yaml", NATIVE),
        ("rules/elsewhere.yml", "case:elsewhere.yml"),
    ]);
    let (code, out, err) = run(&world, "sigma convert rules");
    assert_eq!(code, 0, "{err}");
    let derived =
        "Sigma filter `Our own scanner` 11111111-2222-4333-8444-555555555501 by Carla Example";
    assert!(out.contains(derived), "{out}");
    assert!(out.contains("ends_with: \":user/scanner\""), "{out}");
    let last = err.lines().last().unwrap();
    assert_eq!(
        last,
        "1 rule converted, 1 not about CloudTrail, 1 native already"
    );
}

#[test]
fn attribution_is_shown_and_listed_for_tools() {
    let world = world(&[("in.yml", "case:key_for_another.yml")]);
    let (code, _, err) = run(&world, "sigma convert in.yml -o out/rules.yaml");
    assert_eq!(code, 0, "{err}");
    let rules = "--rules out/rules.yaml --no-default-rules";
    let id = "3f0c2f4e-8a4b-4d5e-9c1e-5a6b7c8d9e01";
    let (code, page, _) = run(&world, &format!("rules show {id} {rules}"));
    assert_eq!(code, 0);
    let attribution = page.split("By\n").nth(1).unwrap();
    insta::assert_snapshot!(attribution);
    let (_, list, _) = run(&world, &format!("rules list --format json {rules}"));
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let rule = &list["rules"][0];
    assert_eq!(rule["authors"][0], "Ana Example, Bruno Example");
    assert_eq!(rule["license"], "CC-BY-4.0");
    assert_eq!(rule["derived_from"].as_array().unwrap().len(), 2);
}

#[test]
fn a_folder_gets_a_file_for_each_that_was_read_and_they_load() {
    let world = world(&[
        ("rules/key.yml", "case:key_for_another.yml"),
        ("rules/deep/night.yml", "case:login_at_night.yml"),
        ("rules/deep/shared.yml", "case:snapshot_shared.yml"),
        ("rules/admins.yml", "case:admins.yml"),
    ]);
    let (code, out, _) = run(&world, "sigma convert rules --output-dir native");
    assert_eq!((code, out.as_str()), (0, ""));
    let read = |name: &str| fs::read_to_string(world.path().join(name)).unwrap();
    assert!(read("native/key.yaml").starts_with("id: 3f0c2f4e"));
    assert!(read("native/deep/night.yaml").starts_with("id: 5b8e7d31"));
    let list = "lists: {sensitive_policies: [x]}\n";
    put(world.path(), "native/lists.yaml", list);
    let (code, checked, _) = run(&world, "check native");
    assert_eq!(code, 0, "{checked}");
    assert!(checked.contains("4 rules, 5 files, 0 errors"), "{checked}");
    let (code, tested, _) = run(&world, "test native/deep/shared.yaml");
    assert_eq!(code, 0, "{tested}");
    // What is there stays there.
    put(world.path(), "native/key.yaml", "mine");
    let (code, _, err) = run(&world, "sigma convert rules --output-dir native");
    assert_eq!(code, 2);
    assert!(err.contains("is there already"), "{err}");
    assert_eq!(read("native/key.yaml"), "mine");
    let (code, _, _) = run(&world, "sigma convert rules --output-dir native --force");
    assert_eq!(code, 0);
    assert!(read("native/key.yaml").starts_with("id: 3f0c2f4e"));
}

#[test]
fn two_files_of_one_name_are_not_written_over_each_other() {
    let world = world(&[
        ("a/key.yml", "case:key_for_another.yml"),
        ("b/key.yml", "case:login_at_night.yml"),
    ]);
    let (code, _, err) = run(&world, "sigma convert a b --output-dir native");
    assert_eq!(code, 2);
    insta::assert_snapshot!(err);
    assert!(!world.path().join("native").exists());
}

#[test]
fn rules_about_other_logs_are_written_when_asked_for() {
    let world = world(&[("in.yml", "case:elsewhere.yml"), ("native.yaml", NATIVE)]);
    let (code, out, err) = run(&world, "sigma convert in.yml");
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("TG1610"), "{err}");
    let (code, out, err) = run(&world, "sigma convert in.yml --logsource any");
    assert_eq!(code, 0, "{err}");
    let condition = "match:\n  TargetUserName: {ends_with: \"$\"}\n  Level: 4720\n";
    assert!(out.ends_with(condition), "{out}");
    assert!(
        err.contains("left out `taxonomy`, `owner`, `logsource`"),
        "{err}"
    );
    let (code, _, err) = run(&world, "sigma convert native.yaml");
    assert_eq!(code, 3);
    assert!(err.contains("no Sigma rule to convert"), "{err}");
}
