//! Windows that follow each other, for measures of which there may be too much.
//!
//! Whether there is too much is known only when a window is over. The first begins
//! with the first event, each further one with the first event after the one before:
//! every event is in one window.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::episode::{AsOf, Contribution, Folded, MOST_SHOWN, Undetermined, later, reaches};
use super::super::signal::Signal;
use super::Emit;
use super::measured::Gauge;
use super::open::{Open, Tally};
use crate::rule::correlation::{Measure, Threshold};
use crate::rule::value::Amount;

/// Signals that are kept of a window that is not over, for a later run.
const MOST_KEPT: usize = 100_000;

#[derive(Debug)]
pub(super) struct Consecutive<'r> {
    within: SignedDuration,
    gauge: Gauge<'r>,
    window: Option<Window>,
}

#[derive(Debug)]
struct Window {
    start: Timestamp,
    tally: Tally,
    recent: VecDeque<Arc<Signal>>,
    kept: Vec<Arc<Signal>>,
}

impl<'r> Consecutive<'r> {
    pub(super) fn new(
        within: SignedDuration,
        measure: &'r Measure,
        threshold: &'r Threshold,
    ) -> Self {
        Consecutive {
            within,
            gauge: Gauge::new(measure, threshold),
            window: None,
        }
    }

    pub(super) fn add(&mut self, signal: Arc<Signal>, emit: Emit<'_>) {
        let over = |window: &mut Window| signal.time > later(window.start, self.within);
        if let Some(window) = self.window.take_if(over) {
            self.decide(window, false, emit);
        }
        let window = self.window.get_or_insert_with(|| Window {
            start: signal.time,
            tally: Tally::default(),
            recent: VecDeque::with_capacity(MOST_SHOWN),
            kept: Vec::new(),
        });
        self.gauge.see(&signal.measured, signal.time);
        window.tally.add(Tally::of(&signal));
        if window.recent.len() == MOST_SHOWN {
            window.recent.pop_front();
        }
        window.recent.push_back(Arc::clone(&signal));
        if window.kept.len() < MOST_KEPT {
            window.kept.push(signal);
        }
    }

    pub(super) fn end(mut self, as_of: AsOf, emit: Emit<'_>) {
        let Some(window) = self.window.take() else {
            return;
        };
        let until = later(window.start, self.within);
        if reaches(as_of.reached, until) {
            // What an earlier run could not tell is new, though its events are not.
            let newly_certain = as_of.before.is_some_and(|before| before < until);
            return self.decide(window, newly_certain, emit);
        }
        let measured = self.gauge.read(window.tally.events);
        if let (Some(latest), true) = (window.recent.back(), self.gauge.admits(measured)) {
            emit(Folded::Undetermined(Undetermined {
                signal: Arc::clone(latest),
                until,
            }));
        }
        for signal in window.kept {
            emit(Folded::Open(Arc::unwrap_or_clone(signal)));
        }
    }

    fn decide(&mut self, window: Window, newly_certain: bool, emit: Emit<'_>) {
        let measured = self.gauge.read(window.tally.events);
        let holds = self.gauge.admits(measured);
        self.gauge.values.clear();
        self.gauge.sum = Amount::default();
        let (Some(trigger), true) = (window.recent.back().cloned(), holds) else {
            return;
        };
        let shown = window.recent.into_iter();
        let shown = shown.map(|signal| Contribution { signal, step: None });
        let open = Open {
            shown: shown.collect(),
            latest: None,
            tally: window.tally,
            first: window.start,
            last: trigger.time,
            peak: Some(measured),
            newly_certain,
            trigger,
        };
        emit(Folded::Episode(Box::new(open.close())));
    }
}
