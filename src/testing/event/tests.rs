use std::path::PathBuf;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::diagnostic::{SourceMap, Spanned};

fn at<T>(value: T) -> Spanned<T> {
    let source = SourceMap::new().add("rule.yaml", "x");
    Spanned::new(value, Span::new(source, 0, 1))
}

fn path(text: &str) -> Spanned<Vec<String>> {
    at(text.split('.').map(str::to_owned).collect())
}

fn changed(base: Value, set: &[(&str, Value)], unset: &[&str]) -> Result<Value, String> {
    let event = TestEvent {
        base: TestEventBase::Inline(base),
        set: set
            .iter()
            .map(|(to, value)| (path(to), value.clone()))
            .collect(),
        unset: unset.iter().map(|from| path(from)).collect(),
    };
    build_event(&event, None).map_err(|problem| problem.message)
}

#[rstest]
#[case::a_member(json!({"a": 1}), "a", json!({"a": 9}))]
#[case::objects_on_the_way(json!({}), "a.b.c", json!({"a": {"b": {"c": 9}}}))]
#[case::a_null_gives_way(json!({"a": null}), "a.b", json!({"a": {"b": 9}}))]
#[case::an_element(json!({"a": [1, 2]}), "a.1", json!({"a": [1, 9]}))]
#[case::one_more_element(json!({"a": [1]}), "a.1", json!({"a": [1, 9]}))]
#[case::inside_an_element(json!({"a": [{"b": 1}]}), "a.0.b", json!({"a": [{"b": 9}]}))]
#[case::a_number_is_a_key_of_an_object(json!({"a": {}}), "a.0", json!({"a": {"0": 9}}))]
fn set_puts_a_value(#[case] base: Value, #[case] to: &str, #[case] expected: Value) {
    assert_eq!(changed(base, &[(to, json!(9))], &[]), Ok(expected));
}

#[rstest]
#[case::through_text(json!({"a": "x"}), "a.b")]
#[case::far_past_the_end(json!({"a": [1]}), "a.5")]
#[case::a_name_in_an_array(json!({"a": [1]}), "a.b")]
fn set_says_what_it_cannot_reach(#[case] base: Value, #[case] to: &str) {
    let problem = changed(base, &[(to, json!(9))], &[]).unwrap_err();
    assert_eq!(problem, format!("`set` cannot reach `{to}`"));
}

#[test]
fn unset_comes_after_set_and_must_find_something() {
    let base = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]});
    assert_eq!(
        changed(base.clone(), &[("a.d", json!(3))], &["a.b", "l.0"]),
        Ok(json!({"a": {"c": 2, "d": 3}, "l": [2]}))
    );
    for nothing in ["x", "a.x", "a.b.c", "l.2", "l.x"] {
        assert!(changed(base.clone(), &[], &[nothing]).is_err(), "{nothing}");
    }
}

fn from_file(content: &str) -> Result<Value, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("event.json"), content).unwrap();
    let event = TestEvent {
        base: TestEventBase::File(at(PathBuf::from("event.json"))),
        set: Vec::new(),
        unset: Vec::new(),
    };
    build_event(&event, Some(folder.path())).map_err(|problem| problem.message)
}

#[test]
fn a_file_holds_one_record_bare_or_wrapped() {
    assert_eq!(
        from_file(r#"{"eventName": "x"}"#),
        Ok(json!({"eventName": "x"}))
    );
    assert_eq!(
        from_file(r#"{"Records": [{"eventName": "x"}]}"#),
        Ok(json!({"eventName": "x"}))
    );
}

#[rstest]
#[case("{", "is not JSON")]
#[case("[{}]", "holds a list of 1, not one event")]
#[case("7", "holds no JSON object")]
#[case(r#"{"Records": [{}, {}]}"#, "holds 2 records, not one")]
#[case(r#"{"Records": [7]}"#, "holds a record that is no object")]
fn a_file_that_is_no_event_is_refused(#[case] content: &str, #[case] reason: &str) {
    let problem = from_file(content).unwrap_err();
    assert!(problem.contains(reason), "{problem}");
}
