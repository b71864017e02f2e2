//! The matcher against the reference.
//!
//! `TRAILGATE_PAIRS=1000000 cargo test matcher::tests` compares that many pairs
//! of a rule and a record.

mod extract;
pub(in crate::engine) mod generate;
mod limits;

use std::path::Path;

use super::pair::Work;
use super::{Matcher, Reading};
use crate::codec::Decoder;
use crate::compile::Program;
use crate::event;
use crate::reference::tests::build;
use crate::reference::{Truth, evaluate};
use crate::rule::clause::Clause;
use crate::shape::{Item, Kind, Records, classify, parse};
use generate::Random;

/// What came of comparing.
#[derive(Debug, Default)]
struct Tally {
    pairs: usize,
    events: usize,
    unclear: usize,
    /// Pairs handed to the reference.
    asked: usize,
    /// Pairs that match or cannot be decided.
    needed: usize,
}

fn pairs_wanted() -> usize {
    let wanted = std::env::var("TRAILGATE_PAIRS");
    wanted.map_or(40_000, |count| count.parse().unwrap())
}

/// Holds one reading against the reference.
#[track_caller]
fn compare(matcher: &mut Matcher<'_>, conditions: &[Clause], record: &[u8], tally: &mut Tally) {
    let shown = String::from_utf8_lossy(record);
    tally.pairs += conditions.len();
    let parsed = parse(record);
    let event = match matcher.read(record, &"".into(), 1) {
        Reading::Unclear => {
            tally.unclear += 1;
            return;
        }
        Reading::Event(event) => event,
    };
    tally.events += 1;
    // A flaw in what no rule reads changes nothing, so there is nothing to compare.
    let Ok(value) = parsed else { return };
    assert_eq!(classify(&value), Kind::Event, "{shown}");
    let time = event.time.and_then(event::parse_rfc3339);
    assert_eq!(time, event::event_time(&value), "{shown}");
    assert_eq!(event.account, event::account(&value), "{shown}");
    assert_eq!(event.region, event::region(&value), "{shown}");
    tally.asked += event.hits.len();
    for (number, condition) in conditions.iter().enumerate() {
        let truth = evaluate(condition, &value);
        if truth != Truth::FALSE {
            tally.needed += 1;
            assert!(
                event.hits.contains(&(number as u32)),
                "rule {number} is missed ({truth:?}) in {shown}"
            );
        }
    }
    assert!(event.hits.is_sorted());
}

#[test]
fn nothing_that_the_reference_matches_is_missed() {
    let mut tally = Tally::default();
    let mut seed = 0;
    while tally.pairs < pairs_wanted() {
        seed += 1;
        let random = &mut Random(seed);
        // Every eighth time there are many rules, which ask of few fields.
        let written: Vec<_> = match seed % 8 {
            0 => (0..200)
                .map(|_| generate::crowded_condition(random))
                .collect(),
            _ => (0..25).map(|_| generate::condition(random)).collect(),
        };
        let conditions: Vec<Clause> = written.iter().map(build::condition).collect();
        let program = Program::of_conditions(conditions.iter());
        let mut matcher = Matcher::new(&program);
        for _ in 0..80 {
            let record = generate::record(random);
            let before = format!("seed {seed}");
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                compare(&mut matcher, &conditions, &record, &mut tally);
            }));
            if result.is_err() {
                panic!("{before}: {}", serde_json::to_string(&written).unwrap());
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.unclear * 2 < tally.events, "{tally:?}");
    assert!(tally.asked < tally.needed * 2, "{tally:?}");
}

#[test]
fn the_pack_misses_nothing_in_real_events() {
    let data = std::env::var_os("TRAILGATE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        Into::into,
    );
    if !data.is_dir() {
        println!("skipped: there is no {}", data.display());
        return;
    }
    let set = crate::rule::load(crate::pack::rules_files(), &[]).set;
    let conditions: Vec<Clause> = set.all().map(|rule| rule.condition.clone()).collect();
    assert!(conditions.len() > 10);
    let program = Program::of_conditions(conditions.iter());
    let mut matcher = Matcher::new(&program);
    let mut tally = Tally::default();
    // Of six inputs tests/differential.rs holds the first to the reference, in whole
    // scans; so every event is, and where pairs are asked for in both ways.
    let all = std::env::var_os("TRAILGATE_PAIRS").is_some();
    let inputs = crate::source::discover(&[data]).inputs.into_iter();
    let inputs = inputs
        .enumerate()
        .filter(|(number, _)| all || number % 6 != 0);
    for (_, input) in inputs {
        let mut records = Records::new(
            Decoder::new(input.open().unwrap()),
            crate::shape::DEFAULT_MAX_RECORD,
        );
        while let Some(item) = records.next_by(&mut |bytes| matcher.frame(bytes)) {
            if let Item::Record(record) = item {
                compare(&mut matcher, &conditions, record.bytes, &mut tally);
            }
        }
    }
    println!("{tally:?}");
    assert!(
        tally.events > 1000 && tally.unclear * 10 < tally.events,
        "{tally:?}"
    );
}
