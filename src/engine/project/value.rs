//! Looking at what was kept.

use super::{Kind, NONE, Node, Projection};
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
        Some(self.projection.view(self.record, *node))
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
            while let Some(node) = next {
                next = self.nodes.get(node.before as usize);
                if !(source.strict && node.fanned) {
                    return Some(self.view(record, *node));
                }
            }
            None
        })
    }

    /// The one node of a slot, not inside any array, if that is all there is.
    #[inline(always)]
    pub(in crate::engine) fn only<'a>(&'a self, record: &'a str, slot: Slot) -> Only<'a> {
        match self.head(slot) {
            None => Only::Nothing,
            Some(node) if node.before == NONE && !node.fanned => {
                Only::Node(self.view(record, *node))
            }
            Some(_) => Only::Several,
        }
    }

    /// The one string of a slot, if that is all there is: what is asked of most records,
    /// and so without the way over a [`View`].
    #[inline(always)]
    pub(in crate::engine) fn text<'a>(&'a self, record: &'a str, slot: Slot) -> Option<&'a str> {
        let node = self
            .head(slot)
            .filter(|node| node.before == NONE && !node.fanned)?;
        let text = match node.kind {
            Kind::Text => record,
            Kind::Unescaped => &self.unescaped,
            _ => return None,
        };
        Some(between(text, node.start, node.end))
    }

    /// Whether nothing stands at a slot, or null alone.
    #[inline]
    pub(in crate::engine) fn lacks_value(&self, slot: Slot) -> bool {
        self.head(slot)
            .is_none_or(|node| node.kind == Kind::Null && node.before == NONE && !node.fanned)
    }

    /// The one string of a slot, where it is written without escapes.
    #[inline]
    pub(in crate::engine) fn plain_text<'a>(&self, record: &'a str, slot: Slot) -> Option<&'a str> {
        let node = self
            .head(slot)
            .filter(|node| node.kind == Kind::Text && node.before == NONE && !node.fanned)?;
        Some(between(record, node.start, node.end))
    }

    /// Whether nothing stands at a slot.
    #[inline]
    pub(in crate::engine) fn lacks(&self, slot: Slot) -> bool {
        self.head(slot).is_none()
    }

    /// Whether all there is at a slot is this string.
    #[inline]
    pub(in crate::engine) fn is(&self, record: &str, slot: Slot, wanted: &str) -> bool {
        self.text(record, slot) == Some(wanted)
    }

    // In line: handed over in memory, it would be read before it is written.
    #[inline(always)]
    fn view<'a>(&'a self, record: &'a str, node: Node) -> View<'a> {
        let Node { start, end, .. } = node;
        match node.kind {
            Kind::Null => View::Null,
            Kind::False => View::Bool(false),
            Kind::True => View::Bool(true),
            Kind::Number => View::Number(self.numbers[start as usize]),
            Kind::Text => View::Text(between(record, start, end)),
            Kind::Unescaped => View::Text(between(&self.unescaped, start, end)),
            Kind::Array => View::Array(Elements {
                projection: self,
                record,
                last: start,
                length: end,
            }),
            Kind::Object => View::Object { empty: false },
            Kind::EmptyObject => View::Object { empty: true },
            // Nobody asks before it is walked.
            Kind::Deferred => View::Null,
        }
    }
}

/// Ranges end at quotes, which are characters of their own.
#[inline]
fn between(text: &str, start: u32, end: u32) -> &str {
    text.get(start as usize..end as usize).unwrap_or_default()
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
