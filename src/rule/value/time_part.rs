//! Parts of a time, such as its hour.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::event::parse_rfc3339;

/// How long a time is to its seconds: `2026-01-05T23:51:36`.
const SECONDS: usize = 19;

/// A part of a time, as it is written: CloudTrail writes all times in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Of the month: 1 to 31.
    Day,
    /// Of the year by ISO 8601: 1 to 53.
    Week,
    /// 1 to 12.
    Month,
    /// All its digits.
    Year,
}

impl TimePart {
    /// All parts with their names.
    pub const ALL: [(&'static str, TimePart); 6] = [
        ("minute", TimePart::Minute),
        ("hour", TimePart::Hour),
        ("day", TimePart::Day),
        ("week", TimePart::Week),
        ("month", TimePart::Month),
        ("year", TimePart::Year),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        let mut all = TimePart::ALL.iter();
        all.find(|(_, part)| *part == self)
            .map_or("", |(name, _)| name)
    }

    /// The least and the greatest number that it can be.
    pub fn range(self) -> (u64, u64) {
        match self {
            TimePart::Minute => (0, 59),
            TimePart::Hour => (0, 23),
            TimePart::Day => (1, 31),
            TimePart::Week => (1, 53),
            TimePart::Month => (1, 12),
            TimePart::Year => (0, 9999),
        }
    }

    /// The part of an RFC 3339 time as it is written; `None` of anything else.
    pub fn of(self, text: &str) -> Option<u64> {
        let moment = parse_rfc3339(text)?;
        // Of a time with an offset the parts are those that stand there.
        let written = text.get(..SECONDS)?.replace(['t', ' '], "T");
        let time: DateTime = written
            .parse()
            .unwrap_or_else(|_| moment.to_zoned(TimeZone::UTC).datetime());
        let part = match self {
            TimePart::Minute => i64::from(time.minute()),
            TimePart::Hour => i64::from(time.hour()),
            TimePart::Day => i64::from(time.day()),
            TimePart::Week => i64::from(time.date().iso_week_date().week()),
            TimePart::Month => i64::from(time.month()),
            TimePart::Year => i64::from(time.year()),
        };
        u64::try_from(part).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> [Option<u64>; 6] {
        TimePart::ALL.map(|(_, part)| part.of(text))
    }

    #[test]
    fn parts_are_those_that_are_written() {
        let all = [51, 23, 5, 2, 1, 2026].map(Some);
        for text in [
            "2026-01-05T23:51:36Z",
            "2026-01-05T23:51:36.123Z",
            "2026-01-05T23:51:36+02:00",
        ] {
            assert_eq!(parts(text), all, "{text}");
        }
        for text in [
            "",
            "23",
            "2026-01-05",
            "2026-01-05T23:51",
            "2026-13-05T23:51:36Z",
        ] {
            assert_eq!(parts(text), [None; 6], "{text}");
        }
    }

    #[test]
    fn the_first_days_of_a_year_may_be_of_the_last_week_of_the_one_before() {
        let text = "2021-01-03T00:00:00Z";
        assert_eq!(TimePart::Week.of(text), Some(53));
        assert_eq!(TimePart::Year.of(text), Some(2021));
    }
}
