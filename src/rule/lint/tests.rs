//! What the lint calls impossible, the reference evaluator never finds.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::lower::{Definitions, Lowerer};
use super::super::model::{Origin, Rule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reference::evaluate;
use crate::yaml;

fn linted(condition: &str) -> (Rule, Vec<Diagnostic>) {
    let text = format!("id: a\ntitle: A\nseverity: low\nmatch: {condition}\n");
    let mut definitions = Definitions::default();
    let source = definitions.sources.add("rule.yaml", text.as_str());
    let mut problems = Vec::new();
    let documents = yaml::parse(source, &text, &mut problems);
    let mut lowerer = Lowerer::new(&definitions);
    let rule = lowerer.rule(&documents.sound[0], Origin::Embedded).unwrap();
    let found = super::lint(&rule, &definitions.sources);
    (rule, found)
}

/// Whether the condition as a whole can never hold by this. What stands under a
/// `not` and can never hold makes the `not` hold always.
fn refutes(condition: &str, diagnostic: &Diagnostic) -> bool {
    let header = "id: a\ntitle: A\nseverity: low\nmatch: ".len();
    let start = diagnostic.span().unwrap().start as usize - header;
    let before = &condition[..start];
    let negated = before.rfind("not: ").is_some_and(|at| {
        let count = |brackets: [char; 2]| before[at..].matches(brackets).count();
        count(['{', '[']) > count(['}', ']'])
    }) || before.ends_with("not: ");
    says(std::slice::from_ref(diagnostic), Code::NeverMatches) && !negated
}

fn says(found: &[Diagnostic], code: Code) -> bool {
    found
        .iter()
        .any(|d| d.code == code && d.level == code.level())
}

const FIELDS: &[&str] = &[
    "errorCode",
    "errorCode.below",
    "readOnly",
    "resources.type",
    "requestParameters.a",
    "'$.requestParameters.a'",
    "'$.requestParameters[\"a\"][0]'",
    "requestParameters.a.b",
];

fn text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["ab", "AB", "abc", "22", "22.0", "true", "false"])
}

fn list() -> impl Strategy<Value = String> {
    prop::collection::vec(text(), 1..3).prop_map(|items| format!("['{}']", items.join("', '")))
}

fn operator() -> impl Strategy<Value = (String, String)> {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    prop_oneof![
        4 => list().prop_map(move |values| pair("equals", values)),
        1 => (prop::sample::select(vec!["starts_with", "ends_with", "contains", "contains_all"]), list())
            .prop_map(move |(name, values)| pair(name, values)),
        1 => prop::sample::select(vec!["a*", "*b", "2*", "?b", "t*"])
            .prop_map(move |glob| pair("glob", format!("'{glob}'"))),
        1 => prop::sample::select(vec!["^a", "b$", "2"])
            .prop_map(move |regex| pair("regex", format!("'{regex}'"))),
        1 => any::<bool>().prop_map(move |yes| pair("exists", yes.to_string())),
        1 => prop::sample::select(vec!["null", "missing", "[null, missing]", "empty", "string", "array"])
            .prop_map(move |kind| pair("is", kind.to_owned())),
        1 => (prop::sample::select(vec!["gt", "gte", "lt", "lte"]), 20..24_u8)
            .prop_map(move |(name, bound)| pair(name, bound.to_string())),
        1 => (prop::sample::select(vec!["gt", "gte", "lt", "lte"]), 0..4_u8)
            .prop_map(move |(name, bound)| pair("length", format!("{{{name}: {bound}}}"))),
        1 => list().prop_map(move |values| pair("any_element", format!("{{this: {values}}}"))),
    ]
}

fn test() -> impl Strategy<Value = String> {
    let not = prop_oneof![
        3 => Just(None),
        1 => (operator(), any::<bool>()).prop_map(Some),
    ];
    (
        prop::collection::vec(operator(), 0..3),
        not,
        prop::bool::weighted(0.2),
    )
        .prop_filter_map("some operator", |(operators, not, ignore_case)| {
            let mut entries: Vec<(String, String)> = Vec::new();
            for (name, value) in operators {
                if entries.iter().all(|(other, _)| *other != name) {
                    entries.push((name, value));
                }
            }
            if let Some(((name, value), plain)) = not {
                let inner = if plain && name == "equals" {
                    value
                } else {
                    format!("{{{name}: {value}}}")
                };
                entries.push(("not".to_owned(), inner));
            }
            if entries.is_empty() {
                return None;
            }
            if ignore_case {
                entries.push(("ignore_case".to_owned(), "true".to_owned()));
            }
            let entries: Vec<_> = entries.iter().map(|(k, v)| format!("{k}: {v}")).collect();
            Some(format!("{{{}}}", entries.join(", ")))
        })
}

/// An AND of a few tests, often of one field.
fn conjunction() -> impl Strategy<Value = String> {
    let one = (prop::sample::select(FIELDS), test());
    let some = prop::collection::vec(one, 1..4).prop_map(|clauses| {
        let clauses: Vec<_> = clauses
            .iter()
            .map(|(field, test)| format!("{{{field}: {test}}}"))
            .collect();
        format!("{{all: [{}]}}", clauses.join(", "))
    });
    let of_one = (
        prop::sample::select(FIELDS),
        prop::collection::vec(test(), 1..3),
    )
        .prop_map(|(field, tests)| {
            let clauses: Vec<_> = tests.iter().map(|t| format!("{{{field}: {t}}}")).collect();
            format!("{{all: [{}]}}", clauses.join(", "))
        });
    prop_oneof![some, of_one]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(vec!["ab", "AB", "abc", "22", "22.0", "true", "false", ""]).prop_map(Value::from),
        1 => prop::sample::select(vec![json!(20), json!(21.5), json!(22), json!(22.0), json!(23)]),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            inner.prop_map(|value| json!({"b": value})),
        ]
    })
}

/// A record as CloudTrail makes them: fixed fields hold what they should.
fn event() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["ab", "AB", "abc", "22", "22.0", "true", "false", ""]);
    let optional = |value: BoxedStrategy<Value>| prop_oneof![3 => value.prop_map(Some), 1 => Just(Some(Value::Null)), 1 => Just(None)];
    let types = prop::collection::vec(text.clone().prop_map(|t| json!({"type": t})), 0..3);
    (
        optional(text.prop_map(Value::from).boxed()),
        optional(any::<bool>().prop_map(Value::from).boxed()),
        optional(types.prop_map(Value::from).boxed()),
        optional(anything().boxed()),
    )
        .prop_map(|(error_code, read_only, resources, a)| {
            let mut event = json!({"requestParameters": {}});
            let fields = [
                ("errorCode", error_code),
                ("readOnly", read_only),
                ("resources", resources),
            ];
            for (name, value) in fields {
                if let Some(value) = value {
                    event[name] = value;
                }
            }
            if let Some(a) = a {
                event["requestParameters"]["a"] = a;
            }
            event
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_never_matches_never_does(
        condition in conjunction(),
        events in prop::collection::vec(event(), 30),
    ) {
        let (rule, found) = linted(&condition);
        if found.iter().any(|d| refutes(&condition, d)) {
            for event in events {
                let holds = evaluate(&rule.condition, &event).value;
                prop_assert!(!holds, "{} holds on {}: {:?}", condition, event, found);
            }
        }
    }

    #[test]
    fn a_negation_of_an_absent_path_always_holds(
        test in test(),
        events in prop::collection::vec(event(), 10),
    ) {
        let (rule, found) = linted(&format!("{{errorCode.below: {test}}}"));
        let always = says(&found, Code::NegatedAbsentPath);
        if always && !says(&found, Code::NeverMatches) {
            for event in events {
                prop_assert!(evaluate(&rule.condition, &event).value, "{} on {}", test, event);
            }
        }
    }
}
