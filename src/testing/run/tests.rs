mod together;

use super::*;
use crate::diagnostic::Style;
use crate::rule::{Loaded, RulesFile, load};
use crate::testing::{Side, coverage, coverage_text, outcome_text};

fn loaded(text: &str) -> Loaded {
    let file = RulesFile::of_user("rule.yaml", text);
    let loaded = load(vec![file], &[]);
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    loaded
}

const RULE: &str = r#"
id: key-made
title: Access key made
severity: high
severity_when:
  - {severity: low, match: {errorCode: {exists: true}}}
match:
  eventSource: iam.amazonaws.com
  eventName: CreateAccessKey
  sourceIPAddress: {is: ip, not: {cidr: {list: known}}}
exceptions:
  - reason: Migration in March
    owner: iam-team
    starts: 2026-03-01
    expires: 2026-03-31
    match: {userIdentity.userName: migration}
message: "{userIdentity.userName} made a key"
"#;

const LISTS: &str = "\n---\nlists: {known: {description: Networks}}\n";

fn ran(tests: &str) -> (Loaded, Vec<TestOutcome>) {
    let loaded = loaded(&format!("{}tests:{tests}{LISTS}", RULE.trim_start()));
    let rule = loaded.set.all().next().unwrap().clone();
    let outcomes = run(&loaded.set, &rule);
    (loaded, outcomes)
}

fn test(expect: &str, more: &str, event: &str) -> String {
    format!(
        "\n  - name: a test\n    expect: {expect}\n    lists: {{known: [192.0.2.0/24]}}\n{more}    event: {{eventSource: iam.amazonaws.com, eventName: CreateAccessKey, sourceIPAddress: 203.0.113.9, {event}}}"
    )
}

#[test]
fn a_test_sees_its_own_lists() {
    let (_, outcomes) = ran(&test("match", "", "eventID: a"));
    assert!(outcomes[0].passed(), "{outcomes:?}");
    let (_, outcomes) =
        ran(&test("no_match", "", "eventID: a").replace("203.0.113.9", "192.0.2.9"));
    assert!(outcomes[0].passed(), "{outcomes:?}");
}

#[test]
fn a_list_that_the_test_does_not_set_keeps_it_from_running() {
    let without =
        test("match", "", "eventID: a").replace("    lists: {known: [192.0.2.0/24]}\n", "");
    let (_, outcomes) = ran(&without);
    assert!(!outcomes[0].passed());
    let problems = outcomes[0].seen.as_ref().unwrap_err();
    assert!(problems[0].message.contains("`known`"), "{problems:?}");
}

#[test]
fn an_exception_covers_by_the_time_of_the_event() {
    let of = |month: &str, expect: &str| {
        let event =
            format!("eventTime: 2026-{month}-10T00:00:00Z, userIdentity: {{userName: migration}}");
        ran(&test(expect, "", &event)).1[0].passed()
    };
    assert!(of("03", "no_match"));
    assert!(of("04", "match"));
    assert!(!of("03", "match"));
}

#[test]
fn severity_and_message_are_compared_where_the_test_gives_them() {
    let wanted = "    severity: low\n    message: \"ana made a key\"\n";
    let event = "userIdentity: {userName: ana}, errorCode: AccessDenied";
    assert!(ran(&test("match", wanted, event)).1[0].passed());
    let (_, outcomes) = ran(&test("match", wanted, "userIdentity: {userName: bo}"));
    assert_eq!(
        outcomes[0].mismatches,
        [
            Mismatch::Severity {
                expected: Severity::Low,
                got: Severity::High
            },
            Mismatch::Message {
                expected: "ana made a key".to_owned(),
                got: "bo made a key".to_owned()
            },
        ]
    );
}

#[test]
fn a_failed_test_shows_the_clauses_that_made_the_difference() {
    let (loaded, outcomes) =
        ran(&test("match", "", "errorCode: x").replace("203.0.113.9", "192.0.2.9"));
    let style = Style {
        colour: false,
        width: 80,
    };
    let text = outcome_text("key-made", &outcomes[0], loaded.set.sources(), style);
    insta::assert_snapshot!(text, @r#"
    FAILED key-made: a test
      rule.yaml:18:11
      - expect: match
      + expect: no_match
      match
      ✓ eventSource is iam.amazonaws.com  ← "iam.amazonaws.com"
      ✓ eventName is CreateAccessKey  ← "CreateAccessKey"
      ✗ sourceIPAddress  ← "192.0.2.9"
        ✓ is an IP address
        ✗ does not lie in a value of the list known (1 value)
    "#);
}

#[test]
fn what_no_test_makes_true_or_false_is_a_gap() {
    let (loaded, outcomes) = ran(&test("match", "", "errorCode: x"));
    let rule = loaded.set.all().next().unwrap();
    let coverage = coverage(rule, &outcomes);
    assert_eq!(coverage.clauses, 5);
    let missing: Vec<_> = coverage.gaps.iter().map(|gap| gap.missing).collect();
    assert_eq!(
        missing,
        [
            Side::False,
            Side::False,
            Side::False,
            Side::False,
            Side::True
        ]
    );
    let text = coverage_text(&coverage, loaded.set.sources(), Style::default());
    insta::assert_snapshot!(text, @"
    key-made: 0 of 5 clauses exercised both ways
      line 5: errorCode: {exists: true}  ← no test makes this false
      line 7: eventSource: iam.amazonaws.com  ← no test makes this false
      line 8: eventName: CreateAccessKey  ← no test makes this false
      line 9: sourceIPAddress: {is: ip, not: {cidr: {list: known}}}  ← no test makes this false
      line 15: userIdentity.userName: migration  ← no test makes this true
    ");
}

#[test]
fn a_clause_made_true_and_false_is_no_gap() {
    let both = test("match", "", "eventID: a")
        + &test("no_match", "", "eventID: b")
            .replace("a test", "another")
            .replace("CreateAccessKey", "ListUsers");
    let (loaded, outcomes) = ran(&both);
    assert!(outcomes.iter().all(TestOutcome::passed), "{outcomes:?}");
    let coverage = coverage(loaded.set.all().next().unwrap(), &outcomes);
    let texts: Vec<_> = coverage
        .gaps
        .iter()
        .map(|gap| loaded.set.sources().slice(gap.span))
        .collect();
    assert!(!texts.contains(&"eventName: CreateAccessKey"), "{texts:?}");
}
