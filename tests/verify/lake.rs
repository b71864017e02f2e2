//! Results of CloudTrail Lake queries.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::bucket;
use super::{codes, flat, verify};
use crate::support::{gzip, put};

const FOLDER: &str = "export/AWSLogs/111122223333/CloudTrail-Lake/Query/2026/02/03/q";

fn results(folder: &Path) {
    let contents = [
        gzip(b"eventName\nCreateUser\n"),
        gzip(b"eventName\nDeleteUser\n"),
    ];
    let mut files = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        let name = format!("result_{}.csv.gz", number + 1);
        put(folder, &format!("{FOLDER}/{name}"), content);
        files.push(json!({"fileHashValue": bucket::sha256(content), "fileName": name}));
    }
    let hashes: Vec<_> = contents.iter().map(|bytes| bucket::sha256(bytes)).collect();
    let list = json!({
        "version": "1.0",
        "region": "eu-central-1",
        "files": files,
        "hashAlgorithm": "SHA-256",
        "signatureAlgorithm": "SHA256withRSA",
        "queryCompleteTime": "2026-02-03T12:00:00Z",
        "hashSignature": bucket::sign(&hashes.join(" ")),
        "publicKeyFingerprint": bucket::FINGERPRINT,
    });
    put(
        folder,
        &format!("{FOLDER}/result_sign.json"),
        list.to_string(),
    );
    put(
        folder,
        "keys.json",
        bucket::public_keys(bucket::FINGERPRINT),
    );
}

const ARGUMENTS: &[&str] = &["export", "--public-keys", "keys.json"];

fn after(tamper: impl FnOnce(&Path)) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    results(folder.path());
    tamper(&folder.path().join(FOLDER));
    verify(folder.path(), ARGUMENTS)
}

#[test]
fn a_result_as_it_was_delivered_is_signed() {
    let (exit, text) = after(|_| {});
    insta::assert_snapshot!("query_result", text);
    assert_eq!(exit, 0);
}

#[test]
fn a_result_without_keys_is_judged_by_hashes_alone() {
    let folder = tempfile::tempdir().unwrap();
    results(folder.path());
    let (exit, text) = verify(folder.path(), &["export"]);
    assert_eq!(exit, 0, "{text}");
    assert!(flat(&text).contains("hash chain only"), "{text}");
    let (exit, text) = verify(folder.path(), &["export", "--require", "signed"]);
    assert_eq!(exit, 4, "{text}");
}

#[test]
fn a_result_that_was_tampered_with_is_named() {
    let (exit, text) = after(|folder| {
        fs::write(folder.join("result_2.csv.gz"), gzip(b"eventName\n")).unwrap();
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2110"]), "{text}");
    assert!(
        flat(&text).contains("result_2.csv.gz: the query result was altered"),
        "{text}"
    );

    let (exit, text) = after(|folder| fs::remove_file(folder.join("result_1.csv.gz")).unwrap());
    assert_eq!((exit, codes(&text)), (1, vec!["TG2111"]), "{text}");

    let (exit, text) = after(|folder| {
        fs::copy(
            folder.join("result_1.csv.gz"),
            folder.join("result_3.csv.gz"),
        )
        .unwrap();
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2112"]), "{text}");
}

#[test]
fn a_list_that_was_altered_with_its_result_has_no_fitting_signature() {
    let (exit, text) = after(|folder| {
        let other = gzip(b"eventName\n");
        let old = bucket::sha256(&fs::read(folder.join("result_2.csv.gz")).unwrap());
        fs::write(folder.join("result_2.csv.gz"), &other).unwrap();
        let list = fs::read_to_string(folder.join("result_sign.json")).unwrap();
        let list = list.replace(&old, &bucket::sha256(&other));
        fs::write(folder.join("result_sign.json"), list).unwrap();
    });
    assert_eq!((exit, codes(&text)), (1, vec!["TG2104"]), "{text}");

    let (exit, text) = after(|folder| fs::write(folder.join("result_sign.json"), "{}").unwrap());
    assert_eq!(exit, 1, "{text}");
    assert!(codes(&text).contains(&"TG2102"), "{text}");
}
