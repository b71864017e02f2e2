//! From an episode to a finding.

use jiff::Timestamp;
use serde_json::Value;

use super::episode::{Contribution, Episode};
use super::hidden;
use super::signal::Key;
use super::words::words;
use crate::event::Losses;
use crate::finding::fingerprint::{KeyPart, fingerprint};
use crate::finding::{
    self, CorrelatedEvent, CorrelatedEvents, Finding, KeyValue, ShownEvent, Suppression,
    SuppressionKind, duration_text,
};
use crate::reference::select;
use crate::rule::correlation::{Asks, Correlation};
use crate::rule::selector::Selector;
use crate::rule::{CorrelatedPart, Rule, TemplatePart};

/// The finding of a rule in an episode. It is about the event that completed the
/// earliest window, `event` what is kept of that, and names the others beside it.
pub fn finding(
    rule: &Rule,
    correlation: &Correlation,
    key: &Key,
    episode: &Episode,
    event: &Value,
) -> Finding {
    let new = shown_values(rule, correlation, episode, event);
    let others = |part: &TemplatePart| values(rule, part, episode, &new);
    let place = episode.trigger.place();
    let mut finding = finding::build_with(rule, event, Losses::none(), place, &others);
    if rule.key.is_empty() {
        finding.fingerprint = fingerprint(&rule.id.value, &key_parts(correlation, key, episode));
    }
    finding.content = episode.trigger.content;
    finding.suppressed = episode.exception.and_then(|index| {
        let exception = rule.exceptions.get(index as usize)?;
        Some(Suppression::by(
            SuppressionKind::Exception,
            &exception.accepted,
        ))
    });
    finding.correlation = Some(Box::new(CorrelatedEvents {
        key: shown_key(rule, correlation, key, event),
        asks: words(correlation),
        clause: correlation.span,
        within: match &correlation.asks {
            Asks::Window { within, .. } => Some(within.value),
            Asks::FirstSeen { .. } => None,
        },
        measured: episode.peak.map(|peak| peak.to_string()),
        values: new,
        first: episode.first,
        last: episode.last,
        events: episode.events,
        timeline: timeline(rule, correlation, &episode.timeline),
    }));
    finding
}

/// What names the finding across runs, where the rule does not say: its key, and the
/// value that is new.
fn key_parts(correlation: &Correlation, key: &Key, episode: &Episode) -> Vec<KeyPart> {
    let names = correlation
        .steps
        .first()
        .into_iter()
        .flat_map(|step| &step.by);
    let mut parts: Vec<KeyPart> = names
        .zip(key.0.iter())
        .map(|(part, value)| KeyPart {
            selector: part.name(),
            values: vec![Value::from(&**value)],
        })
        .collect();
    if !episode.values.is_empty() {
        parts.push(KeyPart {
            selector: "value".to_owned(),
            values: episode
                .values
                .iter()
                .map(|value| Value::from(&**value))
                .collect(),
        });
    }
    parts
}

/// The key as it may be shown: a part is masked where a field of it is in the event.
pub(crate) fn shown_key(
    rule: &Rule,
    correlation: &Correlation,
    key: &Key,
    event: &Value,
) -> Vec<KeyValue> {
    let shown = ShownEvent::under(rule, event, []);
    let names = correlation
        .steps
        .first()
        .into_iter()
        .flat_map(|step| &step.by);
    names
        .zip(key.0.iter())
        .enumerate()
        .map(|(place, (part, value))| {
            // What the part is made of in any step, for all have the value.
            let of_steps = correlation.steps.iter();
            let fields = of_steps
                .filter_map(|step| step.by.get(place))
                .flat_map(|part| &part.fields);
            KeyValue {
                field: part.name(),
                value: unless_masked(value, fields, event, &shown),
            }
        })
        .collect()
}

/// The new values as they may be shown.
fn shown_values(
    rule: &Rule,
    correlation: &Correlation,
    episode: &Episode,
    event: &Value,
) -> Vec<String> {
    let fields: &[Selector] = match &correlation.asks {
        Asks::FirstSeen { fields, .. } => fields,
        Asks::Window { .. } => &[],
    };
    let shown = ShownEvent::under(rule, event, []);
    let values = episode.values.iter();
    values
        .map(|value| unless_masked(value, fields, event, &shown))
        .collect()
}

/// A text that was made of these fields.
fn unless_masked<'s>(
    text: &str,
    fields: impl IntoIterator<Item = &'s Selector>,
    event: &Value,
    shown: &ShownEvent,
) -> String {
    let values = |field: &Selector, of: &Value| -> Vec<Value> {
        let nodes = select(field, of).into_iter();
        nodes.map(|(_, value)| value).collect()
    };
    let is_masked = |field: &Selector| values(field, event) != values(field, shown.value());
    match fields.into_iter().any(is_masked) {
        true => "[masked]".to_owned(),
        false => hidden::shown(text),
    }
}

fn timeline(
    rule: &Rule,
    correlation: &Correlation,
    contributions: &[Contribution],
) -> Vec<CorrelatedEvent> {
    contributions
        .iter()
        .map(|contribution| {
            let signal = &contribution.signal;
            let step = contribution
                .step
                .and_then(|step| correlation.step_name(step));
            CorrelatedEvent {
                step: step.map(str::to_owned),
                event: finding::facts_of(rule, &signal.value()),
                place: signal.place(),
            }
        })
        .collect()
}

/// The values of a place of the message that is about several events; `new` are the
/// new ones as they may be shown.
fn values(rule: &Rule, part: &TemplatePart, episode: &Episode, new: &[String]) -> Vec<Value> {
    match part {
        TemplatePart::Correlated(part) => match part {
            CorrelatedPart::Events => vec![Value::from(episode.events)],
            CorrelatedPart::Measured => {
                let measured = episode.peak.map(|peak| peak.to_string());
                measured.into_iter().map(Value::from).collect()
            }
            CorrelatedPart::Values => new.iter().map(|value| Value::from(&**value)).collect(),
            CorrelatedPart::Span => vec![Value::from(span_text(episode.first, episode.last))],
        },
        TemplatePart::OfStep { step, selector } => {
            let of_step = episode
                .timeline
                .iter()
                .find(|event| event.step == Some(*step));
            let Some(event) = of_step.map(|event| event.signal.value()) else {
                return Vec::new();
            };
            let shown = ShownEvent::under(rule, &event, []);
            let nodes = select(selector, &event).into_iter();
            nodes
                .map(|(path, value)| {
                    let masked = shown.get(&path).cloned();
                    masked.unwrap_or_else(|| crate::event::secret::masked(&value))
                })
                .collect()
        }
        TemplatePart::Text(_) | TemplatePart::Field(_) | TemplatePart::Matched(_) => Vec::new(),
    }
}

fn span_text(first: Timestamp, last: Timestamp) -> String {
    duration_text(last.duration_since(first))
}
