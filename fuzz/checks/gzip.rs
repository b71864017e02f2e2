//! The splitter behind the codec: what was compressed reads as what was not, and
//! damaged compression ends with a fault and not before what was sound.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use trailgate::codec::{Decoder, WholeGunzip};
use trailgate::shape::DEFAULT_MAX_RECORD;

use super::shape::{Pieces, items};

pub fn check(data: &[u8]) {
    let whole = items(Decoder::new(data), DEFAULT_MAX_RECORD);
    for step in [1, 17] {
        let pieces = items(Decoder::new(Pieces { data, step }), DEFAULT_MAX_RECORD);
        assert_eq!(whole, pieces, "{step} bytes a read");
    }
    at_once_is_as_in_pieces(data);
    compressed_is_read_as_plain(data);
}

/// Decodes data at once, where that can be done, and holds it to the stream.
fn at_once_is_as_in_pieces(data: &[u8]) -> bool {
    let mut at_once = Vec::new();
    let Some(length) = WholeGunzip::default().decode(data, 1 << 20, &mut at_once) else {
        return false;
    };
    let mut streamed = Vec::new();
    // Data after the member is the stream's to report.
    let _ = Decoder::new(data).read_to_end(&mut streamed);
    assert!(at_once[..length] == streamed, "{length} bytes at once");
    true
}

fn compressed_is_read_as_plain(data: &[u8]) {
    let plain = items(data, DEFAULT_MAX_RECORD);
    let one = compress(data);
    let can = at_once_is_as_in_pieces(&one);
    let plain_member = one[1..].windows(3).all(|bytes| bytes != [0x1f, 0x8b, 8]);
    assert_eq!(can, !data.is_empty() && plain_member);
    let two = [
        compress(&data[..data.len() / 2]),
        compress(&data[data.len() / 2..]),
    ]
    .concat();
    for members in [&one, &two] {
        let read = items(Decoder::new(members.as_slice()), DEFAULT_MAX_RECORD);
        assert_eq!(plain, read, "in {} bytes", members.len());
    }
    // Cut, it gives a beginning of the data, and says so.
    let cut = one.len() - 1 - data.len() % (one.len() / 2);
    let mut decoded = Vec::new();
    let end = Decoder::new(Cursor::new(&one[..cut])).read_to_end(&mut decoded);
    assert!(end.is_err(), "cut at {cut} of {}", one.len());
    assert!(data.starts_with(&decoded));
}

fn compress(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}
