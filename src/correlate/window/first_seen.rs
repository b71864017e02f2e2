//! Values that a key had not had before.
//!
//! A value is new when the key did not have it in the history before, and had been
//! known for the time of learning by then. Every new value is an episode of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::episode::{Contribution, Folded};
use super::super::signal::{Measured, Signal};
use super::Emit;
use super::open::{Open, Tally};
use super::sliding::earliest;

#[derive(Debug)]
pub(super) struct FirstSeen {
    history: SignedDuration,
    learning: SignedDuration,
    first: Option<Arc<Signal>>,
    /// Each value with the last event that had it.
    known: BTreeMap<Box<str>, Arc<Signal>>,
    /// The values of the events of one time, each with the first of those events.
    now: BTreeMap<Box<str>, Arc<Signal>>,
}

impl FirstSeen {
    pub(super) fn new(history: SignedDuration, learning: SignedDuration) -> Self {
        FirstSeen {
            history,
            learning,
            first: None,
            known: BTreeMap::new(),
            now: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, signal: Arc<Signal>) {
        self.first.get_or_insert_with(|| Arc::clone(&signal));
        if let Measured::Values(values) = &signal.measured {
            for value in values {
                if !self.now.contains_key(value) {
                    self.now.insert(value.clone(), Arc::clone(&signal));
                }
            }
        }
    }

    pub(super) fn settle(&mut self, now: Timestamp, emit: Emit<'_>) {
        let learnt = (self.first.as_ref())
            .is_some_and(|first| first.time <= earliest(now, self.learning) && first.time < now);
        let begin = earliest(now, self.history);
        for (value, signal) in std::mem::take(&mut self.now) {
            let known = self.known.insert(value.clone(), Arc::clone(&signal));
            if known.is_some_and(|known| known.time >= begin) {
                continue;
            }
            if learnt {
                emit(new_value(value, signal));
            } else if !signal.carried {
                emit(Folded::Learning);
            }
        }
    }

    /// What a later run must know: of each value the last event, and the first of all.
    pub(super) fn end(self, emit: Emit<'_>) {
        let mut told = BTreeSet::new();
        for signal in self.first.into_iter().chain(self.known.into_values()) {
            if told.insert((signal.time, signal.content)) {
                emit(Folded::Open(Arc::unwrap_or_clone(signal)));
            }
        }
    }
}

fn new_value(value: Box<str>, trigger: Arc<Signal>) -> Folded {
    let shown = Contribution {
        signal: Arc::clone(&trigger),
        step: None,
    };
    let open = Open {
        shown: vec![shown],
        latest: None,
        tally: Tally::of(&trigger),
        first: trigger.time,
        last: trigger.time,
        peak: None,
        newly_certain: false,
        trigger,
    };
    let mut episode = open.close();
    episode.values = vec![value];
    Folded::Episode(Box::new(episode))
}
