//! Windows over the signals of one key.
//!
//! In come signals in the order of time, each event once; out come [`Folded`]. What
//! happens at one time is simultaneous: it is taken in whole before anything is asked.

mod consecutive;
mod first_seen;
mod measured;
mod numbers;
mod open;
mod places;
mod sequence;
mod sliding;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::episode::{AsOf, Folded, later};
use super::signal::Signal;
use crate::rule::correlation::{Asks, Correlation, WindowKind};

use consecutive::Consecutive;
use first_seen::FirstSeen;
pub(crate) use numbers::between;
use open::Telling;
pub(crate) use places::Matching;
use sequence::{Asked, Sequence};
use sliding::Sliding;

/// Takes what comes out.
pub(super) type Emit<'a> = &'a mut dyn FnMut(Folded);

/// The windows of one key.
#[derive(Debug)]
pub(super) struct Windows<'r> {
    kind: Kind<'r>,
    /// The time of the signals that were taken in last and not asked about.
    now: Option<Timestamp>,
    /// When the last signal was.
    last: Option<Timestamp>,
    reach: SignedDuration,
}

#[derive(Debug)]
enum Kind<'r> {
    Sliding(Sliding<'r>),
    Consecutive(Consecutive<'r>),
    Sequence(Sequence<'r>),
    FirstSeen(FirstSeen),
}

impl<'r> Windows<'r> {
    /// Those of data that is all there: episodes come out whole.
    pub(super) fn new(correlation: &'r Correlation, as_of: AsOf) -> Self {
        Windows::telling(correlation, as_of, Telling::Whole)
    }

    /// Those of data that goes on: episodes come out as soon as they begin, and what
    /// is over before a signal that is added is decided.
    pub(super) fn following(correlation: &'r Correlation) -> Self {
        let as_of = AsOf {
            reached: Some(Timestamp::MAX),
            ..AsOf::default()
        };
        Windows::telling(correlation, as_of, Telling::AtOnce)
    }

    fn telling(correlation: &'r Correlation, as_of: AsOf, telling: Telling) -> Self {
        let kind = match &correlation.asks {
            Asks::Window { within, kind } => match kind {
                WindowKind::Measure { measure, threshold } if threshold.has_upper_bound() => {
                    Kind::Consecutive(Consecutive::new(within.value, measure, threshold, as_of))
                }
                WindowKind::Measure { measure, threshold } => {
                    Kind::Sliding(Sliding::new(within.value, measure, threshold, telling))
                }
                WindowKind::Sequence {
                    places,
                    ordered,
                    least,
                    absent,
                } => {
                    let asked = Asked {
                        within: within.value,
                        places,
                        ordered: *ordered,
                        least: *least,
                        absent,
                    };
                    Kind::Sequence(Sequence::new(asked, as_of, telling))
                }
            },
            Asks::FirstSeen {
                history, learning, ..
            } => Kind::FirstSeen(FirstSeen::new(*history, *learning, as_of)),
        };
        Windows {
            kind,
            now: None,
            last: None,
            reach: correlation.reach(),
        }
    }

    /// Takes in the next signal.
    pub(super) fn add(&mut self, signal: Arc<Signal>, emit: Emit<'_>) {
        if let Some(now) = self.now
            && now != signal.time
        {
            self.settle(now, emit);
        }
        self.now = Some(signal.time);
        self.last = self.now;
        match &mut self.kind {
            Kind::Sliding(windows) => windows.add(signal),
            Kind::Consecutive(windows) => windows.add(signal, emit),
            Kind::Sequence(windows) => windows.add(signal),
            Kind::FirstSeen(windows) => windows.add(signal),
        }
    }

    /// Nothing more comes from before a time: asks about what was there before it.
    pub(super) fn settle_before(&mut self, time: Timestamp, emit: Emit<'_>) {
        if let Some(now) = self.now.take_if(|now| *now < time) {
            self.settle(now, emit);
        }
    }

    /// The moment after which something is over, or can be let go of.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let over = match &self.kind {
            Kind::Sequence(windows) => windows.due(),
            Kind::Consecutive(windows) => windows.due(),
            Kind::Sliding(_) | Kind::FirstSeen(_) => None,
        };
        over.or(self.last.map(|last| later(last, self.reach)))
    }

    /// Nothing more comes from before a time: decides what was over by then, and lets
    /// go of what is in no window that ends later.
    pub(super) fn forget_before(&mut self, time: Timestamp, emit: Emit<'_>) {
        self.settle_before(time, emit);
        match &mut self.kind {
            Kind::Sliding(windows) => windows.forget_before(time, emit),
            Kind::Consecutive(windows) => windows.forget_before(time, emit),
            Kind::Sequence(windows) => windows.forget_before(time, emit),
            Kind::FirstSeen(windows) => windows.forget_before(time),
        }
    }

    /// Whether nothing that is to come needs them.
    pub(super) fn is_empty(&self) -> bool {
        self.now.is_none()
            && match &self.kind {
                Kind::Sliding(windows) => windows.is_empty(),
                Kind::Consecutive(windows) => windows.is_empty(),
                Kind::Sequence(windows) => windows.is_empty(),
                Kind::FirstSeen(windows) => windows.is_empty(),
            }
    }

    /// About the bytes that they take.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>()
            + match &self.kind {
                Kind::Sliding(windows) => windows.weight(),
                Kind::Consecutive(windows) => windows.weight(),
                Kind::Sequence(windows) => windows.weight(),
                Kind::FirstSeen(windows) => windows.weight(),
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
