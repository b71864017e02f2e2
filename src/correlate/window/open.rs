//! An episode to which more may be added.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::episode::{Contribution, Episode, Folded, Measurement};
use super::super::signal::Signal;
use super::Emit;

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

/// About the bytes that an event takes which is kept.
pub(super) const EVENT: usize = 2048;

/// When an episode is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// Once nothing can be added to it.
    Whole,
    /// As soon as its earliest window is there, and not again.
    AtOnce,
}

impl Telling {
    pub(super) fn opened(self, open: &Open, emit: Emit<'_>) {
        if self == Telling::AtOnce {
            emit(Folded::Episode(Box::new(open.clone().close())));
        }
    }

    pub(super) fn closed(self, open: Open, emit: Emit<'_>) {
        if self == Telling::Whole {
            emit(Folded::Episode(Box::new(open.close())));
        }
    }
}

/// An episode whose windows may go on.
#[derive(Debug, Clone)]
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
    /// Whether an earlier run had found its earliest window.
    pub(super) continues: bool,
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
            continues: self.continues,
            exception,
            trigger: self.trigger,
        }
    }
}
