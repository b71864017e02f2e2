//! Broken bytes: every cut and every flipped bit is found, and its neighbours are
//! judged all the same.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use proptest::prelude::*;
use trailgate::diagnostic::Code;
use trailgate::integrity::{Digest, Evidence, ObjectMetadata, Options, PublicKeys, Report, verify};
use trailgate::source::discover_with_digests;

use super::bucket::{self, Trail, Written};
use super::flat;
use crate::support::{self, files};

fn report(folder: &Path) -> Report {
    let mut evidence = Evidence {
        keys: Some(PublicKeys::default()),
        metadata: Some(ObjectMetadata::default()),
    };
    let keys = evidence.keys.as_mut().unwrap();
    keys.add_file(&folder.join("keys.json")).unwrap();
    let metadata = evidence.metadata.as_mut().unwrap();
    metadata.add_file(&folder.join("metadata.json")).unwrap();
    let inputs = discover_with_digests(&[folder.join("export")]).inputs;
    verify(&inputs, &evidence, &Options::default())
}

fn codes(report: &Report) -> Vec<Code> {
    report.problems.iter().map(|problem| problem.code).collect()
}

fn copy() -> (tempfile::TempDir, Written) {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail {
        hours: vec![(8, 1), (9, 1), (10, 1)],
        ..Trail::default()
    };
    let written = bucket::copy(folder.path(), &trail);
    (folder, written)
}

#[test]
fn a_digest_cut_anywhere_is_named_and_costs_only_what_it_listed() {
    let (folder, written) = copy();
    assert_eq!(codes(&report(folder.path())), []);
    let path = folder.path().join("export").join(&written.digests[1]);
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let report = report(folder.path());
        let expected = [Code::DigestDamaged, Code::FileUnlisted];
        assert_eq!(codes(&report), expected, "cut at {length}");
        let place = report.problems[0].place.as_deref().unwrap();
        assert!(place.ends_with(&written.digests[1]), "{place}");
        assert_eq!(report.verdict.exit_code(), 1);
        assert_eq!(report.chains[0].logs.intact, 2);
    }
}

#[test]
fn no_beginning_of_a_digest_is_a_digest() {
    let (folder, written) = copy();
    let path = folder.path().join("export").join(&written.digests[2]);
    let mut bytes = Vec::new();
    MultiGzDecoder::new(fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    assert!(Digest::parse(&bytes).is_ok());
    for length in 0..bytes.len() {
        assert!(Digest::parse(&bytes[..length]).is_err(), "cut at {length}");
    }
}

/// What a file decodes to, as another decoder says.
fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut decoder = MultiGzDecoder::new(bytes);
    decoder.read_to_end(&mut plain).ok()?;
    Some(plain)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever bit is flipped in whatever file: unless it decodes to the same, that
    /// is tampering.
    #[test]
    fn every_flipped_bit_that_matters_is_found(file: prop::sample::Index, at: prop::sample::Index, bit in 0u8..8) {
        let (folder, _) = copy();
        let paths: Vec<PathBuf> = files(&folder.path().join("export"));
        let path = &paths[file.index(paths.len())];
        let whole = fs::read(path).unwrap();
        let mut flipped = whole.clone();
        flipped[at.index(whole.len())] ^= 1 << bit;
        fs::write(path, &flipped).unwrap();
        let report = report(folder.path());
        let same = decoded(&flipped).as_deref() == decoded(&whole).as_deref();
        let expected = if same { 0 } else { 1 };
        prop_assert_eq!(report.verdict.exit_code(), expected, "{:?}", report.problems);
    }
}

#[test]
fn what_is_found_does_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail {
        hours: (0..20).map(|hour| (hour, 3)).collect(),
        ..Trail::default()
    };
    let written = bucket::copy(folder.path(), &trail);
    for log in written.logs.iter().flatten().step_by(3) {
        fs::remove_file(folder.path().join("export").join(log)).unwrap();
    }
    let with = |jobs: &str| super::verify(folder.path(), &[super::ALL, &["--jobs", jobs]].concat());
    let one = with("1");
    assert_eq!(one.0, 1);
    assert!(one.1.contains("20 missing"), "{}", one.1);
    for jobs in ["2", "7"] {
        assert_eq!(with(jobs), one);
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_4_and_its_neighbours_are_judged() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, written) = copy();
    let path = folder.path().join("export").join(&written.logs[0][0]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        // Whoever may read everything cannot be kept out.
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
    }
    let (exit, text) = super::verify(folder.path(), super::ALL);
    assert_eq!(exit, 4, "{text}");
    assert!(flat(&text).contains("TG2001"), "{text}");
    assert!(flat(&text).contains("2 intact"), "{text}");
}

#[test]
fn a_log_that_decodes_beyond_a_limit_is_not_read_to_its_end() {
    let (folder, written) = copy();
    let path = folder.path().join("export").join(&written.logs[0][0]);
    fs::write(&path, support::gzip(&vec![b' '; 40 << 20])).unwrap();
    let (exit, text) = super::verify(folder.path(), super::ALL);
    assert_eq!(exit, 4, "{text}");
    assert!(flat(&text).contains("--max-ratio"), "{text}");
    let (exit, text) = super::verify(
        folder.path(),
        &[super::ALL, &["--max-digest", "100"]].concat(),
    );
    assert_eq!(exit, 4, "{text}");
    assert!(flat(&text).contains("--max-digest"), "{text}");
}
