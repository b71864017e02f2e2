//! The input side over real files: every file is read, every record is accounted
//! for and framed as a whole-file parser frames it. The data is not part of the
//! project; `TRAILGATE_DATA` names it, and without it the test is skipped.

#![allow(clippy::expect_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use trailgate::codec::Decoder;
use trailgate::shape::{DEFAULT_MAX_RECORD, InputFault, Item, Kind, Records, classify, parse};
use trailgate::source::{Input, discover};

fn data() -> Option<PathBuf> {
    let path = std::env::var_os("TRAILGATE_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// The records of an input, or why it is none.
fn read(input: &Input) -> Result<Vec<Value>, InputFault> {
    let mut records = Records::new(Decoder::new(input.open().unwrap()), DEFAULT_MAX_RECORD);
    let mut values = Vec::new();
    while let Some(item) = records.next() {
        match item {
            Item::Record(record) => values.push(parse(record.bytes).unwrap()),
            Item::Bad(bad) => panic!("{}", bad.diagnostic(&input.name).message),
            Item::Fault(fault) => return Err(fault),
        }
    }
    Ok(values)
}

/// The same by parsing all of it at once.
fn read_whole(input: &Input) -> Vec<Value> {
    let mut bytes = Vec::new();
    let mut source = Decoder::new(input.open().unwrap());
    std::io::Read::read_to_end(&mut source, &mut bytes).unwrap();
    let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    values
        .flat_map(|value| match value.unwrap() {
            Value::Array(elements) => elements,
            Value::Object(mut object) => match object.get_mut("Records").map(Value::take) {
                Some(Value::Array(elements)) => elements,
                _ => vec![Value::Object(object)],
            },
            other => vec![other],
        })
        .collect()
}

#[test]
fn every_file_and_record_is_accounted_for() {
    let Some(root) = data() else { return };
    let discovery = discover(&[&root]);
    assert_eq!(discovery.problems, []);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut files = 0;
    for input in &discovery.inputs {
        let values = match read(input) {
            Ok(values) => values,
            Err(InputFault::NotJson(None)) => {
                assert!(!input.name.contains(".json"), "{}", input.name);
                *kinds
                    .entry("files that are not JSON".to_owned())
                    .or_default() += 1;
                continue;
            }
            Err(fault) => panic!("{}: {fault}", input.name),
        };
        files += 1;
        assert_eq!(values, read_whole(input), "{}", input.name);
        for value in values {
            let kind = classify(&value);
            let looks_real = value.get("eventName").is_some() && value.get("eventSource").is_some();
            assert!(
                !looks_real || kind == Kind::Event,
                "{}: {kind:?} {value}",
                input.name
            );
            *kinds.entry(format!("{kind:?}")).or_default() += 1;
        }
    }
    println!(
        "{files} files of JSON, left out {:?}, {kinds:#?}",
        discovery.skipped
    );
    assert!(
        kinds.get("Event").is_some_and(|&events| events > 3000),
        "{kinds:?}"
    );
}

#[test]
fn digest_files_that_are_named_are_told_apart() {
    let Some(root) = data() else { return };
    let folder = "digest-fixture/example-audit-logs/AWSLogs/111122223333/CloudTrail-Digest";
    let folder = root.join(folder);
    assert_eq!(discover(&[&folder]).skipped.digest, 4);
    let mut digests = 0;
    let mut pending = vec![folder];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let discovery = discover(&[path]);
        let values = read(&discovery.inputs[0]).unwrap();
        assert_eq!(
            values.iter().map(classify).collect::<Vec<_>>(),
            [Kind::Digest]
        );
        digests += 1;
    }
    assert_eq!(digests, 4);
}
