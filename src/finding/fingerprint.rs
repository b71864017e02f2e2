//! The name of a finding across runs.
//!
//! The fingerprint is the first 32 hexadecimal digits of the SHA-256 over these
//! parts, each written as its length in bytes (8 bytes, little endian) and its
//! bytes, so that no part can run into the next:
//!
//! 1. `trailgate-fingerprint-1`;
//! 2. the rule's id;
//! 3. for each selector of the rule's `key`, in the order written: its text, the
//!    number of its values in decimal, and each value as JSON with sorted keys and
//!    no white space. A rule without `key` is keyed by the event's name, principal,
//!    account and region, under the names `event_name`, `principal`, `account` and
//!    `region`; what a record does not carry has no values.
//!
//! Values are the record's own, not masked. The fingerprint never merges findings
//! within one run: two events with equal keys are two findings with one name.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::content::write_canonical;

const VERSION: &str = "trailgate-fingerprint-1";
const DIGITS: usize = 32;

/// One selector of a key with the values it has in an event.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyPart {
    /// The selector's text.
    pub selector: String,
    /// Its values, in the order of the record.
    pub values: Vec<Value>,
}

/// The fingerprint of a rule and the parts of its key.
pub fn fingerprint(rule: &str, key: &[KeyPart]) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(VERSION.as_bytes());
    part(rule.as_bytes());
    for KeyPart { selector, values } in key {
        part(selector.as_bytes());
        part(values.len().to_string().as_bytes());
        for value in values {
            let mut canonical = Vec::new();
            write_canonical(value, &mut canonical);
            part(&canonical);
        }
    }
    hash.finalize()
        .iter()
        .take(DIGITS / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether a text has the form of a fingerprint.
pub fn is_one(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == DIGITS && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn part(selector: &str, values: &[Value]) -> KeyPart {
        KeyPart {
            selector: selector.to_owned(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn the_fingerprint_of_a_finding_never_changes() {
        let key = [
            part(
                "userIdentity.arn",
                &[json!("arn:aws:iam::111122223333:user/ana")],
            ),
            part("requestParameters.name", &[]),
        ];
        insta::assert_snapshot!(fingerprint("a-rule", &key), @"4c1264793f71f6910dd958f4fda85a50");
    }

    #[test]
    fn the_order_of_keys_in_an_object_does_not_matter() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":2}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap();
        assert_eq!(
            fingerprint("r", &[part("x", &[one])]),
            fingerprint("r", &[part("x", &[other])])
        );
    }

    fn key() -> impl Strategy<Value = (String, Vec<KeyPart>)> {
        // Few letters, so that concatenations often coincide.
        let value = prop_oneof![
            "[ab1]{0,2}".prop_map(Value::from),
            (0..3u8).prop_map(Value::from),
            prop::collection::vec("[ab]{0,1}".prop_map(Value::from), 0..2).prop_map(Value::from),
        ];
        let parts = prop::collection::vec(
            ("[ab1]{0,2}", prop::collection::vec(value, 0..3))
                .prop_map(|(selector, values)| KeyPart { selector, values }),
            0..3,
        );
        ("[ab1]{0,2}", parts)
    }

    proptest! {
        #[test]
        fn parts_do_not_run_into_one_another(one in key(), other in key()) {
            let equal = fingerprint(&one.0, &one.1) == fingerprint(&other.0, &other.1);
            prop_assert_eq!(equal, one == other);
        }
    }

    #[test]
    fn moving_text_from_one_part_to_the_next_changes_the_fingerprint() {
        let keys = [
            vec![part("a", &[json!("b"), json!("c")])],
            vec![part("a", &[json!("b")]), part("c", &[])],
            vec![part("a", &[]), part("b", &[json!("c")])],
            vec![part("ab", &[json!("c")])],
            vec![part("a", &[json!("bc")])],
            vec![part("a", &[json!(["b", "c"])])],
        ];
        let distinct: std::collections::HashSet<_> =
            keys.iter().map(|key| fingerprint("r", key)).collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
