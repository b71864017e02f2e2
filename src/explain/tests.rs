use rstest::rstest;
use serde_json::json;

use super::*;
use crate::diagnostic::Style;
use crate::event::Losses;
use crate::rule::{Rule, RulesFile, load};

const NARROW: Style = Style {
    colour: false,
    width: 80,
};

fn rule(body: &str) -> Rule {
    let text = format!(
        "id: a\ntitle: A\nseverity: low\n{body}\n---\nlists: {{known: [x, y], unset: {{description: D}}}}\n"
    );
    let file = RulesFile::of_user("rule.yaml", text);
    let loaded = load(vec![file], &[]);
    let rule = loaded.set.all().next().cloned();
    rule.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics))
}

#[rstest]
#[case("a", "is a")]
#[case("[a, \"b c\"]", "is one of a, \"b c\"")]
#[case("{not: [a, b]}", "is not one of a, b")]
#[case("{list: known}", "is a value of the list known (2 values)")]
#[case(
    "{not: [a, {list: unset}]}",
    "is not one of a, or a value of the list unset (not set)"
)]
#[case(
    "{contains: [a, b], ignore_case: true}",
    "contains one of a, b in any case"
)]
#[case("{not: {contains_all: [a, b]}}", "does not contain all of a, b")]
#[case("{not: {starts_with: a}}", "does not start with a")]
#[case(
    "{glob: \"a*\", not: {glob: \"ab*\"}}",
    "is like a* and is not like ab*"
)]
#[case(
    "{gte: 2, lt: \"2026-01-01T00:00:00Z\"}",
    "is at least 2 and is before 2026-01-01T00:00:00Z"
)]
#[case(
    "{length: {gt: 2, lte: 4}}",
    "has a length of more than 2 and at most 4"
)]
#[case("{prefix_length: 8}", "has a prefix length of 8")]
#[case(
    "{not: {cidr: 10.0.0.0/8}, is: ip}",
    "does not lie in 10.0.0.0/8 and is an IP address"
)]
#[case(
    "{account: {not: \"111122223333\"}}",
    "names an account that is not 111122223333"
)]
#[case("{not: {exists: false}}", "exists")]
#[case("{not: {is: [\"null\", missing]}}", "is not null or missing")]
#[case("{same_as: userIdentity.arn}", "is the same as userIdentity.arn")]
#[case(
    "{not: {starts_with: a, ends_with: b}}",
    "is not one that starts with a and ends with b"
)]
#[case(
    "{not: {schedule: {days: mon-fri, from: \"08:00\", to: \"18:00\", zone: Europe/Berlin}}}",
    "lies outside Mon to Fri 08:00 to 18:00 Europe/Berlin"
)]
fn tests_are_said_in_words(#[case] test: &str, #[case] words: &str) {
    let rule = rule(&format!("match: {{requestParameters.x: {test}}}"));
    assert_eq!(
        plain::phrase(&rule.condition).unwrap(),
        format!("requestParameters.x {words}")
    );
}

#[test]
fn a_tree_opens_documents_and_masks_what_is_sensitive() {
    let rule = rule(
        "sensitive: [requestParameters.note]\nmatch:\n  requestParameters.policy: {json: {Statement: {any_element: {Effect: Allow, Principal.AWS: \"*\"}}}}\n  requestParameters.note: {not: \"\"}\n  requestParameters.tags: {any_entry: {key: Owner, value: ana}}\n  requestParameters.bad: {json: {Version: 1}}\n  requestParameters.ids: {no_element: {this: {starts_with: i-}}}\n  resources.ARN: {not: {contains: secret}}",
    );
    let event = json!({
        "requestParameters": {
            "policy": r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"password":"correct horse"}]}"#,
            "note": "tell nobody",
            "tags": {"Owner": "ana", "Stage": "prod"},
            "bad": "{not json",
            "ids": [],
        },
        "resources": [{"ARN": "arn:aws:s3:::a"}, {"ARN": "arn:aws:s3:::secret"}],
    });
    let tree = condition_tree(&rule, &rule.condition, &event, Losses::none(), NARROW);
    assert!(
        !tree.contains("horse") && !tree.contains("nobody"),
        "{tree}"
    );
    insta::assert_snapshot!(tree);
}

#[test]
fn text_of_an_event_cannot_steer_the_terminal() {
    let rule = rule("match: {eventName: a}");
    let event = json!({"eventName": "b\u{1b}[2J\u{202e}"});
    let text = verdict(&rule, &event, Losses::none(), "event.json", NARROW);
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text}"
    );
}

#[test]
fn no_line_of_a_tree_is_wider_than_the_terminal_where_words_can_be_broken() {
    let rule = rule(
        "match: {any: [{eventName: [AuthorizeIngress, AuthorizeEgress, RevokeIngress, RevokeEgress, Create, Delete]}, {errorCode: {exists: true}}]}",
    );
    let tree = condition_tree(
        &rule,
        &rule.condition,
        &json!({"eventName": "RunInstances"}),
        Losses::none(),
        NARROW,
    );
    for line in tree.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
