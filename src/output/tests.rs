//! The formats for other tools: one fixed set of findings in each of them, and
//! events that try to be more than text.

mod correlated;

use serde_json::{Value, json};

use super::*;
use crate::diagnostic::Code;
use crate::finding::testing::{event, finding, rules};
use crate::finding::{
    Allowed, BaselineState, ExpiredWaiver, Gate, InactiveRule, NotSeen, Suppression,
    SuppressionKind,
};
use crate::reference::evaluate;
use crate::report::Options;
use crate::rule::RuleSet;

const RULES: &str = r#"
id: project-changed-without-mfa
title: Project changed without MFA
severity: high
description: |
  A person changed a build project.
  Nobody asked for a second factor.
remediation: |
  Require `aws:MultiFactorAuthPresent`,
  and review the project.
references: [https://docs.aws.amazon.com/codebuild/latest/userguide/cloudtrail.html]
tags: [codebuild]
controls:
  nist-800-53-r5: [IA-2(1), AC-2(12)]
attack: [T1078.004]
match:
  eventName: [CreateProject, UpdateProject]
exceptions:
  - reason: Bootstrap pipeline
    owner: platform-security
    expires: 2026-12-31
    match: {awsRegion: us-east-1}
message: "{userIdentity.arn} changed {requestParameters.name}"
---
id: project-in-frankfurt
title: Project in Frankfurt
severity: low
match: {awsRegion: eu-central-1}
"#;

/// A run that has something of everything: two findings that count, one that is
/// covered, a problem with the input and a rule that waits for a list.
fn written(set: &RuleSet, events: &[Value], run: Run, sink: &mut dyn Sink) {
    let mut summary = Summary::default();
    for (event, record) in events.iter().zip(1..) {
        for rule in &set.rules {
            if evaluate(&rule.condition, event).value {
                let mut finding = finding(rule, event, record);
                if let Run::Standing(text) = run {
                    stand(&mut finding, text);
                }
                summary.count(&finding);
                sink.finding(&finding).unwrap();
            }
        }
    }
    let problem = Diagnostic::new(Code::BadRecord, "the record ends in a string")
        .in_place("a.json, record 3")
        .help("fetch the file again");
    sink.diagnostic(&problem).unwrap();
    summary.inputs.read = 1;
    summary.records.events = events.len() as u64;
    summary.records.bad = 1;
    let time = "2026-11-23T09:12:44Z".parse().ok();
    let coverage = &mut summary.coverage;
    coverage.see(time, Some("111122223333"), Some("eu-central-1"));
    summary.rules.active = set.rules.len() as u64;
    summary.rules.inactive.push(InactiveRule {
        id: "unknown-network".into(),
        lists: vec!["known_networks".into()],
    });
    if let Run::Standing(text) = run {
        summary.expired_waivers.push(ExpiredWaiver {
            rules: vec!["project-in-frankfurt".into()],
            fingerprint: None,
            owner: text.into(),
            reason: text.into(),
            ticket: Some(text.into()),
            since: "2026-11-01T00:00:00Z".parse().unwrap(),
        });
        let baseline = summary.baseline.get_or_insert_default();
        baseline.not_seen.push(NotSeen {
            rule: "project-in-frankfurt".into(),
            fingerprint: "00000000000000000000000000000000".into(),
            message: text.into(),
        });
    }
    summary.judge(&Gate::default(), Allowed::default());
    sink.finish(&summary).unwrap();
}

/// A run as it was before there were waivers and baselines, or one with them, whose
/// entries say this.
#[derive(Clone, Copy)]
enum Run {
    Plain,
    Standing(&'static str),
}

/// By the region of its event a finding is covered by the exception, waived, known or
/// new.
fn stand(finding: &mut Finding, text: &str) {
    let region = finding.event.region.as_deref();
    finding.baseline = Some(match region {
        Some("eu-west-1") => BaselineState::Known,
        _ => BaselineState::New,
    });
    if region == Some("eu-central-1") && finding.rule == "project-in-frankfurt" {
        finding.suppressed = Some(Suppression {
            kind: SuppressionKind::Waiver,
            reason: text.into(),
            owner: text.into(),
            approved_by: Some(text.into()),
            ticket: Some(text.into()),
            ends: "2027-02-01T00:00:00Z".parse().ok(),
            waiver: Some(0),
        });
    }
}

fn events() -> [Value; 2] {
    let mut covered = event();
    covered["awsRegion"] = json!("us-east-1");
    covered["eventID"] = json!("0e8b4c6f-0000-4c6f-9a7e-1b2c3d4e5f60");
    [event(), covered]
}

const FORMATS: [&str; 6] = ["csv", "github", "junit", "markdown", "ocsf", "sarif"];

fn options() -> Options {
    Options {
        now: "2026-11-24T00:00:00Z".parse().unwrap(),
        gate: Gate::default(),
        waivers: Vec::new(),
        controls: Vec::new(),
    }
}

fn in_format(format: &str, events: &[Value]) -> String {
    in_format_of(format, events, Run::Plain)
}

fn in_format_of(format: &str, events: &[Value], run: Run) -> String {
    let set = rules(RULES);
    let mut out = Vec::new();
    let mut sink: Box<dyn Sink> = match (format, run) {
        ("csv", Run::Standing(_)) => Box::new(CsvSink::new(&mut out).with_standing()),
        _ => sink_of(format, &set, &mut out),
    };
    written(&set, events, run, &mut *sink);
    drop(sink);
    String::from_utf8(out).unwrap()
}

fn sink_of<'a>(format: &str, set: &'a RuleSet, out: &'a mut Vec<u8>) -> Box<dyn Sink + 'a> {
    let anchors = Anchors::new(AnchorChoice::Rule, "/repository", set);
    match format {
        "csv" => Box::new(CsvSink::new(out)),
        "json" => Box::new(JsonSink::new(out, set.sources())),
        "jsonl" => Box::new(JsonLinesSink::new(out, set.sources())),
        "text" => Box::new(TextSink::new(out, set.sources(), TextOptions::default())),
        "stream" => {
            let options = TextOptions {
                streaming: true,
                ..TextOptions::default()
            };
            Box::new(TextSink::new(out, set.sources(), options))
        }
        "github" => Box::new(GithubSink::new(out, anchors)),
        "junit" => Box::new(JunitSink::new(out, set, Gate::default())),
        "html" => Box::new(HtmlSink::new(out, set, options())),
        "markdown" => Box::new(MarkdownSink::new(out, set, options())),
        "ocsf" => {
            let now = "2026-11-24T00:00:00Z".parse().unwrap();
            Box::new(OcsfSink::new(out, set, now))
        }
        "sarif" => Box::new(SarifSink::new(out, anchors, "nightly")),
        other => panic!("{other} is no format"),
    }
}

#[test]
fn every_format_says_what_was_found_covered_and_not_read() {
    for format in FORMATS {
        insta::assert_snapshot!(format, in_format(format, &events()));
    }
}

const STANDING: [&str; 9] = [
    "csv", "github", "json", "junit", "markdown", "ocsf", "sarif", "stream", "text",
];

/// One that counts, one that an exception covers, one that a waiver covers and one
/// that the baseline knows.
fn standing_events() -> [Value; 3] {
    let [new, excepted] = events();
    let mut known = event();
    known["awsRegion"] = json!("eu-west-1");
    known["eventID"] = json!("1f3c2a1e-0000-4c6f-9a7e-1b2c3d4e5f60");
    [new, excepted, known]
}

#[test]
fn every_format_says_what_is_waived_known_and_new() {
    for format in STANDING {
        let name = format!("standing_{format}");
        let text = in_format_of(format, &standing_events(), Run::Standing("SEC-142"));
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn what_a_waiver_says_stays_text_in_every_format() {
    for format in STANDING {
        let name = format!("hostile_standing_{format}");
        insta::assert_snapshot!(
            name,
            in_format_of(format, &hostile(), Run::Standing(HOSTILE))
        );
    }
}

/// Text that means something to a terminal, a spreadsheet, a browser, Markdown, a
/// CI service or an XML parser.
const HOSTILE: &str = "=cmd|' /C calc'!A0;=1+1\r\n::error file=x::y%0A<script>alert(1)</script> \
    ![a](https://evil.example/x) [b](1) {0} @everyone #1 ]]>&amp; \u{1b}[31m \u{202e}www.evil.example | `x` \u{0}";

fn hostile() -> [Value; 1] {
    let mut event = event();
    event["userIdentity"]["arn"] = json!(HOSTILE);
    event["requestParameters"]["name"] = json!(HOSTILE);
    event["eventID"] = json!(HOSTILE);
    [event]
}

#[test]
fn what_an_event_says_stays_text_in_every_format() {
    for format in FORMATS {
        let name = format!("hostile_{format}");
        insta::assert_snapshot!(name, in_format(format, &hostile()));
    }
}

#[test]
fn no_format_lets_an_event_steer_its_reader() {
    steers_nobody(|format| in_format_of(format, &hostile(), Run::Plain));
}

#[test]
fn no_format_lets_a_waiver_steer_its_reader() {
    steers_nobody(|format| in_format_of(format, &hostile(), Run::Standing(HOSTILE)));
}

fn steers_nobody(in_format: impl Fn(&str) -> String) {
    // OCSF holds the values as they are, as JSON does: no person reads it.
    let formats = FORMATS.into_iter().chain(["text", "stream", "html"]);
    for format in formats.filter(|format| *format != "ocsf") {
        let mut text = in_format(format);
        if format == "sarif" {
            // The exact values of the event are for tools alone.
            let mut log: Value = serde_json::from_str(&text).unwrap();
            for result in log["runs"][0]["results"].as_array_mut().unwrap() {
                result["properties"].take();
                let flows = result["codeFlows"].as_array_mut().into_iter().flatten();
                for location in flows
                    .flat_map(|flow| flow["threadFlows"][0]["locations"].as_array_mut().unwrap())
                {
                    location["properties"].take();
                }
            }
            text = log.to_string();
        }
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{format}"
        );
        assert!(!text.contains('\0'), "{format}");
    }
    let annotations = in_format("github");
    let commands = annotations.lines().filter(|line| line.starts_with("::"));
    let ours = ["trailgate", "TG", "critical", "high", "medium", "low"];
    for command in commands {
        assert!(
            ours.iter()
                .any(|title| command.contains(&format!("title={title}"))),
            "{command}"
        );
    }
    let page = in_format("markdown");
    let unescaped = page.replace("\\]", "");
    assert!(
        !page.contains("<script") && !unescaped.contains("]("),
        "{page}"
    );
    assert!(
        !page.contains("://evil") && !page.contains("www.evil"),
        "{page}"
    );
    let table = in_format("csv");
    let mut reader = ::csv::Reader::from_reader(table.as_bytes());
    for row in reader.records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
            assert!(!cell.contains(";="), "{cell}");
        }
    }
}

#[test]
fn json_of_waivers_and_a_baseline_fits_the_published_schema() {
    let schema = include_str!("../../docs/finding.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    for text in ["SEC-142", HOSTILE] {
        let document = in_format_of("json", &standing_events(), Run::Standing(text));
        let document: Value = serde_json::from_str(&document).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{document:#}");
    }
}

#[test]
fn sarif_keeps_the_most_severe_results_and_says_what_it_leaves_out() {
    let set = rules(RULES);
    let mut out = Vec::new();
    let mut sink = SarifSink::new(
        &mut out,
        Anchors::new(AnchorChoice::Rule, "/repository", &set),
        "nightly",
    );
    let mut summary = Summary::default();
    for record in 1..=5_010 {
        let rule = &set.rules[usize::from(record > 10)];
        let finding = finding(rule, &event(), record);
        summary.count(&finding);
        sink.finding(&finding).unwrap();
    }
    sink.finish(&summary).unwrap();
    drop(sink);
    let log: Value = serde_json::from_slice(&out).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert!(
        results[..10]
            .iter()
            .all(|result| result["level"] == "error")
    );
    let told = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    let told = told.as_str().unwrap();
    assert!(
        told.starts_with("10 less severe results are left out"),
        "{told}"
    );
}

#[test]
fn results_are_shown_at_what_was_chosen() {
    let set = rules(RULES);
    let found = finding(&set.rules[0], &event(), 1);
    for (choice, file, line) in [
        (AnchorChoice::Rule, "rules/example.yaml", 2),
        (AnchorChoice::Log, "export/2026/11/23/a.json.gz", 1),
        (
            AnchorChoice::File("./docs/audit.md".into()),
            "docs/audit.md",
            1,
        ),
    ] {
        let anchor = Anchors::new(choice, "/repository", &set).of(&found);
        assert_eq!((anchor.file.as_str(), anchor.line), (file, line));
    }
    let none = rules("id: other\ntitle: Other\nseverity: low\nmatch: {eventName: X}\n");
    let anchor = Anchors::new(AnchorChoice::Rule, "/repository", &none).of(&found);
    assert_eq!(anchor.file, CONFIGURATION);
}
