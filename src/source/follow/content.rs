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

/// Whether data that is read as a whole is there to its end, as far as its format says
/// how that looks. What is damaged is as whole as it will be.
pub(super) fn ends_well(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head)?;
    match Format::recognise(&head) {
        Some(Format::Gzip | Format::Zstd) => {}
        Some(Format::Zip) => return Ok(ends_as_zip(&tail(&mut file, ZIP_END)?)),
        Some(Format::Parquet) => return Ok(ends_as_parquet(&tail(&mut file, PARQUET_END)?)),
        Some(Format::Tar) => return Ok(ends_as_tar(&tail(&mut file, TAR_END)?)),
        _ => return Ok(true),
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

/// The last bytes of a file.
fn tail(file: &mut File, most: u64) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(most)))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the record at the end of a zip archive begins with, its length, and where in it
/// stands the length of the comment that follows.
const ZIP_MARK: &[u8] = b"PK\x05\x06";
const ZIP_RECORD: usize = 22;
const ZIP_COMMENT: usize = 20;
/// With the longest comment.
const ZIP_END: u64 = ZIP_RECORD as u64 + u16::MAX as u64;

fn ends_as_zip(tail: &[u8]) -> bool {
    memchr::memmem::rfind_iter(tail, ZIP_MARK).any(|at| {
        let record = &tail[at..];
        match record.get(ZIP_COMMENT..ZIP_RECORD) {
            Some(&[low, high]) => {
                let comment = usize::from(u16::from_le_bytes([low, high]));
                record.len() == ZIP_RECORD + comment
            }
            _ => false,
        }
    })
}

/// The mark at both ends of a Parquet file; another one where its end is encrypted.
const PARQUET_END: u64 = 4;

fn ends_as_parquet(tail: &[u8]) -> bool {
    matches!(tail, b"PAR1" | b"PARE")
}

/// Two blocks of nothing.
const TAR_END: u64 = 1024;

fn ends_as_tar(tail: &[u8]) -> bool {
    tail.len() as u64 == TAR_END && tail.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_ends_where_its_last_record_does() {
        let end = |comment: &[u8]| {
            let length = u16::try_from(comment.len()).unwrap().to_le_bytes();
            [ZIP_MARK, &[0; 16], &length, comment].concat()
        };
        assert!(ends_as_zip(&end(b"")));
        assert!(ends_as_zip(
            &[b"content", end(b"a comment").as_slice()].concat()
        ));
        let whole = end(b"a PK\x05\x06 in the comment");
        assert!(ends_as_zip(&whole));
        for cut in 0..whole.len() {
            assert!(!ends_as_zip(&whole[..cut]), "{cut}");
        }
        assert!(!ends_as_zip(&[end(b"").as_slice(), b"more"].concat()));
    }

    #[test]
    fn a_table_ends_with_its_mark_and_a_tape_with_nothing() {
        assert!(ends_as_parquet(b"PAR1"));
        assert!(!ends_as_parquet(b"PAR"));
        assert!(ends_as_tar(&[0; 1024]));
        assert!(!ends_as_tar(&[0; 512]));
    }
}
