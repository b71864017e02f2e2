//! One finding for people: in full, or in a few lines while a stream runs.

use super::super::correlated::{self, call};
use super::super::standing::covered_by;
use super::excerpt::excerpt;
use super::graphics::event_box;
use super::words::{FIRM_SPACE, Paint, visible, wrapped};
use crate::diagnostic::{SourceMap, Span, Style};
use crate::finding::{BaselineState, Finding, Integrity, Recurrence};
use crate::reference::PathStep;

/// Columns that the boxes take beside the text in them.
const BOX_COLUMNS: usize = 9;
/// Fields named in words, and fields of a finding in a stream.
const NAMED_FIELDS: usize = 6;

/// What happened, when, by whom, where it was read, and the fields that matched.
/// The clauses that asked for them stand below, once for several findings alike.
pub(super) fn in_full(finding: &Finding, style: Style) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let message = wrapped(&visible(&finding.message), style.width, 2, 2);
    let mut out = format!("  {}\n", paint.bold(&message));
    for (name, value) in facts(finding) {
        let value = match name {
            // Left whole, so that the place can be copied.
            "file" => visible(&value).into_owned(),
            _ => wrapped(&visible(&value), style.width, 14, 14),
        };
        let name = paint.dim(&format!("{name:<9}"));
        out.push_str(&format!("    {name} {value}\n"));
    }
    out.push_str(&timeline(finding, style, paint));
    let present: Vec<&[PathStep]> = finding
        .fields
        .iter()
        .filter(|field| field.value.is_some())
        .map(|field| field.path.steps.as_slice())
        .collect();
    if !present.is_empty() {
        let width = style.width.saturating_sub(BOX_COLUMNS);
        let excerpt = excerpt(&finding.shown, &present, width);
        out.push_str(&event_box(&excerpt, style));
        if excerpt.unmarked > 0 {
            out.push_str(&format!("    and {} more fields\n", excerpt.unmarked));
        }
    }
    for line in missing(finding) {
        out.push_str(&format!("    {line}\n"));
    }
    out
}

/// The finding in a few lines, for a stream.
pub(super) fn compact(finding: &Finding, sources: &SourceMap, style: Style) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let covered = match &finding.suppressed {
        Some(by) => format!(" (covered by {})", visible(&covered_by(by))),
        None if finding.baseline == Some(BaselineState::Known) => {
            " (known to the baseline)".to_owned()
        }
        None => String::new(),
    };
    let mut out = format!(
        "{} {}: {}{covered}\n",
        paint.severity(finding.severity),
        paint.bold(&finding.rule),
        visible(&finding.message),
    );
    for (name, value) in facts(finding) {
        let name = paint.dim(&format!("{name:<9}"));
        out.push_str(&format!("  {name} {}\n", visible(&value)));
    }
    if let Some(events) = &finding.correlation {
        let name = paint.dim("timeline ");
        let line = correlated::timeline_in_a_line(events, finding);
        out.push_str(&format!("  {name} {}\n", visible(&line)));
    }
    for field in finding.fields.iter().take(NAMED_FIELDS) {
        let path = field.path.to_string();
        let path = visible(&path);
        let line = match &field.value {
            Some(value) => {
                let value = value.to_string();
                format!(
                    "{path}: {}",
                    super::words::shortened(&visible(&value), style.width)
                )
            }
            None => format!("{path} is missing"),
        };
        let name = paint.dim("field    ");
        out.push_str(&format!("  {name} {line}\n"));
    }
    if let Some(clause) = clauses(finding).next() {
        let name = paint.dim("rule     ");
        out.push_str(&format!("  {name} {}\n", sources.place(clause)));
    }
    out
}

/// The clauses of the rule that asked for the finding: of the event, and of the events
/// together.
pub(super) fn clauses(finding: &Finding) -> impl Iterator<Item = Span> {
    let fields = finding.fields.iter().map(|field| field.clause);
    let together = finding.correlation.iter().map(|events| events.clause);
    fields.chain(together)
}

/// The events that were found together, one below the other.
fn timeline(finding: &Finding, style: Style, paint: Paint) -> String {
    let lines = correlated::timeline(finding);
    if lines.is_empty() {
        return String::new();
    }
    let widest = |part: fn(&correlated::Line) -> &str| {
        let lengths = lines.iter().map(|line| visible(part(line)).chars().count());
        lengths.max().unwrap_or(0)
    };
    let (time, since) = (widest(|line| &line.time), widest(|line| &line.since));
    let indent = 6 + time + 2 + since + if since > 0 { 2 } else { 0 };
    let mut out = format!("    {}\n", paint.dim("timeline"));
    for line in &lines {
        let own = if line.is_own {
            " <- the event above"
        } else {
            ""
        };
        // Left whole, so that the place can be copied.
        let place = line.place.as_ref().map_or(String::new(), |place| {
            let place = visible(place).replace(' ', &FIRM_SPACE.to_string());
            format!(" ({place})")
        });
        let what = format!("{}{place}{own}", visible(&line.what));
        let what = wrapped(&what, style.width, indent, indent);
        let gap = if since > 0 { "  " } else { "" };
        let when = format!(
            "{:<time$}  {:<since$}{gap}",
            visible(&line.time),
            line.since
        );
        out.push_str(&format!("      {when}{what}\n"));
    }
    out
}

/// Fields whose absence made the rule match, in words.
fn missing(finding: &Finding) -> Vec<String> {
    let mut paths: Vec<String> = finding
        .fields
        .iter()
        .filter(|field| field.value.is_none())
        .map(|field| visible(&field.path.to_string()).into_owned())
        .collect();
    paths.dedup();
    let more = paths.len().saturating_sub(NAMED_FIELDS);
    paths.truncate(NAMED_FIELDS);
    let mut lines: Vec<String> = paths
        .iter()
        .map(|path| format!("{path} is missing"))
        .collect();
    if more > 0 {
        lines.push(format!("and {more} more fields are missing"));
    }
    lines
}

/// What is said of the event, a line each; what the record does not carry is
/// left out.
fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let event = &finding.event;
    let time = event
        .time_text
        .clone()
        .or_else(|| event.time.map(|time| time.to_string()));
    let written = finding.written_severity;
    let severity = written.map(|written| {
        let severity = finding.severity;
        format!("{severity} by the configuration; the rule says {written}")
    });
    let mut all = vec![("severity", severity)];
    let together = correlated::facts(finding);
    all.extend(together.into_iter().map(|(name, text)| (name, Some(text))));
    all.extend([
        ("time", time),
        ("event", call(event)),
        ("principal", event.principal.clone()),
        ("account", account(finding)),
        ("address", event.source_address.clone()),
        ("event id", event.id.clone()),
        ("file", Some(finding.place.to_string())),
        ("integrity", finding.integrity.map(vouched)),
        ("history", finding.recurrence.map(seen)),
    ]);
    all.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// What earlier runs saw of it, in words.
fn seen(recurrence: Recurrence) -> String {
    match recurrence {
        Recurrence::New => "new: no earlier run saw one like it".to_owned(),
        Recurrence::Again {
            first_seen,
            last_seen,
        } if first_seen == last_seen => format!("seen before, by the run of {last_seen}"),
        Recurrence::Again {
            first_seen,
            last_seen,
        } => format!("seen before, first by the run of {first_seen}, last of {last_seen}"),
    }
}

/// What vouches for the file, in words.
fn vouched(integrity: Integrity) -> String {
    let said = match integrity {
        Integrity::Failed => ": the file is not what CloudTrail delivered",
        Integrity::Unverifiable => ": nothing vouches for the file",
        Integrity::HashChain | Integrity::Signed => "",
    };
    format!("{}{said}", integrity.name())
}

fn account(finding: &Finding) -> Option<String> {
    match (finding.account_in_words(), &finding.event.region) {
        (Some(account), Some(region)) => Some(format!("{account}, {region}")),
        (Some(account), None) => Some(account),
        (None, Some(region)) => Some(format!("not known, {region}")),
        (None, None) => None,
    }
}
