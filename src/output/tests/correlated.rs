//! Findings about several events in every format: one that counts, one of steps in
//! order, and two rules that could not tell.

use serde_json::{Value, json};

use super::*;
use crate::finding::testing::correlated;
use crate::output::correlated::timeline;
use crate::output::html::tests::without_style_and_script;

const RULES: &str = r#"
id: many-refusals
title: Many refusals from one address
severity: high
controls: {framework-1: ["1"]}
match: {errorCode: AccessDenied}
correlate:
  by: [sourceIPAddress]
  within: 5m
  count: {gte: 3}
message: "{correlated.events} refusals from {sourceIPAddress} in {correlated.span}"
---
id: user-given-a-key
title: A new user was given a key at once
severity: medium
controls: {framework-1: ["2"]}
steps:
  made:
    match: {eventName: CreateUser}
    by: [requestParameters.userName]
  given-a-key:
    match: {eventName: CreateAccessKey}
    by: [responseElements.accessKey.userName]
correlate: {within: 1h, order: [made, given-a-key]}
message: "{steps.made.userIdentity.arn} made {requestParameters.userName}"
---
id: trail-not-started-again
title: A trail was stopped and not started again
severity: critical
controls: {framework-1: ["3"]}
steps:
  stopped: {match: {eventName: StopLogging}, by: [requestParameters.name]}
  started: {match: {eventName: StartLogging}, by: [requestParameters.name]}
correlate: {within: 1h, order: [stopped], absent: [started]}
---
id: new-region
title: A region that is new to the account
severity: low
controls: {framework-1: ["4"]}
match: {eventName: RunInstances}
correlate:
  by: [recipientAccountId]
  first_seen: {field: awsRegion, history: 30d, learning: 7d}
"#;

/// A call so many seconds after nine.
fn call(name: &str, seconds: i64, id: i64) -> Value {
    let nine: jiff::Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    let time = nine + jiff::SignedDuration::from_secs(seconds);
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana",
            "accountId": "111122223333", "userName": "ana"},
        "eventTime": time.to_string(),
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "requestParameters": {"userName": "robin", "name": "main"},
        "eventID": format!("00000000-0000-4000-8000-{id:012}"),
        "recipientAccountId": "111122223333",
    })
}

fn refusal(seconds: i64) -> Value {
    let mut call = call("ListUsers", seconds, seconds);
    call["errorCode"] = json!("AccessDenied");
    call
}

/// Refusals for the first rule, two steps for the second, and what the others cannot
/// tell.
fn events() -> Vec<Value> {
    let mut events: Vec<Value> = [0, 90, 270, 271, 540].map(refusal).to_vec();
    events.push(call("CreateUser", 600, 600));
    let mut key = call("CreateAccessKey", 675, 675);
    key["responseElements"] = json!({"accessKey": {"userName": "robin"}});
    events.push(key);
    events.push(call("StopLogging", 1000, 1000));
    events.push(call("RunInstances", 1000, 1001));
    events
}

fn in_format(format: &str, events: &[Value]) -> String {
    let set = rules(RULES);
    let (findings, counts) = correlated(&set, events);
    let mut out = Vec::new();
    let mut sink: Box<dyn Sink> = match format {
        "csv" => Box::new(CsvSink::new(&mut out).with_correlation()),
        _ => sink_of(format, &set, &mut out),
    };
    let mut summary = Summary::default();
    for finding in &findings {
        summary.count(finding);
        sink.finding(finding).unwrap();
    }
    summary.inputs.read = 1;
    summary.records.events = events.len() as u64;
    summary.rules.active = set.rules.len() as u64;
    let last = events.iter().filter_map(crate::event::event_time).max();
    summary.coverage.see(last, Some("111122223333"), None);
    summary.correlation = Some(counts);
    summary.judge(&Gate::default(), Allowed::default());
    sink.finish(&summary).unwrap();
    drop(sink);
    String::from_utf8(out).unwrap()
}

const ALL: [&str; 11] = [
    "csv", "github", "html", "json", "jsonl", "junit", "markdown", "ocsf", "sarif", "stream",
    "text",
];

#[test]
fn every_format_shows_the_events_that_were_found_together_and_what_could_not_be_told() {
    for format in ALL {
        let name = format!("correlated_{format}");
        let text = in_format(format, &events());
        let text = match format {
            "html" => without_style_and_script(&text),
            _ => text,
        };
        insta::assert_snapshot!(name, text);
    }
}

/// All that events have in common, and who made them, try to be more than text.
fn hostile() -> Vec<Value> {
    let mut events = events();
    for event in &mut events {
        for field in [
            "sourceIPAddress",
            "recipientAccountId",
            "awsRegion",
            "eventSource",
        ] {
            event[field] = json!(HOSTILE);
        }
        event["eventID"] = json!(format!("{}{HOSTILE}", event["eventID"]));
        event["userIdentity"]["arn"] = json!(HOSTILE);
        event["requestParameters"] = json!({"userName": HOSTILE, "name": HOSTILE});
        if event["responseElements"].is_object() {
            event["responseElements"]["accessKey"]["userName"] = json!(HOSTILE);
        }
    }
    events
}

#[test]
fn what_events_have_in_common_stays_text_in_every_format() {
    steers_nobody(|format| in_format(format, &hostile()));
    for format in ["csv", "github", "junit", "markdown", "stream", "text"] {
        let name = format!("hostile_correlated_{format}");
        insta::assert_snapshot!(name, in_format(format, &hostile()));
    }
    let page = in_format("html", &hostile());
    assert_eq!(page.matches("<script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("</script><"));
}

#[test]
fn the_place_and_the_step_of_an_event_steer_nobody_either() {
    let set = rules(RULES);
    let (mut findings, _) = correlated(&set, &events());
    for finding in &mut findings {
        let events = finding.correlation.as_mut().unwrap();
        for event in &mut events.timeline {
            event.place.file = HOSTILE.into();
            event.step = Some(HOSTILE.to_owned());
        }
        events.measured = Some(HOSTILE.to_owned());
        events.values.push(HOSTILE.to_owned());
        finding.place.file = HOSTILE.into();
    }
    steers_nobody(|format| {
        let mut out = Vec::new();
        let mut sink: Box<dyn Sink> = match format {
            "csv" => Box::new(CsvSink::new(&mut out).with_correlation()),
            _ => sink_of(format, &set, &mut out),
        };
        let all = findings.iter();
        all.for_each(|finding| sink.finding(finding).unwrap());
        sink.finish(&Summary::default()).unwrap();
        drop(sink);
        String::from_utf8(out).unwrap()
    });
}

#[test]
fn json_of_several_events_fits_the_published_schema_and_is_described() {
    let schema = include_str!("../../../docs/finding.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let docs = include_str!("../../../docs/finding-schema.md");
    for events in [events(), hostile()] {
        let document: Value = serde_json::from_str(&in_format("json", &events)).unwrap();
        let errors = schema.iter_errors(&document);
        let errors: Vec<String> = errors.map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{document:#}");
        let correlation = &document["findings"][0]["correlation"];
        let counts = &document["summary"]["correlation"];
        let parts = [
            &correlation["key"][0],
            &correlation["timeline"][0],
            &counts["open"][0],
        ];
        for object in [correlation, counts].into_iter().chain(parts) {
            for name in object.as_object().unwrap().keys() {
                assert!(docs.contains(&format!("`{name}`")), "{name}");
            }
        }
    }
    let document: Value = serde_json::from_str(&in_format("json", &events())).unwrap();
    for part in [
        "/correlation",
        "/correlation/key/0",
        "/correlation/timeline/0",
    ] {
        let whole = document["findings"][0].pointer(part).unwrap();
        for name in whole.as_object().unwrap().keys() {
            let mut broken = document.clone();
            let of = broken["findings"][0].pointer_mut(part).unwrap();
            of.as_object_mut().unwrap().shift_remove(name);
            assert!(!schema.is_valid(&broken), "{part} without {name}");
        }
    }
}

/// The timeline of the only finding, as people read it.
fn told(rules: &RuleSet, events: &[Value]) -> Vec<String> {
    let (findings, _) = correlated(rules, events);
    assert_eq!(findings.len(), 1);
    let lines = timeline(&findings[0]).into_iter();
    let told = lines.map(|line| match line.time.get(11..19) {
        Some(time) => format!("{time} {}", line.since),
        None => line.what.clone(),
    });
    told.collect()
}

#[test]
fn what_is_not_shown_is_counted_where_it_is_missing() {
    let set = rules(RULES);
    let all = told(&set, &[0, 60, 120].map(refusal));
    assert_eq!(all, ["09:00:00 ", "09:01:00 +1m", "09:02:00 +1m"]);
    let more = told(&set, &[0, 1, 2, 3, 4, 5].map(refusal));
    let told_of_more = [
        "09:00:00 ",
        "09:00:01 +1s",
        "09:00:02 +1s",
        "and 2 more, not shown",
        "09:00:05 +3s",
    ];
    assert_eq!(more, told_of_more);
    let many = rules(&RULES.replacen("gte: 3", "gte: 25", 1));
    let events: Vec<Value> = (0..25).map(refusal).collect();
    let latest = told(&many, &events);
    assert_eq!(latest.len(), 21);
    assert_eq!(latest[0], "and 5 more, not shown, earlier ones among them");
    assert_eq!(latest[1..3], ["09:00:05 ", "09:00:06 +1s"]);
}

#[test]
fn how_many_events_there_are_is_said_with_how_long_they_took() {
    let (findings, _) = correlated(&rules(RULES), &events());
    let mut events = findings[0].correlation.clone().unwrap();
    events.first = "2026-11-23T09:00:00Z".parse().unwrap();
    for (last, count, said) in [
        ("2026-11-23T09:00:00Z", 1, "1 event"),
        ("2026-11-23T09:00:00Z", 3, "3 events at one time"),
        ("2026-11-23T09:01:30Z", 3, "3 events in 1m 30s"),
        ("2026-11-23T09:00:00.250Z", 3, "3 events in 250ms"),
        ("2026-11-25T10:00:05Z", 3, "3 events in 2d 1h"),
    ] {
        events.last = last.parse().unwrap();
        events.events = count;
        assert_eq!(events.size_in_words(), said);
    }
}

#[test]
fn what_a_rule_calls_sensitive_is_masked_in_the_key_the_values_and_the_timeline() {
    let sensitive = "sensitive: [sourceIPAddress, awsRegion, userIdentity.arn]\nmatch";
    let text = RULES.replace("match: {error", &format!("{sensitive}: {{error"));
    let text = text.replace(
        "match: {eventName: Run",
        &format!("{sensitive}: {{eventName: Run"),
    );
    let set = rules(&text);
    let mut events = events();
    // After a week of learning a region is new.
    for (days, region) in [(8, "us-east-1"), (9, "eu-central-1")] {
        let mut run = call("RunInstances", days * 86_400, days);
        run["awsRegion"] = json!(region);
        events.push(run);
    }
    let (findings, _) = correlated(&set, &events);
    let rules = ["many-refusals", "new-region"];
    let masked = findings.iter();
    let masked: Vec<_> = masked
        .filter(|finding| rules.contains(&finding.rule.as_str()))
        .collect();
    assert_eq!(masked.len(), 2);
    for finding in masked {
        let events = format!("{:?}", finding.correlation);
        for text in ["198.51.100.7", "eu-central-1", "user/ana"] {
            assert!(!events.contains(text), "{events}");
        }
        assert!(events.contains("[masked]"), "{events}");
    }
}
