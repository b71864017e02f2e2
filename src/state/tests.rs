//! Nights of runs against an obvious model of them, and what other processes do to
//! the file meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::diagnostic::Code;
use crate::event::Asked;
use crate::finding::testing::{event, scan};
use crate::finding::{
    ContentHash, Finding, HistoryCounts, Recurrence, Summary, Suppression, SuppressionKind,
};

const RULE: &str = "
id: project-created
title: Project created
severity: high
match: {eventName: CreateProject}
";

/// What one event found: under which fingerprint, in which event, and whether it
/// counts.
type Hit = (u16, u16, bool);

fn template() -> Finding {
    scan(RULE, &[event()]).0.remove(0)
}

fn finding(template: &Finding, (name, event, open): Hit) -> Finding {
    let mut content = [0; 16];
    content[..2].copy_from_slice(&event.to_le_bytes());
    let covered = Suppression {
        kind: SuppressionKind::Exception,
        reason: "agreed".into(),
        owner: "platform-security".into(),
        approved_by: None,
        ticket: None,
        ends: None,
        waiver: None,
    };
    Finding {
        fingerprint: format!("{name:032x}"),
        content: ContentHash(content),
        suppressed: (!open).then_some(covered),
        ..template.clone()
    }
}

fn night(number: usize) -> Timestamp {
    let first: Timestamp = "2026-01-01T02:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * number as i64)
}

fn run(number: usize) -> Run {
    Run {
        made_for: night(number),
        asked: Asked::default(),
        rules: RulesHash([7; 32]),
        rule_ids: vec!["project-created".to_owned()],
        correlations: BTreeMap::new(),
        allows_not_evaluated: false,
    }
}

/// A state file in a folder of its own.
struct File(TempDir);

impl File {
    fn new() -> File {
        File(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("trailgate.db")
    }

    fn begin(&self, number: usize) -> Recording {
        State::open(&self.path())
            .unwrap()
            .begin(run(number))
            .unwrap()
    }

    /// A whole run: what was said of each hit, and the counts.
    fn night(
        &self,
        number: usize,
        hits: &[Hit],
        reported: bool,
    ) -> (Vec<Option<Recurrence>>, HistoryCounts) {
        let template = template();
        let mut recording = self.begin(number);
        let mut summary = Summary::default();
        let mut said = Vec::new();
        for hit in hits {
            let finding = finding(&template, *hit);
            said.push(recording.see(&finding));
            summary.count(&finding);
        }
        let counts = recording.record(&summary).unwrap();
        recording.reported(&summary.verdict, reported).unwrap();
        (said, counts)
    }
}

/// The slow way to know the same: everything is kept as it came.
#[derive(Default)]
struct Model {
    runs: Vec<(Timestamp, Vec<Hit>, bool)>,
}

impl Model {
    fn seen_in(&self, name: u16) -> Vec<&(Timestamp, Vec<Hit>, bool)> {
        let told = self.runs.iter().filter(|(_, _, reported)| *reported);
        told.filter(|(_, hits, _)| hits.iter().any(|hit| hit.0 == name))
            .collect()
    }

    fn recurrence(&self, name: u16) -> Recurrence {
        match self.seen_in(name).as_slice() {
            [] => Recurrence::New,
            [first, ..] => Recurrence::Again {
                first_seen: first.0,
                last_seen: self.seen_in(name).last().unwrap().0,
            },
        }
    }

    /// New, again, not seen, and when the last of those was.
    fn counts(&self, hits: &[Hit]) -> (u64, u64, u64, Option<Timestamp>) {
        let open: BTreeSet<u16> = hits.iter().filter(|hit| hit.2).map(|hit| hit.0).collect();
        let (again, new): (Vec<u16>, Vec<u16>) = open
            .iter()
            .partition(|name| !self.seen_in(**name).is_empty());
        let here: BTreeSet<u16> = hits.iter().map(|hit| hit.0).collect();
        let all = self.runs.iter().flat_map(|(_, hits, _)| hits);
        let gone: BTreeSet<u16> = all
            .map(|hit| hit.0)
            .filter(|name| !here.contains(name))
            .collect();
        let mut since = None;
        let mut not_seen = 0;
        for name in gone {
            if let Some((time, hits, _)) = self.seen_in(name).last()
                && hits.iter().any(|hit| hit.0 == name && hit.2)
            {
                not_seen += 1;
                since = since.max(Some(*time));
            }
        }
        (new.len() as u64, again.len() as u64, not_seen, since)
    }

    /// Of each fingerprint in each run: in how many events, and how many of those no
    /// run had seen.
    fn sightings(&self) -> BTreeMap<u16, Vec<(u64, u64)>> {
        let mut known = BTreeSet::new();
        let mut all: BTreeMap<u16, Vec<(u64, u64)>> = BTreeMap::new();
        for (_, hits, _) in &self.runs {
            let names: BTreeSet<u16> = hits.iter().map(|hit| hit.0).collect();
            for name in names {
                let of_name = || hits.iter().filter(|hit| hit.0 == name);
                let fresh = of_name().filter(|hit| known.insert((hit.0, hit.1))).count();
                let seen = (of_name().count() as u64, fresh as u64);
                all.entry(name).or_default().push(seen);
            }
        }
        all
    }
}

fn nights() -> impl Strategy<Value = Vec<(Vec<Hit>, bool)>> {
    // An event has a finding under a fingerprint once in a run.
    let hits = prop::collection::btree_map((0..6u16, 0..8u16), prop::bool::weighted(0.8), 0..8);
    let hits = hits.prop_map(|hits| {
        let hits = hits.into_iter();
        hits.map(|((name, event), open)| (name, event, open))
            .collect()
    });
    prop::collection::vec((hits, prop::bool::weighted(0.85)), 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn new_again_and_not_seen_are_those_of_the_obvious_model(nights in nights()) {
        let file = File::new();
        let mut model = Model::default();
        for (number, (hits, reported)) in nights.into_iter().enumerate() {
            let (said, counts) = file.night(number, &hits, reported);
            for (hit, said) in hits.iter().zip(said) {
                prop_assert_eq!(said, Some(model.recurrence(hit.0)));
            }
            let told = (counts.new, counts.again, counts.not_seen, counts.not_seen_since);
            prop_assert_eq!(told, model.counts(&hits));
            model.runs.push((night(number), hits, reported));
        }
        let state = State::existing(&file.path()).unwrap();
        for (name, expected) in model.sightings() {
            let seen = state.sightings(&format!("{name:032x}"), 100).unwrap();
            let seen: Vec<_> = seen.iter().map(|seen| (seen.events, seen.fresh)).collect();
            prop_assert_eq!(seen, expected);
        }
    }
}

#[test]
fn two_runs_at_once_lose_nothing_and_count_an_event_once() {
    let file = File::new();
    file.night(0, &[(1, 1, true)], true);
    let template = template();
    let mut one = file.begin(1);
    let mut other = file.begin(2);
    // Both read the same new input; each has something of its own beside it.
    let begun = |recording: &mut Recording, own: Hit| {
        let mut summary = Summary::default();
        for hit in [(1, 1, true), (2, 2, true), own] {
            let finding = finding(&template, hit);
            recording.see(&finding);
            summary.count(&finding);
        }
        summary
    };
    let summaries = [
        begun(&mut one, (3, 3, true)),
        begun(&mut other, (4, 4, true)),
    ];
    for (mut recording, summary) in [one, other].into_iter().zip(summaries) {
        let counts = recording.record(&summary).unwrap();
        assert_eq!((counts.new, counts.again), (2, 1));
        recording.reported(&summary.verdict, true).unwrap();
    }
    let state = State::existing(&file.path()).unwrap();
    assert_eq!(state.count_runs().unwrap(), 3);
    let fresh = |name: u16| -> Vec<u64> {
        let seen = state.sightings(&format!("{name:032x}"), 100).unwrap();
        seen.iter().map(|seen| seen.fresh).collect()
    };
    assert_eq!(fresh(1), [1, 0, 0]);
    assert_eq!(fresh(2), [1, 0]);
    assert_eq!((fresh(3), fresh(4)), (vec![1], vec![1]));
}

#[test]
fn many_that_begin_with_a_new_file_and_end_at_once_are_all_kept() {
    let file = File::new();
    std::thread::scope(|scope| {
        for number in 0..8u16 {
            let file = &file;
            scope.spawn(move || file.night(usize::from(number), &[(number, number, true)], true));
        }
    });
    let state = State::existing(&file.path()).unwrap();
    assert_eq!(state.runs(100).unwrap().len(), 8);
    assert_eq!(state.count_stories("project-created").unwrap(), 8);
}

#[test]
fn a_run_that_ends_before_its_end_leaves_the_file_as_it_was() {
    let file = File::new();
    file.night(0, &[(1, 1, true)], true);
    let before = fs::read(file.path()).unwrap();
    let mut recording = file.begin(1);
    for number in 0..500 {
        recording.see(&finding(&template(), (number, number, true)));
    }
    drop(recording);
    assert!(fs::read(file.path()).unwrap() == before);
}

#[test]
fn what_was_not_asked_about_is_not_missed() {
    let file = File::new();
    file.night(0, &[(1, 1, true)], true);
    let not_seen = |change: &dyn Fn(&mut Run)| {
        let mut run = run(1);
        change(&mut run);
        let mut recording = State::open(&file.path()).unwrap().begin(run).unwrap();
        recording.record(&Summary::default()).unwrap().not_seen
    };
    let only = |name: &str| [name.to_owned()].into();
    assert_eq!(not_seen(&|_| ()), 1);
    assert_eq!(not_seen(&|run| run.rule_ids = vec!["other".into()]), 0);
    assert_eq!(
        not_seen(&|run| run.asked.accounts = only("444455556666")),
        0
    );
    assert_eq!(
        not_seen(&|run| run.asked.accounts = only("111122223333")),
        1
    );
    assert_eq!(not_seen(&|run| run.asked.regions = only("us-east-1")), 0);
}

fn code(result: Result<State, Box<Diagnostic>>) -> Code {
    result.err().unwrap().code
}

#[test]
fn what_is_no_state_file_is_told_apart_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(
        at("text"),
        "not a database, and long enough to be taken for one ".repeat(40),
    )
    .unwrap();
    Connection::open(at("other"))
        .unwrap()
        .execute_batch("CREATE TABLE accounts (id INTEGER)")
        .unwrap();
    Connection::open(at("versioned"))
        .unwrap()
        .execute_batch("PRAGMA user_version = 1")
        .unwrap();
    for name in ["text", "other", "versioned"] {
        let before = fs::read(at(name)).unwrap();
        assert_eq!(code(State::open(&at(name))), Code::StateForeign, "{name}");
        assert_eq!(
            code(State::existing(&at(name))),
            Code::StateForeign,
            "{name}"
        );
        assert_eq!(fs::read(at(name)).unwrap(), before);
    }
    assert_eq!(code(State::existing(&at("none"))), Code::StateUnreadable);
    assert!(!at("none").exists());
    assert_eq!(
        code(State::open(&at("none/trailgate.db"))),
        Code::StateUnreadable
    );
    // An empty file is a new one.
    fs::write(at("empty"), "").unwrap();
    assert!(State::open(&at("empty")).is_ok());
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let file = File::new();
    file.night(0, &[(1, 1, true)], true);
    let connection = Connection::open(file.path()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = fs::read(file.path()).unwrap();
    assert_eq!(code(State::open(&file.path())), Code::StateNewer);
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[test]
fn a_damaged_file_is_said_to_be() {
    let file = File::new();
    let hits: Vec<Hit> = (0..2000).map(|number| (number, number, true)).collect();
    file.night(0, &hits, true);
    let mut bytes = fs::read(file.path()).unwrap();
    // The header stays, so that it is still known for what it was.
    bytes[4096..].fill(0xaa);
    fs::write(file.path(), bytes).unwrap();
    let state = State::existing(&file.path());
    let asked = state.and_then(|state| state.runs(10).map(|_| state));
    assert_eq!(code(asked), Code::StateDamaged);
}

#[test]
fn a_full_disk_at_the_end_leaves_the_file_as_it_was() {
    let file = File::new();
    file.night(0, &[(1, 1, true)], true);
    let before = fs::read(file.path()).unwrap();
    let mut recording = file.begin(1);
    for number in 0..2000 {
        recording.see(&finding(&template(), (number, number, true)));
    }
    // No page more than there are: what SQLite says then is what a full disk says.
    let pages = before.len() / 4096;
    let limit = format!("PRAGMA main.max_page_count = {pages}");
    let limited: i64 = recording
        .connection
        .query_row(&limit, [], |row| row.get(0))
        .unwrap();
    assert_eq!(limited as usize, pages);
    let problem = recording.record(&Summary::default()).unwrap_err();
    assert_eq!(problem.code, Code::StateUnwritable);
    drop(recording);
    assert!(fs::read(file.path()).unwrap() == before);
}

/// 365 nights with some hundreds of findings each, of which most come again.
/// CONTRIBUTING.md says how to run it; docs/history.md what it measured.
#[test]
#[ignore = "takes a minute"]
#[allow(clippy::print_stdout)]
fn a_year_of_nights_stays_small_fast_and_right() {
    const NIGHTS: usize = 365;
    const FINDINGS: u16 = 300;
    let file = File::new();
    let template = template();
    let mut seen: BTreeMap<u32, (Timestamp, Timestamp)> = BTreeMap::new();
    let mut slowest = 0;
    let began = Instant::now();
    for number in 0..NIGHTS {
        let night_began = Instant::now();
        let mut recording = file.begin(number);
        let mut summary = Summary::default();
        let mut here = BTreeMap::new();
        for n in 0..u32::from(FINDINGS) {
            // Two of three come every night; the others move on, ten new ones a night.
            let name = match n % 3 {
                0 => 100_000 + number as u32 * 30 + n,
                _ => n,
            };
            let mut finding = finding(&template, (0, 0, true));
            finding.fingerprint = format!("{name:032x}");
            finding.content.0[..8]
                .copy_from_slice(&(number as u64 * 1000 + u64::from(n)).to_le_bytes());
            let expected = seen
                .get(&name)
                .map_or(Recurrence::New, |&(first_seen, last_seen)| {
                    Recurrence::Again {
                        first_seen,
                        last_seen,
                    }
                });
            assert_eq!(recording.see(&finding), Some(expected));
            summary.count(&finding);
            here.insert(name, expected);
        }
        let counts = recording.record(&summary).unwrap();
        recording.reported(&summary.verdict, true).unwrap();
        let new = here
            .values()
            .filter(|seen| **seen == Recurrence::New)
            .count() as u64;
        assert_eq!((counts.new, counts.again), (new, here.len() as u64 - new));
        let gone = seen.keys().filter(|name| !here.contains_key(name)).count() as u64;
        assert_eq!(counts.not_seen, gone);
        for name in here.into_keys() {
            let (_, last) = seen.entry(name).or_insert((night(number), night(number)));
            *last = night(number);
        }
        slowest = slowest.max(night_began.elapsed().as_millis());
    }
    let size = fs::metadata(file.path()).unwrap().len();
    println!(
        "{NIGHTS} nights of {FINDINGS} findings, {} fingerprints: {} KiB, {:?} in all, the slowest night {slowest} ms",
        seen.len(),
        size / 1024,
        began.elapsed(),
    );
    assert!(size < 64 << 20, "{size}");
    let state = State::existing(&file.path()).unwrap();
    assert_eq!(state.count_runs().unwrap(), NIGHTS as u64);
}
