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
    fn keep<E: Error>(self, kind: Kind, start: u32, end: u32) -> Result<(), E> {
        let kept = self
            .keep
            .map(|keep| self.projection.keep(keep, kind, start, end));
        twice(kept.unwrap_or(Ok(())))
    }

    fn number<E: Error>(self, number: Number) -> Result<(), E> {
        let kept = self
            .keep
            .map(|keep| self.projection.keep_number(keep, number));
        twice(kept.unwrap_or(Ok(())))
    }
}

/// What is kept is at fault if the object had its key before.
fn twice<E: Error>(kept: Result<(), Unclear>) -> Result<(), E> {
    kept.map_err(|Unclear| E::custom("a key twice"))
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
        self.keep(Kind::Null, 0, 0)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.keep(if value { Kind::True } else { Kind::False }, 0, 0)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.number(Number::Integer(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.number(Number::Integer(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.number(Number::Float(value))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        // A borrowed string is a part of the record.
        let start = (text.as_ptr() as usize - self.record.as_ptr() as usize) as u32;
        let end = start + text.len() as u32;
        self.keep(Kind::Text, start, end)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let start = self.projection.unescaped.len() as u32;
        self.projection.unescaped.push_str(text);
        let end = start + text.len() as u32;
        self.keep(Kind::Unescaped, start, end)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        if let Some(keep) = self.keep {
            twice(self.projection.keep_array(keep))?;
        }
        // Of an array in an array no elements are kept.
        let place = match self.keep {
            Some(Keep::Place { place, .. }) => Some(place),
            _ => None,
        };
        let around = self.projection.begin_elements();
        loop {
            let element = Walk {
                trie: self.trie,
                record: self.record,
                projection: &mut *self.projection,
                at: self.at.filter(|_| !self.in_array),
                keep: place.map(|_| Keep::Element),
                fanned: true,
                in_array: true,
            };
            if elements.next_element_seed(element)?.is_none() {
                break;
            }
        }
        self.projection.end_elements(place, around);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let object = self.projection.next_object();
        let mut key = members.next_key_seed(Key)?;
        if let Some(keep) = self.keep {
            twice(self.projection.keep_object(keep, key.is_none()))?;
        }
        while let Some(this) = key {
            let looked_at = self.at.filter(|at| !self.trie.node(*at).is_leaf());
            let child = match (looked_at, this) {
                (None, _) => None,
                (Some(_), None) => return Err(A::Error::custom("a key with escapes")),
                (Some(at), Some(this)) => self.trie.node(at).child(this.as_bytes()),
            };
            members.next_value_seed(Walk {
                trie: self.trie,
                record: self.record,
                projection: &mut *self.projection,
                at: child,
                keep: child.map(|place| Keep::Place {
                    place,
                    object,
                    fanned: self.fanned,
                }),
                fanned: self.fanned,
                in_array: false,
            })?;
            key = members.next_key_seed(Key)?;
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
