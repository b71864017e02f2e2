//! Whether a file still holds what was read of it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes that are kept from the beginning of a file, and from before the place
/// that was reached.
const KEPT: usize = 512;

/// Some of what was read of a file: its beginning, and the latest of it. Taken
/// from the very bytes that were read: the file may be another by now.
#[derive(Debug, Default)]
pub(super) struct Mark {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Where the tail ends.
    end: u64,
}

impl Mark {
    /// Takes note of bytes that were read at a place.
    pub(super) fn see(&mut self, at: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if at == self.head.len() as u64 && self.head.len() < KEPT {
            let room = KEPT - self.head.len();
            self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        if at != self.end {
            self.tail.clear();
        }
        self.end = at + bytes.len() as u64;
        self.tail
            .extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT)..]);
        let surplus = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..surplus);
    }

    /// Whether it is all still there. Leaves the file where it likes.
    pub(super) fn holds(&self, file: &mut File) -> io::Result<bool> {
        let head = between(file, 0, self.head.len())?;
        if head != self.head {
            return Ok(false);
        }
        let from = self.end.saturating_sub(self.tail.len() as u64);
        Ok(between(file, from, self.tail.len())? == self.tail)
    }
}

fn between(file: &mut File, from: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    file.seek(SeekFrom::Start(from))?;
    file.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
