//! Windows that end at each event, for measures of which more cannot be too much.
//!
//! A window is all that happened in the time before an event, both ends included.
//! Windows that hold and overlap are one episode.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::episode::{Contribution, MOST_SHOWN, earlier};
use super::super::signal::Signal;
use super::measured::Gauge;
use super::open::{EVENT, Open, Tally};
use super::{Emit, Telling};
use crate::rule::correlation::{Measure, Threshold};
use crate::rule::value::Amount;

#[derive(Debug)]
pub(super) struct Sliding<'r> {
    within: SignedDuration,
    gauge: Gauge<'r>,
    /// What happened in the window, by time: 64 bytes for each moment.
    moments: VecDeque<Moment>,
    /// Of all of it.
    tally: Tally,
    /// Of what happened after the last event of the open episode.
    since: Tally,
    recent: VecDeque<Arc<Signal>>,
    open: Option<Open>,
    telling: Telling,
}

/// What happened at one time.
#[derive(Debug)]
struct Moment {
    time: Timestamp,
    tally: Tally,
    amount: Amount,
}

impl<'r> Sliding<'r> {
    pub(super) fn new(
        within: SignedDuration,
        measure: &'r Measure,
        threshold: &'r Threshold,
        telling: Telling,
    ) -> Self {
        Sliding {
            within,
            gauge: Gauge::new(measure, threshold),
            moments: VecDeque::new(),
            tally: Tally::default(),
            since: Tally::default(),
            recent: VecDeque::with_capacity(MOST_SHOWN),
            open: None,
            telling,
        }
    }

    pub(super) fn add(&mut self, signal: Arc<Signal>) {
        let (time, tally) = (signal.time, Tally::of(&signal));
        let amount = self.gauge.see(&signal);
        match self.moments.back_mut().filter(|moment| moment.time == time) {
            Some(moment) => {
                moment.tally.add(tally);
                moment.amount += amount;
            }
            None => self.moments.push_back(Moment {
                time,
                tally,
                amount,
            }),
        }
        self.tally.add(tally);
        self.since.add(tally);
        if self.recent.len() == MOST_SHOWN {
            self.recent.pop_front();
        }
        self.recent.push_back(signal);
    }

    /// Asks about the window that ends now.
    pub(super) fn settle(&mut self, now: Timestamp, emit: Emit<'_>) {
        self.move_on(now);
        let Some(start) = self.moments.front().map(|moment| moment.time) else {
            return;
        };
        let over = self.open.as_ref().is_some_and(|open| open.last < start);
        if over && let Some(open) = self.open.take() {
            self.telling.closed(open, emit);
        }
        let measured = self.gauge.read(self.tally.events);
        let measured = measured.filter(|measured| self.gauge.admits(*measured));
        let (Some(latest), Some(measured)) = (self.recent.back(), measured) else {
            return;
        };
        let latest = Contribution::of(latest);
        match &mut self.open {
            Some(open) => {
                open.tally.add(self.since);
                open.last = now;
                open.latest = Some(latest);
                open.peak = open.peak.map(|peak| peak.max(measured));
            }
            None => {
                let shown = self.recent.iter().filter(|signal| signal.time >= start);
                let shown = shown.map(Contribution::of);
                let open = Open {
                    trigger: latest.signal,
                    shown: shown.collect(),
                    latest: None,
                    tally: self.tally,
                    first: start,
                    last: now,
                    peak: Some(measured),
                    newly_certain: false,
                    continues: self.tally.fresh == 0,
                };
                self.telling.opened(&open, emit);
                self.open = Some(open);
            }
        }
        self.since = Tally::default();
    }

    /// Lets go of what is no longer in the window.
    fn move_on(&mut self, now: Timestamp) {
        let begin = earlier(now, self.within);
        let mut gone = Amount::default();
        while let Some(moment) = self.moments.pop_front_if(|moment| moment.time < begin) {
            self.tally.take(moment.tally);
            gone += moment.amount;
        }
        self.gauge.forget_before(begin, gone);
    }

    /// Lets go of what no window can hold that ends at a time or later.
    pub(super) fn forget_before(&mut self, time: Timestamp, emit: Emit<'_>) {
        self.move_on(time);
        let begin = earlier(time, self.within);
        if let Some(open) = self.open.take_if(|open| open.last < begin) {
            self.telling.closed(open, emit);
        }
        if self.moments.is_empty() {
            self.recent.clear();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.moments.is_empty() && self.open.is_none()
    }

    /// About the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        self.moments.len() * size_of::<Moment>() + self.recent.len() * EVENT + self.gauge.weight()
    }

    pub(super) fn end(self, emit: Emit<'_>) {
        if let Some(open) = self.open {
            self.telling.closed(open, emit);
        }
    }
}
