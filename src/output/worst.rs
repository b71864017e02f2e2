//! The worst findings of many: so many are kept, the rest is for counting.

use std::borrow::Cow;

use crate::finding::Finding;
use crate::rule::Severity;

/// The worst findings first, equals in the order of the input.
#[derive(Debug)]
pub(super) struct Worst {
    room: usize,
    kept: Vec<Finding>,
    rest: u64,
}

impl Worst {
    /// Keeps `room` findings, at least one.
    pub(super) fn new(room: usize) -> Self {
        Worst {
            room: room.max(1),
            kept: Vec::new(),
            rest: 0,
        }
    }

    /// Takes a finding, and gives back the one that is only counted for it.
    pub(super) fn add<'f>(&mut self, finding: &'f Finding) -> Option<Cow<'f, Finding>> {
        let at = self
            .kept
            .partition_point(|kept| kept.severity >= finding.severity);
        if at >= self.room {
            self.rest += 1;
            return Some(Cow::Borrowed(finding));
        }
        self.kept.insert(at, finding.clone());
        if self.kept.len() <= self.room {
            return None;
        }
        self.rest += 1;
        self.kept.pop().map(Cow::Owned)
    }

    pub(super) fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// How many were not kept.
    pub(super) fn rest(&self) -> u64 {
        self.rest
    }

    pub(super) fn total(&self) -> u64 {
        self.kept.len() as u64 + self.rest
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        self.kept.first().map(|finding| finding.severity)
    }
}
