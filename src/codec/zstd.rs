//! Zstandard, frame after frame.

use std::io::{self, Read};

use super::run::{Next, Streams};
use super::step::{Step, ZstdSteps};
use super::{Format, Lookahead};

/// Bytes by which a frame is told.
const MAGIC: usize = 4;

/// Frames to be passed over are passed over by the decoder.
impl Streams for ZstdSteps {
    const FORMAT: Format = Format::Zstd;

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        ZstdSteps::step(self, input, out)
    }

    fn is_full(&self) -> bool {
        ZstdSteps::is_full(self)
    }

    fn next<R: Read>(&mut self, input: &mut Lookahead<R>) -> io::Result<Next> {
        let ahead = input.ahead(MAGIC)?;
        Ok(match Format::recognise(ahead) {
            Some(Format::Zstd) => Next::Stream,
            _ if ahead.is_empty() => Next::End,
            _ => Next::SomethingElse,
        })
    }
}
