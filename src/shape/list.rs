//! Arrays in an object whose elements are read one by one, as if each stood alone.
//!
//! In come a key of an object and the bytes after the bracket of its array; out
//! comes whether the elements are records. `Records` always wraps. The keys of
//! API answers are common words, so what they hold must show: by the first key of
//! the first element.

/// Bytes within which the first key of the first element shows.
const REACH: usize = 256;

/// An array that is read element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Of a log file, and of what the console downloads.
    Records,
    /// Of `aws cloudtrail lookup-events`.
    LookupEvents,
    /// Of a CloudWatch Logs subscription.
    LogEvents,
    /// Of `aws logs filter-log-events` and `get-log-events`.
    FoundEvents,
    /// Of `aws logs get-query-results`: an array of fields for each row.
    Rows,
}

/// Those that an API answer has.
const ANSWERS: [List; 4] = [
    List::LookupEvents,
    List::LogEvents,
    List::FoundEvents,
    List::Rows,
];

impl List {
    /// The longest key.
    pub(super) const LONGEST: usize = "logEvents".len();

    /// The key of the array.
    pub(crate) fn key(self) -> &'static str {
        match self {
            List::Records => "Records",
            List::LookupEvents => "Events",
            List::LogEvents => "logEvents",
            List::FoundEvents => "events",
            List::Rows => "results",
        }
    }

    /// The list that an API answer may have under a key.
    pub(crate) fn of_answer(key: &[u8]) -> Option<List> {
        let mut lists = ANSWERS.into_iter();
        lists.find(|list| list.key().as_bytes() == key)
    }

    /// The keys that its elements have.
    pub(super) fn element_keys(self) -> &'static [&'static str] {
        match self {
            List::Records => &[],
            List::LookupEvents => &[
                "EventId",
                "EventName",
                "ReadOnly",
                "AccessKeyId",
                "EventTime",
                "EventSource",
                "Username",
                "Resources",
                "CloudTrailEvent",
            ],
            List::LogEvents => &["id", "timestamp", "message", "extractedFields"],
            List::FoundEvents => &[
                "logStreamName",
                "timestamp",
                "message",
                "ingestionTime",
                "eventId",
            ],
            List::Rows => &["field", "value"],
        }
    }

    /// Whether an array with these bytes after its bracket holds such elements;
    /// `None` where more bytes must tell. An empty one does not.
    pub(crate) fn begins(self, after: &[u8]) -> Option<bool> {
        let near = &after[..after.len().min(REACH)];
        let shown = match (self, token(near)) {
            (List::Rows, Shown::Yes(b'[', rest)) => self.first_key(rest),
            (List::Rows, Shown::Yes(..)) => Shown::No,
            (_, Shown::Yes(..)) => self.first_key(near),
            (_, undecided) => undecided,
        };
        match shown {
            Shown::Yes(..) => Some(true),
            Shown::No => Some(false),
            Shown::Undecided => (near.len() == REACH).then_some(false),
        }
    }

    /// Whether an object with one of the keys begins these bytes.
    fn first_key(self, bytes: &[u8]) -> Shown<'_> {
        let mut rest = bytes;
        for expected in [b'{', b'"'] {
            rest = match token(rest) {
                Shown::Yes(byte, rest) if byte == expected => rest,
                Shown::Undecided => return Shown::Undecided,
                Shown::Yes(..) | Shown::No => return Shown::No,
            };
        }
        let Some(end) = rest.iter().position(|byte| *byte == b'"') else {
            return Shown::Undecided;
        };
        let mut keys = self.element_keys().iter();
        if keys.any(|key| key.as_bytes() == &rest[..end]) {
            Shown::Yes(b'"', &[])
        } else {
            Shown::No
        }
    }
}

/// Whether an array that is an element is a row: fields with their values.
pub(super) fn is_row(array: &[u8]) -> bool {
    let inside = array.strip_prefix(b"[").unwrap_or_default();
    let near = &inside[..inside.len().min(REACH)];
    matches!(List::Rows.first_key(near), Shown::Yes(..))
}

enum Shown<'a> {
    /// This byte, and what follows it.
    Yes(u8, &'a [u8]),
    No,
    /// The bytes end before it.
    Undecided,
}

/// The next byte that is no white space.
fn token(bytes: &[u8]) -> Shown<'_> {
    match bytes.iter().position(|byte| !byte.is_ascii_whitespace()) {
        Some(at) => Shown::Yes(bytes[at], &bytes[at + 1..]),
        None => Shown::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(List::LookupEvents, " \n {\n  \"EventId\": 1", Some(true))]
    #[case(List::LookupEvents, "{\"EventI", None)]
    #[case(List::LookupEvents, "", None)]
    #[case(List::LookupEvents, "\"s3:ObjectCreated:*\"]", Some(false))]
    #[case(List::LookupEvents, "]", Some(false))]
    #[case(List::FoundEvents, "{\"eventName\":1}]", Some(false))]
    #[case(List::FoundEvents, "{\"message\":\"", Some(true))]
    #[case(List::LogEvents, "{}", Some(false))]
    #[case(List::Rows, "[{\"field\":", Some(true))]
    #[case(List::Rows, "{\"field\":", Some(false))]
    #[case(List::Rows, "[", None)]
    fn what_an_array_holds_shows_in_its_first_key(
        #[case] list: List,
        #[case] after: &str,
        #[case] expected: Option<bool>,
    ) {
        assert_eq!(list.begins(after.as_bytes()), expected);
    }

    #[test]
    fn what_does_not_show_soon_does_not_show() {
        let far = format!("{}{{\"EventId\":1}}", " ".repeat(REACH));
        assert_eq!(List::LookupEvents.begins(far.as_bytes()), Some(false));
    }

    #[test]
    fn a_row_is_told_by_its_fields() {
        assert!(is_row(br#"[ {"field":"@message","value":"{}"}]"#));
        for other in ["[]", "[{}]", "[[{\"field\":1}]]", "[{\"fields\":1}]"] {
            assert!(!is_row(other.as_bytes()), "{other}");
        }
    }
}
