//! CloudTrail's public keys, listed where the credentials allow it.
//!
//! One operation of a service that has a hundred and more: it is asked for here,
//! signed as any other request.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use aws_sdk_s3::primitives::ByteStream;
use aws_sigv4::http_request::SigningSettings;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::connection::{Connection, Options};
use super::fault::innermost;
use super::fetch::pause;
use super::wire::Call;
use crate::diagnostic::{Code, Diagnostic};

/// Answers are asked for in pages; no list of keys has that many.
const MOST_PAGES: usize = 100;

/// What was listed.
#[derive(Debug, Default)]
pub struct ListedKeys {
    /// The answers, each a list of keys as JSON.
    pub answers: Vec<Vec<u8>>,
    /// Where keys could not be listed, and why.
    pub problems: Vec<Diagnostic>,
}

/// Lists the public keys of regions that were valid at some time of an interval.
/// What is no name of a region is not asked for: it would be part of a host's name.
pub fn public_keys(
    regions: &BTreeMap<String, RangeInclusive<Timestamp>>,
    options: &Options,
) -> ListedKeys {
    let mut listed = ListedKeys::default();
    let connection = match Connection::open(options) {
        Ok(connection) => connection,
        Err(problem) => {
            listed.problems.push(not_fetched(&problem.message));
            return listed;
        }
    };
    if connection.is_another_store() && options.cloudtrail_endpoint_url.is_none() {
        let why = "an endpoint was named for the bucket, and none for CloudTrail";
        listed.problems.push(not_fetched(why));
        return listed;
    }
    for (region, times) in regions {
        if !is_region(region) {
            let problem = not_fetched(&format!("`{}` is no region", region.escape_debug()));
            listed.problems.push(problem);
            continue;
        }
        let named = options.cloudtrail_endpoint_url.clone();
        let url = named.unwrap_or_else(|| endpoint(region));
        match connection.wait(pages(&connection, region, &url, times)) {
            Ok(answers) => listed.answers.extend(answers),
            Err(why) => {
                let problem = not_fetched(&why);
                listed
                    .problems
                    .push(problem.in_place(format!("CloudTrail in {region}")));
            }
        }
    }
    listed
}

/// Whether a text may be the name of a region. It comes from a name or a text that
/// anybody may have written, and decides whose keys are believed.
fn is_region(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    text.len() <= 32 && text.contains('-') && text.split('-').all(is_part)
}

/// The address of CloudTrail in a region.
fn endpoint(region: &str) -> String {
    let domain = match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("https://cloudtrail.{region}.{domain}/")
}

async fn pages(
    connection: &Connection,
    region: &str,
    url: &str,
    times: &RangeInclusive<Timestamp>,
) -> Result<Vec<Vec<u8>>, String> {
    let mut answers = Vec::new();
    let mut token = Value::Null;
    while answers.len() < MOST_PAGES {
        let (from, to) = (times.start().as_second(), times.end().as_second());
        let mut asked = json!({"StartTime": from, "EndTime": to});
        if !token.is_null() {
            asked["NextToken"] = token;
        }
        let answer = page(connection, region, url, &asked).await?;
        let read: Value = serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
        token = read["NextToken"].clone();
        answers.push(answer);
        if token.is_null() {
            break;
        }
    }
    Ok(answers)
}

/// One page; asked for again where the answer is to wait.
async fn page(
    connection: &Connection,
    region: &str,
    url: &str,
    asked: &Value,
) -> Result<Vec<u8>, String> {
    let mut attempt = 1;
    loop {
        let (why, is_to_wait) = match answer(connection, region, url, asked).await {
            Ok((200, body)) => return Ok(body),
            Ok((status, body)) => (refusal(status, &body), status == 429 || status >= 500),
            Err(why) => (why, true),
        };
        if !is_to_wait || attempt >= connection.attempts() {
            return Err(why);
        }
        tokio::time::sleep(pause(attempt)).await;
        attempt += 1;
    }
}

async fn answer(
    connection: &Connection,
    region: &str,
    url: &str,
    asked: &Value,
) -> Result<(u16, Vec<u8>), String> {
    let target = "CloudTrail_20131101.ListPublicKeys";
    let call = Call {
        method: "POST",
        url,
        headers: vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", target.to_owned()),
        ],
        body: asked.to_string().into_bytes(),
        region,
        service: "cloudtrail",
        settings: SigningSettings::default(),
    };
    let response = connection.wire().send(call).await?;
    let status = response.status().as_u16();
    let body = ByteStream::new(response.into_body()).collect().await;
    let body = body.map_err(|error| innermost(&error))?;
    Ok((status, body.to_vec()))
}

/// What CloudTrail says where it does not list.
fn refusal(status: u16, body: &[u8]) -> String {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = said["__type"].as_str().unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let message = said["message"].as_str().or(said["Message"].as_str());
    match (kind, message) {
        ("", None) => format!("HTTP status {status}"),
        ("", Some(message)) => message.to_owned(),
        (kind, None) => kind.to_owned(),
        (kind, Some(message)) => format!("{kind}: {message}"),
    }
}

fn not_fetched(why: &str) -> Diagnostic {
    let message = format!("the public keys were not fetched: {why}");
    Diagnostic::new(Code::KeysNotFetched, message).help(
        "allow cloudtrail:ListPublicKeys, or save them elsewhere and give them with \
         `--public-keys`; without them a chain is verified by its hashes",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_region_becomes_part_of_a_host() {
        for region in ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in [
            "",
            "-",
            "example",
            "example.org#",
            "example.org/-",
            "x@example-1.org",
            "us-east-1.example.org",
            "us-east-1:80",
            "us--1",
            "\u{e4}-1",
        ] {
            assert!(!is_region(other), "{other}");
        }
    }
}
