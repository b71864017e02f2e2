//! What became of a baseline, for people.

use super::standing::some_of;
use super::text::words::{Paint, visible};
use crate::baseline::{Baseline, Entry, LeftOut, Updated};
use crate::diagnostic::Style;
use crate::finding::{counted, grouped};

/// What was done with a baseline.
#[derive(Debug)]
pub enum BaselineChange<'a> {
    /// It was made, of so many findings.
    Created(&'a Baseline, u64),
    /// What was new was added.
    Updated(&'a Updated),
    /// What was not seen was taken away.
    Pruned(&'a Updated),
}

/// Says what changed in the baseline of this name, a line for each entry, and which
/// findings it does not cover.
pub fn baseline_text(
    name: &str,
    change: BaselineChange<'_>,
    left_out: LeftOut,
    style: Style,
) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let name = paint.bold(&visible(name));
    let mut out = match change {
        BaselineChange::Created(baseline, findings) => {
            let entries = entries(baseline.entries().len());
            let findings = counted(findings, "finding");
            format!(
                "{name} was made: {entries} for {findings}{}\n",
                by_rule(baseline.entries())
            )
        }
        BaselineChange::Updated(updated) => {
            changed(&name, "added", '+', &updated.added, &updated.baseline)
        }
        BaselineChange::Pruned(updated) => changed(
            &name,
            "taken away",
            '-',
            &updated.removed,
            &updated.baseline,
        ),
    };
    let LeftOut {
        without_time,
        later,
        without_name,
    } = left_out;
    let reasons = [
        (without_time, "the time of the event cannot be read"),
        (later, "the event is later than the time of this run"),
        (
            without_name,
            "the shape of the record lost what the fingerprint is made of",
        ),
    ];
    for (count, why) in reasons {
        if count > 0 {
            let findings = counted(count, "finding");
            out.push_str(&format!("{findings} cannot be in it and stay new: {why}\n"));
        }
    }
    out
}

fn changed(name: &str, verb: &str, sign: char, changed: &[Entry], baseline: &Baseline) -> String {
    let all = entries(baseline.entries().len());
    if changed.is_empty() {
        return format!("{name} stays as it is: {all}\n");
    }
    let count = entries(changed.len());
    let mut out = format!("{name}: {count} {verb}, now {all}\n");
    for entry in changed {
        out.push_str(&format!(
            "{sign} {} {} ({}, {}): {}\n",
            visible(&entry.rule),
            entry.fingerprint,
            counted(entry.count, "finding"),
            entry.last,
            visible(&entry.message)
        ));
    }
    out
}

fn entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{} entries", grouped(count as u64)),
    }
}

/// ` (a (2), b (1))`, of entries that are sorted by rule.
fn by_rule(entries: &[Entry]) -> String {
    let rules = entries.chunk_by(|a, b| a.rule == b.rule);
    let named: Vec<String> = rules
        .filter_map(|of_rule| {
            Some(format!(
                "{} ({})",
                visible(&of_rule.first()?.rule),
                of_rule.len()
            ))
        })
        .collect();
    match named.as_slice() {
        [] => String::new(),
        named => format!(": {}", some_of(named)),
    }
}
