//! Laws that hold for every condition and every event.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Truth, evaluate, evaluate_known, evidence, matched_elements, trace};
use super::build::condition;
use super::truth;
use crate::event::Losses;

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    let texts = vec![
        "",
        "a",
        "ab",
        "A",
        "true",
        "1",
        "1.0",
        "10.0.0.1",
        "10.0.0.0/8",
        "AWS Internal",
        "123456789012",
        "arn:aws:iam::123456789012:root",
        "2026-11-23T12:00:00Z",
        r#"{"a": "ab"}"#,
        r#"[{"b": 1}, "a"]"#,
        "%7B%22a%22%3A1%7D",
        "%FF",
        "ä",
    ];
    prop::sample::select(texts).prop_map(str::to_owned)
}

/// Nested values in which the names and texts of the conditions turn up often.
fn node() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => (-2_i64..3).prop_map(Value::from),
        4 => text().prop_map(Value::from),
        1 => Just(json!({"omitted": true})),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            object(inner),
        ]
    })
}

fn object(member: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let members = prop::collection::vec((name(), member), 0..4);
    members.prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn event() -> impl Strategy<Value = Value> {
    (node(), node(), node()).prop_map(|(a, b, c)| json!({"a": a, "b": b, "c": c}))
}

fn path() -> impl Strategy<Value = String> {
    let others = vec![
        "$..a",
        "$.b[?@.a].b",
        "@a.*",
        "@b.#0.@a",
        "@c.#-1",
        "key",
        "value.a",
    ];
    prop_oneof![
        4 => name(),
        2 => (name(), name()).prop_map(|(a, b)| format!("{a}.{b}")),
        2 => Just("this".to_owned()),
        2 => prop::sample::select(others).prop_map(str::to_owned),
    ]
}

fn flat_test() -> impl Strategy<Value = Value> {
    let text_operators = vec![
        "equals",
        "contains",
        "contains_all",
        "starts_with",
        "ends_with",
        "glob",
    ];
    let fixed = vec![
        json!({"exists": true}),
        json!({"exists": false}),
        json!({"gt": 0}),
        json!({"lte": 1}),
        json!({"lt": "2027-01-01T00:00:00Z"}),
        json!({"length": {"lte": 2}}),
        json!({"schedule": 0}),
        json!({"cidr": ["10.0.0.0/8"]}),
        json!({"prefix_length": 8}),
        json!({"account": {"not": "1"}}),
        json!({"is": ["ip", "null", "array"]}),
        json!({"is": ["missing", "string"]}),
        json!({"is": ["empty", "arn", "boolean"]}),
        json!({"account": "123456789012", "not": {"is": "arn"}}),
    ];
    prop_oneof![
        3 => (prop::sample::select(text_operators), text(), any::<bool>()).prop_map(
            |(operator, text, ignore_case)| match ignore_case {
                true => json!({operator: [text, "a"], "ignore_case": true}),
                false => json!({operator: text}),
            }
        ),
        1 => Just(json!({"regex": ["^a", "^$"]})),
        3 => prop::sample::select(fixed),
        1 => path().prop_map(|path| json!({"same_as": path})),
    ]
}

/// Any condition of a rule, some levels deep.
fn written() -> impl Strategy<Value = Value> {
    let leaf = (path(), flat_test()).prop_map(|(path, test)| json!({path: test}));
    leaf.prop_recursive(4, 16, 3, |inner| {
        let joins = prop::sample::select(vec!["all", "any", "none"]);
        let blocks = prop::sample::select(vec![
            "any_element",
            "every_element",
            "no_element",
            "any_entry",
            "json",
        ]);
        prop_oneof![
            2 => (joins, prop::collection::vec(inner.clone(), 1..3))
                .prop_map(|(join, list)| json!({join: list})),
            1 => inner.clone().prop_map(|body| json!({"not": body})),
            1 => inner.clone().prop_map(|body| json!({"macro": body})),
            4 => (path(), blocks.clone(), inner.clone())
                .prop_map(|(path, block, body)| json!({path: {block: body}})),
            1 => (path(), blocks, inner.clone(), flat_test())
                .prop_map(|(path, block, body, test)| json!({path: {block: body, "not": test}})),
            2 => (inner.clone(), inner).prop_map(|(a, b)| merge(&a, &b)),
        ]
    })
}

fn merge(a: &Value, b: &Value) -> Value {
    let entries = [a, b].into_iter().filter_map(Value::as_object).flatten();
    let entries: Map<_, _> = entries
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Value::Object(entries)
}

/// One test of one field.
fn test() -> impl Strategy<Value = Value> {
    let blocks = vec![
        "any_element",
        "every_element",
        "no_element",
        "any_entry",
        "json",
    ];
    let block = (prop::sample::select(blocks), written());
    prop_oneof![
        flat_test(),
        block.prop_map(|(block, body)| json!({block: body}))
    ]
}

/// The event without what is at a path of keys, through arrays.
fn without(event: &mut Value, path: &[&str]) {
    match (event, path) {
        (Value::Array(elements), _) => {
            for element in elements {
                without(element, path);
            }
        }
        (Value::Object(object), [key]) => drop(object.remove(*key)),
        (Value::Object(object), [key, rest @ ..]) => {
            if let Some(inner) = object.get_mut(*key) {
                without(inner, rest);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_trace_says_what_evaluating_says(written in written(), event in event()) {
        let condition = condition(&written);
        let trace = trace(&condition, &event);
        prop_assert_eq!(trace.truth, evaluate(&condition, &event));
        let pieces = evidence(&trace);
        let mut paths: Vec<_> = pieces.iter().map(|piece| &piece.path).collect();
        paths.sort();
        paths.dedup();
        prop_assert_eq!(paths.len(), pieces.len(), "no place twice");
        matched_elements(&trace);
    }

    #[test]
    fn what_is_certain_does_not_hang_on_what_was_lost(
        written in written(),
        event in event(),
        lost in prop::collection::vec("[abc](\\.[abc])?", 0..3),
    ) {
        let condition = condition(&written);
        let (mut rest, mut losses) = (event.clone(), Losses::none().clone());
        for path in &lost {
            let keys: Vec<&str> = path.split('.').collect();
            without(&mut rest, &keys);
            losses.lose(&keys);
        }
        let known = evaluate_known(&condition, &rest, &losses);
        if lost.is_empty() {
            prop_assert_eq!(known, evaluate(&condition, &event));
        }
        if !known.lost {
            prop_assert_eq!(known.value, evaluate(&condition, &event).value);
        }
    }

    #[test]
    fn any_none_and_not_are_opposites(a in written(), b in written(), event in event()) {
        let any = truth(json!({"any": [a, b]}), &event);
        prop_assert_eq!(truth(json!({"none": [a, b]}), &event), !any);
        prop_assert_eq!(truth(json!({"not": {"any": [a, b]}}), &event), !any);
        prop_assert_eq!(truth(json!({"all": [{"not": a}, {"not": b}]}), &event), !any);
        let all = truth(json!({"all": [a, b]}), &event);
        prop_assert_eq!(truth(json!({"any": [{"not": a}, {"not": b}]}), &event), !all);
        prop_assert_eq!(truth(json!({"macro": {"all": [a, b]}}), &event), all);
    }

    #[test]
    fn a_lone_not_is_the_opposite_of_its_test(path in path(), test in test(), event in event()) {
        let plain = truth(json!({path.as_str(): test}), &event);
        prop_assert_eq!(truth(json!({path.as_str(): {"not": test}}), &event), !plain);
        prop_assert_eq!(truth(json!({"not": {path.as_str(): test}}), &event), !plain);
        prop_assert_eq!(truth(json!({path.as_str(): {"not": {"not": test}}}), &event), plain);
    }

    #[test]
    fn no_element_is_not_any_element(path in path(), body in written(), event in event()) {
        for other in [json!({}), json!({"is": ["array", "missing"]})] {
            let merged = |test: Value| json!({path.as_str(): merge(&test, &other)});
            prop_assert_eq!(
                truth(merged(json!({"no_element": body})), &event),
                truth(merged(json!({"not": {"any_element": body}})), &event)
            );
        }
    }

    #[test]
    fn a_missing_field_satisfies_not_exactly_where_it_does_not_satisfy(
        test in test(), event in event()
    ) {
        let plain = truth(json!({"nowhere": test}), &event);
        let beside = json!({"nowhere": {"exists": false, "not": test}});
        prop_assert_eq!(truth(beside, &event), !plain);
        prop_assert!(!plain.open);
    }

    #[test]
    fn what_cannot_be_read_is_false_and_open(
        body in written(), outer in written(), event in event()
    ) {
        let hidden = merge(&event, &json!({"policy": "hidden"}));
        let written = json!({"any": [{"policy": {"json": body}}, outer]});
        let found = truth(written, &hidden);
        let outer = truth(outer, &hidden);
        prop_assert_eq!(found, outer | Truth::UNREADABLE);
        prop_assert_eq!(found.open, outer.open || !outer.value);
    }

    #[test]
    fn the_order_of_clauses_does_not_matter(a in written(), b in written(), event in event()) {
        for join in ["all", "any", "none"] {
            let one_way = truth(json!({join: [a, b]}), &event);
            prop_assert_eq!(truth(json!({join: [b, a]}), &event), one_way);
        }
    }
}

#[test]
fn events_as_deep_as_serde_json_reads_them_are_no_trouble() {
    let deep: Value =
        serde_json::from_str(&format!("{}1{}", r#"{"a":["#.repeat(60), "]}".repeat(60))).unwrap();
    for written in [
        json!({"$..a": {"no_element": {"a": "x"}}}),
        json!({vec!["a"; 60].join("."): "1"}),
        json!({"a": {"json": {"this": {"any_element": {"a": {"exists": true}}}}}}),
    ] {
        let condition = condition(&written);
        let trace = trace(&condition, &deep);
        assert!(trace.truth.value, "{written}");
        assert!(!evidence(&trace).is_empty());
    }
}
