//! The rule format as a JSON Schema, for editors.
//!
//! Out comes a draft-07 schema (the one that YAML language servers know best) of
//! one document of a rules file: a rule, or a library of macros and lists. It
//! completes keys, operators and fields, explains them on hover, and refuses
//! what is misspelt. It is made from the loader's own tables. The loader remains
//! the judge: it sees values, lists and what clauses say together.

mod condition;
mod correlation;
mod operator;
pub(crate) mod parts;

use serde_json::{Map, Value, json};

use super::{Evidence, RULE_KEYS};
use parts::{date, described, list_definition, mapping, severity, text, texts};

/// The schema.
pub fn json_schema() -> Value {
    let properties: Map<String, Value> = RULE_KEYS
        .iter()
        .map(|key| ((*key).to_owned(), rule_key(key)))
        .collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "trailgate rule",
        "description": "A rule of trailgate, or a library of macros and lists.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "anyOf": [
            {"required": ["id", "title", "severity", "match"]},
            {"required": ["id", "title", "severity", "correlate"]},
            {"minProperties": 1, "propertyNames": {"enum": ["trailgate", "macros", "lists", "frameworks", "profiles"]}},
        ],
        "definitions": {
            "eventCondition": condition::of_event(),
            "elementCondition": condition::of_element(),
            "entryCondition": condition::of_entry(),
            "test": operator::test(),
            "values": operator::values(),
            "operators": operator::operators(),
        },
    })
}

fn rule_key(key: &str) -> Value {
    match key {
        "trailgate" => described(
            json!({"enum": [1, "1"]}),
            "The version of the rule language: 1.",
        ),
        "id" => described(
            json!({"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$", "maxLength": 100}),
            "Names the rule everywhere; unique among all rules. Lower-case letters, digits, `-`, `_` and `.`.",
        ),
        "title" => described(text(), "One line for people."),
        "severity" => described(
            severity(),
            "How bad a finding is, unless `severity_when` says otherwise.",
        ),
        "severity_when" => described(
            items(mapping(
                &[
                    ("severity", severity()),
                    ("match", condition::reference("eventCondition")),
                ],
                &["severity", "match"],
            )),
            "Other severities; the first whose `match` holds wins.",
        ),
        "description" => described(
            text(),
            "What happened, why it matters, and when it is harmless.",
        ),
        "remediation" => described(text(), "What to do about a finding."),
        "references" => described(texts(), "Where to read on: whole web addresses."),
        "tags" => described(texts(), "Free words to choose rules by, with `--tag`."),
        "attack" => described(
            texts_of(json!({"type": "string", "pattern": "^T\\d{4}(\\.\\d{3})?$"})),
            "ATT&CK techniques, such as T1078.004.",
        ),
        "controls" => described(
            json!({"type": "object", "minProperties": 1, "additionalProperties": texts()}),
            "Controls of compliance frameworks that the rule gives evidence for: `framework: [control]`.",
        ),
        "authors" => described(texts(), "Who wrote the rule, where others did."),
        "license" => described(
            text(),
            "The licence that it is under, as an SPDX identifier or in words.",
        ),
        "derived_from" => described(
            texts(),
            "What it was made from, such as the rule of another collection: one line each.",
        ),
        "match" => described(
            condition::reference("eventCondition"),
            "What an event must be to match: every entry must hold.",
        ),
        "steps" => described(
            correlation::steps(),
            "Events under names, for `order`, `all` and `absent` under `correlate`.",
        ),
        "correlate" => described(
            correlation::correlate(),
            "What must hold of several events together: `within`, and one of `count`, `distinct`, `sum`, `ratio`, `order` and `all`; or `first_seen`.",
        ),
        "exceptions" => described(
            items(exception()),
            "Matches that are accepted, by whom, why and until when. They cover events by the events' own time.",
        ),
        "message" => described(
            text(),
            "What a finding says. `{field}` stands for the event's value, `{matched.name}` for the element a block matched, `{{` for a brace; of a correlation `{correlated.events}`, `{correlated.measured}`, `{correlated.values}`, `{correlated.span}` and `{steps.NAME.field}`.",
        ),
        "key" => described(
            texts(),
            "Fields whose values identify a finding across runs. Default: event name, principal, account and region; of a correlation what is under `by`.",
        ),
        "sensitive" => described(texts(), "Fields that are masked in every output."),
        "tests" => described(items(test()), "Tests of this rule, for `trailgate test`."),
        "macros" => described(
            json!({"type": "object", "minProperties": 1, "additionalProperties": condition::reference("elementCondition")}),
            "Matches under a name, for `macros: [name]` in any rule.",
        ),
        "lists" => described(
            json!({"type": "object", "minProperties": 1, "additionalProperties": list_definition()}),
            "Named lists of values, for `{list: name}` in any rule.",
        ),
        "frameworks" => described(
            json!({"type": "object", "minProperties": 1, "additionalProperties": framework()}),
            "Compliance frameworks with the controls that rules may name.",
        ),
        "profiles" => described(
            json!({"type": "object", "minProperties": 1, "additionalProperties": profile()}),
            "Choices of rules under a name, for `--rule-profile NAME`.",
        ),
        _ => json!({}),
    }
}

fn profile() -> Value {
    json!({
        "type": "object",
        "properties": {
            "description": text(),
            "tags": texts(),
            "folders": texts(),
            "frameworks": texts(),
            "without_tags": texts(),
            "severity": severity(),
        },
        "additionalProperties": false,
        "minProperties": 1,
    })
}

fn framework() -> Value {
    let kinds: Vec<_> = Evidence::ALL.iter().map(|(name, _)| *name).collect();
    let control = json!({
        "type": "object",
        "properties": {
            "title": text(),
            "evidence": {"anyOf": [{"enum": kinds}, items(json!({"enum": kinds}))]},
        },
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "title": text(),
            "controls": {"type": "object", "minProperties": 1, "additionalProperties": control},
        },
        "required": ["controls"],
        "additionalProperties": false,
    })
}

fn items(of: Value) -> Value {
    json!({"type": "array", "minItems": 1, "items": of})
}

fn texts_of(one: Value) -> Value {
    json!({"anyOf": [one.clone(), items(one)]})
}

fn exception() -> Value {
    mapping(
        &[
            ("reason", described(text(), "Why it is accepted.")),
            ("owner", described(text(), "Who answers for it.")),
            ("approved_by", described(text(), "Who agreed to it.")),
            (
                "ticket",
                described(text(), "Where it was agreed, such as SEC-142."),
            ),
            ("starts", described(date(), "First day covered (UTC).")),
            ("expires", described(date(), "Last day covered (UTC).")),
            (
                "match",
                described(
                    condition::reference("eventCondition"),
                    "Which of the rule's matches are accepted.",
                ),
            ),
        ],
        &["reason", "owner", "match"],
    )
}

/// `file` with the changes that are made to it.
fn test_event_changes() -> Vec<(&'static str, Value)> {
    let set = json!({"type": "object", "minProperties": 1});
    vec![
        (
            "file",
            described(
                text(),
                "A JSON file with one event; a relative path starts at this file.",
            ),
        ),
        (
            "set",
            described(set, "Values put at dotted paths; missing objects are made."),
        ),
        (
            "unset",
            described(texts(), "Dotted paths taken away, after `set`."),
        ),
    ]
}

fn values_reference() -> Value {
    condition::reference("values")
}

fn test() -> Value {
    let from_file = mapping(&test_event_changes(), &["file"]);
    let inline = json!({
        "type": "object",
        "minProperties": 1,
        "not": {"anyOf": [{"required": ["file"]}, {"required": ["set"]}, {"required": ["unset"]}]},
    });
    let mut keys = vec![
        ("name", described(text(), "Says the behaviour.")),
        (
            "expect",
            described(
                json!({"enum": ["match", "no_match", "undetermined"]}),
                "Whether the rule reports the event. An event that an exception covers is `no_match`. Of a correlation `undetermined` where it hangs on what comes after the last event.",
            ),
        ),
        (
            "severity",
            described(severity(), "The severity that the finding must have."),
        ),
        (
            "message",
            described(text(), "The message that the finding must have."),
        ),
        (
            "event",
            described(
                json!({"anyOf": [from_file, inline]}),
                "The event, or a file with one and changes to it.",
            ),
        ),
        (
            "lists",
            described(
                json!({"type": "object", "additionalProperties": {"anyOf": [text(), {"type": "array", "items": text()}]}}),
                "Named lists set for this test.",
            ),
        ),
    ];
    keys.extend(correlation::test_keys());
    let mut test = mapping(&keys, &["name", "expect"]);
    test["oneOf"] = json!([{"required": ["event"]}, {"required": ["events"]}]);
    test
}

#[cfg(test)]
mod tests;
