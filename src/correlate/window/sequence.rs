//! Windows that hold an event for each place of a sequence, in order or in any.
//!
//! At each time at which a sequence can be complete, the tightest counts: the one
//! that begins last. Sequences whose spans overlap are one episode. Where something
//! must not follow, a sequence waits for the end of its window.
//!
//! Why little is kept: a later event serves any sequence to come at least as well as
//! an earlier one that fits the same places. So for `all` the latest few events of
//! each kind are enough, and for `order` the tightest beginning of each length.

mod partial;

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::episode::{
    AsOf, Contribution, Folded, MOST_SHOWN, Undetermined, earlier, later, reaches,
};
use super::super::signal::Signal;
use super::open::{EVENT, Open, Tally};
use super::places::Matching;
use super::{Emit, Telling};

/// What is asked of the events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'r> {
    pub(super) within: SignedDuration,
    /// The step that each place asks for.
    pub(super) places: &'r [usize],
    pub(super) ordered: bool,
    /// How many places must be filled.
    pub(super) least: usize,
    /// The steps that must not follow.
    pub(super) absent: &'r [usize],
}

impl Asked<'_> {
    /// Whether places may stay empty.
    fn is_partial(&self) -> bool {
        self.ordered && self.least < self.places.len()
    }

    /// The beginnings that are kept.
    fn beginnings(&self) -> usize {
        match self.is_partial() {
            true => self.least * self.places.len(),
            false => self.places.len(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Sequence<'r> {
    asked: Asked<'r>,
    /// The steps that must not follow, a bit for each.
    absent: u32,
    /// Up to where nothing more comes.
    settled: Option<Timestamp>,
    /// Up to where an earlier run had decided.
    before: Option<Timestamp>,
    telling: Telling,
    /// What happened at the time that is not asked about yet.
    group: Group,
    /// For `order`: the tightest beginning of each length, from 1; where places may
    /// stay empty, of each length and last place.
    beginnings: Vec<Option<Chain>>,
    /// For `all`: of each kind of event the latest, the last of them last.
    latest: Vec<(u64, VecDeque<Arc<Signal>>)>,
    /// Sequences after which something may follow that must not.
    waiting: VecDeque<Chain>,
    open: Option<Open>,
    /// The events of the last sequence of the open episode.
    counted: Vec<Arc<Signal>>,
}

/// The events of one time: of each kind as many as there are places.
#[derive(Debug, Default)]
struct Group {
    kinds: Vec<(u64, Vec<Arc<Signal>>)>,
    /// Of those that must not follow, one more than there are places.
    absent: Vec<Arc<Signal>>,
}

/// Events that fill places, from the first on.
#[derive(Debug, Clone)]
struct Chain {
    start: Timestamp,
    last: Option<Arc<Link>>,
}

#[derive(Debug)]
struct Link {
    contribution: Contribution,
    before: Option<Arc<Link>>,
}

impl Chain {
    fn events(&self) -> Vec<Contribution> {
        let mut events = Vec::new();
        let mut link = self.last.as_ref();
        while let Some(at) = link {
            events.push(at.contribution.clone());
            link = at.before.as_ref();
        }
        events.reverse();
        events
    }

    fn end(&self) -> Timestamp {
        let last = self.last.as_ref();
        last.map_or(self.start, |link| link.contribution.signal.time)
    }

    fn and(&self, contribution: Contribution) -> Chain {
        let link = Link {
            contribution,
            before: self.last.clone(),
        };
        Chain {
            start: self.start,
            last: Some(Arc::new(link)),
        }
    }
}

impl<'r> Sequence<'r> {
    pub(super) fn new(asked: Asked<'r>, as_of: AsOf, telling: Telling) -> Self {
        Sequence {
            asked,
            absent: asked.absent.iter().fold(0, |bits, step| bits | 1 << step),
            settled: as_of.settled(),
            before: as_of.before,
            telling,
            group: Group::default(),
            beginnings: vec![None; asked.beginnings()],
            latest: Vec::new(),
            waiting: VecDeque::new(),
            open: None,
            counted: Vec::new(),
        }
    }

    /// The places that an event of these steps fits.
    fn fits(&self, steps: u32) -> u64 {
        let places = self.asked.places.iter().enumerate();
        places.fold(0, |bits, (place, step)| {
            bits | u64::from(steps >> step & 1) << place
        })
    }

    pub(super) fn add(&mut self, signal: Arc<Signal>) {
        let most = self.asked.places.len();
        if signal.steps & self.absent != 0 && self.group.absent.len() <= most {
            self.group.absent.push(Arc::clone(&signal));
        }
        let fits = self.fits(signal.steps);
        if fits == 0 {
            return;
        }
        let kinds = &mut self.group.kinds;
        match kinds.iter_mut().find(|(kind, _)| *kind == fits) {
            Some((_, events)) if events.len() < most => events.push(signal),
            Some(_) => {}
            None => kinds.push((fits, vec![signal])),
        }
    }

    pub(super) fn settle(&mut self, now: Timestamp, emit: Emit<'_>) {
        let group = std::mem::take(&mut self.group);
        self.mature(now, emit);
        let begin = earlier(now, self.asked.within);
        let complete = if self.asked.is_partial() {
            self.some_in_order(&group, now)
        } else if self.asked.ordered {
            self.in_order(&group, now)
        } else {
            self.in_any_order(&group, begin)
        };
        if let Some(chain) = complete.filter(|chain| chain.start >= begin) {
            if self.absent == 0 {
                self.found(&chain, false, emit);
            } else {
                self.waiting.push_back(chain);
            }
        }
        if !group.absent.is_empty() {
            let within = self.asked.within;
            self.waiting.retain(|chain| {
                if later(chain.start, within) < now {
                    return true;
                }
                let own = chain.events();
                let is_own = |signal: &Arc<Signal>| own.iter().any(|c| is_same(&c.signal, signal));
                group.absent.iter().all(is_own)
            });
        }
    }

    /// The tightest sequence that is complete now, with what came before.
    fn in_order(&mut self, group: &Group, now: Timestamp) -> Option<Chain> {
        if group.kinds.is_empty() {
            return None;
        }
        let count = self.asked.places.len();
        let mut grown = self.beginnings.clone();
        let mut complete: Option<Chain> = None;
        for length in 0..count {
            let from = match length {
                0 => Chain {
                    start: now,
                    last: None,
                },
                length => match &self.beginnings[length - 1] {
                    Some(chain) => chain.clone(),
                    None => continue,
                },
            };
            for (more, chain) in self.extend(&from, length, group).into_iter().enumerate() {
                let reached = &mut grown[length + more];
                if reached
                    .as_ref()
                    .is_none_or(|known| known.start < chain.start)
                {
                    *reached = Some(chain.clone());
                }
                let whole = length + more + 1 == count;
                let tighter = complete
                    .as_ref()
                    .is_none_or(|known| known.start < chain.start);
                if whole && tighter {
                    complete = Some(chain);
                }
            }
        }
        self.beginnings = grown;
        complete
    }

    /// What becomes of a beginning when its next places are filled by events of one
    /// time: one place more, two more, and so on.
    fn extend(&self, from: &Chain, length: usize, group: &Group) -> Vec<Chain> {
        let events: Vec<(u64, &Arc<Signal>)> = (group.kinds.iter())
            .flat_map(|(fits, events)| events.iter().map(|event| (*fits, event)))
            .collect();
        let mut chains = Vec::new();
        let mut next = length;
        while next < self.asked.places.len() {
            let wanted = next + 1 - length;
            // The places from `length` on, each by one event of the group.
            let mut matching = Matching::new(wanted);
            let filled = events
                .iter()
                .filter(|(fits, _)| matching.add(fits >> length))
                .count();
            if filled < wanted {
                break;
            }
            let chain = (0..wanted).fold(from.clone(), |chain, place| {
                let event = matching.filled()[place].map(|event| Arc::clone(events[event].1));
                match event {
                    Some(signal) => chain.and(Contribution {
                        signal,
                        step: Some(self.asked.places[length + place]),
                    }),
                    None => chain,
                }
            });
            chains.push(chain);
            next += 1;
        }
        chains
    }

    /// The tightest set that is complete now.
    fn in_any_order(&mut self, group: &Group, begin: Timestamp) -> Option<Chain> {
        if group.kinds.is_empty() {
            return None;
        }
        let count = self.asked.places.len();
        for (fits, events) in &group.kinds {
            let known = self.latest.iter().position(|(kind, _)| kind == fits);
            let known = known.unwrap_or_else(|| {
                self.latest.push((*fits, VecDeque::new()));
                self.latest.len() - 1
            });
            let latest = &mut self.latest[known].1;
            latest.extend(events.iter().cloned());
            while latest.len() > count {
                latest.pop_front();
            }
        }
        for (_, latest) in &mut self.latest {
            while latest.pop_front_if(|signal| signal.time < begin).is_some() {}
        }
        self.latest.retain(|(_, latest)| !latest.is_empty());
        let mut events: Vec<(u64, &Arc<Signal>)> = (self.latest.iter())
            .flat_map(|(fits, latest)| latest.iter().map(|event| (*fits, event)))
            .collect();
        events.sort_by_key(|(_, event)| Reverse((event.time, event.content)));
        // Taken in as they come, latest first, those that fill one more place make
        // the tightest set there is: sets that can be matched are a matroid.
        let mut matching = Matching::new(count);
        let mut filled = 0;
        for (fits, signal) in &events {
            filled += usize::from(matching.add(*fits));
            if filled == count {
                let start = signal.time;
                let mut members: Vec<Contribution> = (matching.filled().iter().enumerate())
                    .filter_map(|(place, event)| {
                        Some(Contribution {
                            signal: Arc::clone(events.get((*event)?)?.1),
                            step: Some(self.asked.places[place]),
                        })
                    })
                    .collect();
                members.sort_by_key(|member| (member.signal.time, member.signal.content));
                let empty = Chain { start, last: None };
                return Some(members.into_iter().fold(empty, |chain, c| chain.and(c)));
            }
        }
        None
    }

    /// Lets those go of whose window nothing more can be, for it was over before.
    fn mature(&mut self, now: Timestamp, emit: Emit<'_>) {
        let (within, settled) = (self.asked.within, self.settled);
        let is_over = |chain: &mut Chain| {
            let until = later(chain.start, within);
            until < now && reaches(settled, until)
        };
        while let Some(chain) = self.waiting.pop_front_if(is_over) {
            self.certain(&chain, emit);
        }
    }

    fn certain(&mut self, chain: &Chain, emit: Emit<'_>) {
        let until = later(chain.start, self.asked.within);
        let decided = self.before.is_some_and(|before| until <= before);
        let mut events =
            std::iter::successors(chain.last.as_deref(), |link| link.before.as_deref());
        if decided && events.any(|link| !link.contribution.signal.carried) {
            // An earlier run had all of it then, and now part of it came again.
            emit(Folded::Late);
        } else {
            self.found(chain, !decided, emit);
        }
    }

    /// Adds a sequence to the episode that it overlaps, or begins one.
    fn found(&mut self, chain: &Chain, newly_certain: bool, emit: Emit<'_>) {
        let events = chain.events();
        let Some(last) = events.last().cloned() else {
            return;
        };
        if let Some(open) = self.open.take_if(|open| open.last < chain.start) {
            self.counted.clear();
            self.telling.closed(open, emit);
        }
        // An event that the next sequence does without is in none after that.
        let mut more = Tally::default();
        for event in &events {
            if !self
                .counted
                .iter()
                .any(|known| is_same(known, &event.signal))
            {
                more.add(Tally::of(&event.signal));
            }
        }
        if self.asked.is_partial() {
            // The next but one may have it again, if that is not over by then.
            let begin = earlier(last.signal.time, self.asked.within);
            self.counted.retain(|known| known.time >= begin);
        } else {
            self.counted.clear();
        }
        let members = events.iter().map(|event| Arc::clone(&event.signal));
        self.counted.extend(members);
        match &mut self.open {
            Some(open) => {
                open.tally.add(more);
                // Where places may stay empty, one that comes later may begin earlier.
                open.first = open.first.min(chain.start);
                open.last = last.signal.time;
                open.newly_certain |= newly_certain;
                open.latest = Some(last);
            }
            None => {
                let shown = events.len().saturating_sub(MOST_SHOWN);
                let open = Open {
                    trigger: last.signal.clone(),
                    first: chain.start,
                    last: chain.end(),
                    shown: events[shown..].to_vec(),
                    latest: None,
                    tally: more,
                    peak: None,
                    newly_certain,
                    continues: more.fresh == 0 && !newly_certain,
                };
                self.telling.opened(&open, emit);
                self.open = Some(open);
            }
        }
    }

    /// Lets go of what no window can hold that ends at a time or later.
    pub(super) fn forget_before(&mut self, time: Timestamp, emit: Emit<'_>) {
        self.mature(time, emit);
        let begin = earlier(time, self.asked.within);
        if let Some(open) = self.open.take_if(|open| open.last < begin) {
            self.counted.clear();
            self.telling.closed(open, emit);
        }
        for beginning in &mut self.beginnings {
            beginning.take_if(|chain| chain.start < begin);
        }
        for (_, latest) in &mut self.latest {
            while latest.pop_front_if(|signal| signal.time < begin).is_some() {}
        }
        self.latest.retain(|(_, latest)| !latest.is_empty());
    }

    /// When the first of those is over that wait for the end of their window.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let first = self.waiting.front()?;
        Some(later(first.start, self.asked.within))
    }

    pub(super) fn is_empty(&self) -> bool {
        let nothing = self.beginnings.iter().all(Option::is_none) && self.latest.is_empty();
        nothing && self.waiting.is_empty() && self.open.is_none()
    }

    /// About the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        let latest: usize = self.latest.iter().map(|(_, latest)| latest.len()).sum();
        let beginnings = self.beginnings.iter().flatten().count();
        (latest + beginnings + self.waiting.len()) * EVENT
    }

    pub(super) fn end(mut self, as_of: AsOf, emit: Emit<'_>) {
        while let Some(chain) = self.waiting.pop_front() {
            let until = later(chain.start, self.asked.within);
            if reaches(as_of.settled(), until) {
                self.certain(&chain, emit);
            } else if let Some(link) = &chain.last {
                emit(Folded::Undetermined(Undetermined {
                    signal: Arc::clone(&link.contribution.signal),
                    until,
                }));
            }
        }
        if let Some(open) = self.open.take() {
            self.telling.closed(open, emit);
        }
    }
}

fn is_same(a: &Signal, b: &Signal) -> bool {
    a.time == b.time && a.content == b.content
}
