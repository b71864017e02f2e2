//! gzip, member after member.

use std::io::{self, Read};

use flate2::Decompress;

use super::step::{End, inflate};
use super::{CodecFault, Format, Limits, Lookahead, Progress};

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
        input: &mut Lookahead<R>,
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
                    let stuck = matches!(self.stage, Stage::Member) && input.unread().is_empty();
                    if stuck && input.fill()? == 0 {
                        self.stage = Stage::Broken(CodecFault::Truncated(Format::Gzip));
                    }
                }
            }
        }
    }

    /// One step of decoding; gives the number of bytes written to `out`.
    fn inflate<R: Read>(&mut self, input: &mut Lookahead<R>, out: &mut [u8]) -> usize {
        let step = inflate(&mut self.member, Format::Gzip, input.unread(), out);
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
            .exceeded(Format::Gzip, self.compressed, self.decoded);
        if let Some(fault) = exceeded {
            self.stage = Stage::Broken(fault);
        }
        step.written
    }

    /// Skips padding and begins the next member, or tells how the stream ends.
    fn next_member<R: Read>(&mut self, input: &mut Lookahead<R>) -> io::Result<Option<Progress>> {
        loop {
            let zeros = input.unread().iter().take_while(|&&byte| byte == 0).count();
            input.consume(zeros);
            let ahead = &input.unread()[..input.unread().len().min(MAGIC.len())];
            if ahead == MAGIC {
                self.member.reset(true);
                self.stage = Stage::Member;
                return Ok(None);
            }
            if !MAGIC.starts_with(ahead) {
                return Ok(Some(Progress::End(Some(CodecFault::TrailingData(
                    Format::Gzip,
                )))));
            }
            if input.fill()? == 0 {
                let fault =
                    (!input.unread().is_empty()).then_some(CodecFault::TrailingData(Format::Gzip));
                return Ok(Some(Progress::End(fault)));
            }
        }
    }
}
