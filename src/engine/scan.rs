//! Many inputs, on several threads, in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::codec::Limits;
use crate::compile::Program;
use crate::diagnostic::Diagnostic;
use crate::finding::{Admission, Coverage, Deduplicator, Finding, Inputs, Records, conflict};
use crate::shape::DEFAULT_MAX_RECORD;
use crate::source::{Input, InputKind};

use super::Engine;
use super::input::{InputReport, Worker};
use super::stats::{Built, Meter, Stage, Stats};

/// How inputs are read.
#[derive(Debug, Clone, Copy)]
pub struct ScanOptions {
    /// How many inputs are read at a time.
    pub jobs: NonZeroUsize,
    /// The size in bytes that one record may have.
    pub max_record: u64,
    /// How far compressed inputs may expand.
    pub limits: Limits,
    /// Whether to report what the scan took, [`ScanReport::stats`].
    pub stats: bool,
}

impl Default for ScanOptions {
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        ScanOptions {
            jobs,
            max_record: DEFAULT_MAX_RECORD,
            limits: Limits::default(),
            stats: false,
        }
    }
}

/// What comes out while inputs are read, in the order of the input.
#[derive(Debug)]
pub enum Output {
    /// The findings of one event; never empty.
    Findings(Vec<Finding>),
    /// Something wrong with the input.
    Problem(Diagnostic),
}

/// What all inputs came to, findings apart.
#[derive(Debug, Default)]
pub struct ScanReport {
    /// How many were read.
    pub inputs: Inputs,
    /// Their records, by what they turned out to be.
    pub records: Records,
    /// When and where their events happened.
    pub coverage: Coverage,
    /// Events that a rule could not decide, by the rule's index in the engine.
    pub undecided: BTreeMap<usize, u64>,
    /// Events with findings that had been delivered before.
    pub duplicates: u64,
    /// What it took, where [`ScanOptions::stats`] asks for it. The one part that
    /// depends on the number of jobs and differs from run to run.
    pub stats: Option<Stats>,
}

/// Inputs that one thread may be ahead of another. What they found waits in
/// memory for its turn, so this bounds it.
const AHEAD: usize = 8;

/// Reads all inputs and hands over what they hold, in their order: the output
/// does not depend on the number of jobs. An event that was delivered before is
/// left out. Standard input, and an input that is read alone, are handed over as
/// they are read.
pub fn scan(
    engine: Engine<'_>,
    inputs: &[Input],
    options: ScanOptions,
    emit: &mut dyn FnMut(Output),
) -> ScanReport {
    let mut merge = Merge {
        seen: Deduplicator::new(),
        report: ScanReport::default(),
        emit,
        meter: Meter::default(),
    };
    let began = merge.meter.begin(options.stats);
    let program = Program::new(engine.rules());
    merge.meter.lap(Stage::Compiling);
    let workers = Workers {
        engine,
        program: &program,
        idle: Mutex::default(),
        options,
    };
    // Streams come first, and never wait for what others have found.
    let streams = inputs.iter().take_while(|i| i.kind == InputKind::Stdin);
    let (streams, files) = inputs.split_at(streams.count());
    merge.one_by_one(&workers, streams);
    match pool(options.jobs.get().min(files.len())) {
        Some(pool) => merge.side_by_side(&workers, files, options, &pool),
        None => merge.one_by_one(&workers, files),
    }
    merge.report.duplicates = merge.seen.dropped();
    merge.report.stats = began.map(|began| {
        let mut stats = merge.meter.stats();
        let workers = workers.idle();
        workers.iter().for_each(|w| stats.add(&w.stats()));
        stats.built = Built::of(&program);
        stats.times.elapsed = began.elapsed();
        stats
    });
    merge.report
}

struct Merge<'a> {
    seen: Deduplicator,
    report: ScanReport,
    emit: &'a mut dyn FnMut(Output),
    meter: Meter,
}

/// What reads inputs, on any thread.
struct Workers<'p> {
    engine: Engine<'p>,
    program: &'p Program,
    /// Workers remember what they saw; each is used by one thread at a time.
    idle: Mutex<Vec<Worker<'p>>>,
    options: ScanOptions,
}

impl<'p> Workers<'p> {
    fn read(&self, input: &Input, emit: &mut dyn FnMut(Output)) -> InputReport {
        let idle = self.idle().pop();
        let mut worker = idle.unwrap_or_else(|| Worker::new(self.program));
        let report = worker.read(self.engine, input, self.options, emit);
        self.idle().push(worker);
        report
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker<'p>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads for so many inputs at a time; none where one will do.
fn pool(jobs: usize) -> Option<rayon::ThreadPool> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(jobs);
    (jobs > 1).then(|| builder.build().ok()).flatten()
}

impl Merge<'_> {
    fn one_by_one(&mut self, workers: &Workers<'_>, inputs: &[Input]) {
        for input in inputs {
            let report = workers.read(input, &mut |output| self.output(output));
            self.report(report);
        }
    }

    fn side_by_side(
        &mut self,
        workers: &Workers<'_>,
        inputs: &[Input],
        options: ScanOptions,
        pool: &rayon::ThreadPool,
    ) {
        let read = |input: &Input| {
            let mut outputs = Vec::new();
            let report = workers.read(input, &mut |output| outputs.push(output));
            (outputs, report)
        };
        for chunk in inputs.chunks(options.jobs.get().saturating_mul(AHEAD)) {
            let done: Vec<_> = pool.install(|| chunk.par_iter().map(read).collect());
            self.meter.begin(options.stats);
            for (outputs, report) in done {
                outputs.into_iter().for_each(|output| self.output(output));
                self.report(report);
            }
            self.meter.lap(Stage::Writing);
        }
    }

    fn output(&mut self, output: Output) {
        if let Output::Findings(findings) = &output
            && let Some(first) = findings.first()
        {
            match self.seen.admit(first.event.id.as_deref(), first.content) {
                Admission::New => {}
                Admission::Duplicate => return,
                Admission::Conflicting => {
                    let id = first.event.id.as_deref().unwrap_or_default();
                    (self.emit)(Output::Problem(conflict(id, &first.place)));
                }
            }
        }
        (self.emit)(output);
    }

    fn report(&mut self, report: InputReport) {
        if report.complete {
            self.report.inputs.read += 1;
        } else {
            self.report.inputs.failed += 1;
        }
        self.report.records.merge(&report.records);
        self.report.coverage.merge(&report.coverage);
        for (index, count) in report.undecided {
            *self.report.undecided.entry(index).or_default() += count;
        }
    }
}
