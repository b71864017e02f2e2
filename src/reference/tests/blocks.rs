//! Blocks: elements, entries and decoded documents.

use serde_json::{Value, json};

use super::{check, holds, truth};

#[test]
fn any_element_holds_its_tests_on_the_same_element() {
    let rules = |block: Value| json!({"rules": {"any_element": block}});
    let event =
        json!({"rules": [{"port": 22, "to": "10.0.0.0/8"}, {"port": 80, "to": "0.0.0.0/0"}]});
    assert!(holds(rules(json!({"port": 80, "to": "0.0.0.0/0"})), &event));
    assert!(!holds(
        rules(json!({"port": 22, "to": "0.0.0.0/0"})),
        &event
    ));
    assert!(holds(rules(json!({"not": {"port": 22}})), &event));
    assert!(holds(
        rules(json!({"none": [{"port": 22}, {"to": "10.0.0.0/8"}]})),
        &event
    ));
}

#[test]
fn elements_are_those_of_an_array_or_a_lone_value() {
    let starts = |op: &str| json!({op: {"this": {"starts_with": "a", "ends_with": "z"}}});
    check([
        (starts("any_element"), json!(["ab", "yz"]), false),
        (starts("any_element"), json!(["az", "b"]), true),
        (starts("any_element"), json!("az"), true),
        (starts("every_element"), json!(["az", "b"]), false),
        (starts("every_element"), json!(["az", "abz"]), true),
        (starts("every_element"), json!("az"), true),
        (starts("every_element"), json!([]), false),
        (starts("no_element"), json!(["ab", "yz"]), true),
        (starts("no_element"), json!(["az"]), false),
        (starts("no_element"), json!([]), true),
        (json!({"any_element": {"k": "v"}}), json!({"k": "v"}), true),
        (json!({"any_element": {"this": "x"}}), json!([["x"]]), true),
    ]);
}

#[test]
fn a_lone_no_element_speaks_of_all_nodes_as_a_lone_not_does() {
    let event = json!({"groups": [{"tags": ["a"]}, {"tags": ["b"]}]});
    let none = json!({"no_element": {"this": "a"}});
    assert!(!holds(json!({"groups.tags": none}), &event));
    assert!(holds(json!({"groups.tags": {"not": none}}), &event));
    let beside = json!({"groups.tags": {"exists": true, "no_element": {"this": "a"}}});
    assert!(holds(beside, &event), "the second node");
}

#[test]
fn blocks_nest_and_reach_the_event_through_the_root() {
    let event = json!({
        "name": "b", "owner": "ann",
        "groups": [{"name": "g", "filters": [{"type": "X", "by": "ann"}]}, {"filters": []}],
    });
    let inner =
        |test: Value| json!({"groups": {"any_element": {"filters": {"any_element": test}}}});
    assert!(holds(inner(json!({"type": "X"})), &event));
    assert!(holds(inner(json!({"by": {"same_as": "$.owner"}})), &event));
    assert!(holds(inner(json!({"$.name": "b"})), &event));
    assert!(!holds(inner(json!({"name": {"exists": true}})), &event));
    assert!(holds(
        json!({"groups": {"any_element": {"filters": {"no_element": {"type": "X"}}}}}),
        &event
    ));
}

#[test]
fn entries_are_those_of_an_object_or_of_the_objects_in_an_array() {
    let over = json!({"any_entry": {"key": {"glob": "*Override"}, "value": "true"}});
    let deep = json!({"any_entry": {"value.level": {"gt": 3}, "key": {"length": 1}}});
    let lists = json!({"any_entry": {"value": {"any_element": {"this": {"starts_with": "a", "ends_with": "z"}}}}});
    check([
        (over.clone(), json!({"privilegedModeOverride": true}), true),
        (
            over.clone(),
            json!({"privilegedModeOverride": false, "x": true}),
            false,
        ),
        (over.clone(), json!([1, {"imageOverride": "true"}]), true),
        (over.clone(), json!([[{"imageOverride": "true"}]]), false),
        (over.clone(), json!({}), false),
        (over.clone(), json!("imageOverride"), false),
        (over, json!(null), false),
        (deep.clone(), json!({"a": {"level": 4}}), true),
        (deep, json!({"a": {"level": 3}, "ab": {"level": 4}}), false),
        (lists.clone(), json!({"k": ["b", "az"]}), true),
        (lists, json!({"k": ["ab", "yz"]}), false),
    ]);
}

#[test]
fn json_reads_strings_percent_encoded_ones_and_what_is_parsed_already() {
    let allow = json!({"json": {"Statement": {"any_element": {"Effect": "Allow", "Action": "*"}}}});
    let document = r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:Get", "*"]}]}"#;
    let encoded =
        "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%7D%7D";
    check([
        (allow.clone(), json!(document), true),
        (allow.clone(), json!(encoded), true),
        (allow.clone(), serde_json::from_str(document).unwrap(), true),
        (allow, json!({"Statement": []}), false),
        (json!({"json": {"this": "a+b"}}), json!("%22a+b%22"), true),
        (
            json!({"json": {"this": {"any_element": {"n": 1}}}}),
            json!(r#"[{"n": 1}]"#),
            true,
        ),
        (
            json!({"json": {"n": {"json": {"m": 1}}}}),
            json!(r#"{"n": "{\"m\": 1}"}"#),
            true,
        ),
        (
            json!({"json": {"this": {"exists": false}}}),
            json!(null),
            false,
        ),
    ]);
}

#[test]
fn what_cannot_be_decoded_is_no_node_and_leaves_the_answer_open() {
    for node in [
        json!("HIDDEN_DUE_TO_SECURITY_REASONS"),
        json!("{\"a\": "),
        json!("%7B%2"),
        json!("%FF"),
        json!("[".repeat(200)),
        json!({"omitted": true, "originalSize": 102_401}),
        json!(r#"{"omitted": true}"#),
        json!(7),
        json!(true),
    ] {
        let event = json!({"f": node});
        let found = truth(json!({"f": {"json": {"a": {"exists": false}}}}), &event);
        assert_eq!((found.value, found.open), (false, true), "{node}");
    }
}

#[test]
fn a_blank_string_holds_no_document_and_leaves_nothing_open() {
    for blank in ["", " \n"] {
        let event = json!({"f": blank});
        let found = truth(json!({"f": {"json": {"a": {"exists": false}}}}), &event);
        assert_eq!((found.value, found.open), (false, false), "{blank:?}");
    }
}
