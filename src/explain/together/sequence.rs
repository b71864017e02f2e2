//! Steps in order or in any: which were there, and which were missing, out of order,
//! too far apart, or there although they must not be.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::near::{Near, after, later, moments};
use crate::correlate::{Matching, Signal, duration_text};
use crate::rule::correlation::{Correlation, WindowKind};

/// Events that fill places, from the first on: where each is among the signals.
type Chain = Vec<usize>;

pub(super) fn near(
    correlation: &Correlation,
    within: SignedDuration,
    kind: &WindowKind,
    signals: &[Arc<Signal>],
    reached: Option<Timestamp>,
) -> Near {
    let WindowKind::Sequence {
        places,
        ordered,
        least,
        absent,
    } = kind
    else {
        return Near::nothing();
    };
    let look = Look {
        correlation,
        within,
        places,
        least: *least,
        absent,
        signals,
        reached,
    };
    if *least < places.len() {
        look.some_in_order()
    } else if *ordered {
        look.in_order()
    } else {
        look.in_any_order()
    }
}

struct Look<'a> {
    correlation: &'a Correlation,
    within: SignedDuration,
    places: &'a [usize],
    least: usize,
    absent: &'a [usize],
    signals: &'a [Arc<Signal>],
    reached: Option<Timestamp>,
}

impl Look<'_> {
    fn name(&self, step: usize) -> &str {
        self.correlation.step_name(step).unwrap_or("an event")
    }

    fn is_of(&self, event: usize, step: usize) -> bool {
        self.signals[event].steps >> step & 1 == 1
    }

    fn time(&self, event: usize) -> Timestamp {
        self.signals[event].time
    }

    /// Of all beginnings of the sequence the longest, the first of those.
    fn in_order(&self) -> Near {
        let count = self.places.len();
        // The tightest beginning of each length, from 1.
        let mut beginnings: Vec<Option<Chain>> = vec![None; count];
        let mut best: Chain = Vec::new();
        let mut whole: Vec<Chain> = Vec::new();
        for moment in moments(self.signals) {
            // Events of one time are in any order: each may come after each.
            for _ in 0..count.min(moment.len()) {
                for length in (1..=count).rev() {
                    for event in moment.clone() {
                        if let Some(longer) = self.longer(&beginnings, length, event) {
                            if longer.len() > best.len() {
                                best.clone_from(&longer);
                            }
                            if length == count && whole.last() != Some(&longer) {
                                whole.push(longer.clone());
                            }
                            beginnings[length - 1] = Some(longer);
                        }
                    }
                }
            }
        }
        if best.len() == count {
            return self.followed(&whole);
        }
        let missing = self.places[best.len()];
        let mut lines = Vec::new();
        if let Some(last) = best.last() {
            lines.push(format!("{} of {count}: {}", best.len(), self.said(&best)));
            lines.push(self.why_not_next(&best, *last, missing));
        } else {
            lines.push(format!("no `{}`, which comes first", self.name(missing)));
        }
        self.near(&best, lines)
    }

    /// Of all that come in order the most, of those the first.
    fn some_in_order(&self) -> Near {
        let (count, least) = (self.places.len(), self.least);
        // The latest that fills so many places, up to each place.
        let mut best: Chain = Vec::new();
        let mut ends: Vec<Chain> = vec![Vec::new(); count];
        for moment in moments(self.signals) {
            for _ in 0..count.min(moment.len()) {
                for event in moment.clone() {
                    let places = (0..count).filter(|place| self.is_of(event, self.places[*place]));
                    for place in places {
                        let mut chain = ends[..place]
                            .iter()
                            .fold(&[][..], |longest, chain| {
                                let near = chain.first().is_some_and(|first| {
                                    self.time(event) <= later(self.time(*first), self.within)
                                });
                                let is_longer = near && chain.len() > longest.len();
                                if is_longer && !chain.contains(&event) {
                                    chain
                                } else {
                                    longest
                                }
                            })
                            .to_vec();
                        chain.push(event);
                        if chain.len() > best.len() {
                            best.clone_from(&chain);
                        }
                        if !ends[place].contains(&event) {
                            ends[place] = chain;
                        }
                    }
                }
            }
        }
        let said = self.said(&best);
        if best.len() >= least {
            return self.near(&best, vec![said]);
        }
        let names: Vec<&str> = self.places.iter().map(|step| self.name(*step)).collect();
        let more = least - best.len();
        let line = format!(
            "{} of {least}: {said}; {more} more of `{}` in that order would do",
            best.len(),
            names.join("`, `")
        );
        self.near(&best, vec![line])
    }

    /// A beginning of this length that ends with the event, where it is tighter than
    /// the one there is.
    fn longer(&self, beginnings: &[Option<Chain>], length: usize, event: usize) -> Option<Chain> {
        if !self.is_of(event, self.places[length - 1]) {
            return None;
        }
        let mut chain = match length {
            1 => Vec::new(),
            _ => beginnings[length - 2].clone()?,
        };
        if chain.contains(&event) {
            return None;
        }
        chain.push(event);
        let start = self.time(chain[0]);
        let tighter = beginnings[length - 1]
            .as_ref()
            .is_none_or(|other| self.time(other[0]) < start);
        (tighter && self.time(event) <= later(start, self.within)).then_some(chain)
    }

    /// Why nothing comes after a beginning.
    fn why_not_next(&self, chain: &Chain, last: usize, missing: usize) -> String {
        let name = self.name(missing);
        let (start, end) = (self.time(chain[0]), self.time(last));
        let until = later(start, self.within);
        let events = (0..self.signals.len()).filter(|event| self.is_of(*event, missing));
        let events: Vec<usize> = events.filter(|event| !chain.contains(event)).collect();
        let too_late = events.iter().find(|event| self.time(**event) > until);
        let before = events.iter().rev().find(|event| self.time(**event) < end);
        if let Some(event) = too_late {
            let time = self.time(*event);
            return format!(
                "`{name}` came too late: {}, {} after the first; by {} would do",
                after(start, time),
                duration_text(time.duration_since(start)),
                after(start, until)
            );
        }
        if let Some(event) = before {
            return format!(
                "`{name}` came out of order: at {}, before `{}` at {}",
                self.time(*event),
                self.name(self.places[chain.len() - 1]),
                after(self.time(*event), end)
            );
        }
        let past = self.reached.is_none_or(|reached| reached < until);
        let past = if past {
            ", where the data does not reach to"
        } else {
            ""
        };
        format!(
            "no `{name}` after it; one by {} would do{past}",
            after(start, until)
        )
    }

    /// The window in which most places can be filled.
    fn in_any_order(&self) -> Near {
        let count = self.places.len();
        let mut best: Vec<Option<usize>> = vec![None; count];
        let mut whole: Vec<Chain> = Vec::new();
        let mut window: VecDeque<usize> = VecDeque::new();
        for moment in moments(self.signals) {
            let now = self.time(moment.start);
            window.extend(moment);
            while window
                .front()
                .is_some_and(|event| later(self.time(*event), self.within) < now)
            {
                window.pop_front();
            }
            let filled = self.filled(&window);
            let much = |filled: &[Option<usize>]| filled.iter().flatten().count();
            if much(&filled) == count {
                whole.push(filled.iter().flatten().copied().collect());
            }
            if much(&filled) > much(&best) {
                best = filled;
            }
        }
        let mut chain: Chain = best.iter().flatten().copied().collect();
        chain.sort_unstable();
        if chain.len() == count {
            return self.followed(&whole);
        }
        let mut lines = Vec::new();
        if !chain.is_empty() {
            lines.push(format!("{} of {count}: {}", chain.len(), self.said(&chain)));
        }
        let missing = self.places.iter().zip(&best);
        let missing = missing.filter(|(_, event)| event.is_none());
        for (place, _) in missing {
            lines.push(self.nearest_of(*place, &chain));
        }
        lines.dedup();
        self.near(&chain, lines)
    }

    /// Who fills the places, of the latest events of each kind.
    fn filled(&self, window: &VecDeque<usize>) -> Vec<Option<usize>> {
        let fits = |event: usize| {
            let places = self.places.iter().enumerate();
            places.fold(0_u64, |bits, (place, step)| {
                bits | u64::from(self.is_of(event, *step)) << place
            })
        };
        let mut matching = Matching::new(self.places.len());
        let mut taken: Vec<(u64, usize)> = Vec::new();
        let mut offered: Vec<usize> = Vec::new();
        for event in window.iter().rev() {
            let fits = fits(*event);
            let so_far = match taken.iter_mut().find(|(kind, _)| *kind == fits) {
                Some((_, so_far)) => so_far,
                None => {
                    taken.push((fits, 0));
                    let Some((_, so_far)) = taken.last_mut() else {
                        continue;
                    };
                    so_far
                }
            };
            if fits == 0 || *so_far >= self.places.len() {
                continue;
            }
            *so_far += 1;
            offered.push(*event);
            matching.add(fits);
        }
        let filled = matching.filled().iter();
        filled
            .map(|event| event.and_then(|event| offered.get(event).copied()))
            .collect()
    }

    fn nearest_of(&self, step: usize, chain: &Chain) -> String {
        let name = self.name(step);
        let events = (0..self.signals.len()).filter(|event| self.is_of(*event, step));
        let events = events.filter(|event| !chain.contains(event));
        let (Some(first), Some(last)) = (chain.first(), chain.last()) else {
            return format!("no `{name}`");
        };
        let (from, to) = (self.time(*first), self.time(*last));
        let nearest = events.min_by_key(|event| {
            let time = self.time(*event);
            from.duration_since(time).max(time.duration_since(to))
        });
        let Some(event) = nearest else {
            let by = after(from, later(from, self.within));
            return format!("no `{name}`; one by {by} would do");
        };
        let time = self.time(event);
        let span = time.max(to).duration_since(time.min(from));
        format!(
            "`{name}` too far off: at {time}, which makes {} of at most {}",
            duration_text(span),
            duration_text(self.within)
        )
    }

    /// All places were filled: something came that must not, or nothing is wrong.
    fn followed(&self, whole: &[Chain]) -> Near {
        let Some(chain) = whole.last() else {
            return Near::nothing();
        };
        let mut chain = chain.clone();
        chain.sort_by_key(|event| self.time(*event));
        let mut lines = vec![self.said(&chain)];
        let (Some(first), Some(last)) = (chain.first(), chain.last()) else {
            return Near::nothing();
        };
        let (from, to) = (self.time(*first), self.time(*last));
        let until = later(from, self.within);
        let follows = |event: &usize| {
            let absent = self.absent.iter().any(|step| self.is_of(*event, *step));
            absent && !chain.contains(event) && (to..=until).contains(&self.time(*event))
        };
        let follower = (0..self.signals.len()).find(follows);
        if let Some(event) = follower {
            let step = self.absent.iter().find(|step| self.is_of(event, **step));
            let time = self.time(event);
            lines.push(format!(
                "`{}` followed at {}, {} after; none by {} would be a finding",
                step.map_or("an event", |step| self.name(*step)),
                after(to, time),
                duration_text(time.duration_since(to)),
                after(to, until)
            ));
        }
        let share = if follower.is_some() { 0.95 } else { 1.0 };
        Near {
            share,
            lines,
            window: Some((from, until)),
        }
    }

    /// `created` at 09:00, `deleted` at 09:10.
    fn said(&self, chain: &Chain) -> String {
        let mut before = None;
        let events: Vec<String> = chain
            .iter()
            .map(|event| {
                let time = self.time(*event);
                let shown = before.map_or_else(|| time.to_string(), |before| after(before, time));
                before = Some(time);
                let steps = self.places.iter().filter(|step| self.is_of(*event, **step));
                let mut names: Vec<&str> = steps.map(|step| self.name(*step)).collect();
                names.dedup();
                format!("`{}` at {shown}", names.join("` or `"))
            })
            .collect();
        events.join(", ")
    }

    #[expect(clippy::cast_precision_loss, reason = "there are few places")]
    fn near(&self, chain: &Chain, lines: Vec<String>) -> Near {
        let window = chain.first().zip(chain.last());
        Near {
            share: (chain.len() as f64 / self.least.max(1) as f64).min(1.0),
            lines,
            window: window.map(|(first, last)| (self.time(*first), self.time(*last))),
        }
    }
}
