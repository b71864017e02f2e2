//! Looking at what was kept.

use super::{Leaf, NONE, Projection, Range};
use crate::compile::{Slot, Source};
use crate::rule::value::Number;

/// A node as checks see it.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) enum View<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    Array(Elements<'a>),
    /// Its members are not kept.
    Object {
        empty: bool,
    },
}

/// The elements of an array, the last first; of theirs nothing is kept.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Elements<'a> {
    projection: &'a Projection,
    record: &'a str,
    last: u32,
    pub(in crate::engine) length: u32,
}

impl<'a> Iterator for Elements<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        let node = self.projection.nodes.get(self.last as usize)?;
        self.last = node.before;
        Some(self.projection.view(self.record, node.leaf))
    }
}

impl Projection {
    /// The nodes of a slot, the last first.
    pub(in crate::engine) fn nodes<'a>(
        &'a self,
        record: &'a str,
        source: Source,
    ) -> impl Iterator<Item = View<'a>> {
        let mut next = self.head(source.slot);
        std::iter::from_fn(move || {
            while let Some(node) = self.nodes.get(next as usize) {
                next = node.before;
                if !(source.strict && node.fanned) {
                    return Some(self.view(record, node.leaf));
                }
            }
            None
        })
    }

    /// The one node of a slot, not inside any array, if that is all there is.
    pub(in crate::engine) fn only<'a>(&'a self, record: &'a str, slot: Slot) -> Only<'a> {
        match self.nodes.get(self.head(slot) as usize) {
            None => Only::Nothing,
            Some(node) if node.before == NONE && !node.fanned => {
                Only::Node(self.view(record, node.leaf))
            }
            Some(_) => Only::Several,
        }
    }

    fn view<'a>(&'a self, record: &'a str, leaf: Leaf) -> View<'a> {
        match leaf {
            Leaf::Null => View::Null,
            Leaf::Bool(boolean) => View::Bool(boolean),
            Leaf::Number(number) => View::Number(number),
            Leaf::Text(range) => View::Text(self.text(record, range)),
            Leaf::Array { last, length } => View::Array(Elements {
                projection: self,
                record,
                last,
                length,
            }),
            Leaf::Object { empty } => View::Object { empty },
        }
    }

    fn text<'a>(&'a self, record: &'a str, range: Range) -> &'a str {
        let text = if range.unescaped {
            &self.unescaped
        } else {
            record
        };
        // Ranges end at quotes, which are characters of their own.
        text.get(range.start as usize..range.end as usize)
            .unwrap_or_default()
    }
}

/// What stands at a slot.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) enum Only<'a> {
    Nothing,
    Node(View<'a>),
    /// More than one node, or one inside an array.
    Several,
}

impl<'a> Only<'a> {
    /// The text of a lone string.
    pub(in crate::engine) fn text(self) -> Option<&'a str> {
        match self {
            Only::Node(View::Text(text)) => Some(text),
            _ => None,
        }
    }
}
