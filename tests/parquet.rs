//! Tables in Apache Parquet: Security Lake's files, and those that queries write.

mod writer;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::{gzip, of_type, put, scan, stderr, stdout, trailgate};
use serde_json::{Value, json};

/// As Security Lake has it, but for the columns that nothing is mapped from.
const OCSF: &str = "message schema {
    optional int64 class_uid; optional int64 time; optional boolean is_mfa;
    optional group metadata {
        optional binary uid (STRING); optional binary event_code (STRING);
        optional group product {
            optional binary name (STRING); optional binary version (STRING);
            optional group feature { optional binary name (STRING); }
        }
    }
    optional group api {
        optional binary operation (STRING); optional binary version (STRING);
        optional group service { optional binary name (STRING); }
        optional group request { optional binary uid (STRING); optional binary data (STRING); }
        optional group response {
            optional binary error (STRING); optional binary message (STRING);
            optional binary data (STRING);
        }
    }
    optional group cloud { optional binary region (STRING); }
    optional group http_request { optional binary user_agent (STRING); }
    optional group src_endpoint {
        optional binary ip (STRING); optional binary domain (STRING); optional binary uid (STRING);
    }
    optional group actor {
        optional binary invoked_by (STRING);
        optional group user {
            optional binary type (STRING); optional binary name (STRING);
            optional binary uid (STRING); optional binary uid_alt (STRING);
            optional binary credential_uid (STRING);
            optional group account { optional binary uid (STRING); }
        }
        optional group session {
            optional int64 created_time_dt (TIMESTAMP(MILLIS,true));
            optional boolean is_mfa; optional binary issuer (STRING);
        }
    }
    optional group unmapped (MAP) {
        repeated group key_value { required binary key (STRING); optional binary value (STRING); }
    }
}";

fn fixture(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    folder.join(path).to_str().unwrap().to_owned()
}

fn rows() -> Vec<Value> {
    let text = fs::read_to_string(fixture("lossy/ocsf.jsonl")).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn found(path: &str) -> (BTreeSet<[String; 3]>, Value) {
    let output = scan(&["-o", "jsonl", "--fail-on", "none", path]);
    let text = stdout(&output);
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    let findings = of_type(&text, "finding").into_iter();
    let findings = findings.map(|finding| {
        ["rule", "event_id", "severity"].map(|key| finding[key].as_str().unwrap_or("-").to_owned())
    });
    (findings.collect(), of_type(&text, "summary").remove(0))
}

#[test]
fn a_file_of_security_lake_has_the_findings_of_the_plain_records() {
    let (expected, _) = found(&fixture("shapes/records.json"));
    let folder = tempfile::tempdir().unwrap();
    let bytes = writer::file(OCSF, &rows(), 5);
    for (name, bytes) in [("lake.gz.parquet", bytes.clone()), ("packed", gzip(&bytes))] {
        let path = put(folder.path(), name, bytes);
        let (findings, summary) = found(path.to_str().unwrap());
        assert_eq!(findings, expected, "{name}");
        assert_eq!(summary["records"]["events"], 12, "{name} {summary}");
        assert_eq!(summary["verdict"]["exit_code"], 0, "{name}");
    }
    let said = trailgate()
        .current_dir(folder.path())
        .args(["shapes", "lake.gz.parquet"])
        .output()
        .unwrap();
    insta::assert_snapshot!(stdout(&said));
}

#[test]
fn a_table_that_a_query_wrote_is_read_by_its_columns() {
    let schema = "message schema {
        optional binary eventname (STRING); optional binary eventsource (STRING);
        optional binary eventtime (STRING); optional binary requestparameters (STRING);
        optional group useridentity {
            optional binary type (STRING); optional binary arn (STRING);
        }
    }";
    let row = json!({
        "eventname": "StopLogging", "eventsource": "cloudtrail.amazonaws.com",
        "eventtime": "2026-01-05T09:00:00Z", "requestparameters": "{\"name\":\"t\"}",
        "useridentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"}
    });
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "t", writer::file(schema, &[row], 1));
    let (_, summary) = found(path.to_str().unwrap());
    assert_eq!(summary["records"]["events"], 1, "{summary}");
    assert_eq!(summary["records"]["bad"], 0);
    let output = trailgate()
        .args(["shapes", path.to_str().unwrap()])
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(
        text.contains("StopLogging of cloudtrail.amazonaws.com by arn:aws:iam"),
        "{text}"
    );
    assert!(text.contains("userIdentity.userName"), "lost: {text}");
}

#[test]
fn other_tables_are_refused_and_other_classes_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let other = writer::file(
        "message m { optional int64 price; }",
        &[json!({"price": 1})],
        1,
    );
    let other = put(folder.path(), "prices", other);
    let output = scan(&[other.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    let said = stdout(&output) + &stderr(&output);
    assert!(said.contains("TG2023"), "{said}");
    let mut rows = rows();
    rows[0]["metadata"]["product"]["name"] = "Route 53".into();
    let mixed = put(folder.path(), "mixed", writer::file(OCSF, &rows, 12));
    let (_, summary) = found(mixed.to_str().unwrap());
    assert_eq!(summary["records"]["events"], 11);
    assert_eq!(
        summary["records"]["not_cloudtrail"]["ocsf_other"], 1,
        "{summary}"
    );
}

#[test]
fn limits_hold_for_what_is_packed_in_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "lake", writer::file(OCSF, &rows(), 12));
    let output = scan(&["--max-decoded", "1KiB", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    let said = stdout(&output) + &stderr(&output);
    assert!(said.contains("--max-decoded"), "{said}");
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = writer::file(OCSF, &rows()[..2], 2);
    let (mut with_error, mut total) = (0, 0);
    for at in (4..bytes.len()).step_by(bytes.len() / 60) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x55;
        for (name, damaged) in [("flipped", flipped), ("cut", bytes[..at].to_vec())] {
            let path = put(folder.path(), name, damaged);
            let output = scan(&["--fail-on", "none", path.to_str().unwrap()]);
            let code = output.status.code();
            let said = stderr(&output);
            assert!(
                matches!(code, Some(0 | 4)),
                "{name} at {at}: {code:?} {said}"
            );
            assert!(!said.contains("panicked"), "{name} at {at}: {said}");
            assert!(name != "cut" || code == Some(4), "cut at {at}");
            with_error += usize::from(code == Some(4));
            total += 1;
        }
    }
    assert!(with_error * 2 > total, "{with_error} of {total}");
}

#[test]
fn a_compression_that_is_not_read_is_named_with_those_that_are() {
    // The writer of the other tests has none of these.
    for (file, named) in [("lz4", "LZ4"), ("brotli", "Brotli")] {
        let output = scan(&[&format!("tests/parquet/{file}.parquet")]);
        assert_eq!(output.status.code(), Some(4));
        let text = [stdout(&output), stderr(&output)].concat();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("TG2023"), "{text}");
        assert!(text.contains(&format!("compressed with {named}")), "{text}");
        assert!(text.contains("Snappy, gzip, Zstandard"), "{text}");
    }
}
