//! The text of what is kept of an event.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::log::{Log, Stand};

/// What is kept of an event, as JSON: at hand, or in a log until somebody asks.
#[derive(Debug, Clone)]
pub struct EventText(Held);

#[derive(Debug, Clone)]
enum Held {
    Here(Box<str>),
    Logged(Arc<Log>, Stand),
}

impl EventText {
    /// The text itself.
    pub fn get(&self) -> Cow<'_, str> {
        match &self.0 {
            Held::Here(text) => Cow::Borrowed(text),
            Held::Logged(log, stand) => Cow::Owned(log.text(*stand)),
        }
    }

    /// About the bytes of memory that it takes.
    pub(super) fn size(&self) -> usize {
        match &self.0 {
            Held::Here(text) => text.len(),
            Held::Logged(..) => 0,
        }
    }

    /// A text that stands in a log.
    pub(super) fn logged(log: &Arc<Log>, stand: Stand) -> Self {
        EventText(Held::Logged(Arc::clone(log), stand))
    }

    /// Where it stands in a log; it is added where it is in none.
    pub(super) fn stand(&self, log: &Log) -> std::io::Result<Stand> {
        match &self.0 {
            Held::Logged(own, stand) if std::ptr::eq(&**own, log) => Ok(*stand),
            _ => log.add(&self.get()),
        }
    }
}

impl From<String> for EventText {
    fn from(text: String) -> Self {
        EventText(Held::Here(text.into()))
    }
}

impl From<&str> for EventText {
    fn from(text: &str) -> Self {
        EventText(Held::Here(text.into()))
    }
}

impl PartialEq for EventText {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Serialize for EventText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.get())
    }
}

impl<'de> Deserialize<'de> for EventText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(EventText::from)
    }
}
