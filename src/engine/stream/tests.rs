//! What one thread finds, several find: on any stream, cut anywhere.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Cursor, Read};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::engine::scan::{Sizes, scan_by};
use crate::engine::{Engine, Output, ScanOptions};
use crate::finding::testing::rules;
use crate::rule::RuleSet;
use crate::source::Input;

const RULES: &str = r#"
id: high
title: High
severity: high
match: {eventName: High}
---
id: opened
title: Opened
severity: low
match: {eventName: [High, Low], requestParameters.policy: {json: {a: b}}}
"#;

fn record(number: usize, kind: usize) -> String {
    let name = ["High", "Low", "Nothing"][kind % 3];
    let more = match kind % 7 {
        0 => r#","requestParameters":{"policy":"no json"}"#.to_owned(),
        1 => r#","requestParameters":{"tags":[{"eventName":1},{"eventName":"High"}]}"#.to_owned(),
        2 => r#","userAgent":"a \"},{\"eventName\":\" \n\\""#.to_owned(),
        3 => format!(r#","userAgent":"{}""#, "long ".repeat(kind)),
        4 => r#","eventVersion":"9.1""#.to_owned(),
        _ => format!(r#","awsRegion":"eu-west-{}""#, kind % 3),
    };
    format!(
        r#"{{"eventName":"{name}","eventSource":"iam.amazonaws.com","eventID":"{number}","eventTime":"2026-01-0{}T08:00:00Z"{more}}}"#,
        kind % 9 + 1
    )
}

const DAMAGE: &[&str] = &[
    "\n",
    "\r\n\r\n",
    "\u{feff}",
    ",",
    "]",
    "}",
    "[",
    "]}",
    "{\"Records\":[",
    "{\"eventName\": \"Hi\n",
    "{\"x\"\n",
    "{\"eventName\":\"High\",\"x\":[{\"y\":\"z\"\n",
    "\"text\"\n",
    "{\"name\":1}\n",
    "{\"eventName\":\"High\",\"x\":\"\\q\"}\n",
];

/// A stream of records in some shape, with something else here and there.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let separator = prop::sample::select(&["\n", "\r\n", ",", ",\n  ", "", "\n\n"][..]);
    let opening = prop::sample::select(&["", "[", "{\"Records\":[", "\u{feff}"][..]);
    let kinds = prop::collection::vec(0..40usize, 0..80);
    let damage = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(DAMAGE)),
            0..4
        )
    ];
    (separator, opening, kinds, damage).prop_map(|(separator, opening, kinds, damage)| {
        let mut parts: Vec<String> = vec![opening.to_owned()];
        for (number, kind) in kinds.iter().enumerate() {
            let separator = if number == 0 { "" } else { separator };
            parts.push(format!("{separator}{}", record(number, *kind)));
        }
        parts.push(match opening {
            "[" => "]".to_owned(),
            "{\"Records\":[" => "],\"x\":1}\n".to_owned(),
            _ => "\n".to_owned(),
        });
        for (place, text) in damage {
            let place = place.index(parts.len());
            parts[place].push_str(text);
        }
        parts.concat().into_bytes()
    })
}

fn options(jobs: usize) -> ScanOptions {
    ScanOptions {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        max_record: 300,
        ..ScanOptions::default()
    }
}

/// All that a scan of files hands over, as text.
fn scanned(set: &RuleSet, inputs: &[Input], jobs: usize, sizes: Sizes) -> String {
    let mut text = String::new();
    let report = scan_by(
        Engine::new(set),
        inputs,
        options(jobs),
        sizes,
        &Arc::default(),
        &mut |output| {
            writeln!(text, "{output:?}").unwrap();
        },
    );
    writeln!(text, "{report:?}").unwrap();
    text
}

fn sizes() -> impl Strategy<Value = Sizes> {
    (200..3000usize, 1..20_000usize, 1..4usize).prop_map(|(part, waiting, ahead)| Sizes {
        part,
        waiting,
        noted: waiting,
        ahead,
        large: 0,
        whole: 0,
    })
}

#[test]
fn files_yield_the_same_on_any_number_of_threads() {
    let set = rules(RULES);
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::new(Config::with_cases(40));
    let streams = (prop::collection::vec(stream(), 1..4), sizes());
    let check = |(streams, sizes): (Vec<Vec<u8>>, Sizes)| {
        let mut inputs = Vec::new();
        for (number, text) in streams.iter().enumerate() {
            let path = folder.path().join(format!("{number}.json"));
            fs::write(&path, text).unwrap();
            inputs.push(Input::file(path));
        }
        let expected = scanned(&set, &inputs, 1, sizes);
        for jobs in [2, 3, 8] {
            let found = scanned(&set, &inputs, jobs, sizes);
            prop_assert_eq!(&found, &expected, "{} jobs", jobs);
        }
        Ok(())
    };
    runner.run(&streams, check).unwrap();
}

/// A source that tells when all of it was read.
#[derive(Debug)]
struct Telling {
    text: Cursor<Vec<u8>>,
    over: Arc<AtomicBool>,
}

impl Read for Telling {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(into)?;
        self.over.store(count == 0, Ordering::Relaxed);
        Ok(count)
    }
}

/// Reads a stream beside helpers, and counts its parts that were taken over.
fn in_parts(text: &[u8], part: usize, noted: usize) -> (String, usize) {
    let set = rules(RULES);
    let engine = Engine::new(&set);
    let program = engine.program();
    let sizes = Sizes {
        part,
        noted,
        ..Sizes::default()
    };
    let crew = Crew::new(engine, &program, &[], options(2), sizes);
    let file: Arc<str> = Arc::from("export.json");
    let over = Arc::new(AtomicBool::new(false));
    let source = Telling {
        text: Cursor::new(text.to_vec()),
        over: Arc::clone(&over),
    };
    let feed = Feed::start(source, part).unwrap();
    let shared = Arc::clone(feed.shared());
    let mut shown = String::new();
    let mut take_note = |note: crate::engine::note::Note, _| {
        // So much waits that it is worth cutting, whichever thread is faster.
        shared.wait_until(|waiting| waiting >= part || over.load(Ordering::Relaxed));
        writeln!(shown, "{:?}", note.output(&file)).unwrap();
    };
    let taken = AtomicUsize::new(0);
    let mut matcher = Matcher::new(&program);
    let mut stream = Stream::new(&crew, &mut matcher, &file, feed, &mut take_note);
    while let Some(rest) = stream.in_turn() {
        let before = stream.at.offset;
        stream.in_parts(rest);
        taken.fetch_add(usize::from(stream.at.offset > before), Ordering::Relaxed);
    }
    let tally = stream.tally;
    let report = tally.finish(&file, false, &mut |problem| {
        writeln!(shown, "{:?}", Output::Problem(problem)).unwrap();
    });
    writeln!(shown, "{report:?}").unwrap();
    (shown, taken.into_inner())
}

fn in_turn(text: &[u8]) -> String {
    let set = rules(RULES);
    let mut shown = String::new();
    let report =
        crate::engine::scan_stream(Engine::new(&set), text, "export.json", 300, &mut |output| {
            writeln!(shown, "{output:?}").unwrap();
        });
    writeln!(shown, "{report:?}").unwrap();
    shown
}

#[test]
fn streams_are_cut_and_yield_what_they_yield_in_turn() {
    let mut runner = TestRunner::new(Config::with_cases(200));
    let cut = AtomicUsize::new(0);
    let cases = (
        stream(),
        200..2000usize,
        prop_oneof![Just(usize::MAX), 1..9000usize],
    );
    let check = |(text, part, noted): (Vec<u8>, usize, usize)| {
        let (found, taken) = in_parts(&text, part, noted);
        cut.fetch_add(usize::from(taken > 0), Ordering::Relaxed);
        prop_assert_eq!(found, in_turn(&text));
        Ok(())
    };
    runner.run(&cases, check).unwrap();
    let cut = cut.into_inner();
    assert!(cut > 40, "{cut} of 200 streams were read in parts");
}

#[test]
fn every_shape_is_cut() {
    let records: Vec<_> = (0..60).map(|number| record(number, number)).collect();
    let pretty = |text: &String| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        format!("{value:#}")
    };
    let pretty: Vec<_> = records.iter().map(pretty).collect();
    for text in [
        records.join("\n"),
        records.join("\r\n"),
        records.concat(),
        format!("[{}]", records.join(",")),
        format!("{{\"Records\":[{}]}}", records.join(",")),
        pretty.join("\n"),
        format!("{{\"Records\": [\n{}\n]}}", pretty.join(",\n")),
    ] {
        let (found, taken) = in_parts(text.as_bytes(), 1000, usize::MAX);
        assert_eq!(found, in_turn(text.as_bytes()));
        assert!(taken > 0, "{}", &text[..60]);
    }
}
