use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::diagnostic::{Code, Diagnostic, Level, Style, render_text};
use crate::engine::Engine;
use crate::event::Losses;
use crate::finding::testing::{event, rules};
use crate::finding::{Finding, SuppressionKind};
use crate::rule::RuleSet;

const RULES: &str = r#"
id: project-changed
title: Project changed
severity: high
match: {eventName: [CreateProject, UpdateProject]}
exceptions:
  - reason: Bootstrap pipeline
    owner: platform-security
    match: {requestParameters.name: bootstrap}
---
id: project-in-frankfurt
title: Project in Frankfurt
severity: low
match: {awsRegion: eu-central-1}
key: [requestParameters.name]
---
macros: {people: {userIdentity.type: IAMUser}}
lists: {known: {description: Set by nobody}}
"#;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn parsed(
    text: &str,
    longest: Option<SignedDuration>,
) -> (RuleSet, Result<Waivers, Vec<Diagnostic>>) {
    let mut set = rules(RULES);
    let waivers = Waivers::parse("waivers.yaml", text, &mut set, longest);
    (set, waivers)
}

fn loaded(text: &str) -> (RuleSet, Waivers) {
    let (set, waivers) = parsed(text, None);
    (set, waivers.unwrap())
}

/// A waiver of `project-changed` with this in it.
fn waiver(more: &str) -> String {
    format!("waivers:\n  - {{rule: project-changed, reason: r, owner: o, {more}}}\n")
}

fn problems(text: &str, longest: Option<SignedDuration>) -> String {
    let (set, waivers) = parsed(text, longest);
    let drawn = |problem: &Diagnostic| render_text(problem, set.sources(), Style::default());
    waivers
        .unwrap_err()
        .iter()
        .map(drawn)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The finding of the first rule in an event.
fn judged(set: &RuleSet, waivers: &Waivers, event: &Value, losses: &Losses) -> Finding {
    let engine = Engine::new(set).waiving(waivers);
    engine
        .judge_known(event, losses, "a.json", 1)
        .findings
        .remove(0)
}

fn is_waived(text: &str, event: &Value) -> bool {
    let (set, waivers) = loaded(text);
    let finding = judged(&set, &waivers, event, Losses::none());
    finding
        .suppressed
        .is_some_and(|by| by.kind == SuppressionKind::Waiver)
}

#[test]
fn every_mistake_is_pointed_at_and_all_are_told_at_once() {
    let text = "\
waivers:
  - rule: project-chnged
    mach: {awsRegion: eu-central-1}
    reason: Approved in SEC-142
    owner: platform-security
  - match: {awsRegoin: eu-central-1}
    reason: \"\"
    expires: 31.01.2027
  - rule: [project-changed, zebra]
    accounts: [12345, 444455556666]
    fingerprint: not-one
    owner: ana
    reason: r
  - rule: project-changed
    match: {sourceIPAddress: {list: known}}
    reason: r
    owner: o
    starts: 2026-12-01
    expires: 2026-11-01
  - just text
";
    insta::assert_snapshot!(problems(text, None));
}

#[test]
fn what_is_no_waivers_file_is_told_so() {
    let texts = [
        "",
        "waivers: {a: b}\n",
        "- rule: x\n",
        "exceptions: []\n",
        "waivers: [\n",
    ];
    let told: Vec<String> = texts
        .iter()
        .map(|text| format!("{text:?}\n{}", problems(text, None)))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_waiver_without_an_end_or_that_lasts_too_long_is_refused_where_a_longest_is_set() {
    let text = "\
waivers:
  - {rule: project-changed, match: {awsRegion: a}, reason: r, owner: o}
  - {rule: project-changed, match: {awsRegion: a}, reason: r, owner: o, expires: 2026-11-30}
  - rule: project-changed
    match: {awsRegion: a}
    reason: r
    owner: o
    starts: 2026-11-01
    expires: 2027-01-30
";
    let days = |days: i64| Some(SignedDuration::from_hours(days * 24));
    insta::assert_snapshot!(problems(text, days(90)));
    let fits = waiver("match: {awsRegion: a}, starts: 2026-11-01, expires: 2027-01-29");
    assert!(parsed(&fits, days(90)).1.is_ok());
    assert!(parsed(&fits, days(89)).1.is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("waivers.yaml");
    let code = |path| {
        let problems = Waivers::read(path, &mut rules(RULES), None).unwrap_err();
        problems[0].code
    };
    assert_eq!(code(&path), Code::WaiversUnreadable);
    std::fs::write(&path, b"waivers: []\xff").unwrap();
    assert_eq!(code(&path), Code::WaiversUnreadable);
}

#[test]
fn a_file_may_hold_no_waiver_and_a_waiver_may_name_macros() {
    let (_, none) = loaded("waivers: []\n");
    assert_eq!(none.all().len(), 0);
    let (set, waivers) = loaded(&waiver("match: {macros: [people]}"));
    let mut person = event();
    person["userIdentity"]["type"] = json!("IAMUser");
    let by = judged(&set, &waivers, &person, Losses::none())
        .suppressed
        .unwrap();
    assert_eq!((by.waiver, by.owner.as_str()), (Some(0), "o"));
    assert_eq!(
        judged(&set, &waivers, &event(), Losses::none()).suppressed,
        None
    );
}

#[test]
fn the_events_own_time_decides_from_the_first_day_to_the_end_of_the_last() {
    let text = waiver("match: {awsRegion: eu-central-1}, starts: 2026-11-02, expires: 2026-11-03");
    for (at, covered) in [
        ("2026-11-01T23:59:59Z", false),
        ("2026-11-02T00:00:00Z", true),
        ("2026-11-03T23:59:59Z", true),
        ("2026-11-04T00:00:00Z", false),
        ("no time", false),
    ] {
        let mut event = event();
        event["eventTime"] = json!(at);
        assert_eq!(is_waived(&text, &event), covered, "{at}");
    }
}

#[test]
fn all_that_a_waiver_says_must_hold() {
    let of_account = waiver("accounts: ['111122223333', '444455556666']");
    let both = waiver("accounts: ['444455556666'], match: {awsRegion: eu-central-1}");
    assert!(is_waived(&of_account, &event()));
    assert!(!is_waived(&both, &event()), "the account is another");
    let other = "waivers: [{rule: project-in-frankfurt, match: {awsRegion: eu-central-1}, reason: r, owner: o}]";
    assert!(!is_waived(other, &event()), "the rule is another");
}

#[test]
fn a_fingerprint_names_findings_of_any_rule_or_of_one() {
    let (set, none) = loaded("waivers: []\n");
    let name = judged(&set, &none, &event(), Losses::none()).fingerprint;
    let of =
        |rule: &str| format!("waivers: [{{{rule}fingerprint: {name}, reason: r, owner: o}}]\n");
    assert!(is_waived(&of(""), &event()));
    assert!(is_waived(&of("rule: project-changed, "), &event()));
    assert!(!is_waived(&of("rule: project-in-frankfurt, "), &event()));
    let mut other = event();
    other["eventName"] = json!("UpdateProject");
    assert!(!is_waived(&of(""), &other));
}

#[test]
fn an_exception_goes_before_a_waiver_and_the_first_waiver_before_the_second() {
    let text = "\
waivers:
  - {fingerprint: 00000000000000000000000000000000, reason: none, owner: none}
  - {rule: project-changed, match: {awsRegion: eu-central-1}, reason: first, owner: o, approved_by: ciso, ticket: SEC-1}
  - {rule: project-changed, match: {eventName: CreateProject}, reason: second, owner: o}
";
    let (set, waivers) = loaded(text);
    let by = judged(&set, &waivers, &event(), Losses::none())
        .suppressed
        .unwrap();
    assert_eq!((by.waiver, by.reason.as_str()), (Some(1), "first"));
    assert_eq!(by.approved_by.as_deref(), Some("ciso"));
    assert_eq!(by.ticket.as_deref(), Some("SEC-1"));
    let mut bootstrap = event();
    bootstrap["requestParameters"]["name"] = json!("bootstrap");
    let by = judged(&set, &waivers, &bootstrap, Losses::none())
        .suppressed
        .unwrap();
    assert_eq!((by.kind, by.waiver), (SuppressionKind::Exception, None));
}

#[test]
fn what_hangs_on_lost_fields_covers_nothing() {
    let (set, none) = loaded("waivers: []\n");
    let name = judged(&set, &none, &event(), Losses::none()).fingerprint;
    let lost = |path: &[&str]| {
        let mut losses = Losses::none().clone();
        losses.lose(path);
        losses
    };
    let by_name = format!("waivers: [{{fingerprint: {name}, reason: r, owner: o}}]\n");
    let cases = [
        (
            waiver("match: {userAgent: {not: curl}}"),
            lost(&["userAgent"]),
        ),
        (
            waiver("accounts: '111122223333'"),
            lost(&["recipientAccountId"]),
        ),
        (by_name.clone(), lost(&["recipientAccountId"])),
        (by_name.clone(), lost(&["awsRegion"])),
    ];
    for (text, losses) in cases {
        let (set, waivers) = loaded(&text);
        let covered = |losses| {
            judged(&set, &waivers, &event(), losses)
                .suppressed
                .is_some()
        };
        assert!(covered(Losses::none()), "{text}");
        assert!(!covered(&losses), "{text}");
    }
    // What the name is not made of may be lost.
    let (set, waivers) = loaded(&by_name);
    let finding = judged(&set, &waivers, &event(), &lost(&["userAgent"]));
    assert!(finding.suppressed.is_some() && finding.key_is_known);
}

#[test]
fn a_waiver_is_active_expiring_not_yet_in_force_or_expired() {
    let (_, waivers) = loaded(&waiver(
        "match: {awsRegion: a}, starts: 2026-11-01, expires: 2026-11-30",
    ));
    let waiver_ = &waivers.all()[0];
    for (now, state) in [
        ("2026-10-31T23:59:59Z", State::NotYet),
        ("2026-11-01T00:00:00Z", State::Active),
        ("2026-11-16T23:59:59Z", State::Active),
        ("2026-11-17T00:00:00Z", State::Expiring),
        ("2026-11-30T23:59:59Z", State::Expiring),
        ("2026-12-01T00:00:00Z", State::Expired),
    ] {
        assert_eq!(waiver_.state(time(now)), state, "{now}");
    }
    let (_, endless) = loaded(&waiver("match: {awsRegion: a}"));
    assert_eq!(
        endless.all()[0].state(time("2126-01-01T00:00:00Z")),
        State::Active
    );
}

#[test]
fn who_has_to_act_is_told_before_the_end_and_where_a_waiver_is_of_no_use() {
    let text = "\
waivers:
  - rule: project-changed
    match: {awsRegion: eu-central-1}
    reason: Approved in SEC-142
    owner: platform-security
    expires: 2026-11-30
  - {rule: project-in-frankfurt, accounts: '444455556666', reason: r, owner: ana}
  - {rule: project-in-frankfurt, match: {awsRegion: a}, reason: r, owner: o, expires: 2026-01-31}
  - {rule: project-in-frankfurt, match: {awsRegion: a}, reason: r, owner: o, starts: 2027-01-31}
";
    let (set, waivers) = loaded(text);
    let now = time("2026-11-24T08:00:00Z");
    let ran = set
        .rules
        .iter()
        .map(|rule| rule.id.value.as_str())
        .collect();
    let mut told = expiring(&waivers, now);
    assert!(told.iter().all(|problem| problem.level == Level::Notice));
    told.extend(unused(&waivers, &[0].into(), &ran, now));
    let drawn = |problem: &Diagnostic| render_text(problem, set.sources(), Style::default());
    insta::assert_snapshot!(told.iter().map(drawn).collect::<Vec<_>>().join("\n"));
    let others = ["project-changed"].into();
    assert_eq!(
        unused(&waivers, &[0].into(), &others, now),
        [],
        "its rule did not run"
    );
    let expired = expired(&waivers, now);
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].since, time("2026-02-01T00:00:00Z"));
}

/// An event of one of a few times, regions, names and accounts.
fn events() -> impl Strategy<Value = Vec<Value>> {
    let one = (0..6u8, 0..2u8, 0..3u8, 0..2u8, any::<bool>()).prop_map(
        |(day, region, name, account, dated)| {
            let mut event = event();
            event["eventTime"] = match dated {
                true => json!(format!("2026-11-0{}T12:00:00Z", day + 1)),
                false => Value::Null,
            };
            event["awsRegion"] = json!(["eu-central-1", "us-east-1"][usize::from(region)]);
            event["requestParameters"]["name"] =
                json!(["demo", "bootstrap", "other"][usize::from(name)]);
            event["recipientAccountId"] =
                json!(["111122223333", "444455556666"][usize::from(account)]);
            event
        },
    );
    proptest::collection::vec(one, 1..12)
}

proptest! {
    /// Each finding is settled by its own event: however the events are ordered and
    /// split into files.
    #[test]
    fn what_is_waived_depends_on_neither_the_order_nor_the_split(
        events in events(),
        keys in proptest::collection::vec(any::<u64>(), 12),
        cut in 0..12usize,
    ) {
        let text = "\
waivers:
  - {rule: project-changed, match: {awsRegion: eu-central-1}, reason: a, owner: o, starts: 2026-11-02, expires: 2026-11-04}
  - {rule: [project-changed, project-in-frankfurt], accounts: '444455556666', reason: b, owner: o}
  - {rule: project-changed, match: {requestParameters.name: other}, reason: c, owner: o, expires: 2026-11-05}
";
        let (set, waivers) = loaded(text);
        let engine = Engine::new(&set).waiving(&waivers);
        let settled = |events: &[(usize, &Value)], file: &str| {
            let mut settled = Vec::new();
            let text: String = events.iter().map(|(_, event)| format!("{event}\n")).collect();
            let mut take = |output| if let crate::engine::Output::Findings(findings) = output {
                for finding in findings {
                    let record = usize::try_from(finding.place.record).unwrap();
                    let covered = finding.suppressed.map(|by| (by.kind, by.waiver, by.reason));
                    settled.push((events[record - 1].0, finding.rule, covered));
                }
            };
            crate::engine::scan_stream(engine, text.as_bytes(), file, 1 << 20, &mut take);
            settled
        };
        let numbered: Vec<(usize, &Value)> = events.iter().enumerate().collect();
        let mut whole = settled(&numbered, "whole.jsonl");
        let mut mixed = numbered.clone();
        mixed.sort_by_key(|(number, _)| keys[*number]);
        let (one, other) = mixed.split_at(cut.min(mixed.len()));
        let mut parts = settled(one, "one.jsonl");
        parts.extend(settled(other, "other.jsonl"));
        whole.sort();
        parts.sort();
        prop_assert_eq!(whole, parts);
    }
}
