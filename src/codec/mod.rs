//! Codec: compressed bytes become plain bytes.
//!
//! In comes any [`Read`]; out comes a [`Decoder`], a `Read` of the decoded
//! bytes. What the input is shows in its first bytes, never in its name: gzip
//! is decoded, member after member; other containers are refused by name
//! ([`Format`]); everything else passes through unchanged. A damaged stream
//! yields what could be decoded before the damage, and then one [`CodecFault`].
//! Nothing here waits for more bytes while decoded ones are at hand, and memory
//! stays at one input buffer however far the data expands. Data of ordinary size
//! that is in memory as a whole is decoded at once by [`WholeGunzip`].

mod fault;
mod format;
mod gzip;
mod whole;

use std::io::{self, Read};

pub use fault::CodecFault;
pub use format::Format;
use format::Sniff;
use gzip::Gunzip;
pub use whole::WholeGunzip;

/// Bytes asked of the source in one read.
const CHUNK: usize = 64 * 1024;

/// Reads decoded bytes from a source whose first bytes say what it is.
///
/// A fault comes as an [`io::Error`] that holds a [`CodecFault`]
/// (see [`CodecFault::of`]), after every byte decoded before it. Errors of the
/// source itself come through as they are.
#[derive(Debug)]
pub struct Decoder<R> {
    input: Input<R>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing was read yet.
    New,
    /// Not compressed.
    Plain,
    Gzip(Gunzip),
    /// Over, with or without a fault.
    Over(Option<CodecFault>),
}

impl<R: Read> Decoder<R> {
    /// A decoder over a source; nothing is read until the first `read`.
    pub fn new(source: R) -> Self {
        Decoder {
            input: Input::new(source),
            state: State::New,
        }
    }

    /// Reads as many bytes as it takes to know the format, and no more: the
    /// first byte settles it for JSON.
    fn begin(&mut self) -> io::Result<State> {
        let mut ended = false;
        loop {
            match format::sniff(self.input.bytes()) {
                Sniff::Undecided if !ended => ended = self.input.fill()? == 0,
                Sniff::Undecided | Sniff::Unknown => return Ok(State::Plain),
                Sniff::Known(Format::Gzip) => return Ok(State::Gzip(Gunzip::new())),
                Sniff::Known(format) => {
                    return Ok(State::Over(Some(CodecFault::Unsupported(format))));
                }
            }
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::New => self.state = self.begin()?,
                State::Plain => return self.input.take(out),
                State::Gzip(gunzip) => match gunzip.read(&mut self.input, out)? {
                    gzip::Progress::Bytes(count) => return Ok(count),
                    gzip::Progress::End(fault) => self.state = State::Over(fault),
                },
                State::Over(fault) => return fault.take().map_or(Ok(0), |fault| Err(fault.into())),
            }
        }
    }
}

/// A source with a buffer whose unread part can be looked at.
#[derive(Debug)]
struct Input<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<R: Read> Input<R> {
    fn new(source: R) -> Self {
        Input {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    /// What was read and not consumed.
    fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Adds what one read of the source gives to the unread bytes; 0 is the end.
    fn fill(&mut self) -> io::Result<usize> {
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

    /// Passes bytes on: the buffered ones first, then straight from the source.
    fn take(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = &self.buffer[self.start..self.end];
        if bytes.is_empty() {
            return read_some(&mut self.source, out);
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

#[cfg(test)]
mod tests;
