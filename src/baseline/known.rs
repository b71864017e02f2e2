//! What a baseline knows of the findings of a run.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::model::{Baseline, Entry};
use crate::finding::{BaselineState, Finding, NotSeen};

/// A baseline, asked about the findings of one run.
#[derive(Debug)]
pub struct Known {
    baseline: Baseline,
    /// By name, the last moment that an entry covers.
    until: HashMap<String, Timestamp>,
    seen: HashSet<String>,
}

impl Known {
    /// Nothing is seen yet.
    pub fn new(baseline: Baseline) -> Self {
        let mut until: HashMap<String, Timestamp> = HashMap::new();
        for entry in baseline.entries() {
            let last = until
                .entry(entry.fingerprint.clone())
                .or_insert(entry.created);
            *last = entry.created.max(*last);
        }
        Known {
            baseline,
            until,
            seen: HashSet::new(),
        }
    }

    /// Whether it knows the finding: one of its entries has the name, and is not
    /// older than the event. An event without a readable time is new, and so is one
    /// whose name is not known in full.
    pub fn state(&mut self, finding: &Finding) -> BaselineState {
        let name = &finding.fingerprint;
        let Some(until) = self.until.get(name).filter(|_| finding.key_is_known) else {
            return BaselineState::New;
        };
        if !self.seen.contains(name) {
            self.seen.insert(name.clone());
        }
        match finding.event.time {
            Some(time) if time <= *until => BaselineState::Known,
            _ => BaselineState::New,
        }
    }

    /// Whether a finding with the name of the entry was seen, covered or not.
    fn saw(&self, entry: &Entry) -> bool {
        self.seen.contains(&entry.fingerprint)
    }

    /// The names that no finding had.
    pub fn not_seen(&self) -> Vec<NotSeen> {
        let entries = self.baseline.entries().iter();
        let mut not_seen: Vec<NotSeen> = entries
            .filter(|entry| !self.saw(entry))
            .map(|entry| NotSeen {
                rule: entry.rule.clone(),
                fingerprint: entry.fingerprint.clone(),
                message: entry.message.clone(),
            })
            .collect();
        // One name may have been taken in at several times; its entries are side by side.
        not_seen.dedup_by(|a, b| a.fingerprint == b.fingerprint);
        not_seen
    }

    /// The entries that were seen, and those that were not.
    pub(super) fn parted(self) -> (Timestamp, Vec<Entry>, Vec<Entry>) {
        let Known { baseline, seen, .. } = self;
        let created = baseline.created;
        let entries = baseline.into_entries().into_iter();
        let (kept, dropped) = entries.partition(|entry| seen.contains(&entry.fingerprint));
        (created, kept, dropped)
    }
}
