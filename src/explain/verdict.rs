//! Why a rule does or does not match an event.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::tree::condition_tree;
use super::words;
use crate::diagnostic::Style;
use crate::event::{self, Losses};
use crate::finding::{Finding, Place, build};
use crate::output::text::words::{Paint, visible, wrapped};
use crate::reference::{TraceKind, evaluate_known, lost_fields, trace_known};
use crate::rule::Rule;

/// The clause trees of a rule on an event (its `match`, its exceptions and its
/// `severity_when`) and what they come to. `place` says where the event is from, and
/// `losses` what of it was lost on its way here.
pub fn verdict(rule: &Rule, event: &Value, losses: &Losses, place: &str, style: Style) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let truth = evaluate_known(&rule.condition, event, losses);
    let finding = build(
        rule,
        event,
        losses,
        Place {
            file: Arc::from(place),
            record: 1,
        },
    );
    let mut text = format!(
        "{}: {}\n{}\n\n{}\n",
        paint.bold(&rule.id.value),
        rule.title,
        wrapped(&about(&finding, place), style.width, 0, 2),
        paint.bold("match")
    );
    text.push_str(&condition_tree(rule, &rule.condition, event, losses, style));
    for exception in &rule.exceptions {
        let _ = writeln!(
            text,
            "{} {}",
            paint.bold("exception"),
            words::exception(exception)
        );
        if !exception.accepted.covers(event::event_time(event)) {
            text.push_str("  the event lies outside its time\n");
        }
        text.push_str(&condition_tree(
            rule,
            &exception.condition,
            event,
            losses,
            style,
        ));
    }
    for case in &rule.severity_when {
        let _ = writeln!(text, "{} {}", paint.bold("severity"), case.severity);
        text.push_str(&condition_tree(rule, &case.condition, event, losses, style));
    }
    let conclusion = if truth.lost {
        not_evaluated(rule, losses, paint)
    } else if truth.value {
        matched(&finding, paint)
    } else {
        missed(rule, event, losses, paint)
    };
    let _ = writeln!(text, "\n{}", wrapped(&conclusion, style.width, 0, 2));
    text
}

fn about(finding: &Finding, place: &str) -> String {
    let facts = &finding.event;
    let name = facts.name.as_deref().unwrap_or("event without a name");
    let mut text = visible(name).into_owned();
    if let Some(source) = &facts.source {
        let _ = write!(text, " of {}", visible(source));
    }
    if let Some(principal) = &facts.principal {
        let _ = write!(text, " by {}", visible(principal));
    }
    if let Some(time) = &facts.time_text {
        let _ = write!(text, ", {}", visible(time));
    }
    let _ = write!(text, " ({})", visible(place));
    text
}

fn matched(finding: &Finding, paint: Paint) -> String {
    match &finding.suppressed {
        Some(suppression) => format!(
            "{} Not reported: an exception covers it: {} ({}).",
            paint.good("Matches."),
            suppression.reason,
            suppression.owner
        ),
        None => format!(
            "{} Severity {}: {}",
            paint.good("Matches."),
            finding.severity,
            visible(&finding.message)
        ),
    }
}

/// Whether it matches is not known.
fn not_evaluated(rule: &Rule, losses: &Losses, paint: Paint) -> String {
    let fields: Vec<String> = lost_fields(&rule.condition, losses).into_iter().collect();
    format!(
        "{} The shape of the record lost what the rule asks for: {}.",
        paint.bad("Not evaluated."),
        visible(&fields.join(", "))
    )
}

/// How many of the conditions at the top do not hold.
fn missed(rule: &Rule, event: &Value, losses: &Losses, paint: Paint) -> String {
    let no = paint.bad("Does not match.");
    match trace_known(&rule.condition, event, losses).kind {
        TraceKind::All(children) if children.len() > 1 => {
            let failed = children.iter().filter(|child| !child.truth.value).count();
            let verb = if failed == 1 { "does" } else { "do" };
            format!(
                "{no} {failed} of the {} conditions under `match` {verb} not hold.",
                children.len()
            )
        }
        _ => format!("{no} The condition under `match` does not hold."),
    }
}
