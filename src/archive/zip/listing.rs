//! Whether the directory at the end lists the members that were met.

use sha2::{Digest, Sha256};

/// Counts and sums of what was met and of what is listed: the order may differ,
/// and an archive may have millions of members.
#[derive(Debug, Default)]
pub(super) struct Listing {
    held: Sum,
    listed: Sum,
    /// Something that was met could not be told.
    doubtful: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    digests: u128,
}

impl Sum {
    fn add(&mut self, name: &[u8], crc: u32) {
        let mut digest = Sha256::new();
        digest.update(crc.to_le_bytes());
        digest.update(name);
        let digest: [u8; 32] = digest.finalize().into();
        let (half, _) = digest.split_at(16);
        let half = half
            .iter()
            .fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
        self.count += 1;
        self.digests = self.digests.wrapping_add(half);
    }
}

impl Listing {
    /// A member was met.
    pub(super) fn hold(&mut self, name: &[u8], crc: u32) {
        self.held.add(name, crc);
    }

    /// A member is listed.
    pub(super) fn list(&mut self, name: &[u8], crc: u32) {
        self.listed.add(name, crc);
    }

    /// A member was met of which something is not known, and that was said.
    pub(super) fn doubt(&mut self) {
        self.doubtful = true;
    }

    pub(super) fn agrees(&self) -> bool {
        self.doubtful || self.held == self.listed
    }
}
