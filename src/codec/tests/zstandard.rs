//! Zstandard: the same as of gzip, and what it has of its own.

use ::zstd::stream::raw::CParameter;
use proptest::prelude::*;

use super::*;

pub(super) fn zstd(data: &[u8]) -> Vec<u8> {
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

const SKIPPED: &[u8] = b"\x5a\x2a\x4d\x18\x04\x00\x00\x00note";

#[test]
fn frames_follow_one_another_and_some_are_passed_over() {
    let data = [SKIPPED, &zstd(b"one"), &zstd(b""), SKIPPED, &zstd(b"two")].concat();
    assert_eq!(decode(&data), (b"onetwo".to_vec(), None));
    assert_eq!(decode(SKIPPED), (vec![], None));
}

#[test]
fn what_follows_the_last_frame_is_reported_after_its_bytes() {
    for tail in [&b"garbage"[..], b"\0\0\0\0", b"\x28", b"{}"] {
        let data = [&zstd(b"{}"), tail].concat();
        let fault = CodecFault::TrailingData(Format::Zstd);
        assert_eq!(decode(&data), (b"{}".to_vec(), Some(fault)), "{tail:?}");
    }
}

#[test]
fn a_wrong_check_sum_is_reported_after_all_bytes() {
    let whole = text(20_000);
    let mut data = zstd(&whole);
    *data.last_mut().unwrap() ^= 1;
    for step in [100, 4096, 1 << 20] {
        let fault = CodecFault::CheckSum(Format::Zstd);
        let (decoded, found) = decode_in_steps(data.as_slice(), step);
        assert_eq!(found, Some(fault));
        assert!(decoded == whole, "{} of {}", decoded.len(), whole.len());
    }
}

#[test]
fn a_window_that_takes_too_much_memory_is_refused() {
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.set_parameter(CParameter::WindowLog(24)).unwrap();
    encoder.write_all(b"{}").unwrap();
    let data = encoder.finish().unwrap();
    let fault = |max_window| {
        let limits = Limits {
            max_window,
            ..Limits::default()
        };
        let mut decoder = Decoder::with_limits(data.as_slice(), limits);
        let end = decoder.read_to_end(&mut Vec::new());
        end.err().and_then(|error| CodecFault::of(&error))
    };
    let limit = 8 << 20;
    assert_eq!(fault(limit), Some(CodecFault::TooWide { limit }));
    assert_eq!(fault(16 << 20), None);
    let shown = CodecFault::TooWide { limit }.diagnostic("a.zst");
    assert!(shown.help.unwrap().contains("--max-window"));
}

#[test]
fn what_expands_too_far_is_cut_off() {
    let bomb = zstd(&vec![b' '; 40 << 20]);
    let mut decoder = Decoder::new(bomb.as_slice());
    let mut decoded = Vec::new();
    let error = decoder.read_to_end(&mut decoded).unwrap_err();
    let fault = CodecFault::TooDense {
        format: Format::Zstd,
        limit: 250,
    };
    assert_eq!(CodecFault::of(&error), Some(fault));
    assert!(decoded.len() < 17 << 20, "{}", decoded.len());
}

#[test]
fn decoded_bytes_are_given_before_more_are_asked_for() {
    let (sender, receiver) = mpsc::channel();
    let mut decoder = Decoder::new(Channel(receiver));
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.write_all(b"{\"first\":1}\n").unwrap();
    encoder.flush().unwrap();
    sender.send(std::mem::take(encoder.get_mut())).unwrap();
    let mut out = [0; 64];
    let count = decoder.read(&mut out).unwrap();
    assert_eq!(&out[..count], b"{\"first\":1}\n");
    sender.send(encoder.finish().unwrap()).unwrap();
    drop(sender);
    assert_eq!(decoder.read(&mut out).unwrap(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damage_is_reported_and_what_came_before_its_block_is_kept(
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
        step in 1usize..100_000,
    ) {
        let whole = text(20_000);
        let mut data = zstd(&whole);
        let at = at.index(data.len());
        data[at] ^= flip;
        let (decoded, fault) = decode_in_steps(data.as_slice(), step);
        prop_assert!(fault.is_some() || at < 4);
        // A block decodes to 128 KiB; the data is of several.
        let before = (whole.len() * at / data.len()).saturating_sub(256 << 10);
        let before = before.min(decoded.len());
        prop_assert_eq!(&decoded[..before], &whole[..before]);
    }

    #[test]
    fn arbitrary_bytes_end_without_a_panic(mut data in prop::collection::vec(any::<u8>(), 0..600)) {
        data.splice(0..0, [0x28, 0xb5, 0x2f, 0xfd]);
        decode_in_steps(Slow { data: &data, step: 7 }, 33);
    }
}
