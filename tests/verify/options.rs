//! Options: roots, outputs, levels, and files that are something else.

use std::fs;

use serde_json::Value;

use super::bucket::{self, Trail};
use super::{ALL, codes, flat, verify};
use crate::support::{gzip, names, of_type, put};

#[test]
fn a_copy_may_begin_at_any_folder_of_the_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Trail {
        prefix: "team/logs/",
        ..Trail::default()
    };
    bucket::copy(folder.path(), &trail);
    let export = folder.path().join("export");
    fs::rename(
        export.join("team/logs/AWSLogs/111122223333"),
        folder.path().join("account"),
    )
    .unwrap();
    let arguments = [&["account"], &ALL[1..]].concat();
    let (exit, text) = verify(folder.path(), &arguments);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    let (exit, text) = verify(&folder.path().join("account"), &["."]);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    let absolute = folder.path().join("account");
    let (exit, text) = verify(folder.path(), &[absolute.to_str().unwrap()]);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");

    let root = |place: &str| {
        let root = format!("account=s3://{place}");
        verify(
            folder.path(),
            &[&arguments[..], &["--root", &root]].concat(),
        )
    };
    let (exit, text) = root("example-trail/team/logs/AWSLogs/111122223333");
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    // Said to be a copy of something else, everything was moved.
    let (exit, text) = root("example-trail/team/logs/AWSLogs/444455556666");
    assert_eq!(exit, 1, "{text}");
    assert!(
        flat(&text).contains("4 moved files") || flat(&text).contains("9 moved files"),
        "{text}"
    );
}

#[test]
fn tools_get_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let written = bucket::copy(folder.path(), &Trail::default());
    let export = folder.path().join("export");
    fs::remove_file(export.join(&written.logs[1][0])).unwrap();
    let outputs = ["-o", "json", "-o", "jsonl=out.jsonl", "-o", "text=out.txt"];
    let (exit, text) = verify(folder.path(), &[ALL, &outputs].concat());
    assert_eq!(exit, 1);
    let (report, note) = text.split_at(text.rfind('}').unwrap() + 1);
    assert_eq!(note.trim(), "trailgate: exit 1: 1 missing file");
    insta::assert_snapshot!("json", report);
    let lines = fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    for (kind, list) in [("chain", "chains"), ("diagnostic", "diagnostics")] {
        let mut of_kind = of_type(&lines, kind);
        for line in &mut of_kind {
            assert_eq!(line["schema"], "trailgate-verify/1");
            let line = line.as_object_mut().unwrap();
            line.remove("schema");
            line.remove("type");
        }
        assert_eq!(Value::Array(of_kind), report[list], "{kind}");
    }
    assert_eq!(of_type(&lines, "summary").len(), 1);
    let shown = fs::read_to_string(folder.path().join("out.txt")).unwrap();
    assert!(
        shown.contains("Verdict     exit 1: 1 missing file"),
        "{shown}"
    );
}

#[test]
fn the_report_fits_its_published_schema() {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let written = bucket::copy(folder.path(), &Trail::default());
    for broken in [false, true] {
        if broken {
            let export = folder.path().join("export");
            fs::remove_file(export.join(&written.digests[1])).unwrap();
        }
        for format in ["json", "jsonl"] {
            let output = format!("{format}=out");
            verify(folder.path(), &[ALL, &["-q", "-o", &output]].concat());
            let text = fs::read_to_string(folder.path().join("out")).unwrap();
            let objects: Vec<Value> = serde_json::Deserializer::from_str(&text)
                .into_iter()
                .map(Result::unwrap)
                .collect();
            assert!(!objects.is_empty());
            for object in objects {
                let problems: Vec<_> = schema.iter_errors(&object).map(|e| e.to_string()).collect();
                assert!(problems.is_empty(), "{problems:?}\n{object:#}");
            }
        }
    }
}

#[test]
fn a_tree_without_a_digest_says_so() {
    let folder = tempfile::tempdir().unwrap();
    put(
        folder.path(),
        &format!("export/{}", bucket::log_key(&Trail::default(), 8, 10)),
        "",
    );
    let (exit, text) = verify(folder.path(), &["export"]);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2101"]), "{text}");
    fs::create_dir(folder.path().join("empty")).unwrap();
    let (exit, text) = verify(folder.path(), &["empty"]);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2101"]), "{text}");
    let (exit, text) = verify(folder.path(), &["nowhere"]);
    assert_eq!(exit, 4, "{text}");
    assert!(flat(&text).contains("TG2005"), "{text}");
}

#[test]
fn keys_and_metadata_that_are_something_else_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    let good = bucket::public_keys(bucket::FINGERPRINT);
    let bad_key = good.replacen("\"Value\":\"MII", "\"Value\":\"!II", 1);
    let cut_key = good.replacen("\"Value\":\"MIIB", "\"Value\":\"MIIA", 1);
    let empty = "{\"PublicKeyList\":[]}".to_owned();
    for keys in [bad_key, cut_key, empty, "[]".to_owned(), String::new()] {
        put(folder.path(), "bad.json", &keys);
        let (exit, text) = verify(folder.path(), &["export", "--public-keys", "bad.json"]);
        assert_eq!((exit, codes(&text)), (2, vec!["TG2115"]), "{keys}\n{text}");
    }
    for metadata in ["[]", "{\"key\": 1}", ""] {
        put(folder.path(), "bad.json", metadata);
        let (exit, text) = verify(folder.path(), &["export", "--object-metadata", "bad.json"]);
        assert_eq!(
            (exit, codes(&text)),
            (2, vec!["TG2115"]),
            "{metadata}\n{text}"
        );
    }
    let (exit, text) = verify(folder.path(), &["export", "--public-keys", "gone.json"]);
    assert_eq!((exit, codes(&text)), (2, vec!["TG2115"]), "{text}");
    for wrong in [
        ["--root", "export"],
        ["--root", "=s3://b"],
        ["--require", "yes"],
        ["-o", "sarif"],
    ] {
        let (exit, _) = verify(folder.path(), &[&["export"], &wrong[..]].concat());
        assert_eq!(exit, 2, "{wrong:?}");
    }
}

#[test]
fn metadata_may_be_what_head_object_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut metadata = bucket::copy(folder.path(), &Trail::default()).metadata;
    for object in metadata.values_mut() {
        *object = serde_json::json!({"ContentLength": 1, "Metadata": object.take()});
    }
    bucket::save_metadata(folder.path(), &metadata);
    let (exit, text) = verify(folder.path(), &[ALL, &["--require", "signed"]].concat());
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
}

#[test]
fn an_output_that_cannot_be_written_is_wrong_usage_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    bucket::copy(folder.path(), &Trail::default());
    let (exit, text) = verify(folder.path(), &[ALL, &["-o", "json=nowhere/out"]].concat());
    assert_eq!(exit, 2, "{text}");
    assert_eq!(
        names(folder.path()),
        ["export", "keys.json", "metadata.json"]
    );
}

#[test]
fn what_is_not_looked_at_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    // A folder of this name above the copy makes no log files of what is beside it.
    let above = folder.path().join("CloudTrail");
    bucket::copy(&above, &Trail::default());
    put(&above, "export/.hidden/a.json.gz", "");
    let path = above.to_str().unwrap();
    let (exit, text) = verify(folder.path(), &[path]);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    let said = flat(&text);
    let before = "2 other files, neither digests nor logs of events: ";
    let (_, named) = said.split_once(before).unwrap_or_else(|| panic!("{text}"));
    assert!(named.contains("keys.json, "), "{text}");
    assert!(
        named.contains("metadata.json; 1 hidden or special file"),
        "{text}"
    );
}

#[test]
fn standard_input_is_no_copy() {
    let (exit, text) = verify(std::env::temp_dir().as_path(), &["-"]);
    assert_eq!(exit, 2, "{text}");
    assert!(text.contains("TG3001"), "{text}");
}

#[test]
fn a_bucket_in_an_archive_is_to_be_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    bucket::copy(folder.path(), &Trail::default());
    tar.append_dir_all("export", folder.path().join("export"))
        .unwrap();
    put(
        folder.path(),
        "bucket.tar.gz",
        gzip(&tar.into_inner().unwrap()),
    );
    let (exit, text) = verify(folder.path(), &["bucket.tar.gz"]);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2101"]), "{text}");
    assert!(flat(&text).contains("bucket.tar.gz is an archive: unpack it"));
}
