//! One input, from its bytes to findings.
//!
//! In comes an [`Input`]; out come its [`Output`]s in order and an
//! [`InputReport`]. A file of ordinary size is read and decoded as a whole, all
//! else as a stream, with the help of other threads where there are any.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use crate::codec::{Format, WholeGunzip};
use crate::compile::Program;
use crate::finding::{Coverage, Records as RecordCounts};
use crate::shape::Records;
use crate::source::Input;

use super::crew::Crew;
use super::matcher::Matcher;
use super::reading::{Note, Reading, Tally};
use super::stats::{Meter, Stats};
use super::stream::{self, Feed, Slot};
use super::{Engine, Output, ScanOptions};

/// What one input came to, findings apart.
#[derive(Debug, Default)]
pub struct InputReport {
    /// Its records, by what they turned out to be.
    pub records: RecordCounts,
    /// When and where its events happened.
    pub coverage: Coverage,
    /// Events that a rule could not decide, by the rule's index.
    pub undecided: BTreeMap<usize, u64>,
    /// Whether it was opened and read to its end.
    pub complete: bool,
}

/// What reads inputs, one after another; its buffers are reused.
pub(super) struct Worker<'p> {
    matcher: Matcher<'p>,
    /// The most bytes that are read as a whole.
    whole: usize,
    gunzip: WholeGunzip,
    file: Vec<u8>,
    decoded: Vec<u8>,
}

impl<'p> Worker<'p> {
    pub(super) fn new(program: &'p Program, whole: usize, timed: bool) -> Self {
        let mut matcher = Matcher::new(program);
        matcher.meter = Meter::new(timed);
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
        let file: Arc<str> = Arc::from(input.name.as_str());
        let mut take_note = |note: Note, size| emit(note.output(&file), size);
        let mut judging = Judging {
            engine,
            matcher: &mut self.matcher,
            file: &file,
            options,
            take_note: &mut take_note,
        };
        let tally = if !input.read_whole(self.whole as u64, &mut self.file) {
            match input.open() {
                Ok(source) => judging.large(source, crew),
                Err(error) => {
                    emit(Output::Problem(input.unreadable(&error)), 0);
                    return InputReport::default();
                }
            }
        } else if Format::recognise(&self.file).is_none() {
            let length = self.file.len();
            judging.whole(&mut self.file, length, length)
        } else {
            let stored = self.file.len();
            let most = usize::try_from(options.limits.max_decoded);
            let most = most.map_or(self.whole, |most| most.min(self.whole));
            match self.gunzip.decode(&self.file, most, &mut self.decoded) {
                Some(length) => judging.whole(&mut self.decoded, length, stored),
                // What decodes to little is not worth another thread.
                None if self.file.len() < WORTH_A_THREAD => judging.stream(self.file.as_slice()),
                None => judging.large(Cursor::new(std::mem::take(&mut self.file)), crew),
            }
        };
        tally.finish(&file, &mut |problem| emit(Output::Problem(problem), 0))
    }
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
    /// Reads the first `length` bytes of a buffer, which were `stored` in so many.
    fn whole(&mut self, buffer: &mut Vec<u8>, length: usize, stored: usize) -> Tally {
        self.matcher.meter.whole(stored, length);
        let bytes = std::mem::take(buffer);
        let mut records = Records::of_buffer(bytes, length, self.options.max_record);
        let tally = self.records(&mut records);
        *buffer = records.into_buffer();
        tally
    }

    /// Reads a stream on this thread alone.
    fn stream(&mut self, source: impl Read) -> Tally {
        let source = self.matcher.meter.decoder(source, self.options.limits);
        self.decoded(source)
    }

    fn decoded(&mut self, source: impl Read) -> Tally {
        let before = self.matcher.meter.reading();
        let tally = self.records(&mut Records::new(source, self.options.max_record));
        let meter = &mut self.matcher.meter;
        meter.not_projecting(meter.reading() - before);
        tally
    }

    /// Reads a stream with the help of others.
    fn large(&mut self, source: impl Read + Send + 'static, crew: Option<&Crew<'p>>) -> Tally {
        let Some(crew) = crew else {
            return self.stream(source);
        };
        let decoder = self.matcher.meter.decoder(source, self.options.limits);
        match Feed::start(decoder, crew.sizes().part) {
            Ok(feed) => stream::read(crew, self.matcher, self.file, feed, self.take_note),
            Err(decoder) => self.decoded(decoder),
        }
    }

    fn records<R: Read>(&mut self, records: &mut Records<R>) -> Tally {
        let mut reading = Reading::new(
            self.engine,
            self.matcher,
            Arc::clone(self.file),
            self.options.opening(),
            self.take_note,
        );
        while reading.next(records).is_some() {}
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
    let program = Program::new(engine.rules());
    let mut judging = Judging {
        engine,
        matcher: &mut Matcher::new(&program),
        file: &Arc::from(name),
        options: ScanOptions {
            max_record,
            ..ScanOptions::default()
        },
        take_note: &mut |note, _| emit(note.output(name)),
    };
    let tally = judging.stream(source);
    tally.finish(name, &mut |problem| emit(Output::Problem(problem)))
}
