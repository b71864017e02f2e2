//! OCSF, as Security Lake keeps CloudTrail's records: API Activity, Account Change
//! and Authentication.
//!
//! The mapping is that of the OCSF project's examples for CloudTrail, read
//! backwards, for OCSF 1.1 and the versions before it.

use serde_json::Value;

use super::{Mapped, Mapping, at, time, typed};
use crate::event::catalogue::{FieldCheck, check_path};

/// The classes that CloudTrail's records become.
const CLASSES: [u64; 4] = [3001, 3002, 3005, 6003];

const AUTHENTICATION: u64 = 3002;

/// Whether an object in OCSF was a record of CloudTrail.
pub(in crate::shape) fn is_of_cloudtrail(value: &Value) -> bool {
    class(value).is_some_and(|class| CLASSES.contains(&class))
        && at(value, "metadata.product.name").and_then(Value::as_str) == Some("CloudTrail")
}

fn class(value: &Value) -> Option<u64> {
    at(value, "class_uid")?.as_u64()
}

/// Fields that are texts in both.
const TEXTS: [(&str, &str); 19] = [
    ("eventVersion", "metadata.product.version"),
    ("eventID", "metadata.uid"),
    ("eventType", "metadata.event_code"),
    ("eventSource", "api.service.name"),
    ("eventName", "api.operation"),
    ("apiVersion", "api.version"),
    ("errorCode", "api.response.error"),
    ("errorMessage", "api.response.message"),
    ("awsRegion", "cloud.region"),
    ("userAgent", "http_request.user_agent"),
    ("vpcEndpointId", "src_endpoint.uid"),
    ("userIdentity.type", "actor.user.type"),
    ("userIdentity.userName", "actor.user.name"),
    ("userIdentity.accessKeyId", "actor.user.credential_uid"),
    ("userIdentity.invokedBy", "actor.invoked_by"),
    (
        "userIdentity.sessionContext.sessionIssuer.arn",
        "actor.session.issuer",
    ),
    ("requestID", "api.request.uid"),
    ("userIdentity.accountId", "actor.user.account.uid"),
    ("userIdentity.accountId", "actor.user.account_uid"),
];

/// The record that an object in OCSF was made of.
pub(in crate::shape) fn record(value: &Value) -> Mapped {
    let mut mapping = Mapping::new();
    for (name, path) in TEXTS {
        // Where there was no text, some writers have two quotes.
        let text = at(value, path).filter(|text| text.as_str() != Some("''"));
        mapping.put_text(name, text);
    }
    mapping.put_document("requestParameters", at(value, "api.request.data"));
    mapping.put_document("responseElements", at(value, "api.response.data"));
    match at(value, "time").or(at(value, "time_dt")).and_then(time) {
        Some(time) => mapping.put("eventTime", Some(time)),
        None => mapping.lose("eventTime"),
    }
    let address = at(value, "src_endpoint.ip").or(at(value, "src_endpoint.domain"));
    mapping.put_text("sourceIPAddress", address);
    principal(value, &mut mapping);
    session(value, &mut mapping);
    category(value, &mut mapping);
    if class(value) == Some(AUTHENTICATION) {
        sign_in(value, &mut mapping);
    }
    resources(value, &mut mapping);
    unmapped(value, &mut mapping);
    mapping.finish()
}

/// The ARN and the principal's id, which changed places between versions.
fn principal(value: &Value, mapping: &mut Mapping) {
    let uid = at(value, "actor.user.uid");
    let is_arn = |value: &&Value| value.as_str().is_some_and(|text| text.starts_with("arn:"));
    let (arn, id) = match uid.filter(is_arn) {
        Some(arn) => (Some(arn), at(value, "actor.user.uid_alt")),
        None => match at(value, "actor.user.uuid") {
            Some(arn) => (Some(arn), uid),
            None => (None, at(value, "actor.user.uid_alt").or(uid)),
        },
    };
    mapping.put_text("userIdentity.arn", arn);
    mapping.put_text("userIdentity.principalId", id);
    // One field of two.
    if at(value, "actor.idp.name").is_none() {
        mapping.put("userIdentity.identityProvider", None);
        mapping.put(
            "userIdentity.sessionContext.webIdFederationData.federatedProvider",
            None,
        );
    }
}

fn session(value: &Value, mapping: &mut Mapping) {
    const CREATED: &str = "userIdentity.sessionContext.attributes.creationDate";
    const MFA: &str = "userIdentity.sessionContext.attributes.mfaAuthenticated";
    let created =
        at(value, "actor.session.created_time_dt").or(at(value, "actor.session.created_time"));
    match created.map(time) {
        Some(None) => {}
        Some(time) => mapping.put(CREATED, time),
        None => mapping.put(CREATED, None),
    }
    let mfa = at(value, "actor.session.is_mfa").or(at(value, "actor.session.mfa"));
    match mfa {
        None => mapping.put(MFA, None),
        // CloudTrail writes a text.
        Some(Value::Bool(mfa)) => mapping.put(MFA, Some(mfa.to_string().into())),
        Some(Value::String(text)) => mapping.put(MFA, Some(text.clone().into())),
        Some(_) => {}
    }
}

/// Some writers have one name for all categories.
fn category(value: &Value, mapping: &mut Mapping) {
    let name = at(value, "metadata.product.feature.name");
    let categories = ["Management", "Data", "Insight", "NetworkActivity"];
    let is_one = |name: &str| categories.contains(&name);
    match name {
        None => mapping.put("eventCategory", None),
        Some(name) if name.as_str().is_some_and(is_one) => {
            mapping.put("eventCategory", Some(name.clone()));
        }
        Some(_) => {}
    }
}

fn sign_in(value: &Value, mapping: &mut Mapping) {
    if let Some(Value::Bool(mfa)) = at(value, "is_mfa") {
        let used = if *mfa { "Yes" } else { "No" };
        mapping.put("additionalEventData.MFAUsed", Some(used.into()));
    }
}

fn resources(value: &Value, mapping: &mut Mapping) {
    let Some(resources) = at(value, "resources").and_then(Value::as_array) else {
        return mapping.put("resources", None);
    };
    let fields = [
        ("ARN", &["uid"][..]),
        (
            "accountId",
            &["account.uid", "account_uid", "owner.account.uid"],
        ),
        ("type", &["type"]),
    ];
    let resource = |resource: &Value| {
        let found = fields.iter().filter_map(|(name, paths)| {
            let value = paths.iter().find_map(|path| at(resource, path))?;
            Some(((*name).to_owned(), value.clone()))
        });
        Value::Object(found.collect())
    };
    mapping.put("resources", Some(resources.iter().map(resource).collect()));
    mapping.lose("resources.ARNPrefix");
}

/// What has no place in OCSF stands under CloudTrail's own names, as text. Which of
/// it was left out nobody says.
fn unmapped(value: &Value, mapping: &mut Mapping) {
    let unmapped = match value.get("unmapped") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let entries = unmapped.as_object().into_iter().flatten();
    for (path, value) in entries.filter(|(_, value)| !value.is_null()) {
        let keys: Vec<&str> = path.split('.').collect();
        if !matches!(check_path(&keys), FieldCheck::Unknown { .. }) {
            mapping.put(path, Some(typed(path, value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Loss;
    use serde_json::json;

    fn loss(mapped: &Mapped, path: &str) -> Loss {
        mapped.losses.at(path.split('.'))
    }

    #[test]
    fn a_sign_in_is_mapped_back() {
        let value = json!({
            "class_uid": 3002,
            "actor": {"user": {
                "account": {"uid": "111122223333"}, "name": "ana", "type": "IAMUser",
                "uid": "arn:aws:iam::111122223333:user/ana", "uid_alt": "AIDAEXAMPLE"}},
            "api": {"operation": "ConsoleLogin", "request": {"uid": "''"},
                "response": {"data": "{\"ConsoleLogin\":\"Success\"}"},
                "service": {"name": "signin.amazonaws.com"}},
            "cloud": {"provider": "AWS", "region": "us-east-1"},
            "is_mfa": true,
            "metadata": {"event_code": "AwsConsoleSignIn", "uid": "u", "version": "1.1.0",
                "product": {"name": "CloudTrail", "version": "1.08", "feature": {"name": "Management"}}},
            "src_endpoint": {"ip": "192.0.2.1"},
            "time": 1767603600000_i64,
            "unmapped": {"recipientAccountId": "111122223333", "readOnly": "false",
                "additionalEventData.MobileVersion": "No", "noSuchField": "x"}
        });
        assert!(is_of_cloudtrail(&value));
        let mapped = record(&value);
        assert_eq!(
            mapped.record,
            json!({
                "eventVersion": "1.08", "eventID": "u", "eventType": "AwsConsoleSignIn",
                "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin",
                "awsRegion": "us-east-1",
                "userIdentity": {"type": "IAMUser", "userName": "ana",
                    "accountId": "111122223333", "arn": "arn:aws:iam::111122223333:user/ana",
                    "principalId": "AIDAEXAMPLE"},
                "requestParameters": null,
                "responseElements": {"ConsoleLogin": "Success"},
                "eventTime": "2026-01-05T09:00:00Z",
                "sourceIPAddress": "192.0.2.1",
                "eventCategory": "Management",
                "additionalEventData": {"MFAUsed": "Yes", "MobileVersion": "No"},
                "recipientAccountId": "111122223333", "readOnly": false
            })
        );
        assert_eq!(loss(&mapped, "additionalEventData.MFAUsed"), Loss::None);
        assert_eq!(loss(&mapped, "additionalEventData.LoginTo"), Loss::Whole);
        assert_eq!(loss(&mapped, "managementEvent"), Loss::Whole);
        assert_eq!(loss(&mapped, "errorCode"), Loss::None);
        assert_eq!(loss(&mapped, "userIdentity"), Loss::Part);
    }

    #[test]
    fn what_may_be_one_of_two_fields_is_lost() {
        let mapped = record(&json!({
            "class_uid": 6003,
            "actor": {"idp": {"name": "accounts.example.com"}, "session": {"is_mfa": false}},
            "api": {"request": {"data": "{broken"}},
            "metadata": {"product": {"name": "CloudTrail", "feature": {"name": "Management, Data, and Insights"}}},
            "time": "yesterday"
        }));
        for path in [
            "userIdentity.identityProvider",
            "requestParameters",
            "eventCategory",
            "eventTime",
        ] {
            assert_eq!(loss(&mapped, path), Loss::Whole, "{path}");
        }
        let mfa = "/userIdentity/sessionContext/attributes/mfaAuthenticated";
        assert_eq!(mapped.record.pointer(mfa), Some(&json!("false")));
    }

    #[test]
    fn other_classes_and_products_are_not_cloudtrail() {
        let other = json!({"class_uid": 4001, "metadata": {"product": {"name": "CloudTrail"}}});
        assert!(!is_of_cloudtrail(&other));
        let other = json!({"class_uid": 6003, "metadata": {"product": {"name": "Amazon EKS"}}});
        assert!(!is_of_cloudtrail(&other));
    }
}
