//! Rows of Athena and Glue tables: CloudTrail's names in lower case, and what
//! belongs to each service as JSON in a text.
//!
//! In comes such a row; out comes the record as CloudTrail wrote it, as far as
//! that shows. A column that is null is taken to be a field that is not there,
//! but for the two that CloudTrail writes as null.

use serde_json::{Map, Value};

use crate::event::catalogue::{FieldCheck, FieldKind, check_path, kind_of, true_name};

/// Fields that CloudTrail writes where there is nothing in them.
pub(super) const WRITTEN_AS_NULL: [&str; 2] = ["requestParameters", "responseElements"];

/// A row with CloudTrail's names. Keys that CloudTrail does not have stay.
pub(super) fn restored(row: &Value) -> Value {
    match row {
        Value::Object(columns) => Value::Object(object(columns, &mut Vec::new())),
        other => other.clone(),
    }
}

fn object(columns: &Map<String, Value>, path: &mut Vec<&'static str>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (column, value) in columns {
        let Some(name) = true_name(path, column) else {
            fields.insert(column.clone(), value.clone());
            continue;
        };
        path.push(name);
        let value = field(value, path);
        path.pop();
        if !value.is_null() || path.is_empty() && WRITTEN_AS_NULL.contains(&name) {
            fields.insert(name.to_owned(), value);
        }
    }
    fields
}

pub(super) fn field(value: &Value, path: &mut Vec<&'static str>) -> Value {
    match (kind_of(path), value) {
        (Some(FieldKind::Object | FieldKind::Array), Value::String(text)) => {
            match serde_json::from_str(text) {
                Ok(parsed @ (Value::Object(_) | Value::Array(_) | Value::Null)) => {
                    field(&parsed, path)
                }
                // CloudTrail writes texts there now and then.
                Ok(_) | Err(_) => value.clone(),
            }
        }
        (Some(FieldKind::Boolean), Value::String(text)) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => value.clone(),
        },
        (_, Value::Object(columns)) if !is_open(path) => Value::Object(object(columns, path)),
        (Some(FieldKind::Array), Value::Array(elements)) => elements
            .iter()
            .map(|element| field_of_element(element, path))
            .collect(),
        _ => value.clone(),
    }
}

fn field_of_element(element: &Value, path: &mut Vec<&'static str>) -> Value {
    match element {
        Value::Object(columns) => Value::Object(object(columns, path)),
        other => other.clone(),
    }
}

/// Whether what is below belongs to each service, in whose names there is nothing
/// to restore.
fn is_open(path: &[&'static str]) -> bool {
    check_path(&[path, &["any"]].concat()) == FieldCheck::Open
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_documents_are_as_cloudtrail_writes_them() {
        let row = json!({
            "eventname": "RunInstances",
            "useridentity": {
                "type": "AssumedRole",
                "accountid": "111122223333",
                "invokedby": null,
                "sessioncontext": {
                    "attributes": {"mfaauthenticated": "false", "creationdate": "2026-01-05T09:00:00Z"},
                    "sessionissuer": {"username": "build", "principalid": "AROAEXAMPLE"},
                    "webidfederationdata": null
                }
            },
            "requestparameters": "{\"instanceType\":\"t3.micro\",\"eventname\":1}",
            "responseelements": null,
            "additionaleventdata": null,
            "errorcode": null,
            "readonly": "false",
            "managementevent": true,
            "resources": [{"arn": "arn:aws:s3:::a", "accountid": "111122223333", "type": "AWS::S3::Bucket"}],
            "tlsdetails": "{\"tlsVersion\":\"TLSv1.3\"}",
            "timestamp": "2026/01/05",
            "p_source": null
        });
        let record = json!({
            "eventName": "RunInstances",
            "userIdentity": {
                "type": "AssumedRole",
                "accountId": "111122223333",
                "sessionContext": {
                    "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-01-05T09:00:00Z"},
                    "sessionIssuer": {"userName": "build", "principalId": "AROAEXAMPLE"},
                }
            },
            "requestParameters": {"instanceType": "t3.micro", "eventname": 1},
            "responseElements": null,
            "readOnly": false,
            "managementEvent": true,
            "resources": [{"ARN": "arn:aws:s3:::a", "accountId": "111122223333", "type": "AWS::S3::Bucket"}],
            "tlsDetails": {"tlsVersion": "TLSv1.3"},
            "timestamp": "2026/01/05",
            "p_source": null,
        });
        assert_eq!(restored(&row), record);
    }

    #[test]
    fn a_text_that_is_no_document_stays() {
        let row =
            json!({"requestparameters": "HIDDEN", "responseelements": "null", "useridentity": 7});
        assert_eq!(
            restored(&row),
            json!({"requestParameters": "HIDDEN", "responseElements": null, "userIdentity": 7})
        );
    }
}
