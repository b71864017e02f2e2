//! Sigma rules as a whole: from their text to what they match and what is said.

mod conditions;
mod correlations;
mod documents;
mod rules;
mod values;

use serde_json::{Value, json};

use crate::diagnostic::{Code, Diagnostic};
use crate::engine::Engine;
use crate::rule::{Loaded, RulesFile, Settings, load_with};

use super::Applies;

/// A rule around a detection.
fn rule(detection: &str) -> String {
    let head = "title: Example\nlogsource: {product: aws, service: cloudtrail}\n";
    format!("{head}detection: {detection}\n")
}

fn loaded(text: &str) -> Loaded {
    loaded_as(text, Applies::default())
}

fn loaded_as(text: &str, sigma: Applies) -> Loaded {
    let settings = Settings {
        sigma,
        ..Settings::default()
    };
    load_with(
        Vec::new(),
        vec![RulesFile::of_user("rules/example.yml", text)],
        settings,
    )
}

/// What is wrong, notices left out.
fn problems(text: &str) -> Vec<Diagnostic> {
    let mut found = loaded(text).diagnostics;
    found.retain(|problem| problem.code != Code::NoEventSource);
    found
}

fn codes(text: &str) -> Vec<Code> {
    problems(text).iter().map(|problem| problem.code).collect()
}

/// Whether a rule of the text matches an event, by the engine and by the reference.
fn matches(text: &str, event: &Value) -> bool {
    let loaded = loaded(text);
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{text}: {errors:?}");
    let mut whole = json!({
        "eventVersion": "1.08",
        "eventTime": "2026-01-05T09:51:36Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
    });
    if let (Value::Object(whole), Value::Object(event)) = (&mut whole, event) {
        whole.extend(event.clone());
    }
    let judgement = Engine::new(&loaded.set).judge(&whole, "a.json", 1);
    let found = !judgement.findings.is_empty();
    let by_reference = loaded
        .set
        .rules
        .iter()
        .any(|rule| crate::reference::evaluate(&rule.condition, &whole).value);
    assert_eq!(found, by_reference, "{text} on {whole}");
    found
}

/// Whether a selection matches an event.
fn selects(selection: &str, event: &Value) -> bool {
    let detection = format!("{{selection: {selection}, condition: selection}}");
    matches(&rule(&detection), event)
}
