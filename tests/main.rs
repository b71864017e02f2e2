//! Whole runs of the command, and what the library, its documentation and its
//! fixtures are held to: one binary, because each more would link all of the
//! dependencies once more. Names of tests begin with their file, and so
//! `cargo test --test whole history` runs those of `tests/history.rs`.
//!
//! A test that needs a process for itself is a binary of its own in `Cargo.toml`.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../fuzz/checks/mod.rs"]
mod checks;
mod support;

mod api_catalogue;
mod authoring;
mod baseline;
mod broken_inputs;
#[cfg(feature = "state")]
mod carried;
mod config;
mod correlated;
mod correlation_authoring;
mod correlation_docs;
mod coverage;
mod determinism;
mod diagnostics;
mod diagnostics_docs;
mod differential;
mod docs;
mod exit_codes;
mod follow_together;
mod following;
mod fuzz_corpus;
mod history;
mod input_data;
mod lossy;
mod mutants;
mod pack;
mod pack_pages;
mod parquet;
mod problems;
mod profiles;
mod progress;
mod quickstart;
mod ready_to_use;
mod real_data;
mod s3;
mod sarif;
mod secrets;
mod shapes;
mod sigma_cases;
mod sigma_convert;
mod sigma_docs;
mod sigma_runs;
mod stats;
mod streaming;
mod verify;
mod waivers;

/// A file that nothing names would be compiled by nobody, and its tests pass.
#[test]
fn every_file_of_tests_belongs_to_a_binary() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let named = concat!(include_str!("main.rs"), include_str!("../Cargo.toml"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let module = format!("\nmod {name};");
            let target = format!("path = \"tests/{name}.rs\"");
            assert!(
                named.contains(&module) || named.contains(&target),
                "{name}.rs"
            );
        }
    }
}
