//! Looking at many bytes at a time: on x86-64 by the registers that the processor
//! has, elsewhere by words of eight. All say the same.
//!
//! In come bytes of a record; out comes where a string ends ([`string_stop`]),
//! what stands where in a block ([`Marks`]), and whether it begins with what was
//! foreseen ([`Blocks::same`]). This is the only unsafe code there
//! is. Two things in it are unsafe: calling what needs instructions that not
//! every processor has, which it is asked for before ([`Lanes::best`]); and
//! loading a register from a reference to as many bytes as it holds.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod registers;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2;
#[cfg(test)]
mod tests;
mod words;

#[cfg(target_arch = "x86_64")]
use registers::{Avx2, Avx512};
use words::Words;

/// Bytes in a block.
pub(super) const BLOCK: usize = 64;

/// What stands where in a block, a bit for each byte, the first byte lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    /// Below 0x20: may not stand in strings.
    pub(super) controls: u64,
    /// `{`, `}`, `[`, `]`.
    pub(super) brackets: u64,
    /// Brackets, commas, colons, white space and control characters: what may
    /// stand beside a string.
    pub(super) neighbours: u64,
}

/// Bytes that are compared at once.
pub(super) const LANE: usize = 32;

/// What is done with blocks.
pub(super) trait Blocks: Copy {
    /// What stands where in a block.
    fn marks(self, block: &[u8; BLOCK]) -> Marks;

    /// Ones from each odd set bit up to the next, which is not included.
    fn ones_between(self, bits: u64) -> u64;

    /// Which bytes are the same in both, a bit for each.
    fn same(self, one: &[u8; LANE], other: &[u8; LANE]) -> u32;

    /// How many bytes stand before the first quote, backslash or control character;
    /// as many as there are where there is none.
    fn stop(self, block: &[u8; BLOCK]) -> usize;
}

/// Work on blocks that is compiled once for each kind of [`Lanes`], with its
/// instructions.
pub(super) trait Work {
    type Output;

    /// Marked `#[inline(always)]` by whoever implements it.
    fn run(self, blocks: impl Blocks) -> Self::Output;
}

/// What a processor looks at blocks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lanes {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Words,
}

impl Lanes {
    /// All that this processor has, the fastest first.
    fn all() -> impl Iterator<Item = Lanes> {
        #[cfg(target_arch = "x86_64")]
        let registers = [
            Avx512::detect().map(Lanes::Avx512),
            Avx2::detect().map(Lanes::Avx2),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let registers = [];
        registers.into_iter().flatten().chain([Lanes::Words])
    }

    /// The fastest that this processor has.
    pub(super) fn best() -> Lanes {
        Lanes::all().next().unwrap_or(Lanes::Words)
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx512(avx512) => avx512.run(work),
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2(avx2) => avx2.run(work),
            Lanes::Words => work.run(Words),
        }
    }
}

/// Asks for bytes that are looked at soon, so that they are in the cache by then.
#[inline]
pub(super) fn fetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in bytes.chunks(BLOCK) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has it, and it changes nothing wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

/// Index of the first quote, backslash or control character from `at` on.
#[inline(always)]
pub(super) fn string_stop(bytes: &[u8], at: usize) -> Option<usize> {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    // SAFETY: SSE2 is enabled for this target.
    return unsafe { sse2::string_stop(bytes, at) };
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
    words::string_stop(bytes, at)
}
