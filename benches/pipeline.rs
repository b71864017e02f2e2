//! Whole pipelines in processor time, each beside its floor.
//!
//! `benches/README.md` says how to run them.

#![allow(clippy::expect_used, clippy::panic, missing_docs)]

mod corpus;
mod measure;

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

use corpus::Corpus;
use measure::{Floor, Pipeline, parse_lines, processor_time};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures processor time, which other processes disturb less than the wall's.
struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        processor_time()
    }

    fn end(&self, start: Duration) -> Duration {
        processor_time() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        static WALL_TIME: WallTime = WallTime;
        WALL_TIME.formatter()
    }
}

fn gzip(criterion: &mut Criterion<ProcessorTime>) {
    let paths = Corpus::open().records().expect("a corpus");
    let mut group = criterion.benchmark_group("gzip");
    group.sampling_mode(SamplingMode::Flat);
    let mut floor = Floor::new();
    group.throughput(Throughput::Bytes(floor.read(&paths)));
    group.bench_function("floor", |bencher| bencher.iter(|| floor.read(&paths)));
    for rules in [10, 100, 1_000, 10_000] {
        let pipeline = Pipeline::new(rules);
        group.bench_function(BenchmarkId::new("rules", rules), |bencher| {
            bencher.iter(|| black_box(pipeline.scan(&paths, 1)));
        });
    }
}

fn lines(criterion: &mut Criterion<ProcessorTime>) {
    let corpus = Corpus::open();
    let path = corpus.lines().expect("a corpus");
    let mut group = criterion.benchmark_group("json-lines");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(corpus.events()));
    group.bench_function("serde_json", |bencher| bencher.iter(|| parse_lines(&path)));
    let pipeline = Pipeline::new(100);
    let paths = [path];
    group.bench_function(BenchmarkId::new("rules", 100), |bencher| {
        bencher.iter(|| black_box(pipeline.scan(&paths, 1)));
    });
}

fn tiny(criterion: &mut Criterion<ProcessorTime>) {
    let paths = Corpus::open().tiny().expect("a corpus");
    let mut group = criterion.benchmark_group("tiny-files");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(paths.len() as u64));
    let mut floor = Floor::new();
    group.bench_function("floor", |bencher| bencher.iter(|| floor.read(&paths)));
    let pipeline = Pipeline::new(100);
    group.bench_function(BenchmarkId::new("rules", 100), |bencher| {
        bencher.iter(|| black_box(pipeline.scan(&paths, 1)));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .with_measurement(ProcessorTime)
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1));
    targets = gzip, lines, tiny
}
criterion_main!(benches);
