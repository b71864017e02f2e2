//! One input, from its bytes to findings.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use serde_json::Value;

use crate::codec::{Decoder, Format, Limits, WholeGunzip};
use crate::compile::Program;
use crate::diagnostic::{Code, Diagnostic};
use crate::event;
use crate::finding::{Coverage, Place, Records as RecordCounts};
use crate::shape::{self, Foreign, Item, Kind, RecordBytes, RecordFault, Records};
use crate::source::Input;

use super::matcher::{self, Matcher};
use super::seen::Seen;
use super::stats::{Metered, Parsed, Stage, Stats};
use super::{Engine, Judgement, Output, ScanOptions};

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
    gunzip: WholeGunzip,
    file: Vec<u8>,
    decoded: Vec<u8>,
}

/// Bytes of a file that is read as a whole, and of what it decodes to. Larger
/// ones are streamed.
const WHOLE: usize = 8 << 20;

impl<'p> Worker<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        Worker {
            matcher: Matcher::new(program),
            gunzip: WholeGunzip::default(),
            file: Vec::new(),
            decoded: Vec::new(),
        }
    }

    /// Reads an input to its end, or as far as it goes.
    pub(super) fn read(
        &mut self,
        engine: Engine<'_>,
        input: &Input,
        options: ScanOptions,
        emit: &mut dyn FnMut(Output),
    ) -> InputReport {
        let ScanOptions {
            max_record, limits, ..
        } = options;
        self.matcher.meter.begin(options.stats);
        let mut reading = Reading::new(engine, &mut self.matcher, &input.name, emit);
        if !input.read_whole(WHOLE as u64, &mut self.file) {
            match input.open() {
                Ok(source) => reading.stream(source, max_record, limits),
                Err(error) => {
                    emit(Output::Problem(input.unreadable(&error)));
                    return InputReport::default();
                }
            }
            return reading.finish();
        }
        let file_length = self.file.len();
        let whole = match Format::recognise(&self.file) {
            None => Some((&mut self.file, None)),
            Some(_) => {
                let most =
                    usize::try_from(limits.max_decoded).map_or(WHOLE, |most| most.min(WHOLE));
                let length = self.gunzip.decode(&self.file, most, &mut self.decoded);
                length.map(|length| (&mut self.decoded, Some(length)))
            }
        };
        match whole {
            Some((buffer, length)) => {
                let length = length.unwrap_or(buffer.len());
                reading.matcher.meter.whole(file_length, length);
                let bytes = std::mem::take(buffer);
                let mut records = Records::of_buffer(bytes, length, max_record);
                reading.records(&mut records);
                *buffer = records.into_buffer();
            }
            None => reading.stream(self.file.as_slice(), max_record, limits),
        }
        reading.finish()
    }

    /// What all inputs took so far.
    pub(super) fn stats(&self) -> Stats {
        self.matcher.stats()
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
    let mut matcher = Matcher::new(&program);
    let mut reading = Reading::new(engine, &mut matcher, name, emit);
    reading.stream(source, max_record, Limits::default());
    reading.finish()
}

/// What of one kind that is no event was met first, and how often.
struct Stray {
    first: u64,
    count: u64,
}

struct Reading<'a, 'p> {
    engine: Engine<'a>,
    matcher: &'a mut Matcher<'p>,
    file: Arc<str>,
    emit: &'a mut dyn FnMut(Output),
    report: InputReport,
    seen: Seen,
    foreign: BTreeMap<Foreign, Stray>,
}

impl<'a, 'p> Reading<'a, 'p> {
    fn new(
        engine: Engine<'a>,
        matcher: &'a mut Matcher<'p>,
        name: &str,
        emit: &'a mut dyn FnMut(Output),
    ) -> Self {
        let report = InputReport {
            complete: true,
            ..InputReport::default()
        };
        Reading {
            engine,
            matcher,
            file: Arc::from(name),
            emit,
            report,
            seen: Seen::default(),
            foreign: BTreeMap::new(),
        }
    }

    /// Reads what is decoded as it comes.
    fn stream(&mut self, source: impl Read, max_record: u64, limits: Limits) {
        let (stored, decoded) = (Cell::default(), Cell::default());
        let timed = self.matcher.meter.is_timed();
        let source = Metered {
            source,
            reads: &stored,
            timed: false,
        };
        let source = Metered {
            source: Decoder::with_limits(source, limits),
            reads: &decoded,
            timed,
        };
        self.matcher.meter.lap(Stage::Reading);
        self.records(&mut Records::new(source, max_record));
        self.matcher.meter.streamed(stored.get(), decoded.get());
    }

    fn records<R: Read>(&mut self, records: &mut Records<R>) {
        while let Some(item) = records.next_by(&mut |bytes| self.matcher.frame(bytes)) {
            self.matcher.meter.lap(Stage::Projecting);
            match item {
                Item::Record(record) => self.record(record),
                Item::Bad(bad) => {
                    self.report.records.bad += 1;
                    let problem = bad.diagnostic(&self.file);
                    (self.emit)(Output::Problem(problem));
                }
                Item::Fault(fault) => {
                    self.report.complete = false;
                    let problem = fault.diagnostic(&self.file);
                    (self.emit)(Output::Problem(problem));
                }
            }
        }
    }

    fn finish(mut self) -> InputReport {
        self.say_foreign();
        self.report.coverage = self.seen.into_coverage();
        self.report
    }

    /// The matcher says which rules may match; only for them is it parsed.
    fn record(&mut self, record: RecordBytes<'_>) {
        let event = match self.matcher.read(record.bytes) {
            matcher::Reading::Event(event) => event,
            matcher::Reading::Unclear => {
                self.unclear(record);
                return self.matcher.meter.parsed(Parsed::unclear());
            }
        };
        let mut judgement = None;
        if !event.hits.is_empty() {
            let value = match shape::parse(record.bytes) {
                Ok(value) => value,
                Err(fault) => return self.bad(&fault, record.number),
            };
            let place = place(&self.file, record.number);
            let rules = event.hits.iter().map(|rule| *rule as usize);
            judgement = Some(self.engine.judge_by(rules, &value, &place));
        }
        self.report.records.events += 1;
        self.seen.texts(event.time, event.account, event.region);
        if let Some(judgement) = judgement {
            self.matcher.meter.parsed(Parsed::of(&judgement));
            self.take(judgement);
        }
    }

    fn bad(&mut self, fault: &RecordFault, number: u64) {
        self.report.records.bad += 1;
        let problem = fault.diagnostic(&self.file, number);
        (self.emit)(Output::Problem(problem));
    }

    /// A record that must be parsed to know what it is.
    fn unclear(&mut self, record: RecordBytes<'_>) {
        let value = match shape::parse(record.bytes) {
            Ok(value) => value,
            Err(fault) => return self.bad(&fault, record.number),
        };
        match shape::classify(&value) {
            Kind::Event => self.event(&value, record.number),
            Kind::Insight => self.report.records.insight += 1,
            Kind::Digest => self.report.records.digest += 1,
            Kind::NotCloudTrail(foreign) => {
                let counts = &mut self.report.records;
                let counts = if foreign.holds_events() {
                    &mut counts.unread
                } else {
                    &mut counts.not_cloudtrail
                };
                *counts.entry(foreign.name().to_owned()).or_default() += 1;
                let stray = self.foreign.entry(foreign).or_insert(Stray {
                    first: record.number,
                    count: 0,
                });
                stray.count += 1;
            }
            Kind::UnknownVersion(version) => {
                self.report.records.unknown_version += 1;
                let problem = Diagnostic::new(
                    Code::UnknownRecordVersion,
                    format!("the record has version {version}, and only 1.x is known"),
                )
                .in_place(format!("{}, record {}", self.file, record.number))
                .help("it was not evaluated; a newer trailgate may read it");
                (self.emit)(Output::Problem(problem));
            }
        }
    }

    fn event(&mut self, value: &Value, number: u64) {
        self.report.records.events += 1;
        self.seen.values(
            event::event_time(value),
            event::account(value),
            event::region(value),
        );
        let judgement = self.engine.judge_at(value, &place(&self.file, number));
        self.take(judgement);
    }

    fn take(&mut self, judgement: Judgement) {
        self.matcher.meter.lap(Stage::Judging);
        for index in judgement.undecided {
            *self.report.undecided.entry(index).or_default() += 1;
        }
        if !judgement.findings.is_empty() {
            (self.emit)(Output::Findings(judgement.findings));
            self.matcher.meter.lap(Stage::Writing);
        }
    }

    /// One warning for each kind of stray object, not one for each object.
    fn say_foreign(&mut self) {
        for (foreign, stray) in &self.foreign {
            let others = match stray.count - 1 {
                0 => String::new(),
                1 => ", and 1 more like it".to_owned(),
                more => format!(", and {more} more like it"),
            };
            let mut problem =
                Diagnostic::new(Code::NotCloudTrail, format!("this is {foreign}{others}"))
                    .in_place(format!("{}, record {}", self.file, stray.first));
            problem = if foreign.holds_events() {
                problem
                    .help("unwrap the CloudTrail records first: what was not read was not judged")
            } else {
                problem.help(
                    "nothing in it was evaluated; leave such files out to be rid of this warning",
                )
            };
            (self.emit)(Output::Problem(problem));
        }
    }
}

fn place(file: &Arc<str>, record: u64) -> Place {
    Place {
        file: Arc::clone(file),
        record,
    }
}
