//! The configuration: its mistakes, where it is found, and what it does to a run.

mod documented;
mod effect;
mod expecting;
mod mistakes;

use std::path::Path;
use std::process::Output;

use crate::support::{LEVELS, event, of_type, put, records, stderr, stdout, trailgate};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An event of an account and a region.
fn event_of(name: &str, number: u64, account: &str, region: &str) -> Value {
    let mut event = event(name, number);
    event["recipientAccountId"] = account.into();
    event["userIdentity"]["accountId"] = account.into();
    event["awsRegion"] = region.into();
    event
}

/// A folder with a configuration, rules and an export of two accounts.
fn project(configuration: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "trailgate.yaml", configuration);
    put(root, "rules/levels.yaml", LEVELS);
    let payments = [
        event_of("Medium", 1, "111122223333", "eu-central-1"),
        event_of("Low", 2, "111122223333", "eu-central-1"),
    ];
    put(root, "export/org/payments.json", records(&payments));
    let sandbox = [event_of("High", 3, "444455556666", "us-east-1")];
    put(root, "export/own/sandbox.json", records(&sandbox));
    folder
}

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    trailgate()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The summary of a scan with `-o jsonl`.
fn summary(output: &Output) -> Value {
    of_type(&stdout(output), "summary").remove(0)
}

const RULES: &str = "default_rules: false\nrules: rules/\n";

const ACCOUNTS: &str = "
accounts:
  111122223333: {name: payments, environment: production}
  444455556666: {name: sandbox, environment: development}
";
