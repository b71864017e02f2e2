//! What a followed file holds, and whether it is there to its end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::codec::{CodecFault, Decoder, Format};

/// Bytes by which it shows what a file holds.
const HEAD: u64 = 512;

/// How a file is read.
pub(super) enum Kind {
    /// Text, as it is appended.
    Text,
    /// All at once.
    Whole,
}

/// How a file of a size is read, by its first bytes; nothing where there are too
/// few. At the last look everything is what it is.
pub(super) fn of(path: &Path, size: u64, last: bool) -> io::Result<Option<Kind>> {
    if last && size == 0 {
        return Ok(Some(Kind::Whole));
    }
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    let Some(first) = head.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        return Ok(last.then_some(Kind::Whole));
    };
    let is_text = matches!(first, b'{' | b'[' | 0xef | b'0'..=b'9');
    Ok(Some(match Format::recognise(&head) {
        None if is_text => Kind::Text,
        _ => Kind::Whole,
    }))
}

/// Whether compressed data is there to its end. What is damaged is as whole as it
/// will be.
pub(super) fn ends_well(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head)?;
    if !matches!(Format::recognise(&head), Some(Format::Gzip | Format::Zstd)) {
        return Ok(true);
    }
    file.seek(SeekFrom::Start(0))?;
    let Err(error) = io::copy(&mut Decoder::new(file), &mut io::sink()) else {
        return Ok(true);
    };
    match CodecFault::of(&error) {
        Some(CodecFault::Truncated(_)) => Ok(false),
        Some(_) => Ok(true),
        None => Err(error),
    }
}
