//! Credentials: knowing them when they are seen, and not showing them.
//!
//! In comes text or JSON from a record; out comes the same with everything that
//! looks like a credential replaced by a mask such as `[masked, 40 characters]`.
//! A credential is known by the name of its field ([`is_secret_key`]) or by its
//! own form ([`looks_like_credential`]). Identifiers stay: access key ids, ARNs
//! and ids of secrets say *which* credential, not what it is. What CloudTrail has
//! hidden itself stays as it is. Masking what is masked changes nothing.

mod name;
mod pattern;
mod random;
mod text;

use serde_json::{Map, Value};

pub use name::is_secret_key;
pub use text::{looks_like_credential, mask_text};

/// The mask for a whole text: how long it was, and nothing else of it. What
/// hides nothing (a mask, a placeholder, a reference) stays.
pub fn mask(text: &str) -> String {
    if is_placeholder(text) {
        text.to_owned()
    } else {
        mask_of(text)
    }
}

/// The mask for a text that hides something.
fn mask_of(text: &str) -> String {
    match text.chars().count() {
        1 => "[masked, 1 character]".to_owned(),
        length => format!("[masked, {length} characters]"),
    }
}

/// A copy fit to be shown: credentials masked, known by their field's name, by
/// the `name` beside a `value`, or by their form.
pub fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask_text(text).into_owned()),
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(entries) => Value::Object(masked_object(entries)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn masked_object(entries: &Map<String, Value>) -> Map<String, Value> {
    let named_secret = names_a_secret(entries);
    entries
        .iter()
        .map(|(key, value)| {
            let secret = is_secret_key(key) || (named_secret && key.eq_ignore_ascii_case("value"));
            let shown = if secret {
                masked_secret(value)
            } else {
                masked(value)
            };
            (key.clone(), shown)
        })
        .collect()
}

/// Whether an object is a variable, parameter or tag with a secret's name, such as
/// `{"name": "DB_PASSWORD", "value": "...", "type": "PLAINTEXT"}`. With another type
/// the value says where the secret is kept.
fn names_a_secret(entries: &Map<String, Value>) -> bool {
    let text = |wanted: &str| {
        let mut found = entries
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(wanted));
        found.next().and_then(|(_, value)| value.as_str())
    };
    let kept_elsewhere = matches!(text("type"), Some("PARAMETER_STORE" | "SECRETS_MANAGER"));
    !kept_elsewhere
        && text("name")
            .or_else(|| text("key"))
            .is_some_and(is_secret_key)
}

/// The value of a field that holds a secret. An object there describes the
/// secret more often than it is one, so only its own fields' names decide.
fn masked_secret(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask(text)),
        Value::Number(number) => Value::String(mask(&number.to_string())),
        Value::Array(items) => items.iter().map(masked_secret).collect(),
        Value::Object(_) | Value::Bool(_) | Value::Null => masked(value),
    }
}

/// Text that stands for a secret and is none: a mask of ours or of AWS, a
/// reference to where it is kept, an outcome (`GetSigninToken: Success`), nothing.
fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 6] = [
        "HIDDEN_DUE_TO_SECURITY_REASONS",
        "sensitiveDataRemoved",
        "REDACTED",
        "null",
        "Success",
        "Failure",
    ];
    let bare = text.trim_matches(['<', '>', '[', ']', '(', ')']);
    text::is_mask(text)
        || text.bytes().all(|byte| byte == b'*')
        || WORDS.contains(&bare)
        || (text.starts_with("arn:") && text.matches(':').count() >= 5)
        || ["${", "{{resolve:"]
            .iter()
            .any(|opening| text.starts_with(opening))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn fields_with_a_secrets_name_are_masked_and_identifiers_are_not() {
        let record = json!({
            "masterUsername": "admin",
            "masterUserPassword": "correct horse",
            "secretId": "prod/db",
            "clientToken": "4f1c6d8e-0000",
            "secretAccessKey": "x",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "pin": 1234,
            "password": 1234,
            "secret": {"name": "prod/db", "password": "x"},
            "passwords": ["ab", null, true],
        });
        insta::assert_json_snapshot!(masked(&record), @r#"
        {
          "masterUsername": "admin",
          "masterUserPassword": "[masked, 13 characters]",
          "secretId": "prod/db",
          "clientToken": "4f1c6d8e-0000",
          "secretAccessKey": "[masked, 1 character]",
          "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
          "pin": 1234,
          "password": "[masked, 4 characters]",
          "secret": {
            "name": "prod/db",
            "password": "[masked, 1 character]"
          },
          "passwords": [
            "[masked, 2 characters]",
            null,
            true
          ]
        }
        "#);
    }

    #[test]
    fn a_variable_is_masked_by_its_name_unless_it_points_elsewhere() {
        let variables = json!([
            {"name": "DB_PASSWORD", "value": "hunter2", "type": "PLAINTEXT"},
            {"name": "DB_PASSWORD", "value": "/app/db", "type": "PARAMETER_STORE"},
            {"name": "STAGE", "value": "prod", "type": "PLAINTEXT"},
            {"Key": "api_key", "Value": "abc"},
        ]);
        let shown = masked(&variables);
        assert_eq!(shown[0]["value"], "[masked, 7 characters]");
        assert_eq!(shown[1], variables[1]);
        assert_eq!(shown[2], variables[2]);
        assert_eq!(shown[3]["Value"], "[masked, 3 characters]");
    }

    #[test]
    fn what_hides_nothing_stays() {
        for kept in [
            "",
            "***",
            "HIDDEN_DUE_TO_SECURITY_REASONS",
            "<sensitiveDataRemoved>",
            "Success",
            "[masked, 40 characters]",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1b2c3",
            "{{resolve:secretsmanager:prod/db}}",
        ] {
            assert_eq!(mask(kept), kept);
            assert_eq!(
                masked(&json!({"password": kept})),
                json!({"password": kept})
            );
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,30}".prop_map(Value::from),
            "(AKIA|ghp_|password=|Bearer |https://u:|\\{\"token\":\")[A-Za-z0-9/+]{0,44}(@h|\"\\})?"
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            let key = "name|value|key|password|secretToken|nextToken|[a-zA-Z_]{1,9}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn masking_twice_is_masking_once(value in any_json()) {
            let once = masked(&value);
            prop_assert_eq!(masked(&once), once);
        }

        #[test]
        fn a_password_never_survives(password in "[a-zA-Z0-9]{8,40}", key in "password|dbPassword|api_key") {
            let shown = masked(&json!({"a": [{key: &password}]})).to_string();
            prop_assert!(!shown.contains(&password));
        }
    }
}
