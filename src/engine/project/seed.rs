//! Projection by serde: the obvious way, which judges the fast one.
//!
//! Everything in the record is parsed, what is kept and what is not, so that
//! whatever serde_json refuses is unclear.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Keep, Kind, Projection, Unclear};
use crate::compile::{NodeId, Trie};
use crate::rule::value::Number;

/// Projects a record.
pub(super) fn project(
    trie: &Trie,
    record: &str,
    projection: &mut Projection,
) -> Result<(), Unclear> {
    projection.begin();
    if !record.trim_start().starts_with('{') {
        return Err(Unclear);
    }
    let mut deserializer = serde_json::Deserializer::from_str(record);
    let seed = Walk {
        trie,
        record,
        projection,
        at: Some(NodeId::ROOT),
        keep: None,
        fanned: false,
        in_array: false,
    };
    seed.deserialize(&mut deserializer).map_err(|_| Unclear)?;
    deserializer.end().map_err(|_| Unclear)
}

/// A value on its way.
struct Walk<'p> {
    trie: &'p Trie,
    record: &'p str,
    projection: &'p mut Projection,
    /// The place in the tree, if it is in it.
    at: Option<NodeId>,
    keep: Option<Keep>,
    fanned: bool,
    /// Whether it is an element: of an array in an array nothing is asked.
    in_array: bool,
}

impl Walk<'_> {
    fn keep(self, kind: Kind, start: u32, end: u32) {
        if let Some(keep) = self.keep {
            self.projection.keep(keep, kind, start, end);
        }
    }

    fn number(self, number: Number) {
        if let Some(keep) = self.keep {
            self.projection.keep_number(keep, number);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.keep(Kind::Null, 0, 0);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.keep(if value { Kind::True } else { Kind::False }, 0, 0);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.number(Number::Integer(value.into()));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.number(Number::Integer(value.into()));
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.number(Number::Float(value));
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        // A borrowed string is a part of the record.
        let start = (text.as_ptr() as usize - self.record.as_ptr() as usize) as u32;
        let end = start + text.len() as u32;
        self.keep(Kind::Text, start, end);
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if self.keep.is_some() {
            let start = self.projection.unescaped.len() as u32;
            self.projection.unescaped.push_str(text);
            let end = start + text.len() as u32;
            self.keep(Kind::Unescaped, start, end);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let kept = self
            .keep
            .map(|keep| (keep, self.projection.keep_array(keep)));
        // Of an array in an array no elements are kept.
        let array = kept.and_then(|(keep, kept)| match keep {
            Keep::Slot { .. } => Some(kept),
            Keep::Element { .. } => None,
        });
        loop {
            let element = Walk {
                trie: self.trie,
                record: self.record,
                projection: &mut *self.projection,
                at: self.at.filter(|_| !self.in_array),
                keep: array.map(|array| Keep::Element { array }),
                fanned: true,
                in_array: true,
            };
            if elements.next_element_seed(element)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let object = self.projection.next_object();
        let kept = self
            .keep
            .map(|keep| self.projection.keep_object(keep, true));
        while let Some(key) = members.next_key_seed(Key)? {
            if let Some(kept) = kept {
                self.projection.nodes[kept as usize].kind = Kind::Object;
            }
            let looked_at = self.at.filter(|at| !self.trie.node(*at).is_leaf());
            let child = match (looked_at, key) {
                (None, _) => None,
                (Some(_), None) => return Err(A::Error::custom("a key with escapes")),
                (Some(at), Some(key)) => self.trie.node(at).child(key.as_bytes()),
            };
            if let Some(child) = child
                && self.projection.meet(object, child)
            {
                return Err(A::Error::custom("a key twice"));
            }
            let slot = child.and_then(|child| self.trie.node(child).slot);
            members.next_value_seed(Walk {
                trie: self.trie,
                record: self.record,
                projection: &mut *self.projection,
                at: child,
                keep: slot.map(|slot| Keep::Slot {
                    slot,
                    fanned: self.fanned,
                }),
                fanned: self.fanned,
                in_array: false,
            })?;
        }
        Ok(())
    }
}

/// A key, unless it has escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<&'de str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Option<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Some(key))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}
