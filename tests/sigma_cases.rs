//! Small cases, each about one line of what Sigma says: the naive evaluator, the
//! reference evaluator and the matcher answer as the case does. Those about several
//! events are in `correlations`, and generated ones in `generated`.

mod converted;
mod correlations;
mod generated;
mod generated_rules;
mod naive;
mod naive_condition;
mod naive_correlation;
mod naive_text;

use std::collections::HashSet;
use std::num::NonZeroUsize;

use serde_json::{Map, Number, Value, json};
use trailgate::diagnostic::{Diagnostic, SourceMap, Span};
use trailgate::engine::{Engine, Output, ScanOptions, scan};
use trailgate::rule::{Loaded, RuleSet, RulesFile, load};
use trailgate::source::discover;
use trailgate::yaml::{self, Node, NodeKind};

const CASES: &str = include_str!("sigma_cases/cases.yaml");

/// The tree of a text, by the source text of each scalar: a plain number is one where
/// JSON writes it with the same text, and all else that is no literal is text.
fn tree(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.quoted => Value::from(scalar.text.as_str()),
        NodeKind::Scalar(scalar) => match scalar.text.as_str() {
            "" | "~" | "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => match serde_json::from_str::<Number>(text) {
                Ok(number) if number.to_string() == text => Value::Number(number),
                _ => Value::from(text),
            },
        },
        NodeKind::Sequence(items) => items.iter().map(tree).collect(),
        NodeKind::Mapping(entries) => {
            let entries = entries.iter();
            let members: Map<_, _> = entries
                .map(|entry| (entry.key.value.clone(), tree(&entry.value)))
                .collect();
            Value::Object(members)
        }
    }
}

fn groups(text: &str) -> Vec<Node> {
    let source = SourceMap::default().add("cases.yaml".to_owned(), text);
    let mut problems = Vec::new();
    let mut documents = yaml::parse(source, text, &mut problems).sound;
    assert!(problems.is_empty(), "{problems:?}");
    match documents.remove(0).kind {
        NodeKind::Sequence(groups) => groups,
        other => panic!("no list of groups: {other:?}"),
    }
}

fn cases(groups: &[Node]) -> impl Iterator<Item = &Node> {
    let lists = groups.iter().filter_map(|group| group.get("cases"));
    lists.flat_map(|cases| cases.as_sequence().unwrap())
}

fn list<'v>(case: &'v Value, key: &str) -> &'v [Value] {
    let list = case.get(key).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// What a case leaves out and every event has.
fn whole(event: &Value) -> Value {
    let mut whole = json!({
        "eventVersion": "1.11",
        "eventTime": "2026-03-02T10:00:00Z",
        "eventID": "7d2a3f54-0000-4000-8000-000000000001",
        "eventType": "AwsApiCall",
        "eventSource": "probe.amazonaws.com",
        "eventName": "Probe",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
    });
    for (key, value) in event.as_object().unwrap() {
        whole[key] = value.clone();
    }
    whole
}

fn placeholders(case: &Value) -> naive::Lists {
    let lists = case.get("lists").and_then(Value::as_object).into_iter();
    let texts = |values: &Value| -> Vec<String> {
        let values = values.as_array().unwrap().iter();
        values
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    };
    let lists = lists.flatten();
    lists
        .map(|(name, values)| (name.clone(), texts(values)))
        .collect()
}

/// A part of the case file as it is written, below a key of its own.
fn below(key: &str, span: Span) -> String {
    let (start, end) = (span.start as usize, span.end as usize);
    let column = CASES[..start]
        .rfind('\n')
        .map_or(start, |line| start - line - 1);
    format!("{key}:\n{}{}\n", " ".repeat(column), &CASES[start..end])
}

/// The rule of a case, and its lists beside it.
fn loaded(case: &Node) -> Loaded {
    let detection = case.get("detection").unwrap();
    let mut text = format!(
        "title: Probe\nid: 7d2a3f54-0000-4000-8000-00000000000a\nlevel: high\n\
         logsource: {{product: aws, service: cloudtrail}}\n{}",
        below("detection", detection.span)
    );
    if let Some(lists) = case.get("lists") {
        text.push_str("---\n");
        text.push_str(&below("lists", lists.span));
    }
    load(vec![RulesFile::of_user("probe.yml", text)], &[])
}

/// On which of some events a rule holds, as the matcher says.
fn matched(set: &RuleSet, events: &[Value]) -> Vec<bool> {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    let path = folder.path().join("events.jsonl");
    std::fs::write(&path, lines).unwrap();
    let inputs = discover(&[path]).inputs;
    let options = ScanOptions {
        jobs: NonZeroUsize::MIN,
        ..ScanOptions::default()
    };
    let mut held = vec![false; events.len()];
    scan(Engine::new(set), &inputs, options, &mut |output| {
        if let Output::Findings(findings) = output {
            for finding in findings {
                held[finding.place.record as usize - 1] = true;
            }
        }
    });
    held
}

/// What is wrong with the answers to a case.
fn wrong(case: &Node) -> Vec<String> {
    let asked = tree(case);
    let rule = json!({"detection": asked["detection"]});
    let lists = placeholders(&asked);
    let loaded = loaded(case);
    let mut wrong = Vec::new();
    if let Some(word) = asked.get("error").and_then(Value::as_str) {
        match naive::evaluate(&rule, &whole(&json!({})), &lists) {
            Ok(holds) => wrong.push(format!("naive: no error, {holds}")),
            Err(error) if error.to_lowercase().contains(&word.to_lowercase()) => {}
            Err(error) => wrong.push(format!("naive: no `{word}` in: {error}")),
        }
        let waits = !loaded.set.inactive.is_empty();
        if !waits && !loaded.diagnostics.iter().any(Diagnostic::is_error) {
            wrong.push(format!("no error, about {word}"));
        }
        return wrong;
    }
    let wanted = [("matches", true), ("misses", false)];
    let wanted = wanted.into_iter().flat_map(|(key, wanted)| {
        let events = list(&asked, key).iter();
        events.enumerate().map(move |(number, event)| {
            let mut event = whole(event);
            if event["eventID"] == "7d2a3f54-0000-4000-8000-000000000001" {
                event["eventID"] = format!("7d2a3f54-{key}-{number}").into();
            }
            (event, wanted)
        })
    });
    let (events, wanted): (Vec<Value>, Vec<bool>) = wanted.unzip();
    assert!(!events.is_empty());
    if loaded.set.rules.len() != 1 {
        return vec![format!("does not load: {:?}", loaded.diagnostics)];
    }
    let matched = matched(&loaded.set, &events);
    let engine = Engine::new(&loaded.set);
    for ((event, wanted), matched) in events.iter().zip(wanted).zip(matched) {
        let naive = naive::evaluate(&rule, event, &lists);
        let reference = !engine.judge(event, "a", 1).findings.is_empty();
        if naive != Ok(wanted) || reference != wanted || matched != wanted {
            wrong.push(format!(
                "not {wanted}: naive {naive:?}, reference {reference}, matcher {matched}, on {event}"
            ));
        }
    }
    wrong
}

#[test]
fn sigma_means_what_the_cases_say() {
    let groups = groups(CASES);
    let (mut seen, mut said) = (HashSet::new(), Vec::new());
    for case in cases(&groups) {
        let name = case.get("name").and_then(Node::as_text).unwrap();
        assert!(seen.insert(name), "{name} is there twice");
        let wrong = wrong(case).into_iter();
        said.extend(wrong.map(|wrong| format!("{name}: {wrong}")));
    }
    assert!(said.is_empty(), "{} wrong\n{}", said.len(), said.join("\n"));
    assert!(seen.len() >= 340, "{}", seen.len());
}
