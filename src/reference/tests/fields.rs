//! Several nodes, arrays, nothing at all, null, and what refers to other fields.

use serde_json::json;

use super::{check, holds, truth};

#[test]
fn operators_of_one_mapping_must_hold_on_the_same_node() {
    let event = json!({"items": [{"n": "ab"}, {"n": "yz"}]});
    assert!(holds(
        json!({"items.n": {"starts_with": "y", "ends_with": "z"}}),
        &event
    ));
    assert!(!holds(
        json!({"items.n": {"starts_with": "a", "ends_with": "z"}}),
        &event
    ));
    assert!(holds(
        json!({"items.n": {"starts_with": "a"}, "items.n=": {"ends_with": "z"}}),
        &event
    ));
}

#[test]
fn on_an_array_each_operator_asks_for_an_element_of_its_own() {
    check([
        (json!("b"), json!(["a", "b"]), true),
        (json!("c"), json!(["a", "b"]), false),
        (
            json!({"starts_with": "a", "ends_with": "z"}),
            json!(["ab", "yz"]),
            true,
        ),
        (json!("a"), json!([["a"]]), false),
        (json!("a"), json!([]), false),
        (json!({"gt": 5}), json!([1, "6"]), true),
        (json!({"is": "string"}), json!([1, "a"]), true),
        (json!({"is": "object"}), json!([[{}]]), false),
        (json!({"is": "array"}), json!(["a"]), true),
        (json!({"is": ["array", "ip"]}), json!([]), true),
        (json!({"is": "null"}), json!([null]), false),
        (
            json!({"is": ["null", "ip"]}),
            json!([null, "10.0.0.1"]),
            true,
        ),
        (json!({"exists": true}), json!([]), true),
        (json!({"exists": false}), json!([null]), false),
    ]);
}

#[test]
fn a_lone_not_means_that_no_node_satisfies() {
    let event = json!({"items": [{"n": "a"}, {"n": "b"}]});
    assert!(!holds(json!({"items.n": {"not": "a"}}), &event));
    assert!(holds(json!({"items.n": {"not": "c"}}), &event));
    assert!(holds(json!({"items.n": {"not": {"not": "a"}}}), &event));
    check([
        (json!({"not": "a"}), json!(["a", "b"]), false),
        (json!({"not": ["a", "b"]}), json!("c"), true),
        (json!({"not": "a"}), json!(null), true),
    ]);
}

#[test]
fn a_not_beside_others_is_tested_on_their_node() {
    let event = json!({"items": [{"n": "ab"}, {"n": "xb"}]});
    let written = json!({"items.n": {"ends_with": "b", "not": {"starts_with": "x"}}});
    assert!(holds(written, &event));
    check([
        (
            json!({"exists": true, "not": "a"}),
            json!(["a", "b"]),
            false,
        ),
        (json!({"exists": true, "not": "c"}), json!(["a", "b"]), true),
    ]);
}

#[test]
fn where_nothing_is_only_four_operators_hold() {
    let false_ones = [
        json!("x"),
        json!({"contains": ""}),
        json!({"contains_all": ""}),
        json!({"starts_with": ""}),
        json!({"ends_with": ""}),
        json!({"glob": "*"}),
        json!({"regex": ""}),
        json!({"gt": 0}),
        json!({"lt": "2026-11-23T12:00:00Z"}),
        json!({"length": 0}),
        json!({"schedule": "mondays"}),
        json!({"cidr": "0.0.0.0/0"}),
        json!({"prefix_length": {"gte": 0}}),
        json!({"account": {"not": "1"}}),
        json!({"account": {"exists": false}}),
        json!({"exists": true}),
        json!({"is": ["null", "empty", "string", "array", "object"]}),
        json!({"same_as": "here"}),
        json!({"same_as": "nowhere"}),
        json!({"any_element": {"this": {"exists": false}}}),
        json!({"every_element": {"this": {"exists": false}}}),
        json!({"any_entry": {"key": {"exists": false}}}),
        json!({"json": {"this": {"exists": false}}}),
    ];
    let true_ones = [
        json!({"exists": false}),
        json!({"is": "missing"}),
        json!({"is": ["missing", "ip"]}),
        json!({"no_element": {"this": "x"}}),
    ];
    let event = json!({"here": "x"});
    for (tests, expected) in [(&false_ones[..], false), (&true_ones[..], true)] {
        for test in tests {
            assert_eq!(holds(json!({"f": test}), &event), expected, "{test}");
            assert_eq!(
                holds(json!({"f": {"not": test}}), &event),
                !expected,
                "not {test}"
            );
            let beside = json!({"f": {"exists": false, "not": test}});
            assert_eq!(holds(beside, &event), !expected, "not {test} beside exists");
        }
    }
    assert!(!holds(
        json!({"f": {"exists": false, "equals": "x"}}),
        &event
    ));
}

#[test]
fn null_is_there_and_does_not_exist() {
    check([
        (json!({"exists": true}), json!(null), false),
        (json!({"exists": false}), json!(null), true),
        (json!({"is": "null"}), json!(null), true),
        (json!({"is": "missing"}), json!(null), false),
        (json!({"contains": ""}), json!(null), false),
        (
            json!({"any_element": {"this": {"is": "null"}}}),
            json!(null),
            false,
        ),
        (
            json!({"no_element": {"this": {"is": "null"}}}),
            json!(null),
            true,
        ),
        (
            json!({"every_element": {"this": {"is": "null"}}}),
            json!(null),
            false,
        ),
        (
            json!({"any_element": {"this": {"is": "null"}}}),
            json!([null]),
            true,
        ),
    ]);
    assert!(!holds(json!({"f": {"is": "null"}}), &json!({})));
}

#[test]
fn same_as_wants_a_pair_of_equal_text() {
    let event = json!({
        "user": "a", "target": "a", "other": "b", "list": ["x", "a"], "items": [{"n": "b"}],
        "number": 1, "digits": "1", "null": null, "null_too": null, "object": {}, "nested": [["a"]],
    });
    for (field, other, expected) in [
        ("user", "target", true),
        ("user", "other", false),
        ("user", "list", true),
        ("list", "user", true),
        ("other", "items.n", true),
        ("user", "nested", false),
        ("number", "digits", true),
        ("null", "null_too", false),
        ("object", "object", false),
        ("user", "missing", false),
        ("missing", "user", false),
        ("missing", "missing", false),
        ("user", "$.target", true),
    ] {
        let written = json!({field: {"same_as": other}});
        assert_eq!(holds(written, &event), expected, "{field} {other}");
    }
}

#[test]
fn clauses_join_as_they_say() {
    let event = json!({"a": "1", "b": "2"});
    for (written, expected) in [
        (json!({"a": "1", "b": "2"}), true),
        (json!({"a": "1", "b": "1"}), false),
        (json!({"any": [{"a": "2"}, {"b": "2"}]}), true),
        (json!({"any": [{"a": "2"}, {"b": "1"}]}), false),
        (json!({"all": [{"a": "1"}, {"b": "2"}]}), true),
        (json!({"none": [{"a": "2"}, {"b": "1"}]}), true),
        (json!({"none": [{"a": "2"}, {"b": "2"}]}), false),
        (json!({"not": {"a": "1", "b": "1"}}), true),
        (json!({"macro": {"a": "1"}}), true),
    ] {
        assert_eq!(holds(written.clone(), &event), expected, "{written}");
    }
}

#[test]
fn an_unreadable_document_leaves_open_what_rests_on_it() {
    let event = json!({"policy": "HIDDEN_DUE_TO_SECURITY_REASONS", "a": "1"});
    let block = json!({"json": {"Effect": "Allow"}});
    for (written, value, open) in [
        (json!({"policy": block}), false, true),
        (json!({"policy": {"not": block}}), true, true),
        (json!({"policy": block, "a": "1"}), false, true),
        (json!({"policy": block, "a": "2"}), false, false),
        (json!({"any": [{"policy": block}, {"a": "1"}]}), true, false),
        (json!({"any": [{"policy": block}, {"a": "2"}]}), false, true),
        (
            json!({"none": [{"policy": block}, {"a": "1"}]}),
            false,
            false,
        ),
        (json!({"none": [{"policy": block}, {"a": "2"}]}), true, true),
        (
            json!({"policy": {"exists": true, "not": block}}),
            true,
            true,
        ),
        (
            json!({"policy": {"exists": false, "json": {"Effect": "Allow"}}}),
            false,
            false,
        ),
        (json!({"missing": block}), false, false),
    ] {
        let found = truth(written.clone(), &event);
        assert_eq!((found.value, found.open), (value, open), "{written}");
    }
}
