//! Sequences of which not every place must be filled: so many of them, in order.
//!
//! Of beginnings that fill as many places and end at the same place the tightest is
//! kept; no other serves a sequence to come better. The last `least` events of a longer
//! one are a tighter one, so none need be longer.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::super::episode::Contribution;
use super::super::super::signal::Signal;
use super::super::places::Matching;
use super::{Chain, Group, Sequence};

/// Places and the events that fill them, in the order of the places.
type Filled = Vec<(usize, Arc<Signal>)>;

impl Sequence<'_> {
    /// The tightest sequence that is complete now, with what came before.
    pub(super) fn some_in_order(&mut self, group: &Group, now: Timestamp) -> Option<Chain> {
        if group.kinds.is_empty() {
            return None;
        }
        let (count, least) = (self.asked.places.len(), self.asked.least);
        let mut grown = self.beginnings.clone();
        let mut complete: Option<Chain> = None;
        let none = Chain {
            start: now,
            last: None,
        };
        for first in 0..count {
            for last in first..count {
                let filled = filled(group, first, last);
                // What fills the places before `first`, and how many of them.
                let befores = (1..least).filter_map(|length| {
                    let place = first.checked_sub(1)?;
                    Some((length, self.beginnings[self.slot(length, place)].as_ref()?))
                });
                let alone = (first == 0).then_some((0, &none));
                for (length, before) in alone.into_iter().chain(befores) {
                    for more in 1..=filled.len().min(least - length) {
                        let chain = self.longer(before, &filled, more);
                        let tighter = |known: &Option<Chain>| {
                            let known = known.as_ref();
                            known.is_none_or(|known| known.start < chain.start)
                        };
                        if length + more == least && tighter(&complete) {
                            complete = Some(chain.clone());
                        }
                        let slot = self.slot(length + more, last);
                        if tighter(&grown[slot]) {
                            grown[slot] = Some(chain);
                        }
                    }
                }
            }
        }
        self.beginnings = grown;
        complete
    }

    /// Where the beginning is kept that fills so many places and ends at one.
    fn slot(&self, length: usize, place: usize) -> usize {
        (length - 1) * self.asked.places.len() + place
    }

    /// A chain with so many more places filled, the last of them among these.
    fn longer(&self, before: &Chain, filled: &Filled, more: usize) -> Chain {
        let last = filled.len() - 1;
        let taken = filled.iter().take(more - 1).chain(filled.get(last));
        taken.fold(before.clone(), |chain, (place, signal)| {
            chain.and(Contribution {
                signal: Arc::clone(signal),
                step: Some(self.asked.places[*place]),
            })
        })
    }
}

/// As many of the places from `first` to `last` as events of one time can fill, `last`
/// among them; nothing where that cannot be filled.
fn filled(group: &Group, first: usize, last: usize) -> Filled {
    let within = |fits: u64| fits >> first << first & (u64::MAX >> (63 - last));
    let events: Vec<(u64, &Arc<Signal>)> = (group.kinds.iter())
        .flat_map(|(fits, events)| events.iter().map(|event| (within(*fits), event)))
        .collect();
    let mut matching = Matching::new(last + 1);
    for (fits, _) in &events {
        matching.add(*fits);
    }
    let mut places: Vec<Option<usize>> = matching.filled().to_vec();
    if places[last].is_none() {
        // All that fit it fill others: one of them moves over.
        let fits_last = |event: usize| events[event].0 >> last & 1 == 1;
        let Some(place) = (first..last).find(|place| places[*place].is_some_and(fits_last)) else {
            return Vec::new();
        };
        places.swap(place, last);
    }
    let places = places.into_iter().enumerate();
    places
        .filter_map(|(place, event)| Some((place, Arc::clone(events[event?].1))))
        .collect()
}
