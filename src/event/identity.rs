//! Who, where and what: the identifying fields of a record.
//!
//! Each accessor takes a whole record and yields text as it stands there. An
//! empty string counts as absent: CloudTrail writes `""` where it hides a value.

use serde_json::Value;

/// `eventID`, which names an event across deliveries.
pub fn event_id(record: &Value) -> Option<&str> {
    text(record, "/eventID")
}

/// `eventName`, the operation that was called.
pub fn event_name(record: &Value) -> Option<&str> {
    text(record, "/eventName")
}

/// `eventSource`, the service that was called, such as `iam.amazonaws.com`.
pub fn event_source(record: &Value) -> Option<&str> {
    text(record, "/eventSource")
}

/// `eventCategory`, such as `Management` or `Data`.
pub fn category(record: &Value) -> Option<&str> {
    text(record, "/eventCategory")
}

/// The account that the event belongs to: `recipientAccountId`, or, in records
/// from before it was written, `userIdentity.accountId`.
pub fn account(record: &Value) -> Option<&str> {
    text(record, "/recipientAccountId").or_else(|| text(record, "/userIdentity/accountId"))
}

/// `awsRegion`, the region that the call was made to.
pub fn region(record: &Value) -> Option<&str> {
    text(record, "/awsRegion")
}

/// `sourceIPAddress`. Often no address: calls by services carry the name of
/// the service, or `AWS Internal`.
pub fn source_address(record: &Value) -> Option<&str> {
    text(record, "/sourceIPAddress")
}

/// Who acted, by the best name that the record has. The first of these that is there:
///
/// 1. `userIdentity.arn`;
/// 2. `invokedBy`, for a service (type `AWSService`, or an identity without a type,
///    as service events have it);
/// 3. `onBehalfOf.userId`, for a user of IAM Identity Center, who has no ARN;
/// 4. `principalId`, which names users of other accounts, SAML and web identities;
/// 5. `userName`;
/// 6. `invokedBy`, whatever the type;
/// 7. `userIdentity.accountId`, all that a call from another account may leave.
pub fn principal(record: &Value) -> Option<String> {
    let of = |pointer| text(record, pointer);
    let kind = of("/userIdentity/type");
    let service = || matches!(kind, None | Some("AWSService"));
    of("/userIdentity/arn")
        .or_else(|| of("/userIdentity/invokedBy").filter(|_| service()))
        .or_else(|| {
            of("/userIdentity/onBehalfOf/userId").filter(|_| kind == Some("IdentityCenterUser"))
        })
        .or_else(|| of("/userIdentity/principalId"))
        .or_else(|| of("/userIdentity/userName"))
        .or_else(|| of("/userIdentity/invokedBy"))
        .or_else(|| of("/userIdentity/accountId"))
        .map(str::to_owned)
}

fn text<'a>(record: &'a Value, pointer: &str) -> Option<&'a str> {
    record
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

/// Whether a text is the id of an account: 12 digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::a_user_by_arn(
        json!({"type": "IAMUser", "principalId": "AIDAEXAMPLE", "userName": "ana",
            "arn": "arn:aws:iam::111122223333:user/ana"}),
        Some("arn:aws:iam::111122223333:user/ana")
    )]
    #[case::a_service_by_its_name(
        json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}),
        Some("config.amazonaws.com")
    )]
    #[case::a_service_event_without_a_type(
        json!({"accountId": "111122223333", "invokedBy": "ec2.amazonaws.com"}),
        Some("ec2.amazonaws.com")
    )]
    #[case::an_identity_center_user(
        json!({"type": "IdentityCenterUser", "accountId": "111122223333",
            "onBehalfOf": {"userId": "544894e8-80c1-707f-60e3-3ba6510dfac1"}}),
        Some("544894e8-80c1-707f-60e3-3ba6510dfac1")
    )]
    #[case::a_saml_user_before_the_service_that_called(
        json!({"type": "SAMLUser", "principalId": "SampleUniqueIdp:ana", "userName": "ana",
            "invokedBy": "signin.amazonaws.com"}),
        Some("SampleUniqueIdp:ana")
    )]
    #[case::hidden_names_are_absent(
        json!({"type": "IAMUser", "arn": "", "principalId": "", "accountId": "111122223333"}),
        Some("111122223333")
    )]
    #[case::nobody(json!({}), None)]
    #[case::not_an_object(json!("root"), None)]
    fn the_principal_is_the_best_name_there_is(
        #[case] identity: Value,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(
            principal(&json!({"userIdentity": identity})).as_deref(),
            expected
        );
    }

    #[test]
    fn the_recipient_account_goes_before_the_callers() {
        let mut record = json!({"recipientAccountId": "111122223333", "userIdentity": {"accountId": "444455556666"}});
        assert_eq!(account(&record), Some("111122223333"));
        record["recipientAccountId"] = Value::Null;
        assert_eq!(account(&record), Some("444455556666"));
    }

    #[test]
    fn a_value_that_is_no_text_is_absent() {
        let record = json!({"eventID": 7, "eventName": null, "eventSource": {}, "awsRegion": ""});
        assert_eq!(event_id(&record), None);
        assert_eq!(event_name(&record), None);
        assert_eq!(event_source(&record), None);
        assert_eq!(region(&record), None);
        assert_eq!(source_address(&record), None);
        assert_eq!(event_id(&Value::Null), None);
    }
}
