//! Whether a file still begins with what was read of it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes that are kept from the beginning of a file, and from before the place
/// that was reached.
const KEPT: u64 = 512;

/// Some of what was read of a file: its beginning, and the end of it.
#[derive(Debug, Default)]
pub(super) struct Mark {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Where the tail ends.
    end: u64,
}

impl Mark {
    /// Of the first `end` bytes of a file. What cannot be read any more is not
    /// there to be compared.
    pub(super) fn of(file: &mut File, end: u64) -> Mark {
        let mut read = || -> io::Result<Mark> {
            Ok(Mark {
                head: between(file, 0, end.min(KEPT))?,
                tail: between(file, end.saturating_sub(KEPT), end)?,
                end,
            })
        };
        read().unwrap_or_default()
    }

    /// Whether it is all still there. Leaves the file where it likes.
    pub(super) fn holds(&self, file: &mut File) -> io::Result<bool> {
        let head = between(file, 0, self.head.len() as u64)?;
        if head != self.head {
            return Ok(false);
        }
        let tail = between(file, self.end - self.tail.len() as u64, self.end)?;
        Ok(tail == self.tail)
    }
}

fn between(file: &mut File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(to - from).read_to_end(&mut bytes)?;
    Ok(bytes)
}
