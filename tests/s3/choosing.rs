//! Which objects are listed and read, and what is left out.

use super::bucket::{ACCOUNT, OTHER, log, one_object, tree};
use super::{json, scan};
use crate::support::s3::{BUCKET, Server, objects_of};
use crate::support::{put, stdout, trailgate};

#[test]
fn a_nights_run_lists_and_reads_only_its_days() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(tree(folder.path()));
    let output = scan(
        &mut server.command(),
        &[
            &format!("s3://{BUCKET}"),
            "--since",
            "24h",
            "--until",
            "2026-11-21T00:00:00Z",
            "--now",
            "2026-11-21T06:00:00Z",
            "--delivery-margin",
            "2h",
            "--account",
            ACCOUNT,
            "--region",
            "eu-central-1",
        ],
    );
    let summary = &json(&output)["summary"];
    assert_eq!(summary["records"]["events"], 18);
    assert_eq!(summary["records"]["outside"], 30);
    assert_eq!(summary["asked"]["since"], "2026-11-20T06:00:00Z");
    assert_eq!(summary["asked"]["delivery_margin"], 7200);
    insta::assert_snapshot!(server.asked().join("\n"));
}

#[test]
fn what_was_pruned_is_what_would_have_been_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let server = Server::start(tree(root));
    for asked in [
        &["--since", "2026-11-20T12:00:00Z"][..],
        &["--until", "2026-11-20T12:00:00Z"],
        &["--region", "us-east-1"],
        &[
            "--account",
            OTHER,
            "--since",
            "2026-11-21",
            "--until",
            "2026-11-22",
        ],
    ] {
        let disk = scan(
            trailgate().args([] as [&str; 0]),
            &[&[root.to_str().unwrap()], asked].concat(),
        );
        let remote = scan(
            &mut server.command(),
            &[&[&*format!("s3://{BUCKET}/AWSLogs/")], asked].concat(),
        );
        let (disk, remote) = (json(&disk), json(&remote));
        let count = |json: &serde_json::Value| json["summary"]["findings"].clone();
        assert_eq!(count(&remote), count(&disk));
        let fewer = |json: &serde_json::Value| json["summary"]["inputs"]["read"].as_u64();
        assert!(fewer(&remote) < fewer(&disk));
    }
}

#[test]
fn nothing_to_read_is_no_clean_run() {
    let server = Server::start(one_object());
    for arguments in [
        &["s3://audit/lgos/"][..],
        &["s3://audit/logs/a.json"],
        &["s3://audit/logs/a.json.gz", "--since", "2027-01-01"],
        &["s3://"],
    ] {
        let output = scan(&mut server.command(), arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
    }
    let output = scan(&mut server.command(), &["s3://audit/lo*"]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn folders_of_other_services_are_counted_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let key = log(folder.path(), ACCOUNT, "eu-central-1", "2026/11/20", 0..2);
    let flow = format!("AWSLogs/{ACCOUNT}/vpcflowlogs/eu-central-1/2026/11/20/a.log");
    put(folder.path(), &flow, "2 111122223333 eni-1 REJECT");
    let server = Server::start(objects_of(folder.path()));
    let output = scan(&mut server.command(), &["s3://audit/"]);
    let summary = &json(&output)["summary"];
    assert_eq!(summary["skipped"]["other_service"], 1);
    assert_eq!(summary["records"]["events"], 2);
    let gets = server
        .asked()
        .into_iter()
        .filter(|asked| asked.starts_with("GET"));
    assert_eq!(gets.collect::<Vec<_>>(), [format!("GET {key}")]);
    // What is named is read.
    let output = scan(&mut server.command(), &[&format!("s3://audit/{flow}")]);
    assert_eq!(json(&output)["summary"]["inputs"]["failed"], 1);
}

#[test]
fn the_summary_says_which_events_were_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(tree(folder.path()));
    let asked = ["--since", "2026-11-20", "--until", "2026-11-20T12:00:00Z"];
    let output = server
        .command()
        .args([
            "scan",
            "--fail-on",
            "none",
            "s3://audit",
            "--region",
            "us-east-1",
        ])
        .args(asked)
        .output()
        .unwrap();
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn objects_beside_a_prefix_without_a_slash_are_chosen_by_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    log(folder.path(), ACCOUNT, "eu-central-1", "2026/11/20", 0..2);
    log(folder.path(), ACCOUNT, "eu-central-1", "2026/11/21", 0..2);
    put(
        folder.path(),
        "AWSLogs/111122223333/Config/a.json",
        "no JSON",
    );
    let server = Server::start(objects_of(folder.path()));
    let output = scan(
        &mut server.command(),
        &["s3://audit/AWS*", "--since", "2026-11-21"],
    );
    let summary = &json(&output)["summary"];
    assert_eq!(summary["inputs"]["read"], 1);
    assert_eq!(summary["skipped"]["other_service"], 1);
    assert_eq!(summary["records"]["events"], 2);
}
