//! One table of broken inputs: each ends in a clear message and the right exit
//! code, within bounded memory, and costs none of its neighbours.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use crate::support::{self, LEVELS, event, gzip, lines, of_type, put, records, trailgate};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::write::{FileOptions, SimpleFileOptions};
use zip::{AesMode, CompressionMethod, ZipWriter};

/// The most memory that reading any of them may take, in KiB. Without limits the
/// larger ones would take from a hundred to some thousand MiB.
const MOST_KIB: u64 = 96 << 10;

/// A broken input: what is put into an empty folder, and what is asked.
struct Broken {
    name: &'static str,
    prepare: fn(&Path),
    arguments: &'static [&'static str],
    exit: i32,
}

const BROKEN: &[Broken] = &[
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
fn good_member() -> (&'static str, Vec<u8>) {
    ("good.json", records(&[event("Low", 50)]).into_bytes())
}

/// 64 MiB of white space, compressed.
fn spaces(level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    let mut spaces = std::io::repeat(b' ').take(64 << 20);
    std::io::copy(&mut spaces, &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 3).unwrap()
}

fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
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

fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
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

/// The rules, at one place for all runs.
static RULES: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "levels.yaml", LEVELS);
    folder
});

/// What a scan of a folder said.
struct Said {
    exit: Option<i32>,
    jsonl: String,
    peak_kib: u64,
}

fn scan(folder: &Path, arguments: &[&str]) -> Said {
    let mut child = trailgate()
        .current_dir(folder)
        .args([
            "scan",
            ".",
            "-o",
            "jsonl",
            "--fail-on",
            "none",
            "--no-default-rules",
        ])
        .arg("--rules")
        .arg(RULES.path().join("levels.yaml"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    let (exit, peak_kib) = watch(&mut child);
    Said {
        exit,
        jsonl: reader.join().unwrap(),
        peak_kib,
    }
}

/// Waits for the end; the exit code, and the most memory that was resident.
fn watch(child: &mut Child) -> (Option<i32>, u64) {
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let line = |text: &String| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        };
        peak = peak.max(status.ok().as_ref().and_then(line).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), peak);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The problems and what was counted, as text.
fn shown(case: &Broken, jsonl: &str) -> String {
    let mut shown = format!("{}: exit {}\n", case.name, case.exit);
    for problem in of_type(jsonl, "diagnostic") {
        let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        let (code, place, message) = (text("code"), text("place"), text("message"));
        let help = text("help");
        writeln!(shown, "  {code} {place}: {message}\n    {help}").unwrap();
    }
    let summary = &of_type(jsonl, "summary")[0];
    let records = &summary["records"];
    let (inputs, skipped) = (&summary["inputs"], &summary["skipped"]);
    let events = &records["events"];
    writeln!(
        shown,
        "  {events} events, inputs {inputs}, skipped {skipped}"
    )
    .unwrap();
    shown
}

#[test]
fn each_is_told_apart_within_bounded_memory_and_loses_no_neighbour() {
    let mut table = String::new();
    for case in BROKEN {
        let folder = tempfile::tempdir().unwrap();
        for (name, number) in [("a-first.json", 100), ("z-last.json", 101)] {
            put(folder.path(), name, records(&[event("High", number)]));
        }
        (case.prepare)(folder.path());
        let said = scan(folder.path(), case.arguments);
        let name = case.name;
        assert_eq!(said.exit, Some(case.exit), "{name}: {}", said.jsonl);
        assert!(said.peak_kib < MOST_KIB, "{name}: {} KiB", said.peak_kib);
        let findings = of_type(&said.jsonl, "finding");
        for neighbour in ["a-first.json", "z-last.json"] {
            let of_it = |finding: &&Value| finding["file"] == json!(format!("./{neighbour}"));
            let found = findings.iter().filter(of_it).count();
            assert_eq!(found, 1, "{name} lost {neighbour}: {findings:?}");
        }
        table.push_str(&shown(case, &said.jsonl));
    }
    insta::assert_snapshot!(table);
    assert!(!Path::new("/tmp/trailgate-a.json").exists());
}

#[test]
fn all_together_are_read_the_same_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for (number, case) in BROKEN.iter().enumerate() {
        let inner = folder.path().join(format!("{number:02}"));
        std::fs::create_dir(&inner).unwrap();
        // Long ones take their time, and were read alone.
        if !case.name.starts_with("100 MB") {
            (case.prepare)(&inner);
        }
    }
    let one = scan(folder.path(), &["--jobs", "1"]);
    assert_eq!(one.exit, Some(4));
    for jobs in ["2", "5"] {
        let many = scan(folder.path(), &["--jobs", jobs]);
        assert!(many.jsonl == one.jsonl, "{jobs} jobs:\n{}", many.jsonl);
        assert!(many.peak_kib < 3 * MOST_KIB, "{} KiB", many.peak_kib);
    }
}

#[test]
fn a_small_gzip_file_is_told_to_be_cut_wherever_it_is() {
    let whole = gzip(lines(&[event("High", 1), event("High", 2)]).as_bytes());
    let folder = tempfile::tempdir().unwrap();
    for cut in 0..whole.len() {
        put(folder.path(), &format!("{cut:04}.json.gz"), &whole[..cut]);
    }
    let said = scan(folder.path(), &["--jobs", "2"]);
    assert_eq!(said.exit, Some(4));
    let problems = of_type(&said.jsonl, "diagnostic");
    for cut in 0..whole.len() {
        let place = format!("./{cut:04}.json.gz");
        let of_it: Vec<&Value> = problems
            .iter()
            .filter(|problem| problem["place"].as_str().unwrap().starts_with(&place))
            .collect();
        // One byte shows no format; and the record that is cut is told, too.
        let code = match cut {
            0 => "TG2012",
            1 => "TG2001",
            _ => "TG2002",
        };
        assert!(
            of_it.iter().any(|problem| problem["code"] == code),
            "cut at {cut}: {of_it:?}"
        );
    }
    let inputs = &of_type(&said.jsonl, "summary")[0]["inputs"];
    assert_eq!(inputs["failed"], json!(whole.len()));
}

#[test]
fn archives_from_standard_input_are_read_as_they_come() {
    let (name, data) = good_member();
    let inner = zip(&[(name, gzip(&data))]);
    let outer = gzip(&tar(&[("b/inner.zip", inner), ("c.json", data)]));
    let mut child = trailgate()
        .args(["scan", "-", "-o", "jsonl", "--no-default-rules"])
        .arg("--rules")
        .arg(RULES.path().join("levels.yaml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&outer).unwrap();
    let output = child.wait_with_output().unwrap();
    let findings = of_type(&support::stdout(&output), "finding");
    let files: Vec<&Value> = findings.iter().map(|finding| &finding["file"]).collect();
    // The second is the same event again.
    assert_eq!(files, ["<stdin>!b/inner.zip!good.json"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn nothing_from_standard_input_is_told_once() {
    for (arguments, exit) in [(&[][..], 4), (&["--allow-empty"], 0)] {
        let output = trailgate()
            .args(["scan", "-", "-o", "jsonl"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(exit));
        let problems = of_type(&support::stdout(&output), "diagnostic");
        let codes: Vec<&Value> = problems.iter().map(|problem| &problem["code"]).collect();
        let expected = if exit == 0 { vec![] } else { vec!["TG2012"] };
        assert_eq!(codes, expected);
    }
}

#[test]
fn nothing_in_a_large_input_of_its_own_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // Beyond what is read as a whole, and few enough for its bytes to be no bomb.
    put(folder.path(), "m.json", vec![b' '; 9 << 20]);
    for jobs in ["1", "3"] {
        let said = scan(folder.path(), &["--jobs", jobs]);
        assert_eq!(said.exit, Some(4));
        let problems = of_type(&said.jsonl, "diagnostic");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0]["code"], "TG2012");
    }
}

#[test]
fn of_many_broken_records_tools_are_told_a_hundred_and_how_many_more() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[{}0]", "0,".repeat(499));
    let path = put(folder.path(), "zeros.json", text);
    for format in ["json", "jsonl", "csv"] {
        let output = trailgate()
            .args(["scan", "-o", format, path.to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(4));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.matches("TG2003").count(), 101, "{format}");
        assert!(text.contains("400 more of the kind"), "{format}");
    }
}
