//! What stands before a member, and what stands at the end of a zip archive.

use std::io::Read;

use super::super::ArchiveFault;
use super::Source;

/// A size that stands elsewhere.
const ELSEWHERE: u32 = u32::MAX;

/// The id of the field that holds sizes of 64 bits.
const SIZES_64: u16 = 1;

/// The header of a member.
#[derive(Debug)]
pub(super) struct LocalHeader {
    pub(super) name: Vec<u8>,
    pub(super) method: u16,
    pub(super) encrypted: bool,
    /// Its sizes, where they do not follow its data.
    pub(super) sizes: Option<Sizes>,
}

/// What is said of the data of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) decoded: u64,
}

impl LocalHeader {
    pub(super) fn read<R: Read>(archive: &mut Source<R>) -> Result<Self, ArchiveFault> {
        let damaged = archive.damaged();
        let fixed = archive.exact(30)?;
        let flags = u16_at(&fixed, 6);
        let name = archive.exact(usize::from(u16_at(&fixed, 26)))?;
        let extra = archive.exact(usize::from(u16_at(&fixed, 28)))?;
        let follow = flags & 0x08 != 0;
        let compressed = u32_at(&fixed, 18);
        let decoded = u32_at(&fixed, 22);
        let mut wide = sizes_64(&extra).unwrap_or_default();
        let mut size = |size: u32| match size {
            ELSEWHERE => take_u64(&mut wide),
            size => Some(u64::from(size)),
        };
        let sizes = match (follow, size(decoded), size(compressed)) {
            (true, ..) => None,
            (false, Some(decoded), Some(compressed)) => Some(Sizes {
                crc: u32_at(&fixed, 14),
                compressed,
                decoded,
            }),
            (false, ..) => return Err(damaged),
        };
        Ok(LocalHeader {
            name,
            method: u16_at(&fixed, 8),
            // In any of the ways, the directory's included.
            encrypted: flags & 0x2041 != 0,
            sizes,
        })
    }
}

/// The name and check sum of a member that the directory lists.
pub(super) struct Listed {
    pub(super) name: Vec<u8>,
    pub(super) crc: u32,
}

pub(super) fn listed<R: Read>(archive: &mut Source<R>) -> Result<Listed, ArchiveFault> {
    let fixed = archive.exact(46)?;
    let name = archive.exact(usize::from(u16_at(&fixed, 28)))?;
    let more = usize::from(u16_at(&fixed, 30)) + usize::from(u16_at(&fixed, 32));
    archive.exact(more)?;
    Ok(Listed {
        name,
        crc: u32_at(&fixed, 16),
    })
}

/// Passes over the end and the comment in it.
pub(super) fn skip_end<R: Read>(archive: &mut Source<R>) -> Result<(), ArchiveFault> {
    let fixed = archive.exact(22)?;
    archive.exact(usize::from(u16_at(&fixed, 20)))?;
    Ok(())
}

/// Passes over what is before the end of a large archive.
pub(super) fn skip_end_64<R: Read>(archive: &mut Source<R>) -> Result<(), ArchiveFault> {
    let damaged = archive.damaged();
    let fixed = archive.exact(12)?;
    if fixed.starts_with(super::LOCATOR_64) {
        archive.exact(8)?;
        return Ok(());
    }
    let more = take_u64(&mut &fixed[4..]).unwrap_or(u64::MAX);
    // Its fields, and some more that none has used yet.
    if more > 1 << 16 {
        return Err(damaged);
    }
    archive.skip(more)?;
    Ok(())
}

/// The field of an extra part that holds sizes.
fn sizes_64(mut extra: &[u8]) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let length = usize::from(u16_at(extra, 2));
        let field = extra.get(4..4 + length)?;
        if u16_at(extra, 0) == SIZES_64 {
            return Some(field);
        }
        extra = &extra[4 + length..];
    }
    None
}

fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*first))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let two = bytes.get(at..).and_then(|rest| rest.first_chunk());
    u16::from_le_bytes(two.copied().unwrap_or_default())
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk());
    u32::from_le_bytes(four.copied().unwrap_or_default())
}
