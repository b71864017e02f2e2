//! All kinds of registers against bytes, one after another.

use super::*;
use proptest::prelude::*;

type Seen = (Marks, u64, u32, usize);

struct Look<'a>(&'a [u8; BLOCK], u64);

impl Work for Look<'_> {
    type Output = Seen;

    #[inline(always)]
    fn run(self, blocks: impl Blocks) -> Seen {
        let (one, other) = halves(self.0);
        (
            blocks.marks(self.0),
            blocks.ones_between(self.1),
            blocks.same(one, other),
            blocks.stop(self.0),
        )
    }
}

fn halves(block: &[u8; BLOCK]) -> (&[u8; LANE], &[u8; LANE]) {
    let (one, other) = block.split_at(LANE);
    (one.first_chunk().unwrap(), other.first_chunk().unwrap())
}

/// By bytes and bits, one after another.
fn obvious(block: &[u8; BLOCK], bits: u64) -> Seen {
    let mark = |is: fn(u8) -> bool| {
        let bits = block.iter().enumerate();
        bits.fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
    };
    let marks = Marks {
        quotes: mark(|byte| byte == b'"'),
        backslashes: mark(|byte| byte == b'\\'),
        controls: mark(|byte| byte < 0x20),
        brackets: mark(|byte| matches!(byte, b'{' | b'}' | b'[' | b']')),
        neighbours: mark(|byte| {
            byte <= b' ' || matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
        }),
    };
    let ones = (0..64).fold(0, |ones, at| {
        ones | u64::from((bits << (63 - at)).count_ones() % 2) << at
    });
    let (one, other) = halves(block);
    let same = one.iter().zip(other).enumerate();
    let same = same.fold(0, |same, (at, (one, other))| {
        same | u32::from(one == other) << at
    });
    let stop = block
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    (marks, ones, same, stop.unwrap_or(BLOCK))
}

#[test]
fn every_byte_is_marked_alike() {
    for first in (0..=255_u8).step_by(BLOCK) {
        let block = std::array::from_fn(|at| first + at as u8);
        for lanes in Lanes::all() {
            assert_eq!(lanes.run(Look(&block, !0)), obvious(&block, !0));
        }
    }
}

proptest! {
    #[test]
    fn blocks_are_seen_alike(
        some in prop::array::uniform32(any::<u8>()),
        more in "[ -~\"\\\\{}\\[\\],:\n]{32}",
        bits: u64,
    ) {
        let mut block = [0; BLOCK];
        block[..32].copy_from_slice(&some);
        block[32..].copy_from_slice(more.as_bytes());
        for lanes in Lanes::all() {
            prop_assert_eq!(lanes.run(Look(&block, bits)), obvious(&block, bits));
        }
    }

    #[test]
    fn bytes_are_compared_alike(
        some in prop::array::uniform32(0_u8..3),
        more in prop::array::uniform32(0_u8..3),
        stop in any::<u8>(),
        at in 0..BLOCK,
    ) {
        let mut block = [0; BLOCK];
        block[..LANE].copy_from_slice(&some);
        block[LANE..].copy_from_slice(&more);
        block.iter_mut().for_each(|byte| *byte += b'a');
        block[at] = stop;
        for lanes in Lanes::all() {
            prop_assert_eq!(lanes.run(Look(&block, 0)), obvious(&block, 0));
        }
    }

    #[test]
    fn strings_stop_alike(
        bytes in prop::collection::vec(prop_oneof![99 => 0x23_u8..=0x5b, 1 => any::<u8>()], 0..220),
        at in 0_usize..230,
    ) {
        let rest = bytes.get(at..).unwrap_or_default();
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        let expected = stop.map(|stop| at + stop);
        prop_assert_eq!(string_stop(&bytes, at), expected);
        prop_assert_eq!(words::string_stop(&bytes, at), expected);
    }
}
