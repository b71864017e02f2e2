//! The events under one key: what they come to, and the nearest window.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;

use super::is_episode;
use super::near::{Near, after, near, stretch};
use crate::correlate::{AsOf, Episode, Folded, Key, Signal, duration_text, fold, shown_key};
use crate::diagnostic::Style;
use crate::finding::{counted, facts_of};
use crate::output::text::words::{Paint, visible, wrapped};
use crate::rule::Rule;
use crate::rule::correlation::{Correlation, Step};

/// The events of a key that are shown.
const MOST_EVENTS: usize = 12;

/// The findings, and the windows that are not over, that are shown of a key.
const MOST_SHOWN: usize = 3;

/// The events under one key.
#[derive(Debug)]
pub(super) struct UnderKey {
    key: Key,
    /// In the order of time, each event once.
    signals: Vec<Arc<Signal>>,
    /// Deliveries of events that were there before.
    again: u64,
    folded: Vec<Folded>,
    pub(super) near: Near,
    /// How far the data reaches.
    reached: Option<Timestamp>,
}

/// Signals of one rule by key, those with findings first, then the nearest.
pub(super) fn under_keys(
    correlation: &Correlation,
    signals: Vec<Signal>,
    as_of: AsOf,
) -> Vec<UnderKey> {
    let mut keys: Vec<UnderKey> = Vec::new();
    for signal in signals {
        match keys.last_mut().filter(|under| under.key == signal.key) {
            Some(under) => under.add(signal),
            None => keys.push(UnderKey {
                key: signal.key.clone(),
                signals: vec![Arc::new(signal)],
                again: 0,
                folded: Vec::new(),
                near: Near::nothing(),
                reached: as_of.reached,
            }),
        }
    }
    for under in &mut keys {
        let folded = &mut under.folded;
        let signals = under.signals.iter().map(|signal| (**signal).clone());
        fold(correlation, signals, as_of, &mut |_, one| {
            if !matches!(one, Folded::Open(_)) {
                folded.push(one);
            }
        });
        under.near = near(correlation, &under.signals, as_of.reached);
    }
    keys.sort_by(|a, b| {
        let order = (b.is_found(), b.is_undetermined()).cmp(&(a.is_found(), a.is_undetermined()));
        order.then_with(|| b.near.share.total_cmp(&a.near.share))
    });
    keys
}

impl UnderKey {
    fn add(&mut self, signal: Signal) {
        let last = self.signals.last();
        if last.is_some_and(|last| signal.is_again(last)) {
            self.again += 1;
        } else {
            self.signals.push(Arc::new(signal));
        }
    }

    pub(super) fn is_found(&self) -> bool {
        self.folded.iter().any(is_episode)
    }

    pub(super) fn is_undetermined(&self) -> bool {
        let open = |folded: &Folded| matches!(folded, Folded::Undetermined(_));
        self.folded.iter().any(open)
    }

    /// All of it for people.
    pub(super) fn text(&self, rule: &Rule, correlation: &Correlation, style: Style) -> String {
        let paint = Paint {
            colour: style.colour,
        };
        let verdict = if self.is_found() {
            paint.good("found")
        } else if self.is_undetermined() {
            paint.bad("undetermined")
        } else {
            paint.bad("not found")
        };
        let heading = paint.bold(&visible(&self.shown(rule, correlation)));
        let mut text = format!("{heading}: {verdict}\n");
        let mut line = |line: &str| {
            let _ = writeln!(text, "  {}", wrapped(&visible(line), style.width, 2, 4));
        };
        let mut windows = Vec::new();
        for episode in self.episodes() {
            windows.push((episode.first, episode.last));
            line(&episode_words(rule, episode));
        }
        if let Some(more) = self
            .episodes()
            .count()
            .checked_sub(MOST_SHOWN)
            .filter(|n| *n > 0)
        {
            line(&format!("and {more} more"));
            windows.truncate(MOST_SHOWN);
        }
        for folded in self.folded.iter().take(MOST_SHOWN) {
            if let Folded::Undetermined(open) = folded {
                let ends = self.reached.map_or_else(String::new, |reached| {
                    format!(", and the data ends at {}", after(open.until, reached))
                });
                line(&format!("open until {}{ends}", open.until));
            }
        }
        let learning = self.folded.iter().filter(|f| matches!(f, Folded::Learning));
        let learning = learning.count() as u64;
        if learning > 0 {
            line(&format!(
                "{} came while the key was being learnt",
                counted(learning, "value")
            ));
        }
        if windows.is_empty() {
            self.near.lines.iter().for_each(|near| line(near));
            windows.extend(self.near.window);
        }
        for event in self.events(rule, correlation, &windows) {
            line(&event);
        }
        text
    }

    fn episodes(&self) -> impl Iterator<Item = &Episode> {
        self.folded.iter().filter_map(|folded| match folded {
            Folded::Episode(episode) => Some(&**episode),
            _ => None,
        })
    }

    fn shown(&self, rule: &Rule, correlation: &Correlation) -> String {
        let event = self.signals.first().map(|signal| signal.value());
        let parts = shown_key(rule, correlation, &self.key, &event.unwrap_or_default());
        let parts: Vec<String> = parts
            .into_iter()
            .map(|part| format!("{} {}", part.field, part.value))
            .collect();
        if parts.is_empty() {
            return "all events together".to_owned();
        }
        parts.join(", ")
    }

    /// The events one by one with the time between them: of many those of the windows.
    fn events(
        &self,
        rule: &Rule,
        correlation: &Correlation,
        windows: &[(Timestamp, Timestamp)],
    ) -> Vec<String> {
        let lies_in = |signal: &&Arc<Signal>| {
            let mut windows = windows.iter();
            windows.any(|(from, to)| (*from..=*to).contains(&signal.time))
        };
        let shown: Vec<&Arc<Signal>> = if self.signals.len() <= MOST_EVENTS {
            self.signals.iter().collect()
        } else {
            self.signals
                .iter()
                .filter(lies_in)
                .take(MOST_EVENTS)
                .collect()
        };
        let mut lines = Vec::new();
        let mut before: Option<Timestamp> = None;
        for signal in &shown {
            let time = before.map_or_else(
                || signal.time.to_string(),
                |before| {
                    let gap = duration_text(signal.time.duration_since(before));
                    format!("{} +{gap}", after(before, signal.time))
                },
            );
            before = Some(signal.time);
            lines.push(format!(
                "- {time}  {}",
                event_words(rule, correlation, signal)
            ));
        }
        let hidden = self.signals.len() - shown.len();
        if hidden > 0 {
            let events = if hidden == 1 { "event" } else { "events" };
            lines.push(format!("- and {hidden} more {events}"));
        }
        if self.again > 0 {
            let again = counted(self.again, "delivery");
            lines.push(format!(
                "- {again} of these events again, which count for nothing"
            ));
        }
        lines
    }
}

fn episode_words(rule: &Rule, episode: &Episode) -> String {
    let alone = episode.first == episode.last;
    let mut text = format!(
        "{} {} {}",
        counted(episode.events, "event"),
        if alone { "at" } else { "from" },
        stretch(episode.first, episode.last)
    );
    if let Some(peak) = episode.peak {
        let _ = write!(text, ", at most {peak} in one window");
    }
    if !episode.values.is_empty() {
        text.push_str(", with a new value");
    } else if !alone {
        let trigger = after(episode.first, episode.trigger.time);
        let _ = write!(text, "; complete at {trigger}");
    }
    let exception = episode
        .exception
        .and_then(|index| rule.exceptions.get(index as usize));
    if let Some(exception) = exception {
        let _ = write!(
            text,
            "; not reported: an exception covers all of it: {}",
            exception.accepted.reason
        );
    }
    text
}

fn event_words(rule: &Rule, correlation: &Correlation, signal: &Signal) -> String {
    let facts = facts_of(rule, &signal.value());
    let mut text = String::new();
    let named = correlation
        .steps
        .iter()
        .enumerate()
        .filter_map(|(index, step): (_, &Step)| {
            let is_of = signal.steps >> index & 1 == 1;
            step.name.as_ref().filter(|_| is_of)
        });
    let names: Vec<&str> = named.map(|name| name.value.as_str()).collect();
    if !names.is_empty() {
        let _ = write!(text, "{}: ", names.join(" and "));
    }
    text.push_str(facts.name.as_deref().unwrap_or("event without a name"));
    if let Some(error) = &facts.error_code {
        let _ = write!(text, " ({error})");
    }
    if let Some(principal) = &facts.principal {
        let _ = write!(text, " by {principal}");
    }
    let _ = write!(text, " ({}, record {})", signal.file, signal.record);
    text
}
