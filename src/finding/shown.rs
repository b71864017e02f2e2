//! The event as it may be shown: credentials and what the rule calls sensitive
//! masked, and the JSON documents that the evidence points into opened.

use serde_json::Value;

use crate::event::secret;
use crate::reference::{Document, EventPath, PathStep, document, select};
use crate::rule::Rule;

/// A masked copy of an event. A string that holds JSON, and in which a piece of
/// evidence lies, is replaced by its document.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownEvent {
    value: Value,
    opened: Vec<Vec<PathStep>>,
}

/// What stands for a value that the rule calls sensitive.
const SENSITIVE: &str = "[masked]";

impl ShownEvent {
    /// Masks an event as a rule wants it; `evidence` are the paths it is going to
    /// be asked for. Everything that shows an event of a rule comes through here.
    pub(crate) fn under<'a>(
        rule: &Rule,
        event: &Value,
        evidence: impl IntoIterator<Item = &'a EventPath>,
    ) -> ShownEvent {
        let selectors = rule.sensitive.iter();
        let sensitive: Vec<EventPath> = selectors
            .flat_map(|selector| select(selector, event))
            .map(|(path, _)| path)
            .collect();
        ShownEvent::new(event, &sensitive, evidence)
    }

    /// Masks an event, and what is at the `sensitive` paths.
    fn new<'a>(
        event: &Value,
        sensitive: &[EventPath],
        evidence: impl IntoIterator<Item = &'a EventPath>,
    ) -> ShownEvent {
        let mut shown = ShownEvent {
            value: secret::masked(event),
            opened: Vec::new(),
        };
        // Masked before opened: a document under a secret's name stays closed.
        for path in evidence {
            shown.open(&path.steps);
        }
        for path in sensitive {
            if let Some(value) = find_mut(&mut shown.value, &path.steps)
                && !value.is_null()
            {
                *value = Value::String(SENSITIVE.to_owned());
            }
        }
        shown
    }

    /// An event of which no rule says more.
    #[cfg(test)]
    pub(crate) fn of(event: &Value) -> ShownEvent {
        ShownEvent::new(event, &[], [])
    }

    /// The whole event.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What is shown at a path of the event. Inside a document that is masked or
    /// cannot be opened, the text that stands in its place.
    pub fn get(&self, path: &EventPath) -> Option<&Value> {
        let mut at = &self.value;
        for step in &path.steps {
            at = match step {
                PathStep::Decoded if at.is_string() => return Some(at),
                _ => step_into(at, step).or_else(|| Some(at).filter(|at| hides(at)))?,
            };
        }
        Some(at)
    }

    /// Whether the value at these steps is a document that stood in a string.
    pub fn is_opened(&self, steps: &[PathStep]) -> bool {
        self.opened.iter().any(|opened| opened == steps)
    }

    fn open(&mut self, steps: &[PathStep]) {
        let mut plain: Vec<PathStep> = Vec::new();
        for step in steps {
            if *step != PathStep::Decoded {
                plain.push(step.clone());
                continue;
            }
            let Some(value) = find_mut(&mut self.value, &plain) else {
                return;
            };
            if let Document::Decoded(decoded) = document(value) {
                *value = secret::masked(&decoded);
                self.opened.push(plain.clone());
            }
        }
    }
}

/// A mask in the place of something that had parts.
fn hides(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.starts_with("[masked"))
}

fn step_into<'a>(value: &'a Value, step: &PathStep) -> Option<&'a Value> {
    match step {
        PathStep::Key(key) => value.get(key),
        PathStep::Index(index) => value.get(index),
        PathStep::Decoded => Some(value),
    }
}

fn find_mut<'a>(value: &'a mut Value, steps: &[PathStep]) -> Option<&'a mut Value> {
    let mut at = value;
    for step in steps {
        at = match step {
            PathStep::Key(key) => at.get_mut(key)?,
            PathStep::Index(index) => at.get_mut(index)?,
            PathStep::Decoded => at,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(name: &str) -> PathStep {
        PathStep::Key(name.to_owned())
    }

    fn path(steps: &[PathStep]) -> EventPath {
        EventPath {
            steps: steps.to_vec(),
        }
    }

    #[test]
    fn a_document_in_a_string_is_opened_where_evidence_lies_in_it() {
        let inside = path(&[key("policy"), PathStep::Decoded, key("Effect")]);
        for text in [r#"{"Effect":"Allow"}"#, "%7B%22Effect%22%3A%22Allow%22%7D"] {
            let event = json!({"policy": text, "other": text});
            let shown = ShownEvent::new(&event, &[], [&inside]);
            assert_eq!(shown.get(&inside), Some(&json!("Allow")));
            assert!(shown.is_opened(&[key("policy")]));
            assert_eq!(shown.value()["other"], text, "nothing points into it");
        }
    }

    #[test]
    fn a_secret_inside_an_opened_document_is_masked() {
        let inside = path(&[key("environment"), PathStep::Decoded, key("password")]);
        let event = json!({"environment": "{\"password\":\"correct horse\"}"});
        let shown = ShownEvent::new(&event, &[], [&inside]);
        assert!(!shown.get(&inside).unwrap().to_string().contains("horse"));
        assert!(!shown.value().to_string().contains("horse"));
    }

    #[test]
    fn a_document_under_a_secrets_name_stays_closed() {
        let inside = path(&[key("secretString"), PathStep::Decoded, key("user")]);
        let event = json!({"secretString": "{\"user\":\"correct horse\"}"});
        let shown = ShownEvent::new(&event, &[], [&inside]);
        assert!(!shown.value().to_string().contains("horse"));
        assert!(
            shown
                .get(&inside)
                .unwrap()
                .as_str()
                .unwrap()
                .starts_with("[masked")
        );
    }

    #[test]
    fn what_the_rule_calls_sensitive_is_masked_with_all_below_it() {
        let event = json!({"a": {"b": ["x", {"c": "y"}]}, "z": null, "n": 7});
        let below = path(&[key("a"), key("b"), PathStep::Index(1), key("c")]);
        let sensitive = [
            path(&[key("a"), key("b")]),
            path(&[key("z")]),
            path(&[key("n")]),
        ];
        let shown = ShownEvent::new(&event, &sensitive, [&below]);
        assert_eq!(
            shown.value(),
            &json!({"a": {"b": "[masked]"}, "z": null, "n": "[masked]"})
        );
        assert_eq!(shown.get(&below), Some(&json!("[masked]")));
    }

    #[test]
    fn what_is_not_there_is_not_shown() {
        let shown = ShownEvent::new(&json!({"a": "b"}), &[], []);
        assert_eq!(shown.get(&path(&[key("b")])), None);
        assert_eq!(shown.get(&path(&[key("a"), key("b")])), None);
    }
}
