//! One record's bytes become a value.

use serde_json::Value;
use serde_json::error::Category;
use thiserror::Error;

use crate::diagnostic::{Code, Diagnostic};

/// Why a record's bytes are no JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordFault {
    /// A byte that is no UTF-8.
    #[error("this is not valid UTF-8, from byte {at} of the record on")]
    NotUtf8 {
        /// Index of the byte in the record, from 0.
        at: usize,
    },
    /// No valid JSON, or nested more than 127 levels deep.
    #[error("this is not valid JSON: {reason} at line {line} column {column} of the record")]
    Syntax {
        /// What is wrong.
        reason: String,
        /// Line in the record, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// Valid JSON, but no object.
    #[error("this is not a JSON object")]
    NotAnObject,
}

impl RecordFault {
    /// The fault as a person reads it, for one record of a named input.
    pub fn diagnostic(&self, input: &str, number: u64) -> Diagnostic {
        Diagnostic::new(Code::BadRecord, self.to_string())
            .in_place(format!("{input}, record {number}"))
            .help("its neighbours were read; mend or remove it, or export the file again")
    }
}

/// Parses the bytes of one record. Of a key that stands twice the last value
/// counts.
///
/// # Errors
///
/// If the bytes are no JSON object in UTF-8.
pub fn parse(bytes: &[u8]) -> Result<Value, RecordFault> {
    match parse_value(bytes)? {
        value @ Value::Object(_) => Ok(value),
        _ => Err(RecordFault::NotAnObject),
    }
}

/// The same for any value: a splitter gives rows of fields too.
pub(super) fn parse_value(bytes: &[u8]) -> Result<Value, RecordFault> {
    let text = std::str::from_utf8(bytes).map_err(|error| RecordFault::NotUtf8 {
        at: error.valid_up_to(),
    })?;
    serde_json::from_str(text).map_err(|error| syntax(&error))
}

fn syntax(error: &serde_json::Error) -> RecordFault {
    let shown = error.to_string();
    // serde_json says the position again at the end of its message.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = match error.classify() {
        Category::Eof => "it ends too early",
        Category::Io | Category::Syntax | Category::Data => {
            shown.strip_suffix(&place).unwrap_or(&shown)
        }
    };
    RecordFault::Syntax {
        reason: reason.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_parsed_and_its_last_duplicate_key_counts() {
        assert_eq!(
            parse(br#"{"a":1,"a":2}"#).unwrap(),
            serde_json::json!({"a": 2})
        );
    }

    #[test]
    fn a_syntax_error_says_what_and_where() {
        let fault = parse(b"{\"a\":1,\n \"b\":NaN}").unwrap_err();
        insta::assert_snapshot!(fault, @"this is not valid JSON: expected value at line 2 column 6 of the record");
        let shown = fault.diagnostic("export/a.json", 7);
        assert_eq!(shown.place.as_deref(), Some("export/a.json, record 7"));
    }

    #[test]
    fn bytes_that_are_no_utf8_are_placed() {
        assert_eq!(
            parse(b"{\"a\":\"x\xff\"}"),
            Err(RecordFault::NotUtf8 { at: 7 })
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert_eq!(parse(b"[]"), Err(RecordFault::NotAnObject));
    }

    #[test]
    fn nesting_has_a_limit_instead_of_a_stack_overflow() {
        let nested = |depth| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(parse(nested(127).as_bytes()).is_ok());
        let fault = parse(nested(100_000).as_bytes()).unwrap_err();
        assert!(fault.to_string().contains("recursion limit"), "{fault}");
    }

    #[test]
    fn lone_surrogates_and_control_characters_are_refused() {
        assert!(matches!(
            parse(br#"{"a":"\ud800"}"#),
            Err(RecordFault::Syntax { .. })
        ));
        assert!(matches!(
            parse(b"{\"a\":\"\0\"}"),
            Err(RecordFault::Syntax { .. })
        ));
    }
}
