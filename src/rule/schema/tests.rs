use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::diagnostic::SourceMap;
use crate::rule::{OPERATORS, read_rules};
use crate::yaml;

fn documents(text: &str) -> Vec<Value> {
    let source = SourceMap::new().add("rule.yaml", text);
    let mut problems = Vec::new();
    let nodes = yaml::parse(source, text, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    nodes.sound.iter().map(yaml::Node::to_json).collect()
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&json_schema()).unwrap()
}

#[test]
fn the_schema_is_a_schema_and_describes_every_key_and_operator() {
    let schema = json_schema();
    assert!(jsonschema::meta::is_valid(&schema));
    for key in RULE_KEYS {
        assert!(
            schema["properties"][key]["description"].is_string(),
            "{key}"
        );
    }
    for operator in OPERATORS {
        let description =
            &schema["definitions"]["operators"]["properties"][operator]["description"];
        assert!(
            description.as_str().is_some_and(|text| !text.is_empty()),
            "{operator}"
        );
    }
}

#[test]
fn every_rule_of_the_pack_is_valid() {
    let validator = validator();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let (files, problems) = read_rules(&[root]);
    assert!(problems.is_empty());
    assert!(files.len() > 10);
    for file in files {
        for document in documents(&file.text) {
            let errors: Vec<_> = validator
                .iter_errors(&document)
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.name);
        }
    }
}

fn rule(condition: &str) -> String {
    format!("id: a\ntitle: A\nseverity: low\nmatch: {condition}\n")
}

#[rstest]
#[case("{eventName: [A, 4.10, {list: names}]}")]
#[case("{eventName: {starts_with: [Put, Create], ignore_case: true}}")]
#[case("{'$.resources[*].ARN': {contains: x}}")]
#[case("{'requestParameters.\"x-amz-acl\"': public-read}")]
#[case("{requestParameters.anything.at.all: {not: {in: [a, b]}}}")]
#[case("{requestParameters.a: {any_element: {this: a, any: [{b: 1}, {c: {exists: false}}]}}}")]
#[case("{requestParameters.a: {any_entry: {key: {glob: \"*Override\"}, value.x: 1}}}")]
#[case("{requestParameters.a: {json: {Statement: {any_element: {Effect: Allow}}}}}")]
#[case("{requestParameters.port: {gte: 1, lt: 1024}, sourceIPAddress: {is: [ipv4, \"null\"]}}")]
#[case("{requestParameters.a: {length: {gte: 3}}, requestParameters.b: {length: 0}}")]
#[case(
    "{eventTime: {schedule: {days: [mon-fri, sun], from: \"08:00\", to: \"24:00\", zone: UTC, except: [2026-12-25]}}}"
)]
#[case("{any: [{eventName: A}], none: [{eventName: B}], not: {macros: x}}")]
#[case("{ignore_case: true, any: [{ignore_case: false, eventName: A}]}")]
#[case("{requestParameters.a: {contains: {field: userIdentity.arn}, scalars: true}}")]
#[case("{eventTime: {time_part: {hour: {gte: 22}, day: 5}}}")]
fn what_the_language_has_is_valid(#[case] condition: &str) {
    let text = rule(condition);
    let document = &documents(&text)[0];
    let errors: Vec<_> = validator()
        .iter_errors(document)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[rstest]
#[case::an_unknown_field(&rule("{sourceIpAddress: 192.0.2.1}"))]
#[case::an_unknown_operator(&rule("{eventName: {begins_with: Put}}"))]
#[case::a_null(&rule("{errorCode: null}"))]
#[case::an_empty_match(&rule("{}"))]
#[case::an_empty_list(&rule("{eventName: []}"))]
#[case::a_list_for_a_match(&rule("[{eventName: A}]"))]
#[case::a_mapping_under_any(&rule("{any: {eventName: A}}"))]
#[case::an_unknown_kind(&rule("{sourceIPAddress: {is: address}}"))]
#[case::text_for_ignore_case(&rule("{ignore_case: sure, eventName: A}"))]
#[case::an_unknown_part_of_a_time(&rule("{eventTime: {time_part: {hours: 22}}}"))]
#[case::a_field_for_equals(&rule("{eventName: {equals: {field: userIdentity.arn}}}"))]
#[case::text_for_exists(&rule("{errorCode: {exists: sure}}"))]
#[case::a_misspelt_key(&(rule("{eventName: A}") + "descripton: x\n"))]
#[case::an_unknown_severity("id: a\ntitle: A\nseverity: severe\nmatch: {eventName: A}\n")]
#[case::no_match("id: a\ntitle: A\nseverity: low\n")]
#[case::a_bad_id("id: A b\ntitle: A\nseverity: low\nmatch: {eventName: A}\n")]
#[case::an_exception_without_an_owner(&(rule("{eventName: A}") + "exceptions: [{reason: x, match: {eventName: A}}]\n"))]
#[case::an_unknown_expectation(&(rule("{eventName: A}") + "tests: [{name: x, expect: matches, event: {eventName: A}}]\n"))]
#[case::set_without_a_file(&(rule("{eventName: A}") + "tests: [{name: x, expect: match, event: {set: {eventName: A}}}]\n"))]
#[case::an_empty_document("{}\n")]
fn obvious_mistakes_are_not_valid(#[case] text: &str) {
    assert!(!validator().is_valid(&documents(text)[0]));
}

const STEPS: &str = "id: a\ntitle: A\nseverity: low\nsteps: {b: {match: {eventName: B}, by: [sourceIPAddress]}, c: {rules: [d]}}\n";

#[rstest]
#[case("by: sourceIPAddress, within: 5m, count: {gte: 3, lt: 10}")]
#[case(
    "by: [{field: userIdentity.arn, capture: \"role/(.*)\"}, {coalesce: [awsRegion, eventName]}], within: 90s, distinct: {field: [awsRegion, eventName], gt: 2}"
)]
#[case("within: 14d, sum: {field: requestParameters.size, gte: 0.5}")]
#[case("within: 1h, ratio: {of: {list: names}, gte: 0.3}")]
#[case("first_seen: {field: awsRegion, history: 14d, learning: 2d}")]
#[case("rules: [x, y], within: 1h, count: {gte: 3}")]
#[case("within: 1h, order: [b, c], absent: b")]
fn correlations_are_valid(#[case] correlate: &str) {
    let tests = "tests: [{name: x, expect: undetermined, until: +2h, events: [{at: +90s, file: a.json, set: {eventName: A}, repeat: 3, every: 10s}, {event: {eventName: A}}]}, {name: y, expect: match, count: 2, correlated: {events: 3, values: [a, b]}, events: [{event: {eventName: A}}]}]\n";
    for head in [STEPS, &rule("{eventName: A}")] {
        let text = format!("{head}correlate: {{{correlate}}}\n{tests}");
        let document = &documents(&text)[0];
        let errors: Vec<_> = validator()
            .iter_errors(document)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[rstest]
#[case::a_misspelt_kind("correlate: {within: 5m, counts: {gte: 3}}\n")]
#[case::a_number_alone("correlate: {within: 5m, count: 3}\n")]
#[case::no_bound("correlate: {within: 5m, distinct: {field: awsRegion}}\n")]
#[case::a_sentence("correlate: {within: 5 minutes, count: {gte: 3}}\n")]
#[case::no_history("correlate: {first_seen: {field: awsRegion}}\n")]
#[case::an_event_without_either(
    "correlate: {within: 5m, count: {gte: 3}}\ntests: [{name: x, expect: match, events: [{at: +1s}]}]\n"
)]
#[case::both_event_and_events(
    "correlate: {within: 5m, count: {gte: 3}}\ntests: [{name: x, expect: match, event: {eventName: A}, events: [{event: {eventName: A}}]}]\n"
)]
#[case::steps_alone("")]
fn mistakes_in_correlations_are_not_valid(#[case] rest: &str) {
    assert!(!validator().is_valid(&documents(&format!("{STEPS}{rest}"))[0]));
}

#[test]
fn a_library_of_macros_and_lists_is_valid() {
    let text = "trailgate: 1\nmacros: {m: {eventName: A}}\nlists: {a: [1, b], c: {file: c.csv, column: x}, d: {description: D}}\n";
    let document = &documents(text)[0];
    let errors: Vec<_> = validator()
        .iter_errors(document)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}
