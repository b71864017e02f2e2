//! Conditions: what binds tighter, what is taken, and what is said.

use super::*;

/// Of three selections `a`, `b` and `c`, of which those named hold.
fn holds(condition: &str, true_ones: &str) -> bool {
    let event = json!({
        "awsRegion": if true_ones.contains('a') { "yes" } else { "no" },
        "userAgent": if true_ones.contains('b') { "yes" } else { "no" },
        "errorCode": if true_ones.contains('c') { "yes" } else { "no" },
    });
    let detection = format!(
        "\n  a: {{awsRegion: yes}}\n  b: {{userAgent: yes}}\n  c: {{errorCode: yes}}\n  condition: {condition}"
    );
    matches(&rule(&detection), &event)
}

#[test]
fn or_binds_loosest_then_and_then_not() {
    assert!(holds("a or b and c", "a"));
    assert!(!holds("(a or b) and c", "a"));
    assert!(holds("not a and b or c", "b"));
    assert!(holds("not (a and b) and c", "bc"));
    assert!(!holds("not not a and (b or c)", "bc"));
    assert!(holds("a AND NOT b OR c", "a"));
}

#[test]
fn quantities_are_about_names_and_patterns() {
    assert!(holds("1 of them", "b"));
    assert!(!holds("all of them", "ab"));
    assert!(holds("all of them", "abc"));
    assert!(holds("any of them and not all of them", "ab"));
    assert!(holds("not 1 of b* and a", "ac"));
    assert!(holds("1 of *", "c"));
}

#[test]
fn them_leaves_out_names_that_begin_with_an_underscore() {
    let text = rule("{_a: {userAgent: a}, b: {awsRegion: b}, condition: all of them}");
    assert!(matches(&text, &json!({"awsRegion": "b"})));
    let text = rule("{_a: {userAgent: a}, b: {awsRegion: b}, condition: all of them and not _a}");
    assert!(!matches(
        &text,
        &json!({"awsRegion": "b", "userAgent": "a"})
    ));
}

#[test]
fn a_pattern_means_names_with_an_underscore_only_if_it_has_one() {
    let text = rule("{_a: {userAgent: a}, b: {awsRegion: b}, condition: 1 of *}");
    assert!(!matches(&text, &json!({"userAgent": "a"})));
    let text = rule("{_a: {userAgent: a}, b: {awsRegion: b}, condition: 1 of _* or b}");
    assert!(matches(&text, &json!({"userAgent": "a"})));
}

#[test]
fn a_list_of_conditions_is_any_of_them() {
    assert!(holds("[a and b, c]", "c"));
    assert!(holds("[a and b, c]", "ab"));
    assert!(!holds("[a and b, c]", "a"));
}

#[test]
fn what_is_wrong_is_pointed_at() {
    let place = |condition: &str| {
        let text = rule(&format!(
            "{{a: {{errorCode: x}}, b: {{userAgent: y}}, condition: {condition}}}"
        ));
        let found = problems(&text);
        let first = found.first().expect("something is wrong");
        let span = first.span().expect("it has a place");
        let at = &text[span.start as usize..span.end as usize];
        (first.code, at.to_owned())
    };
    let bad = |at: &str| (Code::SigmaBadCondition, at.to_owned());
    assert_eq!(place("a and"), bad(""));
    assert_eq!(place("a b or b"), bad("b"));
    assert_eq!(place("and a or b"), bad("and"));
    assert_eq!(place("(a or b"), bad("("));
    assert_eq!(place("a or b)"), bad(")"));
    assert_eq!(place("a && b"), bad("&"));
    assert_eq!(place("'a | count() > 5'"), bad("|"));
    assert_eq!(place("2 of them"), bad("2"));
    assert_eq!(place("1 of"), bad(""));
    assert_eq!(place("a or b*"), bad("b*"));
    assert_eq!(place("all them"), bad("all"));
    assert_eq!(place("'1 of (a, b)'"), bad("("));
    let unknown = |at: &str| (Code::SigmaUnknownSelection, at.to_owned());
    assert_eq!(place("a or selction"), unknown("selction"));
    assert_eq!(place("all of c*"), unknown("c*"));
    assert_eq!(place("a"), (Code::SigmaUnusedSelection, "b".to_owned()));
}

#[test]
fn deep_nesting_ends() {
    let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    let text = rule(&format!("{{a: {{errorCode: x}}, condition: '{deep}'}}"));
    assert_eq!(codes(&text), [Code::SigmaBadCondition]);
    let text = rule(&format!(
        "{{a: {{errorCode: x}}, condition: {}a}}",
        "not ".repeat(5000)
    ));
    assert_eq!(codes(&text), [Code::SigmaBadCondition]);
}
