//! What the tests of whole runs share: the command, events and files.

#![allow(clippy::print_stdout)]

#[cfg(unix)]
pub mod running;
pub mod s3;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use trailgate::rule::{ListFile, load};

/// The command, in the project's own folder and without colours.
pub fn trailgate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trailgate"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1");
    command
}

/// Runs `trailgate scan` and waits for its end.
pub fn scan(arguments: &[&str]) -> Output {
    trailgate().arg("scan").args(arguments).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The part of the text that the code begins.
pub fn said(text: &str, code: trailgate::diagnostic::Code) -> Option<String> {
    let start = text.find(&format!("{code}\n"))?;
    let rest = &text[start..];
    let end = rest
        .find("\n\n\n")
        .or_else(|| rest.find("\n\nFindings"))
        .or_else(|| rest.find("\n\nTG"))
        .or_else(|| rest.find("\n\nProof"))
        .unwrap_or(rest.len());
    Some(rest[..end].trim_end().to_owned())
}

/// An event that `name` tells from others, at its own time.
pub fn event(name: &str, number: u64) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "arn": format!("arn:aws:iam::111122223333:user/user-{}", number % 7),
            "accountId": "111122223333",
            "userName": format!("user-{}", number % 7),
        },
        "eventTime": format!("2026-02-03T{:02}:{:02}:{:02}Z", number / 3600 % 24, number / 60 % 60, number % 60),
        "eventSource": "example.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {"number": number},
        "responseElements": null,
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    })
}

/// A rule for each severity, which matches the event of that name.
pub const LEVELS: &str = "
id: level-info
title: Info
severity: info
match: {eventName: Info}
---
id: level-low
title: Low
severity: low
match: {eventName: Low}
---
id: level-medium
title: Medium
severity: medium
match: {eventName: Medium}
---
id: level-high
title: High
severity: high
match: {eventName: High}
---
id: level-critical
title: Critical
severity: critical
match: {eventName: Critical}
";

pub const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

pub fn records(events: &[Value]) -> String {
    json!({ "Records": events }).to_string()
}

pub fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a file and the folders it is in.
pub fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The names in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The objects of JSON Lines that are of a type.
pub fn of_type(jsonl: &str, kind: &str) -> Vec<Value> {
    jsonl
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|object| object["type"] == kind)
        .collect()
}

/// Real events, which are not part of the project; `TRAILGATE_DATA` names them.
pub fn data() -> Option<PathBuf> {
    let path = std::env::var_os("TRAILGATE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// Every file below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Values for every list that rules of the pack wait for.
pub fn lists_of_the_pack(folder: &Path) -> Vec<(String, ListFile)> {
    let waiting = load(trailgate::pack::rules_files(), &[]).set.inactive;
    let lists = waiting.iter().flat_map(|rule| &rule.lists);
    let names: BTreeSet<&str> = lists.map(|list| list.value.as_str()).collect();
    let list = |name: &str| {
        let value = match name {
            "trusted_accounts" => "111122223333",
            "allowed_regions" => "us-east-1",
            networks if networks.ends_with("_networks") => "10.0.0.0/8",
            _ => "x",
        };
        let path = put(folder, name, value);
        (name.to_owned(), ListFile { path, column: None })
    };
    names.into_iter().map(list).collect()
}
