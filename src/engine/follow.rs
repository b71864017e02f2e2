//! A run without an end: what is written is judged as it comes.
//!
//! In come the paths to follow and streams; out come their [`Output`]s as soon as
//! they are found, until somebody says [`Stop`], and then a [`ScanReport`] as of
//! any other scan. What is there when it is said is still read.
//!
//! Each stream has a thread of its own, which waits for it. Files are looked at in
//! turn by one thread, which reads what was appended to them; those that are
//! read as a whole it hands to a crew, some at a time.
//!
//! Memory does not grow with time: of the events with findings the latest are
//! remembered, to tell whether one was delivered before, and of files those that
//! are there.

mod live;

use std::collections::HashMap;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::compile::Program;
use crate::diagnostic::Code;
use crate::finding::Deduplicator;
use crate::shape::Position;
use crate::source::Input;
use crate::source::follow::{FileId, Grown, Look, Watch};

use super::crew::Crew;
use super::input::{InputReport, Run, Worker};
use super::scan::{Once, Output, ScanOptions, ScanReport, Sizes, read_all};
use super::{Engine, Progress};
use live::Live;

/// How often files are looked at. A look that takes long is followed by a longer
/// rest, so that looking takes a quarter of the time at most.
const EVERY: Duration = Duration::from_millis(200);

/// Whole files that are read between two looks.
const AT_ONCE: usize = 64;

/// Bytes of a file that are read between two looks.
const PIECE: u64 = 64 << 20;

/// Events with findings that are remembered at least.
const REMEMBERED: usize = 200_000;

/// Findings of streams that may wait to be written.
const WAITING: usize = 64;

/// Says that a run is to end.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Said>);

#[derive(Debug, Default)]
struct Said {
    stopped: AtomicBool,
    lock: Mutex<()>,
    bell: Condvar,
}

impl Stop {
    /// A run that goes on.
    pub fn new() -> Self {
        Stop::default()
    }

    /// Ends the run: what is there is still read.
    pub fn stop(&self) {
        let lock = self.0.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.stopped.store(true, Relaxed);
        self.0.bell.notify_all();
        drop(lock);
    }

    /// Waits so long, or until it is said.
    fn wait(&self, most: Duration) {
        let lock = self.0.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let woken = self
            .0
            .bell
            .wait_timeout_while(lock, most, |()| !self.is_stopped());
        drop(woken);
    }

    /// Whether that was said.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Relaxed)
    }
}

/// Follows paths and streams (all of `inputs` that are no files) until it is
/// stopped, or until all streams have ended and there is no path. Memory does not
/// grow with the length of the run. See the module for more.
pub fn follow(
    engine: Engine<'_>,
    watch: &mut Watch,
    streams: &[Input],
    options: ScanOptions,
    progress: &Arc<Progress>,
    stop: &Stop,
    emit: &mut dyn FnMut(Output),
) -> ScanReport {
    let program = engine.program();
    let (found, finds) = mpsc::sync_channel(WAITING);
    let program = &program;
    let mut report = ScanReport::default();
    thread::scope(|scope| {
        for stream in streams {
            let found = found.clone();
            let begin = thread::Builder::new().name("stream".to_owned());
            let read =
                move || read_stream(engine, program, stream, options, progress, stop, &found);
            if let Err(error) = begin.spawn_scoped(scope, read) {
                report.inputs.failed += 1;
                emit(Output::Problem(stream.unreadable(&error)));
            }
        }
        drop(found);
        let mut follower = Follower {
            engine,
            program,
            // What is empty now may grow.
            options: ScanOptions {
                allow_nothing: true,
                ..options
            },
            progress,
            worker: Worker::new(program, Sizes::default().whole, false, progress),
            once: Once {
                seen: Deduplicator::forgetful(REMEMBERED),
                emit,
                writing: None,
            },
            texts: HashMap::new(),
            backlog: Vec::new(),
            behind: false,
            reached: None,
            told: None,
            report,
        };
        follower.run(watch, &finds, stop);
        follower.finish(watch)
    })
}

/// What a stream gives.
enum Found {
    Output(Output),
    Over(Box<InputReport>),
}

fn read_stream(
    engine: Engine<'_>,
    program: &Program,
    input: &Input,
    options: ScanOptions,
    progress: &Arc<Progress>,
    stop: &Stop,
    found: &SyncSender<Found>,
) {
    let mut worker = Worker::new(program, Sizes::default().whole, false, progress);
    // Who reads ends last: somebody takes what is sent.
    let mut emit = |output, _| drop(found.send(Found::Output(output)));
    let live = worker.matcher.meter.stored(Live::start(input, stop));
    let mut run = Run::alone(engine.telling_time(), options, &mut emit);
    let report = worker.streamed(&mut run, &Arc::from(input.name.as_str()), live, None);
    worker.matcher.meter.input_is_over();
    let _ = found.send(Found::Over(Box::new(report)));
}

struct Follower<'a, 'p> {
    engine: Engine<'p>,
    program: &'p Program,
    options: ScanOptions,
    progress: &'a Arc<Progress>,
    worker: Worker<'p>,
    once: Once<'a>,
    texts: HashMap<FileId, Text>,
    /// Whole files that are still to be read, the next one last.
    backlog: Vec<Input>,
    /// Whether a text was not read as far as it is written.
    behind: bool,
    /// Up to when events of streams were read.
    reached: Option<Timestamp>,
    /// Up to when it was said that events were read.
    told: Option<Timestamp>,
    report: ScanReport,
}

/// How far a text is read.
#[derive(Debug, Default)]
struct Text {
    position: Position,
    /// Whether it was told that not all in it is CloudTrail.
    warned: bool,
}

impl Follower<'_, '_> {
    fn run(&mut self, watch: &mut Watch, finds: &Receiver<Found>, stop: &Stop) {
        let mut streams = true;
        loop {
            let last = stop.is_stopped();
            let began = Instant::now();
            let look = watch.look(last);
            self.take(look, watch);
            let rest = (began.elapsed() * 3).max(EVERY);
            let busy = self.read_whole();
            if last {
                while self.read_whole() {}
                break;
            }
            if !streams && watch.is_empty() {
                break;
            }
            self.tell_time();
            // Before the next look; at once if something was left.
            let rest = if busy { Duration::ZERO } else { rest };
            streams = self.take_finds(finds, rest, stop, streams);
        }
        // Streams end by themselves now.
        while let Ok(found) = finds.recv() {
            self.found(found);
        }
    }

    /// Takes what streams found until so much time is over; whether there are still
    /// streams.
    fn take_finds(
        &mut self,
        finds: &Receiver<Found>,
        rest: Duration,
        stop: &Stop,
        streams: bool,
    ) -> bool {
        let end = Instant::now() + rest;
        while !stop.is_stopped() {
            let left = end.saturating_duration_since(Instant::now());
            if !streams {
                stop.wait(left);
                return false;
            }
            // A stop shows soon, whatever comes.
            match finds.recv_timeout(left.min(EVERY)) {
                Ok(found) => self.found(found),
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return true,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        streams
    }

    fn found(&mut self, found: Found) {
        match found {
            Found::Output(Output::Reached(time)) => {
                self.reached = self.reached.max(Some(time));
                self.tell_time();
            }
            Found::Output(output) => self.once.output(output),
            Found::Over(report) => self.report.take_over(&report),
        }
    }

    /// Says up to when events were read, once nothing that is there waits: what is
    /// older may be in what is read next.
    fn tell_time(&mut self) {
        if self.behind || !self.backlog.is_empty() {
            return;
        }
        let reached = self.reached.max(self.report.coverage.last);
        if let Some(time) = reached.filter(|_| reached > self.told) {
            self.told = reached;
            self.once.output(Output::Reached(time));
        }
    }

    fn take(&mut self, look: Look, watch: &mut Watch) {
        for problem in look.problems {
            let unread = problem.is_error() && problem.code != Code::FollowedLost;
            self.report.inputs.failed += u64::from(unread);
            self.once.output(Output::Problem(problem));
        }
        self.report.inputs.failed += look.lost;
        self.behind = false;
        for grown in look.grown {
            self.grown(grown, watch);
        }
        for id in look.over {
            self.texts.remove(&id);
        }
        let mut whole = look.whole;
        whole.reverse();
        self.backlog.splice(0..0, whole);
    }

    /// Reads what was appended to a file.
    fn grown(&mut self, mut grown: Grown, watch: &mut Watch) {
        let new = !self.texts.contains_key(&grown.id);
        let text = self.texts.entry(grown.id.clone()).or_default();
        if grown.anew {
            text.position = Position::default();
        }
        let from = text.position.clone();
        let offset = from.offset;
        let name: Arc<str> = Arc::from(grown.name.as_str());
        if let Err(error) = grown.seek(offset) {
            let problem = Input::file(grown.name.into()).unreadable(&error);
            self.report.inputs.failed += 1;
            self.once.output(Output::Problem(problem));
            return watch.give_up(&grown.id);
        }
        let there = grown.size.saturating_sub(offset);
        let most = PIECE.max(self.options.max_record.saturating_mul(2));
        let is_piece = there > most && !grown.last;
        let goes_on = !grown.last;
        let source = (&mut grown).take(if is_piece { most } else { there });
        let (once, warned) = (&mut self.once, &mut text.warned);
        let mut emit = |output: Output, _| {
            let strange = matches!(&output, Output::Problem(p) if p.code == Code::NotCloudTrail);
            if !(strange && std::mem::replace(warned, true)) {
                once.output(output);
            }
        };
        let mut run = Run::alone(self.engine, self.options, &mut emit);
        let (report, after) = self.worker.grown(&mut run, &name, source, from, goes_on);
        let advanced = after.offset > offset;
        text.position = after.clone();
        self.report.take_in(&report);
        if new {
            self.report.inputs.read += 1;
            self.worker.matcher.meter.input_is_over();
        }
        if !report.complete {
            self.report.inputs.read -= 1;
            self.report.inputs.failed += 1;
            return watch.give_up(&grown.id);
        }
        let id = grown.id.clone();
        watch.advance(grown, after.offset);
        if is_piece && advanced {
            self.behind = true;
            watch.read_on(&id);
        }
    }

    /// Reads some of the files that are there as a whole; whether more wait.
    fn read_whole(&mut self) -> bool {
        let from = self.backlog.len().saturating_sub(AT_ONCE);
        let mut inputs = self.backlog.split_off(from);
        inputs.reverse();
        if !inputs.is_empty() {
            let sizes = Sizes::default();
            let crew = Crew::new(self.engine, self.program, &inputs, self.options, sizes)
                .watched_by(self.progress);
            let once = &mut self.once;
            let read = read_all(&crew, &mut |output| once.output(output));
            self.report.merge(&read);
        }
        !self.backlog.is_empty()
    }

    fn finish(mut self, watch: &Watch) -> ScanReport {
        self.report.skipped.add(watch.skipped());
        self.report.duplicates = self.once.seen.dropped();
        self.report
    }
}
