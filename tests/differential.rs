//! A scan by the compiled matcher finds, byte for byte and in the same order, what
//! the reference evaluator finds that is asked of every rule and every record; and
//! it counts the same.
//!
//! Findings take their time to build. Where `TRAILGATE_PAIRS` is set, as for the
//! matcher's own tests, more rules are held to more records.

#![allow(clippy::print_stdout)]

#[path = "../benches/corpus/mod.rs"]
mod corpus;
#[path = "../src/engine/matcher/tests/generate.rs"]
#[allow(dead_code)]
mod generate;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use crate::checks;
use crate::support::{data, gzip, lists_of_the_pack, put};
use generate::Random;
use trailgate::codec::Decoder;
use trailgate::engine::{Engine, Output, ScanOptions, ScanReport, scan};
use trailgate::finding::{Admission, Coverage, Deduplicator, Finding, Inputs, Records as Counts};
use trailgate::output::{JsonLinesSink, Sink};
use trailgate::rule::{ListFile, RuleSet, RulesFile, load, read_rules};
use trailgate::shape::{Contents, Item, Leaf, LeafContent, Opening, parse};
use trailgate::source::{Input, discover};

/// What a run came to.
#[derive(Debug, Default, PartialEq)]
struct Came {
    /// A finding a line.
    written: String,
    inputs: Inputs,
    records: Counts,
    coverage: Coverage,
    undecided: BTreeMap<usize, u64>,
    /// By rule, records that had lost what it asks for.
    unevaluated: BTreeMap<usize, u64>,
    duplicates: u64,
}

fn written(set: &RuleSet, findings: &[Finding]) -> String {
    let mut lines = Vec::new();
    let mut sink = JsonLinesSink::new(&mut lines, set.sources());
    for finding in findings {
        sink.finding(finding).unwrap();
    }
    String::from_utf8(lines).unwrap()
}

fn scanned(set: &RuleSet, inputs: &[Input], jobs: usize) -> Came {
    let options = ScanOptions {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        ..ScanOptions::default()
    };
    let mut lines = String::new();
    let report = scan(Engine::new(set), inputs, options, &mut |output| {
        if let Output::Findings(findings) = output {
            lines.push_str(&written(set, &findings));
        }
    });
    let ScanReport {
        inputs,
        records,
        coverage,
        undecided,
        unevaluated: lost,
        duplicates,
        ..
    } = report;
    let mut unevaluated: BTreeMap<usize, u64> = BTreeMap::new();
    for ((_, rule), missing) in &lost.by_rule {
        *unevaluated.entry(*rule).or_default() += missing.records;
    }
    Came {
        written: lines,
        inputs,
        records,
        coverage,
        undecided,
        unevaluated,
        duplicates,
    }
}

/// Without the matcher: every record is parsed, every rule is asked.
fn by_reference(set: &RuleSet, inputs: &[Input]) -> Came {
    let engine = Engine::new(set);
    let mut came = Came::default();
    let mut seen = Deduplicator::new();
    for input in inputs {
        let mut whole = true;
        let source = Decoder::new(input.open().unwrap());
        match Contents::of(source, Opening::default()) {
            Contents::Records(mut records) => {
                while let Some(item) = records.next() {
                    match item {
                        Item::Record(record) => {
                            let (first, mut number) = (record.number, record.number);
                            Opening::default().open(record.bytes, &mut |leaf: Leaf<'_>| {
                                came.leaf(engine, set, &mut seen, &input.name, number, leaf);
                                number += 1;
                            });
                            records.count_more(number - first - 1);
                        }
                        Item::Bad(_) => came.records.bad += 1,
                        Item::Fault(_) => whole = false,
                    }
                }
            }
            Contents::Table(mut table) => {
                let mut number = 1;
                let mut visit = |leaf: Leaf<'_>| {
                    came.leaf(engine, set, &mut seen, &input.name, number, leaf);
                    number += 1;
                };
                while table.next(&mut visit).unwrap() {}
            }
        }
        came.inputs.read += u64::from(whole);
        came.inputs.failed += u64::from(!whole);
    }
    came.duplicates = seen.dropped();
    came
}

impl Came {
    fn leaf(
        &mut self,
        engine: Engine<'_>,
        set: &RuleSet,
        seen: &mut Deduplicator,
        file: &str,
        number: u64,
        leaf: Leaf<'_>,
    ) {
        let LeafContent::Record {
            value,
            kind,
            losses,
            ..
        } = leaf.content
        else {
            self.records.bad += 1;
            return;
        };
        let (records, coverage) = (&mut self.records, &mut self.coverage);
        if checks::record::count(value, kind, records, coverage) {
            let judged = engine.judge_known(value, losses, file, number);
            for rule in &judged.unevaluated {
                *self.unevaluated.entry(*rule).or_default() += 1;
            }
            self.judged(set, seen, &judged.findings, &judged.undecided);
        }
    }

    fn judged(
        &mut self,
        set: &RuleSet,
        seen: &mut Deduplicator,
        findings: &[Finding],
        undecided: &[usize],
    ) {
        for rule in undecided {
            *self.undecided.entry(*rule).or_default() += 1;
        }
        let Some(first) = findings.first() else {
            return;
        };
        if seen.admit(first.event.id.as_deref(), first.content) != Admission::Duplicate {
            self.written.push_str(&written(set, findings));
        }
    }
}

/// Holds a scan to the reference; how many findings there are.
fn hold(what: &str, set: &RuleSet, inputs: &[Input], jobs: usize) -> usize {
    let expected = by_reference(set, inputs);
    let came = scanned(set, inputs, jobs);
    let lines = came.written.lines().zip(expected.written.lines());
    for (number, (found, expected)) in lines.enumerate() {
        assert_eq!(found, expected, "finding {number} of {what}");
    }
    assert_eq!(came, expected, "{what}");
    let found = expected.written.lines().count();
    println!(
        "{what}: {} rules, {} events, {found} findings",
        set.rules.len(),
        expected.records.events
    );
    found
}

fn loaded(files: Vec<RulesFile>, lists: &[(String, ListFile)]) -> RuleSet {
    let set = load(files, lists).set;
    assert!(set.failed.is_empty(), "{:?}", set.failed);
    assert!(set.inactive.is_empty(), "{:?}", set.inactive);
    set
}

/// The pack with every rule active.
fn pack(folder: &Path) -> RuleSet {
    loaded(trailgate::pack::rules_files(), &lists_of_the_pack(folder))
}

fn cookbook() -> RuleSet {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cookbook");
    let (files, unreadable) = read_rules(&[folder]);
    assert_eq!(unreadable, []);
    loaded(files, &[])
}

/// Whether there is time for all.
fn long() -> bool {
    std::env::var_os("TRAILGATE_PAIRS").is_some()
}

/// Every input of the real events, or one of so many where there is no time for all.
fn real_inputs(part: usize) -> Option<Vec<Input>> {
    let part = if long() { 1 } else { part };
    let inputs = discover(&[data()?]).inputs;
    Some(inputs.into_iter().step_by(part).collect())
}

#[test]
fn real_events_have_the_findings_of_the_pack_that_the_reference_finds() {
    // The matcher's own test holds the other inputs to the reference, by what matches.
    let Some(some) = real_inputs(6) else { return };
    let folder = tempfile::tempdir().unwrap();
    assert!(hold("the pack", &pack(folder.path()), &some, 1) > 500);
}

#[test]
fn real_events_have_the_findings_that_the_reference_finds() {
    let Some(inputs) = real_inputs(1) else { return };
    assert!(hold("the cookbook", &cookbook(), &inputs, 3) > 10);

    let (rules, part) = if long() { (1_000, 1) } else { (100, 5) };
    let generated = loaded(corpus::rules::files(rules), &[]);
    assert!(hold("generated rules", &generated, &inputs, 1) > 10);
    let conditions = checks::record::rules(checks::record::conditions());
    let some: Vec<Input> = inputs.into_iter().step_by(part).collect();
    assert!(hold("the fuzzer's conditions", &conditions, &some, 1) > 1_000);
}

#[test]
fn what_is_wrapped_or_lost_has_the_findings_that_the_reference_finds() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = ["shapes", "lossy"].map(|name| fixtures.join(name));
    let inputs = discover(&folders).inputs;
    assert!(hold("the pack", &pack(folder.path()), &inputs, 2) > 9);
    assert!(hold("the cookbook", &cookbook(), &inputs, 1) > 1);
    let conditions = checks::record::rules(checks::record::conditions());
    assert!(hold("the fuzzer's conditions", &conditions, &inputs, 1) > 100);
}

/// The fixed conditions, then as many made of them at random.
fn conditions(random: &mut Random) -> Vec<String> {
    let fixed: Vec<&str> = checks::record::conditions().collect();
    let mut all: Vec<String> = fixed.iter().map(|&one| one.to_owned()).collect();
    for _ in &fixed {
        let [a, b, c] = [(); 3].map(|()| random.pick(&fixed));
        let name = random.pick(&["CreateUser", "DeleteUser", "createuser"]);
        all.push(match random.below(4) {
            0 => format!("{{eventName: {name}, all: [{a}, {b}]}}"),
            1 => format!("{{eventSource: iam.amazonaws.com, any: [{a}, {b}], not: {c}}}"),
            2 => format!("{{all: [{a}], none: [{b}, {c}]}}"),
            _ => format!("{{eventName: {{not: {name}}}, all: [{a}, {{any: [{b}, {c}]}}]}}"),
        });
    }
    all
}

/// A generated record that also has itself as its parameters, where the conditions
/// look.
fn record(random: &mut Random) -> Vec<u8> {
    let record = generate::record(random);
    match record.strip_prefix(b"{") {
        Some(rest) => [b"{\"requestParameters\":", &record[..], b",", rest].concat(),
        None => record,
    }
}

#[test]
fn generated_records_have_the_findings_that_the_reference_finds() {
    let records = if long() { 5_000 } else { 250 };
    let random = &mut Random(0x7261_696c);
    let conditions = conditions(random);
    let set = checks::record::rules(conditions.iter().map(String::as_str));
    assert_eq!(set.rules.len(), conditions.len(), "{:?}", set.failed);
    let (sound, flawed): (Vec<_>, Vec<_>) = (0..records)
        .map(|_| record(random))
        .partition(|record| parse(record).is_ok());
    assert!(flawed.len() > 10, "{}", flawed.len());
    assert!(sound.len() > 150, "{}", sound.len());

    // Some more than once: what was learnt must not change an answer.
    let folder = tempfile::tempdir().unwrap();
    let lines = sound.join(&b'\n');
    let (first, second) = sound.split_at(sound.len() / 2);
    let wrapped = [&b"{\"Records\":["[..], &second.join(&b','), &b"]}"[..]].concat();
    put(folder.path(), "1.jsonl", first.join(&b'\n'));
    put(folder.path(), "2.json.gz", gzip(&wrapped));
    put(folder.path(), "3.jsonl.gz", gzip(&lines));
    let inputs = discover(&[folder.path().to_owned()]).inputs;
    assert!(hold("generated records", &set, &inputs, 3) > 1_000);

    // What is split in another way where framing is lost is held one by one.
    for record in &flawed {
        checks::record::hold(&set, record);
    }
}
