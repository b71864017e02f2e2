//! What a state file knows, for people and for tools: runs one under the other with
//! what they came to, and the story of a finding.

use serde_json::{Value, json};

use super::text::words::{Paint, visible, wrapped};
use crate::diagnostic::Style;
use crate::finding::{RunCounts, counted, grouped};
use crate::rule::Severity;
use crate::state::{OpenEvents, RunRecord, Sighting, Story};

/// From none to the most.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Runs in one line of a trend.
const TREND: usize = 60;

/// The runs as a table, the last one last, the trend of each severity, and what
/// correlations wait with.
pub fn history_text(runs: &[RunRecord], all: u64, open: &[OpenEvents], style: Style) -> String {
    if runs.is_empty() {
        return "no run is kept yet\n".to_owned();
    }
    let paint = Paint {
        colour: style.colour,
    };
    let head = row(&[
        "run", "made for", "exit", "findings", "new", "again", "not seen", "events", "inputs",
        "known",
    ]);
    let mut out = format!("{}\n", paint.bold(head.trim_end()));
    for run in runs {
        out.push_str(line(run).trim_end());
        out.push('\n');
    }
    let shown = runs.len() as u64;
    if all > shown {
        let rest = counted(all - shown, "earlier run");
        out.push_str(&format!("and {rest}: `--last {all}` shows all\n"));
    }
    out.push('\n');
    out.push_str(&trends(runs, paint));
    if let Some(last) = runs.last() {
        out.push_str(&reasons(last, style));
    }
    out.push_str(&waiting(open, paint));
    out
}

/// What rules about several events wait with.
fn waiting(open: &[OpenEvents], paint: Paint) -> String {
    if open.is_empty() {
        return String::new();
    }
    let all = open.iter().map(|of_rule| of_rule.events).sum();
    let all = counted(all, "event");
    let head = format!("{all} kept, which rules about several may need beside later ones");
    let mut out = format!("\n{}\n", paint.bold(&head));
    for of_rule in open {
        out.push_str(&format!(
            "{:>13}  {}, {} to {}\n",
            grouped(of_rule.events),
            visible(&of_rule.rule),
            of_rule.first,
            of_rule.last,
        ));
    }
    out
}

fn line(run: &RunRecord) -> String {
    let counts = &run.counts;
    let [read, failed, known] = run.inputs;
    let exit = match run.reported {
        true => counts.exit_code.to_string(),
        false => format!("{}!", counts.exit_code),
    };
    row(&[
        &run.number.to_string(),
        &counts.at.strftime("%Y-%m-%d %H:%M").to_string(),
        &exit,
        &grouped(counts.findings()),
        &grouped(counts.new),
        &grouped(counts.again),
        &grouped(run.not_seen),
        &grouped(counts.events),
        &grouped(read + failed),
        &grouped(known),
    ])
}

fn row(cells: &[&str; 10]) -> String {
    let widths = [5, 18, 6, 10, 8, 8, 10, 13, 9, 9];
    let cells = cells.iter().zip(widths).enumerate();
    cells
        .map(|(column, (cell, width))| match column {
            1 => format!("  {cell:<16}"),
            _ => format!("{cell:>width$}"),
        })
        .collect()
}

/// A line for each severity that has findings, the worst first.
fn trends(runs: &[RunRecord], paint: Paint) -> String {
    let first = runs.len().saturating_sub(TREND);
    let counts: Vec<&RunCounts> = runs[first..].iter().map(|run| &run.counts).collect();
    let mut out = String::new();
    for severity in Severity::ALL.into_iter().rev() {
        let of = |run: &&RunCounts| run.by_severity.get(&severity).copied().unwrap_or(0);
        let found: Vec<u64> = counts.iter().map(of).collect();
        if found.iter().any(|count| *count > 0) {
            out.push_str(&trend(&paint.severity(severity), severity.name(), &found));
        }
    }
    let new: Vec<u64> = counts.iter().map(|run| run.new).collect();
    out.push_str(&trend("new", "new", &new));
    out
}

/// `high      ▁▃█  12 in the last run, at most 40`
fn trend(shown: &str, name: &str, found: &[u64]) -> String {
    let most = found.iter().copied().max().unwrap_or(0);
    let last = found.last().copied().unwrap_or(0);
    let bar: String = found.iter().map(|count| level(*count, most)).collect();
    let gap = " ".repeat(10usize.saturating_sub(name.len()));
    format!(
        "{shown}{gap}{bar}  {} in the last run, at most {}\n",
        grouped(last),
        grouped(most)
    )
}

/// How high a count stands among others; none stands lowest, and it alone.
fn level(count: u64, most: u64) -> char {
    if count == 0 || most == 0 {
        return LEVELS[0];
    }
    let steps = LEVELS.len() as u64 - 1;
    let step = count.saturating_mul(steps).div_ceil(most).clamp(1, steps);
    LEVELS[step as usize]
}

fn reasons(last: &RunRecord, style: Style) -> String {
    let mut out = String::new();
    let mut say = |name: &str, text: &str| {
        let text = wrapped(&visible(text), style.width, 12, 12);
        out.push_str(&format!("{name:<11} {text}\n"));
    };
    for reason in &last.reasons {
        say("Last run", &format!("exit {reason}"));
    }
    if last.reasons.is_empty() {
        say("Last run", "exit 0");
    }
    if !last.reported {
        say(
            "!",
            "its outputs were not all written, so the next run reads again what it read",
        );
    }
    format!("\n{out}")
}

/// The findings of a rule a few lines each; of one alone also the runs that saw it.
pub fn stories_text(stories: &[Story], sightings: &[Sighting], all: u64, style: Style) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let mut out = String::new();
    for story in stories {
        out.push_str(&story_text(story, style, paint));
    }
    let shown = stories.len() as u64;
    if all > shown {
        let rest = counted(all - shown, "more finding");
        out.push_str(&format!("and {rest}: `--last {all}` shows all\n"));
    }
    if sightings.is_empty() {
        return out;
    }
    let head = "    run  made for          events  first delivered  open";
    out.push_str(&format!("{}\n", paint.bold(head)));
    for seen in sightings {
        out.push_str(&format!(
            "{:>7}  {}  {:>6}  {:>15}  {:>4}\n",
            seen.run,
            seen.at.strftime("%Y-%m-%d %H:%M"),
            grouped(seen.events),
            grouped(seen.fresh),
            grouped(seen.open),
        ));
    }
    out
}

fn story_text(story: &Story, style: Style, paint: Paint) -> String {
    let severity = Severity::parse(&story.severity).unwrap_or(Severity::Info);
    let message = wrapped(&visible(&story.message), style.width, 2, 2);
    let mut out = format!(
        "{} {}\n  {message}\n",
        paint.severity(severity),
        paint.bold(&visible(&story.rule)),
    );
    let place = [&story.account, &story.region].into_iter().flatten();
    let place: Vec<&str> = place.map(String::as_str).collect();
    let events = match (story.first_event, story.last_event) {
        (Some(first), Some(last)) => {
            format!("{}, {first} to {last}", counted(story.events, "event"))
        }
        _ => counted(story.events, "event"),
    };
    let seen = format!(
        "by {}, first by the run of {}, last of {}",
        counted(story.runs, "run"),
        story.first_seen,
        story.last_seen
    );
    let facts = [
        ("principal", story.principal.clone()),
        (
            "account",
            Some(place.join(", ")).filter(|place| !place.is_empty()),
        ),
        ("events", Some(events)),
        ("seen", Some(seen)),
        ("name", Some(story.fingerprint.clone())),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            let value = wrapped(&visible(&value), style.width, 14, 14);
            out.push_str(&format!(
                "    {} {value}\n",
                paint.dim(&format!("{name:<9}"))
            ));
        }
    }
    out.push('\n');
    out
}

/// The runs as one object, with what correlations wait with.
pub fn history_json(runs: &[RunRecord], open: &[OpenEvents]) -> Value {
    let runs: Vec<Value> = runs.iter().map(run_object).collect();
    let open = open.iter().map(|of_rule| {
        json!({
            "rule": of_rule.rule,
            "events": of_rule.events,
            "first": of_rule.first.to_string(),
            "last": of_rule.last.to_string(),
        })
    });
    let open: Vec<Value> = open.collect();
    json!({"schema": super::SCHEMA, "type": "history", "runs": runs, "open_events": open})
}

fn run_object(run: &RunRecord) -> Value {
    let counts = &run.counts;
    let [read, failed, known] = run.inputs;
    let by_severity = Severity::ALL.iter().rev().map(|severity| {
        let found = counts.by_severity.get(severity).copied().unwrap_or(0);
        (severity.name().to_owned(), json!(found))
    });
    let asked = &run.asked;
    let rules: String = run.rules.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "run": run.number,
        "made_for": counts.at.to_string(),
        "began": run.began.to_string(),
        "milliseconds": run.took / 1000,
        "version": run.version,
        "rules": {"active": run.active_rules, "hash": rules},
        "asked": (!asked.is_everything()).then(|| json!({
            "since": asked.since.map(|time| time.to_string()),
            "until": asked.until.map(|time| time.to_string()),
            "accounts": asked.accounts,
            "regions": asked.regions,
        })),
        "exit_code": counts.exit_code,
        "reasons": run.reasons,
        "reported": run.reported,
        "events": counts.events,
        "inputs": {"read": read, "failed": failed, "known": known},
        "findings": {
            "total": counts.findings(),
            "by_severity": by_severity.collect::<serde_json::Map<_, _>>(),
        },
        "new": counts.new,
        "again": counts.again,
        "not_seen": run.not_seen,
    })
}

/// Findings as one object; of one alone also the runs that saw it.
pub fn stories_json(stories: &[Story], sightings: &[Sighting]) -> Value {
    let stories: Vec<Value> = stories.iter().map(story_object).collect();
    let sightings: Vec<Value> = sightings
        .iter()
        .map(|seen| {
            json!({
                "run": seen.run,
                "made_for": seen.at.to_string(),
                "events": seen.events,
                "fresh": seen.fresh,
                "open": seen.open,
            })
        })
        .collect();
    json!({
        "schema": super::SCHEMA,
        "type": "stories",
        "findings": stories,
        "sightings": sightings,
    })
}

fn story_object(story: &Story) -> Value {
    json!({
        "fingerprint": story.fingerprint,
        "rule": story.rule,
        "severity": story.severity,
        "message": story.message,
        "account": story.account,
        "region": story.region,
        "principal": story.principal,
        "runs": story.runs,
        "events": story.events,
        "first_seen": story.first_seen.to_string(),
        "last_seen": story.last_seen.to_string(),
        "first_event": story.first_event.map(|time| time.to_string()),
        "last_event": story.last_event.map(|time| time.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stands_lowest_and_the_most_highest() {
        let bar: String = [0, 1, 2, 3, 4, 50, 99, 100]
            .map(|count| level(count, 100))
            .iter()
            .collect();
        assert_eq!(bar, "▁▂▂▂▂▅██");
        assert_eq!(level(0, 0), '▁');
        assert_eq!(level(1, 1), '█');
    }
}
