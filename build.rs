//! Prepares the embedded rule pack: every rules file under `rules/`, without the
//! tests, which end each rule and which only `trailgate test` runs, with the steps of
//! the YAML parser through what is left, so that no run takes them again, and with the
//! ids in files that define nothing for others, which then need not be read for that.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "src/yaml/recording.rs"]
mod recording;
#[allow(dead_code)]
#[path = "src/yaml/step.rs"]
mod step;

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/yaml/recording.rs");
    println!("cargo::rerun-if-changed=src/yaml/step.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    find(&root.join("rules"), &mut files)?;
    files.sort();
    let mut pack = String::from("static PACK: &[Packed] = &[\n");
    for (number, path) in files.iter().enumerate() {
        let name = path
            .strip_prefix(&root)
            .unwrap_or(path)
            .display()
            .to_string();
        let text = without_tests(&fs::read_to_string(path)?);
        // A text that YAML stumbles over is parsed, and complained of, by each run.
        let recording = match recording::record(&text) {
            None => "None".to_owned(),
            Some(bytes) => {
                let file = out.join(format!("pack-{number}.steps"));
                fs::write(&file, bytes)?;
                format!("Some(include_bytes!({:?}))", file.display().to_string())
            }
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            pack,
            "    Packed {{ name: {:?}, text: {text:?}, recording: {recording}, ids_alone: {} }},",
            name.replace('\\', "/"),
            match ids_alone(&text) {
                None => "None".to_owned(),
                Some(ids) => format!("Some(&{ids:?})"),
            },
        );
    }
    pack.push_str("];\n");
    fs::write(out.join("pack.rs"), pack)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Blanks each document from its `tests:` to the next key at the left margin,
/// so that what follows keeps its line numbers.
fn without_tests(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_tests = false;
    for line in text.lines() {
        if in_tests && line.starts_with(|first: char| !first.is_whitespace() && first != '#') {
            // A list under `tests:` may stand at the margin too.
            in_tests = line.starts_with("- ") || line == "-";
        }
        if line.trim_end() == "tests:" {
            in_tests = true;
        }
        if !in_tests {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

/// The ids of the rules in a text that has nothing else but what such rules have; `None`
/// where it may define something, or says an id in a way that takes YAML to read.
fn ids_alone(text: &str) -> Option<Vec<&str>> {
    const DEFINE: [&str; 5] = ["macros", "lists", "frameworks", "profiles", "trailgate"];
    let mut ids = Vec::new();
    let starts = |line: &&str| line.starts_with(|first: char| first.is_ascii_alphabetic());
    for line in text.lines().filter(starts) {
        let (key, value) = line.split_once(':')?;
        if DEFINE.contains(&key) {
            return None;
        }
        if key == "id" {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let id = value.trim();
            ids.push(Some(id).filter(|id| id.chars().all(plain))?);
        }
    }
    Some(ids)
}
