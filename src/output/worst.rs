//! The worst of many findings: so many are kept, the rest is for counting.

use crate::rule::Severity;

/// The worst first, equals in the order they came. What is kept of a finding is
/// for who keeps it to say: a whole one holds its event.
#[derive(Debug)]
pub(super) struct Worst<T> {
    room: usize,
    kept: Vec<(Severity, T)>,
    rest: u64,
}

impl<T> Worst<T> {
    /// Keeps `room` of them, at least one.
    pub(super) fn new(room: usize) -> Self {
        Worst {
            room: room.max(1),
            kept: Vec::new(),
            rest: 0,
        }
    }

    /// Takes one, which is made only if it is kept. Where another one goes for it
    /// that is given back, and where it is not kept itself, [`Added::Counted`].
    pub(super) fn add(&mut self, severity: Severity, one: impl FnOnce() -> T) -> Added<T> {
        let at = self.kept.partition_point(|(kept, _)| *kept >= severity);
        if at >= self.room {
            self.rest += 1;
            return Added::Counted;
        }
        self.kept.insert(at, (severity, one()));
        if self.kept.len() <= self.room {
            return Added::Kept;
        }
        self.rest += 1;
        self.kept
            .pop()
            .map_or(Added::Kept, |(_, one)| Added::Instead(one))
    }

    pub(super) fn kept(&self) -> impl ExactSizeIterator<Item = &T> {
        self.kept.iter().map(|(_, one)| one)
    }

    pub(super) fn first(&self) -> Option<&T> {
        self.kept().next()
    }

    /// How many were not kept.
    pub(super) fn rest(&self) -> u64 {
        self.rest
    }

    pub(super) fn total(&self) -> u64 {
        self.kept.len() as u64 + self.rest
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        self.kept.first().map(|(severity, _)| *severity)
    }
}

/// What became of one that was taken.
pub(super) enum Added<T> {
    Kept,
    /// It is only counted.
    Counted,
    /// It is kept, and this one only counted for it.
    Instead(T),
}
