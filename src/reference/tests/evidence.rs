//! What a match rests on, and what blocks matched.

use serde_json::{Value, json};

use super::super::{Item, evidence, matched_elements, select_matched, trace};
use super::build::{condition, matched_selector};

/// Each piece of evidence as `path value`, `path -` where nothing is there.
fn rests_on(written: Value, event: &Value) -> Vec<String> {
    let trace = trace(&condition(&written), event);
    assert!(trace.truth.value, "{written}");
    let said = |value: Option<Value>| value.map_or("-".to_owned(), |value| value.to_string());
    let pieces = evidence(&trace).into_iter();
    pieces
        .map(|piece| format!("{} {}", piece.path, said(piece.value)))
        .collect()
}

#[test]
fn a_match_rests_on_what_made_its_clauses_hold() {
    let event = json!({"a": "1", "b": "2", "c": null});
    for (written, expected) in [
        (json!({"b": "2", "a": "1"}), vec![r#"b "2""#, r#"a "1""#]),
        (json!({"any": [{"a": "2"}, {"b": "2"}]}), vec![r#"b "2""#]),
        (
            json!({"macro": {"a": "1"}, "a": {"exists": true}}),
            vec![r#"a "1""#],
        ),
        (
            json!({"a": {"not": "2"}, "d.e": {"not": "2"}}),
            vec![r#"a "1""#, "d.e -"],
        ),
        (
            json!({"none": [{"a": "2"}, {"b": "1"}]}),
            vec![r#"a "1""#, r#"b "2""#],
        ),
        (json!({"not": {"a": "1", "b": "3"}}), vec![r#"b "2""#]),
        (json!({"not": {"none": [{"a": "1"}]}}), vec![r#"a "1""#]),
        (json!({"c": {"is": "null"}}), vec!["c null"]),
        (json!({"x": {"exists": false}}), vec!["x -"]),
        (json!({"$..zz": {"exists": false}}), vec![r#""$..zz" -"#]),
        (
            json!({"a": {"starts_with": "1", "not": "2"}}),
            vec![r#"a "1""#],
        ),
    ] {
        assert_eq!(rests_on(written.clone(), &event), expected, "{written}");
    }
}

#[test]
fn of_several_nodes_and_elements_those_that_satisfied_are_shown() {
    let event = json!({"items": [{"n": "a"}, {"n": "b"}], "list": ["a", "b", "ab"]});
    for (written, expected) in [
        (json!({"items.n": "b"}), vec![r#"items[1].n "b""#]),
        (
            json!({"items.n": {"not": "c"}}),
            vec![r#"items[0].n "a""#, r#"items[1].n "b""#],
        ),
        (
            json!({"list": {"contains": "b"}}),
            vec![r#"list[1] "b""#, r#"list[2] "ab""#],
        ),
        (
            json!({"list": {"not": "c"}}),
            vec![r#"list ["a","b","ab"]"#],
        ),
        (
            json!({"list": {"length": 3}}),
            vec![r#"list ["a","b","ab"]"#],
        ),
        (
            json!({"$.items[?@.n == 'b'].n": "b"}),
            vec![r#"items[1].n "b""#],
        ),
    ] {
        assert_eq!(rests_on(written.clone(), &event), expected, "{written}");
    }
}

#[test]
fn a_block_rests_on_what_was_tested_inside() {
    let event = json!({
        "rules": [{"port": 22, "to": "x"}, {"port": 80, "to": "y"}],
        "settings": {"imageOverride": "i", "name": "n"},
        "lists": [{"n": [0]}, {"n": [1]}],
        "policy": r#"{"Statement": [{"Effect": "Deny"}, {"Effect": "Allow", "Action": "*"}]}"#,
    });
    for (written, expected) in [
        (
            json!({"rules": {"any_element": {"port": 80, "from": {"exists": false}}}}),
            vec!["rules[1].port 80", "rules[1].from -"],
        ),
        (
            json!({"rules": {"every_element": {"port": {"gt": 20}}}}),
            vec!["rules[0].port 22", "rules[1].port 80"],
        ),
        (
            json!({"rules": {"no_element": {"port": 23}}}),
            vec![r#"rules [{"port":22,"to":"x"},{"port":80,"to":"y"}]"#],
        ),
        (
            json!({"absent": {"no_element": {"port": 23}}}),
            vec!["absent -"],
        ),
        (
            json!({"settings": {"any_entry": {"key": {"ends_with": "Override"}, "value": {"exists": true}}}}),
            vec![r#"settings.imageOverride "i""#],
        ),
        (
            json!({"policy": {"json": {"Statement": {"any_element": {"Effect": "Allow", "Action": "*"}}}}}),
            vec![
                r#"policy|json|Statement[1].Effect "Allow""#,
                r#"policy|json|Statement[1].Action "*""#,
            ],
        ),
    ] {
        assert_eq!(rests_on(written.clone(), &event), expected, "{written}");
    }
}

#[test]
fn evidence_names_the_clause_that_asked() {
    let condition = condition(&json!({"a": "1", "any": [{"b": "2"}]}));
    let mut fields = Vec::new();
    condition.walk(&mut |clause| {
        if let crate::rule::clause::ClauseKind::Field { .. } = clause.kind {
            fields.push(clause.span);
        }
    });
    let trace = trace(&condition, &json!({"a": "1", "b": "2"}));
    let clauses: Vec<_> = evidence(&trace).iter().map(|piece| piece.clause).collect();
    assert_eq!(clauses, fields);
}

#[test]
fn matched_elements_are_listed_the_outermost_first() {
    let event = json!({"groups": [
        {"name": "g0", "filters": [{"type": "a"}, {"type": "b"}]},
        {"name": "g1", "filters": []},
        {"name": "g2", "filters": [{"type": "a"}]},
    ]});
    let written = json!({"groups": {"any_element": {"filters": {"any_element": {"type": "a"}}}}});
    let matched = matched_elements(&trace(&condition(&written), &event));
    let paths: Vec<_> = matched
        .iter()
        .map(|matched| matched.path.to_string())
        .collect();
    assert_eq!(
        paths,
        [
            "groups[0]",
            "groups[2]",
            "groups[0].filters[0]",
            "groups[2].filters[0]"
        ]
    );

    let say = |text: &str| {
        let found = select_matched(&matched_selector(text), &matched);
        let said = found.iter().map(|(path, value)| format!("{path} {value}"));
        said.collect::<Vec<_>>()
    };
    assert_eq!(
        say("name"),
        [r#"groups[0].name "g0""#, r#"groups[2].name "g2""#]
    );
    assert_eq!(
        say("type").first().unwrap(),
        r#"groups[0].filters[0].type "a""#
    );
    assert_eq!(say("this").len(), 2);
    assert_eq!(say("nothing"), Vec::<String>::new());
}

#[test]
fn matched_entries_have_a_key_and_a_value() {
    let event = json!({"o": r#"{"a": {"n": 1}, "b": 2, "c": true}"#});
    let written = json!({"o": {"json": {"this": {"any_entry": {"key": ["a", "c"]}}}}});
    let matched = matched_elements(&trace(&condition(&written), &event));
    assert!(matches!(&matched[1].item, Item::Entry { key, .. } if key == "c"));
    let say = |text: &str| {
        let found = select_matched(&matched_selector(text), &matched);
        found
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    };
    assert_eq!(say("this"), [json!(r#"a={"n":1}"#), json!("c=true")]);
    assert_eq!(say("key"), [json!("a"), json!("c")]);
    assert_eq!(say("value"), [json!({"n": 1}), json!(true)]);
    assert_eq!(say("value.n"), [json!(1)]);
    assert_eq!(say("key.n"), Vec::<Value>::new());
}

#[test]
fn what_a_not_looked_at_matched_nothing() {
    let event = json!({"list": ["a"]});
    for written in [
        json!({"list": {"not": {"any_element": {"this": "b"}}}}),
        json!({"none": [{"list": {"any_element": {"this": "b"}}}]}),
        json!({"not": {"list": {"no_element": {"this": "a"}}}}),
        json!({"list": {"no_element": {"this": "b"}}}),
    ] {
        let trace = trace(&condition(&written), &event);
        assert!(trace.truth.value, "{written}");
        assert_eq!(matched_elements(&trace), [], "{written}");
    }
}
