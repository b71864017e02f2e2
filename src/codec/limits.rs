//! How far data may expand: a few kilobytes can decode to terabytes.

use super::CodecFault;

/// Decoded bytes up to which the ratio is not looked at: small data may be as
/// dense as it likes.
const GRACE: u64 = 16 << 20;

/// What compressed data may decode to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Decoded bytes for each compressed one, once 16 MiB were decoded. gzip
    /// reaches about 1,030; logs mostly 5 to 20.
    pub max_ratio: u64,
    /// Decoded bytes of one input.
    pub max_decoded: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_ratio: 250,
            max_decoded: 256 << 30,
        }
    }
}

impl Limits {
    /// What is wrong once so many bytes were decoded from so many.
    pub(super) fn exceeded(self, compressed: u64, decoded: u64) -> Option<CodecFault> {
        if decoded > self.max_decoded {
            return Some(CodecFault::TooLarge {
                limit: self.max_decoded,
            });
        }
        let dense = decoded > GRACE && decoded > compressed.saturating_mul(self.max_ratio);
        dense.then_some(CodecFault::TooDense {
            limit: self.max_ratio,
        })
    }
}
