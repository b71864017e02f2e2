//! Findings: what a match becomes.
//!
//! In come a rule, a record that it matched and the place the record was read
//! from; out comes a [`Finding`], masked and with its evidence, its message and
//! its [`fingerprint`]. Beside it stand what keeps a twice delivered event from
//! counting twice ([`Deduplicator`]), what a run has seen ([`Summary`]) and what
//! it comes to ([`Verdict`]).

mod build;
mod content;
mod correlated;
mod counted;
mod counts;
mod covered;
mod dedupe;
mod expected;
pub mod fingerprint;
mod history;
mod hours;
mod message;
mod model;
mod shown;
mod standing;
mod summary;
#[cfg(test)]
pub(crate) mod testing;
mod verdict;

pub use build::build;
pub(crate) use build::{build_with, facts_of};
pub use content::ContentHash;
pub(crate) use correlated::key_in_words;
pub use correlated::{
    CorrelatedEvent, CorrelatedEvents, CorrelationCounts, KeyValue, Moment, OpenWindow,
    duration_text,
};
pub use counted::{counted, grouped};
pub use counts::{Failing, FindingCounts};
pub use covered::{BaselineCounts, ExpiredWaiver, NotSeen, Waived};
pub use dedupe::{Admission, Deduplicator, conflict};
pub use expected::{Expected, ExpectedSources, Silent, SourceKind};
pub use history::{HistoryCounts, KnownInputs, RunCounts};
pub use hours::ActiveHours;
pub use model::{EventFacts, FieldEvidence, Finding, Integrity, Place};
pub use shown::ShownEvent;
pub use standing::{AccountLabel, BaselineState, Recurrence, Suppression, SuppressionKind};
pub use summary::{
    Allowed, ChangedRule, Coverage, ExpiredException, InactiveRule, Inputs, IntegrityCounts,
    MemberCounts, NotEvaluated, OffRule, Records, RuleCounts, Summary, expired_exceptions,
};
pub use verdict::{FailOn, Failure, Gate, Reason, Verdict};
