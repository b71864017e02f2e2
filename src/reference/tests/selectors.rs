//! Which nodes a selector yields, and where they are.

use serde_json::{Value, json};

use super::super::select;
use super::build::selector;

fn yields(text: &str, event: &Value) -> Vec<String> {
    let nodes = select(&selector(text), event);
    nodes
        .iter()
        .map(|(path, value)| format!("{path} {value}"))
        .collect()
}

#[test]
fn a_dotted_path_fans_out_over_arrays_one_level() {
    let event = json!({
        "a": {"b": 1},
        "list": [{"b": 1}, {"c": 0}, "x", {"b": [{"c": 2}, {"c": 3}]}],
        "deep": [[{"b": 1}]],
        "odd key": {"x-y": null},
    });
    assert_eq!(yields("a.b", &event), ["a.b 1"]);
    assert_eq!(
        yields("list.b", &event),
        ["list[0].b 1", r#"list[3].b [{"c":2},{"c":3}]"#]
    );
    assert_eq!(
        yields("list.b.c", &event),
        ["list[3].b[0].c 2", "list[3].b[1].c 3"]
    );
    assert_eq!(yields("odd key.x-y", &event), [r#""odd key"."x-y" null"#]);
    for nothing in ["a.c", "a.b.c", "deep.b", "list.0", "x"] {
        assert_eq!(yields(nothing, &event), Vec::<String>::new(), "{nothing}");
    }
}

#[test]
fn the_steps_of_json_path_do_not_fan_out() {
    let event = json!({"list": [{"b": 1}, {"b": 2}, {"b": 3}], "map": {"x": {"b": 4}, "y": 5}});
    assert_eq!(yields("@list.#0.@b", &event), ["list[0].b 1"]);
    assert_eq!(yields("@list.#-1.@b", &event), ["list[2].b 3"]);
    assert_eq!(yields("@list.*.@b", &event).len(), 3);
    assert_eq!(yields("@map.*", &event), [r#"map.x {"b":4}"#, "map.y 5"]);
    for nothing in ["@list.@b", "@list.#3", "@list.#-4", "@map.#0", "@map.@y.*"] {
        assert_eq!(yields(nothing, &event), Vec::<String>::new(), "{nothing}");
    }
}

#[test]
fn queries_run_on_the_event_and_say_where_they_found() {
    let event = json!({"a": [{"n": 1, "k": "x"}, {"n": 2, "k": "x"}], "it's": {"]['": {"k": 7}}});
    assert_eq!(yields("$.a[?@.n > 1].k", &event), [r#"a[1].k "x""#]);
    assert_eq!(
        yields("$..k", &event),
        [r#"a[0].k "x""#, r#"a[1].k "x""#, "\"it's\".\"]['\".k 7"]
    );
    assert_eq!(yields("$", &event).len(), 1);
    assert_eq!(yields("$.a[5]", &event), Vec::<String>::new());
}

#[test]
fn steps_and_queries_agree_on_what_both_can_say() {
    let event = json!({"a": [{"b": [1, {"b": 2}]}, 3], "b": {"a": null}});
    for (steps, query) in [
        ("@a.#0.@b", "$.a[0].b"),
        ("@a.#-1", "$.a[-1]"),
        ("@a.*.@b.*", "$.a[*].b[*]"),
        ("*.*", "$.*.*"),
        ("@b.@a", "$['b'].a"),
        ("@a.@b", "$.a.b"),
    ] {
        assert_eq!(yields(steps, &event), yields(query, &event), "{steps}");
    }
}
