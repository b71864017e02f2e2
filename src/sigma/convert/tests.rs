//! Rules of all kinds, converted: the native one loads and answers as the Sigma one does.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::engine::Engine;
use crate::rule::{RulesFile, load};

fn sigma(detection: &str) -> RuleSet {
    let text = format!("title: Example\nlogsource: {{product: aws}}\ndetection: {detection}\n");
    let loaded = load(vec![RulesFile::of_user("sigma.yml", text)], &[]);
    assert!(
        !loaded.diagnostics.iter().any(Diagnostic::is_error),
        "{detection}: {:?}",
        loaded.diagnostics
    );
    loaded.set
}

/// The native rule's `match`, as it is written.
fn written(detection: &str) -> String {
    let conversion = convert(&sigma(detection));
    assert_eq!(conversion.problems, [], "{detection}");
    let text = &conversion.rules[0].text;
    let (_, condition) = text.split_once("\nmatch:\n").unwrap();
    condition.to_owned()
}

#[test]
fn fields_with_names_of_the_language_are_quoted() {
    let written =
        written("{s: {not: a, 'this.b': c, json: d, 'x y.z': e, Image: 7}, condition: s}");
    insta::assert_snapshot!(written);
}

#[test]
fn a_field_asked_twice_stands_under_all() {
    let written = written(
        "{s: {eventName|startswith: Put, eventName|endswith: Policy, requestParameters.a|contains|all: [x, y]}, condition: s}",
    );
    insta::assert_snapshot!(written);
}

#[test]
fn alternatives_of_several_selections_stand_under_all() {
    let written = written(
        "{a: {eventName: A}, b: {eventName: B}, c: {awsRegion: x}, d: {awsRegion: y}, condition: (a or b) and (c or d) and not (a and c)}",
    );
    insta::assert_snapshot!(written);
}

#[test]
fn case_and_numbers_are_spoken_of_where_they_matter() {
    let written = written(
        "{s: {requestParameters.port: 22, requestParameters.a|startswith: [7, x], requestParameters.b|contains: ru, requestParameters.c|re: '^\\d+$', requestParameters.d|re: 'arn:.*', requestParameters.e|cased: Yes, requestParameters.f|endswith: [.com, ue], requestParameters.g: 'a[1-9]*c?'}, condition: s}",
    );
    insta::assert_snapshot!(written);
}

#[test]
fn a_list_that_nobody_set_is_named_all_the_same() {
    let text = "title: Example\nlogsource: {product: aws}\ndetection: {s: {sourceIPAddress|cidr|expand: '%office%', userAgent|contains|expand: [x, '%agents%']}, condition: s}\nlists: {office: {description: Ours}}\n---\nlists: {agents: {description: Theirs}}\n";
    let loaded = load(vec![RulesFile::of_user("sigma.yml", text)], &[]);
    assert_eq!(loaded.set.inactive.len(), 1, "{:?}", loaded.diagnostics);
    let conversion = convert(&loaded.set);
    assert_eq!(conversion.problems, []);
    let rule = &conversion.rules[0];
    let (_, condition) = rule.text.split_once("\nmatch:\n").unwrap();
    insta::assert_snapshot!(condition);
    // The other is written beside the rule.
    assert_eq!(rule.lists, ["agents"]);
}

/// What is converted of rules that correlations name.
fn of_documents(text: &str) -> Conversion {
    let loaded = load(vec![RulesFile::of_user("sigma.yml", text)], &[]);
    assert!(
        !loaded.diagnostics.iter().any(Diagnostic::is_error),
        "{:?}",
        loaded.diagnostics
    );
    convert(&loaded.set)
}

#[test]
fn lists_of_a_rule_come_along_into_the_first_correlation_that_it_stands_in() {
    let conversion = of_documents(
        "title: Some\nname: some\nlogsource: {product: aws}\ndetection: {s: {sourceIPAddress|expand: '%office%', userAgent|expand: '%agents%'}, condition: s}\nlists: {office: [192.0.2.1]}
---\ntitle: More\ncorrelation: {type: event_count, rules: some, group-by: awsRegion, timespan: 1w, condition: {eq: 3, lt: 9}}
---\ntitle: Most\ncorrelation: {type: value_percentile, rules: some, timespan: 1M, condition: {field: requestParameters.a, percentile: 95, gt: 0.5}}
---\nlists: {agents: [x]}\n",
    );
    assert_eq!(conversion.problems, []);
    assert_eq!(conversion.inlined[0].within, ["more", "most"]);
    let texts: Vec<&str> = conversion.rules.iter().map(|rule| &*rule.text).collect();
    insta::assert_snapshot!(texts.join("---\n"));
    assert_eq!(conversion.rules[0].lists, ["agents"]);
}

#[test]
fn a_rule_is_written_where_one_of_its_correlations_is_not() {
    let conversion = of_documents(
        "title: Some\nname: some\nlogsource: {product: aws}\ndetection: {s: {eventName: A}, condition: s}
---\ntitle: More\ncorrelation: {type: event_count, rules: some, timespan: 5m, condition: {gte: 3}}
---\ntitle: Other\ncorrelation: {type: event_count, rules: some, timespan: 5m, condition: {neq: 3}}\n",
    );
    let ids: Vec<&str> = conversion.rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids, ["some", "more"]);
    assert!(conversion.inlined.is_empty());
    let [problem] = conversion.problems.as_slice() else {
        panic!("{:?}", conversion.problems);
    };
    assert!(problem.message.contains("`neq`"), "{problem:?}");
}

const TEXTS: [&str; 16] = [
    "a",
    "A",
    "ab",
    "Ab*",
    "*b",
    "a*b",
    "?",
    "*",
    "",
    "1",
    "10",
    "-1",
    "true",
    "ue",
    "a\\\\*",
    "k\u{212a}",
];
const FIELDS: [&str; 5] = [
    "requestParameters.a",
    "requestParameters.b.c",
    "requestParameters.b",
    "requestParameters.x-y",
    "userAgent",
];
const MODIFIERS: [&str; 12] = [
    "",
    "|contains",
    "|startswith",
    "|endswith",
    "|contains|all",
    "|cased",
    "|startswith|cased",
    "|neq",
    "|contains|neq",
    "|windash|contains",
    "|re",
    "|re|i",
];

fn item() -> impl Strategy<Value = (String, Value)> + Clone {
    let field = prop::sample::select(&FIELDS[..]);
    let texts = prop::collection::vec(prop::sample::select(&TEXTS[..]), 1..3);
    let other = prop::sample::select(&FIELDS[..]);
    (field, 0..MODIFIERS.len() + 5, texts, other).prop_map(|(field, kind, texts, other)| {
        let place = ["", "|startswith", "|endswith", "|contains"][texts.len() % 4];
        match kind.checked_sub(MODIFIERS.len()) {
            Some(0) => (format!("{field}|exists"), json!(texts.len() == 1)),
            Some(1) => (field.to_owned(), Value::Null),
            Some(2) => (format!("{field}|gte"), json!(5)),
            Some(3) => (format!("{field}|fieldref{place}"), json!(other)),
            Some(_) => (format!("{field}|hour"), json!([22, 23])),
            None => {
                let modifiers = MODIFIERS[kind];
                let texts: Vec<String> = match modifiers.starts_with("|re") {
                    true => texts
                        .iter()
                        .map(|text| text.replace(['*', '?', '\\'], "."))
                        .collect(),
                    false => texts.iter().map(|text| (*text).to_owned()).collect(),
                };
                (format!("{field}{modifiers}"), json!(texts))
            }
        }
    })
}

fn selection() -> impl Strategy<Value = Value> {
    let map = prop::collection::vec(item(), 1..3)
        .prop_map(|items| Value::Object(items.into_iter().collect()));
    let words = prop::sample::select(vec!["a", "ab", "10", "u?"]);
    prop_oneof![
        4 => map.clone(),
        1 => prop::collection::vec(map, 1..3).prop_map(Value::Array),
        1 => words.prop_map(|word| json!([word])),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["s1", "s2", "s3", "1 of s*", "all of them"]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(3, 8, 2, |inner| {
            let two = (inner.clone(), inner.clone());
            prop_oneof![
                two.clone().prop_map(|(a, b)| format!("({a} and {b})")),
                two.prop_map(|(a, b)| format!("({a} or {b})")),
                inner.prop_map(|a| format!("not {a}")),
            ]
        })
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        4 => prop::sample::select(&TEXTS[..]).prop_map(Value::from),
        1 => Just(json!("xaby")),
        1 => Just(json!("2026-01-05T22:00:00Z")),
        1 => prop::sample::select(vec![json!(1), json!(10), json!(1.5e30), json!(true), json!(false), Value::Null]),
    ];
    prop_oneof![
        4 => scalar.clone(),
        1 => prop::collection::vec(scalar.clone(), 0..3).prop_map(Value::Array),
        1 => scalar.prop_map(|c| json!({"c": c})),
    ]
}

/// The texts of a document under `word`, in `list` and under `prose`.
fn read_back(text: &str) -> Option<[String; 4]> {
    let mut problems = Vec::new();
    let source = crate::diagnostic::SourceMap::new().add("a.yaml", text);
    let documents = yaml::parse(source, text, &mut problems);
    let [node] = documents.sound.as_slice() else {
        return None;
    };
    let items = node.get("list")?.as_sequence()?;
    let texts = [
        node.get("word")?,
        items.first()?,
        items.get(1)?,
        node.get("prose")?,
    ];
    let texts = texts.map(|node| node.as_text().map(str::to_owned));
    let [Some(word), Some(first), Some(second), Some(prose)] = texts else {
        return None;
    };
    (problems.is_empty() && documents.damaged.is_empty()).then_some([word, first, second, prose])
}

/// Each case loads two rules.
fn a_quarter() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: usual.cases.div_ceil(4),
        ..usual
    }
}

proptest! {
    #![proptest_config(a_quarter())]

    #[test]
    fn texts_read_back_as_they_were(
        text in "[a-eE0-9:/#.?*\\\\\"'{}\\[\\],&!%@|>~ \n\té\u{2028}\u{feff}-]{0,60}|(ab[a-z]{0,9} ){20,40}end|(null|no|0x1|1e5|1_0|~|2026-01-05|-)",
    ) {
        let word = || Yaml::Word(word::word(&text));
        let document = Yaml::Block(vec![
            ("word".to_owned(), word()),
            ("list".to_owned(), Yaml::List(vec![word(), word()])),
            ("prose".to_owned(), Yaml::Prose(text.clone())),
        ]);
        let written = layout::document(&document);
        let Some([one, first, second, prose]) = read_back(&written) else {
            return Err(TestCaseError::fail(written));
        };
        prop_assert_eq!([&one, &first, &second], [&text; 3], "{}", written);
        // A block ends its last line.
        let prose = prose.strip_suffix('\n').filter(|_| prose != text).unwrap_or(&prose);
        prop_assert_eq!(prose, &text, "{}", written);
    }

    #[test]
    fn a_converted_rule_answers_as_the_rule_it_was_made_of(
        selections in prop::collection::vec(selection(), 3),
        condition in condition(),
        events in prop::collection::vec(prop::collection::vec(prop::option::of(value()), 4), 6),
    ) {
        let detection = json!({
            "s1": selections[0], "s2": selections[1], "s3": selections[2],
            "condition": format!("{condition} or (s1 and s2 and s3)"),
        });
        let set = sigma(&detection.to_string());
        let conversion = convert(&set);
        // What can never hold is refused, and nothing else here.
        if let [problem] = conversion.problems.as_slice() {
            prop_assert!(problem.message.contains("for no native rule may be so"), "{}", problem.message);
            return Ok(());
        }
        let text = &conversion.rules[0].text;
        let native = load(vec![RulesFile::of_user("native.yaml", text.as_str())], &[]);
        prop_assert_eq!(native.set.rules.len(), 1, "{}", text);
        let (sigma, native) = (Engine::new(&set), Engine::new(&native.set));
        for values in events {
            let mut event = json!({"eventVersion": "1.11", "eventSource": "x.amazonaws.com", "eventName": "X", "eventTime": "2026-01-05T09:51:36Z"});
            let keys = ["a", "b", "x-y"];
            let mut parameters = json!({});
            for (key, value) in keys.iter().zip(&values) {
                if let Some(value) = value {
                    parameters[*key] = value.clone();
                }
            }
            event["requestParameters"] = parameters;
            if let Some(agent) = &values[3] {
                event["userAgent"] = agent.clone();
            }
            let holds = |engine: &Engine| !engine.judge(&event, "a", 1).findings.is_empty();
            prop_assert_eq!(holds(&sigma), holds(&native), "{}\n{}", event, text);
        }
    }
}
