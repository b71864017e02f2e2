//! Chains that end, begin anew, lie side by side, or are only a part of one.

use std::fs;

use serde_json::Map;

use super::bucket::{self, Trail};
use super::{ALL, KEYS, codes, flat, verify};
use crate::support::{data, put};

/// What is said of a copy of one trail.
fn of(trail: &Trail, arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), trail);
    verify(folder.path(), arguments)
}

#[test]
fn a_gap_between_digests_that_follow_each_other() {
    let trail = Trail {
        hours: vec![(8, 1), (9, 1), (12, 1), (13, 1)],
        ..Trail::default()
    };
    let (exit, text) = of(&trail, ALL);
    insta::assert_snapshot!("gap", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2106"]));
}

#[test]
fn a_chain_that_begins_anew() {
    let trail = Trail {
        hours: vec![(8, 1), (9, 1), (12, 1), (13, 1)],
        restart: Some(12),
        ..Trail::default()
    };
    let (exit, text) = of(&trail, ALL);
    insta::assert_snapshot!("restarted", text);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2107"]));
}

#[test]
fn a_copy_that_begins_in_the_middle_says_after_what() {
    let folder = tempfile::tempdir().unwrap();
    let written = bucket::copy(folder.path(), &Trail::default());
    let export = folder.path().join("export");
    fs::remove_file(export.join(&written.digests[0])).unwrap();
    for log in &written.logs[0] {
        fs::remove_file(export.join(log)).unwrap();
    }
    let (exit, text) = verify(folder.path(), ALL);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert!(flat(&text).contains("Begins"), "{text}");
}

#[test]
fn log_files_that_the_next_digest_will_list_are_pending() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    let export = folder.path().join("export");
    put(&export, &bucket::log_key(&Trail::default(), 12, 20), "");
    let (exit, text) = verify(folder.path(), ALL);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert!(
        flat(&text).contains("1 log file newer than the last digest"),
        "{text}"
    );
    let (exit, text) = verify(folder.path(), &[ALL, &["--require", "signed"]].concat());
    assert_eq!(exit, 4, "{text}");
    put(&export, &bucket::log_key(&Trail::default(), 20, 20), "");
    let (exit, text) = verify(folder.path(), ALL);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2112"]), "{text}");
    assert!(
        flat(&text).contains("it is newer than the last digest"),
        "{text}"
    );
}

#[test]
fn trails_accounts_regions_and_later_digests_are_chains_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let trails = [
        Trail::default(),
        Trail {
            name: "second_trail",
            hours: vec![(8, 0), (9, 0)],
            ..Trail::default()
        },
        Trail {
            region: "us-east-1",
            ..Trail::default()
        },
        Trail {
            account: "444455556666",
            bucket: "other-bucket",
            ..Trail::default()
        },
        Trail {
            organization: "o-exampleorg/",
            account: "444455556666",
            ..Trail::default()
        },
        Trail {
            region: "ap-south-1",
            backfill: true,
            hours: vec![(3, 1), (6, 1)],
            ..Trail::default()
        },
    ];
    let mut metadata = Map::new();
    for trail in &trails {
        metadata.extend(bucket::copy(folder.path(), trail).metadata);
    }
    bucket::save_metadata(folder.path(), &metadata);
    let (exit, text) = verify(folder.path(), ALL);
    insta::assert_snapshot!("side_by_side", text);
    assert_eq!((exit, codes(&text)), (0, vec![]));
}

#[test]
fn a_backfill_digest_says_in_its_metadata_when_it_was_written() {
    let trail = Trail {
        backfill: true,
        ..Trail::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let mut metadata = bucket::copy(folder.path(), &trail).metadata;
    let (exit, text) = verify(folder.path(), ALL);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    for object in metadata.values_mut() {
        let object = object.as_object_mut().unwrap();
        object.remove("backfill-generation-timestamp").unwrap();
    }
    bucket::save_metadata(folder.path(), &metadata);
    let (exit, text) = verify(folder.path(), ALL);
    assert_eq!((exit, codes(&text)), (1, vec!["TG2104"; 4]), "{text}");
}

#[test]
fn a_single_digest_without_metadata_is_unverifiable() {
    let trail = Trail {
        hours: vec![(8, 1)],
        ..Trail::default()
    };
    let (exit, text) = of(&trail, KEYS);
    insta::assert_snapshot!("unverifiable", text);
    assert_eq!(exit, 4);
    let (exit, text) = of(&trail, ALL);
    assert_eq!(exit, 0, "{text}");
}

#[test]
fn the_example_beside_the_project_is_sound() {
    let Some(example) = data().map(|data| data.join("digest-fixture")) else {
        return;
    };
    let file = |name: &str| example.join(name).to_str().unwrap().to_owned();
    let (exit, text) = verify(
        &example,
        &[
            "example-audit-logs",
            "--public-keys",
            &file("list-public-keys.json"),
            "--object-metadata",
            &file("object-metadata.json"),
            "--require",
            "signed",
        ],
    );
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert!(flat(&text).contains("4 signed"), "{text}");
    assert!(flat(&text).contains("6 intact under a signature"), "{text}");
}
