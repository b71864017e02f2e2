//! What a JSON object is: an event, an Insights event, a digest, or something
//! that is not CloudTrail.

use std::fmt;

use serde_json::{Map, Value};

/// What one object of an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A record of an API call, a sign-in, a service's own action, or network
    /// activity: what rules are about.
    Event,
    /// A record that CloudTrail Insights wrote about unusual activity.
    Insight,
    /// A digest file: hashes of log files, no events.
    Digest,
    /// Something else; where it is known, what.
    NotCloudTrail(Foreign),
    /// A record of a major version other than 1, which may mean anything.
    UnknownVersion(String),
}

/// What an object that is no CloudTrail record seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Foreign {
    /// An EventBridge event with the record under `detail`.
    EventBridge,
    /// The output of `aws cloudtrail lookup-events`, or one item of it.
    LookupEvents,
    /// A CloudWatch Logs subscription or query with records in strings.
    CloudWatchLogs,
    /// A message of SNS or SQS, or an S3 event notification: pointers to
    /// objects, not records.
    Notification,
    /// A record in the schema of OCSF, as Security Lake keeps them.
    Ocsf,
    /// A record in the Elastic Common Schema.
    Ecs,
    /// A record with lower-cased column names, as Athena and Glue write them.
    LowerCased,
    /// A record under another key, with a test's or a pipeline's data beside it.
    Wrapped,
    /// The public keys that digests are signed for.
    PublicKeys,
    /// A snapshot or history of AWS Config.
    Config,
    /// Nothing that is recognised.
    Unknown,
}

impl Foreign {
    /// The name in summaries.
    pub fn name(self) -> &'static str {
        match self {
            Foreign::EventBridge => "eventbridge",
            Foreign::LookupEvents => "lookup_events",
            Foreign::CloudWatchLogs => "cloudwatch_logs",
            Foreign::Notification => "notification",
            Foreign::Ocsf => "ocsf",
            Foreign::Ecs => "ecs",
            Foreign::LowerCased => "lower_cased",
            Foreign::Wrapped => "wrapped",
            Foreign::PublicKeys => "public_keys",
            Foreign::Config => "config",
            Foreign::Unknown => "unknown",
        }
    }

    /// Whether it holds CloudTrail events, which then went unread: a run that
    /// met it must not look clean.
    pub fn holds_events(self) -> bool {
        match self {
            Foreign::EventBridge
            | Foreign::LookupEvents
            | Foreign::CloudWatchLogs
            | Foreign::Ocsf
            | Foreign::Ecs
            | Foreign::LowerCased
            | Foreign::Wrapped => true,
            Foreign::Notification | Foreign::PublicKeys | Foreign::Config | Foreign::Unknown => {
                false
            }
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::EventBridge => {
                "an EventBridge event, whose `detail` is not read in this version"
            }
            Foreign::LookupEvents => {
                "output of `aws cloudtrail lookup-events`, whose `CloudTrailEvent` is not read in \
                 this version"
            }
            Foreign::CloudWatchLogs => {
                "a CloudWatch Logs message, whose log events are not read in this version"
            }
            Foreign::Notification => "a notification, which holds no records",
            Foreign::Ocsf => "an OCSF record, which is not read in this version",
            Foreign::Ecs => {
                "a record in the Elastic Common Schema, which is not read in this version"
            }
            Foreign::LowerCased => {
                "a record with lower-cased field names, which is not read in this version"
            }
            Foreign::Wrapped => {
                "a record wrapped in another object, which is not read in this version"
            }
            Foreign::PublicKeys => "a list of public keys",
            Foreign::Config => "AWS Config data",
            Foreign::Unknown => "JSON without the fields of a CloudTrail record",
        })
    }
}

/// Says what a parsed object is. Records are told by their fields, and leniently:
/// what could be an event is one, for a rule can only fire on what it sees.
pub fn classify(value: &Value) -> Kind {
    let Value::Object(object) = value else {
        return Kind::NotCloudTrail(Foreign::Unknown);
    };
    if is_digest(object) {
        return Kind::Digest;
    }
    if is_notification(object) {
        return Kind::NotCloudTrail(Foreign::Notification);
    }
    let insight = is_insight(object);
    if !insight && !is_event(object) {
        return Kind::NotCloudTrail(foreign(object));
    }
    match unknown_version(object) {
        Some(version) => Kind::UnknownVersion(version),
        None if insight => Kind::Insight,
        None => Kind::Event,
    }
}

fn is_digest(object: &Map<String, Value>) -> bool {
    object.contains_key("digestS3Object")
        || (object.contains_key("digestEndTime") && object.contains_key("logFiles"))
}

/// S3 notifications also have `Records`, with `eventVersion`, `eventName` and all.
fn is_notification(object: &Map<String, Value>) -> bool {
    let source = text(object, "eventSource").or_else(|| text(object, "EventSource"));
    source.is_some_and(|source| source.starts_with("aws:"))
}

fn is_insight(object: &Map<String, Value>) -> bool {
    text(object, "eventType") == Some("AwsCloudTrailInsight")
        || (text(object, "eventCategory") == Some("Insight") && has_mark(object))
        || (object.get("insightDetails").is_some_and(Value::is_object) && has_mark(object))
}

fn has_mark(object: &Map<String, Value>) -> bool {
    ["eventVersion", "eventType", "eventID", "eventTime"]
        .iter()
        .any(|key| object.contains_key(*key))
}

/// What an event is called, where it came from and what it is: two of these, or
/// one with a principal or an id, make an event. Exports drop and rename the
/// rest: Logstash has `@timestamp` for `eventTime`, service events have little.
fn is_event(object: &Map<String, Value>) -> bool {
    let names = ["eventName", "eventSource", "eventType", "eventVersion"];
    let named = names
        .iter()
        .filter(|key| text(object, key).is_some())
        .count();
    let beside = object.get("userIdentity").is_some_and(Value::is_object)
        || text(object, "eventID").is_some();
    named >= 2 || (named == 1 && beside)
}

/// The version, if its major number is not 1.
fn unknown_version(object: &Map<String, Value>) -> Option<String> {
    let version = match object.get("eventVersion")? {
        Value::String(version) => version.clone(),
        Value::Null => return None,
        other => other.to_string(),
    };
    let major = version.split('.').next().unwrap_or_default();
    (major != "1").then_some(version)
}

fn foreign(object: &Map<String, Value>) -> Foreign {
    let has = |key: &str| object.contains_key(key);
    let any = |keys: &[&str]| keys.iter().any(|key| has(key));
    let first_of = |key: &str| object.get(key).and_then(|list| list.get(0));
    if has("detail-type") || (has("detail") && has("source")) {
        Foreign::EventBridge
    } else if has("CloudTrailEvent")
        || (has("Events") && holds(first_of("Events"), "CloudTrailEvent"))
    {
        Foreign::LookupEvents
    } else if any(&["awslogs", "logEvents", "logStreamName"])
        || holds(first_of("events"), "message")
        || holds(first_of("results").and_then(|row| row.get(0)), "field")
    {
        Foreign::CloudWatchLogs
    } else if any(&["s3ObjectKey", "Message", "Messages", "ReceiptHandle"]) {
        Foreign::Notification
    } else if has("class_uid") {
        Foreign::Ocsf
    } else if object
        .get("aws")
        .and_then(|aws| aws.get("cloudtrail"))
        .is_some()
        || has("aws.cloudtrail")
    {
        Foreign::Ecs
    } else if is_lower_cased(object) {
        Foreign::LowerCased
    } else if has("PublicKeyList") {
        Foreign::PublicKeys
    } else if any(&[
        "configurationItems",
        "configurationItem",
        "configSnapshotId",
    ]) {
        Foreign::Config
    } else if wraps_record(object, WRAPPED_LEVELS) {
        Foreign::Wrapped
    } else {
        Foreign::Unknown
    }
}

fn holds(value: Option<&Value>, key: &str) -> bool {
    value.is_some_and(|value| value.get(key).is_some())
}

/// How far down a wrapped record is looked for: `{"data": {"Records": [{...`.
const WRAPPED_LEVELS: usize = 3;

/// Whether a record stands below this object, the first elements of arrays included.
fn wraps_record(object: &Map<String, Value>, levels: usize) -> bool {
    object.values().any(|value| {
        let inner = match value {
            Value::Array(elements) => elements.first().and_then(Value::as_object),
            other => other.as_object(),
        };
        inner.is_some_and(|inner| {
            is_event(inner)
                || is_insight(inner)
                || is_lower_cased(inner)
                || (levels > 1 && wraps_record(inner, levels - 1))
        })
    })
}

fn is_lower_cased(object: &Map<String, Value>) -> bool {
    object.contains_key("eventname")
        && ["eventsource", "useridentity", "eventid"]
            .iter()
            .any(|key| object.contains_key(*key))
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::whole(json!({"eventVersion": "1.11", "eventName": "CreateUser", "eventSource": "iam.amazonaws.com"}))]
    #[case::without_version(json!({"eventName": "CreateUser", "eventSource": "iam.amazonaws.com"}))]
    #[case::logstash(json!({"@timestamp": "2020-09-14T00:00:00Z", "eventName": "A", "eventSource": "b"}))]
    #[case::service_event(json!({"eventVersion": "1.08", "eventType": "AwsServiceEvent", "serviceEventDetails": {}}))]
    #[case::without_source(json!({"eventName": "AssumeRole", "userIdentity": {"type": "AWSService"}}))]
    #[case::network_activity(json!({"eventVersion": "1.09", "eventType": "AwsVpceEvent", "eventName": "ListKeys"}))]
    #[case::version_as_number(json!({"eventVersion": 1.05, "eventName": "A", "eventSource": "b"}))]
    #[case::version_null(json!({"eventVersion": null, "eventName": "A", "eventSource": "b"}))]
    #[case::unknown_minor(json!({"eventVersion": "1.99", "eventName": "A", "eventSource": "b"}))]
    fn events_are_told_by_their_fields(#[case] value: Value) {
        assert_eq!(classify(&value), Kind::Event);
    }

    #[rstest]
    #[case(json!({"eventVersion": "1.07", "eventType": "AwsCloudTrailInsight", "insightDetails": {}}))]
    #[case(json!({"eventVersion": "1.07", "eventCategory": "Insight"}))]
    fn insights_are_not_events(#[case] value: Value) {
        assert_eq!(classify(&value), Kind::Insight);
    }

    #[test]
    fn a_digest_is_told_by_its_keys() {
        let value = json!({"awsAccountId": "1", "digestS3Object": "k", "logFiles": []});
        assert_eq!(classify(&value), Kind::Digest);
        assert_eq!(
            classify(&json!({"digestEndTime": "t", "logFiles": []})),
            Kind::Digest
        );
    }

    #[rstest]
    #[case(json!("2.0"), "2.0")]
    #[case(json!("10.1"), "10.1")]
    #[case(json!("new"), "new")]
    #[case(json!(2), "2")]
    fn another_major_version_is_unknown(#[case] version: Value, #[case] shown: &str) {
        let value = json!({"eventVersion": version, "eventName": "A", "eventSource": "b"});
        assert_eq!(classify(&value), Kind::UnknownVersion(shown.to_owned()));
    }

    #[rstest]
    #[case(json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": {"eventName": "A", "eventSource": "b"}}), Foreign::EventBridge)]
    #[case(json!({"Events": [{"EventId": "1", "CloudTrailEvent": "{}"}]}), Foreign::LookupEvents)]
    #[case(json!({"EventId": "1", "CloudTrailEvent": "{}"}), Foreign::LookupEvents)]
    #[case(json!({"awslogs": {"data": "H4sI"}}), Foreign::CloudWatchLogs)]
    #[case(json!({"messageType": "DATA_MESSAGE", "logEvents": []}), Foreign::CloudWatchLogs)]
    #[case(json!({"events": [{"message": "{}", "timestamp": 1}]}), Foreign::CloudWatchLogs)]
    #[case(json!({"results": [[{"field": "@message", "value": "{}"}]]}), Foreign::CloudWatchLogs)]
    #[case(json!({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}), Foreign::Notification)]
    #[case(json!({"Type": "Notification", "Message": "{}"}), Foreign::Notification)]
    #[case(json!({"class_uid": 6003}), Foreign::Ocsf)]
    #[case(json!({"aws": {"cloudtrail": {}}, "event": {}}), Foreign::Ecs)]
    #[case(json!({"eventname": "A", "eventsource": "b"}), Foreign::LowerCased)]
    #[case(json!({"rule_id": "r", "event": {"eventName": "A", "eventSource": "b"}}), Foreign::Wrapped)]
    #[case(json!({"data": {"detail": {"eventName": "A", "eventSource": "b"}}}), Foreign::Wrapped)]
    #[case(json!({"data": {"Records": [{"eventName": "A", "eventSource": "b"}]}}), Foreign::Wrapped)]
    #[case(json!({"PublicKeyList": []}), Foreign::PublicKeys)]
    #[case(json!({"configurationItems": []}), Foreign::Config)]
    #[case(json!({}), Foreign::Unknown)]
    #[case(json!({"eventName": "only a name"}), Foreign::Unknown)]
    #[case(json!([1]), Foreign::Unknown)]
    fn what_is_not_cloudtrail_is_named(#[case] value: Value, #[case] foreign: Foreign) {
        assert_eq!(classify(&value), Kind::NotCloudTrail(foreign));
    }
}
