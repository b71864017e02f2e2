//! `--stats` tells what a scan took, and changes nothing else.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use crate::support::{LEVELS, event, gzip, lines, put, records, scan, stderr, stdout};
use serde_json::{Value, json};
use trailgate::engine::{Engine, Output, ScanOptions, Stats};
use trailgate::rule::{RulesFile, load};
use trailgate::source::discover;

/// A rule whose answer hangs on a field that cannot be decoded, one that is left
/// over and does not match, and one that asks nothing of source and name.
const MORE: &str = r#"
---
id: policy
title: Policy
severity: low
match: {eventName: Policy, requestParameters.policy: {json: {Version: "1"}}}
---
id: element
title: Element
severity: low
match: {eventName: Element, requestParameters.list: {any_element: {a: x}}}
---
id: agent
title: Agent
severity: low
match: {userAgent: {regex: "^scanner"}}
"#;

/// Stats of a scan of a folder, and how many events had findings.
fn stats(folder: &Path, jobs: usize) -> (Stats, u64) {
    let rules = RulesFile::of_user("rules.yaml", format!("{LEVELS}{MORE}"));
    let set = load(vec![rules], &[]).set;
    assert!(set.failed.is_empty(), "{:?}", set.failed);
    let options = ScanOptions {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        stats: true,
        ..ScanOptions::default()
    };
    let inputs = discover(&[folder.to_owned()]).inputs;
    let mut found = 0;
    let mut emit = |output| found += u64::from(matches!(output, Output::Findings(_)));
    let report = trailgate::engine::scan(Engine::new(&set), &inputs, options, &mut emit);
    (report.stats.unwrap(), found)
}

fn with(name: &str, number: u64, parameters: Value) -> Value {
    let mut event = event(name, number);
    event["requestParameters"] = parameters;
    event
}

#[test]
fn what_a_scan_took_is_counted_alike_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let nothing: Vec<Value> = (0..300).map(|number| event("Nothing", number)).collect();
    let plain = lines(&nothing[..200]);
    let packed = records(&nothing[200..]);
    let mut special = vec![
        event("High", 1_000),
        event("Low", 1_001),
        with("Policy", 1_002, json!({"policy": "no JSON"})),
        with("Element", 1_003, json!({"list": [{"a": "y"}]})),
    ];
    special[1]["eventVersion"] = json!(1);
    let special = lines(&special);
    put(folder.path(), "1.jsonl", &plain);
    put(folder.path(), "2.json.gz", gzip(packed.as_bytes()));
    put(folder.path(), "3.jsonl", &special);
    for jobs in [1, 3] {
        let (stats, found) = stats(folder.path(), jobs);
        // One of them in a record that is not plainly an event.
        assert_eq!(found, 2, "{stats:?}");
        let parsed = stats.parsed;
        assert_eq!(
            (
                parsed.with_findings,
                parsed.undecided,
                parsed.in_vain,
                parsed.unclear
            ),
            (1, 1, 1, 1),
            "{stats:?}"
        );
        let decoded = (plain.len() + packed.len() + special.len()) as u64;
        assert_eq!(stats.bytes_decoded, decoded);
        let packed = gzip(packed.as_bytes()).len();
        assert_eq!(
            stats.bytes_read,
            (plain.len() + packed + special.len()) as u64
        );
        assert!(stats.bytes_passed_over > 0 && stats.bytes_passed_over < decoded);
        // Every event that is plainly one meets the rule without a name.
        assert!(stats.rules_met >= 303 && stats.rules_met < 320, "{stats:?}");
        let built = stats.built;
        assert_eq!(
            (built.rules, built.by_name, built.of_every_event),
            (8, 7, 1)
        );
        assert_eq!((built.by_source, built.by_other_names), (0, 0));
        let times = stats.times;
        let stages = [
            times.reading,
            times.projecting,
            times.matching,
            times.judging,
        ];
        for stage in stages {
            assert!(stage > Duration::ZERO, "{times:?}");
        }
        if jobs == 1 {
            assert!(
                stages.iter().sum::<Duration>() <= times.elapsed,
                "{times:?}"
            );
        }
    }
}

#[test]
fn a_stream_is_counted_as_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<Value> = (0..9_000).map(|number| event("Nothing", number)).collect();
    let text = lines(&events);
    // Too large to be read as a whole, packed and decoded.
    let text = text.repeat(2);
    assert!(text.len() > 8 << 20);
    put(folder.path(), "1.jsonl", &text);
    put(folder.path(), "2.jsonl.gz", gzip(text.as_bytes()));
    let packed = gzip(text.as_bytes()).len();
    for jobs in [1, 3] {
        let (stats, _) = stats(folder.path(), jobs);
        assert_eq!(stats.bytes_decoded, 2 * text.len() as u64);
        assert_eq!(stats.bytes_read, (text.len() + packed) as u64);
        assert!(stats.times.reading > Duration::ZERO);
        assert!(stats.times.projecting > Duration::ZERO);
    }
}

#[test]
fn stats_are_written_to_standard_error_and_change_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let rules = put(folder.path(), "rules/levels.yaml", LEVELS);
    let events = [event("High", 1), event("Nothing", 2)];
    let export = put(folder.path(), "export/a.jsonl", lines(&events));
    let run = |more: &[&str]| {
        let arguments = [
            export.to_str().unwrap(),
            "--rules",
            rules.to_str().unwrap(),
            "--no-default-rules",
            "-o",
            "jsonl",
            "--now",
            "2026-03-01",
        ];
        scan(&[&arguments[..], more].concat())
    };
    let plain = run(&[]);
    for stats in ["--stats", "--stats=json"] {
        let with = run(&[stats]);
        assert_eq!(stdout(&with), stdout(&plain));
        assert_eq!(with.status, plain.status);
    }
    let said = stderr(&run(&["--stats=json"]));
    let object: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(object["schema"], "trailgate-stats/1");
    assert_eq!(object["met"]["events"], 2);
    assert_eq!(object["met"]["parsed_with_findings"], 1);
    assert!(object["seconds"]["elapsed"].as_f64().unwrap() > 0.0);
    let table = stderr(&run(&["--stats"]));
    assert!(table.starts_with("built"), "{table}");
    assert!(table.contains("\nelapsed"), "{table}");
}

#[test]
fn the_page_on_performance_explains_every_line() {
    let page = include_str!("../docs/performance.md");
    let said = stderr(&scan(&["fixtures/quickstart", "--quiet", "--stats"]));
    let table = said.split("\ntrailgate: exit").next().unwrap();
    let headings = ["built", "met", "time of all threads"];
    let labels = table
        .lines()
        .map(|line| line.trim_start().split("  ").next().unwrap())
        .filter(|label| !label.is_empty() && !headings.contains(label));
    let page = page.split("\n## How a rule is run").next().unwrap();
    let mut explained = page.lines().filter(|line| line.starts_with("| ")).skip(2);
    for label in labels {
        let line = explained.next().unwrap_or_default();
        assert!(line.starts_with(&format!("| {label} |")), "{label}: {line}");
    }
    assert_eq!(explained.next(), None);
}
