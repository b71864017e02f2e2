//! gzip data that is in memory as a whole: decoded at once, which is nearly
//! twice as fast as decoding it as a stream.

use libdeflater::Decompressor;
use memchr::memmem::Finder;

/// How a member begins; deflate is the only method there is.
const MEMBER: &[u8] = &[0x1f, 0x8b, 8];

/// The shortest member: a header, an empty block, and the trailer.
const SHORTEST: usize = 20;

/// Decodes data of one member. Its own buffers are reused.
pub struct WholeGunzip {
    decompressor: Decompressor,
    member: Finder<'static>,
}

/// The buffer has a multiple of this many bytes: inputs that are a little larger
/// than those before take no new one.
const GRAIN: usize = 1 << 20;

impl Default for WholeGunzip {
    fn default() -> Self {
        WholeGunzip {
            decompressor: Decompressor::new(),
            member: Finder::new(MEMBER),
        }
    }
}

impl WholeGunzip {
    /// Decodes data that is one whole gzip member of at most `most` bytes
    /// decoded, and says how many bytes of the buffer it takes. `None` where
    /// there may be anything else to it: then a [`super::Decoder`] can tell.
    pub fn decode(&mut self, data: &[u8], most: usize, into: &mut Vec<u8>) -> Option<usize> {
        if data.len() < SHORTEST || !data.starts_with(MEMBER) {
            return None;
        }
        // The decompressor stops at the end of the first member and does not say
        // where that is. A further member would begin as the first; and other
        // data would have to end in the very length that was decoded.
        let further = self.member.find(&data[1..]);
        let length = u32::from_le_bytes(*data.last_chunk()?) as usize;
        if further.is_some() || length == 0 || length > most {
            return None;
        }
        if into.len() < length {
            // What is in it is not needed, so that the two are never there at once.
            *into = Vec::new();
            *into = vec![0; length.next_multiple_of(GRAIN)];
        }
        let decoded = self
            .decompressor
            .gzip_decompress(data, &mut into[..length])
            .ok()?;
        (decoded == length).then_some(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(data: &[u8], most: usize) -> Option<Vec<u8>> {
        let mut buffer = vec![b'x'; 3];
        let length = WholeGunzip::default().decode(data, most, &mut buffer)?;
        Some(buffer[..length].to_vec())
    }

    #[test]
    fn one_member_is_decoded() {
        let text = b"{\"Records\":[]}".repeat(100);
        assert_eq!(decode(&gzip(&text), text.len()), Some(text));
    }

    #[test]
    fn all_else_is_left_to_the_stream() {
        let text = b"{\"Records\":[]}";
        let data = gzip(text);
        let mut damaged = data.clone();
        damaged[12] ^= 1;
        let mut wrong_sum = data.clone();
        let sum = wrong_sum.len() - 8;
        wrong_sum[sum] ^= 1;
        for (what, data) in [
            ("two members", [data.as_slice(), &data].concat()),
            ("padding", [data.as_slice(), &[0; 20]].concat()),
            ("more", [data.as_slice(), b"more"].concat()),
            ("cut", data[..data.len() - 5].to_vec()),
            ("damage", damaged),
            ("check sum", wrong_sum),
            ("nothing", gzip(b"")),
            ("plain", b"{\"Records\":[{},{},{},{}]}".to_vec()),
        ] {
            assert_eq!(decode(&data, 1 << 20), None, "{what}");
        }
        assert_eq!(decode(&data, text.len() - 1), None, "too large");
    }
}
