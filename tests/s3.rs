//! Scans of objects in S3, against a server on loopback.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/s3.rs"]
mod server;
mod support;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use server::{Asked, BUCKET, Fault, Objects, Server, alone, objects_of};
use support::{event, gzip, lines, put, records, said, stderr, stdout, trailgate};
use trailgate::diagnostic::Code;

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";

/// A log file of some events that CloudTrail would deliver on that day.
fn log(
    folder: &Path,
    account: &str,
    region: &str,
    day: &str,
    events: std::ops::Range<u64>,
) -> String {
    let events: Vec<_> = events
        .map(|number| {
            let mut event = event("Critical", number);
            event["recipientAccountId"] = account.into();
            event["awsRegion"] = region.into();
            event["eventTime"] =
                format!("{}T{:02}:00:00Z", day.replace('/', "-"), number % 24).into();
            event["eventID"] = format!("{account}-{region}-{day}-{number}").into();
            event
        })
        .collect();
    let key = format!(
        "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{}.json.gz",
        events.len()
    );
    put(folder, &key, gzip(records(&events).as_bytes()));
    key
}

/// A bucket's tree: two accounts, two regions, four days, and what else is there.
fn tree(folder: &Path) -> Objects {
    for account in [ACCOUNT, OTHER] {
        for region in ["eu-central-1", "us-east-1"] {
            for day in ["2026/11/19", "2026/11/20", "2026/11/21", "2026/11/22"] {
                log(folder, account, region, day, 0..24);
            }
        }
        let digests = format!("AWSLogs/{account}/CloudTrail-Digest/eu-central-1/2026/11/20");
        put(
            folder,
            &format!("{digests}/{account}_CloudTrail-Digest_a.json.gz"),
            gzip(b"{}"),
        );
    }
    put(folder, "AWSLogs/.hidden.json", "no JSON");
    objects_of(folder)
}

/// One file for all, which findings name.
static RULES: LazyLock<PathBuf> = LazyLock::new(|| {
    put(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        "s3/rules.yaml",
        support::LEVELS,
    )
});

/// Runs a scan with the rules of each severity, as JSON.
fn scan(command: &mut std::process::Command, arguments: &[&str]) -> Output {
    command
        .args([
            "scan",
            "--no-default-rules",
            "--quiet",
            "-o",
            "json",
            "--rules",
        ])
        .arg(&*RULES)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|_| panic!("{}{}", stdout(output), stderr(output)))
}

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

/// A bucket with one log file of three events.
fn one_object() -> Objects {
    let events = [1, 2, 3].map(|number| event("Critical", number));
    let bytes = gzip(records(&events).as_bytes());
    [("logs/a.json.gz".to_owned(), bytes.into())].into()
}

const ONE: &str = "s3://audit/logs/a.json.gz";

fn is_get(asked: &Asked) -> bool {
    !asked.key.is_empty()
}

/// What S3 answers, wherever the condition holds.
fn refuse(
    when: fn(&Asked) -> bool,
    status: u16,
    code: &'static str,
    message: &'static str,
) -> Server {
    Server::with_faults(one_object(), move |asked| {
        when(asked).then(|| Fault::Answer(status, code, message, vec![]))
    })
}

#[test]
fn every_problem_with_s3_is_drawn_as_its_snapshot() {
    let any: fn(&Asked) -> bool = |_| true;
    let text = |server: &Server, change: fn(&mut std::process::Command)| {
        let mut command = server.command();
        change(&mut command);
        command.args(["scan", ONE]).output().unwrap()
    };
    let same: fn(&mut std::process::Command) = |_| ();
    let cases = [
        (
            Code::S3Denied,
            "list",
            refuse(any, 403, "AccessDenied", "Access Denied"),
            same,
        ),
        (
            Code::S3Denied,
            "get",
            refuse(is_get, 403, "AccessDenied", "Access Denied"),
            same,
        ),
        (
            Code::S3NoBucket,
            "",
            refuse(
                any,
                404,
                "NoSuchBucket",
                "The specified bucket does not exist",
            ),
            same,
        ),
        (
            Code::S3WrongRegion,
            "",
            refuse(
                any,
                301,
                "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified endpoint.",
            ),
            same,
        ),
        (
            Code::S3NoCredentials,
            "",
            Server::start(one_object()),
            |command| {
                command.env_remove("AWS_ACCESS_KEY_ID");
            },
        ),
        (
            Code::S3BadCredentials,
            "secret",
            Server::start(one_object()),
            |command| {
                command.env("AWS_SECRET_ACCESS_KEY", "another");
            },
        ),
        (
            Code::S3BadCredentials,
            "expired",
            refuse(any, 400, "ExpiredToken", "The provided token has expired."),
            same,
        ),
        (
            Code::S3KeyDenied,
            "",
            refuse(
                is_get,
                403,
                "AccessDenied",
                "User is not authorized to perform: kms:Decrypt on the resource",
            ),
            same,
        ),
        (
            Code::S3Archived,
            "",
            refuse(
                is_get,
                403,
                "InvalidObjectState",
                "The operation is not valid for the object's storage class",
            ),
            same,
        ),
        (
            Code::S3Unreachable,
            "",
            Server::start(one_object()),
            |command| {
                command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
            },
        ),
        (
            Code::S3Busy,
            "",
            refuse(is_get, 503, "SlowDown", "Please reduce your request rate."),
            same,
        ),
        (
            Code::S3Interrupted,
            "",
            Server::with_faults(one_object(), |asked| is_get(asked).then_some(Fault::Cut(0))),
            same,
        ),
        (
            Code::S3Changed,
            "",
            refuse(
                is_get,
                412,
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
            ),
            same,
        ),
        (
            Code::S3Refused,
            "",
            refuse(is_get, 400, "InvalidRequest", "This is no way to ask."),
            same,
        ),
    ];
    for code in Code::ALL
        .iter()
        .filter(|code| code.as_str().starts_with("TG22"))
    {
        assert!(
            cases.iter().any(|case| case.0 == *code),
            "{code} has no case"
        );
    }
    for (code, which, server, change) in cases {
        let output = text(&server, change);
        let texts = [stdout(&output), stderr(&output)];
        let said = texts.iter().find_map(|text| said(text, code));
        let shown = format!(
            "$ trailgate scan {ONE}\n{}\nexit code {}",
            said.unwrap_or_else(|| panic!("{code} is not said:\n{}", texts.concat())),
            output.status.code().unwrap(),
        );
        insta::assert_snapshot!(format!("{code}{which}"), shown);
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

#[test]
fn a_busy_server_is_asked_again() {
    let server = Server::with_faults(one_object(), |asked| {
        (asked.before == 0).then(|| Fault::Answer(503, "SlowDown", "", vec![]))
    });
    let output = scan(&mut server.command(), &[ONE]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
    assert_eq!(json(&output)["diagnostics"], serde_json::json!([]));
}

#[test]
fn a_bucket_in_another_region_is_followed_to_it() {
    let server = Server::with_faults(one_object(), |asked| {
        let authorization = asked.headers["authorization"].to_str().unwrap();
        let there = vec![("x-amz-bucket-region", "eu-west-1")];
        (!authorization.contains("/eu-west-1/")).then_some(Fault::Answer(
            400,
            "AuthorizationHeaderMalformed",
            "wrong region",
            there,
        ))
    });
    let output = scan(&mut server.command(), &[ONE]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn who_pays_for_requests_says_so() {
    let server = Server::with_faults(one_object(), |asked| {
        (!asked.headers.contains_key("x-amz-request-payer"))
            .then(|| Fault::Answer(403, "AccessDenied", "Access Denied", vec![]))
    });
    assert_eq!(scan(&mut server.command(), &[ONE]).status.code(), Some(4));
    let output = scan(&mut server.command(), &[ONE, "--requester-pays"]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn credentials_and_region_come_from_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let config = put(
        folder.path(),
        "config",
        "[default]\nregion = us-east-1\n[profile audit]\nregion = eu-west-1\nsource_profile = x\n",
    );
    let credentials = put(
        folder.path(),
        "credentials",
        format!(
            "[audit]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            server::ACCESS_KEY,
            server::SECRET_KEY
        ),
    );
    let server = Server::with_faults(one_object(), |asked| {
        let authorization = asked.headers["authorization"].to_str().unwrap();
        (!authorization.contains("/eu-west-1/"))
            .then(|| Fault::Answer(400, "AuthorizationHeaderMalformed", "wrong region", vec![]))
    });
    let mut command = alone();
    command
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_SHARED_CREDENTIALS_FILE", credentials);
    let output = scan(
        &mut command,
        &[ONE, "--profile", "audit", "--endpoint-url", &server.url()],
    );
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

#[test]
fn credentials_come_from_the_role_of_an_instance() {
    let metadata = Server::with_faults(Objects::new(), |asked| {
        let role = serde_json::json!({
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": server::ACCESS_KEY,
            "SecretAccessKey": server::SECRET_KEY,
            "Token": "token",
            "LastUpdated": "2026-01-01T00:00:00Z",
            "Expiration": "2126-01-01T00:00:00Z",
        });
        Some(Fault::Say(match asked.key.as_str() {
            "latest/api/token" => "token".to_owned(),
            key if key.ends_with("/audit-role") => role.to_string(),
            _ => "audit-role".to_owned(),
        }))
    });
    let server = Server::start(one_object());
    let mut command = alone();
    command
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ENDPOINT_URL_S3", server.url());
    let output = scan(&mut command, &[ONE]);
    assert_eq!(json(&output)["summary"]["records"]["events"], 3);
}

/// Where the range that is asked for begins.
fn first_byte(asked: &Asked) -> Option<u64> {
    let range = asked.headers.get("range")?.to_str().ok()?;
    let first = range.strip_prefix("bytes=")?.split('-').next()?;
    first.parse().ok()
}

/// JSON Lines of more than 8 MiB, which are read in ranges.
fn large() -> String {
    let mut events: Vec<_> = (0..20_000).map(|number| event("Nothing", number)).collect();
    for at in [0, 10_000, 19_999] {
        events[at]["eventName"] = "Critical".into();
    }
    lines(&events)
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
