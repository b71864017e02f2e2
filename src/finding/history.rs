//! What earlier runs add to a summary.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::rule::Severity;

/// Inputs that were not read, because an earlier run read them under the same
/// rules and lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KnownInputs {
    /// How many.
    pub inputs: u64,
    /// How many events of them were judged, in those that may hold one that is
    /// asked about now.
    pub events: u64,
    /// How many findings counted in them.
    pub findings: u64,
    /// When the last of those events happened.
    pub last: Option<Timestamp>,
}

/// What a run found beside what earlier runs did. Findings are told by their
/// fingerprints: two events under one fingerprint count once here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryCounts {
    /// Found by this run first.
    pub new: u64,
    /// Found by this run and by an earlier one.
    pub again: u64,
    /// Found by an earlier run, open when it was found last, asked about by this
    /// run and not found by it. A run reads what is new: that says nothing of
    /// whether anything was mended.
    pub not_seen: u64,
    /// When the latest run was that found one of them.
    pub not_seen_since: Option<Timestamp>,
    /// How many runs were before this one.
    pub earlier_runs: u64,
    /// The latest runs, this one the last.
    pub runs: Vec<RunCounts>,
}

/// What is kept of a run, for a trend over runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCounts {
    /// The time that it was made for.
    pub at: Timestamp,
    /// Its exit code.
    pub exit_code: u8,
    /// Its findings that count; severities without any are absent.
    pub by_severity: BTreeMap<Severity, u64>,
    /// Fingerprints that it found first.
    pub new: u64,
    /// Fingerprints that an earlier one had found.
    pub again: u64,
    /// Events that it judged.
    pub events: u64,
}

impl RunCounts {
    /// All of its findings that count.
    pub fn findings(&self) -> u64 {
        self.by_severity.values().sum()
    }
}
