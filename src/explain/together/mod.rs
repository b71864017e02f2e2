//! What a correlation makes of events, and how near the rest came.
//!
//! In come the events; out comes text for people: under each key what was found, or
//! the nearest window, with the events and their times, and why the other events took
//! no part. What is found is what a scan finds: the same engine, the same folding.

mod content;
mod first_seen;
mod keys;
mod measured;
mod near;
mod sequence;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use self::keys::{UnderKey, under_keys};
use super::page::correlation_asks;
use crate::correlate::{AsOf, Aside, Correlator, Folded, aside};
use crate::diagnostic::Style;
use crate::engine::Engine;
use crate::event::{Losses, event_time};
use crate::finding::counted;
use crate::output::text::words::{Paint, visible, wrapped};
use crate::rule::correlation::Correlation;
use crate::rule::{Rule, RuleSet};

/// Signals that are kept in memory while events are read, in bytes.
const MEMORY: usize = 256 << 20;

/// The keys that are shown in full; the rest is counted.
const MOST_KEYS: usize = 5;

/// The places of events without a part that are named for each reason.
const MOST_PLACES: usize = 3;

/// Takes the events that a correlation is to be explained on.
#[derive(Debug)]
pub struct Together<'r> {
    engine: Engine<'r>,
    rule: &'r Rule,
    correlation: &'r Correlation,
    correlator: Correlator<'r>,
    events: u64,
    /// Events that take part, or whose findings by another rule do.
    taking_part: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// Why the others do not, how many, and where the first of them are.
    aside: BTreeMap<Aside, (u64, Vec<String>)>,
}

impl<'r> Together<'r> {
    /// For the one rule of a set ([`RuleSet::of`]); `None` where that is not about
    /// several events.
    pub fn new(set: &'r RuleSet) -> Option<Self> {
        let rule = set.rules.first()?;
        let correlation = rule.correlation.as_ref()?;
        Some(Together {
            engine: Engine::new(set),
            rule,
            correlation,
            correlator: Correlator::new(&set.rules, MEMORY),
            events: 0,
            taking_part: 0,
            first: None,
            last: None,
            aside: BTreeMap::new(),
        })
    }

    /// The same where the data reaches further than its last event.
    #[must_use]
    pub fn reaching(mut self, reached: Option<Timestamp>) -> Self {
        self.last = self.last.max(reached);
        self
    }

    /// Takes an event, which was read from `file` as its `number`th (from 1).
    ///
    /// # Errors
    /// There was no room in memory for what is kept of it, and the disk cannot be
    /// written.
    pub fn take(
        &mut self,
        event: &Value,
        losses: &Losses,
        file: &Arc<str>,
        number: u64,
    ) -> io::Result<()> {
        self.events += 1;
        if let Some(time) = event_time(event) {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
        }
        let judgement = self
            .engine
            .judge_known(event, losses, Arc::clone(file), number);
        if judgement.signals.is_empty() {
            let reason =
                aside(self.rule, self.correlation, event, losses).unwrap_or(Aside::OfNoStep);
            let (count, places) = self.aside.entry(reason).or_default();
            *count += 1;
            if places.len() < MOST_PLACES {
                places.push(format!("{file}, record {number}"));
            }
        } else {
            self.taking_part += 1;
        }
        for signal in judgement.signals {
            self.correlator.add(signal)?;
        }
        Ok(())
    }

    /// What the events come to.
    ///
    /// # Errors
    /// What was kept on disk cannot be read.
    pub fn finish(self, style: Style) -> io::Result<String> {
        let paint = Paint {
            colour: style.colour,
        };
        let as_of = AsOf {
            reached: self.last,
            ..AsOf::default()
        };
        let signals = (self.correlator).signals_of(&self.rule.id.value, as_of)?;
        let keys = under_keys(self.correlation, signals, as_of);
        let mut text = format!(
            "{}: {}\n{}\n\n",
            paint.bold(&self.rule.id.value),
            self.rule.title,
            wrapped(&correlation_asks(self.correlation), style.width, 0, 2),
        );
        let mut read = counted(self.events, "event");
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let _ = write!(read, " from {}", near::stretch(first, last));
        }
        let parts = if self.taking_part == 1 {
            "takes"
        } else {
            "take"
        };
        let _ = write!(
            read,
            ": {} {parts} part, under {}",
            self.taking_part,
            counted(keys.len() as u64, "key")
        );
        text.push_str(&wrapped(&read, style.width, 0, 2));
        text.push('\n');
        for key in keys.iter().take(MOST_KEYS) {
            text.push('\n');
            text.push_str(&key.text(self.rule, self.correlation, style));
        }
        rest(keys.get(MOST_KEYS..).unwrap_or_default(), style, &mut text);
        if !self.aside.is_empty() {
            let _ = writeln!(text, "\n{}", paint.bold("Take no part"));
        }
        for (reason, (count, places)) in &self.aside {
            let mut line = format!("{} {}", counted(*count, "event"), why(reason, *count));
            // Most events are of other rules: where they are says nothing.
            if *reason != Aside::OfNoStep {
                let more = count - places.len() as u64;
                let _ = write!(line, ": {}", visible(&places.join("; ")));
                if more > 0 {
                    let _ = write!(line, "; and {more} more");
                }
            }
            let _ = writeln!(text, "- {}", wrapped(&line, style.width, 2, 2));
        }
        let found = keys.iter().filter(|key| key.is_found()).count();
        let conclusion = conclusion(found, &keys, paint);
        let _ = writeln!(text, "\n{}", wrapped(&conclusion, style.width, 0, 2));
        Ok(text)
    }
}

/// The keys that are not shown.
fn rest(keys: &[UnderKey], style: Style, text: &mut String) {
    if keys.is_empty() {
        return;
    }
    let found = keys.iter().filter(|key| key.is_found()).count();
    let noun = if keys.len() == 1 { "key" } else { "keys" };
    let mut line = format!("{} more {noun}", keys.len());
    if found > 0 {
        let _ = write!(line, ", {found} of them with a finding");
    }
    if let Some(nearest) = keys.iter().find(|key| !key.is_found())
        && let Some(first) = nearest.near.lines.first()
    {
        let _ = write!(line, "; the nearest of the others: {first}");
    }
    let _ = writeln!(text, "\n{}", wrapped(&visible(&line), style.width, 0, 2));
}

fn conclusion(found: usize, keys: &[UnderKey], paint: Paint) -> String {
    let open = keys.iter().filter(|key| key.is_undetermined()).count();
    let mut text = match (found, open) {
        (0, 0) => paint.bad("Does not match."),
        (0, _) => paint.bad("Undetermined."),
        _ => format!(
            "{} Under {} of {}.",
            paint.good("Matches."),
            found,
            counted(keys.len() as u64, "key")
        ),
    };
    if open > 0 {
        let _ = write!(
            text,
            " Under {} it hangs on events after the last that was read.",
            counted(open as u64, "key")
        );
    }
    text
}

fn why(reason: &Aside, count: u64) -> String {
    let verb = |one: &str, many: &str| if count == 1 { one } else { many }.to_owned();
    let have = verb("has", "have");
    match reason {
        Aside::OfNoStep => verb("does", "do") + " not meet the condition",
        Aside::Excepted(id) => {
            let are = verb("is", "are");
            format!("that {id} matches {are} covered by an exception of it")
        }
        Aside::Lost => format!("{have} lost what the rule reads, in the shape of the record"),
        Aside::NoValue(fields) => format!("{have} nothing to measure at {}", fields.join(" or ")),
        Aside::NoKey(parts) => format!("{have} no value for the key: {}", parts.join(", ")),
        Aside::TooManyKeys => format!("{have} more keys than one event may have"),
        Aside::NoTime => format!("{have} no time that can be read"),
    }
}

/// Whether something folded is a finding, a window that is not over, or neither.
fn is_episode(folded: &Folded) -> bool {
    matches!(folded, Folded::Episode(_))
}
