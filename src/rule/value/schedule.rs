//! Schedules: which moments of the week, in a time zone, with days left out.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

pub use jiff::civil::Weekday;

/// A time of day with minutes; `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime {
    minutes: u16,
}

impl ClockTime {
    /// `00:00`.
    pub const MIDNIGHT: ClockTime = ClockTime { minutes: 0 };
    /// `24:00`.
    pub const END_OF_DAY: ClockTime = ClockTime { minutes: 24 * 60 };

    /// Reads `HH:MM`, from `00:00` to `24:00`.
    pub fn parse(text: &str) -> Option<ClockTime> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(hours) || !digits(minutes) {
            return None;
        }
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        let total = hours * 60 + minutes;
        (minutes < 60 && total <= 24 * 60).then_some(ClockTime { minutes: total })
    }

    fn reached_by(self, time: Time) -> bool {
        // Both at second resolution and finer: 08:00 is reached by 08:00:00.
        i32::from(time.hour()) * 60 + i32::from(time.minute()) >= i32::from(self.minutes)
    }
}

/// `08:00`
impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// `schedule: {days, from, to, zone, except}`.
///
/// A window opens on each of `days` at `from` and closes at `to`, which it does
/// not include. Where `to` is not after `from` it closes on the next day; the
/// day that counts, for `days` and for `except`, is the one it opened on.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The days on which a window opens.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub from: ClockTime,
    /// When it closes.
    pub to: ClockTime,
    /// Where the clock hangs.
    pub zone: TimeZone,
    /// Dates on which no window opens.
    pub except: Vec<Date>,
}

impl Schedule {
    /// Whether the moment lies inside.
    pub fn contains(&self, moment: Timestamp) -> bool {
        let local = moment.to_zoned(self.zone.clone()).datetime();
        let (date, time) = (local.date(), local.time());
        let after_from = self.from.reached_by(time);
        let before_to = !self.to.reached_by(time);
        if self.from < self.to {
            return after_from && before_to && self.opens_on(date);
        }
        let since_today = after_from && self.opens_on(date);
        let since_yesterday = before_to
            && date
                .yesterday()
                .is_ok_and(|yesterday| self.opens_on(yesterday));
        since_today || since_yesterday
    }

    fn opens_on(&self, date: Date) -> bool {
        self.days.contains(&date.weekday()) && !self.except.contains(&date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: [Weekday; 5] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ];

    fn schedule(from: &str, to: &str, zone: &str) -> Schedule {
        Schedule {
            days: WEEK.to_vec(),
            from: ClockTime::parse(from).unwrap(),
            to: ClockTime::parse(to).unwrap(),
            zone: jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap(),
            except: vec!["2026-12-25".parse().unwrap()],
        }
    }

    fn inside(schedule: &Schedule, moment: &str) -> bool {
        schedule.contains(moment.parse().unwrap())
    }

    #[test]
    fn the_window_includes_its_start_and_not_its_end() {
        let office = schedule("08:00", "18:00", "Europe/Berlin");
        assert!(inside(&office, "2026-11-23T07:00:00Z"));
        assert!(!inside(&office, "2026-11-23T06:59:59Z"));
        assert!(inside(&office, "2026-11-23T16:59:59Z"));
        assert!(!inside(&office, "2026-11-23T17:00:00Z"));
        assert!(!inside(&office, "2026-11-22T10:00:00Z"), "a Sunday");
        assert!(!inside(&office, "2026-12-25T10:00:00Z"), "left out");
    }

    #[test]
    fn summer_time_moves_the_window() {
        let office = schedule("08:00", "18:00", "Europe/Berlin");
        assert!(inside(&office, "2026-07-01T06:00:00Z"));
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_opened_on() {
        let night = schedule("22:00", "06:00", "UTC");
        assert!(inside(&night, "2026-11-27T23:00:00Z"), "Friday night");
        assert!(inside(&night, "2026-11-28T05:59:59Z"), "opened on Friday");
        assert!(!inside(&night, "2026-11-28T23:00:00Z"), "Saturday night");
        assert!(!inside(&night, "2026-11-23T05:00:00Z"), "opened on Sunday");
        assert!(
            !inside(&night, "2026-12-26T01:00:00Z"),
            "opened on a day left out"
        );
    }

    #[test]
    fn equal_times_are_a_whole_day() {
        let all_day = schedule("00:00", "24:00", "UTC");
        assert!(inside(&all_day, "2026-11-27T23:59:59Z"));
        let shifted = schedule("08:00", "08:00", "UTC");
        assert!(inside(&shifted, "2026-11-28T07:00:00Z"));
    }

    #[test]
    fn clock_times_are_strict() {
        for text in ["8:00", "24:01", "12:60", "ab:cd", "12:00:00", "", "-1:00"] {
            assert_eq!(ClockTime::parse(text), None, "{text}");
        }
        assert_eq!(ClockTime::parse("24:00"), Some(ClockTime::END_OF_DAY));
    }
}
