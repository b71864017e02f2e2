//! Raw deflate and Zstandard, one step at a time.
//!
//! In go bytes at hand and room; out comes how far a [`Step`] went. Here nothing
//! is read and nothing waits.

use std::io;

use flate2::{Decompress, DecompressError, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder, Operation};

use super::{CodecFault, Format};

/// How far one step went.
pub(crate) struct Step {
    /// Bytes taken.
    pub(crate) read: usize,
    /// Bytes given.
    pub(crate) written: usize,
    pub(crate) end: End,
}

/// What comes after a step.
pub(crate) enum End {
    /// More of the same.
    Not,
    /// The stream, or one frame of it, is complete.
    Complete,
    Broken(CodecFault),
}

/// Bytes of the header of a block.
const BLOCK_HEADER: usize = 3;

/// Decodes Zstandard frames, one after another.
pub(crate) struct ZstdSteps {
    decoder: Decoder<'static>,
    /// Bytes that the decoder wants next; 0 between frames.
    wanted: usize,
    /// The decoder may still have bytes to give.
    full: bool,
    max_window: u64,
}

impl ZstdSteps {
    /// # Errors
    ///
    /// Where there is no memory for it.
    pub(crate) fn new(max_window: u64) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        // It takes powers of two from 1 KiB to 2 GiB.
        let log = max_window.max(1).ilog2().clamp(10, 31);
        decoder.set_parameter(DParameter::WindowLogMax(log))?;
        Ok(ZstdSteps {
            decoder,
            wanted: 0,
            full: false,
            max_window,
        })
    }

    /// The decoder forgets what it has given where it then fails, so it gets one
    /// block at a time, and the next when it has given all of the last.
    pub(crate) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let next = match self.wanted {
            0 => 1,
            wanted if wanted > BLOCK_HEADER => wanted - BLOCK_HEADER,
            wanted => wanted,
        };
        let next = if self.full { 0 } else { next.min(input.len()) };
        match self.decoder.run_on_buffers(&input[..next], out) {
            Ok(status) => {
                self.wanted = status.remaining;
                self.full = status.bytes_written == out.len();
                Step {
                    read: status.bytes_read,
                    written: status.bytes_written,
                    end: if status.remaining == 0 {
                        self.full = false;
                        End::Complete
                    } else {
                        End::Not
                    },
                }
            }
            Err(error) => Step {
                read: 0,
                written: 0,
                end: End::Broken(self.fault(&error)),
            },
        }
    }

    /// Whether a step may give something although it gets nothing.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    fn fault(&self, error: &io::Error) -> CodecFault {
        let said = error.to_string();
        if said.contains("too much memory") {
            CodecFault::TooWide {
                limit: self.max_window,
            }
        } else if said.contains("checksum") {
            CodecFault::CheckSum(Format::Zstd)
        } else if said.contains("Dictionary") {
            CodecFault::Dictionary
        } else {
            CodecFault::Damaged(Format::Zstd)
        }
    }
}

/// One step of deflate, of a gzip member or of what a zip archive holds.
pub(crate) fn inflate(
    stream: &mut Decompress,
    format: Format,
    input: &[u8],
    out: &mut [u8],
) -> Step {
    let (read, written) = (stream.total_in(), stream.total_out());
    let result = stream.decompress(input, out, FlushDecompress::None);
    let read = delta(read, stream.total_in());
    let written = delta(written, stream.total_out());
    let end = match result {
        Ok(Status::StreamEnd) => End::Complete,
        // Input that is neither taken nor refused would be offered for ever.
        Ok(_) if read == 0 && written == 0 && !input.is_empty() => {
            End::Broken(CodecFault::Damaged(format))
        }
        Ok(_) => End::Not,
        Err(error) => End::Broken(fault_of(&error, format)),
    };
    Step { read, written, end }
}

fn delta(before: u64, after: u64) -> usize {
    // Both count bytes of buffers in memory, so the difference fits.
    usize::try_from(after.saturating_sub(before)).unwrap_or(0)
}

fn fault_of(error: &DecompressError, format: Format) -> CodecFault {
    match error.message() {
        Some(message) if message.contains("data check") || message.contains("length check") => {
            CodecFault::CheckSum(format)
        }
        _ => CodecFault::Damaged(format),
    }
}
