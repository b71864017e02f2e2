//! gzip, member after member.

use std::io::{self, Read};

use flate2::{Decompress, DecompressError, FlushDecompress, Status};

use super::{CodecFault, Input, Limits};

/// The largest window there is; every member fits it.
const WINDOW_BITS: u8 = 15;

/// The first two bytes of a member.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Decodes a run of gzip members as one stream. Zeros between and after members
/// are padding, as tapes and block devices leave it; anything else after the
/// last member is [`CodecFault::TrailingData`].
#[derive(Debug)]
pub(super) struct Gunzip {
    member: Decompress,
    stage: Stage,
    limits: Limits,
    /// Bytes taken and given so far, of all members.
    compressed: u64,
    decoded: u64,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Member,
    /// After a complete member.
    Between,
    /// A fault that waits until the bytes before it are handed on.
    Broken(CodecFault),
}

/// What one read came to.
pub(super) enum Progress {
    /// So many bytes were decoded, at least one.
    Bytes(usize),
    /// No more will come.
    End(Option<CodecFault>),
}

impl Gunzip {
    pub(super) fn new(limits: Limits) -> Self {
        Gunzip {
            member: Decompress::new_gzip(WINDOW_BITS),
            stage: Stage::Member,
            limits,
            compressed: 0,
            decoded: 0,
        }
    }

    /// Decodes into `out`, which is not empty. The source is asked for more only
    /// while nothing was decoded.
    pub(super) fn read<R: Read>(
        &mut self,
        input: &mut Input<R>,
        out: &mut [u8],
    ) -> io::Result<Progress> {
        loop {
            match self.stage {
                Stage::Broken(fault) => return Ok(Progress::End(Some(fault))),
                Stage::Between => {
                    if let Some(end) = self.next_member(input)? {
                        return Ok(end);
                    }
                }
                Stage::Member => {
                    let count = self.inflate(input, out);
                    if count > 0 {
                        return Ok(Progress::Bytes(count));
                    }
                    let stuck = matches!(self.stage, Stage::Member) && input.bytes().is_empty();
                    if stuck && input.fill()? == 0 {
                        self.stage = Stage::Broken(CodecFault::Truncated);
                    }
                }
            }
        }
    }

    /// One step of decoding; gives the number of bytes written to `out`.
    fn inflate<R: Read>(&mut self, input: &mut Input<R>, out: &mut [u8]) -> usize {
        let (read, written) = (self.member.total_in(), self.member.total_out());
        let result = self
            .member
            .decompress(input.bytes(), out, FlushDecompress::None);
        let read = delta(read, self.member.total_in());
        let written = delta(written, self.member.total_out());
        let starved = input.bytes().is_empty();
        input.consume(read);
        match result {
            Ok(Status::StreamEnd) => self.stage = Stage::Between,
            // Input that is neither taken nor refused would be offered for ever.
            Ok(_) if read == 0 && written == 0 && !starved => {
                self.stage = Stage::Broken(CodecFault::Damaged);
            }
            Ok(_) => {}
            Err(error) => self.stage = Stage::Broken(fault_of(&error)),
        }
        self.compressed += read as u64;
        self.decoded += written as u64;
        if let Some(fault) = self.limits.exceeded(self.compressed, self.decoded) {
            self.stage = Stage::Broken(fault);
        }
        written
    }

    /// Skips padding and begins the next member, or tells how the stream ends.
    fn next_member<R: Read>(&mut self, input: &mut Input<R>) -> io::Result<Option<Progress>> {
        loop {
            let zeros = input.bytes().iter().take_while(|&&byte| byte == 0).count();
            input.consume(zeros);
            let ahead = &input.bytes()[..input.bytes().len().min(MAGIC.len())];
            if ahead == MAGIC {
                self.member.reset(true);
                self.stage = Stage::Member;
                return Ok(None);
            }
            if !MAGIC.starts_with(ahead) {
                return Ok(Some(Progress::End(Some(CodecFault::TrailingData))));
            }
            if input.fill()? == 0 {
                let fault = (!input.bytes().is_empty()).then_some(CodecFault::TrailingData);
                return Ok(Some(Progress::End(fault)));
            }
        }
    }
}

fn delta(before: u64, after: u64) -> usize {
    // Both count bytes of buffers in memory, so the difference fits.
    usize::try_from(after.saturating_sub(before)).unwrap_or(0)
}

fn fault_of(error: &DecompressError) -> CodecFault {
    match error.message() {
        Some(message) if message.contains("data check") || message.contains("length check") => {
            CodecFault::CheckSum
        }
        _ => CodecFault::Damaged,
    }
}
