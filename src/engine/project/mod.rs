//! Projection: of a record's bytes, only what rules look at.
//!
//! In come the tree of paths and a record; out comes, per slot, what stands
//! there: kinds, numbers, and strings as ranges of the record. Nothing is
//! allocated once the buffers have grown. A record that is not plainly
//! well-formed, or that is strange where rules look (a key twice, a key with
//! escapes), is [`Unclear`]: then the whole record is parsed, and the reference
//! decides.

mod block;
mod order;
mod scan;
#[cfg(test)]
mod seed;
mod skip;
#[cfg(test)]
mod tests;
mod value;

use crate::compile::{NodeId, Slot, Trie};
use crate::rule::value::Number;

use order::Order;

pub(super) use scan::project_prefix;
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
    /// Of each slot, its latest node.
    heads: Vec<Head>,
    /// Of each place of the tree, in which object it was met last.
    met: Vec<u32>,
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

#[derive(Debug, Clone, Copy)]
struct Head {
    record: u32,
    node: u32,
}

/// A node at a slot, or an element of an array at one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    leaf: Leaf,
    /// Whether the path to it leads into the elements of an array.
    fanned: bool,
    /// The node at the same slot that was met before; of an element, the
    /// element before.
    before: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Leaf {
    Null,
    Bool(bool),
    Number(Number),
    Text(Range),
    /// With its last element and their number.
    Array {
        last: u32,
        length: u32,
    },
    Object {
        empty: bool,
    },
}

/// A string without its quotes: in the record, or where escapes were resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    start: u32,
    end: u32,
    unescaped: bool,
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
    pub(super) fn new(trie: &Trie) -> Self {
        let never = Head {
            record: 0,
            node: NONE,
        };
        Projection {
            nodes: Vec::new(),
            heads: vec![never; trie.slots()],
            met: vec![0; trie.len()],
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

    /// Takes note of a key of an object; an object that has it twice is unclear.
    fn meet(&mut self, object: u32, child: NodeId) -> Result<(), Unclear> {
        let met = &mut self.met[child.index()];
        if *met == object {
            return Err(Unclear);
        }
        *met = object;
        Ok(())
    }

    /// Keeps a value; its number names an array to its elements.
    fn keep(&mut self, keep: Keep, leaf: Leaf) -> u32 {
        let index = self.nodes.len() as u32;
        let (before, fanned) = match keep {
            Keep::Slot { slot, fanned } => {
                let head = &mut self.heads[slot.index()];
                let before = if head.record == self.record {
                    head.node
                } else {
                    NONE
                };
                *head = Head {
                    record: self.record,
                    node: index,
                };
                (before, fanned)
            }
            Keep::Element { array } => match &mut self.nodes[array as usize].leaf {
                Leaf::Array { last, length } => {
                    *length += 1;
                    (std::mem::replace(last, index), false)
                }
                _ => (NONE, false),
            },
        };
        self.nodes.push(Node {
            leaf,
            fanned,
            before,
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
