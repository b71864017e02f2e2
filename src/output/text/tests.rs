use proptest::prelude::*;
use serde_json::{Value, json};

use super::words::is_unsafe;
use super::*;
use crate::diagnostic::{Code, SourceMap};
use crate::finding::testing::{event, scan};
use crate::finding::{ExpiredException, Failure, Gate, InactiveRule, ShownEvent};
use crate::reference::{EventPath, PathStep};

const RULES: &str = r#"
id: codebuild-project-changed-without-mfa
title: CodeBuild project created or changed without MFA
severity: high
severity_when:
  - {severity: low, match: {errorCode: {exists: true}}}
remediation: |
  Require MFA for the role, and review the project's service role and source before
  the next build starts.
controls:
  nist-800-53-r5: [IA-2(1), AC-2(12)]
attack: [T1078.004]
match:
  eventSource: codebuild.amazonaws.com
  eventName: [CreateProject, UpdateProject]
  userIdentity.sessionContext.attributes.mfaAuthenticated: {not: "true"}
message: "{userIdentity.arn} changed {requestParameters.name} without MFA"
---
id: codebuild-plaintext-secret
title: A secret in plain text in a build environment
severity: critical
match:
  eventName: CreateProject
  requestParameters.environment.environmentVariables:
    any_element:
      name: {regex: "(?i)password|secret"}
      type: PLAINTEXT
      value: {exists: true}
message: "{matched.name} is set to {matched.value}"
---
id: policy-made-public
title: A bucket policy was opened to everyone
severity: medium
match:
  eventName: PutBucketPolicy
  requestParameters.bucketPolicy:
    json:
      Statement:
        any_element:
          Effect: Allow
          Principal: {equals: "*"}
message: "{requestParameters.bucketName} was opened by {userIdentity.arn}"
---
id: many-tags
title: A resource with tags
severity: low
match:
  requestParameters.tags: {exists: true}
  requestParameters.description: {exists: true}
"#;

fn narrow() -> TextOptions {
    TextOptions {
        style: Style {
            colour: false,
            width: 80,
        },
        ..TextOptions::default()
    }
}

fn rendered(findings: &[Finding], sources: &SourceMap, options: TextOptions) -> String {
    let mut summary = Summary::default();
    summary.inputs.read = 1;
    summary.records.events = 12;
    summary.rules.active = 4;
    let mut out = Vec::new();
    let mut sink = TextSink::new(&mut out, sources, options);
    for finding in findings {
        summary.count(finding);
        sink.finding(finding).unwrap();
    }
    summary.judge(&Gate::default(), crate::finding::Allowed::default());
    sink.finish(&summary).unwrap();
    String::from_utf8(out).unwrap()
}

fn scanned(events: &[Value], options: TextOptions) -> String {
    let (findings, sources) = scan(RULES, events);
    rendered(&findings, &sources, options)
}

#[test]
fn the_worst_rule_comes_first_and_what_exceeds_the_limit_is_counted() {
    let mut events = vec![event()];
    for (number, name) in ["bob", "bob", "carol", "dave", "erin"].iter().enumerate() {
        let mut event = event();
        event["eventID"] = json!(format!("e-{number}"));
        event["userIdentity"]["arn"] = json!(format!("arn:aws:iam::111122223333:user/{name}"));
        events.push(event);
    }
    let options = TextOptions {
        in_full: 1,
        ..TextOptions::default()
    };
    insta::assert_snapshot!(scanned(&events, options));
}

#[test]
fn a_missing_field_is_said_in_words() {
    let mut event = event();
    event["eventName"] = json!("UpdateProject");
    event["userIdentity"]["sessionContext"].take();
    insta::assert_snapshot!(scanned(&[event], narrow()));
}

#[test]
fn findings_of_one_rule_show_its_clauses_once_and_the_worst_first() {
    let mut refused = event();
    refused["eventName"] = json!("UpdateProject");
    refused["errorCode"] = json!("AccessDenied");
    let mut done = refused.clone();
    done["errorCode"].take();
    let text = scanned(&[refused.clone(), refused, done], narrow());
    insta::assert_snapshot!(text);
}

#[test]
fn a_policy_in_a_string_is_shown_as_the_document_it_is() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*"},
        {"Sid": "open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"},
    ]});
    let mut event = event();
    event["eventName"] = json!("PutBucketPolicy");
    event["eventSource"] = json!("s3.amazonaws.com");
    event["requestParameters"] = json!({"bucketName": "data", "bucketPolicy": policy.to_string()});
    insta::assert_snapshot!(scanned(&[event], narrow()));
}

/// An event whose matched fields are large.
fn large() -> Value {
    let tags: Vec<Value> = (0..9)
        .map(|n| json!({"key": format!("tag-{n}"), "value": {"of": ["the", {"deep": {"kind": [1]}}]}}))
        .collect();
    json!({
        "eventName": "TagResource",
        "userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/a-role-with-a-long-name-as-stacks-generate-them-1A2B3C4D5E6F/some.person@a-long-domain-name.example.com"},
        "requestParameters": {"tags": tags, "description": format!("begins {} ends", "and goes on ".repeat(900))},
    })
}

#[test]
fn large_values_are_cut_to_what_a_terminal_shows() {
    let text = scanned(&[large()], narrow());
    for line in text.lines().filter(|line| line.contains(['│', '·'])) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(text.contains("… 5 more"));
    insta::assert_snapshot!(text);
}

/// The event with a text put in the place of, and behind, every text in it.
fn poisoned(value: &Value, poison: &str) -> Value {
    match value {
        Value::String(text) => Value::String(format!("{text}{poison}")),
        Value::Array(items) => items.iter().map(|item| poisoned(item, poison)).collect(),
        Value::Object(entries) => entries
            .iter()
            .flat_map(|(key, item)| {
                let item = poisoned(item, poison);
                [
                    (key.clone(), item.clone()),
                    (format!("{key}{poison}"), item),
                ]
            })
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn an_event_cannot_steer_the_terminal() {
    let yaml = r#"
id: any-event
title: Any event
severity: low
match:
  userIdentity: {exists: true}
  requestParameters: {exists: true}
  nothing: {exists: false}
message: "{userIdentity.arn} {requestParameters} {eventName}"
"#
    .replace("nothing", "requestParameters.nothing");
    let poison = "\u{1b}]0;x\u{7}\u{9b}2J\r\n\u{202e}\u{2066}\u{200b}\u{2028}\u{e0041}";
    let mut hostile = poisoned(&event(), poison);
    hostile["errorCode"] = json!(poison);
    let (mut findings, sources) = scan(&yaml, &[hostile]);
    findings[0].place.file = format!("a{poison}.json").into();
    for streaming in [false, true] {
        let options = TextOptions {
            streaming,
            ..TextOptions::default()
        };
        let text = rendered(&findings, &sources, options);
        let left: Vec<char> = text
            .chars()
            .filter(|&c| c != '\n' && is_unsafe(c))
            .collect();
        assert_eq!(left, Vec::<char>::new(), "{text}");
        assert!(text.contains("\\u{1b}]0;x"), "{text}");
    }
}

#[test]
fn a_problem_with_the_input_cannot_steer_the_terminal_either() {
    let sources = SourceMap::new();
    let mut out = Vec::new();
    let mut sink = TextSink::new(&mut out, &sources, TextOptions::default());
    let diagnostic = Diagnostic::new(Code::BadRecord, "it says \u{1b}[2J").in_place("a\u{202e}b");
    sink.diagnostic(&diagnostic).unwrap();
    sink.finish(&Summary::default()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

#[test]
fn a_stream_shows_each_finding_at_once_and_in_few_lines() {
    let (findings, sources) = scan(RULES, &[event()]);
    let mut out = Vec::new();
    let options = TextOptions {
        streaming: true,
        ..TextOptions::default()
    };
    let mut sink = TextSink::new(&mut out, &sources, options);
    sink.finding(&findings[0]).unwrap();
    drop(sink);
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn problems_of_one_kind_are_counted_beyond_a_few() {
    let sources = SourceMap::new();
    let mut out = Vec::new();
    let mut sink = TextSink::new(&mut out, &sources, TextOptions::default());
    for number in 1..=7 {
        let diagnostic = Diagnostic::new(Code::BadRecord, "the record ends in a string")
            .in_place(format!("a.json, record {number}"));
        sink.diagnostic(&diagnostic).unwrap();
    }
    sink.finish(&Summary::default()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches("the record ends").count(), problems::SHOWN);
    assert!(text.contains("TG2003: 2 more of the kind"), "{text}");
}

#[test]
fn a_colour_is_used_where_it_is_asked_for_only() {
    let mut options = TextOptions::default();
    assert!(!scanned(&[event()], options).contains('\u{1b}'));
    options.style.colour = true;
    assert!(scanned(&[event()], options).contains("\u{1b}[1;31mHIGH"));
}

#[test]
fn the_summary_says_everything_there_is_to_say() {
    let mut summary = Summary::default();
    summary.inputs.read = 30;
    summary.inputs.failed = 1;
    summary.skipped.insert("hidden".into(), 3);
    summary.skipped.insert("digest".into(), 1);
    summary.records.events = 33_647;
    summary.records.bad = 2;
    summary.records.unknown_version = 2;
    summary.records.insight = 17;
    summary
        .records
        .not_cloudtrail
        .insert("VPC flow log".into(), 4);
    summary.records.unread.insert("lower_cased".into(), 5);
    summary.duplicates = 4;
    for (time, account, region) in [
        ("2026-11-01T00:00:03Z", "111122223333", "us-east-1"),
        ("2026-11-23T23:58:12Z", "444455556666", "eu-central-1"),
    ] {
        summary
            .coverage
            .see(Some(time.parse().unwrap()), Some(account), Some(region));
    }
    summary.rules.active = 57;
    for id in [
        "api-call-from-unknown-network",
        "sign-in-from-unknown-network",
    ] {
        summary.rules.inactive.push(InactiveRule {
            id: id.into(),
            lists: vec!["known_networks".into()],
        });
    }
    summary.rules.failed.push("broken-rule".into());
    summary.undecided.insert("policy-made-public".into(), 1);
    for (severity, count) in [
        (crate::rule::Severity::High, 1200),
        (crate::rule::Severity::Low, 1),
    ] {
        summary.findings.by_severity.insert(severity, count);
    }
    summary.findings.by_rule.insert("a".into(), 1201);
    summary.suppressed.insert("a".into(), 3);
    summary.expired_exceptions.push(ExpiredException {
        rule: "a".into(),
        owner: "platform-security".into(),
        reason: "Bootstrap pipeline, reviewed in SEC-142".into(),
        since: "2026-11-20T00:00:00Z".parse().unwrap(),
    });
    summary.judge(&Gate::default(), crate::finding::Allowed::default());
    summary
        .verdict
        .fail(Failure::Input, "account 777788889999 sent nothing");
    insta::assert_snapshot!(summary::rendered(&summary, narrow().style));
}

#[test]
fn a_clean_run_says_so() {
    insta::assert_snapshot!(scanned(&[], TextOptions::default()), @r"
    Findings    none, by 4 rules
    Read        12 events of 1 input
    Verdict     exit 0: everything was read and evaluated; nothing fails the run
    ");
}

/// Any JSON with keys and texts of every length and letter.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        ("\\PC{0,3}|\u{1b}\u{202e}", 0..300usize).prop_map(|(text, n)| text.repeat(n).into()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec(("[ab\"\u{1b}]{0,3}", 1..80usize, inner), 0..4).prop_map(
                |entries| {
                    let entries = entries.into_iter();
                    Value::Object(entries.map(|(k, n, v)| (k.repeat(n), v)).collect())
                }
            ),
        ]
    })
}

/// Every place in an event.
fn places(value: &Value, at: &mut Vec<PathStep>, found: &mut Vec<EventPath>) {
    found.push(EventPath { steps: at.clone() });
    let children: Vec<(PathStep, &Value)> = match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, child)| (PathStep::Key(key.clone()), child))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, child)| (PathStep::Index(index), child))
            .collect(),
        _ => Vec::new(),
    };
    for (step, child) in children {
        at.push(step);
        places(child, at, found);
        at.pop();
    }
}

proptest! {
    #[test]
    fn any_evidence_in_any_event_is_marked_on_bounded_lines(
        event in any_json(),
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
    ) {
        let mut all = Vec::new();
        places(&event, &mut Vec::new(), &mut all);
        let chosen: Vec<&EventPath> = chosen.iter().map(|index| &all[index.index(all.len())]).collect();
        let shown = ShownEvent::of(&event);
        let fields: Vec<&[PathStep]> = chosen.iter().map(|path| path.steps.as_slice()).collect();
        let excerpt = excerpt::excerpt(&shown, &fields, 80);

        let distinct: std::collections::HashSet<_> = chosen.iter().collect();
        prop_assert_eq!(excerpt.marks.len() + excerpt.unmarked, distinct.len());
        for mark in &excerpt.marks {
            prop_assert!(excerpt.text.get(mark.clone()).is_some_and(|text| !text.contains('\n')));
        }
        for line in excerpt.text.lines() {
            prop_assert!(line.len() <= 400, "{}", line);
            prop_assert!(!line.chars().any(is_unsafe), "{}", line);
        }
        prop_assert!(graphics::event_box(&excerpt, Style::default()).contains('╰'));
    }
}
