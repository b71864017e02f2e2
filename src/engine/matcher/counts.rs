//! What matching took, in numbers.

use super::super::stats::Stats;

/// Counts of one matcher, from its beginning on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Candidates of the events.
    pub(super) met: u64,
    /// Look-ups of what a value leaves of the candidates.
    pub(super) lookups: u64,
    /// Tests that were evaluated.
    pub(super) asked: u64,
    /// Tests whose answer was known from the same value before.
    pub(super) remembered: u64,
    /// Tests whose answer was known from the same record.
    pub(super) repeated: u64,
    /// Values that are remembered.
    pub(super) learnt: u64,
}

impl Counts {
    /// The same beside what else was counted.
    pub(super) fn in_stats(self, stats: Stats) -> Stats {
        Stats {
            rules_met: self.met,
            lookups: self.lookups,
            predicates_asked: self.asked,
            predicates_remembered: self.remembered,
            predicates_repeated: self.repeated,
            values_learnt: self.learnt,
            ..stats
        }
    }
}
