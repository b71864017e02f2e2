use super::*;

fn judged(change: impl FnOnce(&mut Summary)) -> (u8, Vec<String>) {
    let mut summary = Summary::default();
    summary.inputs.read = 1;
    summary.records.events = 1;
    change(&mut summary);
    summary.judge(&Gate::default(), Allowed::default());
    let reasons = summary.verdict.reasons();
    let named = reasons.iter().map(ToString::to_string).collect();
    (summary.verdict.exit_code(), named)
}

#[test]
fn a_run_that_read_everything_and_found_nothing_exits_0() {
    assert_eq!(judged(|_| ()), (0, vec![]));
}

#[test]
fn each_reason_is_found_in_the_counts() {
    type Change = fn(&mut Summary);
    let cases: [(Change, u8, &str); 6] = [
        (|s| s.inputs.failed = 2, 4, "4: 2 inputs not read in full"),
        (|s| s.records.bad = 1, 4, "4: 1 record could not be read"),
        (
            |s| s.records.unknown_version = 1,
            4,
            "4: 1 record of an unknown version",
        ),
        (|s| s.records.events = 0, 4, "4: not a single event"),
        (
            |s| s.rules.failed.push("x".into()),
            3,
            "3: x does not load or could not be evaluated",
        ),
        (
            |s| {
                s.findings.by_severity.insert(Severity::Critical, 1);
                s.findings.by_severity.insert(Severity::High, 2);
                s.findings.by_severity.insert(Severity::Low, 4);
            },
            1,
            "1: 3 findings at or above high",
        ),
    ];
    for (change, code, why) in cases {
        assert_eq!(judged(change), (code, vec![why.to_owned()]));
    }
}

#[test]
fn milder_findings_and_what_is_left_out_on_purpose_do_not_fail_a_run() {
    let (code, _) = judged(|s| {
        s.findings.by_severity.insert(Severity::Medium, 9);
        s.skipped.insert("hidden".into(), 1);
        s.records.insight = 1;
        s.suppressed.insert("x".into(), 1);
        s.undecided.insert("x".into(), 1);
        s.rules.inactive.push(InactiveRule {
            id: "x".into(),
            lists: vec!["known_networks".into()],
        });
    });
    assert_eq!(code, 0);
}

#[test]
fn events_that_an_earlier_run_judged_are_events() {
    let known = |events| KnownInputs {
        inputs: 1,
        events,
        ..KnownInputs::default()
    };
    for (events, code) in [(1, 0), (0, 4)] {
        let (exit, _) = judged(|s| {
            s.records.events = 0;
            s.known = Some(known(events));
        });
        assert_eq!(exit, code, "{events}");
    }
}

#[test]
fn an_empty_input_may_be_allowed() {
    let mut summary = Summary::default();
    summary.judge(
        &Gate::default(),
        Allowed {
            empty: true,
            not_evaluated: false,
        },
    );
    assert_eq!(summary.verdict.exit_code(), 0);
}

#[test]
fn the_parts_of_an_input_cover_what_the_whole_covers() {
    let at = |text: &str| Some(text.parse().unwrap());
    let mut whole = Coverage::default();
    let (mut one, mut other) = (Coverage::default(), Coverage::default());
    whole.see(at("2026-11-02T00:00:00Z"), Some("1"), Some("b"));
    one.see(at("2026-11-02T00:00:00Z"), Some("1"), Some("b"));
    whole.see(at("2026-11-01T00:00:00Z"), None, Some("a"));
    other.see(at("2026-11-01T00:00:00Z"), None, Some("a"));
    one.merge(&other);
    one.merge(&Coverage::default());
    assert_eq!(one, whole);
    assert_eq!(whole.first, at("2026-11-01T00:00:00Z"));
    assert_eq!(whole.last, at("2026-11-02T00:00:00Z"));
}
