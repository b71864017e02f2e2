//! zip, from its first byte to its last: a header before each member, and a
//! directory that lists them all at the end.

mod content;
mod header;
mod listing;

use std::io::{self, Read};

use super::{ArchiveFault, Kind, Member};
use crate::codec::{Format, Limits, Lookahead};
use content::{Content, Followed};
use header::LocalHeader;
use listing::Listing;

/// Bytes that tell what comes next.
const SIGNATURE: usize = 4;

const MEMBER: &[u8; 4] = b"PK\x03\x04";
const LISTED: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";
const END_64: &[u8; 4] = b"PK\x06\x06";
const LOCATOR_64: &[u8; 4] = b"PK\x06\x07";

/// The members of a zip archive.
#[derive(Debug)]
pub(super) struct ZipMembers<R> {
    archive: Source<R>,
    limits: Limits,
    content: Option<Content>,
    listing: Listing,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Members,
    Directory,
    /// After the end that the archive says.
    Ended,
    Over,
}

/// The bytes of the archive, counted.
#[derive(Debug)]
struct Source<R> {
    input: Lookahead<R>,
    at: u64,
}

impl<R: Read> ZipMembers<R> {
    pub(super) fn new(source: R, limits: Limits) -> Self {
        ZipMembers {
            archive: Source {
                input: Lookahead::new(source),
                at: 0,
            },
            limits,
            content: None,
            listing: Listing::default(),
            stage: Stage::Members,
        }
    }

    /// Goes on to the next member.
    pub(super) fn next_member(&mut self) -> Result<Option<Member>, ArchiveFault> {
        if let Some(content) = self.content.take() {
            self.finish(content)?;
        }
        while self.stage != Stage::Over {
            match self.advance() {
                Ok(None) => {}
                Ok(Some(member)) => return Ok(Some(member)),
                Err(fault) => {
                    let found = match fault {
                        ArchiveFault::Damaged { .. } => self.archive.resume(),
                        ArchiveFault::Directory => Ok(true),
                        _ => Ok(false),
                    };
                    if !matches!(found, Ok(true)) {
                        self.stage = Stage::Over;
                    }
                    return Err(fault);
                }
            }
        }
        Ok(None)
    }

    /// Reads what comes next, and gives it if it is a member.
    fn advance(&mut self) -> Result<Option<Member>, ArchiveFault> {
        if self.stage == Stage::Ended {
            self.archive.skip_zeros()?;
        }
        let ahead = self.archive.input.ahead(SIGNATURE)?;
        if ahead.is_empty() && self.stage == Stage::Ended {
            self.stage = Stage::Over;
            return Ok(None);
        }
        let short = ahead.len() < SIGNATURE;
        match ahead.first_chunk() {
            // Another archive may follow: what unzip would pass over must not go
            // unseen here.
            Some(MEMBER) if self.stage != Stage::Directory => self.member().map(Some),
            Some(LISTED) if self.stage != Stage::Ended => {
                self.stage = Stage::Directory;
                let listed = header::listed(&mut self.archive)?;
                self.listing.list(&listed.name, listed.crc);
                Ok(None)
            }
            Some(END) if self.stage != Stage::Ended => {
                header::skip_end(&mut self.archive)?;
                self.stage = Stage::Ended;
                let listing = std::mem::take(&mut self.listing);
                listing
                    .agrees()
                    .then_some(None)
                    .ok_or(ArchiveFault::Directory)
            }
            Some(END_64 | LOCATOR_64) if self.stage != Stage::Ended => {
                header::skip_end_64(&mut self.archive)?;
                Ok(None)
            }
            _ if self.stage == Stage::Ended => Err(ArchiveFault::TrailingData(Format::Zip)),
            _ if short => Err(ArchiveFault::Truncated(Format::Zip)),
            _ => Err(self.archive.damaged()),
        }
    }

    fn member(&mut self) -> Result<Member, ArchiveFault> {
        self.stage = Stage::Members;
        let header = LocalHeader::read(&mut self.archive)?;
        let kind = if header.name.ends_with(b"/") {
            Kind::Directory
        } else {
            Kind::File
        };
        let name = header.name.clone();
        self.content = Some(Content::new(header, self.limits)?);
        Ok(Member { name, kind })
    }

    /// Passes over what was not read of a member.
    fn finish(&mut self, mut content: Content) -> Result<(), ArchiveFault> {
        let followed = content.finish(&mut self.archive);
        match content.crc() {
            Some(crc) => self.listing.hold(content.name(), crc),
            // What is wrong with it was said.
            None => self.listing.doubt(),
        }
        match followed {
            Ok(Followed::Next) => Ok(()),
            Ok(Followed::Unknown) => {
                if !self.archive.resume()? {
                    self.stage = Stage::Over;
                    return Err(ArchiveFault::Truncated(Format::Zip));
                }
                Ok(())
            }
            Ok(Followed::Nothing) => {
                self.stage = Stage::Over;
                Ok(())
            }
            Err(fault) => {
                self.stage = Stage::Over;
                Err(fault)
            }
        }
    }
}

impl<R: Read> Read for ZipMembers<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &mut self.content {
            Some(content) if !out.is_empty() => content.read(&mut self.archive, out),
            _ => Ok(0),
        }
    }
}

impl<R: Read> Source<R> {
    fn consume(&mut self, count: usize) {
        self.input.consume(count);
        self.at += count as u64;
    }

    fn damaged(&self) -> ArchiveFault {
        ArchiveFault::Damaged {
            format: Format::Zip,
            at: self.at,
        }
    }

    /// The next bytes, all of them or the archive ends early.
    fn exact(&mut self, count: usize) -> Result<Vec<u8>, ArchiveFault> {
        let mut bytes = Vec::new();
        let read = (&mut self.input)
            .take(count as u64)
            .read_to_end(&mut bytes)?;
        self.at += read as u64;
        if read < count {
            return Err(ArchiveFault::Truncated(Format::Zip));
        }
        Ok(bytes)
    }

    /// Passes over as many bytes as there are, up to so many; whether there were
    /// that many.
    fn skip(&mut self, count: u64) -> Result<bool, ArchiveFault> {
        let skipped = io::copy(&mut (&mut self.input).take(count), &mut io::sink())?;
        self.at += skipped;
        Ok(skipped == count)
    }

    fn skip_zeros(&mut self) -> Result<(), ArchiveFault> {
        loop {
            let ahead = self.input.ahead(1)?;
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return Ok(());
            }
            self.consume(zeros);
        }
    }

    /// Passes over at least a byte, up to what looks like the beginning of
    /// something; whether there is such a thing.
    fn resume(&mut self) -> Result<bool, ArchiveFault> {
        self.consume(1);
        loop {
            let ahead = self.input.ahead(SIGNATURE)?;
            if ahead.len() < SIGNATURE {
                return Ok(false);
            }
            let begins = |bytes: &[u8]| bytes == MEMBER || bytes == LISTED || bytes == END;
            match ahead.windows(SIGNATURE).position(begins) {
                Some(0) => return Ok(true),
                Some(at) => self.consume(at),
                None => {
                    let rest = ahead.len() - (SIGNATURE - 1);
                    self.consume(rest);
                }
            }
        }
    }
}
