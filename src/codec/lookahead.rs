//! A source with a buffer, so that what comes next can be looked at.

use std::io::{self, Read};

use super::Format;
use super::format::{Sniff, sniff};

/// Bytes asked of the source in one read.
const CHUNK: usize = 64 * 1024;

/// A source whose next bytes can be looked at before they are read.
#[derive(Debug)]
pub(crate) struct Lookahead<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// What was wrong while looking ahead; it comes after the bytes before it.
    failed: Option<io::Error>,
}

impl<R: Read> Lookahead<R> {
    pub(crate) fn new(source: R) -> Self {
        Lookahead {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            failed: None,
        }
    }

    /// What was read of the source and not consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Adds what one read of the source gives to the unread bytes, of which there
    /// is less than a buffer full; 0 is the end.
    pub(crate) fn fill(&mut self) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.buffer.is_empty() {
            self.buffer = vec![0; CHUNK];
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let count = read_some(&mut self.source, &mut self.buffer[self.end..])?;
        self.end += count;
        Ok(count)
    }

    /// The unread bytes, at least so many (and no more than a few hundred are
    /// asked for) where the source has them.
    pub(crate) fn ahead(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.unread().len() < count && self.fill()? > 0 {}
        Ok(self.unread())
    }

    /// What is decided by the bytes that come next. `decide` gets those at hand, and
    /// whether they are all that can be had; until it says something it gets more.
    pub(crate) fn look<T>(
        &mut self,
        mut decide: impl FnMut(&[u8], bool) -> Option<T>,
    ) -> Option<T> {
        loop {
            if let Some(decided) = decide(self.unread(), false) {
                return Some(decided);
            }
            match self.fill() {
                Ok(0) => return decide(self.unread(), true),
                Ok(_) => {}
                Err(error) => {
                    self.failed = Some(error);
                    return decide(self.unread(), true);
                }
            }
        }
    }

    /// The format that comes next, where one shows. No more is read than it takes
    /// to know, and the first byte settles it for JSON.
    pub(crate) fn format(&mut self) -> Option<Format> {
        loop {
            match sniff(self.unread()) {
                Sniff::Known(format) => return Some(format),
                Sniff::Unknown => return None,
                Sniff::Undecided => match self.fill() {
                    Ok(0) => return None,
                    Ok(_) => {}
                    Err(error) => {
                        self.failed = Some(error);
                        return None;
                    }
                },
            }
        }
    }
}

impl<R: Read> Read for Lookahead<R> {
    /// Passes bytes on: the buffered ones first, then straight from the source.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = &self.buffer[self.start..self.end];
        if bytes.is_empty() {
            return match self.failed.take() {
                Some(error) => Err(error),
                None => read_some(&mut self.source, out),
            };
        }
        let count = bytes.len().min(out.len());
        out[..count].copy_from_slice(&bytes[..count]);
        self.start += count;
        Ok(count)
    }
}

/// One read that does not fail for being interrupted, and that never claims
/// more than there is room for.
fn read_some(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(into) {
            Ok(count) => return Ok(count.min(into.len())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
