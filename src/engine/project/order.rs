//! Foreseeing keys: the objects at one place mostly have the same keys in the
//! same order, so the next key is compared with the one that came next before.

use crate::compile::NodeId;

/// Keys of one place that are remembered.
const MOST_KEYS: usize = 64;

/// How far on a key is looked for when others were left out.
const AHEAD: usize = 8;

/// Misses that are borne without looking at the hits.
const TRIAL: u32 = 256;

/// The order of the keys at one place of the tree.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Each with its closing quote, and where it leads.
    keys: Vec<(Box<[u8]>, Option<NodeId>)>,
    hits: u32,
    misses: u32,
}

impl Order {
    /// Whether the next key, after its opening quote, is the one at a place in
    /// the order: then its length with the closing quote, and where it leads.
    #[inline]
    pub(super) fn foresee(
        &mut self,
        ahead: &[u8],
        place: &mut usize,
    ) -> Option<(usize, Option<NodeId>)> {
        let (key, child) = self.keys.get(*place)?;
        if !begins_with(ahead, key) {
            return None;
        }
        *place += 1;
        self.hits = self.hits.saturating_add(1);
        Some((key.len(), *child))
    }

    /// Takes note of a key that was not foreseen.
    pub(super) fn learn(&mut self, key: &[u8], child: Option<NodeId>, place: &mut usize) {
        self.misses = self.misses.saturating_add(1);
        if self.misses > TRIAL && self.misses > self.hits {
            // There is no order here.
            self.keys.clear();
            return;
        }
        let ahead = self.keys.iter().skip(*place).take(AHEAD);
        if let Some(left_out) = ahead
            .map(|(known, _)| known)
            .position(|known| **known == *key)
        {
            *place += left_out + 1;
        } else if *place == self.keys.len() && self.keys.len() < MOST_KEYS {
            self.keys.push((key.into(), child));
            *place += 1;
        }
    }
}

/// By words of eight bytes, the last of which may overlap the one before.
#[inline]
fn begins_with(bytes: &[u8], key: &[u8]) -> bool {
    let Some(bytes) = bytes.get(..key.len()) else {
        return false;
    };
    let Some((last, known)) = bytes.last_chunk::<8>().zip(key.last_chunk::<8>()) else {
        return bytes.iter().zip(key).all(|(a, b)| a == b);
    };
    let (words, _) = bytes.as_chunks::<8>();
    let (known_words, _) = key.as_chunks::<8>();
    let mut words = words.iter().zip(known_words);
    words.all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b)) && last == known
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_foreseen_when_some_are_left_out_or_added() {
        let mut order = Order::default();
        let walk = |order: &mut Order, keys: &[&str]| {
            let mut place = 0;
            let mut foreseen = 0;
            for key in keys {
                let ahead = format!("{key}\": 1");
                match order.foresee(ahead.as_bytes(), &mut place) {
                    Some((length, child)) => {
                        assert_eq!((length, child), (key.len() + 1, None));
                        foreseen += 1;
                    }
                    None => order.learn(format!("{key}\"").as_bytes(), None, &mut place),
                }
            }
            foreseen
        };
        assert_eq!(walk(&mut order, &["a", "b", "eventName", "d"]), 0);
        assert_eq!(walk(&mut order, &["a", "b", "eventName", "d"]), 4);
        assert_eq!(walk(&mut order, &["a", "x", "b", "eventName", "d"]), 4);
        assert_eq!(walk(&mut order, &["a", "eventName", "d"]), 2);
        assert_eq!(walk(&mut order, &["eventNam", "a", "eventNames"]), 1);
        for number in 0..TRIAL * 2 {
            walk(&mut order, &[&format!("key{number}")]);
        }
        assert_eq!(walk(&mut order, &["a", "b"]), 0, "there is no order");
    }

    proptest! {
        #[test]
        fn words_begin_with_what_bytes_begin_with(bytes in "[ab]{0,20}", key in "[ab]{0,20}") {
            let (bytes, key) = (bytes.as_bytes(), key.as_bytes());
            prop_assert_eq!(begins_with(bytes, key), bytes.starts_with(key));
        }
    }
}
