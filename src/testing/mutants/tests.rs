use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Style, render_text};
use crate::rule::{Loaded, RulesFile, load};
use crate::testing::run;

fn mutants_of(text: &str) -> (Loaded, RuleMutants) {
    let file = RulesFile::of_user("rule.yaml", text);
    let loaded = load(vec![file], &[]);
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let rule = loaded.set.all().next().unwrap().clone();
    let mutants = mutants(&rule, &run(&loaded.set, &rule)).unwrap();
    (loaded, mutants)
}

/// What survives of a rule with this condition and tests: the changes with the clauses.
fn survivors(condition: &str, tests: &[(&str, &str)]) -> Vec<String> {
    let mut text = format!("id: a\ntitle: A\nseverity: low\nmatch: {condition}\ntests:\n");
    for (index, (expect, event)) in tests.iter().enumerate() {
        text.push_str(&format!(
            "  - {{name: t{index}, expect: {expect}, event: {event}}}\n"
        ));
    }
    text.push_str("---\nmacros: {by_root: {userIdentity.type: Root}}\n");
    let (loaded, mutants) = mutants_of(&text);
    let sources = loaded.set.sources();
    let survivors = mutants.survivors.iter();
    survivors
        .map(|it| format!("{}: {}", it.mutation.name(), sources.slice(it.span)))
        .collect()
}

const BOTH: &str = "{eventSource: iam.amazonaws.com, eventName: CreateUser}";

#[test]
fn a_clause_that_no_near_miss_fails_in_survives_its_removal() {
    let tests = [
        ("match", BOTH),
        ("no_match", "{eventSource: iam.amazonaws.com, eventName: a}"),
    ];
    assert_eq!(
        survivors(BOTH, &tests),
        ["removed: eventSource: iam.amazonaws.com"]
    );
    let both = [tests[0], tests[1], ("no_match", "{eventName: CreateUser}")];
    assert!(survivors(BOTH, &both).is_empty());
}

#[test]
fn an_alternative_that_no_test_needs_survives() {
    let condition = "{any: [{eventName: A}, {eventName: B}]}";
    let tests = [("match", "{eventName: A}"), ("no_match", "{eventName: C}")];
    assert_eq!(survivors(condition, &tests), ["removed: {eventName: B}"]);
    let needed = [tests[0], tests[1], ("match", "{eventName: B}")];
    assert!(survivors(condition, &needed).is_empty());
}

#[test]
fn an_exclusion_that_no_test_shows_survives() {
    let condition = "{eventName: A, not: {errorCode: x}, none: [{awsRegion: b}]}";
    let tests = [("match", "{eventName: A}"), ("no_match", "{eventName: B}")];
    assert_eq!(
        survivors(condition, &tests),
        [
            "removed: not: {errorCode: x}",
            "removed: none: [{awsRegion: b}]"
        ]
    );
}

#[test]
fn the_use_of_a_macro_is_changed_as_one_and_what_is_in_it_never() {
    let condition = "{eventName: A, macros: [by_root]}";
    let tests = [
        ("match", "{eventName: A, userIdentity: {type: Root}}"),
        ("no_match", "{eventName: B, userIdentity: {type: Root}}"),
    ];
    assert_eq!(survivors(condition, &tests), ["removed: by_root"]);
}

#[test]
fn what_is_inside_a_block_is_changed_too() {
    let condition = "{requestParameters.a: {any_element: {b: x, c: y}}}";
    let tests = [
        ("match", "{requestParameters: {a: [{b: x, c: y}]}}"),
        ("no_match", "{requestParameters: {a: [{b: x}]}}"),
    ];
    assert_eq!(survivors(condition, &tests), ["removed: b: x"]);
}

#[test]
fn a_test_of_a_message_notices_what_else_a_block_may_match() {
    let rule = |message: &str| {
        format!(
            "id: a\ntitle: A\nseverity: low\nmatch:\n  requestParameters.a:\n    any_element: {{b: x, c: y}}\n\
             message: \"{{matched.c}} {{matched.b}}\"\ntests:\n  - name: one\n    expect: match\n{message}\
             \x20   event: {{requestParameters: {{a: [{{b: x, c: n}}, {{b: n, c: y}}, {{b: x, c: y}}]}}}}\n"
        )
    };
    let silent = mutants_of(&rule("")).1;
    let telling = mutants_of(&rule("    message: y x\n")).1;
    let count = |mutants: &RuleMutants| mutants.survivors.len();
    assert!(count(&telling) < count(&silent), "{telling:?} {silent:?}");
}

#[test]
fn what_an_exception_covers_is_not_noticed() {
    let rule = "id: a\ntitle: A\nseverity: low\nmatch: {eventName: A, awsRegion: b}\nexceptions:\n  \
                - {reason: r, owner: o, match: {errorCode: x}}\ntests:\n  \
                - {name: one, expect: match, event: {eventName: A, awsRegion: b}}\n  \
                - {name: two, expect: no_match, event: {eventName: A, errorCode: x}}\n  \
                - {name: three, expect: no_match, event: {awsRegion: b}}\n";
    let (loaded, mutants) = mutants_of(rule);
    let [survivor] = mutants.survivors.as_slice() else {
        panic!("{mutants:?}");
    };
    assert_eq!(loaded.set.sources().slice(survivor.span), "awsRegion: b");
}

#[test]
fn a_rule_whose_tests_fail_shows_nothing() {
    let file = RulesFile::of_user(
        "rule.yaml",
        "id: a\ntitle: A\nseverity: low\nmatch: {eventName: A}\ntests:\n  \
         - {name: one, expect: match, event: {eventName: B}}\n",
    );
    let loaded = load(vec![file], &[]);
    let rule = loaded.set.all().next().unwrap();
    assert_eq!(mutants(rule, &run(&loaded.set, rule)), None);
}

#[test]
fn an_unnoticed_change_points_at_its_clause() {
    let text = "id: a\ntitle: A\nseverity: low\nmatch:\n  eventName: A\n  awsRegion: b\n  \
                any:\n    - errorCode: x\n    - errorCode: y\n  \
                userAgent: {not: z}\ntests:\n  - name: one\n    expect: match\n    \
                event: {eventName: A, awsRegion: b, errorCode: x}\n  \
                - name: two\n    expect: no_match\n    event: {eventName: B, awsRegion: b, errorCode: x}\n";
    let (loaded, mutants) = mutants_of(text);
    let style = Style {
        colour: false,
        width: 100,
    };
    let drawn: String = mutants
        .diagnostics()
        .iter()
        .map(|problem| render_text(problem, loaded.set.sources(), style))
        .collect();
    insta::assert_snapshot!(drawn);
}

/// A condition of every structure, written in one line.
fn condition() -> impl Strategy<Value = String> {
    let leaf = (0..3_u8, 0..3_u8).prop_map(|(field, value)| {
        let field = ["eventName", "awsRegion", "errorCode"][usize::from(field)];
        format!("{field}: {}", ["a", "b", "{not: c}"][usize::from(value)])
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (
                prop::sample::select(vec!["any", "all", "none"]),
                prop::collection::vec(inner.clone(), 1..3)
            )
                .prop_map(|(word, list)| {
                    let list: Vec<_> = list.iter().map(|entry| format!("{{{entry}}}")).collect();
                    format!("{word}: [{}]", list.join(", "))
                }),
            inner.prop_map(|entry| format!("not: {{{entry}}}")),
        ]
    })
}

proptest! {
    #[test]
    fn a_change_that_was_asked_about_leaves_the_condition_as_it_was(condition in condition()) {
        let text = format!("id: a\ntitle: A\nseverity: low\nmatch: {{{condition}}}\n");
        let file = RulesFile::of_user("rule.yaml", text);
        let loaded = load(vec![file], &[]);
        if let Some(rule) = loaded.set.all().next() {
            let before = format!("{:?}", rule.condition);
            let mut condition = rule.condition.clone();
            for change in changes(rule) {
                let during = change.during(&mut condition, |changed| format!("{changed:?}"));
                prop_assert_ne!(during.as_ref(), Some(&before));
                prop_assert_eq!(&format!("{condition:?}"), &before);
            }
        }
    }
}
