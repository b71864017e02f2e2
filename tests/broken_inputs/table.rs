//! The table: how each input is broken, and how such inputs are made.

use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::{event, gzip, lines, put, records};
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::{FileOptions, SimpleFileOptions};
use zip::{AesMode, CompressionMethod, ZipWriter};

/// A broken input: what is put into an empty folder, and what is asked.
pub struct Broken {
    pub name: &'static str,
    pub prepare: fn(&Path),
    pub arguments: &'static [&'static str],
    pub exit: i32,
}

pub const BROKEN: &[Broken] = &[
    broken("empty file", 4, |folder| drop(put(folder, "m.json", ""))),
    broken("only a byte order mark", 4, |folder| {
        put(folder, "m.json", "\u{feff}");
    }),
    broken("gzip of nothing", 4, |folder| {
        put(folder, "m.json.gz", gzip(b""));
    }),
    broken("white space alone", 4, |folder| {
        put(folder, "m.jsonl", "\n \r\n");
    }),
    broken("member with nothing in it", 4, |folder| {
        let empty = ("empty.json", Vec::new());
        put(folder, "m.zip", zip(&[empty, good_member()]));
    }),
    Broken {
        arguments: &["--allow-empty"],
        ..broken("empty files that are allowed", 0, |folder| {
            put(folder, "m.json", "");
            put(folder, "n.json.gz", gzip(b""));
            let empty = ("empty.json", Vec::new());
            put(folder, "o.zip", zip(&[empty, good_member()]));
        })
    },
    broken("NUL bytes", 4, |folder| {
        drop(put(folder, "m.json", [0; 4096]))
    }),
    broken("NUL bytes in a line among others", 4, |folder| {
        let one = lines(&[event("High", 2)]);
        put(folder, "m.jsonl", format!("{one}\0\0\0\n{one}"));
    }),
    broken("invalid UTF-8 in a record", 4, |folder| {
        let text = lines(&[event("High", 2), event("Low", 3)]);
        let at = text.find("aws-cli").unwrap();
        let mut bytes = text.into_bytes();
        bytes[at] = 0xff;
        put(folder, "m.jsonl", bytes);
    }),
    broken("100 MB of records in one line", 0, |folder| {
        let file = File::create(folder.join("m.json")).unwrap();
        let mut file = BufWriter::new(file);
        let one = event("Nothing", 2).to_string();
        file.write_all(b"{\"Records\":[").unwrap();
        for _ in 0..(100 << 20) / one.len() {
            write!(file, "{one},").unwrap();
        }
        write!(file, "{one}]}}").unwrap();
    }),
    broken("100 MB of one record in one line", 4, |folder| {
        let file = File::create(folder.join("m.jsonl")).unwrap();
        let mut file = BufWriter::new(file);
        file.write_all(b"{\"eventName\":\"").unwrap();
        let mut text = std::io::repeat(b'x').take(100 << 20);
        std::io::copy(&mut text, &mut file).unwrap();
        write!(file, "\"}}\n{}", lines(&[event("High", 2)])).unwrap();
    }),
    broken("brackets a million deep", 4, |folder| {
        put(folder, "m.json", "[".repeat(1 << 20));
    }),
    broken("objects ten thousand deep in a record", 4, |folder| {
        let deep = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        let good = lines(&[event("High", 2)]);
        put(
            folder,
            "m.jsonl",
            format!("{{\"eventName\":{deep}}}\n{good}"),
        );
    }),
    broken("gzip bomb", 4, |folder| {
        put(folder, "m.json.gz", spaces(Compression::best()));
    }),
    broken("zip bomb", 4, |folder| {
        let bomb = vec![b' '; 64 << 20];
        put(folder, "m.zip", zip(&[("bomb.json", bomb), good_member()]));
    }),
    broken("bomb in a bomb", 4, |folder| {
        let inner = vec![spaces(Compression::best()); 8].concat();
        put(
            folder,
            "m.zip",
            zip(&[("bomb.json.gz", inner), good_member()]),
        );
    }),
    broken("many members that are a bomb together", 4, |folder| {
        let part = vec![b' '; 15 << 20];
        let names = ["1.json", "2.json", "3.json", "4.json"];
        put(
            folder,
            "m.zip",
            zip(&names.map(|name| (name, part.clone()))),
        );
    }),
    broken("zstd with too large a window", 4, |folder| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        let window = zstd::zstd_safe::CParameter::WindowLog(28);
        encoder.set_parameter(window).unwrap();
        encoder.write_all(b"{}").unwrap();
        put(folder, "m.json.zst", encoder.finish().unwrap());
    }),
    broken("gzip and more", 4, |folder| {
        let one = gzip(records(&[event("High", 2)]).as_bytes());
        put(folder, "m.json.gz", [&one, &b"garbage"[..]].concat());
    }),
    broken("zstd and more", 4, |folder| {
        let one = zstd(records(&[event("High", 2)]).as_bytes());
        put(folder, "m.json.zst", [&one, &b"garbage"[..]].concat());
    }),
    broken("zstd that is cut", 4, |folder| {
        let one = zstd(lines(&[event("High", 2)]).as_bytes());
        put(folder, "m.json.zst", &one[..one.len() - 2]);
    }),
    broken("zip that is cut", 4, |folder| {
        let whole = zip(&[good_member(), ("z.json", vec![b'x'; 500])]);
        put(folder, "m.zip", &whole[..whole.len() - 150]);
    }),
    broken("tar.gz that is cut", 4, |folder| {
        let noise: String = (0..4000_u64)
            .map(|n| format!("{:x}", n * n * 7919))
            .collect();
        let whole = gzip(&tar(&[good_member(), ("z.json", noise.into())]));
        put(folder, "m.tar.gz", &whole[..whole.len() / 2]);
    }),
    broken("tar without its end", 4, |folder| {
        let whole = tar(&[good_member()]);
        put(folder, "m.tar", &whole[..whole.len() - 1024]);
    }),
    broken("encrypted member", 4, |folder| {
        let options = SimpleFileOptions::default();
        let encrypted = options.with_aes_encryption(AesMode::Aes256, "secret");
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        add(&mut writer, "a.json", encrypted, b"{}");
        let (name, data) = good_member();
        add(&mut writer, name, options, &data);
        put(folder, "m.zip", writer.finish().unwrap().into_inner());
    }),
    broken("damaged member", 4, |folder| {
        let mut bytes = zip(&[("a.json", vec![b'x'; 500]), good_member()]);
        bytes[40] ^= 0xff;
        put(folder, "m.zip", bytes);
    }),
    broken("sparse member", 4, |folder| {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::GNUSparse);
        header.set_size(3);
        builder
            .append_data(&mut header, "holes.json", &b"123"[..])
            .unwrap();
        let sparse = builder.into_inner().unwrap();
        let bytes = [&sparse[..1024], &tar(&[good_member()])].concat();
        put(folder, "m.tar", bytes);
    }),
    broken("archives nested too deep", 4, |folder| {
        let third = zip(&[good_member()]);
        let second = tar(&[("third.zip", third), good_member()]);
        put(folder, "m.zip", zip(&[("second.tar", second)]));
    }),
    Broken {
        arguments: &["--max-members", "2"],
        ..broken("too many members", 4, |folder| {
            let (_, data) = good_member();
            let names = ["1.json", "2.json", "3.json"];
            put(
                folder,
                "m.tar",
                tar(&names.map(|name| (name, data.clone()))),
            );
        })
    },
    Broken {
        arguments: &["--max-decoded", "1000"],
        ..broken("members of too many bytes together", 4, |folder| {
            let (_, data) = good_member();
            let names = ["1.json", "2.json", "3.json"];
            put(
                folder,
                "m.zip",
                zip(&names.map(|name| (name, data.clone()))),
            );
        })
    },
    broken("members that are no logs", 4, |folder| {
        let readme = b"remember the milk".to_vec();
        let hidden = ("__MACOSX/._good.json", b"\0\x05\x16\x07".to_vec());
        let digest = "AWSLogs/1/CloudTrail-Digest/d.json.gz";
        let members = [("README.md", readme), hidden, (digest, gzip(b"{}"))];
        put(folder, "m.zip", zip(&members));
    }),
    broken("names that lead elsewhere", 0, |folder| {
        let (_, data) = good_member();
        let mut builder = tar::Builder::new(Vec::new());
        for name in [
            "../../../../tmp/trailgate-a.json",
            "/trailgate-b\x1b[2J.json",
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_size(data.len() as u64);
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, data.as_slice()).unwrap();
        }
        put(folder, "m.tar", builder.into_inner().unwrap());
    }),
    broken("wrong extensions", 4, |folder| {
        let text = records(&[event("Low", 2)]);
        put(folder, "gzip.json", gzip(text.as_bytes()));
        put(folder, "json.zip", &text);
        put(folder, "tar.csv", tar(&[("a", text.clone().into_bytes())]));
        put(
            folder,
            "zip.json.gz",
            zip(&[("a", text.clone().into_bytes())]),
        );
        put(folder, "zstd", zstd(text.as_bytes()));
        put(
            folder,
            "page.json.gz",
            "<html><body>Access denied</body></html>",
        );
    }),
    broken("compressed twice", 4, |folder| {
        let text = records(&[event("Low", 2)]);
        put(folder, "m.json.gz", gzip(&zstd(text.as_bytes())));
    }),
    broken("a directory in itself", 0, |folder| {
        std::fs::create_dir(folder.join("m")).unwrap();
        symlink(folder, folder.join("m/loop")).unwrap();
    }),
    broken("a link to nothing", 4, |folder| {
        symlink("nowhere", folder.join("m.json")).unwrap();
    }),
    // What may not be read is read by root all the same; this is by nobody.
    broken("unreadable file", 4, |folder| {
        symlink("/proc/self/mem", folder.join("m.json")).unwrap();
    }),
    broken("pipe in a directory", 0, |folder| {
        let made = Command::new("mkfifo").arg(folder.join("m.json")).status();
        assert!(made.unwrap().success());
    }),
];

const fn broken(name: &'static str, exit: i32, prepare: fn(&Path)) -> Broken {
    Broken {
        name,
        prepare,
        arguments: &[],
        exit,
    }
}

/// A member with an event of its own.
pub fn good_member() -> (&'static str, Vec<u8>) {
    ("good.json", records(&[event("Low", 50)]).into_bytes())
}

/// 64 MiB of white space, compressed.
pub fn spaces(level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    let mut spaces = std::io::repeat(b' ').take(64 << 20);
    std::io::copy(&mut spaces, &mut encoder).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 3).unwrap()
}

pub fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in files {
        let options = SimpleFileOptions::default();
        let options = options.compression_method(CompressionMethod::Deflated);
        add(&mut writer, name, options, data);
    }
    writer.finish().unwrap().into_inner()
}

fn add(
    writer: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    options: FileOptions<'_, '_, ()>,
    data: &[u8],
) {
    writer.start_file(name, options).unwrap();
    writer.write_all(data).unwrap();
}

pub fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        builder
            .append_data(&mut header, name, data.as_slice())
            .unwrap();
    }
    builder.into_inner().unwrap()
}
