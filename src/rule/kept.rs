//! Which parts of an event are kept for a rule, when the event itself is not.
//!
//! In come the selectors of a rule; out comes, of an event, a copy of what they read
//! and of what every finding says. The rule holds of the copy what it holds of the
//! event.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
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

    /// Whether all that another keeps is kept.
    pub(crate) fn holds(&self, other: &Kept) -> bool {
        match (self, other) {
            (Kept::Whole, _) => true,
            (Kept::Members(_), Kept::Whole) => false,
            (Kept::Members(own), Kept::Members(others)) => others
                .iter()
                .all(|(key, below)| own.get(key).is_some_and(|own| own.holds(below))),
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

    pub(crate) fn add<'k>(&mut self, mut keys: impl Iterator<Item = &'k str>) {
        match (&mut *self, keys.next()) {
            (Kept::Whole, _) => {}
            (_, None) => *self = Kept::Whole,
            (Kept::Members(members), Some(key)) => members
                .entry(key.to_owned())
                .or_insert_with(|| Kept::Members(BTreeMap::new()))
                .add(&mut keys as &mut dyn Iterator<Item = &'k str>),
        }
    }

    /// What is kept of the member of an object; `None` where nothing is.
    pub(crate) fn member(&self, key: &str) -> Option<&Kept> {
        match self {
            Kept::Whole => Some(self),
            Kept::Members(members) => members.get(key),
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

/// What either of two keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Either<'k>(Option<&'k Kept>, Option<&'k Kept>);

impl<'k> Either<'k> {
    pub(crate) fn of(one: &'k Kept, other: Option<&'k Kept>) -> Self {
        Either(Some(one), other)
    }

    /// Whether one keeps all that is below.
    pub(crate) fn is_whole(self) -> bool {
        let is_whole = |kept: Option<&Kept>| matches!(kept, Some(Kept::Whole));
        is_whole(self.0) || is_whole(self.1)
    }

    /// The same for the member of an object; `None` where neither keeps it.
    pub(crate) fn member(self, key: &str) -> Option<Either<'k>> {
        let below = |kept: Option<&'k Kept>| kept.and_then(|kept| kept.member(key));
        let either = Either(below(self.0), below(self.1));
        (either.0.is_some() || either.1.is_some()).then_some(either)
    }

    /// The text of the copy that is kept of an event, in canonical form: keys sorted,
    /// no white space.
    pub(crate) fn text_of(self, event: &Value) -> String {
        // Nothing in a value fails to be written.
        serde_json::to_string(&Copied(self, event)).unwrap_or_default()
    }
}

/// A value, written as far as it is kept.
struct Copied<'a>(Either<'a>, &'a Value);

impl Serialize for Copied<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Copied(kept, value) = *self;
        match value {
            Value::Object(members) => {
                let parts = members.iter().filter_map(|(key, below)| {
                    let kept = kept.member(key)?;
                    Some((key, Copied(kept, below)))
                });
                let mut parts: Vec<_> = parts.collect();
                parts.sort_unstable_by_key(|(key, _)| key.as_str());
                to.collect_map(parts)
            }
            Value::Array(elements) => {
                to.collect_seq(elements.iter().map(|element| Copied(kept, element)))
            }
            scalar => scalar.serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The text of a value with the members of each object the other way round.
    fn reversed(value: &Value) -> String {
        match value {
            Value::Object(members) => {
                let members = members.iter().rev();
                let members: Vec<String> = members
                    .map(|(key, below)| format!("{}: {}", json!(key), reversed(below)))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            Value::Array(elements) => {
                let elements: Vec<String> = elements.iter().map(reversed).collect();
                format!("[{}]", elements.join(", "))
            }
            scalar => scalar.to_string(),
        }
    }

    #[test]
    fn what_is_written_is_the_copy_in_canonical_form() {
        let event = json!({
            "eventVersion": "1.08", "eventID": "1", "errorCode": null,
            "requestParameters": {"b": [{"x": 1, "y": "\u{e9}\n"}, 2.50, []], "a": {"c": {}}},
            "userIdentity": {"arn": "a", "sessionContext": {"attributes": {"mfa": true}}},
        });
        let mut one = Kept::default();
        let mut both = one.clone();
        let paths: [&[&str]; 3] = [
            &["requestParameters", "b", "y"],
            &["requestParameters", "a", "c"],
            &["userIdentity", "sessionContext"],
        ];
        for path in paths {
            let mut other = Kept::Members(BTreeMap::new());
            other.add(path.iter().copied());
            both.add(path.iter().copied());
            let copy = both.of_event(&event);
            let text = Either::of(&one, Some(&other)).text_of(&event);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), copy);
            one.join(&other);
            assert_eq!(Either::of(&one, None).text_of(&event), text);
            // However the event was written.
            let turned = serde_json::from_str(&reversed(&event)).unwrap();
            assert_eq!(Either::of(&one, None).text_of(&turned), text);
        }
    }
}
