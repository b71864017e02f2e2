//! What several events together came to, in words: of a finding what its events have in
//! common, what was asked of them and their timeline; of a run what its correlations
//! could not tell.

use crate::finding::{
    CorrelatedEvent, CorrelatedEvents, CorrelationCounts, EventFacts, Finding, Moment, Summary,
    counted, duration_text, grouped, key_in_words,
};

use super::standing::by_name;

/// What is said of the events as a whole, each under a name; nothing of a finding that
/// is about one event.
pub(super) fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let Some(events) = finding.correlation.as_deref() else {
        return Vec::new();
    };
    let key = match events.key.is_empty() {
        true => "none: the events of all count together".to_owned(),
        false => events.key_in_words(),
    };
    let measured = events
        .measured
        .as_ref()
        .map(|measured| match events.events {
            1 => measured.clone(),
            _ => format!("{measured} at most in a window"),
        });
    let new = (!events.values.is_empty()).then(|| events.values.join(", "));
    let size = match events.first == events.last {
        true => format!("{}, {}", events.size_in_words(), events.first),
        false => format!(
            "{}, {} to {}",
            events.size_in_words(),
            events.first,
            events.last
        ),
    };
    let all = [
        ("key", Some(key)),
        ("asked", Some(events.asks.clone())),
        ("measured", measured),
        ("new", new),
        ("events", Some(size)),
    ];
    all.into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

/// A line of a timeline, in the parts that stand below each other.
pub(super) struct Line {
    /// When; empty where that cannot be told.
    pub(super) time: String,
    /// `+1m 30s` after the one before; empty at the first.
    pub(super) since: String,
    /// What happened, or how many events are not shown.
    pub(super) what: String,
    /// Where the event was read.
    pub(super) place: Option<String>,
    /// Whether it is the event that the finding names.
    pub(super) is_own: bool,
}

impl Line {
    /// What happened, and where that was read.
    pub(super) fn what_and_where(&self) -> String {
        match &self.place {
            Some(place) => format!("{} ({place})", self.what),
            None => self.what.clone(),
        }
    }

    /// All of it in one line.
    #[cfg(feature = "cli")]
    pub(super) fn in_full(&self) -> String {
        let parts = [&self.time, &self.since, &self.what_and_where()];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.cloned().collect::<Vec<_>>().join(" ")
    }
}

/// The timeline of a finding; nothing where it is about one event.
pub(super) fn timeline(finding: &Finding) -> Vec<Line> {
    let Some(events) = finding.correlation.as_deref() else {
        return Vec::new();
    };
    let moments = events.moments(&finding.place).into_iter();
    moments
        .map(|moment| match moment {
            Moment::LeftOut {
                events,
                some_before,
            } => Line {
                time: String::new(),
                since: String::new(),
                what: left_out(events, some_before),
                place: None,
                is_own: false,
            },
            Moment::Event {
                event,
                since,
                is_own,
            } => Line {
                time: time(&event.event),
                since: since.map_or(String::new(), since_text),
                what: what(event),
                place: Some(event.place.to_string()),
                is_own,
            },
        })
        .collect()
}

/// `+1m 30s`
pub(super) fn since_text(since: jiff::SignedDuration) -> String {
    format!("+{}", duration_text(since))
}

/// `and 12 more`
pub(super) fn left_out(events: u64, some_before: bool) -> String {
    let before = match some_before {
        true => ", earlier ones among them",
        false => "",
    };
    format!("and {} more, not shown{before}", grouped(events))
}

/// When an event happened, as well as that is known.
pub(super) fn time(event: &EventFacts) -> String {
    let time = event.time.map(|time| time.to_string());
    let time = time.or_else(|| event.time_text.clone());
    time.unwrap_or_default()
}

/// `guessed: ConsoleLogin of signin.amazonaws.com by arn:... from 203.0.113.9`
pub(super) fn what(event: &CorrelatedEvent) -> String {
    let mut text = match &event.step {
        Some(step) => format!("{step}: "),
        None => String::new(),
    };
    text.push_str(&call(&event.event).unwrap_or_else(|| "a call without a name".to_owned()));
    if let Some(principal) = &event.event.principal {
        text.push_str(&format!(" by {principal}"));
    }
    if let Some(address) = &event.event.source_address {
        text.push_str(&format!(" from {address}"));
    }
    text
}

/// `CreateProject of codebuild.amazonaws.com, failed with AccessDenied`
pub(super) fn call(event: &EventFacts) -> Option<String> {
    let mut text = match (&event.name, &event.source) {
        (Some(name), Some(source)) => format!("{name} of {source}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => return None,
    };
    if let Some(error) = &event.error_code {
        text.push_str(&format!(", failed with {error}"));
    }
    Some(text)
}

/// The whole timeline in one line, without who and where:
/// `2026-01-05T09:00:00Z ConsoleLogin, +2m ConsoleLogin, and 3 more ..., +1m ConsoleLogin`
pub(super) fn timeline_in_a_line(events: &CorrelatedEvents, finding: &Finding) -> String {
    let moments = events.moments(&finding.place).into_iter();
    let parts = moments.map(|moment| match moment {
        Moment::LeftOut {
            events,
            some_before,
        } => left_out(events, some_before),
        Moment::Event { event, since, .. } => {
            let when = since.map_or_else(|| time(&event.event), since_text);
            let what = event.event.name.as_deref().unwrap_or("-");
            match &event.step {
                Some(step) => format!("{when} {step}: {what}"),
                None => format!("{when} {what}"),
            }
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What the correlations of a run could not tell, a line for each rule under a name.
pub(super) fn untold(summary: &Summary) -> Vec<(&'static str, String)> {
    let Some(counts) = &summary.correlation else {
        return Vec::new();
    };
    let mut lines: Vec<_> = (counts.undetermined.iter())
        .map(|(rule, windows)| ("Open", open(counts, rule, *windows)))
        .collect();
    if !counts.learning.is_empty() {
        let rules = counts.learning.iter();
        let text = format!(
            "rules about new values are still learning, and did not judge {}: {}",
            counted(counts.learning.values().sum(), "value"),
            by_name(rules.map(|(rule, count)| (rule.as_str(), *count)))
        );
        lines.push(("Learning", text));
    }
    if counts.late > 0 {
        lines.push(("Late", late(counts.late)));
    }
    lines
}

/// The same of one rule.
#[cfg(feature = "cli")]
pub(super) fn untold_of(summary: &Summary, rule: &str) -> Vec<String> {
    let Some(counts) = &summary.correlation else {
        return Vec::new();
    };
    let windows = counts.undetermined.get(rule);
    let open = windows.map(|windows| open(counts, rule, *windows));
    let values = counts.learning.get(rule);
    let learning = values.map(|values| {
        format!(
            "rule {rule} is still learning: {} not judged",
            counted(*values, "value")
        )
    });
    open.into_iter().chain(learning).collect()
}

/// `rule stopped: 2 windows undetermined, for they end after the last event; the first: ...`
pub(super) fn open(counts: &CorrelationCounts, rule: &str, windows: u64) -> String {
    let end = if windows == 1 { "it ends" } else { "they end" };
    let mut text = format!(
        "rule {rule}: {} undetermined, for {end} after the last event that was read",
        counted(windows, "window"),
    );
    if let Some(named) = counts.named.iter().find(|named| named.rule == rule) {
        let first = if windows == 1 { "" } else { " the first" };
        let key = match named.key.is_empty() {
            true => String::new(),
            false => format!(" with {},", key_in_words(&named.key)),
        };
        text.push_str(&format!(";{first}{key} open until {}", named.until));
    }
    text
}

/// `3 events came too late ...`
pub(super) fn late(events: u64) -> String {
    format!(
        "{} came after the windows that they belong to were final, and are in none",
        counted(events, "event")
    )
}
