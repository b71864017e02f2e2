//! Texts that come again, each with a number; what is looked up is compared
//! byte by byte.

use super::hash::{hash, short};

/// A map from byte strings to numbers.
///
/// What is looked up is mostly not in the processor's cache, so all that is kept
/// of a text stands in one place.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    count: usize,
    /// Of each text its length, its number (four bytes each) and its bytes.
    entries: Vec<u8>,
    /// By hash: the upper half of the hash, then where the entry begins plus one,
    /// all 0 for none. A power of two long.
    table: Vec<u64>,
}

/// The bytes before those of a text.
const HEAD: usize = 8;

impl Dictionary {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The bytes that the texts take.
    pub(crate) fn size(&self) -> usize {
        self.entries.len()
    }

    /// The text and the number of the entry that begins there.
    #[inline]
    fn entry(&self, start: usize) -> Option<(&[u8], u32)> {
        let (head, rest) = self.entries.get(start..)?.split_first_chunk::<HEAD>()?;
        let head = u64::from_le_bytes(*head);
        Some((rest.get(..head as u32 as usize)?, (head >> 32) as u32))
    }

    /// The number of a text, if it was added.
    #[inline]
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        let mask = self.table.len().checked_sub(1)?;
        let wanted = hash(text);
        let mut at = wanted as usize & mask;
        loop {
            let found = self.table[at];
            let start = (found as u32).checked_sub(1)?;
            if found >> 32 == wanted >> 32 {
                let (known, number) = self.entry(start as usize)?;
                if equal(known, text) {
                    return Some(number);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a text that is not there.
    pub(crate) fn add(&mut self, text: &[u8], number: u32) {
        let start = self.entries.len();
        self.entries
            .extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.entries.extend_from_slice(&number.to_le_bytes());
        self.entries.extend_from_slice(text);
        self.count += 1;
        // Small tables are seldom out of the cache: three quarters may be full.
        if self.count * 4 > self.table.len() * 3 {
            self.table = vec![0; (self.table.len() * 2).max(8)];
            let mut next = 0;
            while let Some((text, _)) = self.entry(next) {
                let after = next + HEAD + text.len();
                self.place(hash(text), next);
                next = after;
            }
        } else {
            self.place(hash(text), start);
        }
    }

    fn place(&mut self, hash: u64, start: usize) {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while self.table[at] != 0 {
            at = (at + 1) & mask;
        }
        self.table[at] = hash >> 32 << 32 | (start as u64 + 1);
    }

    /// Forgets all texts and keeps the room they took.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
        self.entries.clear();
        self.table.fill(0);
    }
}

/// Whether two texts are the same, told without a call.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    let word = |chunk: &[u8; 16]| u128::from_ne_bytes(*chunk);
    a.len() == b.len()
        && match (a.last_chunk(), b.last_chunk()) {
            (Some(a_end), Some(b_end)) => {
                let mut both = a.as_chunks().0.iter().zip(b.as_chunks().0);
                word(a_end) == word(b_end) && both.all(|(a, b)| word(a) == word(b))
            }
            _ => short(a) == short(b),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_has_the_number_it_was_given() {
        let mut dictionary = Dictionary::default();
        let texts: Vec<String> = (0..500).map(|n| format!("value {}", n * 7)).collect();
        for round in 0..2 {
            for (text, number) in texts.iter().zip(round..) {
                assert_eq!(dictionary.find(text.as_bytes()), None);
                dictionary.add(text.as_bytes(), number);
            }
            assert_eq!(dictionary.find(b""), None);
            dictionary.add(b"", 7);
            assert_eq!((dictionary.find(b""), dictionary.len()), (Some(7), 501));
            for (text, number) in texts.iter().zip(round..) {
                assert_eq!(dictionary.find(text.as_bytes()), Some(number));
            }
            dictionary.clear();
        }
    }

    proptest! {
        #[test]
        fn equal_texts_are_those_with_equal_bytes(
            a in prop::collection::vec(0_u8..2, 0..50),
            flips in prop::collection::vec(0_usize..50, 0..2),
        ) {
            let mut b = a.clone();
            for at in flips.into_iter().filter(|at| *at < a.len()) {
                b[at] ^= 1;
            }
            prop_assert_eq!(equal(&a, &b), a == b);
            prop_assert!(!equal(&a, &[&*b, &[0]].concat()));
        }
    }
}
