//! Records through both evaluators.
//!
//! The first line is a rule's condition, the rest is a stream of records. They are
//! held to it, and to conditions of `conditions.txt`: which rules match which
//! records, counts and coverage are the same by the compiled matcher and by the
//! reference evaluator. Evidence is the reference's on both ways.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::LazyLock;

use trailgate::engine::{Engine, Output, scan_stream};
use trailgate::event;
use trailgate::finding::{Coverage, Records as Counts};
use trailgate::reference;
use trailgate::rule::{RuleSet, RulesFile, load};
use trailgate::shape::{
    DEFAULT_MAX_RECORD, Item, Kind, Leaf, LeafContent, Opening, RecordFault, Records, Visit, parse,
};

use super::shape::Pieces;

/// The fixed conditions, some at a time: every finding costs much more than
/// finding that there is none.
static FIXED: LazyLock<Vec<RuleSet>> = LazyLock::new(fixed_rules);

const AT_A_TIME: usize = 8;

/// Holds records to their own condition and to some fixed ones, which the length
/// of the condition chooses.
#[allow(dead_code, reason = "the tests have time for all of them")]
pub fn check(data: &[u8]) {
    let input = Input::of(data);
    input.hold_own();
    hold(&FIXED[input.condition.len() % FIXED.len()], input.records);
}

/// The same with all fixed conditions; how many findings were held equal.
pub fn check_all(data: &[u8]) -> usize {
    let input = Input::of(data);
    let found = FIXED.iter().map(|set| hold(set, input.records));
    input.hold_own() + found.sum::<usize>()
}

struct Input<'a> {
    condition: &'a [u8],
    records: &'a [u8],
}

impl<'a> Input<'a> {
    fn of(data: &'a [u8]) -> Self {
        let end = data.iter().position(|byte| *byte == b'\n');
        let (condition, records) = data.split_at(end.unwrap_or(data.len()));
        Input { condition, records }
    }

    fn hold_own(&self) -> usize {
        let condition = std::str::from_utf8(self.condition);
        let set = condition.map(|condition| rules([condition]));
        match set {
            Ok(set) if !set.rules.is_empty() => hold(&set, self.records),
            _ => 0,
        }
    }
}

/// The fixed conditions, as rules write them.
pub fn conditions() -> impl Iterator<Item = &'static str> {
    include_str!("conditions.txt").lines()
}

fn fixed_rules() -> Vec<RuleSet> {
    let some = conditions().collect::<Vec<_>>();
    let some = some.chunks(AT_A_TIME).map(|some| {
        let set = rules(some.iter().copied());
        assert_eq!(set.rules.len(), some.len(), "{:?}", set.failed);
        set
    });
    some.collect()
}

/// A rule for each condition that loads.
pub fn rules<'a>(conditions: impl IntoIterator<Item = &'a str>) -> RuleSet {
    let rule = |(number, condition)| {
        format!("---\nid: rule-{number}\ntitle: Rule\nseverity: low\nmatch: {condition}\n")
    };
    let file = RulesFile::of_user(
        "rules.yaml",
        String::from_iter(conditions.into_iter().enumerate().map(rule)),
    );
    load(vec![file], &[]).set
}

/// What a stream came to.
#[derive(Debug, Default, PartialEq)]
struct Answer {
    /// Which rules match which records.
    findings: Vec<(u64, String)>,
    counts: Counts,
    coverage: Coverage,
    undecided: BTreeMap<usize, u64>,
}

/// Holds the compiled matcher to the reference. Every record comes twice, for
/// what is remembered of the first must not change the answer to the second; and
/// in pieces, for then records are framed in another way. How many findings were
/// held equal.
pub fn hold(set: &RuleSet, records: &[u8]) -> usize {
    let engine = Engine::new(set);
    let twice = [records, b"\n", records].concat();
    let pieces = Pieces {
        data: records,
        step: 7,
    };
    let of_pieces = by_reference(engine, records);
    let of_twice = by_reference(engine, &twice);
    of_pieces.hold(compiled(engine, pieces));
    of_twice.hold(compiled(engine, twice.as_slice()));
    if of_pieces.rejected.is_some() {
        let alone = of_pieces.records.iter();
        alone.for_each(|record| hold_one(engine, record));
    }
    of_twice.answer.findings.len()
}

fn hold_one(engine: Engine<'_>, record: &[u8]) {
    let reference = by_reference(engine, record);
    let compiled = compiled(engine, record);
    if reference.rejected.is_none() {
        return assert_eq!(compiled, reference.answer);
    }
    if !matches!(
        parse(record),
        Err(RecordFault::Syntax { .. } | RecordFault::NotUtf8 { .. })
    ) {
        // What it wraps is rejected.
        return reference.hold(compiled);
    }
    // It is rejected, or judged where no rule looks at the flaw; a finding needs
    // the whole record.
    let Counts { events, bad, .. } = compiled.counts;
    assert_eq!((events + bad, compiled.findings.len()), (1, 0));
}

fn compiled(engine: Engine<'_>, source: impl Read) -> Answer {
    let mut findings = Vec::new();
    let report = scan_stream(engine, source, "input", DEFAULT_MAX_RECORD, &mut |output| {
        if let Output::Findings(found) = output {
            findings.extend(
                found
                    .into_iter()
                    .map(|found| (found.place.record, found.rule)),
            );
        }
    });
    Answer {
        findings,
        counts: report.records,
        coverage: report.coverage,
        undecided: report.undecided,
    }
}

/// What the reference says of a stream.
#[derive(Default)]
struct ByReference {
    answer: Answer,
    /// The number of the first record that is none.
    rejected: Option<u64>,
    records: Vec<Vec<u8>>,
}

impl ByReference {
    /// Where the reference rejects a record, the matcher may judge what is left of
    /// it, and what follows may be split in another way: what comes before is the
    /// same.
    fn hold(&self, mut compiled: Answer) {
        let Some(rejected) = self.rejected else {
            return assert_eq!(compiled, self.answer);
        };
        let before = |(number, _): &&(u64, String)| *number < rejected;
        compiled.findings.retain(|found| before(&found));
        let reference: Vec<_> = self.answer.findings.iter().filter(before).collect();
        assert_eq!(compiled.findings.iter().collect::<Vec<_>>(), reference);
    }
}

fn by_reference(engine: Engine<'_>, data: &[u8]) -> ByReference {
    let mut all = ByReference::default();
    let mut records = Records::new(data, DEFAULT_MAX_RECORD);
    while let Some(item) = records.next() {
        let rejected = match item {
            Item::Record(record) => {
                all.records.push(record.bytes.to_vec());
                let number = record.number;
                let mut judging = Judging {
                    engine,
                    answer: &mut all.answer,
                    next: number,
                    rejected: None,
                };
                Opening::default().open(record.bytes, &mut judging);
                let Judging { next, rejected, .. } = judging;
                records.count_more(next - number - 1);
                match rejected {
                    None => continue,
                    Some(rejected) => rejected,
                }
            }
            Item::Bad(bad) => bad.number,
            // The input is no JSON from its start.
            Item::Fault(_) => 1,
        };
        all.rejected.get_or_insert(rejected);
    }
    all
}

/// Judges what a record holds by the reference.
struct Judging<'a> {
    engine: Engine<'a>,
    answer: &'a mut Answer,
    /// The number of the next record.
    next: u64,
    /// The number of the first record that is none.
    rejected: Option<u64>,
}

impl Visit for Judging<'_> {
    fn leaf(&mut self, leaf: Leaf<'_>) {
        match leaf.content {
            LeafContent::Record { value, kind, .. } => {
                self.answer.record(self.engine, value, kind, self.next);
            }
            LeafContent::Unparsed(_) | LeafContent::Fault(_) => {
                self.rejected.get_or_insert(self.next);
            }
        }
        self.next += 1;
    }
}

impl Answer {
    fn record(&mut self, engine: Engine<'_>, record: &serde_json::Value, kind: Kind, number: u64) {
        if !count(record, kind, &mut self.counts, &mut self.coverage) {
            return;
        }
        for (index, rule) in engine.rules().iter().enumerate() {
            let truth = reference::evaluate(&rule.condition, record);
            if truth.open {
                *self.undecided.entry(index).or_default() += 1;
            }
            if truth.value {
                self.findings.push((number, rule.id.value.clone()));
            }
        }
    }
}

/// Counts a record; whether it is an event, which rules are asked about.
pub fn count(
    record: &serde_json::Value,
    kind: Kind,
    counts: &mut Counts,
    coverage: &mut Coverage,
) -> bool {
    match kind {
        Kind::Wraps(_) => unreachable!("a wrapper is opened"),
        Kind::Event => {
            counts.events += 1;
            let (account, region) = (event::account(record), event::region(record));
            coverage.see(event::event_time(record), account, region);
            coverage.data.extend(event::DataPlane::of_record(record));
            return true;
        }
        Kind::Insight => counts.insight += 1,
        Kind::Digest => counts.digest += 1,
        Kind::UnknownVersion(_) => counts.unknown_version += 1,
        Kind::NotCloudTrail(foreign) => {
            let by_name = match foreign.holds_events() {
                true => &mut counts.unread,
                false => &mut counts.not_cloudtrail,
            };
            *by_name.entry(foreign.name().to_owned()).or_default() += 1;
        }
    }
    false
}
