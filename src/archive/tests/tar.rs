use ::tar::{Builder, EntryType, Header};

use super::*;

/// An archive that is being made.
struct Making(Builder<Vec<u8>>);

impl Making {
    fn new() -> Self {
        Making(Builder::new(Vec::new()))
    }

    fn add(mut self, name: &str, kind: EntryType, data: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(data.len() as u64);
        self.0.append_data(&mut header, name, data).unwrap();
        self
    }

    fn file(self, name: &str, data: &[u8]) -> Self {
        self.add(name, EntryType::Regular, data)
    }

    fn pax(mut self, attributes: &[(&str, &[u8])]) -> Self {
        let attributes = attributes.iter().copied();
        self.0.append_pax_extensions(attributes).unwrap();
        self
    }

    fn done(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn two() -> Vec<u8> {
    let made = Making::new().file("a.json", &text(20));
    made.file("b/c.json", b"{}").done()
}

fn read_tar(data: &[u8]) -> Came {
    read(Format::Tar, data)
}

#[test]
fn files_come_in_order_with_their_content_in_any_steps() {
    for step in [1, 7, 512, 100_000] {
        let came = read_some(Format::Tar, &two(), step, usize::MAX);
        assert_eq!(
            came.whole(),
            [("a.json", text(20).as_slice()), ("b/c.json", b"{}")]
        );
        assert!(came.is_sound());
    }
}

#[test]
fn content_need_not_be_read() {
    let came = read_some(Format::Tar, &two(), 10, 1);
    assert_eq!(came.names(), ["a.json", "b/c.json"]);
    assert_eq!(came.faults, [""; 0]);
}

#[test]
fn long_names_are_read_as_gnu_and_pax_write_them() {
    let long = format!("{}/a.json", "deep/".repeat(60));
    let pax = Making::new().pax(&[("mtime", b"1"), ("path", b"gr\xc3\xb6\n\xc3\x9fe=.json")]);
    let pax = pax.file("short", b"{}").file("after", b"{}").done();
    assert_eq!(
        read_tar(&Making::new().file(&long, b"{}").done()).names(),
        [long]
    );
    assert_eq!(read_tar(&pax).names(), ["grö\u{fffd}ße=.json", "after"]);
}

#[test]
fn a_name_in_two_parts_is_put_together() {
    let mut header = Header::new_ustar();
    let name = format!("{}/{}", "p".repeat(120), "n".repeat(90));
    header.set_path(&name).unwrap();
    header.set_size(2);
    header.set_cksum();
    let mut made = Making::new();
    made.0.append(&header, &b"{}"[..]).unwrap();
    assert_eq!(read_tar(&made.done()).names(), [name]);
}

#[test]
fn a_size_that_pax_says_holds() {
    let mut data = Making::new()
        .pax(&[("size", b"5")])
        .file("a", b"12345")
        .file("b", b"{}")
        .done();
    // The header of the file itself, after that of its attributes and those.
    data[1024 + 124..1024 + 136].copy_from_slice(b"00000000000\0");
    let mut header = Header::new_old();
    header.as_mut_bytes().copy_from_slice(&data[1024..1536]);
    header.set_cksum();
    data[1024..1536].copy_from_slice(header.as_bytes());
    assert_eq!(
        read_tar(&data).whole(),
        [("a", &b"12345"[..]), ("b", b"{}")]
    );
}

#[test]
fn what_is_no_file_is_told() {
    let made = Making::new().add("d/", EntryType::Directory, b"");
    let made = made
        .add("link", EntryType::Symlink, b"")
        .add("same", EntryType::Link, b"");
    let data = made
        .add("pipe", EntryType::Fifo, b"")
        .file("a", b"{}")
        .done();
    let came = read_tar(&data);
    let kinds: Vec<Kind> = came.others.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(
        kinds,
        [Kind::Directory, Kind::Link, Kind::Link, Kind::Special]
    );
    assert_eq!(came.whole(), [("a", &b"{}"[..])]);
    assert!(came.is_sound());
}

#[test]
fn sparse_files_are_refused_and_their_neighbours_read() {
    let made = Making::new().add("holes", EntryType::GNUSparse, &[b'x'; 700]);
    let gnu = made.file("a", b"{}").done();
    let said = [
        ("GNU.sparse.major", &b"1"[..]),
        ("GNU.sparse.name", b"holes"),
    ];
    let pax = Making::new()
        .pax(&said)
        .file("x/0/holes", b"1\n")
        .file("a", b"{}")
        .done();
    for data in [gnu, pax] {
        let came = read_tar(&data);
        assert_eq!(
            came.files[0],
            ("holes".to_owned(), vec![], Some(CodecFault::Sparse))
        );
        assert_eq!(came.whole(), [("a", &b"{}"[..])]);
        assert_eq!(came.faults, [""; 0]);
    }
}

#[test]
fn an_archive_that_is_cut_gives_what_came_before() {
    let data = two();
    // One block of zeros is taken for an end; a writer's two are as good.
    cut_everywhere(Format::Tar, &data, data.len() - 512);
}

#[test]
fn an_archive_that_follows_is_read_too() {
    let data = [two(), vec![0; 5120], two()].concat();
    let came = read_tar(&data);
    assert_eq!(came.names(), ["a.json", "b/c.json", "a.json", "b/c.json"]);
    assert!(came.is_sound());
}

#[test]
fn what_else_follows_is_reported() {
    let data = [two(), b"something".repeat(100)].concat();
    let came = read_tar(&data);
    assert_eq!(came.names().len(), 2);
    assert_eq!(came.faults, ["something else follows the tar archive"]);
}

#[test]
fn a_damaged_header_is_reported_with_its_place() {
    let mut data = two();
    let second = 512 + text(20).len().next_multiple_of(512);
    data[second] ^= 1;
    let came = read_tar(&data);
    assert_eq!(came.names(), ["a.json"]);
    assert_eq!(
        came.faults,
        [format!("the tar archive is damaged at byte {second}")]
    );
}

#[test]
fn names_that_no_file_has_are_refused() {
    let name = "n".repeat(2 << 20);
    let data = Making::new()
        .pax(&[("path", name.as_bytes())])
        .file("a", b"{}")
        .done();
    assert_eq!(
        read_tar(&data).faults,
        ["a header of the tar archive is longer than 1048576 bytes"]
    );
}

proptest::proptest! {
    #[test]
    fn any_damage_ends_without_a_panic(at in 0usize..4096, flip in 1u8..) {
        let mut data = two();
        let at = at % data.len();
        data[at] ^= flip;
        read_tar(&data);
    }
}
