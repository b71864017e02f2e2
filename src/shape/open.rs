//! Records within records, opened layer by layer.
//!
//! In come the bytes of one record of a stream; out come the records that it
//! holds, each as a [`Leaf`]: itself where it wraps nothing. What is wrapped is a
//! stream of records again and is split as one, within the limits that hold for
//! whole inputs. Nothing is dropped: each record gives at least one leaf.

use std::io::{Cursor, Read};

use serde_json::Value;

use super::classify::{Foreign, Kind, classify};
use super::fault::WrapFault;
use super::foreign::Mapped;
use super::named::Shape;
use super::parse::{RecordFault, parse_value};
use super::records::{DEFAULT_MAX_RECORD, Item, Records};
use super::wrap::{Content, Inner};
use crate::codec::{Decoder, Limits};
use crate::event::Losses;

/// Wrappers that are opened one in another: a record in an EventBridge event in a
/// notification in a message is in three.
pub const MOST_LAYERS: usize = 4;

/// How records are opened.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// The size in bytes that a record in a record may have.
    pub max_record: u64,
    /// How far packed bytes may expand.
    pub limits: Limits,
    /// The shape that every record of the stream must have; `None` where each
    /// shows its own.
    pub shape: Option<Shape>,
}

impl Default for Opening {
    fn default() -> Self {
        Opening {
            max_record: DEFAULT_MAX_RECORD,
            limits: Limits::default(),
            shape: None,
        }
    }
}

/// What a record came to, or one that it holds.
#[derive(Debug)]
pub struct Leaf<'a> {
    /// What it was wrapped in, outermost first.
    pub layers: &'a [Shape],
    /// The record, or why there is none.
    pub content: LeafContent<'a>,
}

/// The content of a [`Leaf`].
#[derive(Debug)]
pub enum LeafContent<'a> {
    /// An object that wraps nothing.
    Record {
        /// The object.
        value: &'a Value,
        /// What it is; never [`Kind::Wraps`].
        kind: Kind,
        /// Bytes of its text.
        length: usize,
        /// What of CloudTrail's record it does not have because its shape lost it.
        losses: &'a Losses,
    },
    /// A record of the stream that is no valid JSON.
    Unparsed(RecordFault),
    /// Something wrapped that cannot be had.
    Fault(WrapFault),
}

/// Sees what records hold, in order.
pub trait Visit {
    /// As [`Records::next_by`] asks a framer.
    fn frame(&mut self, _bytes: &[u8]) -> Option<usize> {
        None
    }

    /// Whether these bytes of a record that was wrapped are plainly an event, which
    /// is then taken care of.
    fn event(&mut self, _bytes: &[u8], _layers: &[Shape]) -> bool {
        false
    }

    /// Takes note of a wrapper that is opened, which is the last of the layers.
    fn enter(&mut self, _wrapper: &Value, _layers: &[Shape]) {}

    /// Takes a leaf.
    fn leaf(&mut self, leaf: Leaf<'_>);
}

/// A closure takes leaves, and leaves all else to the reference.
impl<F: FnMut(Leaf<'_>)> Visit for F {
    fn leaf(&mut self, leaf: Leaf<'_>) {
        self(leaf);
    }
}

impl Opening {
    /// Opens one record of a stream.
    ///
    /// ```
    /// use trailgate::shape::{Kind, Leaf, LeafContent, Opening};
    ///
    /// let text: &[u8] = br#"{"CloudTrailEvent": "{\"eventName\":\"A\",\"eventSource\":\"b\"}"}"#;
    /// let mut events = 0;
    /// Opening::default().open(text, &mut |leaf: Leaf<'_>| {
    ///     if let LeafContent::Record { kind: Kind::Event, .. } = leaf.content {
    ///         events += 1;
    ///     }
    /// });
    /// assert_eq!(events, 1);
    /// ```
    pub fn open(&self, record: &[u8], visit: &mut dyn Visit) {
        let mut layers = Layers {
            opening: self,
            open: Vec::new(),
            visit,
        };
        match parse_value(record) {
            Ok(value) => layers.outermost(&value, record.len()),
            Err(fault) => layers.leaf(LeafContent::Unparsed(fault)),
        }
    }
}

/// About the bytes of a record's text.
const APPROXIMATELY: usize = 2048;

/// The wrappers that are open.
struct Layers<'a> {
    opening: &'a Opening,
    open: Vec<Shape>,
    visit: &'a mut dyn Visit,
}

impl Layers<'_> {
    fn leaf(&mut self, content: LeafContent<'_>) {
        self.visit.leaf(Leaf {
            layers: &self.open,
            content,
        });
    }

    fn fault(&mut self, fault: WrapFault) {
        self.leaf(LeafContent::Fault(fault));
    }

    fn outermost(&mut self, value: &Value, length: usize) {
        let kind = match self.opening.shape {
            None => classify(value),
            Some(asked) => match as_asked(value, asked) {
                Ok(kind) => kind,
                Err(fault) => return self.fault(fault),
            },
        };
        self.value(value, kind, length, false);
    }

    fn value(&mut self, value: &Value, kind: Kind, length: usize, promised: bool) {
        match kind {
            Kind::Wraps(_) if self.open.len() == MOST_LAYERS => {
                self.fault(WrapFault::TooManyLayers { limit: MOST_LAYERS });
            }
            Kind::Wraps(shape) => match shape.unwrap(value) {
                Ok(inner) => {
                    self.open.push(shape);
                    self.visit.enter(value, &self.open);
                    inner.into_iter().for_each(|each| self.inner(each, shape));
                    self.open.pop();
                }
                Err(fault) => self.fault(fault),
            },
            Kind::NotCloudTrail(_) if promised => self.fault(WrapFault::NoRecord),
            kind => self.leaf(LeafContent::Record {
                value,
                kind,
                length,
                losses: Losses::none(),
            }),
        }
    }

    fn inner(&mut self, inner: Inner, shape: Shape) {
        let max_record = self.opening.max_record;
        let Inner { content, promised } = inner;
        let bytes = match content {
            Content::Packed(bytes, key) => {
                let decoder = Decoder::with_limits(Cursor::new(bytes), self.opening.limits);
                return self.stream(Records::new(decoder, max_record), key, promised);
            }
            Content::Mapped(mapped) => return self.mapped(&mapped),
            Content::Text(text) => text.into_bytes(),
            Content::Value(value) => value.to_string().into_bytes(),
        };
        let length = bytes.len();
        let records = Records::of_buffer(bytes, length, max_record);
        self.stream(records, shape.name(), promised);
    }

    /// A record that was mapped back to CloudTrail's names is one, whatever is left
    /// of it.
    fn mapped(&mut self, mapped: &Mapped) {
        let kind = match classify(&mapped.record) {
            Kind::NotCloudTrail(_) | Kind::Wraps(_) => Kind::Event,
            kind => kind,
        };
        self.leaf(LeafContent::Record {
            value: &mapped.record,
            kind,
            // Only what findings weigh depends on it.
            length: APPROXIMATELY,
            losses: &mapped.losses,
        });
    }

    fn stream<R: Read>(&mut self, mut records: Records<R>, key: &'static str, promised: bool) {
        let mut any = false;
        while let Some(item) = records.next_by(&mut |bytes| self.visit.frame(bytes)) {
            any = true;
            match item {
                Item::Record(record) => self.wrapped(record.bytes, promised),
                Item::Bad(bad) => self.fault(WrapFault::Frame(bad.fault)),
                Item::Fault(fault) => self.fault(WrapFault::Unreadable { key, fault }),
            }
        }
        if !any {
            self.nothing();
        }
    }

    /// A record that was wrapped.
    fn wrapped(&mut self, record: &[u8], promised: bool) {
        if self.visit.event(record, &self.open) {
            return;
        }
        match parse_value(record) {
            Ok(value) => {
                let kind = classify(&value);
                self.value(&value, kind, record.len(), promised);
            }
            Err(fault) => self.fault(WrapFault::Record(fault)),
        }
    }

    /// A stream without a record.
    fn nothing(&mut self) {
        self.leaf(LeafContent::Record {
            value: &Value::Null,
            kind: Kind::NotCloudTrail(Foreign::Empty),
            length: 0,
            losses: Losses::none(),
        });
    }
}

/// What a record is that must have a shape.
fn as_asked(value: &Value, asked: Shape) -> Result<Kind, WrapFault> {
    let other = |found| Err(WrapFault::OtherShape { asked, found });
    if asked != Shape::CloudTrail && asked.fits(value) {
        return Ok(Kind::Wraps(asked));
    }
    match classify(value) {
        Kind::Wraps(shape) => other(format!("a record in the shape {shape}")),
        Kind::NotCloudTrail(foreign) if foreign.is_expected() => Ok(Kind::NotCloudTrail(foreign)),
        Kind::NotCloudTrail(foreign) => other(foreign.to_string()),
        kind if asked == Shape::CloudTrail => Ok(kind),
        _ => other("a CloudTrail record itself".to_owned()),
    }
}

#[cfg(test)]
mod tests;
