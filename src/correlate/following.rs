//! Correlations over data that goes on.
//!
//! In come signals, about in the order of time, and up to when events were read; out
//! come findings as soon as their earliest window is final. A signal waits until
//! nothing from before it is expected any more: until events were read that are later
//! by the lateness that is allowed. That moment is the watermark. What comes from
//! before it is too late, and counted.
//!
//! Only the time of events counts, and never the clock: what is told hangs on nothing
//! but the order in which events come.
//!
//! Memory is bounded. Where too many signals wait, the first of them go ahead of their
//! time; where too many keys are open, events of further ones are refused. What was not
//! correlated for that is counted, and the rest is right.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::correlator::{MOST_NAMED, Unit, Units};
use super::episode::{AsOf, Episode, Folded, earlier, later};
use super::finding::finding;
use super::signal::{Key, Signal};
use super::window::Windows;
use crate::finding::{CorrelationCounts, Finding};
use crate::rule::Rule;

/// Takes the findings, each with what is kept of its event.
type Emit<'a> = &'a mut dyn FnMut(Finding, &Value);

/// What became of the signals of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// They wait for their time.
    Taken,
    /// It came too late for some of them.
    Late,
    /// There was no room to wait for it.
    Refused,
}

/// Takes signals as they come, and makes findings of them.
#[derive(Debug)]
pub struct Following<'r> {
    units: Units<'r>,
    /// The rules, those of the first stratum first.
    order: Vec<&'r str>,
    flows: BTreeMap<&'r str, Flow<'r>>,
    lateness: SignedDuration,
    /// About the bytes that waiting signals may take, and the windows.
    memory: usize,
    /// When the latest event happened.
    latest: Option<Timestamp>,
    counts: CorrelationCounts,
}

/// The signals of one rule.
#[derive(Debug, Default)]
struct Flow<'r> {
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// About the bytes that these take.
    size: usize,
    keys: BTreeMap<Key, Open<'r>>,
    /// About the bytes that the windows take.
    weight: usize,
    /// When which key is to be looked at.
    due: BinaryHeap<Reverse<(Timestamp, Key)>>,
    /// What is from before this has been folded.
    passed: Option<Timestamp>,
    /// The last signal that was.
    last: Option<Arc<Signal>>,
}

/// The windows of a key.
#[derive(Debug)]
struct Open<'r> {
    windows: Windows<'r>,
    weight: usize,
    due: Option<Timestamp>,
}

/// A signal that waits, in the order of time.
#[derive(Debug)]
struct Waiting(Signal);

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = self.0.time.cmp(&other.0.time);
        by_time.then_with(|| self.0.order(&other.0))
    }
}

impl<'r> Following<'r> {
    /// For the correlations among the rules. Events may be so much later than others;
    /// those that wait may take about so many bytes, and what is open as many again.
    pub fn new(rules: &'r [Rule], lateness: SignedDuration, memory: usize) -> Self {
        let units = Units::of(rules);
        let mut order: Vec<&str> = units.0.keys().copied().collect();
        order.sort_by_key(|id| units.0.get(id).map(|unit| unit.stratum));
        Following {
            flows: order.iter().map(|id| (*id, Flow::default())).collect(),
            order,
            units,
            lateness,
            memory,
            latest: None,
            counts: CorrelationCounts::default(),
        }
    }

    /// Whether there is nothing to correlate.
    pub fn is_empty(&self) -> bool {
        self.units.0.is_empty()
    }

    /// About the bytes that it takes.
    pub fn size(&self) -> usize {
        let flows = self.flows.values();
        flows.map(|flow| flow.size + flow.weight).sum()
    }

    /// Takes the signals of one event.
    pub fn take(&mut self, signals: Vec<Signal>, emit: Emit<'_>) -> Followed {
        let mut became = Followed::Taken;
        for signal in signals {
            let Some(flow) = self.flows.get_mut(&*signal.rule) else {
                continue;
            };
            if flow.passed.is_some_and(|passed| signal.time < passed) {
                let expected = self.latest.map(|latest| earlier(latest, self.lateness));
                let is_late = expected.is_some_and(|expected| signal.time < expected);
                became = match became {
                    Followed::Taken if is_late => Followed::Late,
                    Followed::Taken => Followed::Refused,
                    other => other,
                };
            } else {
                flow.wait(signal);
            }
        }
        match became {
            Followed::Taken => {}
            Followed::Late => self.counts.late += 1,
            Followed::Refused => self.counts.refused += 1,
        }
        while self.waiting() > self.memory {
            let waiting = self.waiting();
            let units = &self.units.0;
            let firsts = self.flows.iter().filter_map(|(id, flow)| {
                let delay = units.get(id)?.delay;
                Some(later(flow.first()?, delay))
            });
            let Some(first) = firsts.min() else {
                break;
            };
            self.fold_before(later(first, MOMENT), emit);
            if self.waiting() >= waiting {
                break;
            }
        }
        became
    }

    /// About the bytes that waiting signals take.
    fn waiting(&self) -> usize {
        self.flows.values().map(|flow| flow.size).sum()
    }

    /// Events were read up to this time. Events that were refused since.
    pub fn reached(&mut self, time: Timestamp, emit: Emit<'_>) -> u64 {
        let refused = self.counts.refused;
        if self.latest < Some(time) {
            self.latest = Some(time);
            self.fold_before(earlier(time, self.lateness), emit);
        }
        self.counts.refused - refused
    }

    /// Nothing more comes: folds what is left, as where all data is there.
    pub fn finish(mut self, reached: Option<Timestamp>, emit: Emit<'_>) -> CorrelationCounts {
        let as_of = AsOf {
            reached: self.latest.max(reached),
            ..AsOf::default()
        };
        for id in std::mem::take(&mut self.order) {
            let (Some(unit), Some(mut flow)) = (self.units.0.get(id), self.flows.remove(id)) else {
                continue;
            };
            let mut found = Vec::new();
            let room = self.memory;
            while let Some(signal) = flow.next() {
                flow.fold(unit, signal, room, &mut self.counts, &mut found);
            }
            for (key, open) in flow.keys {
                open.windows
                    .end(as_of, &mut |folded| found.push((key.clone(), folded)));
            }
            tell(
                &self.units,
                &mut self.flows,
                unit,
                found,
                &mut self.counts,
                emit,
            );
        }
        self.counts
    }

    /// Folds what is from before a time, in which nothing more is expected.
    fn fold_before(&mut self, time: Timestamp, emit: Emit<'_>) {
        for id in &self.order {
            let (Some(unit), Some(flow)) = (self.units.0.get(id), self.flows.get_mut(id)) else {
                continue;
            };
            // Findings of others come so much after the events that they name.
            let time = earlier(time, unit.delay);
            let time = flow.passed.map_or(time, |passed| passed.max(time));
            if flow.passed == Some(time) && flow.first().is_none_or(|first| first >= time) {
                continue;
            }
            flow.passed = Some(time);
            let mut found = Vec::new();
            flow.fold_before(unit, time, self.memory, &mut self.counts, &mut found);
            tell(
                &self.units,
                &mut self.flows,
                unit,
                found,
                &mut self.counts,
                emit,
            );
        }
    }
}

/// The shortest time between two moments.
const MOMENT: SignedDuration = SignedDuration::from_nanos(1);

impl<'r> Flow<'r> {
    fn wait(&mut self, signal: Signal) {
        self.size += signal.size();
        self.waiting.push(Reverse(Waiting(signal)));
    }

    /// When the first signal is that waits.
    fn first(&self) -> Option<Timestamp> {
        self.waiting.peek().map(|Reverse(first)| first.0.time)
    }

    /// Takes out the first signal that waits, with the others of its event.
    fn next(&mut self) -> Option<Signal> {
        let Reverse(Waiting(mut first)) = self.waiting.pop()?;
        self.size = self.size.saturating_sub(first.size());
        let is_again = |waiting: &Reverse<Waiting>| waiting.0.0.is_again(&first);
        let mut others = Vec::new();
        while self.waiting.peek().is_some_and(is_again)
            && let Some(Reverse(Waiting(again))) = self.waiting.pop()
        {
            self.size = self.size.saturating_sub(again.size());
            others.push(again);
        }
        others.iter().for_each(|again| first.join(again));
        Some(first)
    }

    /// Folds what is from before a time.
    fn fold_before(
        &mut self,
        unit: &Unit<'r>,
        time: Timestamp,
        room: usize,
        counts: &mut CorrelationCounts,
        found: &mut Vec<(Key, Folded)>,
    ) {
        let mut touched = BTreeSet::new();
        while self.first().is_some_and(|first| first < time)
            && let Some(signal) = self.next()
        {
            if !touched.contains(&signal.key) {
                touched.insert(signal.key.clone());
            }
            self.fold(unit, signal, room, counts, found);
        }
        for key in touched {
            if let Some(open) = self.keys.get_mut(&key) {
                let mut emit = |folded| found.push((key.clone(), folded));
                open.windows.settle_before(time, &mut emit);
                self.look_again(&key);
            }
        }
        while self.due.peek().is_some_and(|Reverse((due, _))| *due < time)
            && let Some(Reverse((due, key))) = self.due.pop()
        {
            let Some(open) = self.keys.get_mut(&key).filter(|open| open.due == Some(due)) else {
                continue;
            };
            open.due = None;
            let mut emit = |folded| found.push((key.clone(), folded));
            open.windows.forget_before(time, &mut emit);
            if open.windows.is_empty() {
                let open = self.keys.remove(&key);
                self.weight -= open.map_or(0, |open| open.weight);
            } else {
                self.look_again(&key);
            }
        }
    }

    /// Folds the next signal.
    fn fold(
        &mut self,
        unit: &Unit<'r>,
        signal: Signal,
        room: usize,
        counts: &mut CorrelationCounts,
        found: &mut Vec<(Key, Folded)>,
    ) {
        if self.last.as_ref().is_some_and(|last| signal.is_again(last)) {
            return;
        }
        let is_open = self.keys.contains_key(&signal.key);
        let room = if is_open {
            room.saturating_mul(2)
        } else {
            room
        };
        if self.weight > room {
            counts.refused += 1;
            return;
        }
        counts.signals += 1;
        let signal = Arc::new(signal);
        let key = &signal.key;
        let open = self.keys.entry(key.clone()).or_insert_with(|| Open {
            windows: Windows::following(unit.correlation),
            weight: 0,
            due: None,
        });
        let mut emit = |folded| found.push((key.clone(), folded));
        open.windows.add(Arc::clone(&signal), &mut emit);
        let weight = open.windows.weight() + size_of::<Open<'_>>();
        self.weight = self.weight - open.weight + weight;
        open.weight = weight;
        self.last = Some(signal);
    }

    /// Sees to it that a key is looked at when something of it is over.
    fn look_again(&mut self, key: &Key) {
        let Some(open) = self.keys.get_mut(key) else {
            return;
        };
        let weight = open.windows.weight() + size_of::<Open<'_>>();
        self.weight = self.weight - open.weight + weight;
        open.weight = weight;
        if let Some(due) = open.windows.due()
            && open.due.is_none_or(|known| due < known)
        {
            open.due = Some(due);
            self.due.push(Reverse((due, key.clone())));
        }
    }
}

/// Hands over what was found, and to rules about that what it is to them.
fn tell<'r>(
    units: &Units<'r>,
    flows: &mut BTreeMap<&'r str, Flow<'r>>,
    unit: &Unit<'r>,
    found: Vec<(Key, Folded)>,
    counts: &mut CorrelationCounts,
    emit: Emit<'_>,
) {
    let id = &unit.rule.id.value;
    for (key, folded) in found {
        match folded {
            Folded::Episode(episode) => {
                episode_told(units, flows, unit, &key, &episode, emit);
            }
            Folded::Undetermined(window) if unit.reported => {
                *counts.undetermined.entry(id.clone()).or_default() += 1;
                if counts.named.len() < MOST_NAMED {
                    counts.named.push(unit.open_window(&key, &window));
                }
            }
            Folded::Learning if unit.reported => {
                *counts.learning.entry(id.clone()).or_default() += 1;
            }
            Folded::Late => counts.late += 1,
            Folded::Undetermined(_) | Folded::Learning | Folded::Open(_) => {}
        }
    }
}

fn episode_told<'r>(
    units: &Units<'r>,
    flows: &mut BTreeMap<&'r str, Flow<'r>>,
    unit: &Unit<'r>,
    key: &Key,
    episode: &Episode,
    emit: Emit<'_>,
) {
    let event = episode.trigger.value();
    if unit.reported {
        emit(
            finding(unit.rule, unit.correlation, key, episode, &event),
            &event,
        );
    }
    for (above, made) in units.above(unit, episode, &event) {
        if let Some(flow) = flows.get_mut(above.rule.id.value.as_str()) {
            made.into_iter().for_each(|signal| flow.wait(signal));
        }
    }
}
