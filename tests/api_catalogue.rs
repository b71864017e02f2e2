//! The catalogue of the AWS API against real events, and who unpacks it.

#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use crate::support::{data, event, files};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use trailgate::engine::Engine;
use trailgate::event::api::{Api, Member, Request};
use trailgate::{pack, rule};

/// Every record of a file, whatever it is wrapped in.
fn records(path: &Path) -> Vec<Value> {
    fn gather(value: Value, found: &mut Vec<Value>) {
        match value {
            Value::Object(entries) if entries.contains_key("eventSource") => {
                found.push(Value::Object(entries));
            }
            Value::Object(entries) => {
                for (_, value) in entries {
                    gather(value, found);
                }
            }
            Value::Array(items) => items.into_iter().for_each(|item| gather(item, found)),
            _ => {}
        }
    }
    let mut bytes = std::fs::read(path).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut decoded = Vec::new();
        let mut decoder = MultiGzDecoder::new(&bytes[..]);
        decoder.read_to_end(&mut decoded).unwrap();
        bytes = decoded;
    }
    let mut found = Vec::new();
    let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    values
        .map_while(Result::ok)
        .for_each(|value| gather(value, &mut found));
    found
}

/// Paths of parameters that no request of the call has, and how many it has.
fn parameters(
    value: &Value,
    levels: &[Request<'_>],
    path: &str,
    unknown: &mut BTreeSet<String>,
) -> u64 {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| parameters(item, levels, path, unknown))
            .sum(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| {
                let path = format!("{path}.{key}");
                let members: Vec<_> = levels.iter().map(|level| level.member(key)).collect();
                if members
                    .iter()
                    .all(|member| matches!(member, Member::Unknown))
                {
                    unknown.insert(path);
                    return 0;
                }
                let below: Option<Vec<_>> = members
                    .iter()
                    .filter(|member| !matches!(member, Member::Unknown))
                    .map(|member| match member {
                        Member::Level(level) => Some(*level),
                        _ => None,
                    })
                    .collect();
                1 + below.map_or(0, |below| parameters(value, &below, &path, unknown))
            })
            .sum(),
        _ => 0,
    }
}

/// What is left is of tests that somebody wrote by hand: names that AWS does not log.
#[test]
fn the_calls_and_parameters_of_real_events_are_known() {
    let Some(root) = data() else { return };
    let api = Api::get();
    let (mut calls, mut unknown, mut known_parameters) = (BTreeSet::new(), BTreeSet::new(), 0);
    for record in files(&root).iter().flat_map(|path| records(path)) {
        let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let (source, name) = (text("eventSource"), text("eventName"));
        let Some(of) = api.source(&source) else {
            unknown.insert(format!("{source} {name}"));
            continue;
        };
        calls.insert(format!("{source} {name}"));
        match of.call(&name) {
            Some(call) => {
                if let Some(requests) = call.requests() {
                    let mut missing = BTreeSet::new();
                    let parameters = &record["requestParameters"];
                    known_parameters += self::parameters(parameters, &requests, "", &mut missing);
                    let lines = missing.iter();
                    unknown.extend(lines.map(|path| format!("{source} {name} {path}")));
                }
            }
            None if of.takes_any_call() => {}
            None => {
                unknown.insert(format!("{source} {name}"));
            }
        }
    }
    println!("{} calls, {known_parameters} parameters", calls.len());
    assert!(calls.len() > 500, "{}", calls.len());
    assert!(known_parameters > 4_000, "{known_parameters}");
    let unknown: Vec<_> = unknown.into_iter().collect();
    insta::assert_snapshot!(unknown.join("\n"));
}

#[test]
fn a_scan_does_not_unpack_the_catalogue() {
    // Other tests of this process may.
    let own = std::env::current_exe().unwrap();
    let status = Command::new(own)
        .args([
            "--exact",
            "--ignored",
            "api_catalogue::a_scan_in_a_process_of_its_own",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "run by the test above"]
fn a_scan_in_a_process_of_its_own() {
    let loaded = rule::load(pack::rules_files(), &[]);
    let engine = Engine::new(&loaded.set);
    let mut record = event("a", 1);
    record["eventSource"] = "cloudtrail.amazonaws.com".into();
    record["eventName"] = "StopLogging".into();
    assert!(!engine.judge(&record, "export.json", 1).findings.is_empty());
    assert!(!Api::is_unpacked());
    let rule = loaded.set.all().next().unwrap();
    rule::unknown_calls(rule, loaded.set.sources());
    assert!(Api::is_unpacked());
}
