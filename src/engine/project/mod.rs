//! Projection: of a record's bytes, only what rules look at.
//!
//! In come the tree of paths and a record; out comes, per slot, what stands
//! there: kinds, numbers, and strings as ranges of the record. Nothing is
//! allocated once the buffers have grown. A record that is not plainly
//! well-formed, or that is strange where rules look (a key twice, a key with
//! escapes), is [`Unclear`]: then the whole record is parsed, and the reference
//! decides.

mod order;
mod scan;
#[cfg(test)]
mod seed;
mod simd;
mod skip;
#[cfg(test)]
mod tests;
mod value;

use crate::compile::{NodeId, Slot, Trie};
use crate::rule::value::Number;

use order::Order;
use simd::Lanes;

pub(super) use scan::{descend, project_prefix};
pub(super) use value::{Elements, Only, View};

/// The record must be parsed to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclear;

/// Links to no node.
const NONE: u32 = u32::MAX;

/// What a record holds where rules look. Its own buffers are reused.
#[derive(Debug)]
pub(super) struct Projection {
    nodes: Vec<Node>,
    numbers: Vec<Number>,
    /// Of each slot, its latest node; the last is for what no slot is for.
    heads: Vec<Head>,
    /// Of each place of the tree, where what stands there is kept.
    slots: Vec<Slot>,
    /// Of each place of the tree, as which part it is deferred.
    parts: Vec<Option<usize>>,
    /// What of the record was deferred.
    deferred: Vec<Deferred>,
    /// Of each place of the tree, in which object it was met last.
    met: Vec<u32>,
    lanes: Lanes,
    /// Of each place of the tree, the order in which its keys stand.
    orders: Vec<Order>,
    /// Counts objects; of this record and of those before.
    objects: u32,
    /// Tells heads of this record from those of records before.
    record: u32,
    /// Strings whose escapes were resolved.
    unescaped: String,
    /// Bytes of values that were not looked into, since the beginning.
    passed_over: u64,
}

/// An object or array of the record that was passed over.
#[derive(Debug, Clone, Copy)]
struct Deferred {
    part: usize,
    place: NodeId,
    start: usize,
    end: usize,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    record: u32,
    node: u32,
}

/// A node at a slot, or an element of an array at one. Plain numbers, which are
/// written one by one: an enumeration would be put together elsewhere and moved
/// here, which took a third of the whole walk.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    kind: Kind,
    /// Whether the path to it leads into the elements of an array.
    fanned: bool,
    /// The node at the same slot that was met before; of an element, the
    /// element before.
    before: u32,
    /// Of a string where it starts, of a number its number among the numbers, of
    /// an array its last element.
    start: u32,
    /// Of a string where it ends, of an array its length.
    end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Null,
    False,
    True,
    Number,
    /// A string, from quote to quote in the record.
    Text,
    /// A string, where its escapes were resolved.
    Unescaped,
    Array,
    Object,
    EmptyObject,
}

/// Where a value is kept.
#[derive(Debug, Clone, Copy)]
enum Keep {
    Slot {
        slot: Slot,
        fanned: bool,
    },
    /// As an element of the array of this node.
    Element {
        array: u32,
    },
}

impl Projection {
    /// A projection that passes over some places at first; [`descend`] walks them.
    pub(super) fn new(trie: &Trie, deferred: &[NodeId]) -> Self {
        let mut parts = vec![None; trie.len()];
        for (part, place) in deferred.iter().enumerate() {
            parts[place.index()] = Some(part);
        }
        let never = Head {
            record: 0,
            node: NONE,
        };
        let nowhere = Slot(trie.slots() as u32);
        let slots = trie.nodes().iter().map(|node| node.slot);
        Projection {
            nodes: Vec::new(),
            numbers: Vec::new(),
            heads: vec![never; trie.slots() + 1],
            parts,
            deferred: Vec::new(),
            slots: slots.map(|slot| slot.unwrap_or(nowhere)).collect(),
            met: vec![0; trie.len()],
            lanes: Lanes::best(),
            orders: std::iter::repeat_with(Order::default)
                .take(trie.len())
                .collect(),
            objects: 0,
            record: 0,
            unescaped: String::new(),
            passed_over: 0,
        }
    }

    /// Bytes of values that were not looked into, of all records so far.
    pub(super) fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// Forgets the record before.
    fn begin(&mut self) {
        self.nodes.clear();
        self.numbers.clear();
        self.deferred.clear();
        self.unescaped.clear();
        self.record = self.record.wrapping_add(1);
        if self.record == 0 || self.objects > u32::MAX / 2 {
            self.heads.iter_mut().for_each(|head| head.record = 0);
            self.met.fill(0);
            (self.record, self.objects) = (1, 0);
        }
    }

    /// A number for the next object; unlike that of any other in the record.
    fn next_object(&mut self) -> u32 {
        self.objects += 1;
        self.objects
    }

    /// Takes note of a key of an object; whether the object had it before.
    #[inline(always)]
    fn meet(&mut self, object: u32, child: NodeId) -> bool {
        let met = std::mem::replace(&mut self.met[child.index()], object);
        met == object && child != NodeId::ROOT
    }

    /// The slot for what is kept nowhere.
    fn nowhere(&self) -> Slot {
        Slot(self.heads.len() as u32 - 1)
    }

    /// Keeps a value; its number names an array to its elements.
    fn keep(&mut self, keep: Keep, kind: Kind, start: u32, end: u32) -> u32 {
        match keep {
            Keep::Slot { slot, fanned } => self.keep_at(slot, fanned, kind, start, end),
            Keep::Element { array } => {
                let index = self.nodes.len() as u32;
                let array = &mut self.nodes[array as usize];
                array.end += 1;
                let before = std::mem::replace(&mut array.start, index);
                self.nodes.push(Node {
                    kind,
                    fanned: false,
                    before,
                    start,
                    end,
                });
                index
            }
        }
    }

    fn keep_array(&mut self, keep: Keep) -> u32 {
        self.keep(keep, Kind::Array, NONE, 0)
    }

    fn keep_object(&mut self, keep: Keep, empty: bool) -> u32 {
        let kind = if empty {
            Kind::EmptyObject
        } else {
            Kind::Object
        };
        self.keep(keep, kind, 0, 0)
    }

    fn keep_number(&mut self, keep: Keep, number: Number) {
        let place = self.numbers.len() as u32;
        self.numbers.push(number);
        self.keep(keep, Kind::Number, place, 0);
    }

    #[inline(always)]
    fn keep_at(&mut self, slot: Slot, fanned: bool, kind: Kind, start: u32, end: u32) -> u32 {
        let index = self.nodes.len() as u32;
        let record = self.record;
        let head = &mut self.heads[slot.index()];
        let before = if head.record == record {
            head.node
        } else {
            NONE
        };
        *head = Head {
            record,
            node: index,
        };
        self.nodes.push(Node {
            kind,
            fanned,
            before,
            start,
            end,
        });
        index
    }

    /// The latest node of a slot.
    fn head(&self, slot: Slot) -> u32 {
        let head = self.heads[slot.index()];
        if head.record == self.record {
            head.node
        } else {
            NONE
        }
    }
}
