//! What a record holds, as one short value: equal for two deliveries of one
//! event, however they are written.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Half of the SHA-256 of a record in canonical form: keys sorted, no white
/// space, numbers as they were read. `1` and `1.0` are two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 16]);

impl ContentHash {
    /// The hash of a record.
    pub fn of(record: &Value) -> ContentHash {
        let mut canonical = Vec::with_capacity(2048);
        write_canonical(record, &mut canonical);
        ContentHash(half(&Sha256::digest(&canonical)))
    }

    /// The hash of a text.
    pub(crate) fn of_text(text: &str) -> ContentHash {
        ContentHash(half(&Sha256::digest(text)))
    }
}

fn half(digest: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

/// JSON with sorted keys and no white space. Scalars go through `serde_json`, so
/// that the text can be read back in one way only.
pub(super) fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for item in items {
                write_canonical(item, out);
                out.push(b',');
            }
            out.push(b']');
        }
        Value::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push(b'{');
            for (key, item) in sorted {
                write_scalar(key, out);
                out.push(b':');
                write_canonical(item, out);
                out.push(b',');
            }
            out.push(b'}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            write_scalar(value, out);
        }
    }
}

fn write_scalar(scalar: &impl Serialize, out: &mut Vec<u8>) {
    // Neither a scalar nor a vector can fail.
    let _ = serde_json::to_writer(out, scalar);
}

#[cfg(test)]
mod tests {

    use super::*;

    fn hash(json: &str) -> ContentHash {
        ContentHash::of(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn key_order_and_white_space_do_not_matter() {
        assert_eq!(
            hash(r#"{"a":1,"b":{"x":[1,2],"y":null}}"#),
            hash("{ \"b\": {\"y\": null, \"x\": [1, 2]},\n \"a\": 1 }")
        );
        assert_eq!(hash(r#"{"a":"\u0041"}"#), hash(r#"{"a":"A"}"#));
    }

    #[test]
    fn what_differs_has_another_hash() {
        let all = [
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":1.0}"#,
            r#"{"a":[1]}"#,
            r#"{"a":[1,2]}"#,
            r#"{"a":[2,1]}"#,
            r#"{"a":[[1],2]}"#,
            r#"{"a":[[1,2]]}"#,
            r#"{"a":null}"#,
            r#"{}"#,
            r#"{"a":{"b":1}}"#,
            r#"{"a":"{\"b\":1}"}"#,
        ];
        let distinct: std::collections::HashSet<_> = all.iter().map(|json| hash(json)).collect();
        assert_eq!(distinct.len(), all.len());
    }
}
