//! Windows over the signals of one key.
//!
//! In come signals in the order of time, each event once; out come [`Folded`]. What
//! happens at one time is simultaneous: it is taken in whole before anything is asked.

mod consecutive;
mod first_seen;
mod measured;
mod open;
mod places;
mod sequence;
mod sliding;

use std::sync::Arc;

use jiff::Timestamp;

use super::episode::{AsOf, Folded};
use super::signal::Signal;
use crate::rule::correlation::{Asks, Correlation, WindowKind};

use consecutive::Consecutive;
use first_seen::FirstSeen;
pub(crate) use places::Matching;
use sequence::Sequence;
use sliding::Sliding;

/// Takes what comes out.
pub(super) type Emit<'a> = &'a mut dyn FnMut(Folded);

/// The windows of one key.
#[derive(Debug)]
pub(super) struct Windows<'r> {
    kind: Kind<'r>,
    /// The time of the signals that were taken in last and not asked about.
    now: Option<Timestamp>,
}

#[derive(Debug)]
enum Kind<'r> {
    Sliding(Sliding<'r>),
    Consecutive(Consecutive<'r>),
    Sequence(Sequence<'r>),
    FirstSeen(FirstSeen),
}

impl<'r> Windows<'r> {
    pub(super) fn new(correlation: &'r Correlation, as_of: AsOf) -> Self {
        let kind = match &correlation.asks {
            Asks::Window { within, kind } => match kind {
                WindowKind::Measure { measure, threshold } if threshold.has_upper_bound() => {
                    Kind::Consecutive(Consecutive::new(within.value, measure, threshold))
                }
                WindowKind::Measure { measure, threshold } => {
                    Kind::Sliding(Sliding::new(within.value, measure, threshold))
                }
                WindowKind::Sequence {
                    places,
                    ordered,
                    absent,
                } => Kind::Sequence(Sequence::new(within.value, places, *ordered, absent, as_of)),
            },
            Asks::FirstSeen {
                history, learning, ..
            } => Kind::FirstSeen(FirstSeen::new(*history, *learning)),
        };
        Windows { kind, now: None }
    }

    /// Takes in the next signal.
    pub(super) fn add(&mut self, signal: Arc<Signal>, emit: Emit<'_>) {
        if let Some(now) = self.now
            && now != signal.time
        {
            self.settle(now, emit);
        }
        self.now = Some(signal.time);
        match &mut self.kind {
            Kind::Sliding(windows) => windows.add(signal),
            Kind::Consecutive(windows) => windows.add(signal, emit),
            Kind::Sequence(windows) => windows.add(signal),
            Kind::FirstSeen(windows) => windows.add(signal),
        }
    }

    /// Nothing more comes; the data reaches as far as this.
    pub(super) fn end(mut self, as_of: AsOf, emit: Emit<'_>) {
        if let Some(now) = self.now {
            self.settle(now, emit);
        }
        match self.kind {
            Kind::Sliding(windows) => windows.end(emit),
            Kind::Consecutive(windows) => windows.end(as_of, emit),
            Kind::Sequence(windows) => windows.end(as_of, emit),
            Kind::FirstSeen(windows) => windows.end(emit),
        }
    }

    /// Asks about the time up to which all signals are there.
    fn settle(&mut self, now: Timestamp, emit: Emit<'_>) {
        match &mut self.kind {
            Kind::Sliding(windows) => windows.settle(now, emit),
            Kind::Consecutive(_) => {}
            Kind::Sequence(windows) => windows.settle(now, emit),
            Kind::FirstSeen(windows) => windows.settle(now, emit),
        }
    }
}
