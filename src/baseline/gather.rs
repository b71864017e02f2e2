//! Findings on their way into a baseline.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;

use jiff::Timestamp;

use super::model::{Baseline, Entry};
use crate::finding::Finding;

/// Findings by rule and name. What it comes to does not depend on their order.
#[derive(Debug, Default)]
pub struct Gathered {
    by_name: BTreeMap<(String, String), Seen>,
    /// Findings that a baseline cannot cover.
    pub left_out: LeftOut,
}

/// Findings that no entry can cover, by why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The time of the event cannot be read.
    pub without_time: u64,
    /// The event is later than the moment the baseline is made for.
    pub later: u64,
    /// The shape of the record lost what the name is made of.
    pub without_name: u64,
}

#[derive(Debug)]
struct Seen {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    message: String,
}

impl Gathered {
    /// Takes a finding that counts, for a baseline of `now`. One that an exception
    /// or a waiver covers needs no entry.
    pub fn add(&mut self, finding: &Finding, now: Timestamp) {
        if finding.suppressed.is_some() {
            return;
        }
        let Some(time) = finding.event.time else {
            self.left_out.without_time += 1;
            return;
        };
        if !finding.key_is_known {
            self.left_out.without_name += 1;
            return;
        }
        if time > now {
            self.left_out.later += 1;
            return;
        }
        let name = (finding.rule.clone(), finding.fingerprint.clone());
        match self.by_name.entry(name) {
            Place::Vacant(place) => {
                place.insert(Seen {
                    count: 1,
                    first: time,
                    last: time,
                    message: finding.message.clone(),
                });
            }
            Place::Occupied(mut place) => place.get_mut().add(time, &finding.message),
        }
    }

    /// How many findings were taken.
    pub fn findings(&self) -> u64 {
        self.by_name.values().map(|seen| seen.count).sum()
    }

    /// A baseline of nothing else.
    pub fn baseline(self, now: Timestamp) -> Baseline {
        Baseline::new(now, self.entries(now))
    }

    pub(super) fn entries(self, now: Timestamp) -> Vec<Entry> {
        let entries = self.by_name.into_iter();
        entries
            .map(|((rule, fingerprint), seen)| Entry {
                rule,
                fingerprint,
                created: now,
                count: seen.count,
                first: seen.first,
                last: seen.last,
                message: seen.message,
            })
            .collect()
    }
}

impl Seen {
    /// The message is that of the first event, and of several at one time the
    /// least, so that the order of the input does not decide.
    fn add(&mut self, time: Timestamp, message: &str) {
        self.count += 1;
        self.last = self.last.max(time);
        if (time, message) < (self.first, &*self.message) {
            self.first = time;
            self.message = message.to_owned();
        }
    }
}
