use std::io::{Read, Write};
use std::sync::mpsc;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

mod zstandard;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// All bytes before the end or the fault, reading `step` bytes at a time.
fn decode_in_steps(source: impl Read, step: usize) -> (Vec<u8>, Option<CodecFault>) {
    let mut decoder = Decoder::new(source);
    let mut all = Vec::new();
    let mut chunk = vec![0; step];
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) => return (all, None),
            Ok(count) => all.extend_from_slice(&chunk[..count]),
            Err(error) => return (all, Some(CodecFault::of(&error).unwrap())),
        }
    }
}

fn decode(data: &[u8]) -> (Vec<u8>, Option<CodecFault>) {
    decode_in_steps(data, 4096)
}

/// Gives at most `step` bytes a read.
struct Slow<'a> {
    data: &'a [u8],
    step: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = self.step.min(out.len());
        self.data.read(&mut out[..room])
    }
}

/// Text that does not compress to nothing.
fn text(records: usize) -> Vec<u8> {
    (0..records)
        .flat_map(|n| format!("{{\"n\":{n},\"h\":\"{:x}\"}}\n", n * 2_654_435_761).into_bytes())
        .collect()
}

#[test]
fn what_is_not_compressed_passes_through_unchanged() {
    for data in [
        &b""[..],
        b"{",
        b"P",
        b"\x1f",
        b"{\"Records\":[]}",
        b"\xef\xbb\xbf{}",
    ] {
        assert_eq!(decode(data), (data.to_vec(), None), "{data:?}");
    }
}

#[test]
fn gzip_is_told_by_its_first_bytes_and_decoded() {
    assert_eq!(decode(&gzip(b"{}")), (b"{}".to_vec(), None));
}

#[test]
fn members_follow_one_another_as_one_stream() {
    let data = [gzip(b"{\"a\":1}"), gzip(b""), gzip(b"{\"b\":2}")].concat();
    assert_eq!(decode(&data), (b"{\"a\":1}{\"b\":2}".to_vec(), None));
}

#[test]
fn zeros_after_and_between_members_are_padding() {
    let data = [gzip(b"one"), vec![0; 700], gzip(b"two"), vec![0; 1]].concat();
    assert_eq!(decode(&data), (b"onetwo".to_vec(), None));
}

#[test]
fn what_follows_the_last_member_is_reported_after_its_bytes() {
    for tail in [&b"garbage"[..], b"\x1f", b"\0\0x", b"\x1fx"] {
        let data = [gzip(b"{}"), tail.to_vec()].concat();
        assert_eq!(
            decode(&data),
            (b"{}".to_vec(), Some(CodecFault::TrailingData(Format::Gzip))),
            "{tail:?}"
        );
    }
}

#[test]
fn a_wrong_check_sum_is_reported_after_all_bytes() {
    let whole = text(500);
    let mut data = gzip(&whole);
    let at = data.len() - 6;
    data[at] ^= 0xff;
    assert_eq!(
        decode(&data),
        (whole.clone(), Some(CodecFault::CheckSum(Format::Gzip)))
    );
    let mut data = gzip(&whole);
    let at = data.len() - 2;
    data[at] ^= 0xff;
    assert_eq!(
        decode(&data),
        (whole, Some(CodecFault::CheckSum(Format::Gzip)))
    );
}

#[test]
fn damage_in_the_middle_keeps_what_came_before_it() {
    let whole = text(20_000);
    let mut data = gzip(&whole);
    let middle = data.len() / 2;
    data[middle..middle + 64].fill(0xff);
    let (decoded, fault) = decode(&data);
    assert!(
        matches!(
            fault,
            Some(CodecFault::Damaged(_) | CodecFault::CheckSum(_))
        ),
        "{fault:?}"
    );
    assert!(decoded.len() > whole.len() / 4);
    assert_eq!(decoded[..whole.len() / 4], whole[..whole.len() / 4]);
}

#[test]
fn a_damaged_second_member_keeps_the_first() {
    let mut second = gzip(b"second");
    second[2] = 99;
    let data = [gzip(b"first"), second].concat();
    assert_eq!(
        decode(&data),
        (b"first".to_vec(), Some(CodecFault::Damaged(Format::Gzip)))
    );
}

#[test]
fn containers_that_are_not_read_are_named() {
    let cases: [(&[u8], Format); 4] = [
        (b"BZh91AY&SY", Format::Bzip2),
        (b"\xfd7zXZ\0..", Format::Xz),
        (b"Obj\x01....", Format::Avro),
        (b"\x04\x22\x4d\x18....", Format::Lz4),
    ];
    for (data, format) in cases {
        assert_eq!(
            decode(data),
            (vec![], Some(CodecFault::Unsupported(format)))
        );
    }
}

#[test]
fn archives_pass_through() {
    let mut tar = vec![0; 512];
    tar[..6].copy_from_slice(b"a.json");
    tar[257..262].copy_from_slice(b"ustar");
    for data in [&b"PK\x03\x04...."[..], b"PK\x05\x06....", &tar] {
        assert_eq!(decode(data), (data.to_vec(), None));
        assert!(Format::recognise(data).is_some_and(Format::is_archive));
    }
}

#[test]
fn a_fault_names_the_input_and_says_what_to_do() {
    let shown = CodecFault::Unsupported(Format::SevenZip).diagnostic("export/a.7z");
    assert_eq!(shown.code.as_str(), "TG2002");
    assert_eq!(shown.place.as_deref(), Some("export/a.7z"));
    assert_eq!(
        shown.message,
        "this is a 7-Zip archive, which is not read in this version"
    );
    assert!(shown.help.unwrap().contains("7z x"));
}

/// A source that gives what a channel gives, and waits where it has nothing.
struct Channel(mpsc::Receiver<Vec<u8>>);

impl Read for Channel {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Ok(bytes) = self.0.recv() else {
            return Ok(0);
        };
        out[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

#[test]
fn decoded_bytes_are_given_before_more_are_asked_for() {
    let (sender, receiver) = mpsc::channel();
    let mut decoder = Decoder::new(Channel(receiver));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"{\"first\":1}\n").unwrap();
    encoder.flush().unwrap();
    sender.send(std::mem::take(encoder.get_mut())).unwrap();
    // The sender is still there: asking it for more would wait for ever.
    let mut out = [0; 64];
    let count = decoder.read(&mut out).unwrap();
    assert_eq!(&out[..count], b"{\"first\":1}\n");
    encoder.write_all(b"{\"second\":2}\n").unwrap();
    sender.send(encoder.finish().unwrap()).unwrap();
    let count = decoder.read(&mut out).unwrap();
    assert_eq!(&out[..count], b"{\"second\":2}\n");
    drop(sender);
    assert_eq!(decoder.read(&mut out).unwrap(), 0);
}

#[test]
fn one_byte_of_json_is_passed_on_at_once() {
    let (sender, receiver) = mpsc::channel();
    let mut decoder = Decoder::new(Channel(receiver));
    sender.send(b"{".to_vec()).unwrap();
    let mut out = [0; 64];
    assert_eq!(decoder.read(&mut out).unwrap(), 1);
}

fn any_compression() -> impl Strategy<Value = fn(&[u8]) -> Vec<u8>> {
    prop::sample::select(vec![gzip as fn(&[u8]) -> Vec<u8>, zstandard::zstd])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_split_into_streams_and_reads_decodes_to_the_same(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2000), 1..6),
        source_step in 1usize..3000,
        out_step in 1usize..3000,
        compress in any_compression(),
    ) {
        let data: Vec<u8> = parts.iter().flat_map(|part| compress(part)).collect();
        let decoded = decode_in_steps(Slow { data: &data, step: source_step }, out_step);
        prop_assert_eq!(decoded, (parts.concat(), None));
    }

    #[test]
    fn a_truncated_stream_gives_a_prefix_and_says_so(
        records in 1usize..400,
        cut in any::<prop::sample::Index>(),
        step in 1usize..3000,
        compress in any_compression(),
    ) {
        let whole = text(records);
        let data = compress(&whole);
        let format = Format::recognise(&data).unwrap();
        // Less than the bytes by which it is told is plain data.
        let told = if format == Format::Gzip { 2 } else { 4 };
        let cut = told + cut.index(data.len() - told);
        let (decoded, fault) = decode_in_steps(Slow { data: &data[..cut], step }, 512);
        prop_assert_eq!(fault, Some(CodecFault::Truncated(format)));
        prop_assert!(whole.starts_with(&decoded));
        // A deflate block is held back by little: cutting only the trailer loses nothing.
        if format == Format::Gzip && cut + 8 >= data.len() {
            prop_assert_eq!(decoded, whole);
        }
    }

    #[test]
    fn arbitrary_bytes_end_without_a_panic(
        mut data in prop::collection::vec(any::<u8>(), 0..600),
        as_gzip in any::<bool>(),
    ) {
        if as_gzip {
            data.splice(0..0, [0x1f, 0x8b, 8, 0]);
        }
        decode_in_steps(Slow { data: &data, step: 7 }, 33);
    }
}

#[test]
fn what_expands_too_far_is_cut_off() {
    let zeros = io::repeat(b' ').take(40 << 20);
    let mut encoder = flate2::read::GzEncoder::new(zeros, flate2::Compression::best());
    let mut bomb = Vec::new();
    encoder.read_to_end(&mut bomb).unwrap();
    let decode = |limits: Limits| {
        let mut decoder = Decoder::with_limits(bomb.as_slice(), limits);
        let mut decoded = 0;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match decoder.read(&mut buffer) {
                Ok(0) => return (decoded, None),
                Ok(count) => decoded += count as u64,
                Err(error) => return (decoded, CodecFault::of(&error)),
            }
        }
    };
    let limits = Limits::default();
    let (decoded, fault) = decode(limits);
    assert_eq!(
        fault,
        Some(CodecFault::TooDense {
            format: Format::Gzip,
            limit: 250
        })
    );
    assert!(decoded < (17 << 20), "{decoded}");
    let denser = Limits {
        max_ratio: 2000,
        ..limits
    };
    assert_eq!(decode(denser), (40 << 20, None));
    let smaller = Limits {
        max_decoded: 1 << 20,
        ..denser
    };
    let (decoded, fault) = decode(smaller);
    assert_eq!(
        fault,
        Some(CodecFault::TooLarge {
            format: Format::Gzip,
            limit: 1 << 20
        })
    );
    assert!(decoded < (2 << 20), "{decoded}");
}
