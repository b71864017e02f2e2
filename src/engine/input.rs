//! One input, from its bytes to findings.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use serde_json::Value;

use crate::codec::Decoder;
use crate::diagnostic::{Code, Diagnostic};
use crate::event;
use crate::finding::{Coverage, Place, Records as RecordCounts};
use crate::shape::{self, Foreign, Item, Kind, RecordBytes, Records};
use crate::source::Input;

use super::{Engine, Output};

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

/// Reads an input to its end, or as far as it goes.
pub(super) fn read_input(
    engine: Engine<'_>,
    input: &Input,
    max_record: u64,
    emit: &mut dyn FnMut(Output),
) -> InputReport {
    match input.open() {
        Ok(source) => Reading::new(engine, &input.name, emit).read(source, max_record),
        Err(error) => {
            emit(Output::Problem(input.unreadable(&error)));
            InputReport::default()
        }
    }
}

/// What of one kind that is no event was met first, and how often.
struct Stray {
    first: u64,
    count: u64,
}

struct Reading<'a> {
    engine: Engine<'a>,
    file: Arc<str>,
    emit: &'a mut dyn FnMut(Output),
    report: InputReport,
    foreign: BTreeMap<Foreign, Stray>,
}

impl<'a> Reading<'a> {
    fn new(engine: Engine<'a>, name: &str, emit: &'a mut dyn FnMut(Output)) -> Self {
        let report = InputReport {
            complete: true,
            ..InputReport::default()
        };
        Reading {
            engine,
            file: Arc::from(name),
            emit,
            report,
            foreign: BTreeMap::new(),
        }
    }

    fn read(mut self, source: impl Read, max_record: u64) -> InputReport {
        let mut records = Records::new(Decoder::new(source), max_record);
        while let Some(item) = records.next() {
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
        self.say_foreign();
        self.report
    }

    fn record(&mut self, record: RecordBytes<'_>) {
        let value = match shape::parse(record.bytes) {
            Ok(value) => value,
            Err(fault) => {
                self.report.records.bad += 1;
                let problem = fault.diagnostic(&self.file, record.number);
                return (self.emit)(Output::Problem(problem));
            }
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
        self.report.coverage.see(
            event::event_time(value),
            event::account(value),
            event::region(value),
        );
        let place = Place {
            file: Arc::clone(&self.file),
            record: number,
        };
        let judgement = self.engine.judge_at(value, &place);
        for index in judgement.undecided {
            *self.report.undecided.entry(index).or_default() += 1;
        }
        if !judgement.findings.is_empty() {
            (self.emit)(Output::Findings(judgement.findings));
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
