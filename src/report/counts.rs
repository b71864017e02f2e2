//! How findings stand, and how many of them there are.

use std::fmt;

use jiff::Timestamp;

use crate::finding::{BaselineState, Finding, Recurrence};
use crate::rule::Severity;

/// How a finding stands, that which counts most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It counts, and no baseline and no earlier run knows it.
    New,
    /// It counts.
    Open,
    /// The baseline knows it: it fails no run, and is a violation all the same.
    Known,
    /// An exception or a waiver covers it.
    Waived,
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 4] = [
        Standing::New,
        Standing::Open,
        Standing::Known,
        Standing::Waived,
    ];

    /// How a finding stands.
    pub fn of(finding: &Finding) -> Standing {
        let is_new = match (finding.baseline, finding.recurrence) {
            (_, Some(Recurrence::Again { .. })) => false,
            (baseline, recurrence) => {
                baseline == Some(BaselineState::New) || recurrence == Some(Recurrence::New)
            }
        };
        match finding {
            finding if finding.suppressed.is_some() => Standing::Waived,
            finding if !finding.is_open() => Standing::Known,
            _ if is_new => Standing::New,
            _ => Standing::Open,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Standing::New => "new",
            Standing::Open => "open",
            Standing::Known => "known",
            Standing::Waived => "waived",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Findings by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// They count.
    pub open: u64,
    /// The baseline knows them.
    pub known: u64,
    /// Something covers them.
    pub waived: u64,
    /// The worst severity of those that are not waived.
    pub worst: Option<Severity>,
    /// The time of the earliest.
    pub first: Option<Timestamp>,
    /// The time of the latest.
    pub last: Option<Timestamp>,
}

impl Counts {
    pub(super) fn add(&mut self, finding: &Finding) {
        let standing = Standing::of(finding);
        match standing {
            Standing::New | Standing::Open => self.open += 1,
            Standing::Known => self.known += 1,
            Standing::Waived => self.waived += 1,
        }
        if standing != Standing::Waived {
            self.worst = self.worst.max(Some(finding.severity));
        }
        self.span(finding.event.time);
    }

    pub(super) fn merge(&mut self, other: &Counts) {
        self.open += other.open;
        self.known += other.known;
        self.waived += other.waived;
        self.worst = self.worst.max(other.worst);
        self.span(other.first);
        self.span(other.last);
    }

    /// Those that break a control: whether a baseline knows them or not.
    pub fn violations(&self) -> u64 {
        self.open + self.known
    }

    fn span(&mut self, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
    }
}
