//! The matcher: which rules may match a record, told from its bytes.
//!
//! In come a [`Program`] and records; out comes, per record, the rules that it
//! may match and what the summary says of it, without parsing it whole and, once
//! everything was seen, without allocating. It only ever lets too much through:
//! a rule that it names is judged by the reference on the parsed record, and so
//! is every record that is not plainly an event. Only what a record is to rules
//! about several events is told here alone, where it is certain ([`extract`]).

mod check;
mod class;
mod column;
mod comparable;
mod copy;
mod counts;
mod evaluator;
mod extract;
mod field;
mod hot;
mod pair;
mod part;
pub(super) mod plan;
mod settle;
#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use super::known::Candidates;
use super::project::{Projection, descend, project_prefix};
use super::stats::{Meter, Stage, Stats};
use crate::compile::{Dictionary, Facts, Program, Slot, Wanted};
use crate::correlate::{Key, Signal};
use crate::event::DataPlane;

use comparable::Comparables;
use copy::Copies;
use evaluator::Evaluator;
use pair::{Pair, Work};

/// Pairs of source and name that are kept.
const MOST_PAIRS: usize = 4096;

/// Terms of rules that the pairs may hold together.
const MOST_TERMS: usize = 1 << 20;

/// Bytes that may be taken for the rules that classes of values leave.
const MOST_LEFT: usize = 8 << 20;

/// After so many records it is seen which parts come again.
const WEIGHED_AFTER: u32 = 1024;

/// Runs a program over records; one for each thread.
#[derive(Debug)]
pub(super) struct Matcher<'p> {
    evaluator: Evaluator<'p>,
    names: Dictionary,
    pairs: Vec<Pair<'p>>,
    /// How many terms the pairs hold.
    terms: usize,
    /// The rules that source and name say nothing about.
    nameless: Pair<'p>,
    /// How many records came since it was weighed which parts come again.
    weighed: u32,
    key: String,
    work: Work,
    hits: Vec<u32>,
    /// What the record at hand is to rules about several events.
    signals: Vec<Signal>,
    /// The keys that it has for one of them, each with its steps.
    keys: Vec<(Key, u32)>,
    comparables: Comparables,
    /// What is kept of it for one of them.
    copied: String,
    copies: Copies,
    /// The parts of it that were walked for its source and name, and since.
    descended: Wanted,
    /// The length of the record that was projected to find its end.
    framed: Option<usize>,
    /// Of records that have lost something, and are judged without being matched.
    pub(super) candidates: Candidates,
    pub(super) meter: Meter,
}

/// What a record is.
#[derive(Debug)]
pub(super) enum Reading<'a> {
    /// An event.
    Event(Event<'a>),
    /// Perhaps an event: it must be parsed, and all rules asked.
    Unclear,
}

/// What is known of an event.
#[derive(Debug)]
pub(super) struct Event<'a> {
    /// The rules that it may match, in order; none whose signals are known.
    pub(super) hits: &'a [u32],
    /// What stands where its time should be.
    pub(super) time: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    /// Of what it is a data event.
    pub(super) data: Option<DataPlane>,
}

impl<'p> Matcher<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let evaluator = Evaluator::new(program);
        Matcher {
            names: Dictionary::default(),
            pairs: Vec::new(),
            terms: 0,
            nameless: Pair::nameless(&evaluator),
            evaluator,
            weighed: 0,
            key: String::new(),
            work: Work::new(MOST_LEFT),
            hits: Vec::new(),
            signals: Vec::new(),
            keys: Vec::new(),
            comparables: Comparables::default(),
            copied: String::new(),
            copies: Copies::default(),
            descended: Wanted::default(),
            framed: None,
            candidates: Candidates::default(),
            meter: Meter::default(),
        }
    }

    /// What reading took so far.
    pub(super) fn stats(&self) -> Stats {
        Stats {
            bytes_passed_over: self.evaluator.projection.passed_over(),
            ..self.evaluator.counts().in_stats(self.meter.stats())
        }
    }

    /// Where the record ends that begins these bytes, if it is plainly one and
    /// all there. Reading that record next is then half done.
    pub(super) fn frame(&mut self, bytes: &[u8]) -> Option<usize> {
        let program = self.evaluator.program;
        let projection = &mut self.evaluator.projection;
        self.framed = project_prefix(&program.trie, program.facts.wrapper, bytes, projection).ok();
        self.framed
    }

    /// Reads one record, which came from a file as its `number`th.
    pub(super) fn read<'a>(
        &'a mut self,
        record: &'a [u8],
        file: &Arc<str>,
        number: u64,
    ) -> Reading<'a> {
        let found = self.find_hits(record);
        self.meter.lap(Stage::Matching);
        let Some(record) = found else {
            return Reading::Unclear;
        };
        self.signals.clear();
        if !self.hits.is_empty() {
            self.extract(record, file, number);
            self.meter.lap(Stage::Judging);
        }
        let facts = &self.evaluator.program.facts;
        let projection = &self.evaluator.projection;
        let text = |slot| projection.text(record, slot);
        let named = |slot| text(slot).filter(|text| !text.is_empty());
        Reading::Event(Event {
            hits: &self.hits,
            time: text(time_slot(facts, projection)),
            account: named(facts.recipient_account).or_else(|| named(facts.identity_account)),
            region: named(facts.region),
            data: DataPlane::of_event(
                named(facts.event_category),
                text(facts.event_source).unwrap_or_default(),
                text(facts.event_name).unwrap_or_default(),
            ),
        })
    }

    /// What the record that was read is to rules about several events, as far as that
    /// was told without parsing it.
    pub(super) fn take_signals(&mut self) -> impl Iterator<Item = Signal> {
        self.signals.drain(..)
    }

    /// Finds the rules that the record may match, if it is plainly an event.
    fn find_hits<'a>(&mut self, record: &'a [u8]) -> Option<&'a str> {
        self.hits.clear();
        if self.framed.take() != Some(record.len()) {
            let length = self.frame(record);
            self.framed = None;
            length.filter(|length| *length == record.len())?;
        }
        let record = simdutf8::basic::from_utf8(record).ok()?;
        let program = self.evaluator.program;
        self.evaluator.begin();
        self.weighed += 1;
        if self.weighed == WEIGHED_AFTER {
            self.weigh();
        }
        if self.work.is_full() {
            self.forget();
        }
        let (source, name) = ordinary_event(&program.facts, &self.evaluator.projection, record)?;
        self.key.clear();
        self.key.push_str(source);
        let source_length = self.key.len();
        self.key.push('\0');
        self.key.push_str(name);
        let number = match self.names.find(self.key.as_bytes()) {
            Some(number) => number as usize,
            None => self.new_pair(record, source_length),
        };
        self.descend(number, record)?;
        for pair in [&mut self.pairs[number], &mut self.nameless] {
            pair.hits(&mut self.evaluator, record, &mut self.work, &mut self.hits);
        }
        self.hits.sort_unstable();
        Some(record)
    }

    /// Walks what was deferred and is wanted for the record after all.
    fn descend(&mut self, number: usize, record: &str) -> Option<()> {
        let Program {
            trie,
            facts,
            deferral,
            ..
        } = self.evaluator.program;
        let projection = &mut self.evaluator.projection;
        let wanted = self.pairs[number].wanted.and(self.nameless.wanted);
        let account = projection.text(record, facts.recipient_account);
        let identity = match account.is_none_or(str::is_empty) {
            true => deferral.part_of(facts.identity_account),
            false => Wanted::default(),
        };
        let bytes = record.as_bytes();
        self.descended = wanted.and(identity).and(deferral.always());
        descend(trie, facts.wrapper, bytes, projection, wanted.and(identity)).ok()?;
        self.evaluator.open(record, identity).then_some(())
    }

    /// Sees which parts come again, and so are looked at as a whole from now on.
    fn weigh(&mut self) {
        self.weighed = 0;
        if self.evaluator.weigh() {
            self.forget();
        }
    }

    /// Forgets what was worked out for sources and names.
    fn forget(&mut self) {
        self.pairs.clear();
        self.terms = 0;
        self.names.clear();
        self.nameless = Pair::nameless(&self.evaluator);
        self.work.renew();
    }

    /// Works out what is left of the rules for a source and name that are new.
    fn new_pair(&mut self, record: &str, source_length: usize) -> usize {
        if self.pairs.len() == MOST_PAIRS || self.terms > MOST_TERMS {
            self.forget();
        }
        self.meter.pairs += 1;
        let (source, name) = (&self.key[..source_length], &self.key[source_length + 1..]);
        let pair = Pair::new(&mut self.evaluator, record, source, name);
        self.names.add(self.key.as_bytes(), self.pairs.len() as u32);
        self.terms += pair.size();
        self.pairs.push(pair);
        self.pairs.len() - 1
    }
}

/// Where the time of an event stands.
fn time_slot(facts: &Facts, projection: &Projection) -> Slot {
    if projection.lacks_value(facts.event_time) {
        facts.timestamp
    } else {
        facts.event_time
    }
}

/// Source and name, if the record is an event of the ordinary kind; the others
/// are left to [`crate::shape::classify`], which this must not contradict.
fn ordinary_event<'a>(
    facts: &Facts,
    projection: &'a Projection,
    record: &'a str,
) -> Option<(&'a str, &'a str)> {
    let source = projection.text(record, facts.event_source)?;
    let name = projection.text(record, facts.event_name)?;
    let marked = facts.marks.iter().any(|mark| !projection.lacks(*mark));
    let insight = projection.is(record, facts.event_type, "AwsCloudTrailInsight")
        || projection.is(record, facts.event_category, "Insight");
    let version = projection.text(record, facts.event_version);
    let known_version = version.map_or(projection.lacks_value(facts.event_version), |version| {
        version == "1" || version.starts_with("1.")
    });
    let ordinary = known_version && !marked && !insight && !source.starts_with("aws:");
    ordinary.then_some((source, name))
}
