//! Values that a key had not had before.
//!
//! A value is new when the key did not have it in the history before, and had been
//! known for the time of learning by then. Every new value is an episode of its own.
//!
//! A later run knows of each value when it was there last, and of the key when it was
//! there first: what is not kept of the time between is not missed, for what comes
//! in order. What comes late is new where the value was never known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::episode::{AsOf, Contribution, Folded, earlier};
use super::super::signal::{Measured, Signal};
use super::Emit;
use super::open::{EVENT, Open, Tally};

#[derive(Debug)]
pub(super) struct FirstSeen {
    history: SignedDuration,
    learning: SignedDuration,
    as_of: AsOf,
    first: Option<Arc<Signal>>,
    known: BTreeMap<Box<str>, Known>,
    /// The values that an earlier run kept.
    carried: BTreeSet<Box<str>>,
    /// Values of events that are from before what an earlier run had decided, and
    /// whether they are new if that did not know them.
    late: BTreeMap<Box<str>, (Arc<Signal>, bool)>,
    /// When values were forgotten last.
    forgot: Option<Timestamp>,
    /// The values of the events of one time, each with the first of those events.
    now: BTreeMap<Box<str>, Arc<Signal>>,
}

/// When a value was there.
#[derive(Debug)]
struct Known {
    /// The last event that had it.
    last: Arc<Signal>,
    /// The last of those before which nothing more comes, and the first of the rest.
    settled: Option<Arc<Signal>>,
    after: Option<Arc<Signal>>,
}

impl FirstSeen {
    pub(super) fn new(history: SignedDuration, learning: SignedDuration, as_of: AsOf) -> Self {
        FirstSeen {
            history,
            learning,
            as_of,
            first: None,
            known: BTreeMap::new(),
            carried: BTreeSet::new(),
            late: BTreeMap::new(),
            forgot: None,
            now: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, signal: Arc<Signal>) {
        self.first.get_or_insert_with(|| Arc::clone(&signal));
        let Measured::Values(values) = &signal.measured else {
            return;
        };
        for value in values.iter() {
            if signal.carried {
                self.carried.insert(value.clone());
            }
            if !self.now.contains_key(value) {
                self.now.insert(value.clone(), Arc::clone(&signal));
            }
        }
    }

    pub(super) fn settle(&mut self, now: Timestamp, emit: Emit<'_>) {
        let learnt = (self.first.as_ref())
            .is_some_and(|first| first.time <= earlier(now, self.learning) && first.time < now);
        let begin = earlier(now, self.history);
        if *self.forgot.get_or_insert(now) < begin {
            self.forgot = Some(now);
            self.forget_before(begin);
        }
        for (value, signal) in std::mem::take(&mut self.now) {
            let is_known = self.see(&value, &signal, begin);
            if is_known {
                continue;
            }
            let late = self.as_of.before.is_some_and(|before| now <= before);
            if late && !signal.carried {
                self.late.entry(value).or_insert((signal, learnt));
            } else {
                tell(value, signal, learnt, emit);
            }
        }
    }

    /// Takes note of a value; whether it was there in the time from `begin` on.
    fn see(&mut self, value: &str, signal: &Arc<Signal>, begin: Timestamp) -> bool {
        let settled = self.as_of.settled();
        let is_settled = settled.is_some_and(|settled| signal.time <= settled);
        match self.known.get_mut(value) {
            Some(known) => {
                let is_known = known.last.time >= begin;
                known.last = Arc::clone(signal);
                if is_settled {
                    known.settled = Some(Arc::clone(signal));
                } else {
                    known.after.get_or_insert_with(|| Arc::clone(signal));
                }
                is_known
            }
            None => {
                let known = Known {
                    last: Arc::clone(signal),
                    settled: is_settled.then(|| Arc::clone(signal)),
                    after: (!is_settled).then(|| Arc::clone(signal)),
                };
                self.known.insert(value.into(), known);
                false
            }
        }
    }

    /// Forgets the values that are not in the history of a time, and with the last of
    /// them the key.
    pub(super) fn forget_before(&mut self, time: Timestamp) {
        let begin = earlier(time, self.history);
        self.known.retain(|_, known| known.last.time >= begin);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.now.is_empty()
    }

    /// About the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        (self.known.len() + 1) * EVENT
    }

    /// What a later run must know: of each value the last event, and the first of all.
    pub(super) fn end(mut self, emit: Emit<'_>) {
        for (value, (signal, learnt)) in std::mem::take(&mut self.late) {
            if !self.carried.contains(&value) {
                tell(value, signal, learnt, emit);
            }
        }
        if let Some(settled) = self.as_of.settled() {
            self.forget_before(settled);
        }
        if self.known.is_empty() {
            return;
        }
        let mut told = BTreeSet::new();
        let known = self.known.into_values();
        let known = known.flat_map(|known| [known.settled, known.after, Some(known.last)]);
        for signal in self.first.into_iter().chain(known.flatten()) {
            if told.insert((signal.time, signal.content)) {
                emit(Folded::Open(signal));
            }
        }
    }
}

fn tell(value: Box<str>, signal: Arc<Signal>, learnt: bool, emit: Emit<'_>) {
    if learnt {
        emit(new_value(value, signal));
    } else if !signal.carried {
        emit(Folded::Learning);
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
        continues: false,
        trigger,
    };
    let mut episode = open.close();
    episode.values = vec![value];
    Folded::Episode(Box::new(episode))
}
