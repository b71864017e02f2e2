//! No output of a run holds a credential that an event held, wherever it stood.

use std::path::Path;

use crate::support::{self, event, lines, put, trailgate};
use serde_json::{Value, json};

/// Made up, in the forms of real ones. Put together here, so that tools that
/// look for secrets in sources find none.
fn secrets() -> Vec<(&'static str, String)> {
    let of = |parts: &[&str]| parts.concat();
    vec![
        (
            "secret access key",
            of(&["wJalrXUtnFEMI/", "K7MDENG+bPxRfiCY", "zR4q8LmT2v"]),
        ),
        (
            "session token",
            of(&[
                "IQoJ",
                "b3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQDx",
                "7Zq0h3R9nYpB2kLw5vTtMsXcA1dFgHjKlPoIuYtReWqAz==",
            ]),
        ),
        (
            "GitHub token",
            of(&["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"]),
        ),
        (
            "Slack token",
            of(&["xo", "xb-2444533411-2444533412-a8Kd93mZqP0vLx7RtYbN"]),
        ),
        (
            "JSON web token",
            of(&[
                "eyJ",
                "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.",
                "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            ]),
        ),
        (
            "private key",
            of(&[
                "-----BEGIN RSA PRIV",
                "ATE KEY-----\nMIIEowIBAAKCAQEA7bq0vQ2Xc9\nq8Zp\n-----END RSA PRIVATE KEY-----",
            ]),
        ),
    ]
}

/// A password has no form of its own: it is known by where it stands.
const PASSWORD: &str = "Tr0ub4dor-and-Horse";

/// Events in which a secret stands in every kind of place.
fn planted(secret: &str, number: u64) -> Value {
    let mut event = event("Leak", number);
    let inner = json!({"auth": {"note": format!("uses {secret}"), "list": [secret]}}).to_string();
    event["userAgent"] = json!(format!("tool/1.0 ({secret})"));
    event["errorCode"] = json!("ClientException");
    event["errorMessage"] = json!(format!("rejected: {secret} is not known"));
    event["sourceIPAddress"] = json!(secret);
    event["userIdentity"]["userName"] = json!(secret);
    event["requestParameters"] = json!({
        "name": secret,
        "command": format!("export KEY={secret}; run"),
        "list": ["a", secret, {"deep": {"deeper": [secret]}}],
        "document": inner,
        "encoded": inner.replace('"', "%22").replace('{', "%7B"),
    });
    event["responseElements"] = json!({"credentials": {"sessionToken": secret, "note": secret}});
    event["additionalEventData"] = json!({"header": format!("Authorization: Bearer {secret}")});
    event["serviceEventDetails"] = json!({"state": secret});
    event
}

fn with_password(number: u64) -> Value {
    let mut event = event("Leak", number);
    event["errorMessage"] = json!(format!("login failed: password={PASSWORD}"));
    event["userAgent"] = json!(format!(
        "psql postgres://admin:{PASSWORD}@db.example.com/app"
    ));
    event["requestParameters"] = json!({
        "masterUserPassword": PASSWORD,
        "environmentVariables": [{"name": "DB_PASSWORD", "value": PASSWORD, "type": "PLAINTEXT"}],
        "tags": [{"Key": "api_key", "Value": PASSWORD}],
        "command": format!("mysql --password {PASSWORD} -u root"),
        "document": json!({"users": [{"name": "a", "password": PASSWORD}]}).to_string(),
        "variables": {"SECRET_TOKEN": PASSWORD},
        "name": "db",
    });
    event["responseElements"] = json!({"loginProfile": {"newPassword": PASSWORD}});
    event
}

/// A rule whose evidence, message and key are every field that holds one.
const RULE: &str = r#"
id: leak
title: Leak
severity: high
match:
  eventName: Leak
  userAgent: {exists: true}
  any:
    - errorMessage: {exists: true}
    - sourceIPAddress: {exists: true}
  requestParameters: {exists: true}
  requestParameters.name: {exists: true}
  requestParameters.document: {json: {any: [{auth.note: {exists: true}}, {users: {any_element: {name: a}}}]}}
  responseElements: {exists: true}
message: "{userIdentity.userName} {userAgent} {errorMessage} {requestParameters} {requestParameters.command} {requestParameters.document} {responseElements} {additionalEventData.header} {serviceEventDetails}"
key: [requestParameters.name, requestParameters.masterUserPassword]
"#;

/// Everything that a run writes: both streams and every file.
fn written(folder: &Path, input: &str, format: &str) -> String {
    let rules = put(folder, "rules/leak.yaml", RULE);
    let out = folder.join(format!("out.{format}"));
    let also = format!("{format}={}", out.display());
    let run = |outputs: &[&str], piped: bool| {
        let file = std::fs::File::open(input).unwrap();
        let output = trailgate()
            .args(["scan", if piped { "-" } else { input }])
            .args(outputs)
            .args(["--rules", rules.to_str().unwrap()])
            .stdin(file)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(4),
            "{}",
            support::stderr(&output)
        );
        format!("{}{}", support::stdout(&output), support::stderr(&output))
    };
    let shown = run(&["-o", format], false);
    let streamed = run(&["-o", format], true);
    let silent = run(&["-o", &also, "-q"], false);
    assert!(shown.contains("[masked, ") && streamed.contains("[masked, "));
    let file = std::fs::read_to_string(out).unwrap();
    format!("{shown}{streamed}{silent}{file}")
}

#[test]
fn no_output_holds_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    let mut secrets = secrets();
    let mut events: Vec<Value> = secrets
        .iter()
        .zip(1..)
        .map(|((_, secret), number)| planted(secret, number))
        .collect();
    events.push(with_password(90));
    secrets.push(("password", PASSWORD.to_owned()));
    // A record that cannot be read is reported without what it held.
    let mut text = lines(&events);
    for (_, secret) in &secrets {
        let secret = secret.replace('\n', " ");
        text.push_str(&format!(
            "{{\"eventName\": \"Leak\", \"password\": \"{secret}\n"
        ));
        text.push_str(&format!("{{\"password\": {secret}}}\n"));
    }
    let input = put(folder.path(), "leak.jsonl", text);
    let formats = [
        "text", "json", "jsonl", "sarif", "junit", "github", "markdown", "csv", "ocsf", "html",
    ];
    for format in formats {
        let all = written(folder.path(), input.to_str().unwrap(), format);
        assert!(all.contains("leak"));
        for (kind, secret) in &secrets {
            // A part is as bad as the whole: lines may break, and middles be left out.
            let line = secret.lines().nth(1).unwrap_or(secret);
            let part: String = line.chars().skip(6).take(12).collect();
            let at = all.find(&part).map(|at| {
                let start = all[..at]
                    .char_indices()
                    .rev()
                    .nth(200)
                    .map_or(0, |(i, _)| i);
                &all[start..at + part.len()]
            });
            assert_eq!(at, None, "a {kind} in {format}");
        }
    }
}
