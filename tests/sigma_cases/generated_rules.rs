//! Generated rules: the matcher and the reference evaluator answer as the naive one.
//!
//! A set of some rules over few fields and values is held against a handful of events
//! in which those fields are missing, null, texts, numbers, booleans and lists.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use serde_json::{Value, json};
use trailgate::engine::{Engine, Output, ScanOptions, scan};
use trailgate::rule::{RuleSet, RulesFile, load};
use trailgate::source::discover;

use super::generated::{Random, pairs};
use super::{naive, whole};

/// The rules of a set, and its events.
const RULES: usize = 24;
const EVENTS: usize = 10;

const FIELDS: [&str; 5] = [
    "requestParameters.a",
    "requestParameters.b",
    "requestParameters.c.d",
    "userAgent",
    "eventTime",
];

/// Texts that rules ask for and events hold.
const TEXTS: [&str; 14] = [
    "", "a", "A", "ab", "aB", "a*b", "a\\*b", "a?", "*", "-x", "/x", "5", "10.0.0.9", "\\",
];

/// A field with modifiers, and what kind of value they want.
fn key(random: &mut Random) -> (String, &'static str) {
    let (modifiers, kind) = *random.of(&[
        ("", "any"),
        ("", "any"),
        ("", "any"),
        ("|contains", "text"),
        ("|startswith", "text"),
        ("|endswith", "text"),
        ("|contains|all", "texts"),
        ("|all", "texts"),
        ("|cased", "text"),
        ("|contains|cased", "text"),
        ("|neq", "text"),
        ("|contains|neq", "text"),
        ("|re", "regex"),
        ("|re|i", "regex"),
        ("|gte", "number"),
        ("|lt", "number"),
        ("|cidr", "network"),
        ("|exists", "boolean"),
        ("|fieldref", "field"),
        ("|fieldref|startswith", "field"),
        ("|windash|contains", "text"),
        ("|base64offset|contains", "text"),
        ("|minute|gt", "minute"),
    ]);
    (format!("{}{modifiers}", random.of(&FIELDS)), kind)
}

fn value(random: &mut Random, kind: &str) -> Value {
    match kind {
        "regex" => json!(random.of(&["^a", "b$", "a.b", "^$", "[0-9]", "A|x"])),
        "number" => json!(random.of(&[4, 5, 6])),
        "network" => json!(random.of(&["10.0.0.0/8", "10.0.0.9", "::/0"])),
        "boolean" => json!(random.once_in(2)),
        "field" => json!(random.of(&FIELDS)),
        "minute" => json!(random.below(4)),
        "any" if random.once_in(6) => json!(5),
        "any" if random.once_in(8) => json!(true),
        "any" if random.once_in(8) => Value::Null,
        _ => json!(random.of(&TEXTS)),
    }
}

fn item(random: &mut Random) -> (String, Value) {
    let (key, kind) = key(random);
    let single = matches!(kind, "boolean") || kind != "texts" && !random.once_in(3);
    let value = match single {
        true => value(random, kind),
        false => (0..2 + random.below(2))
            .map(|_| value(random, kind))
            .collect(),
    };
    (key, value)
}

fn selection(random: &mut Random) -> Value {
    let map = |random: &mut Random| -> Value {
        Value::Object((0..1 + random.below(2)).map(|_| item(random)).collect())
    };
    match random.below(8) {
        0 => Value::from_iter([map(random), map(random)]),
        1 => Value::from_iter((0..2).map(|_| *random.of(&["ab", "5", "x*", "A"]))),
        _ => map(random),
    }
}

fn rule(random: &mut Random, number: usize) -> Value {
    let condition = random.of(&[
        "s1 and s2",
        "s1 or s2",
        "s1 and not s2",
        "not s1 or s2",
        "not (s1 or s2)",
        "1 of s*",
        "all of them",
        "1 of them and not all of s*",
        "s1 or not s2 and not s1",
    ]);
    json!({
        "title": "Probe",
        "id": format!("probe-{number}"),
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {
            "s1": selection(random),
            "s2": selection(random),
            "condition": condition,
        },
    })
}

fn event(random: &mut Random, number: usize) -> Value {
    let mut held = |deep: bool| -> Option<Value> {
        Some(match random.below(10) {
            0 => return None,
            1 => Value::Null,
            2 => json!(random.of(&[4, 5, 6])),
            3 => json!(random.once_in(2)),
            4 if deep => json!([random.of(&TEXTS), random.of(&TEXTS), 5]),
            5 => json!("xYWI="),
            _ => json!(random.of(&TEXTS)),
        })
    };
    let mut parameters = json!({});
    for (name, deep) in [("a", true), ("b", true)] {
        if let Some(value) = held(deep) {
            parameters[name] = value;
        }
    }
    if let Some(value) = held(true) {
        parameters["c"] = match random.below(3) {
            0 => json!([{"d": value}, {"d": "ab"}, {}]),
            _ => json!({"d": value}),
        };
    }
    whole(&json!({
        "eventID": format!("7d2a3f54-0000-4000-8000-{number:012}"),
        "eventTime": format!("2026-03-02T10:{:02}:00Z", random.below(4)),
        "userAgent": random.of(&TEXTS),
        "requestParameters": parameters,
    }))
}

/// Which rules the matcher finds in which event, by their numbers from 0.
fn matched(set: &RuleSet, events: &[Value]) -> BTreeSet<(String, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let lines = events.iter().map(|event| format!("{event}\n"));
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    let options = ScanOptions {
        jobs: NonZeroUsize::MIN,
        ..ScanOptions::default()
    };
    let mut found = BTreeSet::new();
    let inputs = discover(&[path]).inputs;
    scan(Engine::new(set), &inputs, options, &mut |output| {
        if let Output::Findings(findings) = output {
            let of_event = findings.iter();
            found.extend(of_event.map(|f| (f.rule.clone(), f.place.record as usize - 1)));
        }
    });
    found
}

#[test]
fn generated_rules_match_what_the_naive_evaluator_says() {
    let (mut compared, mut holding) = (0_usize, 0_usize);
    let sets = pairs().map_or(8, |pairs| pairs.min(200_000) / (RULES * EVENTS) as u64);
    for seed in 0..sets {
        let mut random = Random::new(seed + 1);
        let rules: Vec<Value> = (0..RULES).map(|number| rule(&mut random, number)).collect();
        let events: Vec<Value> = (0..EVENTS)
            .map(|number| event(&mut random, number))
            .collect();
        let texts: Vec<String> = rules.iter().map(Value::to_string).collect();
        let file = RulesFile::of_user("probes.yml", texts.join("\n---\n"));
        let loaded = load(vec![file], &[]);
        let failed = |id: &str| loaded.set.failed.iter().any(|failed| failed.name == id);
        let matched = matched(&loaded.set, &events);
        let engine = Engine::new(&loaded.set);
        let judged = events.iter().enumerate().flat_map(|(number, event)| {
            let findings = engine.judge(event, "a", 1).findings.into_iter();
            findings.map(move |finding| (finding.rule, number))
        });
        let judged: BTreeSet<(String, usize)> = judged.collect();
        for rule in &rules {
            let id = rule["id"].as_str().unwrap();
            for (number, event) in events.iter().enumerate() {
                let naive = naive::evaluate(rule, event, &BTreeMap::new());
                assert_eq!(
                    naive.is_err(),
                    failed(id),
                    "{naive:?} {rule:#}\n{:#?}",
                    loaded.diagnostics
                );
                let Ok(naive) = naive else { break };
                let place = (id.to_owned(), number);
                let (by_matcher, by_reference) =
                    (matched.contains(&place), judged.contains(&place));
                assert!(
                    by_matcher == naive && by_reference == naive,
                    "naive {naive}, matcher {by_matcher}, reference {by_reference}: {rule:#}\n{event:#}"
                );
                compared += 1;
                holding += usize::from(naive);
            }
        }
    }
    assert!(compared > sets as usize * RULES * EVENTS / 2, "{compared}");
    assert!(
        (compared / 8..compared * 7 / 8).contains(&holding),
        "{holding} of {compared}"
    );
}
