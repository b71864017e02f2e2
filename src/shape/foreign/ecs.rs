//! The Elastic Common Schema without the original: what the ingest pipelines of
//! Filebeat and of Elastic's AWS integration make of CloudTrail's records.

use serde_json::Value;

use super::{Mapped, Mapping, at, time, typed};

/// Fields that the pipelines move or copy as they are.
const FIELDS: [(&str, &[&str]); 26] = [
    ("eventVersion", &["aws.cloudtrail.event_version"]),
    ("eventName", &["event.action"]),
    ("eventSource", &["event.provider"]),
    ("eventID", &["event.id"]),
    ("eventType", &["aws.cloudtrail.event_type"]),
    ("eventCategory", &["aws.cloudtrail.event_category"]),
    ("awsRegion", &["cloud.region"]),
    ("sourceIPAddress", &["source.address"]),
    ("userAgent", &["user_agent.original"]),
    ("errorCode", &["aws.cloudtrail.error_code"]),
    ("errorMessage", &["aws.cloudtrail.error_message"]),
    ("requestID", &["aws.cloudtrail.request_id"]),
    ("apiVersion", &["aws.cloudtrail.api_version"]),
    ("readOnly", &["aws.cloudtrail.read_only"]),
    ("managementEvent", &["aws.cloudtrail.management_event"]),
    (
        "recipientAccountId",
        &["aws.cloudtrail.recipient_account_id"],
    ),
    ("sharedEventID", &["aws.cloudtrail.shared_event_id"]),
    ("vpcEndpointId", &["aws.cloudtrail.vpc_endpoint_id"]),
    ("userIdentity.type", &["aws.cloudtrail.user_identity.type"]),
    ("userIdentity.arn", &["aws.cloudtrail.user_identity.arn"]),
    ("userIdentity.principalId", &["user.id"]),
    (
        "userIdentity.accessKeyId",
        &["aws.cloudtrail.user_identity.access_key_id"],
    ),
    (
        "userIdentity.invokedBy",
        &["aws.cloudtrail.user_identity.invoked_by"],
    ),
    (
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        &["aws.cloudtrail.user_identity.session_context.mfa_authenticated"],
    ),
    (
        "userIdentity.sessionContext.sessionIssuer.arn",
        &["aws.cloudtrail.user_identity.session_context.session_issuer.arn"],
    ),
    (
        "userIdentity.sessionContext.sessionIssuer.type",
        &["aws.cloudtrail.user_identity.session_context.session_issuer.type"],
    ),
];

/// Documents: a copy under `flattened`, or text that is JSON only at times.
const DOCUMENTS: [(&str, &str); 4] = [
    ("requestParameters", "request_parameters"),
    ("responseElements", "response_elements"),
    ("additionalEventData", "additional_eventdata"),
    ("serviceEventDetails", "service_event_details"),
];

/// Fields that are there in every record that has any, so that where they are not
/// the record had none; of the others nobody knows whether a pipeline keeps them.
const ALWAYS_KEPT: [&str; 11] = [
    "eventName",
    "eventSource",
    "awsRegion",
    "sourceIPAddress",
    "errorCode",
    "errorMessage",
    "userIdentity.type",
    "userIdentity.arn",
    "userIdentity.accessKeyId",
    "userIdentity.invokedBy",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
];

/// The record that a document was made of.
pub(in crate::shape) fn record(value: &Value) -> Mapped {
    let mut mapping = Mapping::new();
    for (name, paths) in FIELDS {
        let found = paths.iter().find_map(|path| at(value, path));
        let found = found.map(|found| text_of_flag(name, typed(name, found)));
        if found.is_some() || ALWAYS_KEPT.contains(&name) {
            mapping.put(name, found);
        }
    }
    for (name, key) in DOCUMENTS {
        let flattened = at(value, &format!("aws.cloudtrail.flattened.{key}"));
        let found = flattened.or_else(|| at(value, &format!("aws.cloudtrail.{key}")));
        let parsed = match found {
            Some(Value::String(text)) => serde_json::from_str(text).ok(),
            other => other.cloned(),
        };
        if let Some(document) = parsed.filter(|value| value.is_object()) {
            mapping.put(name, Some(document));
        }
    }
    if let Some(time) = at(value, "@timestamp").and_then(time) {
        mapping.put("eventTime", Some(time));
    }
    mapping.finish()
}

/// `mfaAuthenticated` is a text in CloudTrail, whatever a pipeline makes of it.
fn text_of_flag(name: &str, value: Value) -> Value {
    match value {
        Value::Bool(flag) if name.ends_with("mfaAuthenticated") => flag.to_string().into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Loss;
    use serde_json::json;

    #[test]
    fn a_document_is_mapped_back_as_far_as_that_is_certain() {
        let mapped = record(&json!({
            "@timestamp": "2026-01-05T09:00:00.000Z",
            "event": {"action": "CreateUser", "provider": "iam.amazonaws.com", "id": "1"},
            "source": {"address": "192.0.2.1", "ip": "192.0.2.1"},
            "cloud": {"region": "us-east-1", "account": {"id": "111122223333"}},
            "aws": {"cloudtrail": {
                "event_version": "1.08",
                "user_identity": {"type": "IAMUser", "session_context": {"mfa_authenticated": "false"}},
                "request_parameters": "{userName=bob}",
                "flattened": {"response_elements": {"user": {"userName": "bob"}}}
            }}
        }));
        assert_eq!(
            mapped.record,
            json!({
                "eventVersion": "1.08", "eventName": "CreateUser",
                "eventSource": "iam.amazonaws.com", "eventID": "1", "awsRegion": "us-east-1",
                "sourceIPAddress": "192.0.2.1",
                "userIdentity": {"type": "IAMUser",
                    "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
                "responseElements": {"user": {"userName": "bob"}},
                "eventTime": "2026-01-05T09:00:00Z"
            })
        );
        let at = |path: &str| mapped.losses.at(path.split('.'));
        assert_eq!(at("requestParameters"), Loss::Whole);
        assert_eq!(at("userIdentity.accountId"), Loss::Whole);
        assert_eq!(at("recipientAccountId"), Loss::Whole);
        assert_eq!(at("responseElements.user.userName"), Loss::None);
        assert_eq!(at("errorCode"), Loss::None);
    }

    #[test]
    fn keys_with_dots_are_paths() {
        let mapped = record(&json!({
            "aws.cloudtrail.event_version": "1.08", "event.action": "A", "event": {"provider": "b"}
        }));
        assert_eq!(
            mapped.record,
            json!({"eventVersion": "1.08", "eventName": "A", "eventSource": "b"})
        );
    }
}
