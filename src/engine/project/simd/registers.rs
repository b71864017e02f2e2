//! Blocks by the registers of x86-64, of 64 or of 32 bytes.

use std::arch::x86_64::*;

use super::{BLOCK, Blocks, LANE, Marks, Work};

/// Says that the processor has AVX-512 with bytes, and what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Avx512(());

/// Says that the processor has AVX2 and what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Avx2(());

impl Avx512 {
    pub(super) fn detect() -> Option<Avx512> {
        let found = Avx2::detect().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw");
        found.then_some(Avx512(()))
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx512f,avx512bw,avx2,pclmulqdq,bmi1,bmi2,popcnt")]
        fn run<W: Work>(work: W, avx512: Avx512) -> W::Output {
            work.run(avx512)
        }
        // SAFETY: there is an `Avx512` only where the processor has these.
        unsafe { run(work, self) }
    }
}

impl Avx2 {
    pub(super) fn detect() -> Option<Avx2> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt");
        found.then_some(Avx2(()))
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,popcnt")]
        fn run<W: Work>(work: W, avx2: Avx2) -> W::Output {
            work.run(avx2)
        }
        // SAFETY: there is an `Avx2` only where the processor has these.
        unsafe { run(work, self) }
    }
}

// SAFETY, of all calls below: there is an `Avx512` or an `Avx2` only where the
// processor has what is called.

impl Blocks for Avx512 {
    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK]) -> Marks {
        unsafe { marks_512(block) }
    }

    #[inline(always)]
    fn ones_between(self, bits: u64) -> u64 {
        unsafe { ones_between(bits) }
    }

    #[inline(always)]
    fn same(self, one: &[u8; LANE], other: &[u8; LANE]) -> u32 {
        unsafe { same(one, other) }
    }

    #[inline(always)]
    fn stop(self, block: &[u8; BLOCK]) -> usize {
        unsafe { stops(block) }.trailing_zeros() as usize
    }
}

impl Blocks for Avx2 {
    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK]) -> Marks {
        unsafe { marks_256(block) }
    }

    #[inline(always)]
    fn ones_between(self, bits: u64) -> u64 {
        unsafe { ones_between(bits) }
    }

    #[inline(always)]
    fn same(self, one: &[u8; LANE], other: &[u8; LANE]) -> u32 {
        unsafe { same(one, other) }
    }

    #[inline(always)]
    fn stop(self, block: &[u8; BLOCK]) -> usize {
        unsafe { stops(block) }.trailing_zeros() as usize
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn marks_512(block: &[u8; BLOCK]) -> Marks {
    // SAFETY: there are as many bytes as are loaded, and none need be aligned.
    let lane = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    let byte = |byte: u8| _mm512_set1_epi8(byte as i8);
    let equal = |lane, wanted| _mm512_cmpeq_epi8_mask(lane, byte(wanted));
    // `[` and `]` differ from `{` and `}` in this bit alone; the bytes that
    // it also takes to them, 0x5b and 0x5d, are those very two.
    let folded = _mm512_or_si512(lane, byte(0x20));
    let brackets = equal(folded, b'{') | equal(folded, b'}');
    Marks {
        quotes: equal(lane, b'"'),
        backslashes: equal(lane, b'\\'),
        controls: _mm512_cmplt_epu8_mask(lane, byte(b' ')),
        brackets,
        neighbours: brackets
            | equal(lane, b',')
            | equal(lane, b':')
            | _mm512_cmple_epu8_mask(lane, byte(b' ')),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn marks_256(block: &[u8; BLOCK]) -> Marks {
    let mut marks = Marks::default();
    let (lanes, _) = block.as_chunks::<LANE>();
    for (number, bytes) in lanes.iter().enumerate() {
        let lane = load(bytes);
        let byte = |byte: u8| _mm256_set1_epi8(byte as i8);
        let equal = |lane, wanted| _mm256_cmpeq_epi8(lane, byte(wanted));
        let at_most = |most| _mm256_cmpeq_epi8(_mm256_min_epu8(lane, byte(most)), lane);
        let mask = |lane| u64::from(_mm256_movemask_epi8(lane) as u32) << (number * LANE);
        // As above.
        let folded = _mm256_or_si256(lane, byte(0x20));
        let brackets = _mm256_or_si256(equal(folded, b'{'), equal(folded, b'}'));
        let separators = _mm256_or_si256(equal(lane, b','), equal(lane, b':'));
        marks.quotes |= mask(equal(lane, b'"'));
        marks.backslashes |= mask(equal(lane, b'\\'));
        marks.controls |= mask(at_most(0x1f));
        marks.brackets |= mask(brackets);
        marks.neighbours |= mask(_mm256_or_si256(separators, at_most(b' ')));
    }
    marks.neighbours |= marks.brackets;
    marks
}

/// The quotes, backslashes and control characters. What comes next waits for them,
/// and registers of 64 bytes take longer to tell.
#[inline]
#[target_feature(enable = "avx2")]
fn stops(block: &[u8; BLOCK]) -> u64 {
    let mut stops = 0;
    let (lanes, _) = block.as_chunks::<LANE>();
    for (number, bytes) in lanes.iter().enumerate() {
        let lane = load(bytes);
        let byte = |byte: u8| _mm256_set1_epi8(byte as i8);
        let equal = |wanted| _mm256_cmpeq_epi8(lane, byte(wanted));
        let controls = _mm256_cmpeq_epi8(_mm256_min_epu8(lane, byte(0x1f)), lane);
        let ends = _mm256_or_si256(equal(b'"'), equal(b'\\'));
        let mask = _mm256_movemask_epi8(_mm256_or_si256(ends, controls)) as u32;
        stops |= u64::from(mask) << (number * LANE);
    }
    stops
}

#[inline]
#[target_feature(enable = "avx2")]
fn same(one: &[u8; LANE], other: &[u8; LANE]) -> u32 {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(one), load(other))) as u32
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; LANE]) -> __m256i {
    // SAFETY: there are as many bytes as are loaded, and none need be aligned.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// Multiplying by ones without carry sums up the bits below each.
#[inline]
#[target_feature(enable = "pclmulqdq")]
fn ones_between(bits: u64) -> u64 {
    let bits = _mm_cvtsi64_si128(bits as i64);
    let product = _mm_clmulepi64_si128::<0>(bits, _mm_set1_epi8(-1));
    _mm_cvtsi128_si64(product) as u64
}
