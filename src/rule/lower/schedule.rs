//! `schedule: {days, from, to, zone, except}`.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::diagnostic::{Code, Diagnostic, Span, did_you_mean};
use crate::yaml::{Fields, Node, get};

use super::super::value::{ClockTime, Schedule, Weekday};
use super::Lowerer;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Lowerer<'_> {
    pub(super) fn schedule(&mut self, node: &Node) -> Option<Schedule> {
        let entries = self.mapping(node, "`schedule`")?;
        self.known_keys(
            entries,
            &["days", "from", "to", "zone", "except"],
            "`schedule`",
        );
        let before = self.diagnostics.len();
        let days = match get(entries, "days") {
            Some(node) => self.days(node),
            None => DAYS.iter().map(|(_, day)| *day).collect(),
        };
        let from = get(entries, "from").map_or(Some(ClockTime::MIDNIGHT), |node| {
            self.clock_time(node, "from")
        });
        let to = get(entries, "to").map_or(Some(ClockTime::END_OF_DAY), |node| {
            self.clock_time(node, "to")
        });
        let zone = get(entries, "zone").map_or(Some(TimeZone::UTC), |node| self.zone(node));
        let except = get(entries, "except").map_or(Vec::new(), |node| self.dates(node));
        if get(entries, "days").is_none()
            && get(entries, "from").is_none()
            && get(entries, "to").is_none()
            && self.diagnostics.len() == before
        {
            self.bad_schedule(
                node.span,
                "the schedule covers every moment",
                "give it `days`, or `from` and `to`",
            );
        }
        let (from, to, zone) = (from?, to?, zone?);
        (self.diagnostics.len() == before).then_some(Schedule {
            days,
            from,
            to,
            zone,
            except,
        })
    }

    fn days(&mut self, node: &Node) -> Vec<Weekday> {
        let mut days = Vec::new();
        for word in self.texts(node, "`days`") {
            match day_range(&word.value) {
                Some(range) => days.extend(range),
                None => {
                    let short: String = word.value.to_lowercase().chars().take(3).collect();
                    let near = DAYS.iter().find(|(name, _)| *name == short);
                    self.bad_schedule(
                        word.span,
                        &format!("`{}` is no day and no range of days", word.value),
                        &match near {
                            Some((near, _)) => format!("did you mean `{near}`?"),
                            None => "write `mon`, `tue`, … or a range such as `mon-fri`".to_owned(),
                        },
                    );
                }
            }
        }
        days
    }

    fn clock_time(&mut self, node: &Node, key: &str) -> Option<ClockTime> {
        let text = self.text(node, &format!("`{key}`"))?;
        let time = ClockTime::parse(text);
        if time.is_none() {
            self.bad_schedule(
                node.span,
                &format!("`{text}` is no time of day"),
                "write hours and minutes with two digits each, in quotes: \"08:00\", up to \"24:00\"",
            );
        }
        time
    }

    /// Zones come from the database built in, so that a run gives the same
    /// findings on every machine.
    fn zone(&mut self, node: &Node) -> Option<TimeZone> {
        let name = self.text(node, "`zone`")?;
        let database = TimeZoneDatabase::bundled();
        if let Ok(zone) = database.get(name) {
            return Some(zone);
        }
        let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
        let near = did_you_mean(name, names.iter().map(String::as_str));
        self.bad_schedule(
            node.span,
            &format!("`{name}` is no time zone"),
            &match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "write a name of the IANA database, such as `Europe/Berlin` or `UTC`".to_owned()
                }
            },
        );
        None
    }

    fn dates(&mut self, node: &Node) -> Vec<Date> {
        self.texts(node, "`except`")
            .iter()
            .filter_map(|text| self.date(&text.value, text.span))
            .collect()
    }

    /// `2026-12-25`.
    pub(super) fn date(&mut self, text: &str, span: Span) -> Option<Date> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        match text.parse::<Date>() {
            Ok(date) if shaped => Some(date),
            _ => {
                self.report(
                    Diagnostic::new(Code::BadDate, format!("`{text}` is no date"))
                        .at(span, "not a day of the calendar")
                        .help("write year, month and day: `2026-01-31`"),
                );
                None
            }
        }
    }

    fn bad_schedule(&mut self, span: Span, message: &str, help: &str) {
        self.report(
            Diagnostic::new(Code::BadSchedule, message)
                .at(span, "here")
                .help(help),
        );
    }
}

/// `tue`, or `mon-fri`; a range may go over Sunday.
fn day_range(text: &str) -> Option<Vec<Weekday>> {
    let index = |name: &str| DAYS.iter().position(|(day, _)| *day == name);
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (index(first)?, index(last)?),
        None => (index(text)?, index(text)?),
    };
    let length = (last + 7 - first) % 7;
    Some(
        (0..=length)
            .map(|step| DAYS[(first + step) % 7].1)
            .collect(),
    )
}
