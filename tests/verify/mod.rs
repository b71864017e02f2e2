//! `trailgate verify` on copies that the tests make and tamper with: the report
//! names exactly what was done.

pub mod bucket;
mod chains;
mod damage;
mod documentation;
mod lake;
mod objects;
mod options;
mod scanning;
mod tampering;

use std::path::Path;

use crate::support::{stderr, stdout, trailgate};

/// Runs `verify` in a folder; the exit code and what was said.
fn verify(folder: &Path, arguments: &[&str]) -> (i32, String) {
    run(folder, &[&["verify"], arguments].concat())
}

/// The same of any command.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = trailgate()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = format!("{}{}", stdout(&output), stderr(&output));
    (output.status.code().unwrap(), text)
}

/// With the keys and the metadata.
const ALL: &[&str] = &[
    "export",
    "--public-keys",
    "keys.json",
    "--object-metadata",
    "metadata.json",
];

/// With the keys alone.
const KEYS: &[&str] = &["export", "--public-keys", "keys.json"];

/// The codes that are said, in order.
fn codes(text: &str) -> Vec<&str> {
    let codes = text.lines().filter(|line| line.starts_with("TG2"));
    codes.collect()
}

/// What was said, without the breaks of lines.
fn flat(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| *word != "│");
    words.collect::<Vec<_>>().join(" ")
}
