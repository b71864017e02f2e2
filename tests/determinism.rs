//! The findings are a function of the events and the rules: not of the order of
//! the events, how they are split into files, how those are packed, how often an
//! event was delivered, or the number of threads.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use crate::support::{LEVELS, event, gzip, lines, of_type, put, records, scan, stdout};
use flate2::read::MultiGzDecoder;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// The project's own export, and events of every severity beside it, some of
/// which share an id or have none.
fn export() -> Vec<Value> {
    let quickstart = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/quickstart");
    let mut events = Vec::new();
    let discovery = trailgate::source::discover(&[quickstart]);
    for input in &discovery.inputs {
        let mut text = String::new();
        let mut source = MultiGzDecoder::new(input.open().unwrap());
        source.read_to_string(&mut text).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        events.extend(document["Records"].as_array().unwrap().iter().cloned());
    }
    assert!(events.len() > 40, "{}", events.len());
    for number in 0..60 {
        let name = ["Info", "Low", "Nothing", "High", "Critical"][number as usize % 5];
        let mut event = event(name, number);
        if number % 9 == 0 {
            event.as_object_mut().unwrap().remove("eventID");
        }
        events.push(event);
    }
    // One id with two contents.
    let mut altered = event("High", 3);
    altered["sourceIPAddress"] = json!("203.0.113.99");
    events.push(altered);
    events
}

/// The same content with its keys in another order.
fn reordered(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().rev();
            Value::Object(entries.map(|(k, v)| (k.clone(), reordered(v))).collect())
        }
        Value::Array(items) => items.iter().map(reordered).collect(),
        other => other.clone(),
    }
}

fn packed(events: &[Value], way: usize) -> (&'static str, Vec<u8>) {
    match way % 6 {
        0 => ("json", records(events).into_bytes()),
        1 => ("jsonl", lines(events).into_bytes()),
        2 => ("json.gz", gzip(records(events).as_bytes())),
        3 => {
            let members = events
                .iter()
                .map(|event| gzip(format!("{event}\n").as_bytes()));
            ("jsonl.gz", members.collect::<Vec<_>>().concat())
        }
        4 => ("json", serde_json::to_vec_pretty(&json!(events)).unwrap()),
        _ => {
            let text = events.iter().map(|event| format!("{event:#}\r\n"));
            (
                "log",
                format!("\u{feff}{}", text.collect::<String>()).into_bytes(),
            )
        }
    }
}

/// Scans a folder; the findings but for the place, the diagnostics but for the
/// place, and the summary.
fn scanned(folder: &Path, jobs: usize) -> (Vec<String>, BTreeSet<String>, Value) {
    let rules_folder = tempfile::tempdir().unwrap();
    let rules = put(rules_folder.path(), "levels.yaml", LEVELS);
    let output = scan(&[
        folder.to_str().unwrap(),
        "-o",
        "jsonl",
        "--jobs",
        &jobs.to_string(),
        "--rules",
        rules.to_str().unwrap(),
    ]);
    let text = stdout(&output);
    let mut findings: Vec<String> = of_type(&text, "finding")
        .into_iter()
        .map(|mut finding| {
            let finding = finding.as_object_mut().unwrap();
            finding.remove("file");
            finding.remove("record");
            let timeline = finding.get_mut("correlation").map(|of| &mut of["timeline"]);
            for event in timeline.and_then(Value::as_array_mut).into_iter().flatten() {
                event
                    .as_object_mut()
                    .unwrap()
                    .retain(|key, _| key != "file" && key != "record");
            }
            for field in finding["fields"].as_array_mut().unwrap() {
                field["clause"]["file"].take();
            }
            json!(finding).to_string()
        })
        .collect();
    findings.sort();
    let diagnostics = of_type(&text, "diagnostic");
    let diagnostics = diagnostics
        .iter()
        .map(|d| format!("{} {}", d["code"], d["message"]));
    let summary = of_type(&text, "summary").remove(0);
    (findings, diagnostics.collect(), summary)
}

/// How events are spread over files.
#[derive(Debug, Clone)]
struct Split {
    order: Vec<usize>,
    again: Vec<prop::sample::Index>,
    files: usize,
    ways: Vec<usize>,
    jobs: usize,
}

fn any_split(events: usize) -> impl Strategy<Value = Split> {
    (
        Just((0..events).collect::<Vec<_>>()).prop_shuffle(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        1..12usize,
        prop::collection::vec(0..6usize, 12),
        1..9usize,
    )
        .prop_map(|(order, again, files, ways, jobs)| Split {
            order,
            again,
            files,
            ways,
            jobs,
        })
}

#[test]
fn the_findings_do_not_depend_on_order_split_packing_delivery_or_threads() {
    let events = export();
    let whole = tempfile::tempdir().unwrap();
    put(whole.path(), "all.json", records(&events));
    let (expected, diagnostics, summary) = scanned(whole.path(), 1);
    assert!(expected.len() > 40, "{}", expected.len());
    assert_eq!(summary["duplicates"], 0);
    let mut runner = TestRunner::new(Config::with_cases(24));
    let check = |split: Split| {
        let mut delivered: Vec<Value> = split.order.iter().map(|&n| events[n].clone()).collect();
        let again = split
            .again
            .iter()
            .map(|index| reordered(index.get(&delivered)));
        let again: Vec<Value> = again.collect();
        delivered.extend(again);
        let folder = tempfile::tempdir().unwrap();
        let size = delivered.len().div_ceil(split.files);
        for (number, part) in delivered.chunks(size).enumerate() {
            let (ending, bytes) = packed(part, split.ways[number]);
            // Names that sort differently from the numbers.
            put(
                folder.path(),
                &format!("{}/{number}.{ending}", number % 3),
                bytes,
            );
        }
        let (found, said, counted) = scanned(folder.path(), split.jobs);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(&said, &diagnostics);
        for part in ["findings", "coverage", "verdict", "suppressed", "rules"] {
            prop_assert_eq!(&counted[part], &summary[part]);
        }
        prop_assert_eq!(&counted["records"]["events"], &json!(delivered.len()));
        Ok(())
    };
    runner.run(&any_split(events.len()), check).unwrap();
}

#[test]
fn an_event_that_was_delivered_twice_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let high = event("High", 1);
    put(
        folder.path(),
        "a.json",
        records(&[high.clone(), high.clone()]),
    );
    put(folder.path(), "b.jsonl", lines(&[reordered(&high)]));
    let (findings, diagnostics, summary) = scanned(folder.path(), 2);
    assert_eq!((findings.len(), diagnostics.len()), (1, 0));
    assert_eq!(summary["duplicates"], 2);
    assert_eq!(summary["records"]["events"], 3);
}

#[test]
fn one_id_with_two_contents_is_two_events_and_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = event("High", 1);
    other["sourceIPAddress"] = json!("203.0.113.99");
    put(folder.path(), "a.json", records(&[event("High", 1)]));
    put(folder.path(), "b.json", records(&[other]));
    let (findings, diagnostics, summary) = scanned(folder.path(), 2);
    assert_eq!(findings.len(), 2);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert!(diagnostics.first().unwrap().contains("TG2008"));
    assert_eq!(summary["duplicates"], 0);
    assert_eq!(summary["verdict"]["exit_code"], 1);
}

#[test]
fn the_bytes_of_every_output_are_the_same_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let events = export();
    for (number, part) in events.chunks(5).enumerate() {
        let (ending, bytes) = packed(part, number);
        put(folder.path(), &format!("{number:02}.{ending}"), bytes);
    }
    put(
        folder.path(),
        "05-broken.jsonl",
        "{\"eventName\": \"Hi\n{\"x\"\n",
    );
    put(
        folder.path(),
        "11-cut.gz",
        &gzip(records(&events).as_bytes())[..2000],
    );
    put(folder.path(), "17-other.json", "{\"name\": 1}");
    let rules_folder = tempfile::tempdir().unwrap();
    let rules = put(rules_folder.path(), "levels.yaml", LEVELS);
    let run = |format: &str, jobs: &str| {
        let arguments = [
            folder.path().to_str().unwrap(),
            "-o",
            format,
            "--jobs",
            jobs,
            "--now",
            "2026-03-01",
            "--rules",
            rules.to_str().unwrap(),
        ];
        let output = scan(&arguments);
        (output.status.code(), stdout(&output))
    };
    for format in ["text", "json", "jsonl"] {
        let one = run(format, "1");
        assert!(one.1.len() > 10_000, "{}", one.1);
        for jobs in ["2", "4", "8"] {
            assert_eq!(one, run(format, jobs), "{format} with {jobs} jobs");
        }
    }
}

/// Some of it is cut between records and read by several threads at a time.
#[test]
fn one_large_input_yields_the_same_bytes_for_any_number_of_threads() {
    // Text that hardly compresses.
    let mut state = 1_u64;
    let mut padding = || -> String {
        let letters = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'a' + (state >> 33) as u8 % 26)
        });
        letters.take(8000).collect()
    };
    let paddings: Vec<_> = (0..1000).map(|_| padding()).collect();
    let mut events: Vec<Value> = Vec::new();
    for number in 0..1300 {
        let name = ["Nothing", "Low", "Nothing", "Other", "High"][number as usize % 5];
        // Some are delivered twice, some in two versions.
        let mut event = event(name, number % 1000);
        event["requestParameters"] =
            json!({"padding": paddings[number as usize % 1000], "n": number / 1100});
        events.push(event);
    }
    let mut damaged = lines(&events);
    let middle = damaged.len() / 2;
    let place = middle + damaged[middle..].find(":\"").unwrap();
    damaged.replace_range(place..place + 2, "\n{\"x\"\n");
    let folder = tempfile::tempdir().unwrap();
    let rules = put(folder.path(), "levels.yaml", LEVELS);
    let pretty = serde_json::to_string_pretty(&json!({"Records": events})).unwrap();
    for (name, bytes) in [
        ("a.jsonl", lines(&events).into_bytes()),
        ("b.jsonl", damaged.into_bytes()),
        ("c.json", records(&events).into_bytes()),
        ("d.json", pretty.into_bytes()),
        ("e.jsonl.gz", gzip(lines(&events).as_bytes())),
    ] {
        let least = if name.ends_with("gz") {
            2 << 20
        } else {
            9 << 20
        };
        assert!(bytes.len() > least, "{name}");
        let file = put(folder.path(), name, bytes);
        let run = |jobs: &str| {
            let (file, rules) = (file.to_str().unwrap(), rules.to_str().unwrap());
            let rest = [
                "--now",
                "2026-03-01",
                "--no-default-rules",
                "--rules",
                rules,
            ];
            let arguments = [&[file, "-o", "json", "--jobs", jobs][..], &rest].concat();
            stdout(&scan(&arguments))
        };
        let one = run("1");
        assert!(one.len() > 200_000, "{name}: {}", one.len());
        for jobs in ["2", "3", "8"] {
            assert!(one == run(jobs), "{name} with {jobs} jobs");
        }
    }
}
