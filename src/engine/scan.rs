//! Many inputs, on several threads, in order.
//!
//! In come inputs; out come their [`Output`]s in order, of each event once, and
//! a [`ScanReport`].

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::codec::Limits;
use crate::correlate::Signal;
use crate::diagnostic::Diagnostic;
use crate::finding::{Admission, Coverage, Deduplicator, Finding, Inputs, Records, conflict};
use crate::shape::{DEFAULT_MAX_RECORD, Opening, Shape};
use crate::source::{Input, InputKind, Skipped};

use super::crew::Crew;
use super::end::InputEnd;
use super::input::InputReport;
use super::known::Unevaluated;
use super::stats::Stats;
use super::{Engine, Progress};

/// How inputs are read.
#[derive(Debug, Clone, Copy)]
pub struct ScanOptions {
    /// How many threads judge records: of several inputs, or of parts of one.
    pub jobs: NonZeroUsize,
    /// The size in bytes that one record may have.
    pub max_record: u64,
    /// How far compressed inputs and archives may expand.
    pub limits: Limits,
    /// The shape that all records must have; without, each shows its own.
    pub shape: Option<Shape>,
    /// Whether an input may have nothing in it. CloudTrail delivers none that has not,
    /// so it counts as one that could not be read.
    pub allow_nothing: bool,
    /// Whether to report what the scan took, [`ScanReport::stats`].
    pub stats: bool,
    /// Whether to say of each input what it came to, [`Output::End`]; files are
    /// hashed for that while they are read.
    pub ends: bool,
}

impl Default for ScanOptions {
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        ScanOptions {
            jobs,
            max_record: DEFAULT_MAX_RECORD,
            limits: Limits::default(),
            shape: None,
            allow_nothing: false,
            stats: false,
            ends: false,
        }
    }
}

impl ScanOptions {
    /// How records within records are opened.
    pub(super) fn opening(self) -> Opening {
        Opening {
            max_record: self.max_record,
            limits: self.limits,
            shape: self.shape,
        }
    }
}

/// What comes out while inputs are read, in the order of the input.
#[derive(Debug)]
pub enum Output {
    /// The findings of one event; never empty.
    Findings(Vec<Finding>),
    /// What events are to rules about several, those of one event together; never empty.
    /// Deliveries of an event are not left out here, but where signals are folded.
    Signals(Vec<Signal>),
    /// Something wrong with the input.
    Problem(Diagnostic),
    /// Events up to this time were read, and nothing that is there already is still to
    /// be read. Where data is followed.
    Reached(Timestamp),
    /// An input is over: what came since the one before was in it. Where
    /// [`ScanOptions::ends`] asks for it.
    End(Box<InputEnd>),
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
    /// What archives held that is not read.
    pub skipped: Skipped,
    /// Events that a rule could not decide, by the rule's index in the engine.
    pub undecided: BTreeMap<usize, u64>,
    /// Rules that could not be evaluated, because records had lost what they ask for.
    pub unevaluated: Unevaluated,
    /// Events with findings that had been delivered before.
    pub duplicates: u64,
    /// What it took, where [`ScanOptions::stats`] asks for it. The one part that
    /// depends on the number of jobs and differs from run to run.
    pub stats: Option<Stats>,
}

impl ScanReport {
    pub(super) fn take_over(&mut self, input: &InputReport) {
        if input.complete {
            self.inputs.read += 1;
        } else {
            self.inputs.failed += 1;
        }
        self.take_in(input);
    }

    /// Adds what was in an input that counts already.
    pub(super) fn take_in(&mut self, input: &InputReport) {
        self.inputs.members.add(input.members);
        self.skipped.add(input.skipped);
        self.records.merge(&input.records);
        self.coverage.merge(&input.coverage);
        self.count_undecided(&input.undecided);
        self.unevaluated.take_over(input.unevaluated.clone());
    }

    pub(super) fn merge(&mut self, other: &ScanReport) {
        self.inputs.read += other.inputs.read;
        self.inputs.failed += other.inputs.failed;
        self.inputs.members.add(other.inputs.members);
        self.skipped.add(other.skipped);
        self.records.merge(&other.records);
        self.coverage.merge(&other.coverage);
        self.count_undecided(&other.undecided);
        self.unevaluated.take_over(other.unevaluated.clone());
        if let (Some(stats), Some(other)) = (&mut self.stats, &other.stats) {
            stats.add(other);
        }
    }

    fn count_undecided(&mut self, undecided: &BTreeMap<usize, u64>) {
        for (index, count) in undecided {
            *self.undecided.entry(*index).or_default() += count;
        }
    }
}

/// How much is done ahead; what is found does not depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Bytes of a part of a stream.
    pub(super) part: usize,
    /// About the bytes that findings may take which wait for their turn: of an
    /// input whose turn it is, and of all others together.
    pub(super) waiting: usize,
    /// The same of a part: what some findings in each record come to.
    pub(super) noted: usize,
    /// Inputs that may be begun before the turn of the first of them is over.
    pub(super) ahead: usize,
    /// Bytes of a file that is read as a whole, and of what it decodes to. Larger
    /// ones are streamed.
    pub(super) whole: usize,
    /// Bytes of a file that is worth the help of threads without one of their own.
    pub(super) large: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Sizes {
            part: 512 << 10,
            waiting: 2 << 20,
            noted: 8 << 20,
            ahead: 4096,
            whole: 8 << 20,
            large: 1 << 20,
        }
    }
}

/// Reads all inputs and hands over what they hold, in their order: the output
/// does not depend on the number of jobs. An event that was delivered before is
/// left out. Standard input is handed over as it is read, and so is every input
/// whose turn it is.
///
/// What is in memory does not grow with the inputs: for each job a few buffers
/// of bounded size, what its matcher learnt, and a bounded part of the findings
/// that wait for their turn; and 32 bytes for each event with findings, to tell
/// whether it was delivered before.
pub fn scan(
    engine: Engine<'_>,
    inputs: &[Input],
    options: ScanOptions,
    emit: &mut dyn FnMut(Output),
) -> ScanReport {
    scan_watched(engine, inputs, options, &Arc::default(), emit)
}

/// The same, for another thread to watch how far it is.
pub fn scan_watched(
    engine: Engine<'_>,
    inputs: &[Input],
    options: ScanOptions,
    progress: &Arc<Progress>,
    emit: &mut dyn FnMut(Output),
) -> ScanReport {
    scan_by(engine, inputs, options, Sizes::default(), progress, emit)
}

/// The same, with other sizes.
pub(super) fn scan_by(
    engine: Engine<'_>,
    inputs: &[Input],
    options: ScanOptions,
    sizes: Sizes,
    progress: &Arc<Progress>,
    emit: &mut dyn FnMut(Output),
) -> ScanReport {
    let began = options.stats.then(Instant::now);
    let program = engine.program();
    let mut report = ScanReport {
        stats: began.map(|began| Stats::new(&program, began.elapsed())),
        ..ScanReport::default()
    };
    let mut once = Once {
        seen: Deduplicator::new(),
        emit,
        writing: options.stats.then_some(Duration::ZERO),
    };
    // Streams come first, and never wait for what others have found.
    let streams = inputs.iter().take_while(|i| i.kind == InputKind::Stdin);
    let (streams, files) = inputs.split_at(streams.count());
    for inputs in [streams, files] {
        let crew = Crew::new(engine, &program, inputs, options, sizes).watched_by(progress);
        report.merge(&read_all(&crew, &mut |output| once.output(output)));
    }
    report.duplicates = once.seen.dropped();
    if let Some(stats) = &mut report.stats {
        stats.times.writing = once.writing.unwrap_or_default();
        stats.times.elapsed = began.map_or(Duration::ZERO, |began| began.elapsed());
    }
    report
}

/// Reads all inputs of a crew, on as many threads as they keep busy.
pub(super) fn read_all(crew: &Crew<'_>, emit: &mut dyn FnMut(Output)) -> ScanReport {
    let threads = threads(crew.inputs(), crew.options().jobs.get(), crew.sizes().large);
    let read = (threads > 1).then(|| crew.run(threads, emit)).flatten();
    read.unwrap_or_else(|| one_by_one(crew, emit))
}

/// How many threads the inputs keep busy. A file that is not large keeps one.
fn threads(inputs: &[Input], jobs: usize, large: u64) -> usize {
    if inputs.len() >= jobs {
        return jobs;
    }
    let is_large = |input: &Input| match &input.kind {
        InputKind::Stdin => true,
        InputKind::File(path) => {
            fs::metadata(path).is_ok_and(|file| !file.is_file() || file.len() >= large)
        }
        #[cfg(feature = "s3")]
        InputKind::Object(object) => object.size() >= large,
    };
    if inputs.iter().any(is_large) {
        jobs
    } else {
        inputs.len()
    }
}

fn one_by_one(crew: &Crew<'_>, emit: &mut dyn FnMut(Output)) -> ScanReport {
    let mut report = ScanReport::default();
    let options = *crew.options();
    let mut worker = crew.worker();
    for input in crew.inputs() {
        let mut emit = |output, _| emit(output);
        report.take_over(&worker.read(crew.engine(), input, options, None, &mut emit));
    }
    report.stats = options.stats.then(|| worker.stats());
    report
}

/// Hands over what every event holds once.
pub(super) struct Once<'a> {
    pub(super) seen: Deduplicator,
    pub(super) emit: &'a mut dyn FnMut(Output),
    /// The time that it took, if somebody wants to know.
    pub(super) writing: Option<Duration>,
}

impl Once<'_> {
    pub(super) fn output(&mut self, output: Output) {
        let began = self.writing.map(|_| Instant::now());
        self.write(output);
        if let (Some(writing), Some(began)) = (&mut self.writing, began) {
            *writing += began.elapsed();
        }
    }

    fn write(&mut self, output: Output) {
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
}
