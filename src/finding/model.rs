//! A finding: one rule, one event.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::content::ContentHash;
use super::correlated::CorrelatedEvents;
use super::shown::ShownEvent;
use super::standing::{AccountLabel, BaselineState, Recurrence, Suppression};
use crate::diagnostic::Span;
use crate::rule::{FrameworkControls, Severity};

/// What a rule found in an event. Every text that came from the event is masked
/// already; it may still hold control characters.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// How bad it is, `severity_when` applied.
    pub severity: Severity,
    /// The severity that the rule is written with, where the configuration gives
    /// it another.
    pub written_severity: Option<Severity>,
    /// The rule's message, filled in.
    pub message: String,
    /// Which event.
    pub event: EventFacts,
    /// Where the event was read.
    pub place: Place,
    /// The fields that made the rule match.
    pub fields: Vec<FieldEvidence>,
    /// The controls that the rule gives evidence for.
    pub controls: Vec<FrameworkControls>,
    /// ATT&CK technique ids.
    pub attack: Vec<String>,
    /// The rule's tags.
    pub tags: Vec<String>,
    /// What to do.
    pub remediation: Option<String>,
    /// Names the finding across runs; see [`crate::finding::fingerprint`].
    pub fingerprint: String,
    /// Whether the record had all that the fingerprint is made of: where a shape
    /// lost a part, different findings may have one name, and nothing that goes by
    /// the name covers them.
    pub key_is_known: bool,
    /// The events that the rule found together, where it is about several; the
    /// finding's own is the one that completed them.
    pub correlation: Option<Box<CorrelatedEvents>>,
    /// Why it does not count, if it does not.
    pub suppressed: Option<Suppression>,
    /// Whether the baseline knows it; `None` where there is none.
    pub baseline: Option<BaselineState>,
    /// Whether earlier runs saw it; `None` where nothing is kept of them.
    pub recurrence: Option<Recurrence>,
    /// What the configuration calls the account; `None` where it names none.
    pub account_label: Option<Arc<AccountLabel>>,
    /// What vouches for the file that the event was read from; `None` where
    /// nobody asked.
    pub integrity: Option<Integrity>,
    /// What the event held, for telling deliveries of one event from two events.
    pub content: ContentHash,
    /// The event as it may be shown.
    pub shown: ShownEvent,
}

impl Finding {
    /// Whether it counts: nothing covers it, and no baseline knows it.
    pub fn is_open(&self) -> bool {
        self.suppressed.is_none() && self.baseline != Some(BaselineState::Known)
    }

    /// The name of the account, where the configuration says it.
    pub fn account_name(&self) -> Option<&str> {
        self.account_label.as_ref()?.name.as_deref()
    }

    /// The environment of the account, where the configuration says it.
    pub fn environment(&self) -> Option<&str> {
        self.account_label.as_ref()?.environment.as_deref()
    }

    /// The account with what it is called, for people.
    pub fn account_in_words(&self) -> Option<String> {
        let account = self.event.account.as_deref()?;
        Some(match &self.account_label {
            Some(label) => label.beside(account),
            None => account.to_owned(),
        })
    }
}

/// What every finding says of its event. `None` is what the record does not carry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// `eventID`.
    pub id: Option<String>,
    /// `eventName`.
    pub name: Option<String>,
    /// `eventSource`.
    pub source: Option<String>,
    /// When it happened; `None` too where the time cannot be read.
    pub time: Option<Timestamp>,
    /// The time as the record has it.
    pub time_text: Option<String>,
    /// The account it belongs to.
    pub account: Option<String>,
    /// `awsRegion`.
    pub region: Option<String>,
    /// Who acted.
    pub principal: Option<String>,
    /// `sourceIPAddress`; not always an address.
    pub source_address: Option<String>,
    /// `errorCode`: the call was refused or failed.
    pub error_code: Option<String>,
}

/// What vouches for a file that events are read from, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Integrity {
    /// It is not what was delivered, or nothing says that it was delivered at all.
    Failed,
    /// Nothing can be said.
    Unverifiable,
    /// It has the hash that a digest says; whoever can write both can alter them.
    HashChain,
    /// The same, and CloudTrail's signature is on the digest.
    Signed,
}

impl Integrity {
    /// All of them, the best first.
    pub const ALL: [Integrity; 4] = [
        Integrity::Signed,
        Integrity::HashChain,
        Integrity::Unverifiable,
        Integrity::Failed,
    ];

    /// The word in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Integrity::Failed => "failed",
            Integrity::Unverifiable => "unverifiable",
            Integrity::HashChain => "hash-chain",
            Integrity::Signed => "signed",
        }
    }
}

/// Where a record was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The input's name as the user knows it.
    pub file: Arc<str>,
    /// The record in it, from 1.
    pub record: u64,
}

/// `export/a.json.gz, record 17`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, record {}", self.file, self.record)
    }
}

/// One field that made the rule match.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldEvidence {
    /// The field, such as `requestParameters.items[0]."x-amz-acl"`.
    pub path: crate::reference::EventPath,
    /// Its value, masked; `None` where the rule matched because nothing is there.
    pub value: Option<Value>,
    /// The rule's clause that asked for it.
    pub clause: Span,
}
