//! Without instructions of any one processor: by words of eight bytes.

use super::{BLOCK, Blocks, LANE, Marks};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

#[derive(Debug, Clone, Copy)]
pub(super) struct Words;

impl Blocks for Words {
    fn marks(self, block: &[u8; BLOCK]) -> Marks {
        let mut marks = Marks::default();
        let (words, _) = block.as_chunks::<8>();
        for (number, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let folded = word | (ONES * 0x20);
            let brackets = equal(folded, b'{') | equal(folded, b'}');
            let separators = equal(word, b',') | equal(word, b':');
            let shift = number * 8;
            marks.quotes |= mask(equal(word, b'"')) << shift;
            marks.backslashes |= mask(equal(word, b'\\')) << shift;
            marks.controls |= mask(below(word, 0x20)) << shift;
            marks.brackets |= mask(brackets) << shift;
            marks.neighbours |= mask(brackets | separators | below(word, 0x21)) << shift;
        }
        marks
    }

    fn ones_between(self, bits: u64) -> u64 {
        let mut ones = bits;
        for shift in [1, 2, 4, 8, 16, 32] {
            ones ^= ones << shift;
        }
        ones
    }

    fn same(self, one: &[u8; LANE], other: &[u8; LANE]) -> u32 {
        let both = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
        let masks = both.map(|(one, other)| {
            let other = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
            mask(equal(other, 0)) as u32
        });
        let words = masks.zip([0, 8, 16, 24]);
        words.fold(0, |same, (mask, shift)| same | mask << shift)
    }

    fn stop(self, block: &[u8; BLOCK]) -> usize {
        string_stop(block, 0).unwrap_or(BLOCK)
    }
}

/// The high bit of each byte that is `byte`.
fn equal(word: u64, byte: u8) -> u64 {
    let other = word ^ (ONES * u64::from(byte));
    // No carry leaves a byte: it is zero, or its high bit is set.
    !(((other & !HIGH) + !HIGH) | other | !HIGH)
}

/// The high bit of each byte that is less than `byte`, itself at most 0x80.
fn below(word: u64, byte: u8) -> u64 {
    let reached = (word & !HIGH) + ONES * (0x80 - u64::from(byte));
    !(reached | word) & HIGH
}

/// The high bits of the bytes, side by side.
fn mask(high: u64) -> u64 {
    (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Index of the first quote, backslash or control character from `at` on.
pub(super) fn string_stop(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*word);
        let stops = equal(word, b'"') | equal(word, b'\\') | below(word, 0x20);
        if stops != 0 {
            return Some(at + stops.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    let stop = rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    stop.map(|stop| at + stop)
}
