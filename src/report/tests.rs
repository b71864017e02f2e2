//! Reports of whole runs: what each control comes to.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::event::DataPlane;
use crate::finding::testing::{event, finding, rules};
use crate::finding::{
    BaselineState, CorrelationCounts, InactiveRule, NotEvaluated, OpenWindow, Suppression,
    SuppressionKind,
};
use crate::rule::{FailedRule, Severity};

/// A rule for each of the controls 1 and 2, both of them for 3.
const RULES: &str = r#"
id: changed
title: Changed
severity: high
controls: {framework-1: ["1", "3"]}
match: {eventName: CreateProject}
---
id: read
title: Read
severity: low
controls: {framework-1: ["2", "3"]}
match: {eventSource: s3.amazonaws.com, eventName: GetObject}
exceptions:
  - {reason: Backup, owner: storage, expires: 2027-01-31, match: {awsRegion: eu-west-1}}
  - {reason: Move, owner: storage, expires: 2026-01-31, match: {awsRegion: eu-west-2}}
"#;

type Change = fn(&mut Summary);

fn options() -> Options {
    Options {
        now: "2026-11-24T00:00:00Z".parse().unwrap(),
        gate: Gate::default(),
        waivers: Vec::new(),
        controls: Vec::new(),
    }
}

/// A run that read everything, data events of S3 too.
fn whole_run() -> Summary {
    let mut summary = Summary::default();
    summary.inputs.read = 1;
    summary.records.events = 10;
    let time = "2026-11-23T09:12:44Z".parse().ok();
    let coverage = &mut summary.coverage;
    coverage.see(time, Some("111122223333"), Some("eu-central-1"));
    coverage.data.insert(DataPlane::S3);
    summary
}

/// The statuses of the controls, and why, of a run with these findings of the first rule.
fn statuses(set: &RuleSet, found: &[Finding], mut summary: Summary) -> Vec<(Status, Vec<String>)> {
    let mut collector = Collector::new(set, options(), Keep::PAGE);
    for finding in found {
        summary.count(finding);
        collector.take(finding);
    }
    summary.judge(&Gate::default(), Default::default());
    let report = collector.finish(&summary);
    assert_eq!(report.frameworks.len(), 1);
    let controls = report.frameworks[0].controls.iter();
    controls
        .map(|control| {
            let gaps = control.gaps.iter().map(ToString::to_string).collect();
            (control.status(), gaps)
        })
        .collect()
}

fn only(statuses: &[(Status, Vec<String>)]) -> Vec<Status> {
    statuses.iter().map(|(status, _)| *status).collect()
}

fn waived() -> Option<Suppression> {
    Some(Suppression {
        kind: SuppressionKind::Waiver,
        reason: "Agreed".into(),
        owner: "platform-security".into(),
        approved_by: None,
        ticket: Some("SEC-142".into()),
        ends: None,
        waiver: None,
    })
}

#[test]
fn a_control_is_clean_where_everything_was_evaluated_and_nothing_found() {
    let set = rules(RULES);
    let all = statuses(&set, &[], whole_run());
    assert_eq!(only(&all), [Status::Clean; 3]);
}

#[test]
fn a_finding_violates_every_control_of_its_rule_also_where_a_baseline_knows_it() {
    let set = rules(RULES);
    let open = finding(&set.rules[0], &event(), 1);
    let known = Finding {
        baseline: Some(BaselineState::Known),
        ..open.clone()
    };
    for found in [open, known] {
        let all = statuses(&set, &[found], whole_run());
        assert_eq!(
            only(&all),
            [Status::Violated, Status::Clean, Status::Violated]
        );
    }
}

#[test]
fn a_control_whose_findings_are_all_covered_is_waived_unless_something_was_not_evaluated() {
    let set = rules(RULES);
    let covered = Finding {
        suppressed: waived(),
        ..finding(&set.rules[0], &event(), 1)
    };
    let all = statuses(&set, std::slice::from_ref(&covered), whole_run());
    assert_eq!(only(&all), [Status::Waived, Status::Clean, Status::Waived]);
    let mut summary = whole_run();
    summary.coverage.data.clear();
    let all = statuses(&set, &[covered], summary);
    let unknown = Status::NotEvaluated;
    assert_eq!(only(&all), [Status::Waived, unknown, unknown]);
    assert_eq!(
        all[1].1,
        ["read needs data events of S3 objects, and there were none"]
    );
}

#[test]
fn what_a_rule_was_not_evaluated_on_keeps_its_controls_from_being_clean() {
    let set = rules(RULES);
    let changes: [(Change, &str); 3] = [
        (
            |summary| {
                summary.rules.inactive.push(InactiveRule {
                    id: "read".into(),
                    lists: vec!["buckets".into()],
                });
            },
            "read waits for a list that is not set (buckets)",
        ),
        (
            |summary| {
                summary.not_evaluated.push(NotEvaluated {
                    rule: "read".into(),
                    severity: Severity::High,
                    shape: "athena".into(),
                    records: 3,
                    fields: BTreeSet::from(["awsRegion".into()]),
                });
            },
            "read was not evaluated on 3 records whose shape lost awsRegion",
        ),
        (
            |summary| {
                summary.undecided.insert("read".into(), 2);
            },
            "read could not decode the JSON in a field of 2 events",
        ),
    ];
    for (change, why) in changes {
        let mut summary = whole_run();
        change(&mut summary);
        let all = statuses(&set, &[], summary);
        let unknown = Status::NotEvaluated;
        assert_eq!(only(&all), [Status::Clean, unknown, unknown], "{why}");
        assert_eq!(all[1].1, [why]);
    }
}

#[test]
fn what_a_run_did_not_cover_keeps_every_control_from_being_clean() {
    let changes: [Change; 7] = [
        |summary| summary.records.events = 0,
        |summary| summary.inputs.failed = 1,
        |summary| summary.records.bad = 1,
        |summary| summary.asked.regions = BTreeSet::from(["us-east-1".into()]),
        |summary| summary.asked.accounts = BTreeSet::from(["444455556666".into()]),
        |summary| {
            let altered = "1 altered file";
            summary
                .verdict
                .fail(crate::finding::Failure::Findings, altered);
        },
        |summary| {
            let silent = "account 444455556666 was expected and is silent";
            summary.verdict.fail(crate::finding::Failure::Input, silent);
        },
    ];
    let set = rules(RULES);
    let found = finding(&set.rules[0], &event(), 1);
    for change in changes {
        let mut summary = whole_run();
        change(&mut summary);
        let all = statuses(&set, std::slice::from_ref(&found), summary);
        let (violated, unknown) = (Status::Violated, Status::NotEvaluated);
        assert_eq!(only(&all), [violated, unknown, violated]);
        assert_eq!(all[1].1, ["the run did not cover everything"]);
    }
}

#[test]
fn a_rule_that_does_not_load_keeps_its_controls_from_being_clean() {
    let mut set = rules(RULES);
    let controls = Some(set.rules[0].controls.clone());
    set.failed.push(FailedRule {
        name: "broken".into(),
        controls,
    });
    let all = statuses(&set, &[], whole_run());
    let unknown = Status::NotEvaluated;
    assert_eq!(only(&all), [unknown, Status::Clean, unknown]);
    set.failed.push(FailedRule::unread("rules/torn.yaml:1"));
    assert_eq!(only(&statuses(&set, &[], whole_run())), [unknown; 3]);
}

#[test]
fn a_listed_control_that_no_rule_names_is_not_evaluated() {
    let set = rules(RULES);
    let listed = FrameworkControls {
        framework: "framework-1".into(),
        controls: vec!["2".into(), "10".into()],
    };
    let options = Options {
        controls: vec![listed],
        ..options()
    };
    let summary = whole_run();
    let report = Collector::new(&set, options, Keep::NOTHING).finish(&summary);
    let controls = &report.frameworks[0].controls;
    let ids: Vec<_> = controls.iter().map(|control| control.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "10"]);
    assert_eq!(controls[3].status(), Status::NotEvaluated);
    assert_eq!(controls[3].gaps, [Gap::NoRule]);
}

#[test]
fn waivers_in_force_are_told_with_what_they_cover_and_ended_ones_are_not() {
    let set = rules(RULES);
    let mut collector = Collector::new(&set, options(), Keep::NOTHING);
    let mut read = event();
    read["eventSource"] = json!("s3.amazonaws.com");
    read["eventName"] = json!("GetObject");
    read["awsRegion"] = json!("eu-west-1");
    let by_exception = finding(&set.rules[1], &read, 1);
    let by_waiver = Finding {
        suppressed: waived(),
        ..finding(&set.rules[0], &event(), 2)
    };
    for finding in [&by_exception, &by_exception, &by_waiver] {
        collector.take(finding);
    }
    let summary = whole_run();
    let base = collector.finish(&summary).base;
    let told: Vec<_> = base
        .waivers
        .iter()
        .map(|waiver| {
            (
                waiver.rule.as_str(),
                waiver.by.reason.as_str(),
                waiver.covers,
            )
        })
        .collect();
    assert_eq!(told, [("changed", "Agreed", 1), ("read", "Backup", 2)]);
    assert_eq!((base.own_rules, base.pack), (2, None));
}

#[test]
fn the_hash_of_the_rules_changes_with_their_texts_and_lists_alone() {
    let hash = |yaml: &str| {
        let set = rules(yaml);
        let summary = whole_run();
        let report = Collector::new(&set, options(), Keep::NOTHING).finish(&summary);
        report.base.rules_hash
    };
    let with_list = |values: &str| format!("{RULES}---\nlists: {{a: {{values: [{values}]}}}}\n");
    assert_eq!(hash(RULES), hash(RULES));
    assert_ne!(hash(RULES), hash(&RULES.replace("Changed", "Altered")));
    assert_ne!(hash(&with_list("x")), hash(&with_list("y")));
}

#[test]
fn a_waiver_in_force_is_told_of_also_where_it_covers_nothing() {
    let set = rules(RULES);
    let by = waived().unwrap();
    let waiver = |number, rules: &[&str]| WaiverInForce {
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        by: Suppression {
            waiver: Some(number),
            ..by.clone()
        },
    };
    let options = Options {
        waivers: vec![waiver(0, &["a", "b"]), waiver(1, &[]), waiver(2, &["c"])],
        ..options()
    };
    let mut collector = Collector::new(&set, options, Keep::NOTHING);
    let mut covered = finding(&set.rules[0], &event(), 1);
    covered.suppressed = Some(waiver(2, &[]).by);
    collector.take(&covered);
    let summary = whole_run();
    let report = collector.finish(&summary);
    let told = report.base.waivers.iter();
    let told: Vec<_> = told.map(|told| (told.rule.as_str(), told.covers)).collect();
    let rule = covered.rule.as_str();
    let exception = ("read", 0);
    let mut expected = vec![("a", 0), ("b", 0), ("any rule", 0), (rule, 1), exception];
    expected.sort_unstable();
    assert_eq!(told, expected);
}

/// A rule for each of the controls 1 to 3, the last of them about the findings of the
/// second.
const SEVERAL: &str = r#"
id: many
title: Many
severity: high
controls: {framework-1: ["1"]}
match: {eventName: CreateProject}
correlate: {by: [sourceIPAddress], within: 5m, count: {gte: 3}}
---
id: stopped
title: Stopped
severity: high
controls: {framework-1: ["2"]}
steps:
  stop: {match: {eventName: StopLogging}, by: [requestParameters.name]}
  start: {match: {eventName: StartLogging}, by: [requestParameters.name]}
correlate: {within: 1h, order: [stop], absent: [start]}
---
id: stopped-and-read
title: Stopped and read
severity: high
controls: {framework-1: ["3"]}
steps:
  stopped: {rules: [stopped], by: [recipientAccountId]}
  read: {match: {eventSource: s3.amazonaws.com, eventName: GetObject}, by: [recipientAccountId]}
correlate: {within: 1d, order: [stopped, read]}
"#;

#[test]
fn what_a_rule_about_several_events_could_not_tell_keeps_its_controls_from_being_clean() {
    let set = rules(SEVERAL);
    let told = CorrelationCounts::default;
    let open = OpenWindow {
        rule: "stopped".into(),
        key: Vec::new(),
        until: "2026-11-23T10:12:44Z".parse().unwrap(),
    };
    let late = "may miss some of 2 events that came too late";
    let cases = [
        (Some(told()), ["", "", ""]),
        (
            Some(CorrelationCounts {
                undetermined: [("stopped".to_owned(), 2)].into(),
                named: vec![open],
                ..told()
            }),
            // The last one hangs on the findings of the second.
            [
                "",
                "stopped has 2 windows not over where the data ends, open until 2026-11-23T10:12:44Z",
                "stopped has 2 windows not over where the data ends, open until 2026-11-23T10:12:44Z",
            ],
        ),
        (
            Some(CorrelationCounts {
                learning: [("many".to_owned(), 1)].into(),
                ..told()
            }),
            ["many is still learning, and did not judge 1 value", "", ""],
        ),
        (Some(CorrelationCounts { late: 2, ..told() }), [late; 3]),
        (None, ["could not be put together"; 3]),
    ];
    for (counts, why) in cases {
        let mut summary = whole_run();
        summary.correlation = counts;
        let all = statuses(&set, &[], summary);
        for ((status, gaps), why) in all.iter().zip(why) {
            let expected = match why {
                "" => Status::Clean,
                _ => Status::NotEvaluated,
            };
            assert_eq!(*status, expected, "{gaps:?}");
            assert!(
                gaps.iter().any(|gap| gap.contains(why)) || why.is_empty(),
                "{gaps:?}"
            );
        }
    }
}

#[test]
fn a_sequence_needs_the_data_events_of_each_of_its_steps() {
    let set = rules(SEVERAL);
    let mut summary = whole_run();
    summary.correlation = Some(CorrelationCounts::default());
    summary.coverage.data.clear();
    let all = statuses(&set, &[], summary);
    assert_eq!(
        only(&all),
        [Status::Clean, Status::Clean, Status::NotEvaluated]
    );
    let needs = "stopped-and-read needs data events of S3 objects, and there were none";
    assert_eq!(all[2].1, [needs]);
}
