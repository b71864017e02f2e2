//! Foreseeing keys: the objects at one place mostly have the same keys in the
//! same order, so the next key is compared with the one that came next before.

use crate::compile::{NodeId, Slot};

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
    leads: Leads,
}

/// Where a key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leads {
    /// The root where the key is in no path.
    pub(super) child: NodeId,
    /// Where its value is kept.
    pub(super) slot: Slot,
}

impl Order {
    /// Whether the next key, after its opening quote, is the one at a place in
    /// the order: then its length with the closing quote and the colon, and where
    /// it leads.
    #[inline(always)]
    pub(super) fn foresee(&self, ahead: &[u8], place: &mut usize) -> Option<(usize, Leads)> {
        let key = self.keys.get(*place)?;
        if key.ahead.begins(ahead) {
            *place += 1;
            return Some((key.ahead.length, key.leads));
        }
        self.foresee_further(ahead, place)
    }

    #[inline(never)]
    fn foresee_further(&self, ahead: &[u8], place: &mut usize) -> Option<(usize, Leads)> {
        let further = self.keys.get(*place + 1..)?.iter().take(FORESEEN - 1);
        for (left_out, key) in further.enumerate() {
            if key.ahead.begins(ahead) {
                *place += left_out + 2;
                return Some((key.ahead.length, key.leads));
            }
        }
        None
    }

    /// Takes note that an object went to a place in the order.
    pub(super) fn went_to(&mut self, place: usize) {
        self.hits = self.hits.saturating_add(place as u32);
    }

    /// Takes note of a key that was not foreseen.
    pub(super) fn learn(&mut self, key: &[u8], leads: Leads, place: &mut usize) {
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
            self.keys.insert(*place, Key { ahead, leads });
            *place += 1;
        }
    }
}

/// Words that are compared at once, whether the key fills them or not.
const WORDS: usize = 4;

/// The bytes of a key with its closing quote and the colon, in words; the last
/// ones are filled up with zeros.
#[derive(Debug, PartialEq, Eq)]
struct Ahead {
    words: [u64; WORDS],
    /// Ones where the key is.
    masks: [u64; WORDS],
    length: usize,
}

impl Ahead {
    /// None for a key that is too long.
    fn of(key: &[u8]) -> Option<Ahead> {
        let mut words = [0; WORDS * 8];
        let mut masks = words;
        let length = key.len() + 2;
        words.get_mut(..key.len())?.copy_from_slice(key);
        words.get_mut(key.len()..length)?.copy_from_slice(b"\":");
        masks.get_mut(..length)?.fill(0xff);
        Some(Ahead {
            words: in_words(&words),
            masks: in_words(&masks),
            length,
        })
    }

    /// Whether some bytes begin with it; near the end of all there is, no.
    #[inline(always)]
    fn begins(&self, bytes: &[u8]) -> bool {
        let Some(bytes) = bytes.first_chunk() else {
            return false;
        };
        let words = in_words(bytes);
        let other = |at: usize| (words[at] ^ self.words[at]) & self.masks[at];
        other(0) | other(1) | other(2) | other(3) == 0
    }
}

#[inline(always)]
fn in_words(bytes: &[u8; WORDS * 8]) -> [u64; WORDS] {
    let (words, _) = bytes.as_chunks();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_foreseen_when_some_are_left_out_or_added() {
        let mut order = Order::default();
        let leads = Leads {
            child: NodeId(3),
            slot: Slot(7),
        };
        let walk = |order: &mut Order, keys: &[&str]| {
            let mut place = 0;
            let mut foreseen = 0;
            for key in keys {
                let ahead = format!("{key}\": 1, and what else there is in the record");
                match order.foresee(ahead.as_bytes(), &mut place) {
                    Some(found) => {
                        assert_eq!(found, (key.len() + 2, leads));
                        foreseen += 1;
                    }
                    None => order.learn(key.as_bytes(), leads, &mut place),
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
        fn words_begin_with_what_bytes_begin_with(bytes in "[ab]{0,4}(\":)?[ab]{0,34}", key in "[ab]{0,4}") {
            let ahead = Ahead::of(key.as_bytes()).unwrap();
            let expected = bytes.len() >= WORDS * 8 && bytes.starts_with(&format!("{key}\":"));
            prop_assert_eq!(ahead.begins(bytes.as_bytes()), expected);
        }
    }
}
