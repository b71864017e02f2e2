//! Nightly runs with a state file, as whole runs of the command.

mod keeping;
mod known;
mod nights;
mod shown;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::support::s3::{BUCKET, Server, objects_of};
use crate::support::{
    LEVELS, event, gzip, lines, names, of_type, put, records, stderr, stdout, trailgate,
};
use serde_json::Value;

/// A folder with rules, a folder `logs` and a state file.
struct Audit(tempfile::TempDir);

impl Audit {
    fn new() -> Audit {
        let audit = Audit(tempfile::tempdir().unwrap());
        put(audit.path(), "rules.yaml", LEVELS);
        audit
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn deliver(&self, name: &str, events: &[Value]) -> PathBuf {
        put(
            self.path(),
            &format!("logs/{name}"),
            gzip(records(events).as_bytes()),
        )
    }

    fn state(&self) -> PathBuf {
        self.path().join("trailgate.db")
    }

    fn command(&self, night: u32) -> Command {
        let mut command = trailgate();
        command.current_dir(self.path()).args([
            "scan",
            "--no-default-rules",
            "--rules",
            "rules.yaml",
            "--state",
            "trailgate.db",
            "--now",
            &format!("2026-11-{night:02}T02:00:00Z"),
        ]);
        command
    }

    fn scan(&self, night: u32, more: &[&str]) -> Output {
        self.command(night)
            .args(["logs", "-o", "json"])
            .args(more)
            .output()
            .unwrap()
    }
}

fn document(output: &Output) -> Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|_| panic!("{}{}", stdout(output), stderr(output)))
}

fn summary(output: &Output) -> Value {
    document(output)["summary"].clone()
}

/// New, again, not seen.
fn counts(output: &Output) -> [u64; 3] {
    let history = &summary(output)["history"];
    ["new", "again", "not_seen"].map(|name| history[name].as_u64().unwrap())
}

/// Inputs that were read, and that were known.
fn inputs(output: &Output) -> [u64; 2] {
    let inputs = &summary(output)["inputs"];
    [&inputs["read"], &inputs["known"]["inputs"]].map(|count| count.as_u64().unwrap())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}
