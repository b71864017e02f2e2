//! From an episode to a finding.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::episode::{Contribution, Episode, Measurement};
use super::signal::Key;
use crate::event::Losses;
use crate::finding::fingerprint::{KeyPart, fingerprint};
use crate::finding::{
    self, CorrelatedEvent, CorrelatedEvents, Finding, KeyValue, Suppression, SuppressionKind,
};
use crate::reference::select;
use crate::rule::correlation::{Asks, Correlation, Measure, WindowKind};
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
    let others = |part: &TemplatePart| values(part, episode);
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
        within: match &correlation.asks {
            Asks::Window { within, .. } => Some(within.value),
            Asks::FirstSeen { .. } => None,
        },
        measured: episode.peak.map(measured_text),
        values: episode
            .values
            .iter()
            .map(|value| String::from(&**value))
            .collect(),
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
        .zip(&key.0)
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

/// The key as it may be shown: a part whose field is masked in the event is too.
pub(crate) fn shown_key(
    rule: &Rule,
    correlation: &Correlation,
    key: &Key,
    event: &Value,
) -> Vec<KeyValue> {
    let shown = finding::ShownEvent::under(rule, event, []);
    let names = correlation
        .steps
        .first()
        .into_iter()
        .flat_map(|step| &step.by);
    names
        .zip(&key.0)
        .map(|(part, value)| {
            let masked = correlation
                .steps
                .iter()
                .flat_map(|step| &step.by)
                .any(|part| {
                    part.fields.iter().any(|field| {
                        let values = |of: &Value| -> Vec<Value> {
                            select(field, of)
                                .into_iter()
                                .map(|(_, value)| value)
                                .collect()
                        };
                        let own = values(event);
                        own.iter().any(|v| v.as_str() == Some(&**value))
                            && own != values(shown.value())
                    })
                });
            KeyValue {
                field: part.name(),
                value: if masked {
                    "[masked]".to_owned()
                } else {
                    String::from(&**value)
                },
            }
        })
        .collect()
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

/// The values of a place of the message that is about several events.
fn values(part: &TemplatePart, episode: &Episode) -> Vec<Value> {
    match part {
        TemplatePart::Correlated(part) => match part {
            CorrelatedPart::Events => vec![Value::from(episode.events)],
            CorrelatedPart::Measured => {
                let measured = episode.peak.map(measured_text);
                measured.into_iter().map(Value::from).collect()
            }
            CorrelatedPart::Values => episode
                .values
                .iter()
                .map(|value| Value::from(&**value))
                .collect(),
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
            let nodes = select(selector, &event).into_iter();
            nodes
                .map(|(_, value)| crate::event::secret::masked(&value))
                .collect()
        }
        TemplatePart::Text(_) | TemplatePart::Field(_) | TemplatePart::Matched(_) => Vec::new(),
    }
}

pub(crate) fn measured_text(measured: Measurement) -> String {
    match measured.of {
        1 => measured.amount.to_string(),
        of => format!("{} of {of}", measured.amount),
    }
}

fn span_text(first: Timestamp, last: Timestamp) -> String {
    duration_text(last.duration_since(first))
}

/// A length of time for people: `90s` as `1m 30s`, the two largest units.
pub fn duration_text(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        if rest >= size {
            parts.push(format!("{}{name}", rest / size));
            rest %= size;
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        let millis = duration.subsec_millis();
        return if millis > 0 {
            format!("{millis}ms")
        } else {
            "0s".to_owned()
        };
    }
    parts.join(" ")
}

/// What is asked, in words.
pub fn words(correlation: &Correlation) -> String {
    let steps = |places: &[usize]| -> Vec<&str> {
        places
            .iter()
            .filter_map(|step| correlation.step_name(*step))
            .collect()
    };
    match &correlation.asks {
        Asks::FirstSeen {
            fields, history, ..
        } => {
            let names: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
            format!(
                "a new value of {} in {}",
                names.join(" with "),
                duration_text(*history)
            )
        }
        Asks::Window { within, kind } => {
            let within = duration_text(within.value);
            match kind {
                WindowKind::Measure { measure, threshold } => {
                    let bounds: Vec<String> = (threshold.bounds.iter())
                        .map(|(order, bound)| format!("{} {bound}", order_in_words(*order)))
                        .collect();
                    let bounds = bounds.join(" and ");
                    match measure {
                        Measure::Count => format!("{bounds} events within {within}"),
                        Measure::Distinct(fields) => {
                            let names: Vec<&str> =
                                fields.iter().map(|field| field.text.as_str()).collect();
                            format!(
                                "{bounds} values of {} within {within}",
                                names.join(" with ")
                            )
                        }
                        Measure::Sum(field) => {
                            format!("a sum of {} of {bounds} within {within}", field.text)
                        }
                        Measure::Ratio { field, of } => format!(
                            "a share of {bounds} of {} values of {} within {within}",
                            of.len(),
                            field.text
                        ),
                    }
                }
                WindowKind::Sequence {
                    places,
                    ordered,
                    absent,
                } => {
                    let joined = steps(places).join(if *ordered { ", then " } else { " and " });
                    let absent = steps(absent);
                    if absent.is_empty() {
                        format!("{joined} within {within}")
                    } else {
                        format!(
                            "{joined} within {within}, and no {} after it",
                            absent.join(" or ")
                        )
                    }
                }
            }
        }
    }
}

pub(crate) fn order_in_words(order: crate::rule::clause::Ordering) -> &'static str {
    use crate::rule::clause::Ordering;
    match order {
        Ordering::Greater => "more than",
        Ordering::GreaterOrEqual => "at least",
        Ordering::Less => "less than",
        Ordering::LessOrEqual => "at most",
    }
}
