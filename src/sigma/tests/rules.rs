//! What stands around a detection.

use super::*;
use crate::rule::Severity;
use crate::testing;

const WHOLE: &str = "title: Trail stopped
id: 5d1f5a6e-7c1b-4b8e-9a3f-000000000001
name: trail_stopped
status: test
description: Somebody stopped a trail.
author: Ana Example
license: CC0-1.0
references: [https://example.org/a, a book]
date: 2026-01-05
tags: [attack.persistence, attack.t1562.008, cis.aws.5.0.4.5, cve.2026-1]
logsource: {product: aws, service: cloudtrail}
detection:
  selection:
    eventSource: cloudtrail.amazonaws.com
    eventName: StopLogging
  condition: selection
falsepositives: [Maintenance]
level: high
tests:
  - name: stopped
    expect: match
    event: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}
  - name: started
    expect: no_match
    event: {eventSource: cloudtrail.amazonaws.com, eventName: StartLogging}
";

#[test]
fn nothing_of_a_rule_is_lost() {
    let pack = crate::pack::rules_files();
    let file = RulesFile::of_user("a.yml", WHOLE);
    let loaded = load_with(pack, vec![file], Settings::default());
    assert_eq!(loaded.diagnostics, []);
    let [rule] = loaded.set.rules.as_slice() else {
        panic!("{}", loaded.set.rules.len());
    };
    assert_eq!(rule.title, "Trail stopped");
    assert_eq!(rule.severity, Severity::High);
    assert_eq!(rule.attack, ["T1562.008"]);
    assert_eq!(rule.tags, ["attack.persistence", "cve.2026-1"]);
    assert_eq!(rule.controls[0].framework, "cis-aws-5.0");
    assert_eq!(rule.controls[0].controls, ["4.5"]);
    assert_eq!(rule.attribution.authors, ["Ana Example"]);
    assert_eq!(rule.attribution.license.as_deref(), Some("CC0-1.0"));
    assert_eq!(rule.references, ["https://example.org/a", "a book"]);
    let description = rule.description.as_deref().unwrap();
    assert_eq!(
        description,
        "Somebody stopped a trail.\n\nKnown false positives:\n- Maintenance"
    );
    let outcomes = testing::run(&loaded.set, rule);
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.iter().all(testing::TestOutcome::passed));
}

#[test]
fn without_a_level_a_rule_is_medium_and_informational_is_info() {
    let severity = |level: &str| {
        let text = format!("{level}{}", rule("{s: {eventName: a}, condition: s}"));
        loaded(&text).set.rules[0].severity
    };
    assert_eq!(severity(""), Severity::Medium);
    assert_eq!(severity("level: informational\n"), Severity::Info);
}

#[test]
fn what_sigma_needs_and_has_not_is_said() {
    assert_eq!(
        codes("title: A\ndetection: {s: {eventName: a}, condition: s}\n"),
        [Code::MissingKey]
    );
    assert_eq!(
        codes("title: A\nlogsource: {product: aws}\n"),
        [Code::MissingKey]
    );
    assert_eq!(codes(&rule("{s: {eventName: a}}")), [Code::MissingKey]);
    let text = rule("{s: {eventName: a}, condition: s}");
    assert_eq!(
        codes(&format!("levle: high\n{text}")),
        [Code::SigmaMisspeltKey]
    );
    assert_eq!(codes(&format!("custom_of_ours: high\n{text}")), []);
    assert_eq!(codes(&format!("level: hihg\n{text}")), [Code::UnknownValue]);
    assert_eq!(codes(&format!("id: 'A b'\n{text}")), [Code::BadId]);
}

#[test]
fn blanks_of_a_template_are_no_mistake() {
    let text = rule("{s: {eventName: a}, condition: s}");
    let blanks = "description: ''\nauthor:\nfalsepositives:\n  -\nreferences: []\nlevel:\n";
    assert_eq!(codes(&format!("{blanks}{text}")), []);
    assert_eq!(
        codes(&text.replace("title: Example", "title: ''")),
        [Code::Empty]
    );
}

#[test]
fn only_what_is_a_technique_is_one() {
    let text = rule("{s: {eventName: a}, condition: s}");
    let tagged = format!("tags: [attack.T1078, attack.t10, attack.g0007]\n{text}");
    let loaded = loaded(&tagged);
    let rule = &loaded.set.rules[0];
    assert_eq!(rule.attack, ["T1078"]);
    assert_eq!(rule.tags, ["attack.t10", "attack.g0007"]);
}

#[test]
fn what_can_never_hold_is_a_warning_in_rules_of_others() {
    let text = rule("{s: {eventName: a}, t: {eventName: b}, condition: s and t}");
    let found = problems(&text);
    assert!(
        found
            .iter()
            .any(|problem| problem.code == Code::NeverMatches)
    );
    assert!(found.iter().all(|problem| !problem.is_error()));
}
