//! The readers of archives: reading ends, and what is sound is the same however
//! it is read; what is not sound is said.

use std::io::Read;

use trailgate::archive::{Kind, Members};
use trailgate::codec::{Format, Limits};

use super::shape::Pieces;

/// Low, so that nothing takes long.
const LIMITS: Limits = Limits {
    max_ratio: 250,
    max_decoded: 1 << 20,
    max_window: 1 << 20,
    max_depth: 2,
    max_members: 1000,
};

/// A member: its name, what it is, and what it holds.
type File = (Vec<u8>, Kind, Vec<u8>);

/// Whether the data is sound, as one of the two.
pub fn check(data: &[u8]) -> bool {
    let formats = [Format::Zip, Format::Tar];
    let sound = formats.map(|format| {
        let whole = members(format, data, data.len().max(1));
        for step in [1, 17] {
            assert_eq!(whole, members(format, data, step), "{step} bytes a read");
        }
        // Zeros may follow a zip archive; all else is needed.
        let zeros = data.iter().rev().take_while(|byte| **byte == 0).count();
        let needed = data.len() - zeros;
        if whole.is_some() && format == Format::Zip && needed > 0 {
            let cut = &data[..needed - 1];
            assert_eq!(members(format, cut, 17), None, "cut at {}", cut.len());
        }
        whole.is_some()
    });
    sound.contains(&true)
}

/// The members, if nothing is wrong.
fn members(format: Format, data: &[u8], step: usize) -> Option<Vec<File>> {
    let source = Pieces { data, step };
    let mut members = Members::new(format, source, LIMITS)?;
    let (mut found, mut sound) = (Vec::new(), true);
    // Each takes at least a byte of the archive.
    for turn in 0.. {
        assert!(turn <= data.len() + 1, "reading does not end");
        match members.next_member() {
            Ok(None) => return sound.then_some(found),
            Ok(Some(member)) => {
                let mut content = Vec::new();
                sound &= members.read_to_end(&mut content).is_ok();
                found.push((member.name, member.kind, content));
            }
            Err(_) => sound = false,
        }
    }
    None
}
