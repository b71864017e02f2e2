//! Tests and operators in words that follow a selector: `is one of A, B`.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::diagnostic::{Span, Spanned};
use crate::event::api::Call;
use crate::rule::clause::{CountTest, Kind, Operator, Ordering, Predicate, Relation, Test};
use crate::rule::value::{Bound, Number, Schedule, Values, Weekday};
use crate::rule::{Exception, scalars_matter};

/// How many parameters of a call are named before the rest is counted.
const MOST_PARAMETERS: usize = 8;

/// What a call does and what its request holds: `CreateProject of CodeBuild writes;
/// parameters name, description and 23 more`.
pub(super) fn call(source: &str, call: &Call<'_>) -> String {
    let mut text = format!("{} of {}", call.name(), call.service().unwrap_or(source));
    if let Some(effect) = call.effect().name() {
        let _ = write!(text, " {effect}");
    }
    // Where they are logged in another shape, the names would mislead.
    let parameters = match call.requests() {
        Some(_) => call.members(),
        None => return text,
    };
    if !parameters.is_empty() {
        let shown: Vec<_> = parameters.iter().take(MOST_PARAMETERS).cloned().collect();
        let _ = write!(text, "; parameters {}", shown.join(", "));
        let more = parameters.len() - shown.len();
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
    }
    text
}

/// How much is said of long lists of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    /// How many values are named before the rest is counted.
    pub most_values: usize,
}

impl Words {
    /// The test as one phrase: `exists`, `is not Yes`.
    pub fn test(self, test: &Test) -> String {
        match test.lone_not() {
            Some(inner) => self.negated(inner),
            None => self.all_of(test),
        }
    }

    /// That the test does not hold.
    pub fn negated(self, inner: &Test) -> String {
        match (inner.lone_not(), inner.predicates.as_slice()) {
            (Some(twice), _) => self.test(twice),
            (None, [only]) => self.predicate(only, false),
            (None, _) => format!("is not one that {}", self.all_of(inner)),
        }
    }

    fn all_of(self, test: &Test) -> String {
        let phrases: Vec<_> = test
            .predicates
            .iter()
            .map(|predicate| self.predicate(predicate, true))
            .collect();
        phrases.join(" and ")
    }

    /// One operator, as it is or (`holds` false) the opposite.
    pub fn predicate(self, predicate: &Predicate, holds: bool) -> String {
        let mut words = self.operator(predicate, holds);
        if scalars_matter(&predicate.op) {
            words.push_str(", numbers and booleans too");
        }
        words
    }

    fn operator(self, predicate: &Predicate, holds: bool) -> String {
        let span = predicate.span;
        let verb = |yes: &str, no: &str| if holds { yes } else { no }.to_owned();
        match &predicate.op {
            Operator::Equals(values) => {
                format!("{} {}", verb("is", "is not"), self.strings(values, span))
            }
            Operator::Contains(values) => {
                self.verb_values("contains", "contain", values, span, holds)
            }
            Operator::ContainsAll(values) => {
                let all = self.strings(values, span).replacen("one of", "all of", 1);
                format!("{} {all}", verb("contains", "does not contain"))
            }
            Operator::StartsWith(values) => {
                self.verb_values("starts with", "start with", values, span, holds)
            }
            Operator::EndsWith(values) => {
                self.verb_values("ends with", "end with", values, span, holds)
            }
            Operator::Glob(values) => {
                let said = self.values(values, span, |glob| quoted(glob.as_str()));
                format!("{} {}", verb("is like", "is not like"), said)
            }
            Operator::Regex(values) => {
                let said = self.values(values, span, |pattern| quoted(pattern.as_str()));
                format!(
                    "{} {}",
                    verb("matches the regex", "does not match the regex"),
                    said
                )
            }
            Operator::Order(order, bound) => {
                format!("{} {}", verb("is", "is not"), ordering(*order, *bound))
            }
            Operator::Length(counts) => {
                format!(
                    "{} {}",
                    verb("has a length of", "does not have a length of"),
                    count_words(counts)
                )
            }
            Operator::PrefixLength(counts) => {
                format!(
                    "{} {}",
                    verb("has a prefix length of", "does not have a prefix length of"),
                    count_words(counts)
                )
            }
            Operator::Schedule(schedule) => {
                format!(
                    "{} {}",
                    verb("lies within", "lies outside"),
                    schedule_words(schedule)
                )
            }
            Operator::TimePart(part, counts) => format!(
                "{} {} {}",
                verb("has as its", "does not have as its"),
                part.name(),
                count_words(counts)
            ),
            Operator::Cidr(values) => {
                let said = self.values(values, span, ToString::to_string);
                format!("{} {}", verb("lies in", "does not lie in"), said)
            }
            Operator::Account(test) => format!(
                "{} an account that {}",
                verb("names", "does not name"),
                self.test(test)
            ),
            Operator::Exists(wanted) if *wanted == holds => "exists".to_owned(),
            Operator::Exists(_) => "does not exist".to_owned(),
            Operator::Is(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| kind_words(*kind)).collect();
                format!("{} {}", verb("is", "is not"), kinds.join(" or "))
            }
            Operator::SameAs {
                selector,
                relation,
                ignore_case,
            } => {
                let case = if *ignore_case { " in any case" } else { "" };
                let words = match relation {
                    Relation::Same => verb("is the same as", "is not the same as"),
                    Relation::StartsWith => verb("starts with", "does not start with"),
                    Relation::EndsWith => verb("ends with", "does not end with"),
                    Relation::Contains => verb("contains", "does not contain"),
                };
                let field = match relation {
                    Relation::Same => "",
                    _ => "what stands in ",
                };
                format!("{words} {field}{}{case}", selector.text)
            }
            Operator::AnyElement(_) => verb("has an element where", "has no element where"),
            Operator::EveryElement(_) => verb(
                "has elements, and in each of them",
                "does not have only elements where",
            ),
            Operator::NoElement(_) => verb("has no element where", "has an element where"),
            Operator::AnyEntry(_) => verb("has an entry where", "has no entry where"),
            Operator::Json(_) => verb("holds JSON where", "holds no JSON where"),
            Operator::Not(inner) if holds => self.negated(inner),
            Operator::Not(inner) => self.test(inner),
        }
    }

    fn verb_values(
        self,
        yes: &str,
        infinitive: &str,
        values: &Values<String>,
        span: Span,
        holds: bool,
    ) -> String {
        let said = self.strings(values, span);
        if holds {
            format!("{yes} {said}")
        } else {
            format!("does not {infinitive} {said}")
        }
    }

    fn strings(self, values: &Values<String>, span: Span) -> String {
        self.values(values, span, |text| quoted(text))
    }

    /// Inline values are named, those of a named list are counted.
    fn values<T>(self, values: &Values<T>, span: Span, show: impl Fn(&T) -> String) -> String {
        let inline: Vec<&Spanned<T>> = values
            .items
            .iter()
            .filter(|item| values.lists.is_empty() || within(item.span, span))
            .collect();
        let mut named: Vec<String> = inline
            .iter()
            .take(self.most_values)
            .map(|item| show(&item.value))
            .collect();
        if inline.len() > self.most_values {
            named.push(format!("{} more", inline.len() - self.most_values));
        }
        let one = inline.len() == 1 && values.lists.is_empty();
        let mut text = if one || named.is_empty() {
            named.join("")
        } else {
            format!("one of {}", named.join(", "))
        };
        for list in &values.lists {
            if !text.is_empty() {
                text.push_str(", or ");
            }
            let _ = write!(text, "a value of the list {list}");
        }
        if !values.lists.is_empty() {
            let _ = match values.items.len() - inline.len() {
                0 => write!(text, " (not set)"),
                1 => write!(text, " (1 value)"),
                count => write!(text, " ({count} values)"),
            };
        }
        if values.ignore_case {
            text.push_str(" in any case");
        }
        text
    }
}

/// Why, by whom and how long a match is accepted.
pub(super) fn exception(exception: &Exception) -> String {
    let accepted = &exception.accepted;
    let mut text = format!("{} ({}", accepted.reason, accepted.owner);
    if let Some(who) = &accepted.approved_by {
        let _ = write!(text, ", approved by {who}");
    }
    if let Some(ticket) = &accepted.ticket {
        let _ = write!(text, ", {ticket}");
    }
    if let Some(starts) = &accepted.starts {
        let _ = write!(text, ", from {}", day(starts.value, false));
    }
    if let Some(ends) = &accepted.ends {
        let _ = write!(text, ", through {}", day(ends.value, true));
    }
    text.push(')');
    text
}

/// A moment as its day (UTC) where it begins one; of an end, the day before.
fn day(moment: Timestamp, is_end: bool) -> String {
    let local = moment.to_zoned(TimeZone::UTC).datetime();
    if local.time() != Time::midnight() {
        return moment.to_string();
    }
    let date = local.date();
    let date = if is_end {
        date.yesterday().unwrap_or(date)
    } else {
        date
    };
    date.to_string()
}

fn within(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && inner.start >= outer.start && inner.end <= outer.end
}

/// A value as it is, quoted where it would run into the words around it.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && !text.contains([' ', ',', '"', '\n', '\t']);
    if plain {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}

fn ordering(order: Ordering, bound: Bound) -> String {
    let (number, time) = match order {
        Ordering::Greater => ("more than", "after"),
        Ordering::GreaterOrEqual => ("at least", "at or after"),
        Ordering::Less => ("less than", "before"),
        Ordering::LessOrEqual => ("at most", "at or before"),
    };
    match bound {
        Bound::Number(Number::Integer(integer)) => format!("{number} {integer}"),
        Bound::Number(Number::Float(float)) => format!("{number} {float}"),
        Bound::Time(moment) => format!("{time} {moment}"),
    }
}

fn count_words(counts: &[CountTest]) -> String {
    let words: Vec<_> = counts
        .iter()
        .map(|count| match count {
            CountTest::Exactly(count) => count.to_string(),
            CountTest::Order(order, bound) => {
                ordering(*order, Bound::Number(Number::Integer(i128::from(*bound))))
            }
        })
        .collect();
    words.join(" and ")
}

fn schedule_words(schedule: &Schedule) -> String {
    let days: Vec<_> = schedule.days.iter().map(|day| day_name(*day)).collect();
    let days = match days.as_slice() {
        all if all.len() >= 7 => "every day".to_owned(),
        ["Mon", "Tue", "Wed", "Thu", "Fri"] => "Mon to Fri".to_owned(),
        some => some.join(", "),
    };
    let zone = schedule.zone.iana_name().unwrap_or("UTC");
    let mut words = format!("{days} {} to {} {zone}", schedule.from, schedule.to);
    if !schedule.except.is_empty() {
        let dates: Vec<_> = schedule.except.iter().map(ToString::to_string).collect();
        let _ = write!(words, ", except {}", dates.join(", "));
    }
    words
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Ip => "an IP address",
        Kind::Ipv4 => "an IPv4 address",
        Kind::Ipv6 => "an IPv6 address",
        Kind::PrivateIp => "a private IP address",
        Kind::PublicIp => "a public IP address",
        Kind::AwsService => "an AWS service",
        Kind::Arn => "an ARN",
        Kind::AccountId => "an account id",
        Kind::Null => "null",
        Kind::Missing => "missing",
        Kind::Empty => "empty",
        Kind::String => "a string",
        Kind::Number => "a number",
        Kind::Boolean => "a boolean",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}
