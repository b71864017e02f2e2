//! Windows that follow each other, for measures of which there may be too much.
//!
//! Whether there is too much is known only when a window is over. The first begins
//! with the first event, each further one with the first event after the one before:
//! every event is in one window. Where events may still come for a window that is
//! over, it is not decided.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::episode::{
    AsOf, Contribution, Folded, MOST_SHOWN, Measurement, Undetermined, later, reaches,
};
use super::super::signal::Signal;
use super::Emit;
use super::measured::Gauge;
use super::open::{EVENT, Open, Tally};
use crate::rule::correlation::{Measure, Threshold};

/// Signals that are kept of a window that is not decided, for a later run.
const MOST_KEPT: usize = 100_000;

#[derive(Debug)]
pub(super) struct Consecutive<'r> {
    within: SignedDuration,
    gauge: Gauge<'r>,
    /// Up to where nothing more comes.
    settled: Option<Timestamp>,
    /// Up to where an earlier run had decided.
    before: Option<Timestamp>,
    /// Windows that are over and not decided, with what they come to so far.
    undecided: Vec<(Window, Measurement)>,
    window: Option<Window>,
}

#[derive(Debug)]
struct Window {
    start: Timestamp,
    until: Timestamp,
    tally: Tally,
    recent: VecDeque<Arc<Signal>>,
    /// All of it, where a later run may have to begin with it.
    kept: Vec<Arc<Signal>>,
}

impl<'r> Consecutive<'r> {
    pub(super) fn new(
        within: SignedDuration,
        measure: &'r Measure,
        threshold: &'r Threshold,
        as_of: AsOf,
    ) -> Self {
        Consecutive {
            within,
            gauge: Gauge::new(measure, threshold),
            settled: as_of.settled(),
            before: as_of.before,
            undecided: Vec::new(),
            window: None,
        }
    }

    pub(super) fn add(&mut self, signal: Arc<Signal>, emit: Emit<'_>) {
        if let Some(window) = self.window.take_if(|window| signal.time > window.until) {
            self.over(window, emit);
        }
        let until = later(signal.time, self.within);
        let window = self.window.get_or_insert_with(|| Window {
            start: signal.time,
            until,
            tally: Tally::default(),
            recent: VecDeque::with_capacity(MOST_SHOWN),
            kept: Vec::new(),
        });
        self.gauge.see(&signal);
        window.tally.add(Tally::of(&signal));
        if window.recent.len() == MOST_SHOWN {
            window.recent.pop_front();
        }
        window.recent.push_back(Arc::clone(&signal));
        if !reaches(self.settled, window.until) && window.kept.len() < MOST_KEPT {
            window.kept.push(signal);
        }
    }

    /// Decides the window where it is over before a time.
    pub(super) fn forget_before(&mut self, time: Timestamp, emit: Emit<'_>) {
        if let Some(window) = self.window.take_if(|window| window.until < time) {
            self.over(window, emit);
        }
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        self.window.as_ref().map(|window| window.until)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.window.is_none()
    }

    /// About the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        let kept = self.window.iter().map(|window| window.kept.len().max(1));
        kept.sum::<usize>() * EVENT + self.gauge.weight()
    }

    pub(super) fn end(mut self, as_of: AsOf, emit: Emit<'_>) {
        self.settled = as_of.settled();
        if let Some(window) = self.window.take() {
            self.over(window, emit);
        }
        for (window, measured) in std::mem::take(&mut self.undecided) {
            if let (Some(latest), true) = (window.recent.back(), self.gauge.admits(measured)) {
                emit(Folded::Undetermined(Undetermined {
                    signal: Arc::clone(latest),
                    until: window.until,
                }));
            }
            for signal in window.kept {
                emit(Folded::Open(signal));
            }
        }
    }

    /// Nothing later is of the window.
    fn over(&mut self, window: Window, emit: Emit<'_>) {
        // A window begins with what is measured.
        let measured = self.gauge.read(window.tally.events);
        self.gauge.clear();
        let Some(measured) = measured else { return };
        if reaches(self.settled, window.until) {
            self.decide(window, measured, emit);
        } else {
            self.undecided.push((window, measured));
        }
    }

    fn decide(&self, window: Window, measured: Measurement, emit: Emit<'_>) {
        // An earlier run had all of it then, and now part of it came again.
        let decided = self.before.is_some_and(|before| window.until <= before);
        if decided {
            if window.tally.fresh > 0 {
                emit(Folded::Late);
            }
            return;
        }
        let holds = self.gauge.admits(measured);
        let (Some(trigger), true) = (window.recent.back().cloned(), holds) else {
            return;
        };
        let shown = window.recent.iter().map(Contribution::of);
        let open = Open {
            shown: shown.collect(),
            latest: None,
            tally: window.tally,
            first: window.start,
            last: trigger.time,
            peak: Some(measured),
            newly_certain: true,
            continues: false,
            trigger,
        };
        emit(Folded::Episode(Box::new(open.close())));
    }
}
