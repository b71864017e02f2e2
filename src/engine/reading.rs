//! The records of one input, or of a part of one, judged in their order.
//!
//! In come the items of a splitter; out come [`Note`]s, which know records by
//! number, and a [`Tally`] of all else. Of a part of an input the numbers are
//! put right when its turn comes: [`Note::moved`] and [`Tally::take_over`].

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::correlate::Signal;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::{self, DataPlane, Losses};
use crate::finding::{Place, Records as RecordCounts};
use crate::reference::lost_fields;
use crate::shape::{
    self, Foreign, InputFault, Item, Kind, Leaf, LeafContent, Opening, RecordBytes, Records, Shape,
    Table, Visit,
};

use super::input::InputReport;
use super::known::Unevaluated;
use super::matcher::{self, Matcher};
use super::note::{Note, TakeNote};
use super::seen::Seen;
use super::stats::{Parsed, Stage};
use super::{Engine, Judgement};

/// What records came to, notes apart.
#[derive(Debug, Default)]
pub(super) struct Tally {
    records: RecordCounts,
    undecided: BTreeMap<usize, u64>,
    unevaluated: Unevaluated,
    seen: Seen,
    foreign: BTreeMap<Foreign, Stray>,
    /// Whether reading ended before the end.
    broken: bool,
    /// Whether it came to the end and there was nothing.
    nothing: bool,
}

/// What of one kind that is no event was met first, and how often.
#[derive(Debug)]
struct Stray {
    first: u64,
    count: u64,
}

impl Tally {
    /// Adds what the next part of the input came to, before which there were so
    /// many records.
    pub(super) fn take_over(&mut self, next: Tally, by: u64) {
        self.records.merge(&next.records);
        self.seen.take_over(next.seen);
        self.broken |= next.broken;
        self.nothing |= next.nothing;
        for (index, count) in next.undecided {
            *self.undecided.entry(index).or_default() += count;
        }
        self.unevaluated.take_over(next.unevaluated);
        for (foreign, stray) in next.foreign {
            let known = self.foreign.entry(foreign).or_insert(Stray {
                first: stray.first + by,
                count: 0,
            });
            known.count += stray.count;
        }
    }

    /// The report on the input, after a warning for each kind of stray object; one that
    /// held nothing could not be read unless that is allowed.
    pub(super) fn finish(
        self,
        file: &str,
        allow_nothing: bool,
        emit: &mut dyn FnMut(Diagnostic),
    ) -> InputReport {
        for (foreign, stray) in &self.foreign {
            if !foreign.is_expected() {
                emit(stray.warning(*foreign, file));
            }
        }
        let is_lost = self.nothing && !allow_nothing;
        if is_lost {
            emit(InputFault::Nothing.diagnostic(file));
        }
        InputReport {
            records: self.records,
            coverage: self.seen.into_coverage(),
            undecided: self.undecided,
            unevaluated: self.unevaluated,
            complete: !self.broken && !is_lost,
            ..InputReport::default()
        }
    }
}

impl Stray {
    fn warning(&self, foreign: Foreign, file: &str) -> Diagnostic {
        let others = match self.count - 1 {
            0 => String::new(),
            1 => ", and 1 more like it".to_owned(),
            more => format!(", and {more} more like it"),
        };
        let problem = Diagnostic::new(Code::NotCloudTrail, format!("this is {foreign}{others}"))
            .in_place(format!("{file}, record {}", self.first));
        problem.help(if foreign.holds_events() {
            "export the CloudTrail records in a shape that is read: docs/shapes.md lists them; what \
             was not read was not judged"
        } else {
            "nothing in it was evaluated; leave such files out to be rid of this warning"
        })
    }
}

/// A record with what is known of it.
#[derive(Clone, Copy)]
struct Known<'v> {
    value: &'v Value,
    losses: &'v Losses,
    /// The shape that it came in, and that lost something.
    shape: Shape,
}

/// How much later events must be for it to be told that they were read.
const TOLD_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// About the bytes that a note takes in memory, the event of a finding apart.
const SMALL_NOTE: usize = 1024;

/// So many signals are handed on together.
const SIGNALS_TOGETHER: usize = 256;

/// About the bytes that an event takes for each byte of its text.
const PARSED: usize = 4;

/// Judges records by a matcher.
pub(super) struct Reading<'a, 'p> {
    engine: Engine<'p>,
    matcher: &'a mut Matcher<'p>,
    file: Arc<str>,
    opening: Opening,
    take_note: TakeNote<'a>,
    tally: Tally,
    /// What events are to rules about several, and nobody was told yet.
    signals: Vec<Signal>,
    /// The number of the next record, wrapped or not.
    number: u64,
    /// Up to when it was said that events were read.
    told: Option<Timestamp>,
}

impl<'a, 'p> Reading<'a, 'p> {
    pub(super) fn new(
        engine: Engine<'p>,
        matcher: &'a mut Matcher<'p>,
        file: Arc<str>,
        opening: Opening,
        take_note: TakeNote<'a>,
    ) -> Self {
        Reading {
            engine,
            matcher,
            file,
            opening,
            take_note,
            tally: Tally::default(),
            signals: Vec::new(),
            number: 0,
            told: None,
        }
    }

    /// Reads one item; whether it was a record, or nothing at the end.
    pub(super) fn next<R: Read>(&mut self, records: &mut Records<R>) -> Option<bool> {
        let item = records.next_by(&mut |bytes| self.matcher.frame(bytes))?;
        self.matcher.meter.lap(Stage::Projecting);
        match item {
            Item::Record(record) => {
                let next = record.number + 1;
                self.record(record);
                self.tell_time();
                let more = self.number.saturating_sub(next);
                records.count_more(more);
                return Some(true);
            }
            Item::Bad(bad) => {
                self.tally.records.bad += 1;
                self.note(Note::Bad(bad));
            }
            Item::Fault(fault) => {
                self.tally.broken = true;
                self.note(Note::Fault(fault));
            }
        }
        Some(false)
    }

    /// Takes note of the end of the records.
    pub(super) fn end<R: Read>(&mut self, records: &Records<R>) {
        self.tally.nothing = !self.tally.broken && records.held_nothing();
    }

    /// Reads all rows of a table.
    pub(super) fn table<R: Read>(&mut self, mut table: Table<R>) {
        self.number = 1;
        loop {
            match table.next(self) {
                Ok(true) => self.tell_time(),
                Ok(false) => return,
                Err(fault) => {
                    self.tally.broken = true;
                    return self.note(Note::Fault(fault));
                }
            }
        }
    }

    pub(super) fn into_tally(mut self) -> Tally {
        self.hand_on_signals(true);
        self.tally
    }

    /// Judges a record, or those that it holds.
    fn record(&mut self, record: RecordBytes<'_>) {
        self.number = record.number;
        let plain = matches!(self.opening.shape, None | Some(Shape::CloudTrail));
        if !(plain && self.plain(record.bytes)) {
            let opening = self.opening;
            opening.open(record.bytes, self);
        }
    }

    /// Judges a record that is plainly an event; whether it is one. The matcher
    /// says which rules may match; only for them is it parsed.
    fn plain(&mut self, record: &[u8]) -> bool {
        let number = self.number;
        let event = match self.matcher.read(record, &self.file, number) {
            matcher::Reading::Event(event) => event,
            matcher::Reading::Unclear => {
                self.matcher.meter.parsed(Parsed::unclear());
                return false;
            }
        };
        let asked = self.engine.asked;
        if asked.is_some_and(|a| !a.includes_texts(event.time, event.account, event.region)) {
            self.number += 1;
            self.tally.records.outside += 1;
            return true;
        }
        let mut judgement = None;
        if !event.hits.is_empty() {
            let kept = self.engine.parse_kept(event.hits, record);
            let value = match kept.map_or_else(|| shape::parse(record), Ok) {
                Ok(value) => value,
                Err(fault) => {
                    self.bad(|number| Note::Unparsed(number, fault));
                    return true;
                }
            };
            let place = place(&self.file, number);
            let rules = event.hits.iter().map(|rule| *rule as usize);
            judgement = Some(self.engine.judge_by(rules, &value, Losses::none(), &place));
        }
        self.number += 1;
        self.tally.records.events += 1;
        self.tally
            .seen
            .texts(event.time, event.account, event.region);
        event
            .data
            .into_iter()
            .for_each(|data| self.tally.seen.data(data));
        self.matcher.meter.event();
        if let Some(judgement) = judgement {
            self.matcher.meter.parsed(Parsed::of(&judgement));
            self.take(judgement, record.len());
        }
        self.signals.extend(self.matcher.take_signals());
        self.hand_on_signals(false);
        true
    }

    /// Says up to when events were read, where somebody waits for that.
    fn tell_time(&mut self) {
        if !self.engine.tells_time {
            return;
        }
        let latest = self.tally.seen.latest();
        let told = self.told.and_then(|told| told.checked_add(TOLD_AFTER).ok());
        if latest > told.or(self.told)
            && let Some(time) = latest
        {
            self.told = latest;
            self.note(Note::Reached(time));
        }
    }

    fn note(&mut self, note: Note) {
        (self.take_note)(note, SMALL_NOTE);
    }

    /// Takes note of a record that cannot be read.
    fn bad(&mut self, note: impl FnOnce(u64) -> Note) {
        self.tally.records.bad += 1;
        let note = note(self.number);
        self.number += 1;
        self.note(note);
    }

    /// A record that was parsed to know what it is.
    fn parsed(&mut self, known: Known<'_>, kind: Kind, length: usize) {
        let number = self.number;
        self.number += 1;
        let counts = &mut self.tally.records;
        match kind {
            Kind::Event => self.event(known, number, length),
            Kind::Insight => counts.insight += 1,
            Kind::Digest => counts.digest += 1,
            // A wrapper is opened, and what could not be is at fault.
            Kind::Wraps(_) => {}
            Kind::NotCloudTrail(foreign) => {
                let counts = if foreign.holds_events() {
                    &mut counts.unread
                } else {
                    &mut counts.not_cloudtrail
                };
                *counts.entry(foreign.name().to_owned()).or_default() += 1;
                let stray = self.tally.foreign.entry(foreign).or_insert(Stray {
                    first: number,
                    count: 0,
                });
                stray.count += 1;
            }
            Kind::UnknownVersion(version) => {
                counts.unknown_version += 1;
                self.note(Note::UnknownVersion(number, version));
            }
        }
    }

    fn event(&mut self, known: Known<'_>, number: u64, length: usize) {
        let value = known.value;
        let (account, region) = (event::account(value), event::region(value));
        let time = event::event_time(value);
        let asked = self.engine.asked;
        if asked.is_some_and(|asked| !asked.includes(time, account, region)) {
            self.tally.records.outside += 1;
            return;
        }
        self.tally.records.events += 1;
        self.matcher.meter.event();
        self.tally.seen.values(time, account, region);
        let data = DataPlane::of_record(value);
        data.into_iter().for_each(|data| self.tally.seen.data(data));
        let place = place(&self.file, number);
        let judgement = if known.losses.is_none() {
            self.engine.judge_at(value, &place)
        } else {
            let candidates = &mut self.matcher.candidates;
            let rules = candidates.of(self.engine, known.value, known.losses);
            let judgement =
                self.engine
                    .judge_by(rules.iter().copied(), value, known.losses, &place);
            let rules = self.engine.rules();
            for index in &judgement.unevaluated {
                let fields = || lost_fields(&rules[*index].condition, known.losses);
                self.tally.unevaluated.add(known.shape, *index, fields);
            }
            judgement
        };
        self.take(judgement, length);
    }

    /// Takes note of what events are to rules about several: at once where somebody
    /// waits for that, of many together elsewhere, and of the last at the end.
    fn hand_on_signals(&mut self, is_end: bool) {
        let enough = is_end || self.engine.tells_time || self.signals.len() >= SIGNALS_TOGETHER;
        if enough && !self.signals.is_empty() {
            let signals = std::mem::take(&mut self.signals);
            let weight = signals.iter().map(Signal::size).sum();
            (self.take_note)(Note::Signals(signals), weight);
            self.matcher.meter.resume();
        }
    }

    fn take(&mut self, judgement: Judgement, length: usize) {
        self.matcher.meter.lap(Stage::Judging);
        for index in judgement.undecided {
            *self.tally.undecided.entry(index).or_default() += 1;
        }
        self.signals.extend(judgement.signals);
        self.hand_on_signals(false);
        if !judgement.findings.is_empty() {
            let weight = judgement.findings.len() * (SMALL_NOTE + PARSED * length);
            (self.take_note)(Note::Findings(judgement.findings), weight);
            // It waited for its turn, or was written.
            self.matcher.meter.resume();
        }
    }
}

/// What a record holds is judged as it is.
impl Visit for Reading<'_, '_> {
    fn frame(&mut self, bytes: &[u8]) -> Option<usize> {
        self.matcher.frame(bytes)
    }

    fn event(&mut self, bytes: &[u8], _layers: &[Shape]) -> bool {
        self.plain(bytes)
    }

    fn leaf(&mut self, leaf: Leaf<'_>) {
        match leaf.content {
            LeafContent::Record {
                value,
                kind,
                length,
                losses,
            } => {
                let shape = leaf.layers.last().copied().unwrap_or(Shape::CloudTrail);
                let known = Known {
                    value,
                    losses,
                    shape,
                };
                self.parsed(known, kind, length);
            }
            LeafContent::Unparsed(fault) => self.bad(|number| Note::Unparsed(number, fault)),
            LeafContent::Fault(fault) => self.bad(|number| Note::Unwrapped(number, fault)),
        }
    }
}

fn place(file: &Arc<str>, record: u64) -> Place {
    Place {
        file: Arc::clone(file),
        record,
    }
}
