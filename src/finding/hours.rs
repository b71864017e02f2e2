//! In which hours accounts had events, for telling where a delivery has gaps.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Days that are kept of all accounts together: a year of a thousand accounts
/// takes some megabytes. Records may claim any time, so there is an end.
const MOST_DAYS: usize = 500_000;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The hours (UTC) in which accounts had events. Past a bound nothing is known,
/// whatever the order: half of it would show gaps that are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActiveHours {
    /// By account and day since 1970: a bit for each hour.
    accounts: BTreeMap<String, BTreeMap<i64, u32>>,
    days: usize,
    too_many: bool,
}

impl ActiveHours {
    /// Takes note of an event.
    pub fn see(&mut self, account: &str, time: Timestamp) {
        let seconds = time.as_second();
        let hour = seconds.rem_euclid(DAY) / HOUR;
        self.add(account, seconds.div_euclid(DAY), 1 << hour);
    }

    /// Takes over what another part of the input had.
    pub fn merge(&mut self, other: &ActiveHours) {
        if other.too_many {
            self.forget();
        }
        for (account, days) in &other.accounts {
            for (day, hours) in days {
                self.add(account, *day, *hours);
            }
        }
    }

    /// The accounts with their hours since 1970, in order; `None` where there were
    /// too many to keep.
    pub fn by_account(&self) -> Option<impl Iterator<Item = (&str, impl Iterator<Item = i64>)>> {
        let accounts = self.accounts.iter();
        (!self.too_many).then(|| accounts.map(|(account, days)| (account.as_str(), hours(days))))
    }

    fn add(&mut self, account: &str, day: i64, hours: u32) {
        if self.too_many {
            return;
        }
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.to_owned(), BTreeMap::new());
        }
        let Some(days) = self.accounts.get_mut(account) else {
            return;
        };
        let before = days.len();
        *days.entry(day).or_default() |= hours;
        self.days += days.len() - before;
        if self.days > MOST_DAYS {
            self.forget();
        }
    }

    fn forget(&mut self) {
        *self = ActiveHours {
            too_many: true,
            ..ActiveHours::default()
        };
    }
}

fn hours(days: &BTreeMap<i64, u32>) -> impl Iterator<Item = i64> {
    days.iter().flat_map(|(day, hours)| {
        let set = (0..24).filter(move |hour| hours & (1 << hour) != 0);
        set.map(move |hour| day * 24 + hour)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn hours_are_kept_once_and_in_order_also_before_1970() {
        let mut hours = ActiveHours::default();
        for second in [90_000, 3_600, 3_700, -1] {
            hours.see("111122223333", at(second));
        }
        let accounts: Vec<_> = hours.by_account().unwrap().collect();
        let (account, hours) = accounts.into_iter().next().unwrap();
        assert_eq!(account, "111122223333");
        assert_eq!(hours.collect::<Vec<_>>(), [-1, 1, 25]);
    }

    #[test]
    fn past_the_bound_nothing_is_known_whatever_the_order() {
        let mut one = ActiveHours::default();
        for day in 0..=MOST_DAYS as i64 / 2 {
            one.see("a", at(day * DAY));
        }
        let mut other = ActiveHours::default();
        for day in 0..=MOST_DAYS as i64 / 2 {
            other.see("b", at(day * DAY));
        }
        assert!(one.by_account().is_some() && other.by_account().is_some());
        let (mut one_first, mut other_first) = (one.clone(), other.clone());
        one_first.merge(&other);
        other_first.merge(&one);
        assert_eq!(one_first, other_first);
        assert!(one_first.by_account().is_none());
        one_first.see("c", at(0));
        assert_eq!(one_first, other_first);
    }
}
