//! Zstandard, frame after frame.

use std::fmt;
use std::io::{self, Read};

use super::step::{End, ZstdSteps};
use super::{CodecFault, Format, Limits, Lookahead, Progress};

/// Decodes a run of Zstandard frames as one stream; frames to be passed over are.
/// Anything else after the last frame is [`CodecFault::TrailingData`].
pub(super) struct Unzstd {
    steps: ZstdSteps,
    stage: Stage,
    limits: Limits,
    /// Bytes taken and given so far, of all frames.
    compressed: u64,
    decoded: u64,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Frame,
    /// After a complete frame.
    Between,
    /// A fault that waits until the bytes before it are handed on.
    Broken(CodecFault),
}

/// Bytes by which a frame is told.
const MAGIC: usize = 4;

impl Unzstd {
    /// # Errors
    ///
    /// Where there is no memory for it.
    pub(super) fn new(limits: Limits) -> io::Result<Self> {
        Ok(Unzstd {
            steps: ZstdSteps::new(limits.max_window)?,
            stage: Stage::Frame,
            limits,
            compressed: 0,
            decoded: 0,
        })
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
                Stage::Broken(fault) => return Ok(Progress::End(Some(fault))),
                Stage::Between => {
                    let ahead = input.ahead(MAGIC)?;
                    if ahead.is_empty() {
                        return Ok(Progress::End(None));
                    }
                    self.stage = match Format::recognise(ahead) {
                        Some(Format::Zstd) => Stage::Frame,
                        _ => Stage::Broken(CodecFault::TrailingData(Format::Zstd)),
                    };
                }
                Stage::Frame => {
                    let count = self.step(input, out);
                    if count > 0 {
                        return Ok(Progress::Bytes(count));
                    }
                    let starved = input.unread().is_empty() && !self.steps.is_full();
                    if matches!(self.stage, Stage::Frame) && starved && input.fill()? == 0 {
                        self.stage = Stage::Broken(CodecFault::Truncated(Format::Zstd));
                    }
                }
            }
        }
    }

    /// One step of decoding; gives the number of bytes written to `out`.
    fn step<R: Read>(&mut self, input: &mut Lookahead<R>, out: &mut [u8]) -> usize {
        let step = self.steps.step(input.unread(), out);
        input.consume(step.read);
        match step.end {
            End::Not => {}
            End::Complete => self.stage = Stage::Between,
            End::Broken(fault) => self.stage = Stage::Broken(fault),
        }
        self.compressed += step.read as u64;
        self.decoded += step.written as u64;
        let exceeded = self
            .limits
            .exceeded(Format::Zstd, self.compressed, self.decoded);
        if let Some(fault) = exceeded {
            self.stage = Stage::Broken(fault);
        }
        step.written
    }
}

impl fmt::Debug for Unzstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Unzstd");
        shown.field("stage", &self.stage).finish_non_exhaustive()
    }
}
