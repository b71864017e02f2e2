//! How far data may expand: a few kilobytes can decode to terabytes.

use super::{CodecFault, Format};

/// Decoded bytes up to which the ratio is not looked at: small data may be as
/// dense as it likes.
const GRACE: u64 = 16 << 20;

/// What compressed data may decode to, and what an archive may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Decoded bytes for each compressed one, once 16 MiB were decoded. gzip
    /// reaches about 1,030; logs mostly 5 to 20. It holds for each file and, in
    /// an archive, for all of its members together.
    pub max_ratio: u64,
    /// Decoded bytes of one input, all members of an archive together.
    pub max_decoded: u64,
    /// Bytes of a Zstandard window, which have to be in memory.
    pub max_window: u64,
    /// Archives that a file may be in, one inside another.
    pub max_depth: u8,
    /// Members of one archive, with those of the archives in it.
    pub max_members: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_ratio: 250,
            max_decoded: 256 << 30,
            max_window: 128 << 20,
            max_depth: 2,
            max_members: 1_000_000,
        }
    }
}

impl Limits {
    /// What is wrong once so many bytes were decoded from so many.
    pub(crate) fn exceeded(
        self,
        format: Format,
        compressed: u64,
        decoded: u64,
    ) -> Option<CodecFault> {
        if decoded > self.max_decoded {
            return Some(CodecFault::TooLarge {
                format,
                limit: self.max_decoded,
            });
        }
        let dense = decoded > GRACE && decoded > compressed.saturating_mul(self.max_ratio);
        dense.then_some(CodecFault::TooDense {
            format,
            limit: self.max_ratio,
        })
    }
}
