//! Waivers with what each hides, for people and for tools.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::standing::until;
use super::text::words::{Paint, in_one_line, visible, wrapped};
use crate::diagnostic::{SourceMap, Style};
use crate::finding::{Finding, counted};
use crate::waiver::{State, Waiver, Waivers};

/// The version of the object. Fields may be added under it; none is taken away or
/// changes its meaning.
pub const WAIVERS_SCHEMA: &str = "trailgate-waivers/1";

/// How many findings of a waiver are told.
const TOLD: usize = 3;

/// What a waiver covers.
#[derive(Debug, Default)]
pub struct Hidden {
    count: u64,
    first: Vec<Finding>,
}

impl Hidden {
    /// Takes a finding that it covers; the first few are kept.
    pub fn add(&mut self, finding: Finding) {
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push(finding);
        }
    }
}

/// A list for people. `hidden` says of each waiver what it covers, where something
/// was read.
pub fn waivers_text(
    waivers: &Waivers,
    hidden: Option<&[Hidden]>,
    sources: &SourceMap,
    now: Timestamp,
    style: Style,
) -> String {
    if waivers.all().is_empty() {
        return "there are no waivers\n".to_owned();
    }
    let listed = waivers.all().iter().enumerate();
    let listed: Vec<String> = listed
        .map(|(number, waiver)| {
            let hidden = hidden.and_then(|hidden| hidden.get(number));
            one(waiver, hidden, sources, now, style)
        })
        .collect();
    listed.join("\n")
}

fn one(
    waiver: &Waiver,
    hidden: Option<&Hidden>,
    sources: &SourceMap,
    now: Timestamp,
    style: Style,
) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let accepted = &waiver.accepted;
    let state = waiver.state(now);
    let word = state.name().to_uppercase();
    let word = match state {
        State::Active => paint.good(&word),
        State::Expiring | State::Expired => paint.bad(&word),
        State::NotYet => paint.bold(&word),
    };
    let mut out = format!("{word} {}\n", paint.bold(&visible(&about(waiver))));
    let starts = accepted.starts.as_ref().map(|at| at.value.to_string());
    let condition = waiver.condition.as_ref();
    let accounts: Vec<&str> = waiver.accounts.iter().map(String::as_str).collect();
    let facts = [
        ("why", Some(in_one_line(&accepted.reason))),
        ("owner", Some(accepted.owner.clone())),
        ("approved", accepted.approved_by.clone()),
        ("ticket", accepted.ticket.clone()),
        ("from", starts.map(|day| day.replace("T00:00:00Z", ""))),
        ("until", Some(ends(waiver, state, now))),
        (
            "accounts",
            Some(accounts.join(", ")).filter(|text| !text.is_empty()),
        ),
        (
            "match",
            condition.map(|clause| in_one_line(sources.slice(clause.span))),
        ),
        ("written", Some(sources.place(waiver.span))),
        (
            "hides",
            hidden.map(|hidden| counted(hidden.count, "finding")),
        ),
    ];
    for (name, text) in facts {
        if let Some(text) = text {
            let text = wrapped(&visible(&text), style.width, 11, 11);
            out.push_str(&format!("  {} {text}\n", paint.dim(&format!("{name:<8}"))));
        }
    }
    if let Some(hidden) = hidden {
        for finding in &hidden.first {
            let text = wrapped(&visible(&in_a_line(finding)), style.width, 13, 15);
            out.push_str(&format!("           - {text}\n"));
        }
        let more = hidden.count - hidden.first.len() as u64;
        if more > 0 {
            out.push_str(&format!(
                "           and {}\n",
                counted(more, "more finding")
            ));
        }
    }
    out
}

/// The rules, or the name of the finding.
fn about(waiver: &Waiver) -> String {
    let rules: Vec<&str> = waiver
        .rules
        .iter()
        .map(|rule| rule.value.as_str())
        .collect();
    let finding = waiver
        .fingerprint
        .as_ref()
        .map(|name| format!("finding {name}"));
    let rules = (!rules.is_empty()).then(|| rules.join(", "));
    rules
        .into_iter()
        .chain(finding)
        .collect::<Vec<_>>()
        .join(", ")
}

/// `2027-01-31, in 70 days`
fn ends(waiver: &Waiver, state: State, now: Timestamp) -> String {
    let Some(ends) = waiver.accepted.ends.as_ref().map(|ends| ends.value) else {
        return "without an end".to_owned();
    };
    let last = until(ends);
    let days = ends.duration_since(now).as_hours() / 24;
    match (state, days) {
        (State::Expired, _) => format!("{last}, which has passed"),
        (_, 0) => format!("{last}, within a day"),
        (_, 1) => format!("{last}, 1 day left"),
        (_, days) => format!("{last}, {days} days left"),
    }
}

fn in_a_line(finding: &Finding) -> String {
    let event = &finding.event;
    let facts = [
        event.time.map(|time| time.to_string()),
        event.account.clone(),
        Some(finding.place.to_string()),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    format!(
        "{} {} ({})",
        finding.severity,
        finding.message,
        facts.join(", ")
    )
}

/// The same as one object, for tools.
pub fn waivers_json(
    waivers: &Waivers,
    hidden: Option<&[Hidden]>,
    sources: &SourceMap,
    now: Timestamp,
) -> Value {
    let listed = waivers.all().iter().enumerate();
    let listed = listed.map(|(number, waiver)| {
        let hidden = hidden.and_then(|hidden| hidden.get(number));
        object(waiver, hidden, sources, now)
    });
    json!({
        "schema": WAIVERS_SCHEMA,
        "now": now.to_string(),
        "waivers": listed.collect::<Vec<_>>(),
    })
}

fn object(waiver: &Waiver, hidden: Option<&Hidden>, sources: &SourceMap, now: Timestamp) -> Value {
    let accepted = &waiver.accepted;
    let position = sources.position(waiver.span);
    let rules: Vec<&str> = waiver
        .rules
        .iter()
        .map(|rule| rule.value.as_str())
        .collect();
    json!({
        "state": waiver.state(now).name().replace(' ', "_"),
        "rules": rules,
        "fingerprint": waiver.fingerprint,
        "accounts": waiver.accounts,
        "match": waiver.condition.as_ref().map(|clause| sources.slice(clause.span)),
        "reason": accepted.reason,
        "owner": accepted.owner,
        "approved_by": accepted.approved_by,
        "ticket": accepted.ticket,
        "starts": accepted.starts.as_ref().map(|starts| starts.value.to_string()),
        "ends": accepted.ends.as_ref().map(|ends| ends.value.to_string()),
        "file": sources.name(waiver.span.source),
        "line": position.line,
        "column": position.column,
        "hides": hidden.map(|hidden| json!({
            "findings": hidden.count,
            "first": hidden.first.iter().map(first).collect::<Vec<_>>(),
        })),
    })
}

fn first(finding: &Finding) -> Value {
    let event = &finding.event;
    json!({
        "rule": finding.rule,
        "severity": finding.severity.name(),
        "message": finding.message,
        "event_id": event.id,
        "time": event.time.map(|time| time.to_string()),
        "account": event.account,
        "file": &*finding.place.file,
        "record": finding.place.record,
        "fingerprint": finding.fingerprint,
    })
}
