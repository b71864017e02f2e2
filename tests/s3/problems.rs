//! Every problem with S3, as people see it.

use super::bucket::{ACCOUNT, OTHER, one_object, tree};
use super::{ONE, is_get, json, scan};
use crate::support::s3::{Asked, Fault, Server};
use crate::support::{event, gzip, records, said, stderr, stdout};
use trailgate::diagnostic::Code;

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
        command.args(["scan", ONE]);
        change(&mut command);
        command.output().unwrap()
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
        (
            Code::S3NoProfile,
            "",
            Server::start(one_object()),
            |command| {
                command.args(["--profile", "audit"]);
            },
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
fn a_folder_that_cannot_be_listed_is_named_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with_faults(tree(folder.path()), |asked| {
        (!is_get(asked) && asked.query.contains(OTHER))
            .then(|| Fault::Answer(403, "AccessDenied", "Access Denied", vec![]))
    });
    let output = scan(&mut server.command(), &["s3://audit"]);
    assert_eq!(output.status.code(), Some(4));
    let json = json(&output);
    // Two regions, four days, 24 events each.
    assert_eq!(json["summary"]["records"]["events"], 192);
    let said = json["diagnostics"].as_array().unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["code"], "TG2201");
    assert_eq!(said[0]["place"], format!("s3://audit/AWSLogs/{OTHER}/"));
    let got = server.asked();
    assert!(
        got.iter()
            .filter(|asked| asked.starts_with("GET"))
            .all(|asked| asked.contains(ACCOUNT))
    );
}

#[test]
fn of_a_folder_whose_list_breaks_off_nothing_is_read() {
    let log = |number| gzip(records(&[event("Critical", number)]).as_bytes());
    let mut objects: std::collections::BTreeMap<_, _> = (0..1001)
        .map(|number| (format!("broken/{number:04}.json.gz"), log(number).into()))
        .collect();
    objects.insert("sound/a.json.gz".to_owned(), log(2000).into());
    let server = Server::with_faults(objects, |asked| {
        (!is_get(asked) && asked.query.contains("continuation-token"))
            .then(|| Fault::Answer(500, "InternalError", "We failed.", vec![]))
    });
    let output = scan(&mut server.command(), &["s3://audit"]);
    assert_eq!(output.status.code(), Some(4));
    let json = json(&output);
    assert_eq!(json["summary"]["records"]["events"], 1);
    let said = &json["diagnostics"];
    assert_eq!(said[0]["code"], "TG2209");
    assert_eq!(said[0]["place"], "s3://audit/broken/");
    assert_eq!(said.as_array().unwrap().len(), 1, "{said}");
}
