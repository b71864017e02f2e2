//! A baseline and its entries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The findings that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// When it was made first.
    pub created: Timestamp,
    entries: Vec<Entry>,
}

/// Findings of one name that were taken in at one time. The order of fields is the
/// order written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The rule's id.
    pub rule: String,
    /// The name of the findings.
    pub fingerprint: String,
    /// When they were taken in: later events are not covered.
    pub created: Timestamp,
    /// How many findings had the name.
    pub count: u64,
    /// The time of the first of their events.
    pub first: Timestamp,
    /// The time of the last.
    pub last: Timestamp,
    /// What is said of the first, masked.
    pub message: String,
}

impl Baseline {
    /// Of these entries, which are put in order.
    pub fn new(created: Timestamp, mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| {
            let key =
                |entry: &Entry| (entry.rule.clone(), entry.fingerprint.clone(), entry.created);
            key(a).cmp(&key(b))
        });
        Baseline { created, entries }
    }

    /// Its entries: by rule, fingerprint and time.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}
