use serde_json::json;

use super::*;
use crate::rule::{RulesFile, load};

fn set(body: &str) -> RuleSet {
    let text = format!("id: a\ntitle: A\nseverity: low\n{body}\n");
    let file = RulesFile::of_user("rule.yaml", text);
    let loaded = load(vec![file], &[]);
    let rule = loaded.set.all().next().cloned();
    RuleSet::of(rule.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)))
}

/// Events by minutes after nine, name, user and further fields.
fn explained(body: &str, events: &[(i64, &str, &str, Value)]) -> String {
    explained_by(&set(body), events)
}

fn explained_by(set: &RuleSet, events: &[(i64, &str, &str, Value)]) -> String {
    let mut together = Together::new(set).unwrap();
    let nine: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    let file = Arc::from("a.json");
    for ((minutes, name, user, more), number) in events.iter().zip(1..) {
        let time = nine + jiff::SignedDuration::from_mins(*minutes);
        let mut event = json!({
            "eventTime": time.to_string(),
            "eventName": name,
            "eventID": number.to_string(),
            "userIdentity": {"userName": user},
            "requestParameters": more,
        });
        if user.is_empty() {
            event["userIdentity"] = json!({});
        }
        if *minutes < 0 {
            event["eventTime"] = json!("yesterday");
        }
        together
            .take(&event, Losses::none(), &file, number)
            .unwrap();
    }
    let style = Style {
        colour: false,
        width: 100,
    };
    together.finish(style).unwrap()
}

#[test]
fn a_count_says_what_one_more_event_would_do_and_who_took_no_part() {
    let rule = "match: {eventName: A}\ncorrelate: {by: userIdentity.userName, within: 5m, count: {gte: 3}}";
    let text = explained(
        rule,
        &[
            (0, "A", "ana", json!({})),
            (2, "A", "ana", json!({})),
            (6, "A", "ana", json!({})),
            (0, "A", "bo", json!({})),
            (1, "A", "bo", json!({})),
            (5, "A", "bo", json!({})),
            (1, "A", "", json!({})),
            (-1, "A", "ana", json!({})),
            (1, "B", "ana", json!({})),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn measures_say_how_much_there_was_of_how_much() {
    let of = |asks: &str| {
        let rule = format!(
            "match: {{eventName: [A, B]}}\ncorrelate: {{by: userIdentity.userName, within: 1h, {asks}}}"
        );
        explained(
            &rule,
            &[
                (0, "A", "ana", json!({"x": 10})),
                (30, "A", "ana", json!({"x": 15.5})),
                (50, "B", "ana", json!({"x": 10})),
                (70, "B", "ana", json!({})),
            ],
        )
    };
    let texts = [
        of("distinct: {field: requestParameters.x, gt: 2}"),
        of("sum: {field: requestParameters.x, gte: 100}"),
        of("ratio: {of: [A, B, C, D, E], gte: 0.5}"),
        of("average: {field: requestParameters.x, gte: 20}"),
        of("median: {field: requestParameters.x, lte: 5}"),
        of("percentile: {field: requestParameters.x, at: 90, gte: 15}"),
        of("count: {lte: 2}"),
        of("count: {gte: 4, lte: 5}"),
    ];
    insta::assert_snapshot!(texts.join("\n=====\n"));
}

#[test]
fn sequences_say_which_step_is_missing_late_or_out_of_order() {
    let rule = "steps:\n  a: {match: {eventName: A}}\n  b: {match: {eventName: B}}\n  c: {match: {eventName: C}}\ncorrelate: {by: userIdentity.userName, within: 10m, order: [a, b, c]}";
    let text = explained(
        rule,
        &[
            (0, "A", "missing", json!({})),
            (1, "B", "missing", json!({})),
            (0, "A", "late", json!({})),
            (1, "B", "late", json!({})),
            (11, "C", "late", json!({})),
            (0, "C", "order", json!({})),
            (1, "A", "order", json!({})),
            (2, "B", "order", json!({})),
            (0, "A", "there", json!({})),
            (1, "B", "there", json!({})),
            (10, "C", "there", json!({})),
            (0, "C", "nothing", json!({})),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn sets_in_any_order_say_what_is_too_far_off() {
    let rule = "steps:\n  a: {match: {eventName: A}}\n  b: {match: {eventName: B}}\ncorrelate: {by: userIdentity.userName, within: 10m, all: [a, b, b]}";
    let text = explained(
        rule,
        &[
            (0, "B", "far", json!({})),
            (5, "A", "far", json!({})),
            (11, "B", "far", json!({})),
            (0, "A", "none", json!({})),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn an_absence_says_what_followed_or_that_the_data_ends() {
    let rule = "steps:\n  a: {match: {eventName: A}}\n  b: {match: {eventName: B}}\ncorrelate: {by: userIdentity.userName, within: 10m, order: [a], absent: [b]}";
    let text = explained(
        rule,
        &[
            (0, "A", "followed", json!({})),
            (10, "B", "followed", json!({})),
            (0, "A", "found", json!({})),
            (11, "B", "found", json!({})),
            (5, "A", "open", json!({})),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn new_values_say_what_is_known_and_since_when() {
    let rule = "match: {eventName: A}\ncorrelate: {by: userIdentity.userName, first_seen: {field: requestParameters.x, history: 1h, learning: 30m}}";
    let text = explained(
        rule,
        &[
            (0, "A", "learning", json!({"x": "a"})),
            (20, "A", "learning", json!({"x": "b"})),
            (0, "A", "known", json!({"x": "a"})),
            (40, "A", "known", json!({"x": "a"})),
            (0, "A", "new", json!({"x": "a"})),
            (30, "A", "new", json!({"x": "b"})),
            (30, "A", "new", json!({})),
        ],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn of_many_keys_the_nearest_are_shown_and_the_rest_is_counted() {
    let rule = "match: {eventName: A}\ncorrelate: {by: userIdentity.userName, within: 1h, count: {gte: 20}}";
    let mut events = Vec::new();
    let users: Vec<String> = (0..8).map(|user| format!("user-{user}")).collect();
    for (user, count) in users.iter().zip([15, 1, 2, 3, 13, 1, 2, 1]) {
        for minute in 0..count {
            events.push((minute * 2, "A", user.as_str(), json!({})));
        }
    }
    insta::assert_snapshot!(explained(rule, &events));
}

#[test]
fn correlations_of_sigma_say_which_rules_found_nothing() {
    let rule = |name: &str| {
        format!(
            "title: {name}\nname: {name}\nlogsource: {{product: aws}}\ndetection: {{s: {{eventName: {name}}}, condition: s}}\n---\n"
        )
    };
    let explained = |asks: &str| {
        let rules = [rule("a"), rule("b"), rule("c")].concat();
        let text = format!(
            "{rules}title: Together\nid: together\ncorrelation: {{{asks}, rules: [a, b, c], group-by: userIdentity.userName, timespan: 10m}}\n"
        );
        let loaded = load(vec![RulesFile::of_user("rule.yml", text)], &[]);
        let set = RuleSet::of(loaded.set.rules[0].clone());
        explained_by(
            &set,
            &[
                (0, "A", "one", json!({})),
                (0, "C", "late", json!({})),
                (5, "A", "late", json!({})),
                (16, "B", "late", json!({})),
                (0, "A", "two", json!({})),
                (5, "C", "two", json!({})),
            ],
        )
    };
    let texts = [
        explained("type: temporal"),
        explained("type: temporal, condition: {eq: 1}"),
        explained("type: temporal_ordered, condition: {gte: 2}"),
    ];
    insta::assert_snapshot!(texts.join("\n=====\n"));
}
