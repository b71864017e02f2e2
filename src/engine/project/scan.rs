//! Projection by an own scanner: a walk over the bytes that checks what it
//! keeps as serde_json would, and of what it passes over the framing.

use super::block::string_stop;
use super::{Keep, Leaf, NONE, Projection, Range, Unclear, skip};
use crate::compile::{NodeId, Slot, Trie};
use crate::rule::value::Number;

/// Projects the record at the start of some bytes and says where it ends.
///
/// What is kept is not UTF-8 for certain: the caller checks the record as a
/// whole. `wrapper` is the slot that an array in makes the object no record.
pub(in crate::engine) fn project_prefix(
    trie: &Trie,
    wrapper: Slot,
    bytes: &[u8],
    projection: &mut Projection,
) -> Result<usize, Unclear> {
    projection.begin();
    // Positions are kept in 32 bits; no record that is read is as long.
    let bytes = &bytes[..bytes.len().min(u32::MAX as usize)];
    let mut scanner = Scanner {
        trie,
        wrapper,
        bytes,
        at: 0,
        depth: 0,
        projection,
    };
    if scanner.peek()? != b'{' {
        return Err(Unclear);
    }
    let walk = Walk {
        at: Some(NodeId::ROOT),
        keep: None,
        fanned: false,
        in_array: false,
    };
    scanner.value(walk)?;
    Ok(scanner.at)
}

struct Scanner<'p> {
    trie: &'p Trie,
    wrapper: Slot,
    bytes: &'p [u8],
    at: usize,
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

impl Scanner<'_> {
    #[inline]
    fn byte(&self) -> Result<u8, Unclear> {
        self.bytes.get(self.at).copied().ok_or(Unclear)
    }

    /// The next byte that is no white space.
    #[inline]
    fn peek(&mut self) -> Result<u8, Unclear> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    fn value(&mut self, walk: Walk) -> Result<(), Unclear> {
        let byte = self.byte()?;
        // Most values are strings, and a branch is foreseen better than a table.
        if byte == b'"' {
            return self.string(walk.keep);
        }
        match byte {
            b'{' => self.object(walk),
            b'[' => self.array(walk),
            b'-' | b'0'..=b'9' => self.number(walk.keep),
            b't' => self.word(b"true", Leaf::Bool(true), walk.keep),
            b'f' => self.word(b"false", Leaf::Bool(false), walk.keep),
            b'n' => self.word(b"null", Leaf::Null, walk.keep),
            _ => Err(Unclear),
        }
    }

    fn keep(&mut self, keep: Option<Keep>, leaf: Leaf) {
        if let Some(keep) = keep {
            self.projection.keep(keep, leaf);
        }
    }

    /// Moves past a string; whether it has escapes. Its quotes are left out of
    /// the range.
    #[inline]
    fn quoted(&mut self) -> Result<(std::ops::Range<usize>, bool), Unclear> {
        let start = self.at + 1;
        let mut from = start;
        let mut escapes = false;
        loop {
            let stop = string_stop(self.bytes, from).ok_or(Unclear)?;
            match self.bytes[stop] {
                b'"' => {
                    self.at = stop + 1;
                    return Ok((start..stop, escapes));
                }
                b'\\' => {
                    escapes = true;
                    if *self.bytes.get(stop + 1).ok_or(Unclear)? < 0x20 {
                        return Err(Unclear);
                    }
                    from = stop + 2;
                }
                _ => return Err(Unclear),
            }
        }
    }

    fn string(&mut self, keep: Option<Keep>) -> Result<(), Unclear> {
        let (range, escapes) = self.quoted()?;
        let Some(keep) = keep else { return Ok(()) };
        let range = if escapes {
            let start = self.projection.unescaped.len() as u32;
            unescape(&self.bytes[range], &mut self.projection.unescaped)?;
            Range {
                start,
                end: self.projection.unescaped.len() as u32,
                unescaped: true,
            }
        } else {
            Range {
                start: range.start as u32,
                end: range.end as u32,
                unescaped: false,
            }
        };
        self.projection.keep(keep, Leaf::Text(range));
        Ok(())
    }

    fn word(&mut self, word: &[u8], leaf: Leaf, keep: Option<Keep>) -> Result<(), Unclear> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(Unclear);
        }
        self.at += word.len();
        self.keep(keep, leaf);
        Ok(())
    }

    fn number(&mut self, keep: Option<Keep>) -> Result<(), Unclear> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .ok_or(Unclear)?;
        self.at += length;
        if keep.is_some() {
            let text = std::str::from_utf8(&rest[..length]).map_err(|_| Unclear)?;
            let number = Number::parse(text).ok_or(Unclear)?;
            self.keep(keep, Leaf::Number(number));
        }
        Ok(())
    }

    fn object(&mut self, walk: Walk) -> Result<(), Unclear> {
        let Some(at) = walk.at.filter(|at| !self.trie.node(*at).is_leaf()) else {
            return self.pass(walk.keep, |empty| Leaf::Object { empty });
        };
        self.enter()?;
        let mut next = self.peek()?;
        self.keep(
            walk.keep,
            Leaf::Object {
                empty: next == b'}',
            },
        );
        let object = self.projection.next_object();
        let mut place = 0;
        if next == b'}' {
            return self.leave();
        }
        loop {
            if next != b'"' {
                return Err(Unclear);
            }
            let ahead = self.bytes.get(self.at + 1..).ok_or(Unclear)?;
            let child = match self.projection.orders[at.index()].foresee(ahead, &mut place) {
                Some((length, child)) => {
                    self.at += 1 + length;
                    child
                }
                None => self.key(at, &mut place)?,
            };
            if self.peek()? != b':' {
                return Err(Unclear);
            }
            self.at += 1;
            next = self.peek()?;
            let mut keep = None;
            if let Some(child) = child {
                self.projection.meet(object, child)?;
                let slot = self.trie.node(child).slot;
                if slot == Some(self.wrapper) && next == b'[' {
                    return Err(Unclear);
                }
                keep = slot.map(|slot| Keep::Slot {
                    slot,
                    fanned: walk.fanned,
                });
            }
            self.value(Walk {
                at: child,
                keep,
                fanned: walk.fanned,
                in_array: false,
            })?;
            match self.peek()? {
                b',' => {
                    self.at += 1;
                    next = self.peek()?;
                }
                b'}' => return self.leave(),
                _ => return Err(Unclear),
            }
        }
    }

    /// Moves past a key that was not foreseen.
    fn key(&mut self, at: NodeId, place: &mut usize) -> Result<Option<NodeId>, Unclear> {
        let (key, escapes) = self.quoted()?;
        if escapes {
            return Err(Unclear);
        }
        let child = self.trie.node(at).child(&self.bytes[key.clone()]);
        // With its closing quote.
        let key = &self.bytes[key.start..key.end + 1];
        self.projection.orders[at.index()].learn(key, child, place);
        Ok(child)
    }

    fn array(&mut self, walk: Walk) -> Result<(), Unclear> {
        // Of an array in an array neither elements nor what is in them is kept.
        let kept = match walk.keep {
            Some(Keep::Slot { .. }) => true,
            Some(Keep::Element { .. }) | None => false,
        };
        let inside = walk
            .at
            .filter(|at| !walk.in_array && !self.trie.node(*at).is_leaf());
        if !kept && inside.is_none() {
            let leaf = |_| Leaf::Array {
                last: NONE,
                length: 0,
            };
            return self.pass(walk.keep, leaf);
        }
        let array = walk.keep.map(|keep| {
            let leaf = Leaf::Array {
                last: NONE,
                length: 0,
            };
            self.projection.keep(keep, leaf)
        });
        self.enter()?;
        if self.peek()? == b']' {
            return self.leave();
        }
        loop {
            self.value(Walk {
                at: inside,
                keep: array.filter(|_| kept).map(|array| Keep::Element { array }),
                fanned: true,
                in_array: true,
            })?;
            match self.peek()? {
                b',' => {
                    self.at += 1;
                    self.peek()?;
                }
                b']' => return self.leave(),
                _ => return Err(Unclear),
            }
        }
    }

    /// Moves past an object or array that is not looked into.
    fn pass(&mut self, keep: Option<Keep>, leaf: fn(bool) -> Leaf) -> Result<(), Unclear> {
        let start = self.at;
        self.at = skip::container(self.bytes, start, self.depth)?;
        self.projection.passed_over += (self.at - start) as u64;
        if keep.is_some() {
            let mut inside = self.bytes[start + 1..self.at - 1].iter();
            let empty = inside.all(u8::is_ascii_whitespace);
            self.keep(keep, leaf(empty));
        }
        Ok(())
    }

    fn enter(&mut self) -> Result<(), Unclear> {
        self.at += 1;
        self.depth += 1;
        if self.depth > skip::DEEPEST {
            return Err(Unclear);
        }
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps)]
    fn leave(&mut self) -> Result<(), Unclear> {
        self.at += 1;
        self.depth -= 1;
        Ok(())
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
