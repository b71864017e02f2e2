//! Gaps in the delivery: hours without any event.

use std::fmt;

use jiff::Timestamp;

use crate::finding::{ActiveHours, Summary, counted};

/// Accounts that are told of one by one, those with the longest gaps first.
const TOLD_ACCOUNTS: usize = 50;
/// Gaps of an account that are told, the longest.
const TOLD_GAPS: usize = 5;

/// When accounts had events.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The hours that were looked at, from the first to the last event or, where only
    /// a part of time was asked about, from its beginning to its end. `None` where
    /// there is no event, or too much to tell.
    pub span: Option<Stretch>,
    /// The accounts, that with the longest gap first.
    pub accounts: Vec<AccountDelivery>,
    /// How many more there are.
    pub more_accounts: u64,
}

/// When an account had events.
#[derive(Debug, PartialEq, Eq)]
pub struct AccountDelivery {
    /// The account.
    pub account: String,
    /// Hours with events.
    pub active: u64,
    /// Hours without any.
    pub silent: u64,
    /// How many times in a row they are.
    pub gaps: u64,
    /// The longest of them, in the order of time.
    pub longest: Vec<Stretch>,
}

/// Whole hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first hour, counted from 1970.
    first: i64,
    /// How many.
    pub hours: u64,
}

impl Stretch {
    fn between(first: i64, end: i64) -> Option<Stretch> {
        let hours = u64::try_from(end - first).ok().filter(|hours| *hours > 0)?;
        Some(Stretch { first, hours })
    }

    /// Its beginning.
    pub fn start(self) -> Option<Timestamp> {
        Timestamp::from_second(self.first * 3600).ok()
    }

    /// Its end.
    pub fn end(self) -> Option<Timestamp> {
        Timestamp::from_second((self.first + self.hours as i64) * 3600).ok()
    }
}

/// `2026-11-01T02:00Z to 2026-11-01T10:00Z (8 hours)`
impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minute = |time: Option<Timestamp>| {
            let text = time.map(|time| time.to_string()).unwrap_or_default();
            text.replace(":00:00Z", ":00Z")
        };
        let (start, end) = (minute(self.start()), minute(self.end()));
        write!(f, "{start} to {end} ({})", counted(self.hours, "hour"))
    }
}

impl Delivery {
    pub(super) fn new(summary: &Summary) -> Delivery {
        let (asked, seen) = (&summary.asked, &summary.coverage);
        let hour = |time: Timestamp| time.as_second().div_euclid(3600);
        // The end of what was asked about is the first moment outside.
        let asked_end = asked
            .until
            .map(|until| -(-until.as_second()).div_euclid(3600));
        let first = asked.since.or(seen.first).map(hour);
        let end = asked_end.or_else(|| seen.last.map(|last| hour(last) + 1));
        let span = first
            .zip(end)
            .and_then(|(first, end)| Stretch::between(first, end));
        span.map_or_else(Delivery::default, |span| {
            Delivery::within(span, &seen.hours)
        })
    }

    fn within(span: Stretch, hours: &ActiveHours) -> Delivery {
        let Some(accounts) = hours.by_account() else {
            return Delivery::default();
        };
        let mut accounts: Vec<_> = accounts
            .map(|(account, hours)| AccountDelivery::new(account, span, hours))
            .collect();
        let longest = |a: &AccountDelivery| a.longest.iter().map(|gap| gap.hours).max();
        accounts.sort_by(|a, b| longest(b).cmp(&longest(a)).then(a.account.cmp(&b.account)));
        let more_accounts = accounts.len().saturating_sub(TOLD_ACCOUNTS) as u64;
        accounts.truncate(TOLD_ACCOUNTS);
        Delivery {
            span: Some(span),
            accounts,
            more_accounts,
        }
    }
}

impl AccountDelivery {
    fn new(account: &str, span: Stretch, hours: impl Iterator<Item = i64>) -> Self {
        let end = span.first + span.hours as i64;
        let mut next = span.first;
        let mut active = 0;
        let mut gaps = Vec::new();
        for hour in hours.filter(|hour| (span.first..end).contains(hour)) {
            gaps.extend(Stretch::between(next, hour));
            active += 1;
            next = hour + 1;
        }
        gaps.extend(Stretch::between(next, end));
        let count = gaps.len() as u64;
        gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.hours), gap.first));
        gaps.truncate(TOLD_GAPS);
        gaps.sort_by_key(|gap| gap.first);
        AccountDelivery {
            account: account.to_owned(),
            active,
            silent: span.hours - active,
            gaps: count,
            longest: gaps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn summary(events: &[(&str, &str)]) -> Summary {
        let mut summary = Summary::default();
        for (account, time) in events {
            let time = Some(time.parse().unwrap());
            summary.coverage.see(time, Some(account), None);
        }
        summary
    }

    #[test]
    fn an_account_that_fell_silent_comes_first() {
        let delivery = Delivery::new(&summary(&[
            ("111122223333", "2026-11-01T00:10:00Z"),
            ("111122223333", "2026-11-01T02:10:00Z"),
            ("111122223333", "2026-11-01T09:59:59Z"),
            ("444455556666", "2026-11-01T01:00:00Z"),
        ]));
        assert_eq!(delivery.span.unwrap().hours, 10);
        let [silent, other] = delivery.accounts.as_slice() else {
            panic!("{delivery:?}");
        };
        assert_eq!(silent.account, "444455556666");
        assert_eq!((silent.active, silent.silent, silent.gaps), (1, 9, 2));
        let last = silent.longest[1];
        assert_eq!(last.start().unwrap().to_string(), "2026-11-01T02:00:00Z");
        assert_eq!(last.end().unwrap().to_string(), "2026-11-01T10:00:00Z");
        assert_eq!((other.active, other.silent, other.gaps), (3, 7, 2));
    }

    #[test]
    fn what_was_asked_about_and_has_no_event_is_a_gap() {
        let mut summary = summary(&[("111122223333", "2026-11-01T05:10:00Z")]);
        summary.asked.since = "2026-11-01T00:00:00Z".parse().ok();
        summary.asked.until = "2026-11-01T07:30:00Z".parse().ok();
        let delivery = Delivery::new(&summary);
        assert_eq!(delivery.span.unwrap().hours, 8);
        assert_eq!(delivery.accounts[0].silent, 7);
    }

    #[test]
    fn without_an_event_there_is_no_span() {
        assert_eq!(Delivery::new(&Summary::default()), Delivery::default());
    }

    proptest! {
        #[test]
        fn active_and_silent_hours_are_the_span(hours in prop::collection::btree_set(0i64..300, 1..40)) {
            let span = Stretch { first: 0, hours: 300 };
            let of = AccountDelivery::new("a", span, hours.iter().copied());
            prop_assert_eq!(of.active, hours.len() as u64);
            prop_assert_eq!(of.active + of.silent, 300);
            if of.gaps <= TOLD_GAPS as u64 {
                prop_assert_eq!(of.longest.iter().map(|gap| gap.hours).sum::<u64>(), of.silent);
            }
        }
    }
}
