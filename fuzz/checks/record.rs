//! Records through both evaluators.
//!
//! The first line is a rule's condition, the rest is a stream of records. They are
//! held to it, and to the conditions of `conditions.txt`: findings, counts and
//! coverage of the compiled matcher are those of the reference evaluator.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::LazyLock;

use trailgate::engine::{Engine, Output, scan_stream};
use trailgate::event;
use trailgate::finding::{self, Coverage, Place, Records as Counts};
use trailgate::reference;
use trailgate::rule::{Origin, RuleSet, RulesFile, load};
use trailgate::shape::{DEFAULT_MAX_RECORD, Item, Kind, Records, classify, parse};

#[allow(dead_code)]
#[path = "shape.rs"]
mod shape;

use shape::Pieces;

/// How many findings were held equal.
pub fn check(data: &[u8]) -> usize {
    static FIXED: LazyLock<RuleSet> = LazyLock::new(fixed_rules);
    let end = data.iter().position(|byte| *byte == b'\n');
    let (condition, records) = data.split_at(end.unwrap_or(data.len()));
    let mut found = hold(&FIXED, records);
    if let Ok(condition) = std::str::from_utf8(condition) {
        let own = rules([condition]);
        if !own.rules.is_empty() {
            found += hold(&own, records);
        }
    }
    found
}

fn fixed_rules() -> RuleSet {
    let conditions = include_str!("conditions.txt").lines();
    let set = rules(conditions.clone());
    assert_eq!(set.rules.len(), conditions.count(), "{:?}", set.failed);
    set
}

fn rules<'a>(conditions: impl IntoIterator<Item = &'a str>) -> RuleSet {
    let rule = |(number, condition)| {
        format!("---\nid: rule-{number}\ntitle: Rule\nseverity: low\nmatch: {condition}\n")
    };
    let file = RulesFile {
        name: "rules.yaml".to_owned(),
        text: conditions.into_iter().enumerate().map(rule).collect(),
        origin: Origin::User,
        folder: None,
    };
    load(vec![file], &[]).set
}

/// What a stream came to.
#[derive(Debug, Default, PartialEq)]
struct Answer {
    /// The findings by record, as they are shown for debugging, which is whole.
    findings: Vec<(u64, String)>,
    counts: Counts,
    coverage: Coverage,
    undecided: BTreeMap<usize, u64>,
}

/// Holds the compiled matcher to the reference. Every record comes twice: what
/// is remembered of the first must not change the answer to the second.
fn hold(set: &RuleSet, records: &[u8]) -> usize {
    let engine = Engine::new(set);
    let twice = [records, b"\n", records].concat();
    let reference = by_reference(engine, &twice);
    for step in [usize::MAX, 7] {
        let data = twice.as_slice();
        let compiled = compiled(engine, Pieces { data, step });
        match reference.rejected {
            None => assert_eq!(compiled, reference.answer),
            Some(first) => before(first, compiled, &reference.answer),
        }
    }
    if reference.rejected.is_some() {
        reference
            .records
            .iter()
            .for_each(|record| hold_one(engine, record));
    }
    reference.answer.findings.len()
}

/// Where the reference rejects a record, the matcher may judge what is left of
/// it, so that what follows may be split in another way: what comes before is
/// the same, and each record on its own.
fn before(first: u64, mut compiled: Answer, reference: &Answer) {
    compiled.findings.retain(|(number, _)| *number < first);
    let reference = reference.findings.iter();
    let reference: Vec<_> = reference.filter(|(number, _)| *number < first).collect();
    assert_eq!(compiled.findings.iter().collect::<Vec<_>>(), reference);
}

fn hold_one(engine: Engine<'_>, record: &[u8]) {
    let reference = by_reference(engine, record);
    let compiled = compiled(engine, record);
    if reference.rejected.is_none() {
        return assert_eq!(compiled, reference.answer);
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
                    .iter()
                    .map(|found| (found.place.record, format!("{found:?}"))),
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

fn by_reference(engine: Engine<'_>, data: &[u8]) -> ByReference {
    let mut all = ByReference::default();
    let mut records = Records::new(data, DEFAULT_MAX_RECORD);
    while let Some(item) = records.next() {
        let rejected = match item {
            Item::Record(record) => {
                all.records.push(record.bytes.to_vec());
                match parse(record.bytes) {
                    Ok(value) => {
                        all.answer.record(engine, &value, record.number);
                        continue;
                    }
                    Err(_) => record.number,
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

impl Answer {
    fn record(&mut self, engine: Engine<'_>, record: &serde_json::Value, number: u64) {
        let counts = &mut self.counts;
        match classify(record) {
            Kind::Event => counts.events += 1,
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
        if classify(record) != Kind::Event {
            return;
        }
        let (account, region) = (event::account(record), event::region(record));
        self.coverage
            .see(event::event_time(record), account, region);
        for (index, rule) in engine.rules().iter().enumerate() {
            let truth = reference::evaluate(&rule.condition, record);
            if truth.open {
                *self.undecided.entry(index).or_default() += 1;
            }
            if truth.value {
                let file = "input".into();
                let place = Place {
                    file,
                    record: number,
                };
                let found = finding::build(rule, record, place);
                self.findings.push((number, format!("{found:?}")));
            }
        }
    }
}
