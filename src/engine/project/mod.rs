//! Projection: of a record's bytes, only what rules look at.
//!
//! In come the tree of paths and a record; out comes, per slot, what stands
//! there: kinds, numbers, and strings as ranges of the record. Nothing is
//! allocated once the buffers have grown. A record that is not plainly
//! well-formed, or that is strange where rules look (a key twice, a key with
//! escapes), is [`Unclear`]: then the whole record is parsed, and the reference
//! decides.

mod members;
mod order;
mod part;
mod recall;
mod scan;
#[cfg(test)]
mod seed;
mod simd;
mod skip;
#[cfg(test)]
mod tests;
mod value;

use crate::compile::{Deferral, NodeId, Slot, Trie, Wanted};
use crate::rule::value::Number;

use order::Order;
use part::{Entry, Found};
use recall::Recall;
use simd::Lanes;

pub(super) use part::{CameBefore, descend, open};
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
    /// Of each place of the tree, what stood there last; the root's is of what is
    /// in no path.
    heads: Vec<Head>,
    /// What stood at places before that, and elements of arrays.
    nodes: Vec<Node>,
    numbers: Vec<Number>,
    /// Those of the array that is walked.
    elements: Gathered,
    /// Of each slot, its place in the tree.
    places: Vec<NodeId>,
    /// Of each place of the tree, as which part it is deferred.
    parts: Vec<Option<usize>>,
    /// The parts that are walked at once, unless they came before.
    always: Wanted,
    /// The parts that the record has.
    found: Vec<Found>,
    /// Of each part, what came before.
    recalls: Vec<Recall>,
    /// Of each part, the one that came last, as what came before.
    entries: Vec<Entry>,
    /// The parts that came before and were not walked.
    closed: Wanted,
    lanes: Lanes,
    /// Of each place of the tree, the order in which its keys stand.
    orders: Vec<Order>,
    /// Counts objects; of this record and of those before.
    objects: u32,
    /// How many were counted before this record.
    before: u32,
    /// Strings whose escapes were resolved.
    unescaped: String,
    /// Bytes of values that were not looked into, since the beginning.
    passed_over: u64,
}

/// What stood at a place last.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// The object that it was met in; none has the number 0.
    object: u32,
    node: Node,
}

/// A node at a place, or an element of an array at one. Plain numbers, which are
/// written one by one: an enumeration would be put together elsewhere and moved
/// here, which took a third of the whole walk.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    kind: Kind,
    /// Whether the path to it leads into the elements of an array.
    fanned: bool,
    /// The node at the same place that was met before; of an element, the
    /// element before.
    before: u32,
    /// Of a string where it starts, of a number its number among the numbers, of
    /// an array its last element.
    start: u32,
    /// Of a string where it ends, of an array its length.
    end: u32,
}

/// Elements of an array so far.
#[derive(Debug, Clone, Copy)]
struct Gathered {
    last: u32,
    count: u32,
}

impl Gathered {
    const NONE: Gathered = Gathered {
        last: NONE,
        count: 0,
    };
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
    /// A part that is not walked.
    Deferred,
}

/// Where a value is kept.
#[derive(Debug, Clone, Copy)]
enum Keep {
    /// At a place, as a member of an object.
    Place {
        place: NodeId,
        object: u32,
        fanned: bool,
    },
    /// As an element of the array that is walked.
    Element,
}

impl Projection {
    /// A projection that passes over some parts at first; [`descend`] walks them.
    pub(super) fn new(trie: &Trie, deferral: &Deferral) -> Self {
        let mut parts = vec![None; trie.len()];
        for (part, place) in deferral.parts().iter().enumerate() {
            parts[place.index()] = Some(part);
        }
        let never = Head {
            object: 0,
            node: Node {
                kind: Kind::Null,
                fanned: false,
                before: NONE,
                start: 0,
                end: 0,
            },
        };
        let mut places = vec![NodeId::ROOT; trie.slots()];
        for (place, node) in trie.nodes().iter().enumerate() {
            if let Some(slot) = node.slot {
                places[slot.index()] = NodeId(place as u32);
            }
        }
        Projection {
            heads: vec![never; trie.len()],
            nodes: Vec::new(),
            numbers: Vec::new(),
            elements: Gathered::NONE,
            places,
            parts,
            always: deferral.always(),
            found: Vec::new(),
            entries: vec![Entry::default(); deferral.parts().len()],
            recalls: std::iter::repeat_with(Recall::default)
                .take(deferral.parts().len())
                .collect(),
            closed: Wanted::default(),
            lanes: Lanes::best(),
            orders: std::iter::repeat_with(Order::default)
                .take(trie.len())
                .collect(),
            objects: 0,
            before: 0,
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
        self.found.clear();
        self.closed = Wanted::default();
        self.unescaped.clear();
        if self.objects > u32::MAX / 2 {
            self.heads.iter_mut().for_each(|head| head.object = 0);
            self.entries.fill(Entry::default());
            self.objects = 0;
        }
        self.before = self.objects;
    }

    /// A number for the next object; unlike that of any other in the record.
    fn next_object(&mut self) -> u32 {
        self.objects += 1;
        self.objects
    }

    /// Keeps a value.
    fn keep(&mut self, keep: Keep, kind: Kind, start: u32, end: u32) -> Result<(), Unclear> {
        match keep {
            Keep::Place {
                place,
                object,
                fanned,
            } => self.keep_at(place, object, fanned, kind, start, end),
            Keep::Element => {
                let last = self.nodes.len() as u32;
                self.nodes.push(Node {
                    kind,
                    fanned: false,
                    before: self.elements.last,
                    start,
                    end,
                });
                self.elements.last = last;
                self.elements.count += 1;
                Ok(())
            }
        }
    }

    fn keep_object(&mut self, keep: Keep, empty: bool) -> Result<(), Unclear> {
        let kind = if empty {
            Kind::EmptyObject
        } else {
            Kind::Object
        };
        self.keep(keep, kind, 0, 0)
    }

    /// Keeps an array of which no elements are kept, or not yet.
    fn keep_array(&mut self, keep: Keep) -> Result<(), Unclear> {
        self.keep(keep, Kind::Array, NONE, 0)
    }

    fn keep_number(&mut self, keep: Keep, number: Number) -> Result<(), Unclear> {
        let at = self.numbers.len() as u32;
        self.numbers.push(number);
        self.keep(keep, Kind::Number, at, 0)
    }

    /// Begins with the elements of an array; gives those of the one around it.
    fn begin_elements(&mut self) -> Gathered {
        std::mem::replace(&mut self.elements, Gathered::NONE)
    }

    /// Gives the elements to the array that was kept at a place, if one was.
    fn end_elements(&mut self, place: Option<NodeId>, around: Gathered) {
        let Gathered { last, count } = std::mem::replace(&mut self.elements, around);
        if let Some(place) = place {
            let node = &mut self.heads[place.index()].node;
            (node.start, node.end) = (last, count);
        }
    }

    /// Keeps the value of a member, unless the object had its key before.
    #[inline(always)]
    fn keep_at(
        &mut self,
        place: NodeId,
        object: u32,
        fanned: bool,
        kind: Kind,
        start: u32,
        end: u32,
    ) -> Result<(), Unclear> {
        let mut before = NONE;
        if self.heads[place.index()].object > self.before {
            before = self.keep_another(place, object)?;
        }
        // What is in no path may come as often as it likes.
        let object = if place == NodeId::ROOT { 0 } else { object };
        self.heads[place.index()] = Head {
            object,
            node: Node {
                kind,
                fanned,
                before,
                start,
                end,
            },
        };
        Ok(())
    }

    /// Makes room for another node at a place.
    #[inline(never)]
    fn keep_another(&mut self, place: NodeId, object: u32) -> Result<u32, Unclear> {
        let head = self.heads[place.index()];
        if head.object == object {
            return Err(Unclear);
        }
        self.nodes.push(head.node);
        Ok(self.nodes.len() as u32 - 1)
    }

    /// The latest node of a slot.
    #[inline(always)]
    fn head(&self, slot: Slot) -> Option<&Node> {
        let head = &self.heads[self.places[slot.index()].index()];
        (head.object > self.before).then_some(&head.node)
    }
}
