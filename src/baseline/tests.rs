use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::finding::testing::{event, finding, rules};
use crate::finding::{BaselineState, Finding, Suppression, SuppressionKind};

const RULE: &str = "
id: project-changed
title: Project changed
severity: high
match: {eventName: CreateProject}
key: [requestParameters.name]
message: \"{requestParameters.name} by {userIdentity.arn}\"
";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Of a project, at a time, by somebody.
fn found(name: &str, at: &str, who: &str) -> Finding {
    let set = rules(RULE);
    let mut event = event();
    event["requestParameters"]["name"] = json!(name);
    event["eventTime"] = json!(at);
    event["userIdentity"]["arn"] = json!(who);
    finding(&set.rules[0], &event, 1)
}

fn gathered(findings: &[Finding], now: &str) -> Gathered {
    let mut gathered = Gathered::default();
    findings
        .iter()
        .for_each(|finding| gathered.add(finding, time(now)));
    gathered
}

fn baseline(findings: &[Finding], now: &str) -> Baseline {
    gathered(findings, now).baseline(time(now))
}

fn written(baseline: &Baseline) -> String {
    let mut out = Vec::new();
    baseline.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const NOW: &str = "2026-11-24T00:00:00Z";

fn two() -> [Finding; 3] {
    [
        found("demo", "2026-11-23T10:00:00Z", "ana"),
        found("demo", "2026-11-23T09:00:00Z", "bruno"),
        found("other\u{1b}", "2026-11-23T10:00:00Z", "ana"),
    ]
}

#[test]
fn the_file_has_one_entry_a_line_and_reads_back_as_it_was() {
    let baseline = baseline(&two(), NOW);
    let text = written(&baseline);
    insta::assert_snapshot!(text);
    assert_eq!(Baseline::parse(text.as_bytes()).unwrap(), baseline);
    let none = Baseline::new(time(NOW), Vec::new());
    assert_eq!(Baseline::parse(written(&none).as_bytes()).unwrap(), none);
}

#[test]
fn what_is_no_baseline_is_refused_with_why() {
    let text = written(&baseline(&two(), NOW));
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Baseline::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err()
    };
    let told = [
        edited("trailgate-baseline", "findings"),
        edited("\"version\":1", "\"version\":2,\"later\":true"),
        edited("\"count\"", "\"number\""),
        edited("\"fingerprint\":\"", "\"fingerprint\":\"x"),
        edited("2026-11-24T00:00:00Z", "yesterday"),
        edited("\n]}", "\n<<<<<<< HEAD\n]}"),
        edited("\n]}", ""),
    ];
    insta::assert_snapshot!(told.join("\n"));
    let missing = Baseline::read(std::path::Path::new("not/there.json")).unwrap_err();
    assert_eq!(missing.code, crate::diagnostic::Code::BadBaseline);
}

#[test]
fn an_entry_covers_events_up_to_its_creation_and_a_later_one_is_new() {
    let mut known = Known::new(baseline(&two(), NOW));
    for (finding, state) in [
        (
            found("demo", "2026-11-01T00:00:00Z", "x"),
            BaselineState::Known,
        ),
        (found("demo", NOW, "x"), BaselineState::Known),
        (
            found("demo", "2026-11-24T00:00:01Z", "x"),
            BaselineState::New,
        ),
        (found("demo", "no time", "x"), BaselineState::New),
        (
            found("third", "2026-11-01T00:00:00Z", "x"),
            BaselineState::New,
        ),
    ] {
        assert_eq!(known.state(&finding), state, "{}", finding.message);
    }
    let mut nameless = found("demo", "2026-11-01T00:00:00Z", "x");
    nameless.key_is_known = false;
    assert_eq!(known.state(&nameless), BaselineState::New);
    let not_seen = known.not_seen();
    assert_eq!(not_seen.len(), 1);
    assert!(not_seen[0].message.starts_with("other"), "{not_seen:?}");
}

#[test]
fn a_baseline_leaves_out_what_it_cannot_cover_and_says_so() {
    let mut nameless = found("demo", "2026-11-01T00:00:00Z", "x");
    nameless.key_is_known = false;
    let mut waived = found("waived", "2026-11-01T00:00:00Z", "x");
    waived.suppressed = Some(Suppression {
        kind: SuppressionKind::Waiver,
        reason: String::new(),
        owner: String::new(),
        approved_by: None,
        ticket: None,
        ends: None,
        waiver: Some(0),
    });
    let findings = [
        nameless,
        waived,
        found("a", "no time", "x"),
        found("a", "2026-11-24T00:00:01Z", "x"),
        found("a", NOW, "x"),
    ];
    let gathered = gathered(&findings, NOW);
    assert_eq!(
        gathered.left_out,
        LeftOut {
            without_time: 1,
            later: 1,
            without_name: 1,
        }
    );
    assert_eq!(gathered.findings(), 1);
    assert_eq!(gathered.baseline(time(NOW)).entries().len(), 1);
}

#[test]
fn an_update_adds_what_is_new_and_leaves_the_rest_as_it_was() {
    const LATER: &str = "2026-12-01T00:00:00Z";
    let first = baseline(&two(), NOW);
    let run = [
        found("demo", "2026-11-23T10:00:00Z", "ana"),
        found("demo", "2026-11-30T10:00:00Z", "ana"),
        found("third", "2026-11-30T10:00:00Z", "ana"),
    ];
    let mut known = Known::new(first.clone());
    let new: Vec<Finding> = run
        .iter()
        .filter(|finding| known.state(finding) == BaselineState::New)
        .cloned()
        .collect();
    let updated = update(known, gathered(&new, LATER), time(LATER));
    assert_eq!((updated.added.len(), updated.removed.len()), (2, 0));
    assert_eq!(updated.baseline.created, time(NOW));
    let entries = updated.baseline.entries();
    assert!(first.entries().iter().all(|entry| entries.contains(entry)));
    // The later event of a name that was known is covered from now on.
    let mut known = Known::new(updated.baseline);
    assert!(
        run.iter()
            .all(|finding| known.state(finding) == BaselineState::Known)
    );
}

#[test]
fn pruning_takes_away_what_was_not_seen_and_nothing_else() {
    let mut known = Known::new(baseline(&two(), NOW));
    // It is new, for it is later; its name is still there.
    known.state(&found("demo", "2026-12-01T00:00:00Z", "ana"));
    let pruned = prune(known);
    assert_eq!(pruned.removed.len(), 1);
    assert!(pruned.removed[0].message.starts_with("other"));
    assert_eq!(pruned.baseline.entries().len(), 1);
}

proptest! {
    #[test]
    fn a_baseline_does_not_depend_on_the_order_of_the_findings(
        picked in proptest::collection::vec((0..3u8, 0..4u8, 0..3u8), 1..20),
        keys in proptest::collection::vec(any::<u64>(), 20),
    ) {
        let findings: Vec<Finding> = picked
            .iter()
            .map(|(name, hour, who)| {
                found(&format!("p{name}"), &format!("2026-11-23T0{hour}:00:00Z"), &format!("u{who}"))
            })
            .collect();
        let mut mixed: Vec<(u64, Finding)> = keys.into_iter().zip(findings.clone()).collect();
        mixed.sort_by_key(|(key, _)| *key);
        let mixed: Vec<Finding> = mixed.into_iter().map(|(_, finding)| finding).collect();
        prop_assert_eq!(written(&baseline(&findings, NOW)), written(&baseline(&mixed, NOW)));
    }
}
