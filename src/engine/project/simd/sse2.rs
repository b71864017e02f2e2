//! The ends of strings by SSE2, which every x86-64 has: Rust's targets of that
//! architecture have it enabled, so that this is in line where it is used.

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
    _mm_set1_epi8,
};

use super::words;

/// Bytes taken at once.
const LANE: usize = 16;

/// The quotes, backslashes and control characters.
#[inline]
#[target_feature(enable = "sse2")]
fn stops(bytes: &[u8; LANE]) -> u64 {
    // SAFETY: there are as many bytes as are loaded, and none need be aligned.
    let lane: __m128i = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
    let byte = |byte: u8| _mm_set1_epi8(byte as i8);
    let equal = |wanted| _mm_cmpeq_epi8(lane, byte(wanted));
    let controls = _mm_cmpeq_epi8(_mm_min_epu8(lane, byte(0x1f)), lane);
    let ends = _mm_or_si128(equal(b'"'), equal(b'\\'));
    u64::from(_mm_movemask_epi8(_mm_or_si128(ends, controls)) as u32)
}

/// Bytes that are looked at without a branch between them: where strings end
/// is hard to foresee, and most are shorter.
const STRETCH: usize = 2 * LANE;

#[inline]
#[target_feature(enable = "sse2")]
fn stops_in(stretch: &[u8; STRETCH]) -> u64 {
    match stretch.as_chunks::<LANE>() {
        ([first, second], _) => stops(first) | stops(second) << LANE,
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
    words::string_stop(bytes, at)
}
