//! tar: 512 bytes that say what follows, then the content, block after block.

use std::io::{self, Read};

use ::tar::Header;

use super::{ArchiveFault, Kind, Member};
use crate::codec::{CodecFault, Format, Lookahead};

const BLOCK: usize = 512;

/// The longest name or set of attributes.
const LONGEST: u64 = 1 << 20;

/// Where a sparse file's header, and a continuation of it, says that a
/// continuation follows.
const MORE_HOLES: (usize, usize) = (482, 504);

/// The members of a tar archive: ustar, pax and GNU.
#[derive(Debug)]
pub(super) struct TarMembers<R> {
    input: Lookahead<R>,
    /// Bytes of the archive so far.
    at: u64,
    /// Bytes of the content that were not read, and of the padding after it.
    content: u64,
    padding: u64,
    /// What is wrong with the content.
    fault: Option<CodecFault>,
    /// Whether the last blocks were the zeros that end an archive.
    ended: bool,
    over: bool,
}

/// What headers said of the member that follows them.
#[derive(Debug, Default)]
struct Said {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl<R: Read> TarMembers<R> {
    pub(super) fn new(source: R) -> Self {
        TarMembers {
            input: Lookahead::new(source),
            at: 0,
            content: 0,
            padding: 0,
            fault: None,
            ended: false,
            over: false,
        }
    }

    /// Goes on to the next member. What is no header is the end: in a tar archive
    /// nothing says where the next one is.
    pub(super) fn next_member(&mut self) -> Result<Option<Member>, ArchiveFault> {
        if self.over {
            return Ok(None);
        }
        let next = self.advance();
        self.over |= !matches!(next, Ok(Some(_)));
        next
    }

    fn advance(&mut self) -> Result<Option<Member>, ArchiveFault> {
        self.fault = None;
        self.skip(self.content.saturating_add(self.padding))?;
        (self.content, self.padding) = (0, 0);
        let mut said = Said::default();
        loop {
            let at = self.at;
            let Some(block) = self.block()? else {
                return if self.ended {
                    Ok(None)
                } else {
                    Err(ArchiveFault::Truncated(Format::Tar))
                };
            };
            // Zeros end an archive, and others may follow it: what tar itself
            // would pass over must not go unseen here.
            if block.iter().all(|byte| *byte == 0) {
                self.ended = true;
                continue;
            }
            let header = Header::from_byte_slice(&block);
            if !is_header(header) {
                return Err(if self.ended {
                    ArchiveFault::TrailingData(Format::Tar)
                } else {
                    damaged(at)
                });
            }
            self.ended = false;
            let size = header.entry_size().map_err(|_| damaged(at))?;
            match header.as_bytes()[156] {
                b'L' => said.name = Some(until_zero(self.header_data(size)?)),
                b'K' => drop(self.header_data(size)?),
                b'x' => {
                    let data = self.header_data(size)?;
                    said.read_pax(&data).ok_or_else(|| damaged(at))?;
                }
                b'g' => drop(self.header_data(size)?),
                kind => return self.member(header, kind, size, said).map(Some),
            }
        }
    }

    fn member(
        &mut self,
        header: &Header,
        kind: u8,
        size: u64,
        said: Said,
    ) -> Result<Member, ArchiveFault> {
        let name = said
            .name
            .unwrap_or_else(|| header.path_bytes().into_owned());
        let size = said.size.unwrap_or(size);
        let flag = kind;
        let kind = match flag {
            b'1' | b'2' => Kind::Link,
            b'3' | b'4' | b'6' => Kind::Special,
            b'5' => Kind::Directory,
            // The contents of a directory, a label.
            b'D' | b'V' => Kind::Special,
            0 if name.ends_with(b"/") => Kind::Directory,
            _ => Kind::File,
        };
        if flag == b'S' {
            self.skip_holes(header)?;
        }
        if flag == b'S' || said.sparse {
            self.fault = Some(CodecFault::Sparse);
            self.padding = size.saturating_add(padding(size));
        } else if kind == Kind::File || flag == b'D' {
            self.content = size;
            self.padding = padding(size);
        }
        Ok(Member { name, kind })
    }

    /// The data of a header that says something of the next one.
    fn header_data(&mut self, size: u64) -> Result<Vec<u8>, ArchiveFault> {
        if size > LONGEST {
            return Err(ArchiveFault::LongHeader { limit: LONGEST });
        }
        let mut data = Vec::new();
        let read = (&mut self.input).take(size).read_to_end(&mut data)?;
        self.at += read as u64;
        if (read as u64) < size {
            return Err(ArchiveFault::Truncated(Format::Tar));
        }
        self.skip(padding(size))?;
        Ok(data)
    }

    /// Passes over what says where the holes of a sparse file are.
    fn skip_holes(&mut self, header: &Header) -> Result<(), ArchiveFault> {
        let (first, further) = MORE_HOLES;
        let mut more = header.as_bytes()[first] != 0;
        while more {
            let block = self.block()?;
            let block = block.ok_or(ArchiveFault::Truncated(Format::Tar))?;
            more = block[further] != 0;
        }
        Ok(())
    }

    /// The next block, or nothing at the end.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, ArchiveFault> {
        let bytes = self.input.ahead(BLOCK)?;
        let padding = self.ended && bytes.iter().all(|byte| *byte == 0);
        if bytes.is_empty() || padding && bytes.len() < BLOCK {
            return Ok(None);
        }
        let block = bytes.first_chunk::<BLOCK>().copied();
        let block = block.ok_or(ArchiveFault::Truncated(Format::Tar))?;
        self.input.consume(BLOCK);
        self.at += BLOCK as u64;
        Ok(Some(block))
    }

    fn skip(&mut self, count: u64) -> Result<(), ArchiveFault> {
        let skipped = io::copy(&mut (&mut self.input).take(count), &mut io::sink())?;
        self.at += skipped;
        if skipped < count {
            return Err(ArchiveFault::Truncated(Format::Tar));
        }
        Ok(())
    }
}

impl<R: Read> Read for TarMembers<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.take() {
            return Err(fault.into());
        }
        let most = usize::try_from(self.content).unwrap_or(usize::MAX);
        let most = most.min(out.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.input.read(&mut out[..most]);
        if let Ok(count @ 1..) = read {
            self.content -= count as u64;
            self.at += count as u64;
            return Ok(count);
        }
        // Said of the content, it need not be said again of the archive.
        self.over = true;
        self.content = 0;
        read.and(Err(CodecFault::Truncated(Format::Tar).into()))
    }
}

impl Said {
    /// Takes in what a pax header says: lines of `length key=value`, whose values
    /// may hold anything. Nothing where it is no such thing.
    fn read_pax(&mut self, mut data: &[u8]) -> Option<()> {
        while !data.is_empty() {
            let digits = data.iter().position(|byte| *byte == b' ')?;
            let length: usize = number(&data[..digits])?;
            let line = data.get(digits + 1..length)?;
            let line = line.strip_suffix(b"\n")?;
            let equals = line.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (&line[..equals], &line[equals + 1..]);
            match key {
                b"path" if !self.sparse => self.name = Some(value.to_vec()),
                b"GNU.sparse.name" => self.name = Some(value.to_vec()),
                b"size" => self.size = Some(number(value)?),
                _ => {}
            }
            self.sparse |= key.starts_with(b"GNU.sparse.");
            data = &data[length..];
        }
        Some(())
    }
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn damaged(at: u64) -> ArchiveFault {
    ArchiveFault::Damaged {
        format: Format::Tar,
        at,
    }
}

/// Bytes up to the next block.
fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}

fn until_zero(mut name: Vec<u8>) -> Vec<u8> {
    let end = name.iter().position(|byte| *byte == 0);
    name.truncate(end.unwrap_or(name.len()));
    name
}

/// Whether the check sum says so: of the bytes, its own taken as spaces. Some
/// archivers took bytes for signed.
fn is_header(header: &Header) -> bool {
    let Ok(said) = header.cksum() else {
        return false;
    };
    let bytes = header.as_bytes().iter().enumerate();
    let (mut unsigned, mut signed) = (0_u32, 0_i32);
    for (index, byte) in bytes {
        let byte = if (148..156).contains(&index) {
            b' '
        } else {
            *byte
        };
        unsigned += u32::from(byte);
        signed += i32::from(byte.cast_signed());
    }
    said == unsigned || i32::try_from(said) == Ok(signed)
}
