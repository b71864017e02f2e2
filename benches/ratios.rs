//! The one table: every target as a ratio of two things measured in turns.
//!
//! `benches/README.md` says how to run it and holds the last table.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

mod corpus;
mod measure;
#[path = "../tests/support/s3.rs"]
mod s3;

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use corpus::Corpus;
use measure::{Floor, Pipeline, Scanned, parse_lines, process, processor_time};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A line of the table.
struct Row {
    name: &'static str,
    /// One figure of each round.
    figures: Vec<f64>,
    unit: &'static str,
    /// What to reach, and what not to stop short of; nothing for the machine's own.
    target: Option<(f64, f64)>,
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.figures.clone();
        sorted.sort_by(f64::total_cmp);
        let Row {
            name, unit, target, ..
        } = self;
        let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else {
            return write!(out, "| {name} | not measured here | | | | |");
        };
        let median = sorted[sorted.len() / 2];
        write!(
            out,
            "| {name} | {least:.2}{unit} | **{median:.2}{unit}** | {most:.2}{unit} |"
        )?;
        match target {
            Some((reach, limit)) => write!(out, " {reach}{unit} | {limit}{unit} |"),
            None => write!(out, " | |"),
        }
    }
}

fn row(
    name: &'static str,
    figures: Vec<f64>,
    unit: &'static str,
    target: Option<(f64, f64)>,
) -> Row {
    Row {
        name,
        figures,
        unit,
        target,
    }
}

/// What the parts share.
struct Bench {
    corpus: Corpus,
    rounds: usize,
}

type Part = fn(&Bench) -> Vec<Row>;

const PARTS: &[(&str, Part)] = &[
    ("rules", rules),
    ("zcat", zcat),
    ("lines", lines),
    ("tiny", tiny),
    ("s3", objects),
    ("threads", threads),
    ("memory", memory),
    ("correlation", correlation),
    ("start", start),
];

fn main() {
    let chosen: Vec<String> = env::args()
        .skip(1)
        .filter(|part| !part.starts_with('-'))
        .collect();
    for part in &chosen {
        let known: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        assert!(
            known.contains(&part.as_str()),
            "the parts are: {}",
            known.join(", ")
        );
    }
    let rounds = env::var("TRAILGATE_BENCH_ROUNDS").map_or(7, |text| text.parse().unwrap_or(0));
    assert!(rounds > 0, "TRAILGATE_BENCH_ROUNDS is a number from 1 on");
    let bench = Bench {
        corpus: Corpus::open(),
        rounds,
    };
    println!("{} events, {rounds} rounds\n", bench.corpus.events());
    println!("| | least | median | most | to reach | limit |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|chosen| chosen == name) {
            for row in part(&bench) {
                println!("{row}");
            }
        }
    }
}

fn processor(work: impl FnOnce()) -> f64 {
    let start = processor_time();
    work();
    (processor_time() - start).as_secs_f64()
}

fn wall(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Every event of the corpus is read, and as many match as were made to.
fn check(scanned: Scanned, events: u64) {
    assert_eq!(scanned.events, events);
    let expected = events * 8 / 10_000;
    assert!(scanned.findings.abs_diff(expected) <= 4, "{scanned:?}");
}

impl Bench {
    fn rounds<const N: usize>(&self, mut round: impl FnMut() -> [f64; N]) -> [Vec<f64>; N] {
        round(); // Warms the page cache, the allocator and the clock of the processor.
        let rounds: Vec<_> = (0..self.rounds).map(|_| round()).collect();
        std::array::from_fn(|at| rounds.iter().map(|figures| figures[at]).collect())
    }
}

fn rules(bench: &Bench) -> Vec<Row> {
    let paths = bench.corpus.records().expect("a corpus");
    let mut floor = Floor::new();
    let raw = floor.read(&paths) as f64;
    let pipelines = [10, 100, 1_000, 10_000].map(Pipeline::new);
    let [speed, few, hundred, thousand, most, growth] = bench.rounds(|| {
        let base = processor(|| {
            floor.read(&paths);
        });
        let [a, b, c, d] = [0, 1, 2, 3].map(|at: usize| {
            processor(|| check(pipelines[at].scan(&paths, 1), bench.corpus.events()))
        });
        [
            raw / base / 1e6,
            a / base,
            b / base,
            c / base,
            d / base,
            c / a,
        ]
    });
    vec![
        row("floor: libdeflate, one thread", speed, " MB/s", None),
        row("10 rules, processor time over the floor", few, "", None),
        row(
            "100 rules, processor time over the floor",
            hundred,
            "",
            Some((1.5, 1.9)),
        ),
        row(
            "1,000 rules, processor time over the floor",
            thousand,
            "",
            Some((1.6, 2.2)),
        ),
        row(
            "10,000 rules, processor time over the floor",
            most,
            "",
            Some((2.0, 3.5)),
        ),
        row("1,000 rules over 10 rules", growth, "", Some((1.15, 1.4))),
    ]
}

fn zcat(bench: &Bench) -> Vec<Row> {
    let paths = bench.corpus.records().expect("a corpus");
    let raw = Floor::new().read(&paths) as f64;
    let name = "1,000 rules, wall over `zcat`";
    if process::zcat(&paths).is_none() {
        return vec![row(name, vec![], "", None)];
    }
    let pipeline = Pipeline::new(1_000);
    let [speed, ratio] = bench.rounds(|| {
        let base = process::zcat(&paths).map_or(f64::NAN, |taken| taken.as_secs_f64());
        let ours = wall(|| check(pipeline.scan(&paths, 1), bench.corpus.events()));
        [raw / base / 1e6, ours / base]
    });
    vec![
        row("floor: `zcat`, wall", speed, " MB/s", None),
        row(name, ratio, "", Some((0.33, 0.5))),
    ]
}

fn lines(bench: &Bench) -> Vec<Row> {
    let path = bench.corpus.lines().expect("a corpus");
    let events = bench.corpus.events();
    let pipeline = Pipeline::new(100);
    let paths = [path.clone()];
    let [speed, ratio] = bench.rounds(|| {
        let base = processor(|| assert_eq!(parse_lines(&path), events));
        let ours = processor(|| check(pipeline.scan(&paths, 1), events));
        [events as f64 / base / 1e3, base / ours]
    });
    vec![
        row("floor: serde_json to `Value`", speed, " k events/s", None),
        row(
            "JSON Lines, 100 rules: events a second over `Value`",
            ratio,
            "",
            Some((8.0, 5.0)),
        ),
    ]
}

fn tiny(bench: &Bench) -> Vec<Row> {
    let paths = bench.corpus.tiny().expect("a corpus");
    let mut floor = Floor::new();
    let pipeline = Pipeline::new(100);
    let [speed, ratio] = bench.rounds(|| {
        let base = processor(|| {
            floor.read(&paths);
        });
        let ours = processor(|| {
            pipeline.scan(&paths, 1);
        });
        [base / paths.len() as f64 * 1e6, ours / base]
    });
    vec![
        row("floor: a tiny file", speed, " us", None),
        row(
            "tiny files, 100 rules, per file over the floor",
            ratio,
            "",
            Some((1.5, 2.5)),
        ),
    ]
}

/// The server's threads are those of this process, the scan's those of another; they
/// share the processors.
fn objects(bench: &Bench) -> Vec<Row> {
    let rules = bench.corpus.rules(100).expect("rules");
    let folder = bench.corpus.objects().expect("a corpus");
    let server = s3::Server::start(s3::objects_of(&folder));
    let scan = |path: &Path| {
        let mut command = server.command();
        command.args(["scan", "--quiet", "--fail-on", "none", "--no-default-rules"]);
        command.arg("--rules").arg(&rules).arg(path);
        wall(|| assert!(command.status().is_ok_and(|status| status.success())))
    };
    let address = PathBuf::from(format!("s3://{}", s3::BUCKET));
    let [disk, ratio] = bench.rounds(|| {
        let disk = scan(&folder);
        [disk, scan(&address) / disk]
    });
    vec![
        row("50,000 small files from disk", disk, " s", None),
        row("the same from S3 on loopback", ratio, "", Some((2.0, 4.0))),
    ]
}

fn threads(bench: &Bench) -> Vec<Row> {
    let paths = bench.corpus.records().expect("a corpus");
    let pipeline = Pipeline::new(1_000);
    let [base, share] = bench.rounds(|| {
        let [one, two] = [1, 2].map(|threads| wall(|| Floor::read_parallel(&paths, threads)));
        let [ours_one, ours_two] =
            [1, 2].map(|jobs| wall(|| check(pipeline.scan(&paths, jobs), bench.corpus.events())));
        [one / two, ours_one / ours_two / (one / two)]
    });
    vec![
        row("floor: two threads over one", base, "", None),
        row(
            "two threads: gain as a share of the floor's",
            share,
            "",
            Some((0.95, 0.85)),
        ),
        one_large(bench, &pipeline),
    ]
}

fn one_large(bench: &Bench, pipeline: &Pipeline) -> Row {
    let paths = [bench.corpus.lines().expect("a corpus")];
    let [gain] = bench.rounds(|| {
        let [one, two] =
            [1, 2].map(|jobs| wall(|| check(pipeline.scan(&paths, jobs), bench.corpus.events())));
        [one / two]
    });
    row("one JSON Lines file: two jobs over one", gain, "", None)
}

fn memory(bench: &Bench) -> Vec<Row> {
    let rules = bench.corpus.rules(100).expect("rules");
    let paths = bench.corpus.records().expect("a corpus");
    let (whole, tenth) = bench.corpus.large().expect("a corpus");
    let mebibytes = |paths: &[PathBuf]| {
        process::peak_memory(&rules, paths).map_or(f64::NAN, |bytes| bytes as f64 / 1_048_576.0)
    };
    // Peaks hardly differ between rounds, and the large file takes its time.
    let rounds = Bench {
        corpus: Corpus::open(),
        rounds: bench.rounds.min(3),
    };
    let [files, lines, peak] = rounds.rounds(|| {
        let peak = mebibytes(std::slice::from_ref(&whole));
        [
            mebibytes(&paths) / mebibytes(&paths[..paths.len() / 10]),
            peak / mebibytes(std::slice::from_ref(&tenth)),
            peak,
        ]
    });
    vec![
        row(
            "peak memory, 10 times the input: gzip files",
            files,
            "",
            Some((1.0, 1.1)),
        ),
        row(
            "peak memory, 10 times the input: JSON Lines",
            lines,
            "",
            Some((1.0, 1.1)),
        ),
        row(
            "peak memory, the large JSON Lines file",
            peak,
            " MiB",
            Some((40.0, 64.0)),
        ),
    ]
}

/// A million events, a hundred thousand keys, and one key with half of all events.
fn correlation(bench: &Bench) -> Vec<Row> {
    let paths = bench.corpus.keyed().expect("a corpus");
    let events = bench.corpus.keyed_events();
    let [plain, correlated] = [Pipeline::new(100), Pipeline::correlated(100)];
    let [ratio, signals] = bench.rounds(|| {
        let base = processor(|| assert_eq!(plain.scan(&paths, 1).events, events));
        let mut signals = 0;
        let ours = processor(|| {
            let scanned = correlated.scan(&paths, 1);
            assert_eq!(scanned.events, events);
            signals = scanned.signals;
        });
        [ours / base, signals as f64 / events as f64]
    });
    let rules = bench.corpus.correlated_rules(100).expect("rules");
    let peak = process::peak_memory(&rules, &paths);
    let peak = peak.map_or(f64::NAN, |bytes| bytes as f64 / 1_048_576.0);
    vec![
        row("signals for each event", signals, "", None),
        row(
            "50 correlations beside 100 rules, processor time over those alone",
            ratio,
            "",
            Some((1.15, 1.3)),
        ),
        row(
            "peak memory of that, 64 MiB of them for signals",
            vec![peak],
            " MiB",
            None,
        ),
    ]
}

fn start(bench: &Bench) -> Vec<Row> {
    let path = bench.corpus.small().expect("a corpus");
    let milliseconds = |taken: Duration| taken.as_secs_f64() * 1e3;
    let [taken] = bench.rounds(|| {
        let mut taken: Vec<_> = (0..5).map(|_| process::first_finding(&path)).collect();
        taken.sort();
        [milliseconds(taken[2])]
    });
    vec![row(
        "start to first finding, embedded pack",
        taken,
        " ms",
        Some((15.0, 40.0)),
    )]
}
