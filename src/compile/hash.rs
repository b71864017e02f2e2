//! A fast hash of short texts. Nothing rests on it but speed: whoever looks
//! up compares the bytes, and tables have limits.

/// Odd, with bits all over.
const MULTIPLIER: u64 = 0x9fb2_1c65_1e98_df25;

/// Another one.
const OTHER: u64 = 0xa076_1d64_78bd_642f;

#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let length = bytes.len() as u64;
    let Some(last) = bytes.last_chunk::<16>() else {
        return mix(short(bytes), length);
    };
    let mut state = length;
    let (chunks, rest) = bytes.as_chunks::<16>();
    for chunk in chunks {
        state = mix(words(chunk), state);
    }
    if rest.is_empty() {
        return state;
    }
    // Some bytes once more: that is cheaper than to gather the rest.
    mix(words(last), state)
}

/// Two words that hold all of less than sixteen bytes: others of the same length
/// have other words.
#[inline]
pub(super) fn short(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (
            u64::from(u32::from_le_bytes(*first)),
            u64::from(u32::from_le_bytes(*last)),
        );
    }
    let word = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
    (bytes.iter().fold(0, word), 0)
}

#[inline]
fn words(chunk: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*chunk);
    (both as u64, (both >> 64) as u64)
}

#[inline]
fn mix((first, second): (u64, u64), state: u64) -> u64 {
    let product = u128::from(first ^ MULTIPLIER) * u128::from(second ^ state ^ OTHER);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn texts_that_differ_in_one_place_spread() {
        for length in 1..70 {
            let mut tags = HashSet::new();
            for at in 0..length {
                for byte in b'0'..=b'9' {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    tags.insert(hash(&text) >> 32);
                }
            }
            assert!(tags.len() + 1 >= length * 10, "{length}: {}", tags.len());
        }
    }
}
