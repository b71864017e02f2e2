//! The members of an object: most of a walk.
//!
//! In comes where the first key begins; out comes where the last bracket stands,
//! and the values are kept at their places.

use super::scan::{Scanner, Walk, closing_quote, peek};
use super::simd::{BLOCK, Blocks, Work};
use super::{Kind, Unclear};
use crate::compile::NodeId;
use crate::shape::List;

impl Scanner<'_> {
    /// Moves past the members of an object, the first of which begins at `at`.
    pub(super) fn members(
        &mut self,
        at: usize,
        node: NodeId,
        fanned: bool,
    ) -> Result<usize, Unclear> {
        let object = self.projection.next_object();
        self.projection.lanes.run(Members {
            scanner: self,
            at,
            node,
            object,
            fanned,
        })
    }

    /// Moves past a key that was not foreseen, and the colon.
    #[inline(never)]
    fn key(
        &mut self,
        at: usize,
        node: NodeId,
        place: &mut usize,
    ) -> Result<(usize, NodeId), Unclear> {
        let (end, escapes) = closing_quote(self.bytes, at)?;
        let (colon, byte) = peek(self.bytes, end + 1)?;
        if escapes || byte != b':' {
            return Err(Unclear);
        }
        let key = &self.bytes[at + 1..end];
        let child = self.trie.node(node).child(key).unwrap_or(NodeId::ROOT);
        if node == NodeId::ROOT
            && let Some(list) = List::of_answer(key)
        {
            // Never foreseen, so that every one of them is looked at here.
            return self.no_list(list, colon + 1).map(|()| (colon + 1, child));
        }
        self.projection.orders[node.index()].learn(key, child, place);
        Ok((colon + 1, child))
    }

    /// Whether the value of a key that a list of records may have is none, which
    /// is what splitting the object would tell.
    fn no_list(&self, list: List, at: usize) -> Result<(), Unclear> {
        let (at, byte) = peek(self.bytes, at)?;
        let list = byte == b'[' && list.begins(&self.bytes[at + 1..]) != Some(false);
        if list { Err(Unclear) } else { Ok(()) }
    }

    /// Moves past the value of a member.
    #[inline(never)]
    fn member(
        &mut self,
        at: usize,
        place: NodeId,
        object: u32,
        fanned: bool,
    ) -> Result<usize, Unclear> {
        let (at, byte) = peek(self.bytes, at)?;
        let walk = Walk::of_member(place, object, fanned);
        if matches!(byte, b'{' | b'[') {
            if place == self.wrapper && byte == b'[' {
                return Err(Unclear);
            }
            if let Some(part) = self.projection.parts[place.index()] {
                return self.part(at, byte, walk, place, part);
            }
        }
        self.value(at, byte, walk)
    }
}

/// Bytes in which a short string shows, with what follows it.
const AHEAD: usize = BLOCK + 4;

/// The members of an object on their way. This is most of a walk, so it is one
/// loop, compiled for what the processor has.
struct Members<'s, 'p> {
    scanner: &'s mut Scanner<'p>,
    /// Where the first key begins.
    at: usize,
    node: NodeId,
    object: u32,
    fanned: bool,
}

impl Work for Members<'_, '_> {
    type Output = Result<usize, Unclear>;

    /// Where the object's last bracket stands.
    #[inline(always)]
    fn run(self, blocks: impl Blocks) -> Result<usize, Unclear> {
        let Members {
            scanner,
            mut at,
            node,
            object,
            fanned,
        } = self;
        let bytes = scanner.bytes;
        let mut place = 0;
        loop {
            let order = &scanner.projection.orders[node.index()];
            let foreseen = order.foresee(blocks, &bytes[at + 1..], &mut place);
            let (after, child) = match foreseen {
                Some((length, child)) => (at + 1 + length, child),
                None => scanner.key(at, node, &mut place)?,
            };
            // Most values are short strings, and a further key follows. Whether one
            // is asked for cannot be foreseen, and to keep it anyway takes less than
            // to ask.
            if let Some(ahead) = bytes.get(after..).and_then(<[u8]>::first_chunk::<AHEAD>)
                && let [b'"', block @ ..] = ahead
                && let Some(block) = block.first_chunk()
                && let length = blocks.stop(block)
                && length < BLOCK
                && ahead[1 + length] == b'"'
            {
                let projection = &mut *scanner.projection;
                let (start, stop) = (after + 1, after + 1 + length);
                projection.keep_at(child, object, fanned, Kind::Text, start as u32, stop as u32)?;
                at = stop + 1;
                if ahead[2 + length] == b',' && ahead[3 + length] == b'"' {
                    at += 1;
                    continue;
                }
            } else {
                at = scanner.member(after, child, object, fanned)?;
            }
            let mut next;
            (at, next) = peek(bytes, at)?;
            if next == b'}' {
                break;
            }
            if next != b',' {
                return Err(Unclear);
            }
            (at, next) = peek(bytes, at + 1)?;
            if next != b'"' {
                return Err(Unclear);
            }
        }
        scanner.projection.orders[node.index()].went_to(place);
        Ok(at)
    }
}
