//! The last lines: what counts, what does not, what was read, and the verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::super::correlated;
use super::super::standing::{self, some_of};
use super::words::{Paint, visible, wrapped};
use crate::diagnostic::Style;
use crate::finding::{
    Coverage, Expected, HistoryCounts, Integrity, NotEvaluated, Reason, Summary, Verdict, counted,
    grouped,
};

pub(super) fn rendered(summary: &Summary, style: Style) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let mut out: String = facts(summary)
        .into_iter()
        .map(|(name, text)| line(name, &text, style, paint))
        .collect();
    let clean = if summary.is_evaluated() {
        match summary.known {
            Some(known) if known.inputs > 0 => {
                "everything new was read and evaluated; nothing in it fails the run"
            }
            _ => "everything was read and evaluated; nothing fails the run",
        }
    } else {
        "everything was read; nothing that could be evaluated fails the run"
    };
    out.push_str(&verdict(&summary.verdict, clean, style));
    out
}

/// What there is to say before the verdict, each under a name.
pub(in crate::output) fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    let mut lines = vec![("Findings", findings(summary))];
    let told = summary.history.as_ref();
    lines.extend(told.map(|counts| ("History", history(counts))));
    let excepted = summary.excepted();
    if !excepted.is_empty() {
        let total = excepted.values().sum();
        let text = format!(
            "{} covered by exceptions: {}",
            counted(total, "finding"),
            standing::by_name(excepted.into_iter())
        );
        lines.push(("Suppressed", text));
    }
    lines.extend(standing::waived(summary).map(|text| ("Waived", text)));
    if let Some(counts) = &summary.baseline {
        lines.push(("Baseline", standing::baseline(summary, counts)));
    }
    for expired in &summary.expired_exceptions {
        let text = format!(
            "the exception of {} in rule {} ended on {}: {}",
            expired.owner, expired.rule, expired.since, expired.reason
        );
        lines.push(("Expired", text));
    }
    let expired = summary.expired_waivers.iter();
    lines.extend(expired.map(|waiver| ("Expired", standing::expired(waiver))));
    lines.extend(inactive(summary).map(|text| ("Inactive", text)));
    if summary.rules.not_applicable > 0 {
        let text = format!(
            "{} about other logs than CloudTrail",
            counted(summary.rules.not_applicable, "Sigma rule")
        );
        lines.push(("Not run", text));
    }
    if summary.rules.unreported > 0 {
        let rules = counted(summary.rules.unreported, "Sigma rule");
        let verb = if summary.rules.unreported == 1 {
            "reports"
        } else {
            "report"
        };
        lines.push((
            "Together",
            format!("{rules} {verb} through correlations alone"),
        ));
    }
    for off in &summary.rules.off {
        let text = format!("rule {} by {}: {}", off.id, off.place, off.reason);
        lines.push(("Off", text));
    }
    if let Some(left_out) = &summary.rules.left_out {
        lines.push(("Profile", left_out.to_string()));
    }
    for rule in &summary.rules.changed {
        let (id, severity, written) = (&rule.id, rule.severity, rule.written);
        let text = format!(
            "rule {id} is {severity}, not {written}, by {}: {}",
            rule.place, rule.reason
        );
        lines.push(("Severity", text));
    }
    for (rule, count) in &summary.undecided {
        let text = format!(
            "rule {rule} could not decode the JSON in a field of {}",
            counted(*count, "event")
        );
        lines.push(("Undecided", text));
    }
    if !summary.asked.is_everything() {
        lines.push(("Asked", asked(summary)));
    }
    lines.extend(not_evaluated(summary).map(|text| ("Unevaluated", text)));
    lines.extend(correlated::untold(summary));
    lines.push(("Read", read(summary)));
    lines.extend(known(summary).map(|text| ("Known", text)));
    lines.extend(summary.expected.iter().map(|of| ("Expected", expected(of))));
    lines.extend(integrity(summary).map(|text| ("Integrity", text)));
    let left_out = left_out(summary);
    if !left_out.is_empty() {
        lines.push(("Left out", left_out));
    }
    lines
}

/// A name and what is to be said under it.
pub(crate) fn line(name: &str, text: &str, style: Style, paint: Paint) -> String {
    let text = wrapped(&visible(text), style.width, 12, 12);
    format!("{} {text}\n", paint.bold(&format!("{name:<11}")))
}

/// `3 (1 critical, 2 high) by 2 of 57 rules`
fn findings(summary: &Summary) -> String {
    let total = summary.findings.total();
    if total == 0 {
        return format!("none, by {}", counted(summary.rules.active, "rule"));
    }
    format!(
        "{} ({}) by {} of {}",
        grouped(total),
        standing::severities(&summary.findings),
        summary.findings.by_rule.len(),
        counted(summary.rules.active, "rule")
    )
}

/// `by fingerprint 3 new, 9 seen again; 2 of earlier runs not seen`
fn history(counts: &HistoryCounts) -> String {
    let HistoryCounts {
        new,
        again,
        not_seen,
        not_seen_since,
        earlier_runs,
        ..
    } = counts;
    if *earlier_runs == 0 {
        return format!(
            "the first run that is kept; by fingerprint {} new",
            grouped(*new)
        );
    }
    let mut text = format!(
        "by fingerprint {} new, {} seen again",
        grouped(*new),
        grouped(*again)
    );
    if *not_seen > 0 {
        text.push_str(&format!(
            "; {} of earlier runs not seen",
            grouped(*not_seen)
        ));
    }
    if let Some(since) = not_seen_since {
        let runs = if *not_seen == 1 {
            "since the run"
        } else {
            "the latest since the run"
        };
        text.push_str(&format!(", {runs} of {since}"));
    }
    text
}

/// `3 inputs that earlier runs read, with 14 events to 2026-.. and 2 findings then`
fn known(summary: &Summary) -> Option<String> {
    let known = summary.known.filter(|known| known.inputs > 0)?;
    let mut text = format!(
        "{} not read again: earlier runs did under the same rules, with {}",
        counted(known.inputs, "input"),
        counted(known.events, "event"),
    );
    if let Some(last) = known.last {
        text.push_str(&format!(" to {last}"));
    }
    text.push_str(&format!(" and {}", counted(known.findings, "finding")));
    Some(text)
}

/// What is waited for: which rules, where it is one set of lists; else how many for each.
fn inactive(summary: &Summary) -> Option<String> {
    let mut by_lists: BTreeMap<&[String], Vec<&str>> = BTreeMap::new();
    for rule in &summary.rules.inactive {
        by_lists.entry(&rule.lists).or_default().push(&rule.id);
    }
    if by_lists.len() > 1 {
        let waiting: Vec<String> = by_lists
            .iter()
            .map(|(lists, rules)| match rules.len() {
                1 => lists.join(" and "),
                more => format!("{} ({more})", lists.join(" and ")),
            })
            .collect();
        return Some(format!(
            "{} until lists are set (--list NAME=FILE): {}",
            counted(summary.rules.inactive.len() as u64, "rule"),
            waiting.join(", ")
        ));
    }
    let (lists, rules) = by_lists.into_iter().next()?;
    let options: Vec<String> = lists
        .iter()
        .map(|list| format!("--list {list}=FILE"))
        .collect();
    Some(format!(
        "{} until a list is set ({}): {}",
        counted(rules.len() as u64, "rule"),
        options.join(" "),
        some_of(&rules)
    ))
}

/// `events from 2026-.. on and before 2026-.., of account 111122223333`
fn asked(summary: &Summary) -> String {
    let asked = &summary.asked;
    let mut text = "events".to_owned();
    match (asked.since, asked.until) {
        (None, None) => {}
        (Some(since), None) => text.push_str(&format!(" from {since} on")),
        (None, Some(until)) => text.push_str(&format!(" before {until}")),
        (Some(since), Some(until)) => {
            text.push_str(&format!(" from {since} on and before {until}"));
        }
    }
    for (noun, names) in [("account", &asked.accounts), ("region", &asked.regions)] {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if !names.is_empty() {
            let plural = if names.len() == 1 { "" } else { "s" };
            text.push_str(&format!(" of {noun}{plural} {}", some_of(&names)));
        }
    }
    if let Some(margin) = summary.delivery_margin {
        text.push_str(&format!(
            "; of buckets, what was delivered up to {margin:#} later"
        ));
    }
    text
}

/// One line for each shape: what it lost that rules ask for, and which rules.
fn not_evaluated(summary: &Summary) -> impl Iterator<Item = String> {
    let mut by_shape: BTreeMap<&str, Vec<&NotEvaluated>> = BTreeMap::new();
    for entry in &summary.not_evaluated {
        by_shape.entry(&entry.shape).or_default().push(entry);
    }
    by_shape.into_iter().map(|(shape, entries)| {
        let fields: BTreeSet<&String> = entries.iter().flat_map(|entry| &entry.fields).collect();
        let fields: Vec<&str> = fields.into_iter().map(String::as_str).collect();
        let rules: Vec<String> = entries
            .iter()
            .map(|entry| format!("{} ({})", entry.rule, grouped(entry.records)))
            .collect();
        format!(
            "{} on records in the shape {shape}, which lost what they ask for ({}): {}",
            counted(rules.len() as u64, "rule"),
            some_of(&fields),
            some_of(&rules)
        )
    })
}

/// `9 events of 2 inputs, 2026-.. to 2026-.., account 111122223333, 2 regions (a, b)`
fn read(summary: &Summary) -> String {
    let mut text = format!(
        "{} of {}",
        counted(summary.records.events, "event"),
        counted(summary.inputs.read + summary.inputs.failed, "input")
    );
    let members = summary.inputs.members;
    if members.read + members.failed > 0 {
        let files = counted(members.read + members.failed, "file");
        text.push_str(&format!(" with {files} in archives"));
        if members.failed > 0 {
            let failed = grouped(members.failed);
            text.push_str(&format!(" ({failed} not read in full)"));
        }
    }
    if summary.inputs.failed > 0 {
        let failed = grouped(summary.inputs.failed);
        text.push_str(&format!(", {failed} not read in full"));
    }
    let Coverage {
        first,
        last,
        accounts,
        regions,
        ..
    } = &summary.coverage;
    if let (Some(first), Some(last)) = (first, last) {
        text.push_str(&format!(", {first} to {last}"));
    }
    for (noun, names) in [("account", accounts), ("region", regions)] {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            [] => {}
            [only] => text.push_str(&format!(", {noun} {only}")),
            several => text.push_str(&format!(
                ", {} ({})",
                counted(several.len() as u64, noun),
                some_of(several)
            )),
        }
    }
    text
}

/// `3 accounts sent events; 1 of 2 regions did not: eu-west-1`
fn expected(expected: &Expected) -> String {
    let parts = expected.0.iter().map(|(kind, of)| {
        let all = counted(of.expected.len() as u64, kind.name());
        let silent: Vec<&str> = of.silent.iter().map(|one| one.shown.as_str()).collect();
        match (of.held, silent.as_slice()) {
            (false, _) => {
                format!("{all} not looked for, as the run asks about a part of what they send")
            }
            (true, []) => format!("{all} sent events"),
            (true, several) => {
                format!(
                    "{} of {all} sent no event: {}",
                    several.len(),
                    several.join(", ")
                )
            }
        }
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// `3 inputs signed, 1 failed and was not read`
fn integrity(summary: &Summary) -> Option<String> {
    let counts = summary.integrity.as_ref()?;
    let mut parts: Vec<String> = Integrity::ALL
        .iter()
        .filter_map(|integrity| Some((integrity.name(), counts.files.get(integrity)?)))
        .map(|(name, count)| format!("{} {name}", counted(*count, "input")))
        .collect();
    if counts.refused > 0 {
        parts.push(format!("{} refused", counted(counts.refused, "input")));
    }
    Some(match parts.is_empty() {
        true => "nothing to verify".to_owned(),
        false => parts.join(", "),
    })
}

fn left_out(summary: &Summary) -> String {
    let records = &summary.records;
    let mut parts: Vec<String> = summary
        .skipped
        .iter()
        .map(|(kind, count)| match kind.as_str() {
            "other_service" => format!("{} of other services", counted(*count, "folder")),
            kind => counted(*count, &format!("{kind} file")),
        })
        .collect();
    if records.outside > 0 {
        let events = counted(records.outside, "event");
        parts.push(format!("{events} outside of what was asked about"));
    }
    let counts = [
        (records.bad, "bad record"),
        (records.unknown_version, "record of an unknown version"),
        (records.insight, "Insights event"),
        (records.digest, "digest"),
        (summary.duplicates, "duplicate"),
    ];
    parts.extend(
        counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| match noun.split_once(' ') {
                Some((first, rest)) if rest.starts_with("of ") => {
                    format!("{} {rest}", counted(*count, first))
                }
                _ => counted(*count, noun),
            }),
    );
    for (shape, count) in &records.unread {
        parts.push(format!(
            "{} not read ({})",
            counted(*count, "record"),
            shape.replace('_', " ")
        ));
    }
    for (reason, count) in &records.not_cloudtrail {
        parts.push(format!(
            "{} not CloudTrail ({})",
            counted(*count, "record"),
            reason.replace('_', " ")
        ));
    }
    parts.join(", ")
}

/// The exit code with why; several reasons a line each. `clean` is said where there
/// is none.
pub(crate) fn verdict(verdict: &Verdict, clean: &str, style: Style) -> String {
    const INDENT: usize = 12;
    let paint = Paint {
        colour: style.colour,
    };
    if verdict.is_clean() {
        let head = "Verdict     exit 0:";
        let text = wrapped(clean, style.width, head.len() + 1, INDENT);
        return format!("{} {text}\n", paint.good(head));
    }
    let head = format!("Verdict     exit {}", verdict.exit_code());
    if let [Reason { why, .. }] = verdict.reasons() {
        let text = wrapped(&visible(why), style.width, head.len() + 2, INDENT);
        return format!("{} {text}\n", paint.bad(&format!("{head}:")));
    }
    let mut out = format!("{}\n", paint.bad(&head));
    for reason in verdict.reasons() {
        let text = wrapped(
            &visible(&reason.to_string()),
            style.width,
            INDENT,
            INDENT + 3,
        );
        out.push_str(&format!("{}{text}\n", " ".repeat(INDENT)));
    }
    out
}
