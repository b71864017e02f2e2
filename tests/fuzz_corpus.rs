//! The checks of the fuzz targets on the inputs that are kept in `fuzz/corpus`.
//! CONTRIBUTING says how to run them on more.

#![allow(clippy::print_stdout)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use crate::checks::{archive, digest, evidence, glob, gzip, record, shape, table, yaml};

/// All files of a folder, sorted, with those of its folders.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What a check makes of each input of a folder, at least so many.
fn replay<T>(folder: &str, at_least: usize, check: impl Fn(&[u8]) -> T) -> Vec<T> {
    let files = files(folder);
    assert!(files.len() >= at_least, "{} in {folder}", files.len());
    let replayed = files.iter().map(|path| {
        let data = fs::read(path).unwrap();
        catch_unwind(AssertUnwindSafe(|| check(&data))).unwrap_or_else(|panic| {
            println!("on {}", path.display());
            resume_unwind(panic)
        })
    });
    replayed.collect()
}

#[test]
fn both_evaluators_agree_on_the_kept_records() {
    let found = replay("fuzz/corpus/record", 10, record::check_all);
    let with_findings = found.iter().filter(|found| **found > 0).count();
    assert!(with_findings * 2 > found.len(), "{found:?}");
}

#[test]
fn the_loader_is_sound_on_the_kept_texts() {
    replay("fuzz/corpus/yaml", 10, yaml::check);
}

#[test]
fn the_loader_is_sound_on_rules_and_on_every_mistake_with_a_code() {
    replay("tests/diagnostics", 100, yaml::check);
    replay("rules", 10, yaml::check);
}

#[test]
fn the_splitter_is_sound_on_the_kept_streams() {
    replay("fuzz/corpus/shape", 10, shape::check);
}

#[test]
fn the_splitter_behind_the_codec_is_sound_on_the_kept_streams() {
    replay("fuzz/corpus/gzip", 5, gzip::check);
    replay("fuzz/corpus/shape", 10, gzip::check);
}

#[test]
fn the_readers_of_archives_are_sound_on_the_kept_archives() {
    let sound = replay("fuzz/corpus/archive", 20, archive::check);
    let count = sound.iter().filter(|sound| **sound).count();
    assert!(count >= 10 && count < sound.len(), "{sound:?}");
    replay("fuzz/corpus/gzip", 5, archive::check);
}

#[test]
fn the_reader_of_tables_is_sound_on_the_kept_texts() {
    let records = replay("fuzz/corpus/table", 10, table::check);
    let tables = records.iter().filter(|records| **records > 0).count();
    assert!(tables >= 6 && tables < records.len(), "{records:?}");
    replay("fuzz/corpus/shape", 10, table::check);
}

#[test]
fn globs_match_as_defined_on_the_kept_pairs() {
    replay("fuzz/corpus/glob", 10, glob::check);
}

#[test]
fn the_reader_of_digests_is_sound_on_the_kept_texts() {
    let read = replay("fuzz/corpus/digest", 10, digest::check);
    let digests = read.iter().filter(|read| **read).count();
    assert!(digests >= 4 && digests < read.len(), "{digests} digests");
}

#[test]
fn what_is_saved_beside_a_copy_proves_nothing_by_itself() {
    let read = replay("fuzz/corpus/evidence", 12, evidence::check);
    for kind in 0..3 {
        let of_kind = read.iter().filter(|read| read[kind]).count();
        assert!(of_kind >= 2 && of_kind < read.len(), "{of_kind} of {kind}");
    }
}
