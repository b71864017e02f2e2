//! Codec: compressed bytes become plain bytes.
//!
//! In comes any [`Read`]; out comes a [`Decoder`], a `Read` of the decoded
//! bytes. What the input is shows in its first bytes, never in its name: gzip
//! and Zstandard are decoded, member after member and frame after frame; other
//! compressions are refused by name ([`Format`]); everything else passes through
//! unchanged, archives too, which are for [`crate::archive`]. A damaged stream
//! yields what could be decoded before the damage, and then one [`CodecFault`].
//! Nothing here waits for more bytes while decoded ones are at hand, and memory
//! stays at one input buffer however far the data expands. Data of ordinary size
//! that is in memory as a whole is decoded at once by [`WholeGunzip`].

mod fault;
mod format;
mod gzip;
mod limits;
mod lookahead;
mod run;
mod step;
mod whole;
mod zstd;

use std::io::{self, Read};

pub use fault::CodecFault;
pub use format::Format;
use gzip::Members;
pub use limits::Limits;
pub(crate) use lookahead::Lookahead;
use run::{Progress, Run};
pub(crate) use step::{End, Step, ZstdSteps, inflate};
pub use whole::WholeGunzip;

/// Reads decoded bytes from a source whose first bytes say what it is.
///
/// A fault comes as an [`io::Error`] that holds a [`CodecFault`]
/// (see [`CodecFault::of`]), after every byte decoded before it. Errors of the
/// source itself come through as they are.
#[derive(Debug)]
pub struct Decoder<R> {
    input: Lookahead<R>,
    state: State,
    limits: Limits,
}

#[derive(Debug)]
enum State {
    /// Nothing was read yet.
    New,
    /// Not compressed.
    Plain,
    Gzip(Run<Members>),
    Zstd(Run<ZstdSteps>),
    /// Over, with or without a fault.
    Over(Option<CodecFault>),
}

impl<R: Read> Decoder<R> {
    /// A decoder over a source; nothing is read until the first `read`.
    pub fn new(source: R) -> Self {
        Decoder::with_limits(source, Limits::default())
    }

    /// The same, with other limits on what the data may decode to.
    pub fn with_limits(source: R, limits: Limits) -> Self {
        Decoder {
            input: Lookahead::new(source),
            state: State::New,
            limits,
        }
    }

    /// Reads as many bytes as it takes to know the format, and no more: the
    /// first byte settles it for JSON.
    fn begin(&mut self) -> io::Result<State> {
        Ok(match self.input.format() {
            None | Some(Format::Zip | Format::Tar) => State::Plain,
            // Its own compression is in it.
            #[cfg(feature = "parquet")]
            Some(Format::Parquet) => State::Plain,
            Some(Format::Gzip) => State::Gzip(Run::new(Members::new(), self.limits)),
            Some(Format::Zstd) => {
                let frames = ZstdSteps::new(self.limits.max_window)?;
                State::Zstd(Run::new(frames, self.limits))
            }
            Some(format) => State::Over(Some(CodecFault::Unsupported(format))),
        })
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let progress = match &mut self.state {
                State::New => {
                    self.state = self.begin()?;
                    continue;
                }
                State::Plain => return self.input.read(out),
                State::Gzip(run) => run.read(&mut self.input, out)?,
                State::Zstd(run) => run.read(&mut self.input, out)?,
                State::Over(fault) => return fault.take().map_or(Ok(0), |fault| Err(fault.into())),
            };
            match progress {
                Progress::Bytes(count) => return Ok(count),
                Progress::End(fault) => self.state = State::Over(fault),
            }
        }
    }
}

#[cfg(test)]
mod tests;
