//! Signals: what is kept of an event that takes part in a correlation.
//!
//! A signal is small: which rule, which of its steps, the key, the time, what is
//! measured, and of the event only what the rule and a finding read. It stands for
//! itself: it can be written, carried elsewhere and read back.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::text::EventText;
use crate::finding::{ContentHash, Place};
use crate::rule::value::Amount;

/// An event under one key of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The rule's id.
    #[serde(with = "shared")]
    pub rule: Arc<str>,
    /// The values of its `by`, one for each part.
    pub key: Key,
    /// When the event happened.
    pub time: Timestamp,
    /// The steps that the event is of under this key, a bit for each.
    pub steps: u32,
    /// Which event: deliveries of one event have one.
    #[serde(with = "hexadecimal")]
    pub content: ContentHash,
    /// What is measured of it.
    pub measured: Measured,
    /// The first of the rule's exceptions that covers the event.
    pub exception: Option<u32>,
    /// Where the event was read.
    #[serde(with = "shared")]
    pub file: Arc<str>,
    /// Its number there, from 1.
    pub record: u64,
    /// What the rule and a finding read of the event, as JSON.
    pub event: EventText,
    /// Whether an earlier run has seen it, and judged what was there by then.
    #[serde(skip)]
    pub carried: bool,
}

/// The values that events have in common. Signals of one key share them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Box<str>>", into = "Vec<Box<str>>")]
pub struct Key(pub Arc<[Box<str>]>);

impl From<Vec<Box<str>>> for Key {
    fn from(parts: Vec<Box<str>>) -> Self {
        Key(parts.into())
    }
}

impl From<Key> for Vec<Box<str>> {
    fn from(key: Key) -> Self {
        key.0.to_vec()
    }
}

/// What is measured of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// That it is there.
    #[default]
    Event,
    /// The values, or combinations of values, that it has.
    Values(#[serde(with = "texts")] Arc<[Box<str>]>),
    /// What it adds.
    Amount(#[serde(with = "billionths")] Amount),
    /// The numbers that it has.
    Numbers(#[serde(with = "billionths::list")] Vec<Amount>),
}

impl Signal {
    /// The order in which signals are folded: by key, by time, and at one time by
    /// what the events hold. Of one event's deliveries that one comes first whose
    /// place does.
    pub fn order(&self, other: &Signal) -> Ordering {
        // Signals of one rule mostly share its id.
        let by_rule = match Arc::ptr_eq(&self.rule, &other.rule) {
            true => Ordering::Equal,
            false => self.rule.cmp(&other.rule),
        };
        by_rule
            .then_with(|| self.key.cmp(&other.key))
            .then_with(|| self.order_under_key(other))
    }

    /// The same among those of one rule and key.
    pub(super) fn order_under_key(&self, other: &Signal) -> Ordering {
        (self.time, self.content)
            .cmp(&(other.time, other.content))
            // What was seen already comes first: a delivery again adds nothing.
            .then_with(|| other.carried.cmp(&self.carried))
            .then_with(|| (&self.file, self.record).cmp(&(&other.file, other.record)))
    }

    /// Whether both are of one event, rule and key.
    pub fn is_again(&self, other: &Signal) -> bool {
        self.time == other.time
            && self.content == other.content
            && self.key == other.key
            && self.rule == other.rule
    }

    /// Takes in a signal of the same event. A delivery adds nothing; that another rule
    /// found something at the event may make it one of further steps.
    pub(super) fn join(&mut self, again: &Signal) {
        if again.steps & !self.steps != 0 {
            self.steps |= again.steps;
            self.carried &= again.carried;
        }
    }

    /// Where the event was read.
    pub fn place(&self) -> Place {
        Place {
            file: Arc::clone(&self.file),
            record: self.record,
        }
    }

    /// What is kept of the event.
    pub fn value(&self) -> Value {
        // It was written from a value; a state file that was edited may hold anything.
        serde_json::from_str(&self.event.get()).unwrap_or_default()
    }

    /// About the bytes that it takes in memory.
    pub fn size(&self) -> usize {
        let key: usize = self.key.0.iter().map(|part| part.len() + 16).sum();
        let values: usize = match &self.measured {
            Measured::Values(values) => values.iter().map(|value| value.len() + 16).sum(),
            Measured::Numbers(numbers) => size_of_val(numbers.as_slice()),
            Measured::Event | Measured::Amount(_) => 0,
        };
        size_of::<Signal>() + key + values + self.event.size()
    }
}

/// Lists of texts that signals share.
mod texts {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        texts: &Arc<[Box<str>]>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(&**texts)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<[Box<str>]>, D::Error> {
        Vec::deserialize(from).map(Arc::from)
    }
}

/// Texts that many signals share.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(from).map(Arc::from)
    }
}

/// Hashes as text.
mod hexadecimal {
    use data_encoding::HEXLOWER;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::finding::ContentHash;

    pub(super) fn serialize<S: Serializer>(hash: &ContentHash, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&HEXLOWER.encode(&hash.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ContentHash, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        let bytes = bytes.try_into().ok();
        bytes
            .map(ContentHash)
            .ok_or_else(|| D::Error::custom("not 16 bytes"))
    }
}

/// Amounts as text, in billionths: JSON has no integers of that size.
mod billionths {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::rule::value::Amount;

    pub(super) fn serialize<S: Serializer>(amount: &Amount, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&amount.billionths())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
        let text = String::deserialize(from)?;
        let billionths = text.parse().map_err(D::Error::custom)?;
        Ok(Amount::of_billionths(billionths))
    }

    /// Several of them.
    pub(super) mod list {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        use crate::rule::value::Amount;

        #[derive(Serialize, Deserialize)]
        #[serde(transparent)]
        struct One(#[serde(with = "super")] Amount);

        pub(in super::super) fn serialize<S: Serializer>(
            amounts: &[Amount],
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(amounts.iter().map(|amount| One(*amount)))
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Vec<Amount>, D::Error> {
            let amounts = Vec::<One>::deserialize(from)?;
            Ok(amounts.into_iter().map(|One(amount)| amount).collect())
        }
    }
}
