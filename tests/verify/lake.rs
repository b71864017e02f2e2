//! Results of CloudTrail Lake queries.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::bucket;
use super::objects::{is_signed_for, run};
use super::{codes, flat, verify};
use crate::support::s3::{self, ACCESS_KEY, Fault, Objects, SECRET_KEY, Server, objects_of};
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

/// What lists keys as CloudTrail does, for the region and the time of the query.
fn cloudtrail() -> Server {
    Server::with_faults(Objects::new(), |asked| {
        assert!(is_signed_for(asked, "eu-central-1"));
        Some(Fault::Say(bucket::public_keys(bucket::FINGERPRINT)))
    })
}

/// Credentials and nothing else.
fn signed_in(folder: &Path) -> Command {
    let mut command = s3::alone();
    command
        .current_dir(folder)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1");
    command
}

#[test]
fn the_keys_of_a_result_in_a_bucket_are_fetched() {
    let folder = tempfile::tempdir().unwrap();
    results(folder.path());
    let server = Server::start(objects_of(&folder.path().join("export")));
    let cloudtrail = cloudtrail();
    let url = cloudtrail.url();
    for address in [
        "s3://audit",
        "s3://audit/AWSLogs/111122223333/CloudTrail-Lake/Query/2026/02/03/q/",
    ] {
        let arguments = ["verify", address, "--require", "signed"];
        let asked = ["--cloudtrail-endpoint-url", &url];
        let (exit, text) = run(&mut server.command(), &[&arguments[..], &asked].concat());
        assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    }
    assert_eq!(cloudtrail.asked().len(), 2);

    // None is asked beside an endpoint of its own.
    let (exit, text) = run(&mut server.command(), &["verify", "s3://audit"]);
    assert_eq!((exit, codes(&text)), (0, vec!["TG2118"]), "{text}");
}

#[test]
fn the_keys_of_a_local_result_are_fetched_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    results(folder.path());
    let cloudtrail = cloudtrail();
    let url = cloudtrail.url();
    let arguments = ["verify", "export", "--cloudtrail-endpoint-url", &url];
    let (exit, text) = run(&mut signed_in(folder.path()), &arguments);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert_eq!(cloudtrail.asked(), [""; 0]);

    let fetching = [
        &arguments[..],
        &["--fetch-public-keys", "--require", "signed"],
    ]
    .concat();
    let (exit, text) = run(&mut signed_in(folder.path()), &fetching);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert_eq!(cloudtrail.asked().len(), 1);

    let (exit, text) = run(s3::alone().current_dir(folder.path()), &fetching);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2118"]), "{text}");
    let saved = [&fetching[..], &["--public-keys", "keys.json"]].concat();
    let (exit, _) = run(&mut signed_in(folder.path()), &saved);
    assert_eq!(exit, 2);
}

#[test]
fn a_list_that_tells_no_region_or_a_forged_one_gets_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    results(folder.path());
    let path = folder.path().join(FOLDER).join("result_sign.json");
    let text = fs::read_to_string(&path).unwrap();
    for (region, says) in [
        (Value::Null, "the list does not say in which region"),
        (json!("example.org#"), "`example.org#` is no region"),
    ] {
        let mut list: Value = serde_json::from_str(&text).unwrap();
        list["region"] = region;
        fs::write(&path, list.to_string()).unwrap();
        let fetching = ["verify", "export", "--fetch-public-keys"];
        let (exit, text) = run(&mut signed_in(folder.path()), &fetching);
        assert_eq!((exit, codes(&text)), (0, vec!["TG2118"]), "{text}");
        assert!(flat(&text).contains(says), "{text}");
        assert!(flat(&text).contains("hash chain only"), "{text}");
    }
}
