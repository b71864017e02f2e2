//! Tests of correlations.

use super::*;

const FAILURES: &str = "
id: brute
title: Brute force
severity: high
match: {eventName: ConsoleLogin}
correlate: {by: sourceIPAddress, within: 5m, count: {gte: 3}}
exceptions:
  - {reason: Scanner, owner: sec, expires: 2026-01-31, match: {userAgent: scanner}}
message: \"{correlated.events} from {sourceIPAddress}\"
";

const STOPPED: &str = "
id: stopped
title: Not started again
severity: high
steps:
  stopped: {match: {eventName: StopLogging}}
  started: {match: {eventName: StartLogging}}
correlate: {by: requestParameters.name, within: 1h, order: [stopped], absent: [started]}
";

const ABOVE: &str = "
id: above
title: Two bursts
severity: high
correlate: {rules: [brute], by: sourceIPAddress, within: 1d, count: {gte: 2}}
";

const LOGIN: &str = "event: {eventName: ConsoleLogin, sourceIPAddress: 192.0.2.1}";
const STOP: &str = "event: {eventName: StopLogging, requestParameters: {name: a}}";

/// The outcome of one test of a rule; `more` goes beside its `events`.
fn outcome(rules: &[&str], expect: &str, more: &str, events: &[String]) -> TestOutcome {
    let events: Vec<String> = events
        .iter()
        .map(|e| format!("      - {{{e}}}\n"))
        .collect();
    let tests = format!(
        "tests:\n  - name: a test\n    expect: {expect}\n{more}    events:\n{}",
        events.concat()
    );
    let text = format!("{}{tests}", rules.join("---"));
    let loaded = loaded(text.trim_start());
    let rule = loaded.set.all().last().unwrap().clone();
    run(&loaded.set, &rule).remove(0)
}

fn passes(rules: &[&str], expect: &str, more: &str, events: &[&str]) -> bool {
    let events: Vec<String> = events.iter().map(|event| (*event).to_owned()).collect();
    let outcome = outcome(rules, expect, more, &events);
    assert!(outcome.seen.is_ok(), "{outcome:?}");
    outcome.passed()
}

#[test]
fn a_window_ends_with_the_second_that_it_says() {
    let at = |times: [&str; 3]| {
        let events = times.map(|at| format!("at: {at}, {LOGIN}"));
        outcome(&[FAILURES], "match", "", &events).passed()
    };
    assert!(at(["+0s", "+60s", "+5m"]));
    assert!(at(["+5m", "+0s", "60s"]));
    assert!(!at(["+0s", "+60s", "+5m1s"]));
}

#[test]
fn repetitions_are_events_of_their_own_and_have_numbers() {
    let burst = |more: &str| format!("repeat: 3, {LOGIN}{more}");
    let burst = |more: &str| vec![burst(more)];
    assert!(outcome(&[FAILURES], "match", "", &burst("")).passed());
    assert!(outcome(&[FAILURES], "match", "", &burst(", every: 150s")).passed());
    assert!(outcome(&[FAILURES], "no_match", "", &burst(", every: 151s")).passed());
    let other = ", set: {sourceIPAddress: \"192.0.2.{n}\"}";
    assert!(outcome(&[FAILURES], "no_match", "", &burst(other)).passed());
    let again = ", set: {eventID: same}";
    assert!(outcome(&[FAILURES], "no_match", "", &burst(again)).passed());
}

#[test]
fn an_absence_hangs_on_how_far_the_data_reaches() {
    assert!(passes(&[STOPPED], "undetermined", "", &[STOP]));
    assert!(passes(
        &[STOPPED],
        "undetermined",
        "    until: +59m\n",
        &[STOP]
    ));
    assert!(passes(&[STOPPED], "match", "    until: +1h\n", &[STOP]));
    let started = "at: +1h, event: {eventName: StartLogging, requestParameters: {name: a}}";
    assert!(passes(
        &[STOPPED],
        "no_match",
        "    until: +2h\n",
        &[STOP, started]
    ));
}

#[test]
fn a_rule_about_other_findings_sees_those_of_the_test() {
    let burst = |at: &str| format!("at: {at}, repeat: 3, {LOGIN}");
    let two = [burst("+0s"), burst("+1h")];
    assert!(outcome(&[FAILURES, ABOVE], "match", "", &two).passed());
    assert!(outcome(&[FAILURES, ABOVE], "no_match", "", &two[..1]).passed());
}

#[test]
fn an_exception_covers_a_finding_only_if_it_covers_every_event() {
    let scanner = LOGIN.replace("{event", "{userAgent: scanner, event");
    let covered = format!("repeat: 3, {scanner}");
    assert!(passes(&[FAILURES], "no_match", "", &[&covered]));
    assert!(passes(&[FAILURES], "match", "", &[&covered, LOGIN]));
    let later = format!("at: +30d, {covered}");
    assert!(passes(&[FAILURES], "match", "", &[LOGIN, &later]));
}

#[test]
fn the_test_starts_when_its_first_event_says() {
    let first = LOGIN.replace("{event", "{eventTime: \"2026-03-01T00:00:00Z\", event");
    let events = [first, format!("at: +1m, repeat: 2, {LOGIN}")];
    let outcome = outcome(&[FAILURES], "match", "", &events);
    let seen = outcome.seen.unwrap();
    let times: Vec<_> = seen
        .events
        .iter()
        .map(|e| e["eventTime"].as_str())
        .collect();
    let later = Some("2026-03-01T00:01:00Z");
    assert_eq!(times, [Some("2026-03-01T00:00:00Z"), later, later]);
}

#[test]
fn what_the_finding_says_of_its_events_is_compared() {
    let wanted = |count: &str, events: &str| {
        format!(
            "    count: {count}\n    message: 4 from 192.0.2.1\n    correlated: {{events: {events}, measured: 3, span: 6m}}\n"
        )
    };
    let burst = vec![format!("repeat: 4, every: 2m, {LOGIN}")];
    assert!(outcome(&[FAILURES], "match", &wanted("1", "4"), &burst).passed());
    let wrong = outcome(&[FAILURES], "match", &wanted("2", "5"), &burst);
    assert_eq!(
        wrong.mismatches,
        [
            Mismatch::Count {
                expected: 2,
                got: 1
            },
            Mismatch::Correlated {
                part: CorrelatedPart::Events,
                expected: "5".to_owned(),
                got: "4".to_owned()
            },
        ]
    );
}

#[test]
fn a_failed_test_shows_the_windows_that_were_tried() {
    let burst = vec![format!("repeat: 2, every: 2m, {LOGIN}")];
    let outcome = outcome(&[FAILURES], "match", "", &burst);
    let style = Style {
        colour: false,
        width: 80,
    };
    let text = outcome_text(
        "brute",
        &outcome,
        &crate::diagnostic::SourceMap::new(),
        style,
    );
    insta::assert_snapshot!(text);
}

#[test]
fn clauses_of_steps_count_and_those_of_other_rules_do_not() {
    let steps = "
id: b
title: B
severity: low
steps:
  burst: {rules: [brute]}
  single: {rules: [plain]}
  in: {match: {eventName: A, errorCode: B}}
correlate: {by: sourceIPAddress, within: 1h, order: [burst, single, in]}
";
    let plain = "\nid: plain\ntitle: P\nseverity: low\nmatch: {eventName: C}\n";
    let event = vec!["event: {eventName: A, sourceIPAddress: 192.0.2.1}".to_owned()];
    let rules = [FAILURES, plain, steps].join("---");
    let loaded = loaded(rules.trim_start());
    let rule = loaded.set.all().last().unwrap();
    let coverage = coverage(
        rule,
        &[outcome(&[FAILURES, plain, steps], "no_match", "", &event)],
    );
    let missing: Vec<_> = coverage.gaps.iter().map(|gap| gap.missing).collect();
    assert_eq!(
        (coverage.clauses, missing),
        (2, vec![Side::False, Side::True])
    );
}
