//! What a JSON object is: an event, an Insights event, a digest, or something
//! that is not CloudTrail.

use std::fmt;

use serde_json::{Map, Value};

use super::list::List;
use super::named::Shape;
use super::wrap::is_ecs_of_cloudtrail;

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
    /// Something that holds records: see [`super::Opening`].
    Wraps(Shape),
    /// Something else; where it is known, what.
    NotCloudTrail(Foreign),
    /// A record of a major version other than 1, which may mean anything.
    UnknownVersion(String),
}

/// What an object that is no CloudTrail record, and holds none that can be read,
/// seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Foreign {
    /// A row of CloudWatch Logs Insights with neither `@message` nor two of the fields
    /// that tell a record.
    LogsInsights,
    /// A log event of CloudWatch Logs whose message is no JSON.
    LogMessage,
    /// CloudWatch Logs asking whether its subscription can be reached.
    ControlMessage,
    /// An answer of an API, or a delivery, with nothing in it.
    Empty,
    /// A message of SNS or SQS, or an S3 event notification: pointers to
    /// objects, not records.
    Notification,
    /// A record in the schema of OCSF that may be CloudTrail's, and does not say so.
    Ocsf,
    /// A record in the schema of OCSF of another source.
    OtherOcsf,
    /// A record in the Elastic Common Schema without the original.
    Ecs,
    /// What `lookup-events` says of an event, without the event.
    LookupEvent,
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
            Foreign::LogsInsights => "logs_insights",
            Foreign::LogMessage => "log_message",
            Foreign::ControlMessage => "control_message",
            Foreign::Empty => "empty",
            Foreign::Notification => "notification",
            Foreign::Ocsf => "ocsf",
            Foreign::OtherOcsf => "ocsf_other",
            Foreign::Ecs => "ecs",
            Foreign::LookupEvent => "lookup_event",
            Foreign::PublicKeys => "public_keys",
            Foreign::Config => "config",
            Foreign::Unknown => "unknown",
        }
    }

    /// Whether it holds CloudTrail events, which then went unread: a run that
    /// met it must not look clean.
    pub fn holds_events(self) -> bool {
        matches!(
            self,
            Foreign::LogsInsights | Foreign::Ocsf | Foreign::Ecs | Foreign::LookupEvent
        )
    }

    /// Whether it belongs where records are delivered, and is no news.
    pub fn is_expected(self) -> bool {
        matches!(self, Foreign::ControlMessage | Foreign::Empty)
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::LogsInsights => {
                "a row of CloudWatch Logs Insights with neither `@message` nor what tells an event, such as `eventID` and `eventName`"
            }
            Foreign::LogMessage => "a message of CloudWatch Logs that is no JSON",
            Foreign::ControlMessage => "a control message of CloudWatch Logs",
            Foreign::Empty => "a list without records",
            Foreign::Notification => "a notification, which holds no records",
            Foreign::Ocsf => {
                "an OCSF record that does not name its product and class, CloudTrail's or not"
            }
            Foreign::OtherOcsf => "an OCSF record of another product than CloudTrail",
            Foreign::Ecs => {
                "a record in the Elastic Common Schema without `event.original` and `event.action`"
            }
            Foreign::LookupEvent => {
                "an item of `aws cloudtrail lookup-events` without `CloudTrailEvent`, which has the event"
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
        let row = value
            .get(0)
            .is_some_and(|field| field.get("field").is_some());
        let otherwise = if row {
            Foreign::LogsInsights
        } else {
            Foreign::Unknown
        };
        return wrapping_or(value, otherwise);
    };
    if is_digest(object) {
        return Kind::Digest;
    }
    if Shape::Kinesis.fits(value) {
        return Kind::Wraps(Shape::Kinesis);
    }
    if is_notification(object) {
        return if Shape::Message.fits(value) {
            Kind::Wraps(Shape::Message)
        } else {
            Kind::NotCloudTrail(Foreign::Notification)
        };
    }
    let insight = is_insight(object);
    if !insight && !is_event(object) {
        return wrapping_or(value, foreign(value, object));
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

pub(super) fn is_insight(object: &Map<String, Value>) -> bool {
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
pub(super) fn is_event(object: &Map<String, Value>) -> bool {
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

fn wrapping_or(value: &Value, otherwise: Foreign) -> Kind {
    match Shape::of_wrapper(value) {
        Some(shape) => Kind::Wraps(shape),
        None => Kind::NotCloudTrail(otherwise),
    }
}

/// What an object is that wraps nothing.
fn foreign(value: &Value, object: &Map<String, Value>) -> Foreign {
    let has = |key: &str| object.contains_key(key);
    let any = |keys: &[&str]| keys.iter().any(|key| has(key));
    let is_empty = |key: &str| {
        object
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
    };
    if has("class_uid") {
        match value
            .pointer("/metadata/product/name")
            .and_then(Value::as_str)
        {
            Some(name) if name != "CloudTrail" => Foreign::OtherOcsf,
            _ => Foreign::Ocsf,
        }
    } else if is_ecs_of_cloudtrail(value) {
        Foreign::Ecs
    } else if is_lookup_item(object) {
        Foreign::LookupEvent
    } else if is_control_message(object) {
        Foreign::ControlMessage
    } else if ANSWERS.iter().any(|key| is_empty(key)) {
        Foreign::Empty
    } else if text(object, "message").is_some()
        && any(&["logStreamName", "ingestionTime", "timestamp", "id"])
    {
        Foreign::LogMessage
    } else if any(&["s3ObjectKey", "Message", "Messages", "ReceiptHandle"]) {
        Foreign::Notification
    } else if has("PublicKeyList") {
        Foreign::PublicKeys
    } else if any(&[
        "configurationItems",
        "configurationItem",
        "configSnapshotId",
    ]) {
        Foreign::Config
    } else {
        Foreign::Unknown
    }
}

/// Whether an object is what `lookup-events` says of an event: it has nothing that
/// such an item has not, and something to know the event by.
pub(super) fn is_lookup_item(object: &Map<String, Value>) -> bool {
    let keys = List::LookupEvents.element_keys();
    let known = object.keys().all(|key| keys.contains(&key.as_str()));
    known && (object.contains_key("EventId") || object.contains_key("EventName"))
}

/// Keys of the lists that answers of APIs and deliveries have.
const ANSWERS: [&str; 5] = ["Events", "logEvents", "events", "results", "Messages"];

/// Sent once in a while to see that somebody listens.
fn is_control_message(object: &Map<String, Value>) -> bool {
    text(object, "messageType") == Some("CONTROL_MESSAGE")
        || text(object, "message").is_some_and(|text| text.starts_with("CWL CONTROL MESSAGE"))
}

pub(super) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
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
    #[case(json!({"results": [], "status": "Complete"}), Foreign::Empty)]
    #[case(json!({"events": [], "searchedLogStreams": []}), Foreign::Empty)]
    #[case(json!({"messageType": "CONTROL_MESSAGE", "logEvents": []}), Foreign::ControlMessage)]
    #[case(json!({"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health"}), Foreign::ControlMessage)]
    #[case(json!({"id": "", "timestamp": 1, "message": "START RequestId: 1"}), Foreign::LogMessage)]
    #[case(json!([{"field": "eventName", "value": "A"}]), Foreign::LogsInsights)]
    #[case(json!({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}), Foreign::Notification)]
    #[case(json!({"Type": "Notification", "Message": "hello"}), Foreign::Notification)]
    #[case(json!({"class_uid": 6003}), Foreign::Ocsf)]
    #[case(json!({"aws": {"cloudtrail": {}}, "event": {}}), Foreign::Ecs)]
    #[case(json!({"aws.cloudtrail.event_version": "1.08"}), Foreign::Ecs)]
    #[case(json!({"EventId": "1"}), Foreign::LookupEvent)]
    #[case(json!({"EventName": "A", "EventTime": "t", "Username": "u", "Resources": []}), Foreign::LookupEvent)]
    #[case(json!({"EventId": "1", "StackName": "s"}), Foreign::Unknown)]
    #[case(json!({"Username": "u"}), Foreign::Unknown)]
    #[case(json!({"PublicKeyList": []}), Foreign::PublicKeys)]
    #[case(json!({"configurationItems": []}), Foreign::Config)]
    #[case(json!({}), Foreign::Unknown)]
    #[case(json!({"eventName": "only a name"}), Foreign::Unknown)]
    #[case(json!([1]), Foreign::Unknown)]
    #[case(json!({"aws": {"cloudtrail": {}}, "message": "m", "id": "1"}), Foreign::Ecs)]
    fn what_is_not_cloudtrail_is_named(#[case] value: Value, #[case] foreign: Foreign) {
        assert_eq!(classify(&value), Kind::NotCloudTrail(foreign));
    }
}
