//! An episode to which more may be added.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::episode::{Contribution, Episode, Measurement};
use super::super::signal::Signal;

/// How many events there are, and what is known of them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) events: u64,
    /// Those that no exception covers.
    pub(super) uncovered: u64,
    /// Those that no earlier run had seen.
    pub(super) fresh: u64,
}

impl Tally {
    pub(super) fn of(signal: &Signal) -> Tally {
        Tally {
            events: 1,
            uncovered: u64::from(signal.exception.is_none()),
            fresh: u64::from(!signal.carried),
        }
    }

    pub(super) fn add(&mut self, other: Tally) {
        self.events += other.events;
        self.uncovered += other.uncovered;
        self.fresh += other.fresh;
    }

    pub(super) fn take(&mut self, other: Tally) {
        self.events -= other.events;
        self.uncovered -= other.uncovered;
        self.fresh -= other.fresh;
    }
}

/// An episode whose windows may go on.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) trigger: Arc<Signal>,
    pub(super) shown: Vec<Contribution>,
    /// The last event, where it came after the trigger.
    pub(super) latest: Option<Contribution>,
    pub(super) tally: Tally,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) peak: Option<Measurement>,
    /// Whether what it is was not certain when an earlier run ended.
    pub(super) newly_certain: bool,
}

impl Open {
    pub(super) fn close(self) -> Episode {
        let mut timeline = self.shown;
        timeline.extend(self.latest);
        let exception = self.trigger.exception.filter(|_| self.tally.uncovered == 0);
        Episode {
            timeline,
            events: self.tally.events,
            first: self.first,
            last: self.last,
            peak: self.peak,
            values: Vec::new(),
            is_new: self.tally.fresh > 0 || self.newly_certain,
            exception,
            trigger: self.trigger,
        }
    }
}
