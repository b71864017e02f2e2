//! The configuration as a JSON Schema, for editors: it completes keys, explains
//! them and refuses what is misspelt. The reader remains the judge.

use serde_json::{Map, Value, json};

use super::CONFIG_KEYS;
use crate::rule::Severity;
use crate::rule::schema_parts::{described, list_definition, mapping, text, texts};

/// The schema.
pub fn json_schema() -> Value {
    let properties: Map<String, Value> = CONFIG_KEYS
        .iter()
        .map(|key| ((*key).to_owned(), of_key(key)))
        .collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "trailgate configuration",
        "description": "What a project says once, for all its runs of trailgate.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
    })
}

fn of_key(key: &str) -> Value {
    let path = |what: &str| {
        described(
            text(),
            &format!("{what} A relative path starts at this file."),
        )
    };
    match key {
        "trailgate" => described(json!({"enum": [1, "1"]}), "The version of this format: 1."),
        "rules" => described(
            texts(),
            "Rules files, and directories that hold some. A relative path starts at this file.",
        ),
        "default_rules" => described(
            json!({"type": "boolean"}),
            "Whether the embedded rule pack is used. Default: true.",
        ),
        "rule_profile" => described(
            text(),
            "The profile that chooses rules: default, all, cis, ci-cd, iam, s3, network, detection or one of your own.",
        ),
        "lists" => described(
            many(list_definition()),
            "Named lists, over whatever the rules files say.",
        ),
        "fail_on" => described(
            json!({"anyOf": [threshold(), many(threshold())]}),
            "From which severity on findings fail a run; `none` never. Or one for each environment, and `default` for all else.",
        ),
        "overrides" => described(
            many(override_of()),
            "Rules by id that are switched off or have another severity, each with a reason.",
        ),
        "waivers" => {
            let whole = mapping(
                &[
                    ("file", path("The file that holds them.")),
                    (
                        "longest",
                        described(text(), "How long a waiver may last at most, such as 90d."),
                    ),
                ],
                &[],
            );
            described(
                json!({"anyOf": [text(), whole]}),
                "The file of accepted findings.",
            )
        }
        "baseline" => path("The file of findings that are known."),
        "state" => path("The file that keeps what earlier runs saw."),
        "accounts" => described(
            accounts(),
            "What accounts are called, by their ids of 12 digits, and which environment they belong to.",
        ),
        "expect" => described(
            mapping(
                &[
                    (
                        "accounts",
                        described(
                            texts(),
                            "Ids or names of accounts that must send events, or `all` for those under `accounts`.",
                        ),
                    ),
                    (
                        "regions",
                        described(texts(), "Regions that events must be of."),
                    ),
                    (
                        "trails",
                        described(
                            texts(),
                            "Folders or addresses in S3 that the files of trails are in, of which each must hold events.",
                        ),
                    ),
                ],
                &[],
            ),
            "What must have sent events, else a run fails with exit code 4.",
        ),
        _ => json!({}),
    }
}

fn many(of: Value) -> Value {
    json!({"type": "object", "minProperties": 1, "additionalProperties": of})
}

fn threshold() -> Value {
    let mut words: Vec<_> = Severity::ALL.map(Severity::name).to_vec();
    words.push("none");
    json!({"enum": words})
}

fn override_of() -> Value {
    let severities = Severity::ALL.map(Severity::name);
    let with = |key: &str, schema: Value, what: &str| {
        let reason = described(text(), "Why; it is in every report.");
        mapping(
            &[(key, described(schema, what)), ("reason", reason)],
            &[key, "reason"],
        )
    };
    json!({"anyOf": [
        with("severity", json!({"enum": severities}), "The severity of every finding of the rule."),
        with("enabled", json!({"const": false}), "Switches the rule off."),
    ]})
}

fn accounts() -> Value {
    let label = mapping(
        &[
            ("name", described(text(), "What people call it.")),
            (
                "environment",
                described(text(), "What `fail_on` may tell apart, such as production."),
            ),
        ],
        &[],
    );
    json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[0-9]{12}$"},
        "additionalProperties": {"anyOf": [text(), label]},
    })
}
