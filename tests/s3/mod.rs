//! Scans of objects in S3, against a server on loopback.

mod bucket;
mod choosing;
mod problems;
mod reaching;
mod reading;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use crate::support::s3::Asked;
use crate::support::{self, put, stderr, stdout};

/// One file for all, which findings name.
static RULES: LazyLock<PathBuf> = LazyLock::new(|| {
    put(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        "s3/rules.yaml",
        support::LEVELS,
    )
});

/// Runs a scan with the rules of each severity, as JSON.
fn scan(command: &mut std::process::Command, arguments: &[&str]) -> Output {
    command
        .args([
            "scan",
            "--no-default-rules",
            "--quiet",
            "-o",
            "json",
            "--rules",
        ])
        .arg(&*RULES)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|_| panic!("{}{}", stdout(output), stderr(output)))
}

const ONE: &str = "s3://audit/logs/a.json.gz";

fn is_get(asked: &Asked) -> bool {
    !asked.key.is_empty()
}
