//! The kinds that `is` asks for, and what an ARN is.

use std::net::IpAddr;

use serde_json::Value;

use crate::rule::clause::Kind;
use crate::rule::value::{Network, is_private};

/// Whether a value is of a kind. Nothing that is there is missing.
pub(super) fn is(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::String(text)) => is_text(kind, text),
        (Kind::Null, _) => value.is_null(),
        (Kind::Empty, Value::Array(elements)) => elements.is_empty(),
        (Kind::Empty, Value::Object(members)) => members.is_empty(),
        (Kind::Number, _) => value.is_number(),
        (Kind::Boolean, _) => value.is_boolean(),
        (Kind::Array, _) => value.is_array(),
        (Kind::Object, _) => value.is_object(),
        _ => false,
    }
}

/// Whether a string is of a kind.
pub(crate) fn is_text(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Ip => address(text).is_some(),
        Kind::Ipv4 => address(text).is_some_and(|address| address.is_ipv4()),
        Kind::Ipv6 => address(text).is_some_and(|address| address.is_ipv6()),
        Kind::PrivateIp => address(text).is_some_and(is_private),
        Kind::PublicIp => address(text).is_some_and(|address| !is_private(address)),
        Kind::AwsService => is_aws_service(text),
        Kind::Arn => arn_account_field(text).is_some(),
        Kind::AccountId => is_account_id(text),
        Kind::Empty => text.is_empty(),
        Kind::String => true,
        Kind::Null | Kind::Missing | Kind::Number | Kind::Boolean | Kind::Array | Kind::Object => {
            false
        }
    }
}

/// An address, and no network; an IPv4-mapped IPv6 address is IPv4, as in `cidr`.
fn address(text: &str) -> Option<IpAddr> {
    let text = Some(text).filter(|text| !text.contains('/'))?;
    Network::of_event(text)?.address()
}

/// The DNS suffixes of the AWS partitions, as the AWS SDKs list them.
const PARTITION_SUFFIXES: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
];

/// `AWS Internal`, or a lower-case DNS name under a partition's suffix.
fn is_aws_service(text: &str) -> bool {
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let service = |suffix: &&str| text.strip_suffix(*suffix);
    text == "AWS Internal"
        || PARTITION_SUFFIXES
            .iter()
            .filter_map(service)
            .any(|service| service.split('.').all(is_label))
}

/// The account field of an ARN, which may be empty: `arn`, a partition, a
/// service, a region, an account, and a resource that may hold further colons.
/// Only region and account may be empty. `None` for what is no ARN.
fn arn_account_field(text: &str) -> Option<&str> {
    let mut fields = text.splitn(6, ':');
    let mut next = || fields.next();
    let (scheme, partition, service) = (next()?, next()?, next()?);
    let (_region, account, resource) = (next()?, next()?, next()?);
    let whole =
        scheme == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty();
    whole.then_some(account)
}

/// The account id in an ARN, or the text itself if it is one.
pub(crate) fn account_id(text: &str) -> Option<&str> {
    let candidate = arn_account_field(text).unwrap_or(text);
    is_account_id(candidate).then_some(candidate)
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
