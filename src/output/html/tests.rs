//! What stands in the page, and that nothing of it comes from elsewhere.

use serde_json::{Value, json};

use super::page::{SCRIPT, STYLE, allowed};
use super::*;
use crate::diagnostic::Code;
use crate::finding::testing::{event, finding, rules};
use crate::finding::{Allowed, Gate};

const RULES: &str = r#"
id: project-changed
title: Project changed
severity: high
description: |
  Why it <matters>.
references: [https://docs.aws.amazon.com/codebuild/latest/userguide/cloudtrail.html]
controls: {cis-aws-5.0: ["4.1"], cis-aws-6.0: ["5.1"]}
match: {eventName: CreateProject}
exceptions:
  - {reason: Bootstrap pipeline, owner: platform-security, expires: 2026-12-31, match: {awsRegion: us-east-1}}
message: "{userIdentity.arn} changed {requestParameters.name}"
---
id: object-read
title: Object read
severity: low
controls: {soc2: [CC6.1]}
match: {eventSource: s3.amazonaws.com, eventName: GetObject}
"#;

fn page(events: &[Value]) -> String {
    let set = rules(RULES);
    let options = Options {
        now: "2026-11-24T00:00:00Z".parse().unwrap(),
        gate: Gate::default(),
        waivers: Vec::new(),
        controls: Vec::new(),
    };
    let mut out = Vec::new();
    let mut sink = HtmlSink::new(&mut out, &set, options);
    let mut summary = Summary::default();
    for (event, record) in events.iter().zip(1..) {
        let finding = finding(&set.rules[0], event, record);
        summary.count(&finding);
        sink.finding(&finding).unwrap();
        let coverage = &mut summary.coverage;
        let region = finding.event.region.as_deref();
        coverage.see(finding.event.time, finding.event.account.as_deref(), region);
    }
    let problem = Diagnostic::new(Code::BadRecord, "the record ends in a string")
        .in_place("a.json, record 3")
        .help("fetch the file again");
    sink.diagnostic(&problem).unwrap();
    summary.inputs.read = 1;
    summary.records.events = events.len() as u64;
    summary.records.bad = 1;
    summary.rules.active = 2;
    summary.judge(&Gate::default(), Allowed::default());
    sink.finish(&summary).unwrap();
    drop(sink);
    String::from_utf8(out).unwrap()
}

/// A finding that counts and one that an exception covers.
fn events() -> [Value; 2] {
    let mut covered = event();
    covered["awsRegion"] = json!("us-east-1");
    covered["eventID"] = json!("0e8b4c6f-0000-4c6f-9a7e-1b2c3d4e5f60");
    [event(), covered]
}

#[test]
fn the_page_says_what_was_found_covered_and_not_evaluated() {
    insta::assert_snapshot!(without_style_and_script(&page(&events())));
}

/// What is the same in every page is left out.
pub(in crate::output) fn without_style_and_script(page: &str) -> String {
    let page = page.replace(STYLE, "STYLE").replace(SCRIPT, "SCRIPT");
    let page = page
        .replace(&allowed(STYLE).replace('\'', "&#39;"), "STYLE-HASH")
        .replace(&allowed(SCRIPT).replace('\'', "&#39;"), "SCRIPT-HASH");
    page.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn the_policy_allows_what_stands_in_the_page_and_nothing_else() {
    let page = page(&events());
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    let policy = policy.replace("&#39;", "'");
    let hash = |text: &str| allowed(text);
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; \
             form-action 'none'",
            hash(between(&page, "<script>", "</script>")),
            hash(between(&page, "<style>", "</style>")),
        )
    );
    assert_eq!(
        page.matches("<script").count(),
        2,
        "the data and the script"
    );
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains(" style=\"") && !page.contains(" onclick"));
}

#[test]
fn nothing_is_fetched_and_links_to_the_web_are_references_alone() {
    let page = page(&events());
    for part in [STYLE, SCRIPT] {
        assert!(!part.contains("://") && !part.contains("url(") && !part.contains("@import"));
    }
    for never in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ] {
        assert!(!SCRIPT.contains(never), "{never}");
    }
    assert!(!page.contains(" src="));
    let links: Vec<&str> = page.split("<a ").skip(1).collect();
    let outside: Vec<_> = links
        .iter()
        .filter(|link| link.contains("href=\"http"))
        .collect();
    assert_eq!(outside.len(), 1);
    assert!(
        outside[0].starts_with("rel=\"noreferrer noopener\" href=\"https://docs.aws.amazon.com/")
    );
    for link in page.split(" href=\"").skip(1) {
        let known = ["#", "https://docs.aws.amazon.com/", "data:,\""];
        assert!(
            known.iter().any(|start| link.starts_with(start)),
            "{}",
            &link[..40]
        );
    }
}

#[test]
fn what_an_event_says_stays_text() {
    let hostile = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>\" onclick=\"x' {{1}} \u{202e}\u{2028}\0";
    let mut event = event();
    for field in [
        "eventID",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "recipientAccountId",
    ] {
        event[field] = json!(hostile);
    }
    event["userIdentity"]["arn"] = json!(hostile);
    event["requestParameters"]["name"] = json!(hostile);
    event["requestParameters"][hostile] = json!([hostile]);
    let page = page(&[event]);
    assert_eq!(page.matches("<script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<!--"));
    let (markup, _) = page.split_once("id=\"events\">").unwrap();
    assert!(!markup.contains("\" onclick"), "no attribute is ended");
    let unsafe_characters = ['\u{202e}', '\u{2028}', '\0'];
    assert!(!page.contains(unsafe_characters));
    let data: Value = serde_json::from_str(between(&page, "id=\"events\">", "</script>")).unwrap();
    let (_, only) = data.as_object().unwrap().iter().next().unwrap();
    assert!(
        only["event"]
            .to_string()
            .contains(&json!(hostile).to_string()),
        "exact"
    );
    assert!(
        !page.contains("correct-horse-battery"),
        "credentials are masked"
    );
}

#[test]
fn every_link_within_the_page_leads_somewhere() {
    let page = page(&events());
    for target in page.split(" href=\"#").skip(1) {
        let target = target.split('"').next().unwrap();
        let is_there = page.contains(&format!(" id=\"{target}\""));
        assert!(is_there || target.starts_with("rule="), "{target}");
    }
}

fn between<'p>(page: &'p str, start: &str, end: &str) -> &'p str {
    let rest = page.split_once(start).unwrap().1;
    rest.split_once(end).unwrap().0
}
