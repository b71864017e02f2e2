//! What becomes of a baseline after a run.

use jiff::Timestamp;

use super::gather::Gathered;
use super::known::Known;
use super::model::{Baseline, Entry};

/// A baseline after a run, and what is different.
#[derive(Debug)]
pub struct Updated {
    /// What it is now.
    pub baseline: Baseline,
    /// The entries that came to it.
    pub added: Vec<Entry>,
    /// The entries that were taken from it.
    pub removed: Vec<Entry>,
}

/// Adds what the run found that the baseline does not know. What it knows stays as
/// it is, the moment that it was taken in too.
pub fn update(known: Known, new: Gathered, now: Timestamp) -> Updated {
    let (created, mut entries, not_seen) = known.parted();
    let added = new.entries(now);
    entries.extend(not_seen);
    entries.extend(added.iter().cloned());
    Updated {
        baseline: Baseline::new(created, entries),
        added,
        removed: Vec::new(),
    }
}

/// Takes away what the run did not see.
pub fn prune(known: Known) -> Updated {
    let (created, kept, removed) = known.parted();
    Updated {
        baseline: Baseline::new(created, kept),
        added: Vec::new(),
        removed,
    }
}
