//! Data events: calls on what resources hold. CloudTrail delivers them only where a
//! trail asks for them, so that a log without any says nothing about such calls.

use serde_json::Value;

/// The kinds of resources whose data events are told apart: those that rules are
/// mostly about. What data events are, and which services have them:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataPlane {
    /// Objects in S3.
    S3,
    /// Invocations of Lambda functions.
    Lambda,
    /// Items in DynamoDB.
    DynamoDb,
    /// Messages to SNS topics.
    Sns,
    /// What any other service calls a data event.
    Other,
}

/// Calls of a service that are data events, never management events.
struct Calls {
    plane: DataPlane,
    source: &'static str,
    names: &'static [&'static str],
}

const CALLS: [Calls; 4] = [
    Calls {
        plane: DataPlane::S3,
        source: "s3.amazonaws.com",
        names: &[
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjectTagging",
            "DeleteObjects",
            "GetObject",
            "GetObjectAcl",
            "GetObjectAttributes",
            "GetObjectLegalHold",
            "GetObjectRetention",
            "GetObjectTagging",
            "GetObjectTorrent",
            "HeadObject",
            "ListObjectVersions",
            "ListObjects",
            "ListParts",
            "PutObject",
            "PutObjectAcl",
            "PutObjectLegalHold",
            "PutObjectRetention",
            "PutObjectTagging",
            "RestoreObject",
            "SelectObjectContent",
            "UploadPart",
            "UploadPartCopy",
        ],
    },
    Calls {
        plane: DataPlane::Lambda,
        source: "lambda.amazonaws.com",
        names: &["Invoke"],
    },
    Calls {
        plane: DataPlane::DynamoDb,
        source: "dynamodb.amazonaws.com",
        names: &[
            "BatchExecuteStatement",
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "ExecuteStatement",
            "ExecuteTransaction",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactGetItems",
            "TransactWriteItems",
            "UpdateItem",
        ],
    },
    Calls {
        plane: DataPlane::Sns,
        source: "sns.amazonaws.com",
        names: &["Publish", "PublishBatch"],
    },
];

impl Calls {
    /// Rules may ask for names in any case.
    fn has(&self, name: &str) -> bool {
        let mut names = self.names.iter();
        names.any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl DataPlane {
    /// Of which kind a record is, if it is a data event.
    pub fn of_record(record: &Value) -> Option<DataPlane> {
        let source = super::event_source(record).unwrap_or_default();
        let name = super::event_name(record).unwrap_or_default();
        DataPlane::of_event(super::category(record), source, name)
    }

    /// Of which kind an event is, if it is a data event. Records from before
    /// `eventCategory` was written are told by the call.
    pub fn of_event(category: Option<&str>, source: &str, name: &str) -> Option<DataPlane> {
        match category {
            Some("Data") => {
                let calls = CALLS.iter().find(|calls| calls.source == source);
                Some(calls.map_or(DataPlane::Other, |calls| calls.plane))
            }
            Some(_) => None,
            None => DataPlane::of_call(source, name),
        }
    }

    /// Of which kind a call is, if CloudTrail delivers it only as a data event.
    pub fn of_call(source: &str, name: &str) -> Option<DataPlane> {
        let calls = CALLS.iter().find(|calls| calls.source == source)?;
        calls.has(name).then_some(calls.plane)
    }

    /// The same of a name that stands alone, whatever the service.
    pub fn of_name(name: &str) -> Option<DataPlane> {
        let calls = CALLS.iter().find(|calls| calls.has(name))?;
        Some(calls.plane)
    }

    /// What the events are about, for people.
    pub fn what(self) -> &'static str {
        match self {
            DataPlane::S3 => "S3 objects",
            DataPlane::Lambda => "Lambda invocations",
            DataPlane::DynamoDb => "DynamoDB items",
            DataPlane::Sns => "SNS messages",
            DataPlane::Other => "other services",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::by_category(Some("Data"), "s3.amazonaws.com", "Anything", Some(DataPlane::S3))]
    #[case::of_another_service(
        Some("Data"),
        "sqs.amazonaws.com",
        "SendMessage",
        Some(DataPlane::Other)
    )]
    #[case::management(Some("Management"), "s3.amazonaws.com", "GetObject", None)]
    #[case::old_by_call(None, "lambda.amazonaws.com", "Invoke", Some(DataPlane::Lambda))]
    #[case::old_management(None, "s3.amazonaws.com", "CreateBucket", None)]
    #[case::name_of_another_service(None, "ec2.amazonaws.com", "GetObject", None)]
    fn data_events_are_told_from_management_events(
        #[case] category: Option<&str>,
        #[case] source: &str,
        #[case] name: &str,
        #[case] plane: Option<DataPlane>,
    ) {
        assert_eq!(DataPlane::of_event(category, source, name), plane);
    }
}
