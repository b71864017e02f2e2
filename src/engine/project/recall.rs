//! Objects and arrays that come again byte for byte, as who makes a call does in
//! many events: where they end is known without walking them, and so is what
//! rules make of what they hold.
//!
//! In come bytes that begin with one, and those of one that was walked and is
//! well-formed; out comes the number that it was given, as long as it is kept.

use super::simd::fetch;
use crate::compile::hash;

/// Bytes that are kept together; then all are forgotten.
const MOST_BYTES: usize = 2 << 20;

/// Longer ones are not kept.
const LONGEST: usize = (1 << LENGTH_BITS) - 1;

/// Bytes by which they are told apart at first, as far as they show. Whole ones
/// are compared after that.
const NEAR: usize = 128;

/// Where there is room for one more, as many as differ further behind.
const WAYS: usize = 4;
const SETS: usize = 1024;

/// Look-ups by which it is judged whether they come again.
const ENOUGH: u32 = 256;

/// What is kept of one place of the tree.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// In sets, a [`Way`] each.
    table: Vec<u64>,
    /// Of each, what others noted of it (four bytes) and its bytes; it begins at a
    /// multiple of [`GRAIN`], so that few lines of memory hold it.
    bytes: Vec<u8>,
    lookups: u32,
    misses: u32,
    /// They hardly ever come again.
    off: bool,
    /// How often all were forgotten, after which numbers are given anew.
    forgotten: u32,
    /// Where one was fetched from, and the place that it has in the table.
    fetched: Option<(usize, Place)>,
}

/// The set in which an object is looked for, and the hash that it has there.
type Place = (usize, u64);

const GRAIN: usize = 16;

/// Bytes before those of an object.
const HEAD: usize = 4;

const LENGTH_BITS: u32 = 12;

/// The upper half of the hash, then the number, which is where it begins, then the
/// length. All 0 for none.
#[derive(Debug, Clone, Copy)]
struct Way(u64);

impl Way {
    fn new(tag: u64, number: u32, length: usize) -> Way {
        Way(tag << 32 | u64::from(number) << LENGTH_BITS | length as u64)
    }

    #[inline]
    fn number(self) -> u32 {
        self.0 as u32 >> LENGTH_BITS
    }

    #[inline]
    fn length(self) -> usize {
        self.0 as usize & LONGEST
    }
}

/// Nothing was noted yet.
pub(super) const NOT_NOTED: u32 = u32::MAX;

impl Recall {
    /// The number and the length of the one that begins some bytes.
    #[inline]
    pub(super) fn find(&mut self, ahead: &[u8]) -> Option<(u32, usize)> {
        if self.off {
            return None;
        }
        self.lookups = self.lookups.saturating_add(1);
        // Should there be other bytes now, nothing is found: all of them are compared.
        let fetched = self.fetched.take();
        let fetched = fetched.filter(|(address, _)| *address == ahead.as_ptr() as usize);
        let (set, tag) = fetched.map_or_else(|| place(ahead), |(_, place)| place);
        for way in self.table.get(set..set + WAYS).unwrap_or_default() {
            let way = Way(*way);
            if way.0 >> 32 == tag && way.length() > 0 {
                let start = way.number() as usize * GRAIN + HEAD;
                let known = self.bytes.get(start..start + way.length());
                if known.is_some_and(|known| ahead.starts_with(known)) {
                    return Some((way.number(), way.length()));
                }
            }
        }
        self.misses = self.misses.saturating_add(1);
        None
    }

    /// Fetches the one that seems to begin some bytes.
    #[inline]
    pub(super) fn fetch(&mut self, ahead: &[u8]) {
        if self.off {
            return;
        }
        let (set, tag) = place(ahead);
        self.fetched = Some((ahead.as_ptr() as usize, (set, tag)));
        for way in self.table.get(set..set + WAYS).unwrap_or_default() {
            let way = Way(*way);
            if way.0 >> 32 == tag {
                let start = way.number() as usize * GRAIN;
                let known = self.bytes.get(start..start + HEAD + way.length());
                fetch(known.unwrap_or_default());
            }
        }
    }

    /// Whether they come again, as far as can be told; nothing where that is too
    /// soon. If they do not, none is kept any more.
    pub(super) fn weigh(&mut self) -> Option<bool> {
        if self.off {
            return Some(false);
        }
        if self.lookups < ENOUGH {
            return None;
        }
        let again = self.misses <= self.lookups / 2;
        (self.lookups, self.misses) = (0, 0);
        if !again {
            self.give_up();
        }
        Some(again)
    }

    /// Keeps none any more.
    pub(super) fn give_up(&mut self) {
        *self = Recall {
            off: true,
            ..Recall::default()
        };
    }

    /// Keeps one, and gives its number; none where it is not kept.
    pub(super) fn learn(&mut self, object: &[u8]) -> Option<u32> {
        if self.off || object.len() > LONGEST {
            return None;
        }
        if self.bytes.len() + HEAD + object.len() + GRAIN > MOST_BYTES {
            self.table.clear();
            self.bytes.clear();
            self.forgotten = self.forgotten.wrapping_add(1);
        }
        if self.table.is_empty() {
            self.table = vec![0; SETS * WAYS];
            // To grow step by step would have all of it in memory twice.
            self.bytes.reserve_exact(MOST_BYTES);
        }
        let number = (self.bytes.len() / GRAIN) as u32;
        self.bytes.extend_from_slice(&NOT_NOTED.to_le_bytes());
        self.bytes.extend_from_slice(object);
        let end = self.bytes.len().next_multiple_of(GRAIN);
        self.bytes.resize(end, 0);
        let (set, tag) = place(object);
        let ways = self.table.get_mut(set..set + WAYS)?;
        // The one that came last is the first to go.
        let free = ways.iter().position(|way| *way == 0).unwrap_or(0);
        ways[free] = Way::new(tag, number, object.len()).0;
        Some(number)
    }

    pub(super) fn forgotten(&self) -> u32 {
        self.forgotten
    }

    /// What was noted of one.
    #[inline]
    pub(super) fn noted(&self, number: u32) -> u32 {
        let rest = self.bytes.get(number as usize * GRAIN..);
        let head = rest.and_then(<[u8]>::first_chunk::<HEAD>);
        head.map_or(NOT_NOTED, |head| u32::from_le_bytes(*head))
    }

    /// Keeps a note of one.
    pub(super) fn note(&mut self, number: u32, note: u32) {
        let rest = self.bytes.get_mut(number as usize * GRAIN..);
        if let Some(head) = rest.and_then(<[u8]>::first_chunk_mut::<HEAD>) {
            *head = note.to_le_bytes();
        }
    }
}

/// Where one is looked for that begins some bytes.
#[inline]
fn place(ahead: &[u8]) -> Place {
    let near = &ahead[..ahead.len().min(NEAR)];
    // What comes after a short one is different each time.
    let end = memchr::memchr(b'}', near).unwrap_or(near.len());
    let hash = hash(&near[..end]);
    (hash as usize % SETS * WAYS, hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learnt_is_found_where_it_begins() {
        let mut recall = Recall::default();
        let long = format!("{{\"a\":\"{}\"", "x".repeat(NEAR));
        let objects: Vec<String> = (0..3)
            .map(|n| format!("{long},\"n\":{n}}}"))
            .chain((0..500).map(|n| format!("{{\"n\":{n}}}")))
            .collect();
        assert_eq!(recall.find(objects[0].as_bytes()), None);
        let learn = |object: &String| recall.learn(object.as_bytes()).unwrap();
        let numbers: Vec<u32> = objects.iter().map(learn).collect();
        for (object, number) in objects.iter().zip(numbers) {
            let ahead = format!("{object},\"b\":{number}}}");
            let found = recall.find(ahead.as_bytes());
            assert_eq!(found, Some((number, object.len())), "{object}");
            assert_eq!(recall.noted(number), NOT_NOTED);
            recall.note(number, number + 7);
            assert_eq!(recall.noted(number), number + 7);
        }
        let cut = &objects[0][..objects[0].len() - 1];
        assert_eq!(recall.find(cut.as_bytes()), None);
    }

    #[test]
    fn what_never_comes_again_is_kept_no_longer() {
        let [mut same, mut other] = [Recall::default(), Recall::default()];
        for number in 0..ENOUGH {
            assert_eq!((same.weigh(), other.weigh()), (None, None));
            for (recall, number) in [(&mut same, number / 3), (&mut other, number)] {
                let object = format!("{{\"n\":{number}}}");
                if recall.find(object.as_bytes()).is_none() {
                    recall.learn(object.as_bytes());
                }
            }
        }
        assert_eq!((same.weigh(), other.weigh()), (Some(true), Some(false)));
        assert_eq!((same.weigh(), other.weigh()), (None, Some(false)));
        assert_eq!(other.learn(b"{}"), None);
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut recall = Recall::default();
        for number in 0..3000 {
            let object = format!("{{\"n\":{number},\"x\":\"{}\"}}", "x".repeat(3000));
            recall.learn(object.as_bytes());
            assert!(recall.find(object.as_bytes()).is_some());
            assert!(recall.bytes.len() <= MOST_BYTES);
        }
        assert_eq!(recall.learn(&[b'x'; LONGEST + 1]), None);
    }
}
