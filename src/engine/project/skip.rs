//! Getting past an object or array that nobody asks for, a block at a time.
//!
//! Checked are strings (no control characters, nothing glued to their quotes),
//! the kinds of brackets and the depth: enough to know where the value ends, and
//! to notice a lost quote before it hides a record.

use super::Unclear;
use super::simd::{BLOCK, Blocks, Lanes, Marks, Work};

/// Levels that may be open within a record, as in [`crate::shape::parse`].
pub(super) const DEEPEST: u32 = 127;

/// The brackets that are open, the innermost lowest; a bit is set for objects.
#[derive(Debug, Clone, Copy)]
struct Open {
    objects: u128,
    depth: u32,
}

/// Where the object or array ends that begins at `start`; `depth` levels are
/// open around it.
pub(super) fn container(
    lanes: Lanes,
    bytes: &[u8],
    start: usize,
    depth: u32,
) -> Result<usize, Unclear> {
    lanes.run(Container {
        bytes,
        start,
        depth,
    })
}

struct Container<'b> {
    bytes: &'b [u8],
    start: usize,
    depth: u32,
}

impl Work for Container<'_> {
    type Output = Result<usize, Unclear>;

    #[inline(always)]
    fn run(self, blocks: impl Blocks) -> Result<usize, Unclear> {
        let mut open = Open {
            objects: 0,
            depth: self.depth,
        };
        let mut strings = Strings::default();
        let mut at = self.start;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let padded;
            let block = match rest.first_chunk::<BLOCK>() {
                Some(block) => block,
                None if rest.is_empty() => return Err(Unclear),
                None => {
                    let mut copy = [b' '; BLOCK];
                    copy[..rest.len()].copy_from_slice(rest);
                    padded = copy;
                    &padded
                }
            };
            let mut brackets = strings.brackets(blocks.marks(block), blocks);
            while brackets != 0 {
                let index = brackets.trailing_zeros() as usize;
                brackets &= brackets - 1;
                open.bracket(block[index])?;
                if open.depth == self.depth {
                    let sound = strings.settled_before(index);
                    return if sound {
                        Ok(at + index + 1)
                    } else {
                        Err(Unclear)
                    };
                }
            }
            strings.settle()?;
            at += BLOCK;
        }
    }
}

impl Open {
    #[inline(always)]
    fn bracket(&mut self, byte: u8) -> Result<(), Unclear> {
        // Bit 1 tells opening (0x5b, 0x7b) from closing (0x5d, 0x7d), bit 5
        // objects from arrays.
        let object = u128::from(byte >> 5 & 1);
        if byte & 2 != 0 {
            self.objects = self.objects << 1 | object;
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(Unclear);
            }
        } else {
            if self.objects & 1 != object {
                return Err(Unclear);
            }
            self.objects >>= 1;
            self.depth -= 1;
        }
        Ok(())
    }
}

/// Strings over block boundaries.
#[derive(Debug, Default)]
struct Strings {
    /// All ones while in a string.
    inside: u64,
    /// Whether the next byte is escaped.
    escaped: bool,
    /// Whether the byte before was the end of a string, and whether something
    /// stood there that a string may not be glued to.
    ended: bool,
    glued: bool,
    /// Where in the block something is wrong.
    wrong: u64,
}

impl Strings {
    /// The brackets of the next block that are in no string.
    #[inline(always)]
    fn brackets(&mut self, marks: Marks, blocks: impl Blocks) -> u64 {
        let escaped = if marks.backslashes == 0 && !self.escaped {
            0
        } else {
            self.escapes(marks.backslashes)
        };
        let quotes = marks.quotes & !escaped;
        let inside = blocks.ones_between(quotes) ^ self.inside;
        // Opening quotes are inside, closing quotes are not.
        let opening = quotes & inside;
        let closing = quotes & !inside;
        let apart = marks.neighbours & !inside;
        let before = !apart << 1 | u64::from(self.glued);
        let after = closing << 1 | u64::from(self.ended);
        self.wrong = (marks.controls & inside)
            | (marks.backslashes & !inside)
            | (opening & before)
            | (after & !apart);
        self.inside = ((inside as i64) >> 63) as u64;
        self.ended = closing >> 63 == 1;
        self.glued = (apart >> 63 == 0) && !self.ended;
        marks.brackets & !inside
    }

    /// Whether nothing is wrong in the block.
    fn settle(&self) -> Result<(), Unclear> {
        if self.wrong == 0 {
            Ok(())
        } else {
            Err(Unclear)
        }
    }

    /// Whether nothing is wrong in it up to an index.
    fn settled_before(&self, index: usize) -> bool {
        self.wrong & ((1 << index) - 1) == 0
    }

    /// The bytes that a backslash escapes.
    #[inline(never)]
    fn escapes(&mut self, backslashes: u64) -> u64 {
        let mut escaped = 0;
        let mut at = 0;
        if self.escaped {
            escaped = 1;
            at = 1;
            self.escaped = false;
        }
        loop {
            let left = if at < 64 { backslashes >> at << at } else { 0 };
            if left == 0 {
                return escaped;
            }
            let index = left.trailing_zeros();
            if index == 63 {
                self.escaped = true;
                return escaped;
            }
            escaped |= 1 << (index + 1);
            at = index + 2;
        }
    }
}
