//! From a match to a finding.

use serde_json::Value;

use super::content::ContentHash;
use super::fingerprint::{KeyPart, fingerprint};
use super::message;
use super::model::{EventFacts, FieldEvidence, Finding, Place};
use super::shown::ShownEvent;
use super::standing::{Suppression, SuppressionKind};
use crate::event::{self, Loss, Losses};
use crate::reference::{
    EventPath, Evidence, Item, Matched, evaluate_known, evidence, is_lost, matched_elements,
    select, select_matched, trace_known,
};
use crate::rule::{Rule, Severity, TemplatePart};

/// The finding of a rule in an event that it matches. (For an event that it does
/// not match, the fields are those that kept it from matching.) Of the event some
/// fields may have been lost.
pub fn build(rule: &Rule, event: &Value, losses: &Losses, place: Place) -> Finding {
    build_with(rule, event, losses, place, &|_| Vec::new())
}

/// The same, given the values of those places in the message that are about several
/// events; they are masked already.
pub(crate) fn build_with(
    rule: &Rule,
    event: &Value,
    losses: &Losses,
    place: Place,
    others: &dyn Fn(&TemplatePart) -> Vec<Value>,
) -> Finding {
    let trace = trace_known(&rule.condition, event, losses);
    let evidence = evidence(&trace);
    let matched = matched_elements(&trace);
    let asked_for = evidence
        .iter()
        .map(|evidence| &evidence.path)
        .chain(matched.iter().map(|matched| &matched.path));
    let shown = ShownEvent::under(rule, event, asked_for);
    Finding {
        rule: rule.id.value.clone(),
        title: rule.title.clone(),
        severity: severity(rule, event, losses),
        written_severity: rule.severity_set.as_ref().map(|set| set.written),
        message: message(rule, event, &shown, &matched, others),
        event: facts(&shown),
        place,
        fields: evidence
            .into_iter()
            .map(|evidence| field(evidence, &shown))
            .collect(),
        controls: rule.controls.clone(),
        attack: rule.attack.clone(),
        tags: rule.tags.clone(),
        remediation: rule.remediation.clone(),
        fingerprint: fingerprint(&rule.id.value, &key(rule, event)),
        key_is_known: key_is_known(rule, event, losses),
        correlation: None,
        suppressed: suppression(rule, event, losses),
        baseline: None,
        recurrence: None,
        account_label: None,
        integrity: None,
        content: ContentHash::of(event),
        shown,
    }
}

/// The first that applies; where what was lost decides, the highest that may.
fn severity(rule: &Rule, event: &Value, losses: &Losses) -> Severity {
    let mut possible = None;
    for entry in &rule.severity_when {
        let truth = evaluate_known(&entry.condition, event, losses);
        if truth.value || truth.lost {
            possible = possible.max(Some(entry.severity));
        }
        if truth.is_certain() {
            return possible.unwrap_or(entry.severity);
        }
    }
    possible.map_or(rule.severity, |severity| severity.max(rule.severity))
}

fn field(evidence: Evidence, shown: &ShownEvent) -> FieldEvidence {
    let value = evidence.value.map(|value| {
        let masked = shown.get(&evidence.path).cloned();
        masked.unwrap_or_else(|| event::secret::masked(&value))
    });
    FieldEvidence {
        path: evidence.path,
        value,
        clause: evidence.clause,
    }
}

/// What is said of an event that a rule found, beside the finding's own.
pub(crate) fn facts_of(rule: &Rule, event: &Value) -> EventFacts {
    facts(&ShownEvent::under(rule, event, []))
}

/// Read from the masked event: what a rule calls sensitive shows nowhere.
fn facts(shown: &ShownEvent) -> EventFacts {
    let masked = shown.value();
    let text = |key: &str| masked.get(key).and_then(Value::as_str).map(str::to_owned);
    let time_text = text("eventTime").or_else(|| text("@timestamp"));
    EventFacts {
        id: event::event_id(masked).map(str::to_owned),
        name: event::event_name(masked).map(str::to_owned),
        source: event::event_source(masked).map(str::to_owned),
        time: event::event_time(masked),
        time_text,
        account: event::account(masked).map(str::to_owned),
        region: event::region(masked).map(str::to_owned),
        principal: event::principal(masked),
        source_address: event::source_address(masked).map(str::to_owned),
        error_code: text("errorCode"),
    }
}

fn message(
    rule: &Rule,
    event: &Value,
    shown: &ShownEvent,
    matched: &[Matched],
    others: &dyn Fn(&TemplatePart) -> Vec<Value>,
) -> String {
    let masked: Vec<Matched> = matched.iter().map(|m| masked_item(m, shown)).collect();
    message::fill(&rule.message, |part| match part {
        TemplatePart::Text(_) => Vec::new(),
        TemplatePart::Field(selector) => select(selector, event)
            .into_iter()
            .map(|(path, value)| masked_at(shown, &path, &value))
            .collect(),
        TemplatePart::Matched(selector) => select_matched(selector, &masked)
            .into_iter()
            .map(|(_, value)| value)
            .collect(),
        TemplatePart::Correlated(_) | TemplatePart::OfStep { .. } => others(part),
    })
}

fn masked_at(shown: &ShownEvent, path: &EventPath, value: &Value) -> Value {
    let masked = shown.get(path).cloned();
    masked.unwrap_or_else(|| event::secret::masked(value))
}

/// The element that a block matched, as it may be shown.
fn masked_item(matched: &Matched, shown: &ShownEvent) -> Matched {
    let at = |value: &Value| masked_at(shown, &matched.path, value);
    let item = match &matched.item {
        Item::Element(value) => Item::Element(at(value)),
        Item::Document(value) => Item::Document(at(value)),
        Item::Entry { key, value } => Item::Entry {
            key: key.clone(),
            value: at(value),
        },
    };
    Matched {
        item,
        ..matched.clone()
    }
}

/// The values that identify the finding, as the record has them.
fn key(rule: &Rule, event: &Value) -> Vec<KeyPart> {
    if rule.key.is_empty() {
        let part = |name: &str, value: Option<&str>| KeyPart {
            selector: name.to_owned(),
            values: value.into_iter().map(Value::from).collect(),
        };
        return vec![
            part("event_name", event::event_name(event)),
            part("principal", event::principal(event).as_deref()),
            part("account", event::account(event)),
            part("region", event::region(event)),
        ];
    }
    rule.key
        .iter()
        .map(|selector| KeyPart {
            selector: selector.text.clone(),
            values: select(selector, event)
                .into_iter()
                .map(|(_, value)| value)
                .collect(),
        })
        .collect()
}

/// Whether nothing was lost that the key asks for.
fn key_is_known(rule: &Rule, event: &Value, losses: &Losses) -> bool {
    if losses.is_none() {
        return true;
    }
    if !rule.key.is_empty() {
        return !rule.key.iter().any(|selector| is_lost(selector, losses));
    }
    let is_there = |path: &[&str]| losses.at(path.iter().copied()) == Loss::None;
    // The ARN goes before all other names of a principal.
    let principal = event.pointer("/userIdentity/arn").is_some() || is_there(&["userIdentity"]);
    let others = ["eventName", "recipientAccountId", "awsRegion"];
    principal && others.into_iter().all(|field| is_there(&[field]))
}

/// The first exception that covers the event by the event's own time; one that
/// hangs on what was lost covers nothing.
fn suppression(rule: &Rule, event: &Value, losses: &Losses) -> Option<Suppression> {
    let time = event::event_time(event);
    rule.exceptions
        .iter()
        .find(|exception| {
            exception.accepted.covers(time)
                && evaluate_known(&exception.condition, event, losses).is_certain()
        })
        .map(|exception| Suppression::by(SuppressionKind::Exception, &exception.accepted))
}

#[cfg(test)]
mod tests;
