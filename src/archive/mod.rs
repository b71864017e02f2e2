//! Archive: a zip or tar archive becomes its members, one after another.
//!
//! In comes a [`Read`] of the archive's bytes, from its first to its last; out of
//! [`Members`] comes each [`Member`], whose content is read from the `Members`
//! themselves until the next one is asked for. Nothing is sought, so an archive
//! may come from a pipe or from another archive, and what it holds is never in
//! memory: a header, a name and one buffer are. Nothing is written: a name is
//! only a name. A member that is broken costs no other, and an archive that ends
//! early gives what it held before.
//!
//! A zip archive is told twice what it holds: before each member, and in the
//! directory at its end. Members are read by the former, and the latter has to
//! say the same.
//!
//! A quota bounds what one input may come to, however it is nested.

mod fault;
mod name;
mod quota;
mod tar;
mod zip;

use std::io::{self, Read};

pub use fault::ArchiveFault;
pub(crate) use name::{is_hidden, shown};
pub(crate) use quota::{Quota, Stored, Within};

use self::tar::TarMembers;
use self::zip::ZipMembers;
use crate::codec::{Format, Limits};

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file, whose content can be read.
    File,
    /// A directory.
    Directory,
    /// A link to a file, which is not followed.
    Link,
    /// A device, a pipe, or what only its archiver understands.
    Special,
}

/// What stands before the content of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name as it is in the archive. It may lead anywhere, or be no text.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
}

/// The members of an archive; reading gives the content of the last one.
///
/// A fault of the content comes as an [`io::Error`] that holds a
/// [`crate::codec::CodecFault`], after all bytes that could be decoded.
#[derive(Debug)]
pub struct Members<R> {
    archive: Archive<R>,
}

#[derive(Debug)]
enum Archive<R> {
    Zip(Box<ZipMembers<R>>),
    Tar(Box<TarMembers<R>>),
}

impl<R: Read> Members<R> {
    /// The members of an archive of this format, if it is one of archives.
    pub fn new(format: Format, source: R, limits: Limits) -> Option<Self> {
        let archive = match format {
            Format::Zip => Archive::Zip(Box::new(ZipMembers::new(source, limits))),
            Format::Tar => Archive::Tar(Box::new(TarMembers::new(source))),
            _ => return None,
        };
        Some(Members { archive })
    }

    /// Goes on to the next member; nothing at the end.
    ///
    /// # Errors
    ///
    /// What is wrong between two members. The next call goes on from there, if
    /// there is a way to.
    pub fn next_member(&mut self) -> Result<Option<Member>, ArchiveFault> {
        match &mut self.archive {
            Archive::Zip(zip) => zip.next_member(),
            Archive::Tar(tar) => tar.next_member(),
        }
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &mut self.archive {
            Archive::Zip(zip) => zip.read(out),
            Archive::Tar(tar) => tar.read(out),
        }
    }
}

#[cfg(test)]
mod tests;
