//! When an event happened.

use std::borrow::Cow;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::Value;

/// When the event happened: `eventTime`, or `@timestamp` where a log shipper
/// has left only that. A time that cannot be read is no time, never another one.
pub fn event_time(record: &Value) -> Option<Timestamp> {
    let time = match record.get("eventTime") {
        None | Some(Value::Null) => record.get("@timestamp")?,
        Some(time) => time,
    };
    parse_rfc3339(time.as_str()?)
}

/// Reads `90m`, `24h` or `7d`; a day has 24 hours.
///
/// # Errors
/// What to write instead.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let help = || "write how long, such as 90m, 24h or 7d".to_owned();
    let begins_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let span: Span = text.parse().map_err(|_| help())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours());
    duration
        .ok()
        .filter(|duration| begins_with_digit && !duration.is_negative())
        .ok_or_else(help)
}

/// Reads an RFC 3339 `date-time` and nothing more: a `T` between date and time,
/// an offset, no zone in brackets. `t` and `z` are allowed as in the RFC. A leap
/// second counts as the second before it; digits past the nanosecond are dropped.
pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let fits = |at: usize, pattern: &[u8]| {
        bytes.get(at..at + pattern.len()).is_some_and(|part| {
            part.iter().zip(pattern).all(|(&byte, &want)| match want {
                b'0' => byte.is_ascii_digit(),
                b'T' => byte.eq_ignore_ascii_case(&b'T'),
                b'+' => byte == b'+' || byte == b'-',
                _ => byte == want,
            })
        })
    };
    let seconds_end = b"0000-00-00T00:00:00".len();
    if !fits(0, b"0000-00-00T00:00:00") {
        return None;
    }
    let mut offset_at = seconds_end;
    if bytes.get(seconds_end) == Some(&b'.') {
        let digits = bytes[seconds_end + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        offset_at += 1 + digits.count();
        if offset_at == seconds_end + 1 {
            return None;
        }
    }
    let offset = &bytes[offset_at..];
    let zulu = matches!(offset, b"Z" | b"z");
    let numeric = offset.len() == 6 && fits(offset_at, b"+00:00") && offset_in_range(offset);
    if !zulu && !numeric {
        return None;
    }
    let nanosecond_end = seconds_end + 1 + 9;
    let text = if offset_at > nanosecond_end {
        Cow::Owned(format!("{}{}", &text[..nanosecond_end], &text[offset_at..]))
    } else {
        Cow::Borrowed(text)
    };
    text.parse().ok()
}

/// The RFC's hours go to 23 and its minutes to 59, in offsets too.
fn offset_in_range(offset: &[u8]) -> bool {
    offset[1..3] <= b"23"[..] && offset[4..6] <= b"59"[..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("2026-01-05T09:14:07Z", "2026-01-05T09:14:07Z")]
    #[case("2026-01-05t09:14:07z", "2026-01-05T09:14:07Z")]
    #[case("2026-01-05T09:14:07.25+01:00", "2026-01-05T08:14:07.25Z")]
    #[case("2026-01-05T09:14:07-00:00", "2026-01-05T09:14:07Z")]
    #[case("2026-01-05T09:14:07.1234567899Z", "2026-01-05T09:14:07.123456789Z")]
    #[case("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z")]
    fn reads_every_form_of_the_rfc(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(
            parse_rfc3339(text).map(|time| time.to_string()).as_deref(),
            Some(expected)
        );
    }

    #[rstest]
    #[case::no_offset("2026-01-05T09:14:07")]
    #[case::a_zone_in_brackets("2026-01-05T09:14:07+01:00[Europe/Berlin]")]
    #[case::a_space("2026-01-05 09:14:07Z")]
    #[case::no_seconds("2026-01-05T09:14Z")]
    #[case::a_date("2026-01-05")]
    #[case::the_basic_form("20260105T091407Z")]
    #[case::a_bare_point("2026-01-05T09:14:07.Z")]
    #[case::an_offset_without_colon("2026-01-05T09:14:07+0100")]
    #[case::an_offset_of_a_day("2026-01-05T09:14:07+24:00")]
    #[case::no_such_day("2026-02-30T09:14:07Z")]
    #[case::no_such_hour("2026-01-05T24:00:00Z")]
    #[case::space_around(" 2026-01-05T09:14:07Z ")]
    #[case::a_number("1767604447")]
    #[case::empty("")]
    #[case::other_digits("２026-01-05T09:14:07Z")]
    fn reads_nothing_else(#[case] text: &str) {
        assert_eq!(parse_rfc3339(text), None);
    }

    #[test]
    fn the_event_time_goes_before_the_shippers() {
        let time = |record: Value| event_time(&record).map(|time| time.to_string());
        let shipper = "2026-01-05T10:00:00.000Z";
        assert_eq!(
            time(json!({"eventTime": "2026-01-05T09:14:07Z", "@timestamp": shipper})).as_deref(),
            Some("2026-01-05T09:14:07Z")
        );
        assert_eq!(
            time(json!({"@timestamp": shipper})).as_deref(),
            Some("2026-01-05T10:00:00Z")
        );
        assert_eq!(
            time(json!({"eventTime": "yesterday", "@timestamp": shipper})),
            None
        );
        assert_eq!(time(json!({"eventTime": 1_767_604_447})), None);
        assert_eq!(time(json!({})), None);
    }

    proptest! {
        #[test]
        fn any_time_survives_being_written_and_read(second in -62_135_596_800_i64..253_402_300_799) {
            let time = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(parse_rfc3339(&time.to_string()), Some(time));
        }

        #[test]
        fn no_text_panics(text in "[0-9TZtz:.+\\- é]{0,40}") {
            let _ = parse_rfc3339(&text);
        }
    }
}
