//! The corpus that the benches read: made once, the same on every machine.
//!
//! In comes a number of events; out come paths. Everything is written on first
//! use to the target directory, under the generator's version, and reused. Event
//! number n is the same whatever the size of the corpus.

// Each bench uses its own part.
#![allow(dead_code)]

mod calls;
pub mod correlations;
mod detail;
mod event;
mod random;
pub mod rules;
mod world;

use std::env;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

pub use event::Events;
use random::Random;

/// Goes up with every change of what is generated.
const VERSION: u32 = 1;
const FULL: u64 = 300_000;
const FILES: u64 = 300;
const TINY_FILES: u64 = 10_000;
const OBJECTS: u64 = 50_000;
const KEYED: u64 = 1_000_000;
const ADDRESSES: u64 = 100_000;
/// The large JSON Lines file of a full corpus.
const LARGE: u64 = 1_400_000_000;

/// Paths of generated inputs.
#[derive(Debug)]
pub struct Corpus {
    root: PathBuf,
    events: u64,
}

impl Corpus {
    /// As large as `TRAILGATE_BENCH_EVENTS` says, or full.
    pub fn open() -> Self {
        let events = env::var("TRAILGATE_BENCH_EVENTS").map_or(FULL, |text| {
            let events = text.parse().unwrap_or(0);
            assert!(
                events >= FILES,
                "TRAILGATE_BENCH_EVENTS is a number from {FILES} on"
            );
            events
        });
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("bench-corpus-{VERSION}"))
            .join(events.to_string());
        Corpus { root, events }
    }

    /// How many events [`Corpus::records`] and [`Corpus::lines`] hold.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// 300 Records files, gzip level 6.
    pub fn records(&self) -> io::Result<Vec<PathBuf>> {
        let folder = self.make("records", |folder| {
            let events = Events::new();
            let mut random = Random::new(2);
            // Files are as uneven as a trail's, and share the events out exactly.
            let mut bounds: Vec<_> = (0..=FILES).map(|n| n * self.events / FILES).collect();
            for bound in &mut bounds[1..FILES as usize] {
                *bound -= random.below((self.events / FILES * 4 / 5) as usize + 1) as u64;
            }
            for (number, pair) in bounds.windows(2).enumerate() {
                let path = folder.join(format!(
                    "999900000037_CloudTrail_us-east-1_20260105T{:02}{:02}Z_{}.json.gz",
                    number / 60,
                    number % 60,
                    random.hex(16)
                ));
                write_records(&events, pair[0]..pair[1], &path)?;
            }
            Ok(())
        })?;
        sorted(&folder)
    }

    /// 10,000 files of one to three events.
    pub fn tiny(&self) -> io::Result<Vec<PathBuf>> {
        let folder = self.make("tiny", |folder| {
            let events = Events::new();
            let mut first = 1 << 32;
            for number in 0..(TINY_FILES * self.events / FULL).max(100) {
                let last = first + [1, 1, 1, 2, 3][number as usize % 5];
                let path = folder.join(format!("{number:05}.json.gz"));
                write_records(&events, first..last, &path)?;
                first = last;
            }
            Ok(())
        })?;
        sorted(&folder)
    }

    /// A folder of 50,000 files of 1 to 13 events: as many as a log file of a small
    /// account has.
    pub fn objects(&self) -> io::Result<PathBuf> {
        self.make("objects", |folder| {
            let events = Events::new();
            let mut first = 1 << 33;
            for number in 0..(OBJECTS * self.events / FULL).max(100) {
                let last = first + 1 + number % 13;
                let path = folder.join(format!("{number:05}.json.gz"));
                write_records(&events, first..last, &path)?;
                first = last;
            }
            Ok(())
        })
    }

    /// How many events [`Corpus::keyed`] holds.
    pub fn keyed_events(&self) -> u64 {
        KEYED * self.events / FULL
    }

    /// A million events in gzip files, half of them from one address and the others
    /// from 100,000.
    pub fn keyed(&self) -> io::Result<Vec<PathBuf>> {
        let folder = self.make("keyed", |folder| {
            let events = Events::new();
            let mut random = Random::new(3);
            let mut text = String::new();
            let count = self.keyed_events();
            for number in 0..FILES {
                let mut whole = String::from("{\"Records\":[");
                for event in number * count / FILES..(number + 1) * count / FILES {
                    text.clear();
                    events.write(event, &mut text);
                    let address = match random.below(2) {
                        0 => "203.0.113.7".to_owned(),
                        _ => {
                            let address = random.below(ADDRESSES as usize);
                            format!("10.{}.{}.9", address / 256, address % 256)
                        }
                    };
                    if !whole.ends_with('[') {
                        whole.push(',');
                    }
                    with_address(&text, &address, &mut whole);
                }
                whole.push_str("]}");
                write_gzip(&whole, &folder.join(format!("{number:03}.json.gz")))?;
            }
            Ok(())
        })?;
        sorted(&folder)
    }

    /// A directory with the correlations, beside a generated rule set.
    pub fn correlated_rules(&self, count: usize) -> io::Result<PathBuf> {
        self.make(&format!("correlated-{count}"), |folder| {
            let files = rules::files(count)
                .into_iter()
                .chain([correlations::file()]);
            files
                .into_iter()
                .try_for_each(|file| fs::write(folder.join(&file.name), &*file.text))
        })
    }

    /// The events of [`Corpus::records`] as JSON Lines, not compressed.
    pub fn lines(&self) -> io::Result<PathBuf> {
        let folder = self.make("lines", |folder| {
            write_lines(&folder.join("events.jsonl"), |number, _| {
                number < self.events
            })
        })?;
        Ok(folder.join("events.jsonl"))
    }

    /// JSON Lines of 1.4 GB, or as much less as the corpus is smaller, and a
    /// tenth of it.
    pub fn large(&self) -> io::Result<(PathBuf, PathBuf)> {
        let size = LARGE / FULL * self.events;
        let folder = self.make("large", |folder| {
            write_lines(&folder.join("whole.jsonl"), |_, written| written < size)?;
            write_lines(&folder.join("tenth.jsonl"), |_, written| {
                written < size / 10
            })
        })?;
        Ok((folder.join("whole.jsonl"), folder.join("tenth.jsonl")))
    }

    /// One small Records file in which the embedded pack finds something.
    pub fn small(&self) -> io::Result<PathBuf> {
        let folder = self.make("small", |folder| {
            write_records(&Events::new(), 2_300..2_400, &folder.join("small.json.gz"))
        })?;
        Ok(folder.join("small.json.gz"))
    }

    /// A directory with a generated rule set.
    pub fn rules(&self, count: usize) -> io::Result<PathBuf> {
        self.make(&format!("rules-{count}"), |folder| {
            rules::files(count)
                .iter()
                .try_for_each(|file| fs::write(folder.join(&file.name), &*file.text))
        })
    }

    /// The folder, written by `write` if it is not there. An interrupted run
    /// leaves nothing that looks whole.
    fn make(&self, name: &str, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
        let folder = self.root.join(name);
        if !folder.exists() {
            let partial = self
                .root
                .join(format!("{name}.{}.partial", std::process::id()));
            fs::create_dir_all(&partial)?;
            write(&partial)?;
            fs::rename(&partial, &folder)?;
        }
        Ok(folder)
    }
}

fn write_records(events: &Events, numbers: Range<u64>, path: &Path) -> io::Result<()> {
    let mut text = String::from("{\"Records\":[");
    for number in numbers.clone() {
        if number > numbers.start {
            text.push(',');
        }
        events.write(number, &mut text);
    }
    text.push_str("]}");
    write_gzip(&text, path)
}

fn write_gzip(text: &str, path: &Path) -> io::Result<()> {
    let mut encoder = GzEncoder::new(File::create(path)?, Compression::new(6));
    encoder.write_all(text.as_bytes())?;
    encoder.finish()?;
    Ok(())
}

/// The event with another address in it.
fn with_address(event: &str, address: &str, out: &mut String) {
    const FIELD: &str = r#""sourceIPAddress":""#;
    let (before, rest) = event.split_once(FIELD).unwrap_or((event, ""));
    let (_, after) = rest.split_once('"').unwrap_or_default();
    for part in [before, FIELD, address, "\"", after] {
        out.push_str(part);
    }
}

/// Writes events from 0 on while `more` says so of the next number and the bytes so far.
fn write_lines(path: &Path, more: impl Fn(u64, u64) -> bool) -> io::Result<()> {
    let events = Events::new();
    let mut file = BufWriter::new(File::create(path)?);
    let mut line = String::new();
    let (mut number, mut written) = (0, 0);
    while more(number, written) {
        line.clear();
        events.write(number, &mut line);
        line.push('\n');
        file.write_all(line.as_bytes())?;
        number += 1;
        written += line.len() as u64;
    }
    file.flush()
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
