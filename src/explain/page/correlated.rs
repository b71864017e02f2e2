//! A correlation in plain words: which events take part, and what is asked of them.

use super::Page;
use crate::correlate::{duration_text, words};
use crate::explain::plain;
use crate::rule::correlation::{Asks, Correlation, KeyPart, Step, StepSource};

/// What is asked of events, and which belong together.
pub(in crate::explain) fn correlation_asks(correlation: &Correlation) -> String {
    let asks = words(correlation);
    let keys: Vec<&[KeyPart]> = correlation.steps.iter().map(|step| &*step.by).collect();
    let same = keys
        .windows(2)
        .all(|two| key_names(two[0]) == key_names(two[1]));
    match keys.first() {
        Some(key) if same && !key.is_empty() => format!("{asks}, for each {}", key_names(key)),
        Some([]) => format!("{asks}, of all events together"),
        _ => format!("{asks}, for each value that their keys have in common"),
    }
}

fn key_names(by: &[KeyPart]) -> String {
    let names: Vec<String> = by
        .iter()
        .map(|part| match &part.capture {
            Some(pattern) => format!("{} (what `{}` takes of it)", part.name(), pattern.as_str()),
            None => part.name(),
        })
        .collect();
    names.join(" with ")
}

impl Page {
    /// In the place of what one event must be.
    pub(super) fn correlated(&mut self, correlation: &Correlation) {
        let keys: Vec<String> = correlation
            .steps
            .iter()
            .map(|step| key_names(&step.by))
            .collect();
        let several = keys.windows(2).any(|two| two[0] != two[1]);
        for (step, key) in correlation.steps.iter().zip(&keys) {
            match &step.name {
                Some(name) => self.title(&format!("Step {}", name.value)),
                None => self.title("Events take part where"),
            }
            self.step(step);
            if several {
                self.paragraphs(&format!("under the key {key}"));
            }
        }
        self.title("Matches when there is");
        self.paragraphs(&correlation_asks(correlation));
        if let Asks::FirstSeen { learning, .. } = &correlation.asks {
            let learning = duration_text(*learning);
            self.paragraphs(&format!("once the key has been known for {learning}"));
        }
    }

    fn step(&mut self, step: &Step) {
        for source in &step.sources {
            match source {
                StepSource::Match(condition) => {
                    let condition = plain::condition(condition, 0, self.width);
                    self.text.push_str(&condition);
                }
                StepSource::Rule { id, .. } => {
                    self.item(&format!("the rule {} matches the event", id.value));
                }
                StepSource::Correlation { id, .. } => {
                    let id = &id.value;
                    self.item(&format!("the correlation {id} has a finding at the event"));
                }
            }
        }
    }
}

/// What tells findings apart where the rule does not say.
pub(super) fn default_key(correlation: &Correlation) -> String {
    let key = correlation.steps.first().map(|step| key_names(&step.by));
    let key = key.unwrap_or_default();
    let new = matches!(correlation.asks, Asks::FirstSeen { .. });
    match (key.is_empty(), new) {
        (true, true) => "new value".to_owned(),
        (true, false) => "rule: its events have no key".to_owned(),
        (false, true) => format!("{key} and new value"),
        (false, false) => key,
    }
}
