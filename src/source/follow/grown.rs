//! A followed file that is to be read on.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::FileId;
use super::mark::Mark;

/// A file with more than was read of it.
#[derive(Debug)]
pub struct Grown {
    /// Which file it is.
    pub id: FileId,
    /// The name that people know it by.
    pub name: String,
    /// It is to be read from its beginning; else from where reading it stood.
    pub anew: bool,
    /// How many bytes there are.
    pub size: u64,
    /// Nothing more will be read of it.
    pub last: bool,
    pub(super) file: File,
    /// Where in the file reading stands, and what was read.
    pub(super) at: u64,
    pub(super) mark: Mark,
}

impl Grown {
    /// Goes to a place in the file; reading goes on there.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn seek(&mut self, to: u64) -> io::Result<()> {
        self.at = self.file.seek(SeekFrom::Start(to))?;
        Ok(())
    }
}

impl Read for Grown {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(out)?;
        self.mark.see(self.at, &out[..count]);
        self.at += count as u64;
        Ok(count)
    }
}
