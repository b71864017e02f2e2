//! A waiver, and all of a file.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::diagnostic::{Span, Spanned};
use crate::event::{self, Loss, Losses};
use crate::finding::{Finding, Suppression, SuppressionKind};
use crate::reference::evaluate_known;
use crate::rule::clause::Clause;
use crate::rule::{Acceptance, Kept};

/// How long before its end a waiver is pointed out.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Findings that are accepted: those for which all holds that is said.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// Of these rules; of any where there is none, which a fingerprint allows.
    pub rules: Vec<Spanned<String>>,
    /// Whose event is like this.
    pub condition: Option<Clause>,
    /// Of this name.
    pub fingerprint: Option<String>,
    /// In these accounts; in any where there is none.
    pub accounts: BTreeSet<String>,
    /// Who accepts them, why and for how long.
    pub accepted: Acceptance,
    /// The whole waiver in its file.
    pub span: Span,
}

/// How a waiver stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It covers events of that time.
    Active,
    /// It does, and ends within 14 days.
    Expiring,
    /// It covers events of a later time.
    NotYet,
    /// It covers events of an earlier time, and no later one.
    Expired,
}

impl State {
    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Expiring => "expiring",
            State::NotYet => "not yet",
            State::Expired => "expired",
        }
    }
}

impl Waiver {
    /// How it stands at a time.
    pub fn state(&self, now: Timestamp) -> State {
        let accepted = &self.accepted;
        if accepted.expired(now) {
            return State::Expired;
        }
        if accepted.starts.as_ref().is_some_and(|at| at.value > now) {
            return State::NotYet;
        }
        let ends = accepted.ends.as_ref().map(|ends| ends.value);
        match ends {
            Some(ends) if ends.duration_since(now) <= SOON => State::Expiring,
            _ => State::Active,
        }
    }

    /// Whether it covers a finding of one of its rules, by the event that the
    /// finding is about.
    fn covers(&self, finding: &Finding, event: &Value, losses: &Losses) -> bool {
        let named =
            |fingerprint: &String| finding.key_is_known && *fingerprint == finding.fingerprint;
        let matched = |condition: &Clause| evaluate_known(condition, event, losses).is_certain();
        self.accepted.covers(event::event_time(event))
            && self.fingerprint.as_ref().is_none_or(named)
            && (self.accounts.is_empty() || self.is_of_account(event, losses))
            && self.condition.as_ref().is_none_or(matched)
    }

    /// Where the account was lost, the caller's may be another one.
    fn is_of_account(&self, event: &Value, losses: &Losses) -> bool {
        let is_known = losses.at(["recipientAccountId"]) == Loss::None;
        let account = event::account(event).filter(|_| is_known);
        account.is_some_and(|account| self.accounts.contains(account))
    }
}

/// The waivers of a file, in its order.
#[derive(Debug, Clone, Default)]
pub struct Waivers {
    all: Vec<Waiver>,
    /// By rule, the numbers of those that may cover a finding of it.
    by_rule: HashMap<String, Vec<usize>>,
    /// Those that may cover a finding of any other rule.
    of_any_rule: Vec<usize>,
    /// What they read of an event.
    kept: Kept,
}

impl Waivers {
    /// These, in this order.
    pub fn new(all: Vec<Waiver>) -> Self {
        let rules = all.iter().flat_map(|waiver| &waiver.rules);
        let rules: BTreeSet<&str> = rules.map(|rule| rule.value.as_str()).collect();
        let numbered = || all.iter().enumerate();
        let of_rule = |rule: &str| {
            let is_about = |waiver: &Waiver| {
                waiver.rules.is_empty() || waiver.rules.iter().any(|of| of.value == rule)
            };
            numbered()
                .filter(|(_, waiver)| is_about(waiver))
                .map(|(number, _)| number)
                .collect()
        };
        let by_rule = rules
            .into_iter()
            .map(|rule| (rule.to_owned(), of_rule(rule)));
        let by_rule = by_rule.collect();
        let of_any_rule = numbered()
            .filter(|(_, waiver)| waiver.rules.is_empty())
            .map(|(number, _)| number)
            .collect();
        let mut kept = Kept::default();
        let conditions = all.iter().filter_map(|waiver| waiver.condition.as_ref());
        conditions.for_each(|condition| kept.clause(condition));
        Waivers {
            kept,
            by_rule,
            of_any_rule,
            all,
        }
    }

    /// Those that cover events of that time.
    pub fn in_force(&self, now: Timestamp) -> impl Iterator<Item = (&Waiver, Suppression)> {
        let numbered = self.all.iter().enumerate();
        let covers = numbered.filter(move |(_, waiver)| waiver.accepted.covers(Some(now)));
        covers.map(|(number, waiver)| (waiver, suppression(number, waiver)))
    }

    /// What they read of an event, where it is not kept whole.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// All of them, in the order of the file.
    pub fn all(&self) -> &[Waiver] {
        &self.all
    }

    /// Marks a finding of the event with the first that covers it. One that is
    /// covered already stays as it is, and what hangs on lost fields is not covered.
    pub fn apply(&self, finding: &mut Finding, event: &Value, losses: &Losses) {
        if finding.suppressed.is_some() {
            return;
        }
        let asked = self.by_rule.get(&finding.rule).unwrap_or(&self.of_any_rule);
        let mut asked = asked
            .iter()
            .filter_map(|number| Some((*number, self.all.get(*number)?)));
        let first = asked.find(|(_, waiver)| waiver.covers(finding, event, losses));
        finding.suppressed = first.map(|(number, waiver)| suppression(number, waiver));
    }
}

/// By the waiver of this number in its file.
fn suppression(number: usize, waiver: &Waiver) -> Suppression {
    Suppression {
        waiver: Some(number),
        ..Suppression::by(SuppressionKind::Waiver, &waiver.accepted)
    }
}
