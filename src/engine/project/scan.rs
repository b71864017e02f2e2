//! Projection by an own scanner: a walk over the bytes that checks what it
//! keeps as serde_json would, and of what it passes over the framing.

use std::ops::Range;

use super::order::Leads;
use super::simd::string_stop;
use super::skip;
use super::{Deferred, Keep, Kind, Projection, Unclear};
use crate::compile::{NodeId, Slot, Trie, Wanted};
use crate::rule::value::Number;
use crate::shape::List;

/// Projects the record at the start of some bytes and says where it ends.
///
/// What is kept is not UTF-8 for certain: the caller checks the record as a
/// whole. `wrapper` is the slot that an array in makes the object no record; a
/// list of an API answer does so too.
pub(in crate::engine) fn project_prefix(
    trie: &Trie,
    wrapper: Slot,
    bytes: &[u8],
    projection: &mut Projection,
) -> Result<usize, Unclear> {
    projection.begin();
    // Positions are kept in 32 bits; no record that is read is as long.
    let bytes = &bytes[..bytes.len().min(u32::MAX as usize)];
    let (start, byte) = peek(bytes, 0)?;
    if byte != b'{' {
        return Err(Unclear);
    }
    let mut scanner = Scanner {
        trie,
        wrapper,
        bytes,
        depth: 0,
        projection,
    };
    let walk = Walk {
        at: Some(NodeId::ROOT),
        keep: None,
        fanned: false,
        in_array: false,
    };
    scanner.object(start, walk)
}

/// Walks what of a record was deferred, as far as it is wanted.
pub(in crate::engine) fn descend(
    trie: &Trie,
    wrapper: Slot,
    bytes: &[u8],
    projection: &mut Projection,
    wanted: Wanted,
) -> Result<(), Unclear> {
    for number in 0..projection.deferred.len() {
        let deferred = projection.deferred[number];
        if !wanted.has(deferred.part) {
            continue;
        }
        projection.passed_over -= (deferred.end - deferred.start) as u64;
        let slot = projection.slots[deferred.place.index()];
        let mut scanner = Scanner {
            trie,
            wrapper,
            bytes,
            depth: 1,
            projection,
        };
        let byte = *bytes.get(deferred.start).ok_or(Unclear)?;
        let walk = scanner.of_member(deferred.place, slot, false);
        scanner.value(deferred.start, byte, walk)?;
    }
    Ok(())
}

/// Positions are handed over and given back, so that they stay in registers.
struct Scanner<'p> {
    trie: &'p Trie,
    wrapper: Slot,
    bytes: &'p [u8],
    depth: u32,
    projection: &'p mut Projection,
}

/// A value on its way.
#[derive(Clone, Copy)]
struct Walk {
    /// The place in the tree, if it is in it.
    at: Option<NodeId>,
    keep: Option<Keep>,
    fanned: bool,
    /// Whether it is an element: of an array in an array nothing is asked.
    in_array: bool,
}

/// The next byte that is no white space, and where it stands.
#[inline(always)]
fn peek(bytes: &[u8], mut at: usize) -> Result<(usize, u8), Unclear> {
    loop {
        let byte = *bytes.get(at).ok_or(Unclear)?;
        if byte > b' ' {
            return Ok((at, byte));
        }
        if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            return Err(Unclear);
        }
        at += 1;
    }
}

/// Where the string ends that begins with the quote at `at`, and whether it has
/// escapes.
#[inline(always)]
fn closing_quote(bytes: &[u8], at: usize) -> Result<(usize, bool), Unclear> {
    let stop = string_stop(bytes, at + 1).ok_or(Unclear)?;
    if bytes[stop] == b'"' {
        return Ok((stop, false));
    }
    closing_quote_after(bytes, stop)
}

/// The same, from a backslash or something wrong on.
#[inline(never)]
fn closing_quote_after(bytes: &[u8], mut stop: usize) -> Result<(usize, bool), Unclear> {
    loop {
        match bytes[stop] {
            b'"' => return Ok((stop, true)),
            b'\\' if *bytes.get(stop + 1).ok_or(Unclear)? >= b' ' => {
                stop = string_stop(bytes, stop + 2).ok_or(Unclear)?;
            }
            _ => return Err(Unclear),
        }
    }
}

impl Scanner<'_> {
    /// The end of the value that begins with a byte.
    fn value(&mut self, at: usize, byte: u8, walk: Walk) -> Result<usize, Unclear> {
        match byte {
            b'"' => self.string(at, walk.keep),
            b'{' => self.object(at, walk),
            b'[' => self.array(at, walk),
            b'-' | b'0'..=b'9' => self.number(at, walk.keep),
            b't' => self.word(at, b"true", Kind::True, walk.keep),
            b'f' => self.word(at, b"false", Kind::False, walk.keep),
            b'n' => self.word(at, b"null", Kind::Null, walk.keep),
            _ => Err(Unclear),
        }
    }

    fn string(&mut self, at: usize, keep: Option<Keep>) -> Result<usize, Unclear> {
        let (end, escapes) = closing_quote(self.bytes, at)?;
        if let Some(keep) = keep {
            let (kind, start, stop) = if escapes {
                self.unescape(at + 1..end)?
            } else {
                (Kind::Text, at as u32 + 1, end as u32)
            };
            self.projection.keep(keep, kind, start, stop);
        }
        Ok(end + 1)
    }

    #[cold]
    fn unescape(&mut self, range: Range<usize>) -> Result<(Kind, u32, u32), Unclear> {
        let into = &mut self.projection.unescaped;
        let start = into.len() as u32;
        unescape(&self.bytes[range], into)?;
        Ok((Kind::Unescaped, start, into.len() as u32))
    }

    fn word(
        &mut self,
        at: usize,
        word: &[u8],
        kind: Kind,
        keep: Option<Keep>,
    ) -> Result<usize, Unclear> {
        if !self.bytes[at..].starts_with(word) {
            return Err(Unclear);
        }
        if let Some(keep) = keep {
            self.projection.keep(keep, kind, 0, 0);
        }
        Ok(at + word.len())
    }

    fn number(&mut self, at: usize, keep: Option<Keep>) -> Result<usize, Unclear> {
        let rest = &self.bytes[at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .ok_or(Unclear)?;
        if let Some(keep) = keep {
            let text = std::str::from_utf8(&rest[..length]).map_err(|_| Unclear)?;
            let number = Number::parse(text).ok_or(Unclear)?;
            self.projection.keep_number(keep, number);
        }
        Ok(at + length)
    }

    fn object(&mut self, start: usize, walk: Walk) -> Result<usize, Unclear> {
        let Some(node) = walk.at.filter(|at| !self.trie.node(*at).is_leaf()) else {
            return self.pass(start, walk.keep, Projection::keep_object);
        };
        self.enter()?;
        let bytes = self.bytes;
        let (mut at, mut next) = peek(bytes, start + 1)?;
        if let Some(keep) = walk.keep {
            self.projection.keep_object(keep, next == b'}');
        }
        if next == b'}' {
            return Ok(self.leave(at));
        }
        let object = self.projection.next_object();
        let nowhere = self.projection.nowhere();
        let mut place = 0;
        loop {
            if next != b'"' {
                return Err(Unclear);
            }
            let order = &self.projection.orders[node.index()];
            let foreseen = order.foresee(&bytes[at + 1..], &mut place);
            let (after, Leads { child, slot }) = match foreseen {
                Some((length, leads)) => (at + 1 + length, leads),
                None => self.key(at, node, &mut place)?,
            };
            if self.projection.meet(object, child) {
                return Err(Unclear);
            }
            (at, next) = peek(bytes, after)?;
            // Most values are strings. Whether one is asked for cannot be
            // foreseen, and to keep it anyway takes less than to ask.
            if next == b'"' {
                let (end, escapes) = closing_quote(bytes, at)?;
                let (mut kind, mut range) = (Kind::Text, (at as u32 + 1, end as u32));
                if escapes && slot != nowhere {
                    let (start, stop);
                    (kind, start, stop) = self.unescape(at + 1..end)?;
                    range = (start, stop);
                }
                self.projection
                    .keep_at(slot, walk.fanned, kind, range.0, range.1);
                at = end + 1;
            } else {
                at = self.member(at, next, Leads { child, slot }, walk.fanned)?;
            }
            (at, next) = peek(bytes, at)?;
            match next {
                b',' => (at, next) = peek(bytes, at + 1)?,
                b'}' => break,
                _ => return Err(Unclear),
            }
        }
        self.projection.orders[node.index()].went_to(place);
        Ok(self.leave(at))
    }

    /// Moves past a key that was not foreseen, and the colon.
    #[inline(never)]
    fn key(
        &mut self,
        at: usize,
        node: NodeId,
        place: &mut usize,
    ) -> Result<(usize, Leads), Unclear> {
        let (end, escapes) = closing_quote(self.bytes, at)?;
        let (colon, byte) = peek(self.bytes, end + 1)?;
        if escapes || byte != b':' {
            return Err(Unclear);
        }
        let key = &self.bytes[at + 1..end];
        let child = self.trie.node(node).child(key).unwrap_or(NodeId::ROOT);
        let slot = self.projection.slots[child.index()];
        let leads = Leads { child, slot };
        if node == NodeId::ROOT
            && let Some(list) = List::of_answer(key)
        {
            // Never foreseen, so that every one of them is looked at here.
            return self.no_list(list, colon + 1).map(|()| (colon + 1, leads));
        }
        self.projection.orders[node.index()].learn(key, leads, place);
        Ok((colon + 1, leads))
    }

    /// Whether the value of a key that a list of records may have is none, which
    /// is what splitting the object would tell.
    fn no_list(&self, list: List, at: usize) -> Result<(), Unclear> {
        let (at, byte) = peek(self.bytes, at)?;
        let list = byte == b'[' && list.begins(&self.bytes[at + 1..]) != Some(false);
        if list { Err(Unclear) } else { Ok(()) }
    }

    /// Moves past the value of a member, which begins with a byte.
    fn member(
        &mut self,
        at: usize,
        byte: u8,
        Leads { child, slot }: Leads,
        fanned: bool,
    ) -> Result<usize, Unclear> {
        if slot == self.wrapper && byte == b'[' {
            return Err(Unclear);
        }
        if let Some(part) = self.projection.parts[child.index()]
            && matches!(byte, b'{' | b'[')
        {
            let end = self.pass(at, None, Projection::keep_object)?;
            self.projection.deferred.push(Deferred {
                part,
                place: child,
                start: at,
                end,
            });
            return Ok(end);
        }
        let walk = self.of_member(child, slot, fanned);
        self.value(at, byte, walk)
    }

    fn of_member(&self, child: NodeId, slot: Slot, fanned: bool) -> Walk {
        let kept = slot != self.projection.nowhere();
        Walk {
            at: Some(child).filter(|child| *child != NodeId::ROOT),
            keep: kept.then_some(Keep::Slot { slot, fanned }),
            fanned,
            in_array: false,
        }
    }

    fn array(&mut self, start: usize, walk: Walk) -> Result<usize, Unclear> {
        // Of an array in an array neither elements nor what is in them is kept.
        let kept = match walk.keep {
            Some(Keep::Slot { .. }) => true,
            Some(Keep::Element { .. }) | None => false,
        };
        let inside = walk
            .at
            .filter(|at| !walk.in_array && !self.trie.node(*at).is_leaf());
        if !kept && inside.is_none() {
            return self.pass(start, walk.keep, |projection, keep, _| {
                projection.keep_array(keep)
            });
        }
        let array = walk.keep.map(|keep| self.projection.keep_array(keep));
        self.enter()?;
        let (mut at, mut next) = peek(self.bytes, start + 1)?;
        if next == b']' {
            return Ok(self.leave(at));
        }
        let element = Walk {
            at: inside,
            keep: array.filter(|_| kept).map(|array| Keep::Element { array }),
            fanned: true,
            in_array: true,
        };
        loop {
            at = self.value(at, next, element)?;
            (at, next) = peek(self.bytes, at)?;
            match next {
                b',' => (at, next) = peek(self.bytes, at + 1)?,
                b']' => return Ok(self.leave(at)),
                _ => return Err(Unclear),
            }
        }
    }

    /// Moves past an object or array that is not looked into.
    fn pass(
        &mut self,
        start: usize,
        keep: Option<Keep>,
        kept: fn(&mut Projection, Keep, bool) -> u32,
    ) -> Result<usize, Unclear> {
        let end = skip::container(self.projection.lanes, self.bytes, start, self.depth)?;
        self.projection.passed_over += (end - start) as u64;
        if let Some(keep) = keep {
            let mut inside = self.bytes[start + 1..end - 1].iter();
            let empty = inside.all(u8::is_ascii_whitespace);
            kept(self.projection, keep, empty);
        }
        Ok(end)
    }

    fn enter(&mut self) -> Result<(), Unclear> {
        self.depth += 1;
        if self.depth > skip::DEEPEST {
            return Err(Unclear);
        }
        Ok(())
    }

    /// Past the closing bracket.
    fn leave(&mut self, at: usize) -> usize {
        self.depth -= 1;
        at + 1
    }
}

/// Adds what a string with escapes says, as JSON reads them.
fn unescape(mut bytes: &[u8], into: &mut String) -> Result<(), Unclear> {
    loop {
        let plain = memchr::memchr(b'\\', bytes).unwrap_or(bytes.len());
        let (text, rest) = bytes.split_at(plain);
        into.push_str(std::str::from_utf8(text).map_err(|_| Unclear)?);
        let Some((escape, rest)) = rest.get(1..).and_then(<[u8]>::split_first) else {
            return Ok(());
        };
        bytes = rest;
        into.push(match escape {
            b'"' | b'\\' | b'/' => char::from(*escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = unit(&mut bytes)?;
                let second = match first {
                    0xd800..0xdc00 => {
                        bytes = bytes.strip_prefix(b"\\u").ok_or(Unclear)?;
                        Some(unit(&mut bytes)?)
                    }
                    _ => None,
                };
                let units = [Some(first), second].into_iter().flatten();
                let mut decoded = char::decode_utf16(units);
                match (decoded.next(), decoded.next()) {
                    (Some(Ok(character)), None) => character,
                    _ => return Err(Unclear),
                }
            }
            _ => return Err(Unclear),
        });
    }
}

/// Four hexadecimal digits.
fn unit(bytes: &mut &[u8]) -> Result<u16, Unclear> {
    let (digits, rest) = bytes.split_first_chunk::<4>().ok_or(Unclear)?;
    *bytes = rest;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16).ok_or(Unclear)?;
        Ok(unit << 4 | digit as u16)
    })
}
