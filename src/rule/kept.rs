//! Which parts of an event are kept for a rule, when the event itself is not.
//!
//! In come the selectors of a rule; out comes, of an event, a copy of what they read
//! and of what every finding says. The rule holds of the copy what it holds of the
//! event.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::clause::{Clause, ClauseKind, Operator, Test};
use super::lower::beginning;
use super::model::{Rule, TemplatePart};
use super::selector::{Path, Root, Selector, Step};

/// What every finding says of its event, and what identifies it.
const FACTS: [&[&str]; 20] = [
    &["eventID"],
    &["eventName"],
    &["eventSource"],
    &["eventTime"],
    &["@timestamp"],
    &["awsRegion"],
    &["recipientAccountId"],
    &["sourceIPAddress"],
    &["userAgent"],
    &["errorCode"],
    &["errorMessage"],
    &["userIdentity", "type"],
    &["userIdentity", "arn"],
    &["userIdentity", "accountId"],
    &["userIdentity", "accessKeyId"],
    &["userIdentity", "principalId"],
    &["userIdentity", "userName"],
    &["userIdentity", "invokedBy"],
    &["userIdentity", "onBehalfOf", "userId"],
    &["userIdentity", "sessionContext", "sessionIssuer", "arn"],
];

/// A tree of the keys that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// With all that is below.
    Whole,
    /// Of an object these members, of an array the same of its elements.
    Members(BTreeMap<String, Kept>),
}

impl Default for Kept {
    /// What every finding says.
    fn default() -> Self {
        let mut kept = Kept::Members(BTreeMap::new());
        for path in FACTS {
            kept.add(path.iter().copied());
        }
        kept
    }
}

impl Kept {
    /// What a rule reads, and what every finding says.
    pub fn of(rule: &Rule) -> Kept {
        let mut kept = Kept::default();
        kept.clause(&rule.condition);
        for entry in &rule.severity_when {
            kept.clause(&entry.condition);
        }
        for exception in &rule.exceptions {
            kept.clause(&exception.condition);
        }
        let fields = rule.key.iter().chain(&rule.sensitive);
        fields.for_each(|selector| kept.selector(selector));
        for part in &rule.message.parts {
            if let TemplatePart::Field(selector) | TemplatePart::OfStep { selector, .. } = part {
                kept.selector(selector);
            }
        }
        if let Some(correlation) = &rule.correlation {
            correlation.fields().for_each(|field| kept.selector(field));
        }
        kept
    }

    /// Keeps what another keeps too.
    pub fn join(&mut self, other: &Kept) {
        match (&mut *self, other) {
            (Kept::Whole, _) => {}
            (_, Kept::Whole) => *self = Kept::Whole,
            (Kept::Members(own), Kept::Members(others)) => {
                for (key, below) in others {
                    own.entry(key.clone())
                        .or_insert_with(|| Kept::Members(BTreeMap::new()))
                        .join(below);
                }
            }
        }
    }

    /// Keeps what a clause reads.
    pub fn clause(&mut self, clause: &Clause) {
        match &clause.kind {
            ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
                list.iter().for_each(|clause| self.clause(clause));
            }
            ClauseKind::Not(body) | ClauseKind::Macro { body, .. } => self.clause(body),
            ClauseKind::Field { selector, test } => {
                self.selector(selector);
                self.test(test);
            }
        }
    }

    /// What blocks read of elements is below what the field's selector yields; what
    /// they read of the event is here.
    fn test(&mut self, test: &Test) {
        for predicate in &test.predicates {
            match &predicate.op {
                Operator::AnyElement(block)
                | Operator::EveryElement(block)
                | Operator::NoElement(block)
                | Operator::AnyEntry(block)
                | Operator::Json(block) => self.clause(block),
                Operator::Account(test) | Operator::Not(test) => self.test(test),
                Operator::SameAs { selector, .. } => self.selector(selector),
                _ => {}
            }
        }
    }

    fn selector(&mut self, selector: &Selector) {
        if selector.root != Root::Event {
            return;
        }
        match &selector.path {
            Path::Steps(steps) => self.steps(steps),
            // What it finds is below where it begins.
            Path::Query(query) => self.steps(&beginning(query)),
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        let keys = steps.iter().map_while(|step| match step {
            Step::Key(key) | Step::Member(key) => Some(key.as_str()),
            Step::Index(_) | Step::Wildcard => None,
        });
        self.add(keys);
    }

    fn add<'k>(&mut self, mut keys: impl Iterator<Item = &'k str>) {
        match (&mut *self, keys.next()) {
            (Kept::Whole, _) => {}
            (_, None) => *self = Kept::Whole,
            (Kept::Members(members), Some(key)) => members
                .entry(key.to_owned())
                .or_insert_with(|| Kept::Members(BTreeMap::new()))
                .add(&mut keys as &mut dyn Iterator<Item = &'k str>),
        }
    }

    /// The copy of an event.
    pub fn of_event(&self, event: &Value) -> Value {
        let Kept::Members(kept) = self else {
            return event.clone();
        };
        match event {
            Value::Object(members) => {
                let mut copy = Map::new();
                for (key, below) in members {
                    if let Some(kept) = kept.get(key) {
                        copy.insert(key.clone(), kept.of_event(below));
                    }
                }
                Value::Object(copy)
            }
            Value::Array(elements) => {
                let copies = elements.iter().map(|element| self.of_event(element));
                Value::Array(copies.collect())
            }
            scalar => scalar.clone(),
        }
    }
}
