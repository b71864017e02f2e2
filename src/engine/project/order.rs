//! Foreseeing keys: the objects at one place mostly have the same keys in the
//! same order, so the next key is compared with the one that came next before.

use super::simd::{Blocks, LANE};
use crate::compile::NodeId;

/// Keys of one place that are remembered.
const MOST_KEYS: usize = 64;

/// Keys that are compared: the next, and those after it, for some are left out
/// now and then.
const FORESEEN: usize = 4;

/// Misses that are borne without looking at the hits.
const TRIAL: u32 = 256;

/// The order of the keys at one place of the tree.
#[derive(Debug, Default)]
pub(super) struct Order {
    keys: Vec<Key>,
    hits: u32,
    misses: u32,
}

/// A key that is foreseen.
#[derive(Debug)]
struct Key {
    ahead: Ahead,
    /// Where it leads; the root where it is in no path.
    child: NodeId,
}

impl Order {
    /// Whether the next key, after its opening quote, is the one at a place in
    /// the order: then its length with the closing quote and the colon, and where
    /// it leads.
    #[inline(always)]
    pub(super) fn foresee(
        &self,
        blocks: impl Blocks,
        ahead: &[u8],
        place: &mut usize,
    ) -> Option<(usize, NodeId)> {
        // Near the end of all there is, nothing is foreseen.
        let ahead = ahead.first_chunk()?;
        let key = self.keys.get(*place)?;
        if key.ahead.begins(blocks, ahead) {
            *place += 1;
            return Some((key.ahead.length as usize, key.child));
        }
        let further = self.keys.get(*place + 1..)?.iter().take(FORESEEN - 1);
        for (left_out, key) in further.enumerate() {
            if key.ahead.begins(blocks, ahead) {
                *place += left_out + 2;
                return Some((key.ahead.length as usize, key.child));
            }
        }
        None
    }

    /// Takes note that an object went to a place in the order.
    pub(super) fn went_to(&mut self, place: usize) {
        self.hits = self.hits.saturating_add(place as u32);
    }

    /// Takes note of a key that was not foreseen.
    pub(super) fn learn(&mut self, key: &[u8], child: NodeId, place: &mut usize) {
        self.misses = self.misses.saturating_add(1);
        if self.misses > TRIAL && self.misses > self.hits {
            // There is no order here.
            self.keys.clear();
            return;
        }
        let Some(ahead) = Ahead::of(key) else {
            return;
        };
        let mut further = self.keys.iter().skip(*place);
        if let Some(left_out) = further.position(|known| known.ahead == ahead) {
            *place += left_out + 1;
        } else if self.keys.len() < MOST_KEYS {
            self.keys.insert(*place, Key { ahead, child });
            *place += 1;
        }
    }
}

/// The bytes of a key with its closing quote and the colon.
#[derive(Debug, PartialEq, Eq)]
struct Ahead {
    /// Filled up with zeros.
    bytes: [u8; LANE],
    /// A bit for each byte that the key has.
    mask: u32,
    length: u32,
}

impl Ahead {
    /// None for a key that is too long.
    fn of(key: &[u8]) -> Option<Ahead> {
        let mut bytes = [0; LANE];
        let length = key.len() + 2;
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        bytes.get_mut(key.len()..length)?.copy_from_slice(b"\":");
        Some(Ahead {
            bytes,
            mask: u32::MAX >> (LANE - length),
            length: length as u32,
        })
    }

    /// Whether some bytes begin with it.
    #[inline(always)]
    fn begins(&self, blocks: impl Blocks, bytes: &[u8; LANE]) -> bool {
        !blocks.same(&self.bytes, bytes) & self.mask == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Lanes, Work};
    use super::*;
    use proptest::prelude::*;

    struct Foresee<'a>(&'a Order, &'a [u8], &'a mut usize);

    impl Work for Foresee<'_> {
        type Output = Option<(usize, NodeId)>;

        #[inline(always)]
        fn run(self, blocks: impl Blocks) -> Self::Output {
            self.0.foresee(blocks, self.1, self.2)
        }
    }

    #[test]
    fn keys_are_foreseen_when_some_are_left_out_or_added() {
        let mut order = Order::default();
        let child = NodeId(3);
        let walk = |order: &mut Order, keys: &[&str]| {
            let mut place = 0;
            let mut foreseen = 0;
            for key in keys {
                let ahead = format!("{key}\": 1, and what else there is in the record");
                match Lanes::best().run(Foresee(order, ahead.as_bytes(), &mut place)) {
                    Some(found) => {
                        assert_eq!(found, (key.len() + 2, child));
                        foreseen += 1;
                    }
                    None => order.learn(key.as_bytes(), child, &mut place),
                }
            }
            order.went_to(place);
            foreseen
        };
        assert_eq!(walk(&mut order, &["a", "b", "eventName", "d"]), 0);
        assert_eq!(walk(&mut order, &["a", "b", "eventName", "d"]), 4);
        assert_eq!(walk(&mut order, &["a", "x", "b", "eventName", "d"]), 4);
        assert_eq!(walk(&mut order, &["a", "eventName", "d"]), 3);
        assert_eq!(walk(&mut order, &["eventNam", "a", "eventNames"]), 1);
        for number in 0..TRIAL * 2 {
            walk(&mut order, &[&format!("key{number}")]);
        }
        assert_eq!(walk(&mut order, &["a", "b"]), 0, "there is no order");
    }

    proptest! {
        #[test]
        fn a_key_is_foreseen_where_bytes_begin_with_it(
            bytes in "[ab]{0,4}(\":)?[ab]{0,34}",
            key in "[ab]{0,4}|[ab]{29,32}",
        ) {
            let mut order = Order::default();
            order.learn(key.as_bytes(), NodeId(1), &mut 0);
            let begins = bytes.starts_with(&format!("{key}\":"));
            let expected = bytes.len() >= LANE && key.len() <= LANE - 2 && begins;
            let found = Lanes::best().run(Foresee(&order, bytes.as_bytes(), &mut 0));
            prop_assert_eq!(found.is_some(), expected);
        }
    }
}
