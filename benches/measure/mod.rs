//! What is measured, and the floors it is measured against.

// Each bench uses its own part.
#![allow(dead_code)]

pub mod process;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use libdeflater::Decompressor;
use rustix::time::{ClockId, clock_gettime};
use trailgate::correlate::{AsOf, Correlator};
use trailgate::engine::{Engine, Output, ScanOptions, scan};
use trailgate::rule::{self, RuleSet};
use trailgate::source::Input;

use crate::corpus;

/// The memory that signals may take, as the program has it.
const SIGNALS: usize = 64 << 20;

/// The processor time of the whole process so far, all threads and the kernel's
/// part included.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    )
}

/// Reads gzip files one by one with libdeflate and does nothing with them. One
/// decompressor and two buffers serve all files.
pub struct Floor {
    decompressor: Decompressor,
    compressed: Vec<u8>,
    raw: Vec<u8>,
}

impl Floor {
    pub fn new() -> Self {
        Floor {
            decompressor: Decompressor::new(),
            compressed: Vec::new(),
            raw: Vec::new(),
        }
    }

    /// How many bytes came out.
    pub fn read(&mut self, paths: &[PathBuf]) -> u64 {
        paths.iter().map(|path| self.file(path)).sum()
    }

    fn file(&mut self, path: &Path) -> u64 {
        self.compressed.clear();
        let mut file = File::open(path).expect("the corpus is there");
        file.read_to_end(&mut self.compressed)
            .expect("the corpus can be read");
        let (_, size) = self.compressed.split_last_chunk::<4>().expect("a trailer");
        let size = u32::from_le_bytes(*size) as usize;
        if self.raw.len() < size {
            self.raw.resize(size, 0);
        }
        let written = self
            .decompressor
            .gzip_decompress(&self.compressed, &mut self.raw)
            .expect("the corpus is sound");
        written as u64
    }

    /// The same on several threads, each taking the next file.
    pub fn read_parallel(paths: &[PathBuf], threads: usize) {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut floor = Floor::new();
                    while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                        floor.file(path);
                    }
                });
            }
        });
    }
}

/// Parses every line of a file to a `Value` and drops it; says how many.
pub fn parse_lines(path: &Path) -> u64 {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path).expect("the corpus"));
    let mut line = Vec::new();
    let mut count = 0;
    while reader.read_until(b'\n', &mut line).expect("readable") > 0 {
        let value: serde_json::Value = serde_json::from_slice(&line).expect("sound");
        std::hint::black_box(&value);
        count += 1;
        line.clear();
    }
    count
}

/// The pipeline, from files to findings, over a generated rule set.
pub struct Pipeline {
    set: RuleSet,
}

impl Pipeline {
    /// With so many rules.
    pub fn new(rules: usize) -> Self {
        let loaded = rule::load(corpus::rules::files(rules), &[]);
        assert_eq!(loaded.set.rules.len(), rules, "every generated rule loads");
        Pipeline { set: loaded.set }
    }

    /// The same with fifty correlations beside them.
    pub fn correlated(rules: usize) -> Self {
        let mut files = corpus::rules::files(rules);
        files.push(corpus::correlations::file());
        let loaded = rule::load(files, &[]);
        let wanted = rules + corpus::correlations::COUNT;
        assert_eq!(loaded.set.rules.len(), wanted, "{:?}", loaded.diagnostics);
        Pipeline { set: loaded.set }
    }

    /// Scans and checks that events were read and as many findings made as the
    /// corpus holds, so that nothing is fast because it does nothing.
    pub fn scan(&self, paths: &[PathBuf], jobs: usize) -> Scanned {
        let inputs: Vec<_> = paths.iter().cloned().map(Input::file).collect();
        let options = ScanOptions {
            jobs: NonZeroUsize::new(jobs).expect("a number of threads"),
            ..ScanOptions::default()
        };
        let mut findings = 0;
        let engine = Engine::new(&self.set);
        let mut correlator = Correlator::new(&self.set.rules, SIGNALS);
        let report = scan(engine, &inputs, options, &mut |output| match output {
            Output::Findings(found) => findings += found.len() as u64,
            Output::Signals(signals) => {
                for signal in signals {
                    correlator.add(signal).expect("room for signals");
                }
            }
            Output::Problem(problem) => panic!("the corpus is sound: {}", problem.message),
            Output::Reached(_) | Output::End(_) => {}
        });
        let as_of = AsOf {
            reached: report.coverage.last,
            ..AsOf::default()
        };
        let mut correlated = 0;
        let counts = correlator
            .finish(as_of, None, &mut |_, _| correlated += 1)
            .expect("signals can be read");
        Scanned {
            events: report.records.events,
            findings,
            signals: counts.signals,
            correlated,
        }
    }
}

/// What a scan came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    pub events: u64,
    pub findings: u64,
    /// Events that took part in correlations, once for each.
    pub signals: u64,
    pub correlated: u64,
}
