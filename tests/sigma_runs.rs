//! Sigma rules through the command: scanned, checked, tested, explained, counted.

use crate::support::{self, event, put, records, stderr, stdout};
use serde_json::Value;
use tempfile::TempDir;

const OURS: &str = "title: Something high
id: 2c6f7b1e-4a64-4a3e-8a55-1f6f0f4f0a01
author: Ana Example
license: CC0-1.0
tags: [attack.t1078, ours]
logsource: {product: aws, service: cloudtrail}
detection:
  selection:
    eventSource: EXAMPLE.amazonaws.com
    eventName|startswith: hi
  filter_ana:
    userIdentity.userName: ana
  condition: selection and not 1 of filter_*
level: high
tests:
  - name: high
    expect: match
    event: {eventSource: example.amazonaws.com, eventName: High}
  - name: ana
    expect: no_match
    event: {eventSource: example.amazonaws.com, eventName: High, userIdentity: {userName: Ana}}
";
const OTHER: &str = "title: User made
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4720}, condition: selection}
";
const NATIVE: &str = "id: native\ntitle: Native\nseverity: low\nmatch: {eventName: High}\n";

fn world() -> TempDir {
    let world = tempfile::tempdir().unwrap();
    let root = world.path();
    put(
        root,
        "events.json",
        records(&[event("High", 1), event("Low", 2)]),
    );
    put(root, "rules/ours.yml", OURS);
    put(root, "rules/other.yml", OTHER);
    put(root, "rules/native.yaml", NATIVE);
    put(root, "other/other.yml", OTHER);
    world
}

fn run(world: &TempDir, arguments: &str) -> (i32, String, String) {
    let arguments = arguments.replace('@', world.path().to_str().unwrap());
    let output = support::trailgate()
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let root = world.path().to_str().unwrap();
    let shown = |text: String| text.replace(root, "ROOT");
    let code = output.status.code().unwrap();
    (code, shown(stdout(&output)), shown(stderr(&output)))
}

const SCAN: &str = "scan @/events.json --no-default-rules --rules @/rules";

#[test]
fn sigma_rules_are_scanned_beside_native_ones_and_the_summary_counts_the_others() {
    let world = world();
    let (code, out, _) = run(&world, &format!("{SCAN} -o json"));
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&out).unwrap();
    let rules: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["native", "2c6f7b1e-4a64-4a3e-8a55-1f6f0f4f0a01"]);
    let counts = &report["summary"]["rules"];
    assert_eq!(counts["active"], 2);
    assert_eq!(counts["not_applicable"], 1);
    assert_eq!(counts["failed"], serde_json::json!([]));
    let (code, out, _) = run(&world, SCAN);
    assert_eq!(code, 1);
    assert!(out.contains("Something high"), "{out}");
    assert!(out.contains("1 Sigma rule about other logs"), "{out}");
}

#[test]
fn rules_of_which_none_applies_end_with_3_unless_they_are_forced() {
    let world = world();
    let scan = "scan @/events.json --rules @/other";
    for with in ["", " --no-default-rules"] {
        let (code, _, said) = run(&world, &format!("{scan}{with}"));
        assert_eq!(code, 3, "{said}");
        assert!(said.contains("TG1610"), "{said}");
    }
    let (code, _, said) = run(
        &world,
        &format!("{scan} --no-default-rules --logsource any"),
    );
    assert_eq!(code, 0, "{said}");
    let (code, out, _) = run(&world, "check @/other --logsource any");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("TG1202"), "{out}");
}

#[test]
fn check_test_and_explain_read_sigma() {
    let world = world();
    let (code, out, _) = run(
        &world,
        "check @/rules/ours.yml @/rules/other.yml --deny-warnings",
    );
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("1 rule, 1 not applicable, 2 files, 0 errors"),
        "{out}"
    );
    let (code, out, _) = run(&world, "test @/rules/ours.yml --coverage --mutants");
    assert_eq!(code, 5, "a near miss of the selection is not there: {out}");
    insta::assert_snapshot!("sigma_tested", out);
    let id = "2c6f7b1e-4a64-4a3e-8a55-1f6f0f4f0a01";
    let (code, out, _) = run(
        &world,
        &format!("explain {id} @/events.json:1 --rules @/rules --no-default-rules"),
    );
    assert_eq!(code, 0, "{out}");
    insta::assert_snapshot!("sigma_explained", out);
    let (code, out, _) = run(
        &world,
        &format!("rules show {id} --rules @/rules --no-default-rules"),
    );
    assert_eq!(code, 0, "{out}");
    insta::assert_snapshot!("sigma_shown", out);
    let (_, out, _) = run(&world, "rules list --rules @/rules --no-default-rules");
    assert!(out.contains("2 rules, 1 not about CloudTrail"), "{out}");
    let (_, out, _) = run(
        &world,
        "rules list --rules @/rules --no-default-rules --format json",
    );
    let list: Value = serde_json::from_str(&out).unwrap();
    let ours = list["rules"].as_array().unwrap().iter();
    let ours = ours.filter(|rule| rule["id"] == id).collect::<Vec<_>>();
    assert_eq!(ours[0]["authors"][0], "Ana Example");
    assert_eq!(ours[0]["license"], "CC0-1.0");
}

#[test]
fn a_rule_about_another_log_that_is_asked_for_by_its_id_is_no_clean_run() {
    let world = world();
    let (code, _, said) = run(&world, &format!("{SCAN} --rule user-made"));
    assert_eq!(code, 2);
    assert!(
        said.contains("about another log: product windows"),
        "{said}"
    );
    let (code, _, said) = run(&world, &format!("{SCAN} --exclude-rule user-made"));
    assert_eq!(code, 1, "{said}");
}

const TOGETHER: &str = "title: Something high
name: high
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventSource: example.amazonaws.com, eventName: High}, condition: selection}
---
title: Something low
name: low
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventSource: example.amazonaws.com, eventName: Low}, condition: selection}
---
title: High and then low
id: high-then-low
description: First the one, then the other.
tags: [attack.t1078, cis.aws.5.0.4.5, ours]
level: critical
correlation:
  type: temporal_ordered
  rules: [high, low]
  group-by: [who]
  timespan: 10m
  aliases: {who: {high: userIdentity.arn, low: userIdentity.arn}}
tests:
  - name: in that order
    expect: match
    events:
      - event: &high {eventSource: example.amazonaws.com, eventName: High, userIdentity: {arn: x}}
      - {at: +1m, event: *high, set: {eventName: Low}}
  - name: the other way round
    expect: no_match
    events: [{at: +1m, event: *high}, {event: *high, set: {eventName: Low}}]
---
title: Long calls
id: long-calls
correlation:
  type: value_avg
  rules: [high, low]
  group-by: [userIdentity.arn]
  timespan: 10m
  condition: {field: requestParameters.n, gt: 12}
";

/// Events of one user: high and low, a minute apart, with numbers.
fn together() -> TempDir {
    let world = tempfile::tempdir().unwrap();
    let of = |name: &str, number: u64, n: u64| {
        let mut event = event(name, number);
        event["eventTime"] = format!("2026-01-05T09:0{number}:00Z").into();
        event["userIdentity"]["arn"] = "arn:aws:iam::111122223333:user/ana".into();
        event["requestParameters"] = serde_json::json!({"n": n});
        event
    };
    let events = [of("High", 1, 10), of("Low", 2, 15), of("High", 3, 10)];
    put(world.path(), "events.json", records(&events));
    put(world.path(), "rules/together.yml", TOGETHER);
    world
}

#[test]
fn correlations_are_scanned_and_their_rules_report_through_them() {
    let world = together();
    let (code, out, _) = run(&world, SCAN);
    assert_eq!(code, 1);
    insta::assert_snapshot!("sigma_correlated", out);
    let (_, out, _) = run(&world, &format!("{SCAN} -o json"));
    let report: Value = serde_json::from_str(&out).unwrap();
    let rules = &report["summary"]["rules"];
    assert_eq!(
        (&rules["active"], &rules["unreported"]),
        (&2.into(), &2.into())
    );
    let finding = &report["findings"][0];
    assert_eq!(finding["rule"], "high-then-low");
    assert_eq!(finding["severity"], "critical");
    let steps = finding["correlation"]["timeline"]
        .as_array()
        .unwrap()
        .iter();
    let steps: Vec<_> = steps.map(|event| event["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["high", "low"]);
    let (_, out, _) = run(&world, &format!("{SCAN} --rule high -o json"));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 2);
}

#[test]
fn correlations_are_checked_tested_explained_and_listed() {
    let world = together();
    let (code, out, _) = run(&world, "check @/rules --deny-warnings");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("4 rules, 1 file, 0 errors"), "{out}");
    let (code, out, _) = run(&world, "test @/rules --coverage");
    assert_eq!(code, 0, "{out}");
    let with = "--rules @/rules --no-default-rules";
    let mut shown = String::new();
    for command in [
        "rules list",
        "rules show high-then-low",
        "rules show long-calls",
        "explain high-then-low @/events.json",
        "explain long-calls @/events.json",
    ] {
        let (code, out, _) = run(&world, &format!("{command} {with}"));
        assert_eq!(code, 0, "{out}");
        shown.push_str(&format!("$ {command}\n{out}\n"));
    }
    insta::assert_snapshot!("sigma_correlations_shown", shown);
    let (code, out, said) = run(&world, &format!("rules show high --plan {with}"));
    assert_eq!(code, 0, "{said}");
    assert!(out.contains("high"), "{out}");
    assert!(
        said.contains("reports through correlations alone"),
        "{said}"
    );
}

#[test]
fn a_correlation_that_cannot_be_run_is_no_clean_run() {
    let world = together();
    let words = TOGETHER.replace("{field: requestParameters.n, gt: 12}", "high and low");
    put(
        world.path(),
        "rules/together.yml",
        words.replace("value_avg", "temporal"),
    );
    let (code, _, said) = run(&world, SCAN);
    assert_eq!(code, 3);
    assert!(said.contains("TG1608"), "{said}");
}
