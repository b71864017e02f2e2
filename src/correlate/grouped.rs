//! Signals by rule and key: few rules, many keys, and of most keys many signals, which
//! come nearly in the order of time. So grouping them is cheaper than sorting them.
//!
//! In come signals in any order; out they come in [`Signal::order`].

use std::collections::{BTreeMap, HashMap, btree_map};
use std::sync::Arc;
use std::vec;

use super::signal::{Key, Signal};

/// About the bytes that a key takes beside its signals.
const OF_KEY: usize = 128;

/// Signals in no order.
#[derive(Debug, Default)]
pub(super) struct Groups {
    rules: BTreeMap<Arc<str>, HashMap<Key, Vec<Signal>>>,
    size: usize,
}

impl Groups {
    /// Adds a signal; its rule and key are shared with those that are there.
    pub(super) fn add(&mut self, mut signal: Signal) {
        self.size += signal.size();
        let keys = match self.rules.get_mut(&signal.rule) {
            Some(keys) => keys,
            None => self.rules.entry(Arc::clone(&signal.rule)).or_default(),
        };
        match keys.get_mut(&signal.key) {
            Some(signals) => {
                if let Some(first) = signals.first() {
                    signal.key = first.key.clone();
                }
                signals.push(signal);
            }
            None => {
                self.size += OF_KEY;
                keys.insert(signal.key.clone(), vec![signal]);
            }
        }
    }

    /// About the bytes that they take in memory.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn into_sorted(self) -> Grouped {
        Grouped {
            rules: self.rules.into_iter(),
            keys: Vec::new().into_iter(),
            signals: Vec::new().into_iter(),
        }
    }
}

/// Signals in order.
#[derive(Debug)]
pub(super) struct Grouped {
    rules: btree_map::IntoIter<Arc<str>, HashMap<Key, Vec<Signal>>>,
    /// Of the rule at hand.
    keys: vec::IntoIter<(Key, Vec<Signal>)>,
    /// Of the key at hand.
    signals: vec::IntoIter<Signal>,
}

impl Iterator for Grouped {
    type Item = Signal;

    fn next(&mut self) -> Option<Signal> {
        loop {
            if let Some(signal) = self.signals.next() {
                return Some(signal);
            }
            if let Some((_, mut signals)) = self.keys.next() {
                signals.sort_by(Signal::order_under_key);
                self.signals = signals.into_iter();
            } else {
                let (_, keys) = self.rules.next()?;
                let mut keys: Vec<_> = keys.into_iter().collect();
                keys.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
                self.keys = keys.into_iter();
            }
        }
    }
}
