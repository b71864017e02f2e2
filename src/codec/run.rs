//! A run of compressed streams, one after another, decoded as one: gzip members,
//! Zstandard frames.

use std::fmt;
use std::io::{self, Read};

use super::step::{End, Step};
use super::{CodecFault, Format, Limits, Lookahead};

/// Decodes one stream of a run, and knows where the next one begins.
pub(super) trait Streams {
    const FORMAT: Format;

    /// One step of the stream that is begun.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step;

    /// Whether a step may give something although it gets nothing.
    fn is_full(&self) -> bool;

    /// Looks at what follows a complete stream, and begins the next one.
    fn next<R: Read>(&mut self, input: &mut Lookahead<R>) -> io::Result<Next>;
}

/// What follows a complete stream.
pub(super) enum Next {
    Stream,
    End,
    SomethingElse,
}

/// What one read of compressed data came to.
pub(super) enum Progress {
    /// So many bytes were decoded, at least one.
    Bytes(usize),
    /// No more will come.
    End(Option<CodecFault>),
}

/// Decodes a run. What follows the last stream and is not of its format is
/// [`CodecFault::TrailingData`].
pub(super) struct Run<S> {
    streams: S,
    stage: Stage,
    limits: Limits,
    /// Bytes taken and given so far, of all streams.
    compressed: u64,
    decoded: u64,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Stream,
    /// After a complete stream.
    Between,
    /// A fault that waits until the bytes before it are handed on, or the end.
    Over(Option<CodecFault>),
}

impl<S: Streams> Run<S> {
    pub(super) fn new(streams: S, limits: Limits) -> Self {
        Run {
            streams,
            stage: Stage::Stream,
            limits,
            compressed: 0,
            decoded: 0,
        }
    }

    /// Decodes into `out`, which is not empty. The source is asked for more only
    /// while nothing was decoded.
    pub(super) fn read<R: Read>(
        &mut self,
        input: &mut Lookahead<R>,
        out: &mut [u8],
    ) -> io::Result<Progress> {
        loop {
            match self.stage {
                Stage::Over(fault) => return Ok(Progress::End(fault)),
                Stage::Between => {
                    self.stage = match self.streams.next(input)? {
                        Next::Stream => Stage::Stream,
                        Next::End => Stage::Over(None),
                        Next::SomethingElse => {
                            Stage::Over(Some(CodecFault::TrailingData(S::FORMAT)))
                        }
                    };
                }
                Stage::Stream => {
                    let count = self.step(input, out);
                    if count > 0 {
                        return Ok(Progress::Bytes(count));
                    }
                    let starved = input.unread().is_empty() && !self.streams.is_full();
                    if matches!(self.stage, Stage::Stream) && starved && input.fill()? == 0 {
                        self.stage = Stage::Over(Some(CodecFault::Truncated(S::FORMAT)));
                    }
                }
            }
        }
    }

    /// One step of decoding; gives the number of bytes written to `out`.
    fn step<R: Read>(&mut self, input: &mut Lookahead<R>, out: &mut [u8]) -> usize {
        let step = self.streams.step(input.unread(), out);
        input.consume(step.read);
        match step.end {
            End::Not => {}
            End::Complete => self.stage = Stage::Between,
            End::Broken(fault) => self.stage = Stage::Over(Some(fault)),
        }
        self.compressed += step.read as u64;
        self.decoded += step.written as u64;
        let exceeded = self
            .limits
            .exceeded(S::FORMAT, self.compressed, self.decoded);
        if exceeded.is_some() {
            self.stage = Stage::Over(exceeded);
        }
        step.written
    }
}

impl<S: Streams> fmt::Debug for Run<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Run");
        shown
            .field("format", &S::FORMAT)
            .field("stage", &self.stage);
        shown.finish_non_exhaustive()
    }
}
