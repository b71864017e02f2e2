//! Formats told by their first bytes.

use std::fmt;

/// A container or encoding that its first bytes give away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard.
    Zstd,
    /// A zip archive.
    Zip,
    /// A tar archive, not compressed.
    Tar,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// A 7-Zip archive.
    SevenZip,
    /// An LZ4 frame.
    Lz4,
    /// Apache Parquet.
    Parquet,
    /// Apache Avro.
    Avro,
    /// Text in UTF-16, as a redirection in PowerShell writes it.
    Utf16,
}

/// What the first bytes have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sniff {
    Known(Format),
    Unknown,
    /// More bytes are needed to tell.
    Undecided,
}

const MAGIC: &[(&[u8], Format)] = &[
    (&[0x1f, 0x8b], Format::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Format::Zstd),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"BZh", Format::Bzip2),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0x00], Format::Xz),
    (&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c], Format::SevenZip),
    (&[0x04, 0x22, 0x4d, 0x18], Format::Lz4),
    (b"PAR1", Format::Parquet),
    (b"Obj\x01", Format::Avro),
    (&[0xff, 0xfe], Format::Utf16),
    (&[0xfe, 0xff], Format::Utf16),
];

/// How a frame begins that Zstandard passes over, after a byte from 0x50 to 0x5f.
const SKIPPABLE: &[u8] = &[0x2a, 0x4d, 0x18];

/// Where a tar header says `ustar`.
const TAR_MARK: (usize, &[u8]) = (257, b"ustar");

/// Tells the format from the bytes at hand. The first byte settles it for JSON;
/// for all else it is undecided until the mark that comes last would show.
pub(super) fn sniff(head: &[u8]) -> Sniff {
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Sniff::Known(*format);
    }
    if let [0x50..=0x5f, rest @ ..] = head {
        if rest.starts_with(SKIPPABLE) {
            return Sniff::Known(Format::Zstd);
        } else if SKIPPABLE.starts_with(rest) {
            return Sniff::Undecided;
        }
    }
    if MAGIC.iter().any(|(magic, _)| magic.starts_with(head)) {
        return Sniff::Undecided;
    }
    // 0xef begins a byte order mark.
    let json = matches!(
        head.first(),
        Some(b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n' | 0xef)
    );
    let (at, mark) = TAR_MARK;
    match head.get(at..) {
        _ if json => Sniff::Unknown,
        Some(rest) if rest.starts_with(mark) => Sniff::Known(Format::Tar),
        Some(rest) if rest.len() >= mark.len() => Sniff::Unknown,
        _ => Sniff::Undecided,
    }
}

impl Format {
    /// Every format shows within so many bytes.
    pub(crate) const SHOWS_WITHIN: usize = TAR_MARK.0 + TAR_MARK.1.len();

    /// The format of data that begins with these bytes, where it shows.
    pub fn recognise(head: &[u8]) -> Option<Format> {
        match sniff(head) {
            Sniff::Known(format) => Some(format),
            Sniff::Unknown | Sniff::Undecided => None,
        }
    }

    /// Whether it holds files.
    pub(crate) fn is_archive(self) -> bool {
        matches!(self, Format::Zip | Format::Tar)
    }

    /// What data of the format is called where it is damaged.
    pub(crate) fn data(self) -> &'static str {
        match self {
            Format::Gzip => "gzip data",
            Format::Zstd => "Zstandard data",
            Format::Zip => "zip data",
            Format::Tar => "tar data",
            Format::Parquet => "Parquet data",
            _ => "data",
        }
    }

    /// What a person can do to have it read.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Format::Gzip => {
                "it is compressed twice: unpack it once, `gunzip -c FILE > FILE.json.gz`"
            }
            Format::Zstd => {
                "it is compressed twice: unpack it once, `zstd -dc FILE > FILE.json.zst`"
            }
            Format::Zip => "unpack it: `unzip -d export FILE`, then scan `export`",
            Format::Tar => "unpack it: `tar -xf FILE -C export`, then scan `export`",
            Format::Bzip2 => "unpack it: `bzip2 -dc FILE | trailgate scan -`",
            Format::Xz => "unpack it: `xz -dc FILE | trailgate scan -`",
            Format::SevenZip => "unpack it: `7z x -oexport FILE`, then scan `export`",
            Format::Lz4 => "unpack it: `lz4 -dc FILE | trailgate scan -`",
            Format::Parquet | Format::Avro => "export the records as JSON",
            Format::Utf16 => "convert it: `iconv -f UTF-16 -t UTF-8 FILE | trailgate scan -`",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Gzip => "gzip data",
            Format::Zstd => "Zstandard data",
            Format::Zip => "a zip archive",
            Format::Tar => "a tar archive",
            Format::Bzip2 => "bzip2 data",
            Format::Xz => "xz data",
            Format::SevenZip => "a 7-Zip archive",
            Format::Lz4 => "LZ4 data",
            Format::Parquet => "a Parquet file",
            Format::Avro => "an Avro file",
            Format::Utf16 => "text in UTF-16",
        })
    }
}
