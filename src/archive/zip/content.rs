//! The content of a member of a zip archive.

use std::fmt;
use std::io::{self, Read};

use flate2::{Crc, Decompress};
use memchr::memmem;

use super::super::ArchiveFault;
use super::Source;
use super::header::{LocalHeader, Sizes};
use crate::codec::{CodecFault, End, Format, Limits, Step, ZstdSteps, inflate};

/// How the sizes begin that follow the data.
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";

/// Bytes of the longest form of them.
const LONGEST_DESCRIPTOR: usize = 24;

/// The content of one member, as far as it was read.
pub(super) struct Content {
    header: LocalHeader,
    packed: Packed,
    /// Bytes of its data that were not taken, where it is known.
    left: Option<u64>,
    crc: Crc,
    taken: u64,
    given: u64,
    stage: Stage,
    limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Data,
    /// All was read, and its sizes are as said.
    Complete,
    /// A fault that waits until the bytes before it are handed on.
    Broken(CodecFault),
    /// A fault that was handed on.
    Said,
    /// The archive ended, or could not be read on, and that was said.
    Lost,
}

enum Packed {
    Stored,
    Deflate(Box<Decompress>),
    Zstd(Box<ZstdSteps>),
}

/// What comes after a member.
pub(super) enum Followed {
    /// The next.
    Next,
    /// It must be searched for.
    Unknown,
    /// Nothing: the archive ended in its data, and that was said.
    Nothing,
}

impl Content {
    pub(super) fn new(header: LocalHeader, limits: Limits) -> io::Result<Self> {
        let mut stage = Stage::Data;
        let packed = match header.method {
            _ if header.encrypted => {
                stage = Stage::Broken(CodecFault::Encrypted);
                Packed::Stored
            }
            0 => Packed::Stored,
            8 => Packed::Deflate(Box::new(Decompress::new(false))),
            93 => Packed::Zstd(Box::new(ZstdSteps::new(limits.max_window)?)),
            method => {
                stage = Stage::Broken(CodecFault::Method(method));
                Packed::Stored
            }
        };
        Ok(Content {
            left: header.sizes.map(|sizes| sizes.compressed),
            header,
            packed,
            crc: Crc::new(),
            taken: 0,
            given: 0,
            stage,
            limits,
        })
    }

    pub(super) fn name(&self) -> &[u8] {
        &self.header.name
    }

    /// The check sum that its header says, or that was found right after it.
    pub(super) fn crc(&self) -> Option<u32> {
        match self.header.sizes {
            Some(sizes) => Some(sizes.crc),
            None => (self.stage == Stage::Complete).then(|| self.crc.sum()),
        }
    }

    pub(super) fn read<R: Read>(
        &mut self,
        archive: &mut Source<R>,
        out: &mut [u8],
    ) -> io::Result<usize> {
        loop {
            match self.stage {
                Stage::Complete | Stage::Said | Stage::Lost => return Ok(0),
                Stage::Broken(fault) => {
                    self.stage = Stage::Said;
                    return Err(fault.into());
                }
                Stage::Data => {
                    let count = self.data(archive, out).inspect_err(|_| {
                        self.stage = Stage::Lost;
                    })?;
                    if count > 0 {
                        return Ok(count);
                    }
                }
            }
        }
    }

    /// One step; gives the number of bytes written to `out`.
    fn data<R: Read>(&mut self, archive: &mut Source<R>, out: &mut [u8]) -> io::Result<usize> {
        if self.left.is_none_or(|left| left > 0) && archive.input.ahead(1)?.is_empty() {
            return Err(CodecFault::Truncated(Format::Zip).into());
        }
        let step = match (&mut self.packed, self.left) {
            (Packed::Stored, None) => self.stored_until_descriptor(archive, out)?,
            (packed, left) => {
                let bytes = archive.input.unread();
                let most = left.and_then(|left| usize::try_from(left).ok());
                let bytes = &bytes[..bytes.len().min(most.unwrap_or(usize::MAX))];
                match packed {
                    Packed::Stored => copy(bytes, out, left.unwrap_or(0)),
                    Packed::Deflate(stream) => inflate(stream, Format::Zip, bytes, out),
                    Packed::Zstd(steps) => steps.step(bytes, out),
                }
            }
        };
        archive.consume(step.read);
        self.taken += step.read as u64;
        self.given += step.written as u64;
        self.left = self.left.map(|left| left.saturating_sub(step.read as u64));
        self.crc.update(&out[..step.written]);
        self.after(&step, archive)?;
        Ok(step.written)
    }

    /// What comes after a step.
    fn after<R: Read>(&mut self, step: &Step, archive: &mut Source<R>) -> io::Result<()> {
        let more_frames = matches!(self.packed, Packed::Zstd(_)) && self.left > Some(0);
        let stuck = step.read == 0 && step.written == 0;
        match step.end {
            End::Broken(fault) => self.stage = Stage::Broken(fault),
            End::Complete if !more_frames => self.stage = self.complete(archive)?,
            End::Not if self.left == Some(0) && stuck => {
                self.stage = Stage::Broken(CodecFault::Damaged(Format::Zip));
            }
            End::Complete | End::Not => {}
        }
        let exceeded = self.limits.exceeded(Format::Zip, self.taken, self.given);
        if let Some(fault) = exceeded {
            self.stage = Stage::Broken(fault);
        }
        Ok(())
    }

    /// The data is complete: whether it is what was written.
    fn complete<R: Read>(&self, archive: &mut Source<R>) -> io::Result<Stage> {
        let found = self.found();
        let fault = match self.header.sizes {
            Some(_) if self.left > Some(0) => CodecFault::TrailingData(Format::Zip),
            Some(said) if said == found => return Ok(Stage::Complete),
            Some(_) => CodecFault::CheckSum(Format::Zip),
            None => {
                let ahead = archive.input.ahead(LONGEST_DESCRIPTOR)?;
                let forms = descriptors(found);
                if let Some(form) = forms.iter().find(|form| ahead.starts_with(form)) {
                    archive.consume(form.len());
                    return Ok(Stage::Complete);
                }
                // More than that follows in a whole archive.
                if ahead.len() < LONGEST_DESCRIPTOR {
                    return Err(CodecFault::Truncated(Format::Zip).into());
                }
                CodecFault::CheckSum(Format::Zip)
            }
        };
        Ok(Stage::Broken(fault))
    }

    fn found(&self) -> Sizes {
        Sizes {
            crc: self.crc.sum(),
            compressed: self.taken,
            decoded: self.given,
        }
    }

    /// Data as it is, of a length that only what follows it says: where that is
    /// the length of what came before it.
    fn stored_until_descriptor<R: Read>(
        &self,
        archive: &mut Source<R>,
        out: &mut [u8],
    ) -> io::Result<Step> {
        let ahead = archive.input.ahead(LONGEST_DESCRIPTOR)?;
        let plain = match memmem::find(ahead, DESCRIPTOR) {
            // The lengths tell; whether the check sum is right is seen then.
            Some(0)
                if descriptors(self.found())
                    .iter()
                    .any(|form| is_of(form, ahead)) =>
            {
                return Ok(Step {
                    read: 0,
                    written: 0,
                    end: End::Complete,
                });
            }
            // The archive is cut.
            _ if ahead.len() < LONGEST_DESCRIPTOR => match descriptor_begins(ahead) {
                0 => return Err(CodecFault::Truncated(Format::Zip).into()),
                at => at,
            },
            Some(0) => 1,
            Some(at) => at,
            // It may begin with the last bytes.
            None => ahead.len() - (DESCRIPTOR.len() - 1),
        };
        Ok(copy(&ahead[..plain], out, u64::MAX))
    }

    /// Passes over what was not read; what comes then.
    pub(super) fn finish<R: Read>(
        &mut self,
        archive: &mut Source<R>,
    ) -> Result<Followed, ArchiveFault> {
        if self.stage == Stage::Lost {
            return Ok(Followed::Nothing);
        }
        if let Some(left) = self.left {
            return if archive.skip(left)? {
                Ok(Followed::Next)
            } else {
                Err(ArchiveFault::Truncated(Format::Zip))
            };
        }
        let mut passed_over = [0; 4096];
        loop {
            match self.read(archive, &mut passed_over) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if self.stage == Stage::Lost => return Err(error.into()),
                Err(_) => break,
            }
        }
        Ok(match self.stage {
            Stage::Complete => Followed::Next,
            _ => Followed::Unknown,
        })
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Content");
        shown.field("header", &self.header);
        shown.field("stage", &self.stage).finish_non_exhaustive()
    }
}

/// A step of data that is stored as it is, of which so much is left.
fn copy(bytes: &[u8], out: &mut [u8], left: u64) -> Step {
    let count = bytes.len().min(out.len());
    out[..count].copy_from_slice(&bytes[..count]);
    let ends = left == count as u64;
    Step {
        read: count,
        written: count,
        end: if ends { End::Complete } else { End::Not },
    }
}

/// Where in the last bytes of an archive something may begin that follows data.
fn descriptor_begins(bytes: &[u8]) -> usize {
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        rest.starts_with(DESCRIPTOR) || DESCRIPTOR.starts_with(rest)
    };
    (0..bytes.len()).find(begins).unwrap_or(bytes.len())
}

/// Whether bytes begin with a form of sizes, its check sum apart.
fn is_of(form: &[u8], bytes: &[u8]) -> bool {
    let begin = bytes.get(..DESCRIPTOR.len());
    let lengths = bytes.get(DESCRIPTOR.len() + 4..form.len());
    begin == form.get(..DESCRIPTOR.len()) && lengths == form.get(DESCRIPTOR.len() + 4..)
}

/// The forms in which sizes may follow the data.
fn descriptors(sizes: Sizes) -> Vec<Vec<u8>> {
    let crc = sizes.crc.to_le_bytes();
    let both = [sizes.compressed, sizes.decoded];
    let wide = both.map(u64::to_le_bytes).concat();
    let narrow = both.map(|size| (size as u32).to_le_bytes()).concat();
    let mut forms = Vec::new();
    for begin in [DESCRIPTOR.as_slice(), &[]] {
        for lengths in [&wide, &narrow] {
            forms.push([begin, &crc, lengths].concat());
        }
    }
    forms
}
