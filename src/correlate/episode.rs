//! What a correlation comes to under one key: episodes.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::signal::Signal;
use crate::rule::correlation::Threshold;
use crate::rule::value::Amount;

/// The events of an episode that are kept to be shown.
pub const MOST_SHOWN: usize = 20;

/// Events that together are what a rule asks for: its windows that hold, those that
/// overlap as one.
#[derive(Debug, Clone)]
pub struct Episode {
    /// The event that completed the earliest window that holds; at one time the last
    /// by what it holds, so that every run names the same.
    pub trigger: Arc<Signal>,
    /// Those to show: of the earliest window up to the trigger, the latest
    /// [`MOST_SHOWN`] of them, and then the last of the episode.
    pub timeline: Vec<Contribution>,
    /// How many events it has in all.
    pub events: u64,
    /// When the first of them happened.
    pub first: Timestamp,
    /// When the last of them happened.
    pub last: Timestamp,
    /// What was measured at most in any window.
    pub peak: Option<Measurement>,
    /// The new values, where the rule asks for those.
    pub values: Vec<Box<str>>,
    /// Whether it was not reported by an earlier run in full.
    pub is_new: bool,
    /// Whether an earlier run had found its earliest window: it goes on.
    pub continues: bool,
    /// The exception that covers the trigger, where one covers every event.
    pub exception: Option<u32>,
}

/// An event of an episode.
#[derive(Debug, Clone)]
pub struct Contribution {
    /// The event.
    pub signal: Arc<Signal>,
    /// The step that it is of.
    pub step: Option<usize>,
}

impl Contribution {
    /// An event, of the first of its steps.
    pub(super) fn of(signal: &Arc<Signal>) -> Self {
        let first = signal.steps.trailing_zeros();
        Contribution {
            signal: Arc::clone(signal),
            step: usize::try_from(first).ok(),
        }
    }
}

/// What was measured in a window: exact, for nothing is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measurement {
    /// So much.
    Amount(Amount),
    /// A share of a list.
    Share {
        /// So many values of it.
        part: Amount,
        /// Of so many.
        whole: u64,
    },
    /// What lies among numbers, as a mean does.
    Quotient {
        /// So much.
        total: Amount,
        /// Divided by so many.
        by: u64,
    },
}

impl Measurement {
    /// How much, and by how many that is to be divided.
    pub fn parts(self) -> (Amount, u64) {
        match self {
            Measurement::Amount(amount) => (amount, 1),
            Measurement::Share { part, whole } => (part, whole),
            Measurement::Quotient { total, by } => (total, by),
        }
    }

    /// Whether it is what is asked for.
    pub fn is_within(self, threshold: &Threshold) -> bool {
        let (part, whole) = self.parts();
        threshold.admits_share(part, whole)
    }

    /// The larger of two.
    #[must_use]
    pub fn max(self, other: Measurement) -> Measurement {
        let ((own, by_own), (others, by_others)) = (self.parts(), other.parts());
        match own.times(by_others) < others.times(by_own) {
            true => other,
            false => self,
        }
    }
}

/// `12`, `3 of 10`, `6.666666667`
impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measurement::Amount(amount) => amount.fmt(f),
            Measurement::Share { part, whole } => write!(f, "{part} of {whole}"),
            Measurement::Quotient { total, by } => total.parted(*by).fmt(f),
        }
    }
}

/// Something whose window is not over where the data ends.
#[derive(Debug, Clone)]
pub struct Undetermined {
    /// The last event of what is there.
    pub signal: Arc<Signal>,
    /// When its window ends.
    pub until: Timestamp,
}

/// What comes out while signals are folded.
#[derive(Debug, Clone)]
pub enum Folded {
    /// An episode, once nothing can be added to it.
    Episode(Box<Episode>),
    /// It would be one if nothing more came.
    Undetermined(Undetermined),
    /// A signal that later ones may need beside them.
    Open(Arc<Signal>),
    /// A value that would be new, had its key been known for long enough.
    Learning,
    /// Something came too late for a window of which was said already what is in it.
    Late,
}

/// Up to where the data reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AsOf {
    /// The time of the latest event that was read; `None` where there is none.
    pub reached: Option<Timestamp>,
    /// Up to where earlier runs under the same rules had decided: what could not be
    /// told then is new now, and what is not of then comes too late for it.
    pub before: Option<Timestamp>,
    /// How much later than others events may come in a later run. What is not over so
    /// long before the data ends is not decided, and signals are kept for so much
    /// longer. None where there is no later run.
    pub lateness: SignedDuration,
}

impl AsOf {
    /// Up to where nothing more comes.
    pub fn settled(&self) -> Option<Timestamp> {
        let reached = self.reached?;
        Some(earlier(reached, self.lateness))
    }

    /// The same for a rule about findings of others, which are made so much later
    /// than the events that they name happened.
    pub(super) fn delayed(self, by: SignedDuration) -> AsOf {
        // Without a later run there is nothing to wait for.
        if self.lateness.is_zero() {
            return self;
        }
        AsOf {
            before: self.before.map(|before| earlier(before, by)),
            lateness: self.lateness.saturating_add(by),
            ..self
        }
    }
}

/// Whether the data reaches a moment.
pub(super) fn reaches(reached: Option<Timestamp>, moment: Timestamp) -> bool {
    reached.is_some_and(|reached| moment <= reached)
}

/// A moment so much earlier; the beginning of time where there is none.
pub(super) fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

/// A moment so much later; the end of time where there is none.
pub(super) fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}
