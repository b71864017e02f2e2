//! Projection by an own scanner: a walk over the bytes that checks what it
//! keeps as serde_json would, and of what it passes over the framing.

use std::ops::Range;

use super::simd::string_stop;
use super::skip;
use super::{Keep, Kind, Projection, Unclear};
use crate::compile::{NodeId, Slot, Trie};
use crate::rule::value::Number;

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
        wrapper: projection.places[wrapper.index()],
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
    let end = scanner.object(start, walk)?;
    projection.fetch_next(bytes, start, end);
    Ok(end)
}

/// Positions are handed over and given back, so that they stay in registers.
pub(super) struct Scanner<'p> {
    pub(super) trie: &'p Trie,
    pub(super) wrapper: NodeId,
    pub(super) bytes: &'p [u8],
    pub(super) depth: u32,
    pub(super) projection: &'p mut Projection,
}

/// A value on its way.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    /// The place in the tree, if it is in it.
    at: Option<NodeId>,
    pub(super) keep: Option<Keep>,
    fanned: bool,
    /// Whether it is an element: of an array in an array nothing is asked.
    in_array: bool,
}

impl Walk {
    /// The value of a key that leads to a place; to the root where it is in no path.
    pub(super) fn of_member(place: NodeId, object: u32, fanned: bool) -> Walk {
        let known = place != NodeId::ROOT;
        Walk {
            at: known.then_some(place),
            keep: known.then_some(Keep::Place {
                place,
                object,
                fanned,
            }),
            fanned,
            in_array: false,
        }
    }
}

/// The next byte that is no white space, and where it stands.
#[inline(always)]
pub(super) fn peek(bytes: &[u8], mut at: usize) -> Result<(usize, u8), Unclear> {
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
pub(super) fn closing_quote(bytes: &[u8], at: usize) -> Result<(usize, bool), Unclear> {
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
    pub(super) fn value(&mut self, at: usize, byte: u8, walk: Walk) -> Result<usize, Unclear> {
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

    /// Whether somebody asks for what is kept, or only its key must not come again.
    fn asks(&self, keep: Keep) -> bool {
        match keep {
            Keep::Place { place, .. } => self.trie.node(place).slot.is_some(),
            Keep::Element => true,
        }
    }

    fn string(&mut self, at: usize, keep: Option<Keep>) -> Result<usize, Unclear> {
        let (end, escapes) = closing_quote(self.bytes, at)?;
        if let Some(keep) = keep {
            let (kind, start, stop) = if escapes && self.asks(keep) {
                self.unescape(at + 1..end)?
            } else {
                (Kind::Text, at as u32 + 1, end as u32)
            };
            self.projection.keep(keep, kind, start, stop)?;
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
            self.projection.keep(keep, kind, 0, 0)?;
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
            if !self.asks(keep) {
                self.projection.keep(keep, Kind::Null, 0, 0)?;
                return Ok(at + length);
            }
            let text = std::str::from_utf8(&rest[..length]).map_err(|_| Unclear)?;
            let number = Number::parse(text).ok_or(Unclear)?;
            self.projection.keep_number(keep, number)?;
        }
        Ok(at + length)
    }

    fn object(&mut self, start: usize, walk: Walk) -> Result<usize, Unclear> {
        let Some(node) = walk.at.filter(|at| !self.trie.node(*at).is_leaf()) else {
            return self.pass(start, walk.keep, Projection::keep_object);
        };
        self.enter()?;
        let bytes = self.bytes;
        let (mut at, next) = peek(bytes, start + 1)?;
        if let Some(keep) = walk.keep {
            self.projection.keep_object(keep, next == b'}')?;
        }
        at = match next {
            b'}' => at,
            b'"' => self.members(at, node, walk.fanned)?,
            _ => return Err(Unclear),
        };
        Ok(self.leave(at))
    }

    fn array(&mut self, start: usize, walk: Walk) -> Result<usize, Unclear> {
        // Of an array in an array neither elements nor what is in them is kept.
        let place = match walk.keep {
            Some(Keep::Place { place, .. }) => Some(place),
            Some(Keep::Element) | None => None,
        };
        // Elements are kept where somebody asks for them, not for what is below.
        let place = place.filter(|place| self.trie.node(*place).slot.is_some());
        let inside = walk
            .at
            .filter(|at| !walk.in_array && !self.trie.node(*at).is_leaf());
        if place.is_none() && inside.is_none() {
            return self.pass(start, walk.keep, |projection, keep, _| {
                projection.keep_array(keep)
            });
        }
        if let Some(keep) = walk.keep {
            self.projection.keep_array(keep)?;
        }
        self.enter()?;
        let (mut at, mut next) = peek(self.bytes, start + 1)?;
        if next == b']' {
            return Ok(self.leave(at));
        }
        let element = Walk {
            at: inside,
            keep: place.map(|_| Keep::Element),
            fanned: true,
            in_array: true,
        };
        let around = self.projection.begin_elements();
        loop {
            at = self.value(at, next, element)?;
            (at, next) = peek(self.bytes, at)?;
            match next {
                b',' => (at, next) = peek(self.bytes, at + 1)?,
                b']' => break,
                _ => return Err(Unclear),
            }
        }
        self.projection.end_elements(place, around);
        Ok(self.leave(at))
    }

    /// Moves past an object or array that is not looked into.
    pub(super) fn pass(
        &mut self,
        start: usize,
        keep: Option<Keep>,
        kept: fn(&mut Projection, Keep, bool) -> Result<(), Unclear>,
    ) -> Result<usize, Unclear> {
        let end = skip::container(self.projection.lanes, self.bytes, start, self.depth)?;
        self.projection.passed_over += (end - start) as u64;
        if let Some(keep) = keep {
            let mut inside = self.bytes[start + 1..end - 1].iter();
            let empty = inside.all(u8::is_ascii_whitespace);
            kept(self.projection, keep, empty)?;
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
