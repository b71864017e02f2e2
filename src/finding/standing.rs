//! How a finding stands: what covers it, and what is known of it from before.

use jiff::Timestamp;

use crate::rule::Acceptance;

/// Why a finding does not count. It stays visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// What covers it.
    pub kind: SuppressionKind,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who agreed to it, where that is written down.
    pub approved_by: Option<String>,
    /// Where it was agreed, such as `SEC-142`.
    pub ticket: Option<String>,
    /// First moment no longer covered.
    pub ends: Option<Timestamp>,
    /// Of a waiver, its number in the file, from 0.
    pub waiver: Option<usize>,
}

impl Suppression {
    /// By an entry that says this.
    pub fn by(kind: SuppressionKind, accepted: &Acceptance) -> Self {
        Suppression {
            kind,
            reason: accepted.reason.clone(),
            owner: accepted.owner.clone(),
            approved_by: accepted.approved_by.clone(),
            ticket: accepted.ticket.clone(),
            ends: accepted.ends.as_ref().map(|ends| ends.value),
            waiver: None,
        }
    }
}

/// What can cover a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuppressionKind {
    /// An entry of the rule's own `exceptions`.
    Exception,
    /// An entry of the waivers file.
    Waiver,
}

impl SuppressionKind {
    /// The word in outputs.
    pub fn name(self) -> &'static str {
        match self {
            SuppressionKind::Exception => "exception",
            SuppressionKind::Waiver => "waiver",
        }
    }
}

/// What the baseline says of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaselineState {
    /// It does not know it, or the event is later than its entry.
    New,
    /// It covers it: the finding does not fail a run.
    Known,
}

impl BaselineState {
    /// The word in outputs.
    pub fn name(self) -> &'static str {
        match self {
            BaselineState::New => "new",
            BaselineState::Known => "known",
        }
    }
}

/// What earlier runs saw of a finding, by its fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recurrence {
    /// No earlier run saw it.
    New,
    /// One did.
    Again {
        /// When the run was that saw it first.
        first_seen: Timestamp,
        /// When the latest run before this was that saw it.
        last_seen: Timestamp,
    },
}

impl Recurrence {
    /// The word in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Recurrence::New => "new",
            Recurrence::Again { .. } => "again",
        }
    }

    /// The times of the first and the last run that saw it.
    pub fn seen(self) -> Option<(Timestamp, Timestamp)> {
        match self {
            Recurrence::New => None,
            Recurrence::Again {
                first_seen,
                last_seen,
            } => Some((first_seen, last_seen)),
        }
    }
}

/// What the configuration says of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountLabel {
    /// What people call it.
    pub name: Option<String>,
    /// Which environment it belongs to, such as `production`.
    pub environment: Option<String>,
}

impl AccountLabel {
    /// The account with what it is called: `111122223333 (payments, production)`.
    pub fn beside(&self, account: &str) -> String {
        let called = [&self.name, &self.environment];
        let called: Vec<&str> = called.into_iter().flatten().map(String::as_str).collect();
        match called.as_slice() {
            [] => account.to_owned(),
            called => format!("{account} ({})", called.join(", ")),
        }
    }
}
