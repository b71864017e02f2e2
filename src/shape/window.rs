//! The part of the stream that is in memory, addressed by stream offset.

use std::io::{self, Read};
use std::ops::Range;

/// Room made for one read.
const CHUNK: usize = 64 * 1024;

/// A reader and the bytes of it that are held. Positions are offsets into the
/// stream, so they stay true when bytes are dropped.
#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    /// Longer than what is held; the rest is room for the next read.
    buffer: Vec<u8>,
    /// What is held of the buffer.
    held: Range<usize>,
    /// Stream offset of the first byte held.
    start: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    /// A window on a source whose first byte is at an offset of the stream.
    pub(super) fn new(source: R, start: u64) -> Self {
        Window {
            source,
            buffer: Vec::new(),
            held: 0..0,
            start,
            ended: false,
        }
    }

    /// All there is, in memory already: some bytes of a buffer, the first of them
    /// at an offset of the stream.
    pub(super) fn whole(source: R, buffer: Vec<u8>, held: Range<usize>, start: u64) -> Self {
        Window {
            source,
            buffer,
            held,
            start,
            ended: true,
        }
    }

    pub(super) fn source(&self) -> &R {
        &self.source
    }

    /// The buffer, for other uses.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Offset of the first byte held.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Offset past the last byte held.
    pub(super) fn end(&self) -> u64 {
        self.start + self.held.len() as u64
    }

    /// The bytes held from an offset on; none if it is not held.
    pub(super) fn from(&self, at: u64) -> &[u8] {
        self.between(at, self.end())
    }

    /// The bytes held between two offsets, as far as they are held.
    pub(super) fn between(&self, from: u64, to: u64) -> &[u8] {
        let (from, to) = (self.index(from), self.index(to));
        &self.buffer[from.min(to)..to]
    }

    pub(super) fn byte(&self, at: u64) -> Option<u8> {
        self.from(at).first().copied()
    }

    fn index(&self, at: u64) -> usize {
        // What is held is in memory, so its length fits.
        let length = self.held.len();
        let at = usize::try_from(at.saturating_sub(self.start)).map_or(length, |at| at.min(length));
        self.held.start + at
    }

    /// Drops what is before `keep` and reads once. `false` at the end, and from
    /// then on.
    pub(super) fn fill(&mut self, keep: u64) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.make_room(keep);
        let room = &mut self.buffer[self.held.end..];
        let count = loop {
            match self.source.read(room) {
                Ok(count) => break count.min(room.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        };
        self.held.end += count;
        self.ended = count == 0;
        Ok(count > 0)
    }

    /// Bytes of memory in use.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    fn make_room(&mut self, keep: u64) {
        if self.buffer.len() - self.held.end >= CHUNK / 2 {
            return;
        }
        let kept = self.index(keep);
        self.start += (kept - self.held.start) as u64;
        self.buffer.copy_within(kept..self.held.end, 0);
        self.held = 0..self.held.end - kept;
        if self.buffer.len() - self.held.end < CHUNK {
            // By a half more each time, the copying of a large record stays linear. To
            // double would take three times the largest record at once.
            let length = self.held.end + CHUNK.max(self.held.end / 2);
            self.buffer.reserve_exact(length - self.buffer.len());
            self.buffer.resize(length, 0);
        }
    }
}
