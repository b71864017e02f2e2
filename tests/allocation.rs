//! Events that match nothing cost no allocation, once everything was seen.
//!
//! The allocator counts, so this is a test binary of its own with one test.

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write;
use std::num::NonZeroUsize;

use trailgate::engine::{Engine, ScanOptions, scan};
use trailgate::rule::{RulesFile, load};
use trailgate::source::discover;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALLOCATIONS.with(|count| count.set(count.get() + 1));
}

// SAFETY: all is handed to the system's allocator as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const RULES: &str = r#"
id: by-name
title: By name
severity: high
match: {eventSource: iam.amazonaws.com, eventName: [CreateUser, DeleteUser], userIdentity.type: Root}
---
id: by-pattern
title: By pattern
severity: low
match:
  userAgent: {regex: "(?i)^evil", not: {contains: nothing}}
  sourceIPAddress: {not: {cidr: 198.51.100.0/24}}
---
id: by-text
title: By text
severity: low
match:
  userIdentity.arn: {glob: "*admin*", ignore_case: true}
  requestParameters.tags.key: {in: [a, b], ignore_case: true}
---
id: by-number
title: By number
severity: low
match: {requestParameters.size: {gt: 100}, eventTime: {lt: "2020-01-01T00:00:00Z"}}
"#;

fn events(count: usize) -> String {
    let mut text = String::from("{\"Records\":[");
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"{}",
            "eventTime":"2026-01-05T09:{:02}:07Z","awsRegion":"eu-central-1","userAgent":"cli/{}",
            "sourceIPAddress":"192.0.2.{}","recipientAccountId":"111122223333",
            "userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/{}"}},
            "requestParameters":{{"size":{},"note":"say \"hi\" \u00e4","tags":[{{"key":"K"}},{{"key":"\u0061x"}}]}},
            "responseElements":{{"deep":[[{{"x":[1,2,{{}}]}}]]}}}}"#,
            ["CreateUser", "GetUser", "ListUsers"][number % 3],
            number % 60,
            number % 7,
            number % 200,
            number % 500,
            number % 90,
        )
        .unwrap();
    }
    text + "]}"
}

/// Allocations of a scan of so many events.
fn allocations(events_in_file: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.json");
    std::fs::write(&file, events(events_in_file)).unwrap();
    let rules = RulesFile::of_user("rules.yaml", RULES);
    let loaded = load(vec![rules], &[]);
    assert!(loaded.diagnostics.iter().all(|problem| !problem.is_error()));
    let inputs = discover(&[file]).inputs;
    let options = ScanOptions {
        jobs: NonZeroUsize::MIN,
        ..ScanOptions::default()
    };
    let before = ALLOCATIONS.with(Cell::get);
    let report = scan(Engine::new(&loaded.set), &inputs, options, &mut |output| {
        panic!("{output:?}");
    });
    assert_eq!(report.records.events, events_in_file as u64);
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn more_events_that_match_nothing_take_no_more_allocations() {
    let few = allocations(8_000);
    let many = allocations(12_000);
    println!("{few} allocations for 8,000 events, {many} for 12,000");
    assert!(few > 0);
    // The buffer of the file is one size or the other; nothing else differs.
    assert_eq!(few, many);
}
