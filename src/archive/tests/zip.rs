use std::io::{Cursor, Write};

use ::zip::unstable::write::FileOptionsExt as _;
use ::zip::write::SimpleFileOptions;
use ::zip::{AesMode, CompressionMethod, ZipArchive, ZipWriter};
use proptest::prelude::*;

use super::*;

const METHODS: [CompressionMethod; 3] = [
    CompressionMethod::Stored,
    CompressionMethod::Deflated,
    CompressionMethod::Zstd,
];

fn by(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

/// An archive whose sizes stand before the data.
fn pack(files: &[(&str, SimpleFileOptions, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, options, data) in files {
        writer.start_file(*name, *options).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive whose sizes follow the data.
fn pack_stream(files: &[(&str, SimpleFileOptions, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, options, data) in files {
        writer.start_file(*name, *options).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read_zip(data: &[u8]) -> Came {
    read(Format::Zip, data)
}

/// How an archive is made: of names, how they are packed, and what they hold.
type Make = fn(&[(&str, SimpleFileOptions, &[u8])]) -> Vec<u8>;

fn three(make: Make) -> Vec<u8> {
    let [stored, deflated, zstd] = METHODS.map(by);
    make(&[
        ("a.json", stored, &text(5)),
        ("b/c.json", deflated, &text(30)),
        ("d.json", zstd, b"{}"),
    ])
}

#[test]
fn every_method_is_read_whether_sizes_come_before_or_after() {
    for make in [pack, pack_stream] {
        for step in [1, 7, 4096, 100_000] {
            let came = read_some(Format::Zip, &three(make), step, usize::MAX);
            let (a, c) = (text(5), text(30));
            assert_eq!(
                came.whole(),
                [
                    ("a.json", a.as_slice()),
                    ("b/c.json", &c),
                    ("d.json", b"{}")
                ]
            );
            assert!(came.is_sound(), "{came:?}");
        }
    }
}

#[test]
fn content_need_not_be_read() {
    for make in [pack, pack_stream] {
        let came = read_some(Format::Zip, &three(make), 10, 1);
        assert_eq!(came.names(), ["a.json", "b/c.json", "d.json"]);
        assert_eq!(came.faults, [""; 0]);
    }
}

#[test]
fn sizes_of_64_bits_are_read() {
    for method in METHODS {
        let data = pack(&[
            ("a", by(method).large_file(true), b"{}"),
            ("b", by(method), b"[]"),
        ]);
        let came = read_zip(&data);
        assert_eq!(came.whole(), [("a", &b"{}"[..]), ("b", b"[]")]);
        assert!(came.is_sound(), "{came:?}");
    }
}

#[test]
fn an_archive_in_an_archive_is_one_member_even_stored_without_a_size() {
    let inner = three(pack_stream);
    let outer = pack_stream(&[
        ("inner.zip", by(METHODS[0]), &inner),
        ("z", by(METHODS[1]), b"{}"),
    ]);
    let came = read_zip(&outer);
    assert_eq!(
        came.whole(),
        [("inner.zip", inner.as_slice()), ("z", b"{}")]
    );
    assert!(came.is_sound(), "{came:?}");
}

#[test]
fn directories_are_told_and_an_empty_archive_holds_nothing() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("d", by(METHODS[0])).unwrap();
    writer.start_file("d/a", by(METHODS[1])).unwrap();
    let came = read_zip(&writer.finish().unwrap().into_inner());
    assert_eq!(came.others, [("d/".to_owned(), Kind::Directory)]);
    assert_eq!(came.whole(), [("d/a", &b""[..])]);
    let came = read_zip(&pack(&[]));
    assert!(came.is_sound() && came.files.is_empty());
}

#[test]
fn an_encrypted_member_is_refused_and_its_neighbours_read() {
    let deflated = by(METHODS[1]);
    let ways = [
        deflated.with_aes_encryption(AesMode::Aes256, "secret"),
        deflated.with_deprecated_encryption(b"secret").unwrap(),
    ];
    for encrypted in ways {
        let data = pack(&[("a", encrypted, b"{}"), ("b", deflated, b"{}")]);
        let came = read_zip(&data);
        assert_eq!(
            came.files[0],
            ("a".to_owned(), vec![], Some(CodecFault::Encrypted))
        );
        assert_eq!(came.whole(), [("b", &b"{}"[..])]);
        assert_eq!(came.faults, [""; 0]);
    }
}

#[test]
fn a_method_that_is_not_read_is_named() {
    let mut data = pack(&[("a", by(METHODS[0]), b"{}"), ("b", by(METHODS[0]), b"{}")]);
    data[8] = 12;
    let came = read_zip(&data);
    assert_eq!(came.files[0].2, Some(CodecFault::Method(12)));
    assert_eq!(came.whole(), [("b", &b"{}"[..])]);
}

/// Where the second member begins.
fn second(data: &[u8]) -> usize {
    memchr::memmem::rfind(&data[..data.len() / 2 * 2], b"PK\x03\x04").unwrap()
}

#[test]
fn a_broken_member_costs_no_other() {
    for make in [pack, pack_stream] {
        for method in METHODS {
            let options = by(method);
            let mut data = make(&[("a", options, &text(50)), ("b", options, b"{}")]);
            let middle = second(&data) / 2;
            data[middle] ^= 0xff;
            let came = read_zip(&data);
            assert_eq!(came.whole(), [("b", &b"{}"[..])], "{method}: {came:?}");
            assert!(came.files[0].2.is_some(), "{method}: {came:?}");
        }
    }
}

#[test]
fn a_damaged_header_costs_its_member_alone() {
    let mut data = three(pack);
    let at = memchr::memmem::find(&data[4..], b"PK\x03\x04").unwrap() + 4;
    data[at] = b'X';
    let came = read_zip(&data);
    assert_eq!(came.names(), ["a.json", "d.json"]);
    assert_eq!(
        came.faults,
        [
            format!("the zip archive is damaged at byte {at}").as_str(),
            "the directory of the zip archive does not list what the archive holds"
        ]
    );
}

#[test]
fn an_archive_that_is_cut_gives_what_came_before() {
    for make in [pack, pack_stream] {
        let data = three(make);
        cut_everywhere(Format::Zip, &data, data.len());
    }
}

#[test]
fn what_the_directory_does_not_list_is_read_and_reported() {
    let (one, other) = (three(pack), pack(&[("hidden", by(METHODS[0]), b"{}")]));
    let member = &other[..memchr::memmem::find(&other, b"PK\x01\x02").unwrap()];
    let came = read_zip(&[member, &one].concat());
    assert_eq!(came.names(), ["hidden", "a.json", "b/c.json", "d.json"]);
    assert_eq!(
        came.faults,
        ["the directory of the zip archive does not list what the archive holds"]
    );
}

#[test]
fn an_archive_that_follows_is_read_and_what_else_follows_is_reported() {
    let data = three(pack);
    let came = read_zip(&[data.as_slice(), &[0; 9], &data].concat());
    assert_eq!(came.names().len(), 6);
    assert!(came.is_sound(), "{came:?}");
    let came = read_zip(&[&data, &b"garbage"[..]].concat());
    assert_eq!(came.names().len(), 3);
    assert_eq!(came.faults, ["something else follows the zip archive"]);
}

#[test]
fn a_member_that_expands_too_far_is_cut_off_and_the_next_is_read() {
    let bomb = vec![b' '; 40 << 20];
    for make in [pack, pack_stream] {
        let data = make(&[
            ("bomb", by(METHODS[1]), &bomb),
            ("a", by(METHODS[1]), b"{}"),
        ]);
        let came = read_zip(&data);
        let fault = CodecFault::TooDense {
            format: Format::Zip,
            limit: 250,
        };
        assert_eq!(came.files[0].2, Some(fault));
        assert!(came.files[0].1.len() < 17 << 20);
        assert_eq!(came.names(), ["bomb", "a"]);
    }
}

/// The same by the directory, as all other readers find members.
fn by_directory(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(data)).unwrap();
    let files = (0..archive.len()).map(|index| {
        let mut file = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().into_owned(), content)
    });
    files.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn members_are_those_that_the_directory_leads_to(
        files in prop::collection::vec(
            ("[a-z]{1,8}/[a-z.]{1,8}", 0usize..3, prop::collection::vec(any::<u8>(), 0..3000)), 0..6),
        streamed in any::<bool>(),
        step in 1usize..5000,
    ) {
        let mut files = files;
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files.dedup_by(|a, b| a.0 == b.0);
        let files: Vec<_> = files.iter()
            .map(|(name, method, data)| (name.as_str(), by(METHODS[*method]), data.as_slice()))
            .collect();
        let data = if streamed { pack_stream(&files) } else { pack(&files) };
        let came = read_some(Format::Zip, &data, step, usize::MAX);
        prop_assert!(came.is_sound(), "{:?}", came.faults);
        let came: Vec<_> = came.files.into_iter().map(|(name, data, _)| (name, data)).collect();
        prop_assert_eq!(came, by_directory(&data));
    }

    #[test]
    fn any_damage_ends_without_a_panic(at in any::<prop::sample::Index>(), flip in 1u8.., streamed in any::<bool>()) {
        let mut data = three(if streamed { pack_stream } else { pack });
        let at = at.index(data.len());
        data[at] ^= flip;
        read_zip(&data);
    }
}
