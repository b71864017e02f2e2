//! Objects give what files give, in full or with a word on what is missing.

use super::bucket::{large, one_object, tree};
use super::{ONE, is_get, json, scan};
use crate::support::s3::{Asked, BUCKET, Fault, Objects, Server};
use crate::support::{put, stderr, stdout, trailgate};

#[test]
fn a_bucket_gives_the_findings_of_the_same_tree_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let server = Server::start(tree(root));
    let disk = scan(&mut trailgate(), &[root.to_str().unwrap()]);
    let remote = scan(&mut server.command(), &[&format!("s3://{BUCKET}")]);
    let disk = stdout(&disk).replace(root.to_str().unwrap(), &format!("s3://{BUCKET}"));
    assert!(json(&remote)["summary"]["findings"]["total"].as_u64() > Some(0));
    assert!(stdout(&remote) == disk, "the findings differ");
}

#[test]
fn jobs_do_not_change_what_a_bucket_gives() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(tree(folder.path()));
    let address = format!("s3://{BUCKET}/AWSLogs/");
    let one = scan(&mut server.command(), &[&address, "--jobs", "1"]);
    for jobs in ["2", "7"] {
        let more = scan(&mut server.command(), &[&address, "--jobs", jobs]);
        assert!(
            stdout(&more) == stdout(&one),
            "{jobs} jobs find something else"
        );
    }
}

#[test]
fn a_body_that_breaks_off_is_read_on_from_there() {
    let server = Server::with_faults(one_object(), |asked| {
        (is_get(asked) && asked.before == 0 && !asked.headers.contains_key("range"))
            .then_some(Fault::Cut(40))
    });
    let whole = scan(&mut Server::start(one_object()).command(), &[ONE]);
    let cut = scan(&mut server.command(), &[ONE]);
    assert_eq!(stdout(&cut), stdout(&whole));
    assert_eq!(json(&cut)["summary"]["records"]["events"], 3);
    let gets: Vec<String> = server
        .asked()
        .into_iter()
        .filter(|a| a.starts_with("GET"))
        .collect();
    let last = &gets[gets.len() - 1];
    assert!(last.starts_with("GET logs/a.json.gz bytes=40-"), "{gets:?}");
}

/// Where the range that is asked for begins.
fn first_byte(asked: &Asked) -> Option<u64> {
    let range = asked.headers.get("range")?.to_str().ok()?;
    let first = range.strip_prefix("bytes=")?.split('-').next()?;
    first.parse().ok()
}

#[test]
fn a_large_object_is_read_in_ranges_and_gives_what_the_file_gives() {
    let folder = tempfile::tempdir().unwrap();
    let text = large();
    assert!(text.len() > 8 << 20);
    let path = put(folder.path(), "large.jsonl", &text);
    let objects: Objects = [("large.jsonl".to_owned(), text.into())].into();
    let disk = scan(&mut trailgate(), &[path.to_str().unwrap()]);
    let disk = stdout(&disk).replace(folder.path().to_str().unwrap(), "s3://audit");
    // Each range breaks off once.
    let server = Server::with_faults(objects, |asked| {
        first_byte(asked)?
            .is_multiple_of(4 << 20)
            .then_some(Fault::Cut(1_000_000))
    });
    let remote = scan(&mut server.command(), &["s3://audit/large.jsonl"]);
    assert!(stdout(&remote) == disk, "{}", stderr(&remote));
}

#[test]
fn an_object_that_breaks_off_is_read_as_a_file_that_ends_there_and_is_not_complete() {
    let text = large();
    for at in [0, 1] {
        let objects: Objects = [("large.jsonl".to_owned(), text.clone().into())].into();
        let server = Server::with_faults(objects, move |asked| {
            (first_byte(asked)? >= at * (4 << 20)).then_some(Fault::Cut(0))
        });
        let output = scan(&mut server.command(), &["s3://audit/large.jsonl"]);
        let json = json(&output);
        assert_eq!(json["summary"]["inputs"]["failed"], 1);
        assert_eq!(json["findings"].as_array().unwrap().len() as u64, at);
        let codes: Vec<_> = json["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["code"].clone())
            .collect();
        assert!(codes.contains(&"TG2210".into()), "{codes:?}");
        assert_eq!(output.status.code(), Some(4));
    }
}

#[test]
fn an_object_that_was_changed_since_it_was_listed_is_not_read() {
    let text = large();
    let objects: Objects = [("large.jsonl".to_owned(), text.into())].into();
    let server = Server::with_faults(objects, |asked| {
        let range = asked.headers.get("range")?.to_str().ok()?;
        assert!(asked.headers.contains_key("if-match"));
        (!range.starts_with("bytes=0-"))
            .then(|| Fault::Answer(412, "PreconditionFailed", "it is another", vec![]))
    });
    let output = scan(&mut server.command(), &["s3://audit/large.jsonl"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stdout(&output).contains("TG2211"));
}

#[test]
fn keys_of_any_characters_are_asked_for_once() {
    let bytes = one_object()["logs/a.json.gz"].clone();
    let keys = [
        "logs/a b+c%2F=&?#.json.gz",
        "logs/ä/日本.json.gz",
        "logs//~'(*)!.json.gz",
    ];
    let objects: Objects = keys.map(|key| (key.to_owned(), bytes.clone())).into();
    let server = Server::start(objects);
    let output = scan(&mut server.command(), &["s3://audit/"]);
    let summary = &json(&output)["summary"];
    assert_eq!(summary["inputs"]["read"], 3, "{}", stdout(&output));
    let gets = server.asked();
    let gets = gets.iter().filter(|asked| asked.starts_with("GET"));
    assert_eq!(gets.count(), 3, "{:?}", server.asked());
}

#[test]
fn a_store_that_takes_only_what_the_sdk_asks_is_left_to_the_sdk() {
    let bytes = one_object()["logs/a.json.gz"].clone();
    let objects: Objects = (0..200)
        .map(|number| (format!("logs/{number:03}.json.gz"), bytes.clone()))
        .collect();
    let server = Server::with_faults(objects, |asked| {
        (!asked.headers.contains_key("user-agent"))
            .then(|| Fault::Answer(403, "AccessDenied", "who are you?", vec![]))
    });
    let output = scan(&mut server.command(), &["s3://audit/logs/"]);
    let summary = &json(&output)["summary"];
    assert_eq!(summary["inputs"]["read"], 200);
    // No more than were on their way before the first one came.
    let gets = server.asked();
    let gets = gets.iter().filter(|asked| asked.starts_with("GET")).count();
    assert!((201..400).contains(&gets), "{gets}");
}

#[test]
fn one_attempt_is_one_request() {
    let server = Server::with_faults(one_object(), |asked| {
        is_get(asked).then(|| Fault::Answer(503, "SlowDown", "", vec![]))
    });
    let mut command = server.command();
    let output = scan(command.env("AWS_MAX_ATTEMPTS", "1"), &[ONE]);
    assert_eq!(output.status.code(), Some(4));
    let gets = server.asked();
    assert_eq!(
        gets.iter().filter(|asked| asked.starts_with("GET")).count(),
        1
    );
}
