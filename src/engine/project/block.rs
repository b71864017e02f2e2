//! Looking at many bytes at a time: on x86-64 by SSE2, elsewhere byte by byte
//! and by words of eight. Both say the same.
//!
//! This is the only unsafe code there is. The intrinsics compare registers and
//! touch no memory; what makes calling them unsafe is that the processor must
//! have SSE2, and x86-64 includes it: Rust's targets of that architecture have
//! it enabled, which the compiler checks below.

#![allow(unsafe_code)]

/// Bytes in a block.
pub(super) const BLOCK: usize = 64;

/// What stands where in a block, a bit for each byte, the first byte lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    /// Below 0x20: may not stand in strings.
    pub(super) controls: u64,
    /// `{`, `}`, `[`, `]`.
    pub(super) brackets: u64,
    /// Brackets, commas, colons and white space: what may stand beside a string.
    pub(super) neighbours: u64,
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline]
pub(super) fn marks(block: &[u8; BLOCK]) -> Marks {
    // SAFETY: SSE2 is enabled for this target.
    unsafe { sse2::marks(block) }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
pub(super) fn string_stop(bytes: &[u8], at: usize) -> Option<usize> {
    // SAFETY: SSE2 is enabled for this target.
    unsafe { sse2::string_stop(bytes, at) }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
pub(super) use plain::{marks, string_stop};

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };

    use super::{BLOCK, Marks};

    /// Bytes taken at once.
    const LANE: usize = 16;

    #[inline]
    #[target_feature(enable = "sse2")]
    fn load(bytes: &[u8; LANE]) -> __m128i {
        let (low, high) = bytes.split_at(LANE / 2);
        let word = |half: &[u8]| {
            let mut word = [0; LANE / 2];
            word.copy_from_slice(half);
            i64::from_le_bytes(word)
        };
        _mm_set_epi64x(word(high), word(low))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn equal(lane: __m128i, byte: u8) -> __m128i {
        _mm_cmpeq_epi8(lane, _mm_set1_epi8(byte as i8))
    }

    /// Bytes up to and including `byte`.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn at_most(lane: __m128i, byte: u8) -> __m128i {
        _mm_cmpeq_epi8(_mm_min_epu8(lane, _mm_set1_epi8(byte as i8)), lane)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn mask(lane: __m128i) -> u64 {
        u64::from(_mm_movemask_epi8(lane) as u32)
    }

    /// What stands where in a block.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn marks(block: &[u8; BLOCK]) -> Marks {
        let mut marks = Marks {
            quotes: 0,
            backslashes: 0,
            controls: 0,
            brackets: 0,
            neighbours: 0,
        };
        let (lanes, _) = block.as_chunks::<LANE>();
        for (number, bytes) in lanes.iter().enumerate() {
            let lane = load(bytes);
            // `[` and `]` differ from `{` and `}` in this bit alone; the bytes
            // that it also takes to them, 0x5b and 0x5d, are those very two.
            let folded = _mm_or_si128(lane, _mm_set1_epi8(0x20));
            let brackets = _mm_or_si128(equal(folded, b'{'), equal(folded, b'}'));
            let separators = _mm_or_si128(equal(lane, b','), equal(lane, b':'));
            let neighbours = _mm_or_si128(_mm_or_si128(brackets, separators), at_most(lane, b' '));
            let shift = number * LANE;
            marks.quotes |= mask(equal(lane, b'"')) << shift;
            marks.backslashes |= mask(equal(lane, b'\\')) << shift;
            marks.controls |= mask(at_most(lane, 0x1f)) << shift;
            marks.brackets |= mask(brackets) << shift;
            marks.neighbours |= mask(neighbours) << shift;
        }
        marks
    }

    /// The quotes, backslashes and control characters.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn stops(lane: __m128i) -> u64 {
        mask(_mm_or_si128(
            _mm_or_si128(equal(lane, b'"'), equal(lane, b'\\')),
            at_most(lane, 0x1f),
        ))
    }

    /// Bytes that are looked at without a branch between them: where strings end
    /// is hard to foresee, and most are shorter.
    const STRETCH: usize = 2 * LANE;

    /// The quotes, backslashes and control characters.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn stops_in(stretch: &[u8; STRETCH]) -> u64 {
        match stretch.as_chunks::<LANE>() {
            ([first, second], _) => stops(load(first)) | stops(load(second)) << LANE,
            _ => 0,
        }
    }

    /// Index of the first quote, backslash or control character from `at` on.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn string_stop(bytes: &[u8], at: usize) -> Option<usize> {
        if let Some(stretch) = bytes.get(at..)?.first_chunk() {
            let stops = stops_in(stretch);
            if stops != 0 {
                return Some(at + stops.trailing_zeros() as usize);
            }
        }
        string_stop_further(bytes, at)
    }

    #[inline(never)]
    #[target_feature(enable = "sse2")]
    fn string_stop_further(bytes: &[u8], mut at: usize) -> Option<usize> {
        while let Some(stretch) = bytes.get(at..)?.first_chunk() {
            let stops = stops_in(stretch);
            if stops != 0 {
                return Some(at + stops.trailing_zeros() as usize);
            }
            at += STRETCH;
        }
        super::plain::string_stop_by_bytes(bytes, at)
    }
}

/// Without instructions of any one processor.
#[cfg_attr(all(target_arch = "x86_64", target_feature = "sse2"), allow(dead_code))]
mod plain {
    use super::{BLOCK, Marks};

    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;

    /// What stands where in a block.
    pub(in super::super) fn marks(block: &[u8; BLOCK]) -> Marks {
        let mark = |is: fn(u8) -> bool| {
            let bits = block.iter().enumerate();
            bits.fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
        };
        Marks {
            quotes: mark(|byte| byte == b'"'),
            backslashes: mark(|byte| byte == b'\\'),
            controls: mark(|byte| byte < 0x20),
            brackets: mark(|byte| matches!(byte, b'{' | b'}' | b'[' | b']')),
            neighbours: mark(|byte| {
                byte <= b' ' || matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
            }),
        }
    }

    /// Index of the first quote, backslash or control character from `at` on.
    pub(in super::super) fn string_stop(bytes: &[u8], mut at: usize) -> Option<usize> {
        while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*word);
            // The lowest byte that a borrow comes from is a true hit.
            let zero = |word: u64| word.wrapping_sub(ONES) & !word;
            let stops = zero(word ^ (ONES * u64::from(b'"')))
                | zero(word ^ (ONES * u64::from(b'\\')))
                | (word.wrapping_sub(ONES * 0x20) & !word);
            let stops = stops & HIGH;
            if stops != 0 {
                return Some(at + stops.trailing_zeros() as usize / 8);
            }
            at += 8;
        }
        string_stop_by_bytes(bytes, at)
    }

    pub(super) fn string_stop_by_bytes(bytes: &[u8], at: usize) -> Option<usize> {
        let rest = bytes.get(at..)?;
        let stop = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        stop.map(|stop| at + stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_are_marked_alike(block in prop::array::uniform32(any::<u8>()), more in "[ -~\"\\\\{}\\[\\],:\n]{32}") {
            let mut bytes = [0; BLOCK];
            bytes[..32].copy_from_slice(&block);
            bytes[32..].copy_from_slice(more.as_bytes());
            prop_assert_eq!(marks(&bytes), plain::marks(&bytes));
        }

        #[test]
        fn strings_stop_alike(bytes in prop::collection::vec(prop_oneof![9 => 0x20_u8..=255, 1 => any::<u8>()], 0..80), at in 0_usize..90) {
            let expected = plain::string_stop_by_bytes(&bytes, at);
            prop_assert_eq!(string_stop(&bytes, at), expected);
            prop_assert_eq!(plain::string_stop(&bytes, at), expected);
        }
    }
}
