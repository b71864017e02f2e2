//! What of the findings does not count: who accepted them, and what is known of
//! them from before.

use jiff::Timestamp;

use super::counts::FindingCounts;
use super::standing::Suppression;

/// A waiver and a rule whose findings it covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waived {
    /// The rule's id.
    pub rule: String,
    /// Who answers for it.
    pub owner: String,
    /// Why they are accepted.
    pub reason: String,
    /// Who agreed to it, where that is written down.
    pub approved_by: Option<String>,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// First moment that it does not cover.
    pub ends: Option<Timestamp>,
}

impl Waived {
    /// Of a finding of this rule.
    pub fn of(rule: &str, by: &Suppression) -> Self {
        Waived {
            rule: rule.to_owned(),
            owner: by.owner.clone(),
            reason: by.reason.clone(),
            approved_by: by.approved_by.clone(),
            ticket: by.ticket.clone(),
            ends: by.ends,
        }
    }
}

/// A waiver whose end has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredWaiver {
    /// The rules that it is about; empty where it goes by the fingerprint alone.
    pub rules: Vec<String>,
    /// The finding that it is about, where it says so.
    pub fingerprint: Option<String>,
    /// Whose it was.
    pub owner: String,
    /// Why it was.
    pub reason: String,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// First moment that it did not cover.
    pub since: Timestamp,
}

/// What a baseline made of the findings. Those that it does not know are counted as
/// [`super::Summary::findings`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaselineCounts {
    /// Findings that it knows, which fail no run.
    pub known: FindingCounts,
    /// Its entries that no finding of the run has the name of.
    pub not_seen: Vec<NotSeen>,
}

/// An entry of a baseline that was not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSeen {
    /// The rule's id.
    pub rule: String,
    /// The name of the finding.
    pub fingerprint: String,
    /// What was said of it.
    pub message: String,
}
