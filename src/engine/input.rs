//! One input, from its bytes to findings.
//!
//! In comes an [`Input`]; out come its [`Output`]s in order and an
//! [`InputReport`]. A file of ordinary size is read and decoded as a whole, all
//! else as a stream, with the help of other threads where there are any. What
//! turns out to be an archive is for [`super::members`].

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use crate::archive::{Quota, Stored, Within};
use crate::codec::{Decoder, Format, Lookahead, WholeGunzip};
use crate::compile::Program;
use crate::diagnostic::Diagnostic;
use crate::finding::{Coverage, MemberCounts, Records as RecordCounts};
use crate::shape::table::Begin;
use crate::shape::{Position, Records, Table};
use crate::source::{Input, Skipped};

use super::crew::Crew;
use super::end::{Identity, InputEnd};
use super::known::Unevaluated;
use super::matcher::Matcher;
use super::members::Nest;
use super::note::Note;
use super::reading::{Reading, Tally};
use super::scan::Sizes;
use super::stats::{Meter, Stats};
use super::stream::{self, Feed, Slot};
use super::{Engine, Output, Progress, ScanOptions};

/// What one input came to, findings apart.
#[derive(Debug, Default)]
pub struct InputReport {
    /// Its records, by what they turned out to be.
    pub records: RecordCounts,
    /// When and where its events happened.
    pub coverage: Coverage,
    /// Events that a rule could not decide, by the rule's index.
    pub undecided: BTreeMap<usize, u64>,
    /// Rules that could not be evaluated, because records had lost what they ask for.
    pub unevaluated: Unevaluated,
    /// Whether it was opened and read to its end, and so was each of its members.
    pub complete: bool,
    /// The files in it, if it is an archive.
    pub members: MemberCounts,
    /// What it holds that is not read, if it is an archive.
    pub skipped: Skipped,
}

/// What reads inputs, one after another; its buffers are reused.
pub(super) struct Worker<'p> {
    pub(super) matcher: Matcher<'p>,
    /// The most bytes that are read as a whole.
    pub(super) whole: usize,
    gunzip: WholeGunzip,
    pub(super) file: Vec<u8>,
    decoded: Vec<u8>,
}

/// What inputs are read for.
pub(super) struct Run<'a, 'p> {
    pub(super) engine: Engine<'p>,
    pub(super) options: ScanOptions,
    crew: Option<&'a Crew<'p>>,
    pub(super) emit: &'a mut dyn FnMut(Output, usize),
}

impl<'a, 'p> Run<'a, 'p> {
    /// For one thread alone.
    pub(super) fn alone(
        engine: Engine<'p>,
        options: ScanOptions,
        emit: &'a mut dyn FnMut(Output, usize),
    ) -> Self {
        Run {
            engine,
            options,
            crew: None,
            emit,
        }
    }
}

impl Run<'_, '_> {
    pub(super) fn problem(&mut self, problem: Diagnostic) {
        (self.emit)(Output::Problem(problem), 0);
    }
}

impl<'p> Worker<'p> {
    pub(super) fn new(
        program: &'p Program,
        whole: usize,
        timed: bool,
        progress: &Arc<Progress>,
    ) -> Self {
        let mut matcher = Matcher::new(program);
        matcher.meter = Meter::new(timed, progress);
        Worker {
            matcher,
            whole,
            gunzip: WholeGunzip::default(),
            file: Vec::new(),
            decoded: Vec::new(),
        }
    }

    /// What all of it took so far.
    pub(super) fn stats(&self) -> Stats {
        self.matcher.stats()
    }

    /// Judges a part of what another thread reads, if nobody else does.
    pub(super) fn judge(&mut self, engine: Engine<'p>, slot: &Slot) -> bool {
        slot.judge(engine, &mut self.matcher)
    }

    /// Reads an input to its end, or as far as it goes; `crew` helps where there
    /// is much of it. What it holds is handed over with about the bytes that it
    /// takes.
    pub(super) fn read(
        &mut self,
        engine: Engine<'p>,
        input: &Input,
        options: ScanOptions,
        crew: Option<&Crew<'p>>,
        emit: &mut dyn FnMut(Output, usize),
    ) -> InputReport {
        self.matcher.meter.resume();
        let name: Arc<str> = Arc::from(input.name.as_str());
        let mut run = Run {
            engine,
            options,
            crew,
            emit,
        };
        let mut identity = run.options.ends.then(|| Identity::begin(input));
        let report = self.input(&mut run, &name, input, identity.as_mut());
        if let Some(identity) = identity {
            let end = InputEnd::new(name, &report, identity.end());
            (run.emit)(Output::End(Box::new(end)), END);
        }
        self.matcher.meter.input_is_over();
        report
    }

    fn input(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        input: &Input,
        identity: Option<&mut Identity<'_>>,
    ) -> InputReport {
        if input.read_whole(self.whole as u64, &mut self.file) {
            self.matcher.meter.read(self.file.len());
            if let Some(identity) = identity {
                identity.whole(&self.file);
            }
            return self.held(run, name, None);
        }
        match input.open() {
            Ok(source) => {
                let source = match identity {
                    Some(identity) => identity.watch(source),
                    None => source,
                };
                let source = self.matcher.meter.stored(source);
                self.large(run, name, source)
            }
            Err(error) => {
                run.problem(input.unreadable(&error));
                InputReport::default()
            }
        }
    }

    /// Reads what is in the buffer for files.
    pub(super) fn held(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        nest: Option<Nest<'_>>,
    ) -> InputReport {
        let stored = self.file.len();
        let Some(format) = Format::recognise(&self.file) else {
            return judge(&mut self.matcher, run, name, |judging| {
                judging.whole(&mut self.file, stored)
            });
        };
        if format.is_archive() {
            let bytes = std::mem::take(&mut self.file);
            let report = self.archive_in(run, name, format, &bytes, stored, nest);
            self.file = bytes;
            return report;
        }
        let most = usize::try_from(run.options.limits.max_decoded);
        let most = most.map_or(self.whole, |most| most.min(self.whole));
        match self.gunzip.decode(&self.file, most, &mut self.decoded) {
            Some(length) => self.decoded(run, name, length, nest),
            // What decodes to little is not worth another thread.
            None if nest.is_some() || stored < WORTH_A_THREAD => {
                let bytes = std::mem::take(&mut self.file);
                let report = self.streamed(run, name, bytes.as_slice(), nest);
                self.file = bytes;
                report
            }
            None => {
                let source = Cursor::new(std::mem::take(&mut self.file));
                self.large(run, name, source)
            }
        }
    }

    /// Reads the first `length` bytes of the buffer for what was decoded.
    fn decoded(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        length: usize,
        nest: Option<Nest<'_>>,
    ) -> InputReport {
        if let Some(fault) = nest.and_then(|nest| nest.quota.take(nest.decoded(), length as u64)) {
            run.problem(fault.diagnostic(name));
            return InputReport::default();
        }
        let format = Format::recognise(&self.decoded[..length]);
        match format.filter(|format| format.is_archive()) {
            None => judge(&mut self.matcher, run, name, |judging| {
                judging.whole(&mut self.decoded, length)
            }),
            Some(format) => {
                let stored = self.file.len();
                let bytes = std::mem::take(&mut self.decoded);
                let report = self.archive_in(run, name, format, &bytes[..length], stored, nest);
                self.decoded = bytes;
                report
            }
        }
    }

    /// Reads an archive that is in memory and takes so many bytes where it is
    /// stored.
    fn archive_in(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        format: Format,
        mut bytes: &[u8],
        stored: usize,
        nest: Option<Nest<'_>>,
    ) -> InputReport {
        let stored = Arc::new((stored as u64).into());
        let quota = Quota::new(format, stored, run.options.limits);
        let nest = nest.unwrap_or(Nest::of(&quota));
        self.archive(run, name, format, &mut bytes, nest)
    }

    /// Reads a stream on this thread alone.
    pub(super) fn streamed(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        source: impl Read,
        nest: Option<Nest<'_>>,
    ) -> InputReport {
        self.streamed_as(run, name, source, nest, true)
    }

    /// The same, which may be a table or is none.
    pub(super) fn streamed_as(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        source: impl Read,
        nest: Option<Nest<'_>>,
        table: bool,
    ) -> InputReport {
        let (source, stored) = Stored::new(source);
        let mut content = Lookahead::new(Decoder::with_limits(source, run.options.limits));
        let archive = content.format().filter(|format| format.is_archive());
        match (archive, nest) {
            (Some(format), nest) => {
                let quota = Quota::new(format, stored, run.options.limits);
                let nest = nest.unwrap_or(Nest::of(&quota));
                let mut content = Within::new(content, nest.quota, nest.decoded());
                self.archive(run, name, format, &mut content, nest)
            }
            (None, Some(nest)) => {
                let begin = table.then(|| Begin::of(&mut content)).flatten();
                let content = Within::new(content, nest.quota, nest.decoded());
                judge(&mut self.matcher, run, name, |judging| {
                    judging.stream(begin, content)
                })
            }
            (None, None) => {
                let begin = table.then(|| Begin::of(&mut content)).flatten();
                judge(&mut self.matcher, run, name, |judging| {
                    judging.stream(begin, content)
                })
            }
        }
    }

    /// Reads text that is appended to, from where reading it stood; where it is to
    /// go on, what its end cuts is left for the next time. Gives where reading
    /// stands.
    pub(super) fn grown(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        source: impl Read,
        from: Position,
        goes_on: bool,
    ) -> (InputReport, Position) {
        let source = self.matcher.meter.stored(source);
        let max_record = run.options.max_record;
        let mut records = if goes_on {
            Records::growing(source, from, max_record)
        } else {
            Records::going_on(source, from, max_record)
        };
        let report = judge(&mut self.matcher, run, name, |judging| {
            judging.records(&mut records)
        });
        self.matcher.meter.tell();
        (report, records.position())
    }

    /// Reads a stream with the help of others.
    fn large(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        source: impl Read + Send + 'static,
    ) -> InputReport {
        let (source, stored) = Stored::new(source);
        let mut content = Lookahead::new(Decoder::with_limits(source, run.options.limits));
        match content.format().filter(|format| format.is_archive()) {
            Some(format) => {
                let quota = Quota::new(format, stored, run.options.limits);
                let nest = Nest::of(&quota);
                let mut content = Within::new(content, &quota, nest.decoded());
                self.archive(run, name, format, &mut content, nest)
            }
            None => {
                let crew = run.crew;
                let begin = Begin::of(&mut content);
                judge(&mut self.matcher, run, name, |judging| match begin {
                    // Rows are judged in turn.
                    Some(_) => judging.stream(begin, content),
                    None => judging.large(content, crew),
                })
            }
        }
    }
}

/// About the bytes that the end of an input takes while it waits for its turn.
const END: usize = 512;

/// Judges what a function reads, and reports on it.
fn judge<'p>(
    matcher: &mut Matcher<'p>,
    run: &mut Run<'_, 'p>,
    name: &Arc<str>,
    read: impl FnOnce(&mut Judging<'_, 'p>) -> Tally,
) -> InputReport {
    let tally = read(&mut Judging {
        engine: run.engine,
        matcher,
        file: name,
        options: run.options,
        take_note: &mut |note, size| (run.emit)(note.output(name), size),
    });
    let allow_nothing = run.options.allow_nothing;
    let mut report = tally.finish(name, allow_nothing, &mut |problem| run.problem(problem));
    if report.records.events > 0 {
        let delivered = run.engine.trails.iter().filter(|trail| trail.holds(name));
        let delivered = delivered.map(|trail| trail.name().to_owned());
        report.coverage.trails.extend(delivered);
    }
    report
}

/// Bytes of compressed data from which on it is decoded by a thread of its own.
const WORTH_A_THREAD: usize = 1 << 20;

/// What is done with the records of one input, whatever they are read from.
struct Judging<'a, 'p> {
    engine: Engine<'p>,
    matcher: &'a mut Matcher<'p>,
    file: &'a Arc<str>,
    options: ScanOptions,
    take_note: &'a mut dyn FnMut(Note, usize),
}

impl<'p> Judging<'_, 'p> {
    /// Reads the first `length` bytes of a buffer.
    fn whole(&mut self, buffer: &mut Vec<u8>, length: usize) -> Tally {
        self.matcher.meter.whole(length);
        if let Some(begin) = Begin::of_whole(&buffer[..length]) {
            return self.table(begin, &buffer[..length]);
        }
        let bytes = std::mem::take(buffer);
        let mut records = Records::of_buffer(bytes, length, self.options.max_record);
        let tally = self.records(&mut records);
        *buffer = records.into_buffer();
        tally
    }

    /// Reads decoded bytes on this thread alone; or as a table, where one begins.
    fn stream(&mut self, begin: Option<Begin>, source: impl Read) -> Tally {
        let source = self.matcher.meter.decoded(source);
        match begin {
            Some(begin) => self.table(begin, source),
            None => self.metered(source),
        }
    }

    fn table(&mut self, begin: Begin, source: impl Read) -> Tally {
        let opening = self.options.opening();
        self.reading(|reading| reading.table(Table::new(begin, source, opening)))
    }

    fn metered(&mut self, source: impl Read) -> Tally {
        let before = self.matcher.meter.reading();
        let tally = self.records(&mut Records::new(source, self.options.max_record));
        let meter = &mut self.matcher.meter;
        meter.not_projecting(meter.reading() - before);
        tally
    }

    /// Reads decoded bytes with the help of others.
    fn large(&mut self, source: impl Read + Send + 'static, crew: Option<&Crew<'p>>) -> Tally {
        let Some(crew) = crew else {
            return self.stream(None, source);
        };
        let source = self.matcher.meter.decoded(source);
        match Feed::start(source, crew.sizes().part) {
            Ok(feed) => stream::read(crew, self.matcher, self.file, feed, self.take_note),
            Err(source) => self.metered(source),
        }
    }

    fn records<R: Read>(&mut self, records: &mut Records<R>) -> Tally {
        self.reading(|reading| {
            while reading.next(records).is_some() {}
            reading.end(records);
        })
    }

    fn reading(&mut self, read: impl FnOnce(&mut Reading<'_, 'p>)) -> Tally {
        let mut reading = Reading::new(
            self.engine,
            self.matcher,
            Arc::clone(self.file),
            self.options.opening(),
            self.take_note,
        );
        read(&mut reading);
        reading.into_tally()
    }
}

/// Reads one stream of bytes as [`super::scan`] reads each input, and hands over
/// what it holds as it is read; `name` is what people know it by. Events that
/// were delivered before are not left out: only who sees all streams can tell.
pub fn scan_stream(
    engine: Engine<'_>,
    source: impl Read,
    name: &str,
    max_record: u64,
    emit: &mut dyn FnMut(Output),
) -> InputReport {
    let program = engine.program();
    let mut worker = Worker::new(&program, Sizes::default().whole, false, &Arc::default());
    let mut run = Run {
        engine,
        options: ScanOptions {
            max_record,
            ..ScanOptions::default()
        },
        crew: None,
        emit: &mut |output, _| emit(output),
    };
    worker.streamed(&mut run, &Arc::from(name), source, None)
}
