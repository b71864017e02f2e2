//! The shapes that are read, their names, and the fields that each is told by.

use std::fmt;

use serde_json::Value;

use super::wrap::find;

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// As CloudTrail writes them: `Records`, arrays, objects, JSON Lines.
    CloudTrail,
    /// Under `detail` of an EventBridge event.
    EventBridge,
    /// As text in `CloudTrailEvent` of `aws cloudtrail lookup-events`.
    LookupEvents,
    /// As messages of CloudWatch Logs: subscriptions, exports, queries.
    CloudWatchLogs,
    /// In base64, as Kinesis and Firehose hand records to functions.
    Kinesis,
    /// In the Elastic Common Schema: as text in `event.original`, or taken apart.
    Ecs,
    /// In the Open Cybersecurity Schema Framework, as Security Lake has them.
    Ocsf,
    /// With lower-cased names, as Athena and Glue have columns.
    LowerCased,
    /// As rows of CSV: Event history downloads, results of Athena and CloudTrail Lake.
    Csv,
    /// As rows of Apache Parquet, in OCSF or with CloudTrail's columns.
    Parquet,
    /// Under another key, with other data beside it.
    Wrapped,
    /// As text in the body of a message of SQS, SNS or a log shipper.
    Message,
}

impl Shape {
    /// All of them; of those that wrap, which goes first where two fit.
    pub const ALL: [Shape; 12] = [
        Shape::CloudTrail,
        Shape::LookupEvents,
        Shape::EventBridge,
        Shape::Kinesis,
        Shape::Ecs,
        Shape::Ocsf,
        Shape::CloudWatchLogs,
        Shape::LowerCased,
        Shape::Csv,
        Shape::Parquet,
        Shape::Wrapped,
        Shape::Message,
    ];

    /// The name that people write.
    pub fn name(self) -> &'static str {
        match self {
            Shape::CloudTrail => "cloudtrail",
            Shape::EventBridge => "eventbridge",
            Shape::LookupEvents => "lookup-events",
            Shape::CloudWatchLogs => "cloudwatch-logs",
            Shape::Kinesis => "kinesis",
            Shape::Ecs => "ecs",
            Shape::Ocsf => "ocsf",
            Shape::LowerCased => "lower-cased",
            Shape::Csv => "csv",
            Shape::Parquet => "parquet",
            Shape::Wrapped => "wrapped",
            Shape::Message => "message",
        }
    }

    /// The shape of a name.
    pub fn of_name(name: &str) -> Option<Shape> {
        Shape::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// The fields that a value is told by.
    pub fn signs(self, value: &Value) -> Vec<&'static str> {
        let there = |path: &&str| match value {
            Value::Array(row) => row
                .iter()
                .any(|field| field.get("field").is_some_and(|name| name == path)),
            _ => find(value, path).is_some(),
        };
        let signs = self.possible_signs().iter().copied();
        signs.filter(there).collect()
    }

    fn possible_signs(self) -> &'static [&'static str] {
        match self {
            Shape::CloudTrail => &[
                "eventVersion",
                "eventType",
                "eventName",
                "eventSource",
                "eventID",
                "userIdentity",
                "insightDetails",
                "digestS3Object",
            ],
            Shape::EventBridge => &["detail-type", "source", "detail"],
            Shape::LookupEvents => &["CloudTrailEvent", "Events"],
            Shape::CloudWatchLogs => &[
                "awslogs.data",
                "logEvents",
                "events",
                "results",
                "message",
                "@message",
                "id",
                "timestamp",
                "ingestionTime",
                "logStreamName",
                "eventID",
                "eventName",
                "eventSource",
            ],
            Shape::Kinesis => &["kinesis.data", "deliveryStreamArn", "records"],
            Shape::Ecs => &[
                "event.original",
                "aws.cloudtrail",
                "aws.cloudtrail.event_version",
                "event.action",
                "event.provider",
            ],
            Shape::Ocsf => &["class_uid", "metadata.product", "api.operation"],
            Shape::LowerCased => &["eventname", "eventsource", "useridentity", "eventid"],
            Shape::Csv | Shape::Parquet | Shape::Wrapped => &[],
            Shape::Message => &[
                "body",
                "Body",
                "Message",
                "message",
                "Sns.Message",
                "Messages",
            ],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
