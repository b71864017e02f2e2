//! Trails where they are: digests, log files and signatures in S3, keys from
//! CloudTrail, both on loopback.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::bucket::{self, FINGERPRINT, Trail, Written};
use super::{codes, flat};
use crate::support::s3::{Asked, BUCKET, Fault, Metadata, Objects, Server, objects_of};
use crate::support::{self, gzip, put, stderr, stdout};

/// A trail that was written to the bucket of the server.
struct Bucket {
    objects: Objects,
    metadata: Metadata,
    written: Written,
}

impl Bucket {
    fn new() -> Self {
        Self::of(&Trail {
            bucket: BUCKET,
            ..Trail::default()
        })
    }

    fn of(trail: &Trail) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let written = bucket::write(folder.path(), trail);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let said = |metadata: &Value| {
            let entries = metadata.as_object().unwrap().iter();
            entries
                .map(|(name, value)| (name.clone(), text(value)))
                .collect()
        };
        let metadata = written.metadata.iter();
        Bucket {
            objects: objects_of(folder.path()),
            metadata: metadata.map(|(key, of)| (key.clone(), said(of))).collect(),
            written,
        }
    }

    fn serve(self) -> Server {
        Server::with_metadata(self.objects, self.metadata, |_| None)
    }

    /// Changes the text of an object.
    fn alter(&mut self, key: &str, from: &str, to: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = put(folder.path(), "object", &self.objects[key]);
        bucket::change(&path, |text| text.replace(from, to));
        self.objects
            .insert(key.to_owned(), std::fs::read(path).unwrap().into());
    }
}

/// Whether something is asked as CloudTrail is to be asked in a region.
pub fn is_signed_for(asked: &Asked, region: &str) -> bool {
    let authorization = asked.headers["authorization"].to_str().unwrap();
    asked.method == "POST"
        && asked.headers["x-amz-target"] == "CloudTrail_20131101.ListPublicKeys"
        && authorization.contains(&format!("/{region}/cloudtrail/aws4_request"))
}

/// What lists keys as CloudTrail does, in one region.
fn cloudtrail() -> Server {
    Server::with_faults(Objects::new(), |asked| {
        assert!(is_signed_for(asked, "eu-central-1"));
        Some(Fault::Say(bucket::public_keys(FINGERPRINT)))
    })
}

pub fn run(command: &mut Command, arguments: &[&str]) -> (i32, String) {
    let output = command.args(arguments).output().unwrap();
    let text = format!("{}{}", stdout(&output), stderr(&output));
    (output.status.code().unwrap(), text)
}

/// Verifies all of a bucket with the keys of a CloudTrail.
fn verify(server: &Server, cloudtrail: &Server, arguments: &[&str]) -> (i32, String) {
    let url = cloudtrail.url();
    let asked = ["verify", "s3://audit", "--cloudtrail-endpoint-url", &url];
    run(&mut server.command(), &[&asked, arguments].concat())
}

#[test]
fn a_bucket_is_verified_where_it_is_with_nothing_saved_beside_it() {
    let cloudtrail = cloudtrail();
    let server = Bucket::new().serve();
    let (exit, text) = verify(&server, &cloudtrail, &["--require", "signed"]);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    insta::assert_snapshot!("sound", text);
    assert_eq!(cloudtrail.asked().len(), 1);
}

#[test]
fn a_prefix_of_a_bucket_is_enough() {
    let cloudtrail = cloudtrail();
    let server = Bucket::new().serve();
    let url = cloudtrail.url();
    let address = "s3://audit/AWSLogs/111122223333/";
    let arguments = ["verify", address, "--cloudtrail-endpoint-url", &url];
    let (exit, text) = run(&mut server.command(), &arguments);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
}

#[test]
fn what_was_done_to_a_bucket_is_named() {
    type Tampering = fn(&mut Bucket);
    let cases: [(&str, Tampering, &[&str]); 6] = [
        (
            "a log file altered",
            |bucket| {
                let key = bucket.written.logs[1][0].clone();
                bucket.alter(&key, "Info", "Infa");
            },
            &["TG2110"],
        ),
        (
            "a log file removed",
            |bucket| {
                let key = bucket.written.logs[0][1].clone();
                bucket.objects.remove(&key);
            },
            &["TG2111"],
        ),
        (
            "a log file added",
            |bucket| {
                let key = bucket.written.logs[0][0].replace("0810Z", "0811Z_x");
                bucket.objects.insert(key, gzip(b"{\"Records\":[]}").into());
            },
            &["TG2112"],
        ),
        (
            "a digest altered",
            |bucket| {
                let key = bucket.written.digests[1].clone();
                bucket.alter(&key, "awsAccountId", "owsAccountId");
            },
            &["TG2103"],
        ),
        (
            "a digest removed",
            |bucket| {
                let key = bucket.written.digests[2].clone();
                bucket.objects.remove(&key);
            },
            &["TG2105"],
        ),
        (
            "the signature in the metadata altered",
            |bucket| {
                let key = bucket.written.digests[1].clone();
                let signature = bucket.metadata.get_mut(&key).unwrap();
                signature.insert("signature".to_owned(), "00".repeat(256));
            },
            &["TG2104"],
        ),
    ];
    let cloudtrail = cloudtrail();
    for (what, tampering, expected) in cases {
        let mut bucket = Bucket::new();
        tampering(&mut bucket);
        let (exit, text) = verify(&bucket.serve(), &cloudtrail, &[]);
        assert_eq!(
            (exit, codes(&text)),
            (1, expected.to_vec()),
            "{what}\n{text}"
        );
    }
}

#[test]
fn an_object_that_is_denied_is_not_verified_and_not_called_altered() {
    let bucket = Bucket::new();
    let denied = bucket.written.logs[1][0].clone();
    let server = Server::with_metadata(bucket.objects, bucket.metadata, move |asked| {
        let denies = || Fault::Answer(403, "AccessDenied", "Access Denied", vec![]);
        (asked.key == denied).then(denies)
    });
    let (exit, text) = verify(&server, &cloudtrail(), &[]);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2201"]), "{text}");
}

#[test]
fn a_digest_without_a_signature_of_its_own_is_an_unsigned_tail() {
    let mut bucket = Bucket::new();
    bucket.metadata.clear();
    let server = bucket.serve();
    let cloudtrail = cloudtrail();
    let (exit, text) = verify(&server, &cloudtrail, &[]);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert!(flat(&text).contains("1 unsigned tail"), "{text}");
    let (exit, _) = verify(&server, &cloudtrail, &["--require", "signed"]);
    assert_eq!(exit, 4);
}

/// What does not list keys for these credentials.
fn denying() -> Server {
    Server::with_faults(Objects::new(), |_| {
        let said = json!({
            "__type": "AccessDeniedException",
            "Message": "not authorized to perform: cloudtrail:ListPublicKeys",
        });
        Some(Fault::Refuse(400, said.to_string()))
    })
}

#[test]
fn without_the_permission_to_list_keys_the_chain_is_verified_by_its_hashes() {
    let server = Bucket::new().serve();
    let denying = denying();
    let (exit, text) = verify(&server, &denying, &[]);
    assert_eq!(exit, 0, "{text}");
    insta::assert_snapshot!("keys_denied", text);
    let (exit, text) = verify(&server, &denying, &["--require", "signed"]);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2118"]), "{text}");
}

#[test]
fn keys_that_were_saved_are_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let keys = put(folder.path(), "keys.json", bucket::public_keys(FINGERPRINT));
    let keys = [
        "--public-keys",
        keys.to_str().unwrap(),
        "--require",
        "signed",
    ];
    let cloudtrail = cloudtrail();
    let (exit, text) = verify(&Bucket::new().serve(), &cloudtrail, &keys);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert_eq!(cloudtrail.asked(), [""; 0]);
}

#[test]
fn beside_an_endpoint_of_its_own_cloudtrail_is_not_asked() {
    let server = Bucket::new().serve();
    let (exit, text) = run(&mut server.command(), &["verify", "s3://audit"]);
    assert_eq!((exit, codes(&text)), (0, vec!["TG2118"]), "{text}");
    assert!(flat(&text).contains("none for CloudTrail"), "{text}");
}

#[test]
fn keys_come_in_pages_and_a_busy_cloudtrail_is_asked_again() {
    let cloudtrail = Server::with_faults(Objects::new(), |asked| {
        let mut page: Value = serde_json::from_str(&bucket::public_keys(FINGERPRINT)).unwrap();
        Some(match asked.before {
            0 => Fault::Refuse(500, String::new()),
            1 => {
                page["PublicKeyList"][0]["Fingerprint"] = "another".into();
                page["NextToken"] = "more".into();
                Fault::Say(page.to_string())
            }
            _ => Fault::Say(page.to_string()),
        })
    });
    let (exit, text) = verify(
        &Bucket::new().serve(),
        &cloudtrail,
        &["--require", "signed"],
    );
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
    assert_eq!(cloudtrail.asked().len(), 3);
}

#[test]
fn a_key_that_cloudtrail_does_not_list_is_missing() {
    let other = Server::with_faults(Objects::new(), |_| {
        Some(Fault::Say(bucket::public_keys("another")))
    });
    let (exit, text) = verify(&Bucket::new().serve(), &other, &[]);
    assert_eq!((exit, codes(&text)), (4, vec!["TG2113"]), "{text}");
}

#[test]
fn what_is_no_list_of_keys_is_said_to_be_none() {
    let other = Server::with_faults(Objects::new(), |_| Some(Fault::Say("{}".to_owned())));
    let (exit, text) = verify(&Bucket::new().serve(), &other, &["--require", "signed"]);
    assert!(codes(&text).contains(&"TG2118"), "{text}");
    assert_eq!(exit, 4);
}

#[test]
fn a_bucket_is_a_copy_of_another_one_only_where_that_is_said() {
    let server = Bucket::of(&Trail::default()).serve();
    let cloudtrail = cloudtrail();
    let (exit, text) = verify(&server, &cloudtrail, &[]);
    assert_eq!(exit, 1, "{text}");
    assert!(flat(&text).contains("exit 1: 9 moved files"), "{text}");
    let root = ["--root", "s3://audit=s3://example-trail"];
    let (exit, text) = verify(&server, &cloudtrail, &root);
    assert_eq!((exit, codes(&text)), (0, vec![]), "{text}");
}

/// Scans a bucket whose log files hold one event each.
fn scan(server: &Server, cloudtrail: &Server, arguments: &[&str]) -> (i32, Value) {
    let rules = put(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        "verify-objects/rules.yaml",
        support::LEVELS,
    );
    let mut command = server.command();
    command
        .args(["scan", "s3://audit", "--no-default-rules", "--rules"])
        .arg(rules)
        .args(["--quiet", "-o", "json", "--cloudtrail-endpoint-url"])
        .arg(cloudtrail.url());
    let output = command.args(arguments).output().unwrap();
    let json = serde_json::from_str(&stdout(&output));
    let json = json.unwrap_or_else(|_| panic!("{}{}", stdout(&output), stderr(&output)));
    (output.status.code().unwrap(), json)
}

#[test]
fn a_scan_of_a_bucket_marks_what_vouches_for_each_object() {
    let cloudtrail = cloudtrail();
    let (exit, json) = scan(&Bucket::new().serve(), &cloudtrail, &["--verify"]);
    assert_eq!(exit, 0, "{json}");
    assert_eq!(
        json["summary"]["integrity"]["signed"], 5,
        "{}",
        json["summary"]
    );

    let mut bucket = Bucket::new();
    let altered = bucket.written.logs[1][0].clone();
    bucket.alter(&altered, "Info", "Critical");
    let server = bucket.serve();
    let (exit, json) = scan(&server, &cloudtrail, &["--verify"]);
    assert_eq!(exit, 1);
    let mut findings = json["findings"].as_array().unwrap().iter();
    let failed = |finding: &&Value| finding["integrity"] == "failed";
    let finding = findings.find(failed).unwrap();
    assert_eq!(finding["severity"], "critical", "{finding}");
    let (exit, json) = scan(&server, &cloudtrail, &["--verify=refuse"]);
    assert_eq!(exit, 4);
    let findings = json["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding["integrity"] == "signed")
    );
    let refused = json["diagnostics"].as_array().unwrap().iter();
    let refused: Vec<_> = refused
        .filter(|problem| problem["code"] == "TG2117")
        .collect();
    assert_eq!(refused.len(), 1);
    let place = refused[0].to_string();
    assert!(place.contains(&altered), "{place}");
}

#[test]
fn a_scan_that_cannot_have_the_keys_refuses_what_is_to_be_signed() {
    let server = Bucket::new().serve();
    let options = ["--verify=refuse", "--require", "signed"];
    let (exit, json) = scan(&server, &denying(), &options);
    assert_eq!(exit, 4);
    assert_eq!(json["summary"]["records"]["events"], 0);
    // The next digest vouches for all but what the newest one lists.
    let (exit, json) = scan(&server, &denying(), &["--verify=refuse"]);
    let integrity = &json["summary"]["integrity"];
    assert_eq!(
        (exit, &integrity["hash_chain"]),
        (4, &json!(3)),
        "{integrity}"
    );
    assert_eq!(integrity["refused"], 2, "{integrity}");
}

#[test]
fn a_night_is_judged_and_its_account_verified() {
    let cloudtrail = cloudtrail();
    let server = Bucket::new().serve();
    let night = [
        "--verify",
        "--since",
        "2026-02-05",
        "--until",
        "2026-02-06",
        "--allow-empty",
    ];
    let (exit, json) = scan(&server, &cloudtrail, &night);
    assert_eq!(
        (exit, &json["summary"]["inputs"]["read"]),
        (0, &json!(0)),
        "{json}"
    );
}

#[test]
fn what_could_not_be_listed_is_not_said_to_be_missing() {
    let bucket = Bucket::new();
    let server = Server::with_metadata(bucket.objects, bucket.metadata, |asked| {
        (asked.key.is_empty() && asked.query.contains("%2FCloudTrail%2F"))
            .then(|| Fault::Answer(403, "AccessDenied", "Access Denied", vec![]))
    });
    let cloudtrail = cloudtrail();
    let (exit, text) = run(
        server
            .command()
            .env("AWS_ENDPOINT_URL_CLOUDTRAIL", cloudtrail.url()),
        &["verify", &format!("s3://{BUCKET}")],
    );
    assert_eq!(exit, 4, "{text}");
    assert!(text.contains("TG2201"), "{text}");
    assert!(text.contains("/CloudTrail/"), "{text}");
    assert!(!text.contains("TG2111"), "{text}");
}
