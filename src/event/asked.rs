//! Which events a run is asked about.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::parse_rfc3339;

/// A choice of events by when and where they happened; without any part of it,
/// all events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The first moment.
    pub since: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
    /// Account ids; empty for all.
    pub accounts: BTreeSet<String>,
    /// Regions; empty for all.
    pub regions: BTreeSet<String>,
}

impl Asked {
    /// Whether all events are asked about.
    pub fn is_everything(&self) -> bool {
        *self == Asked::default()
    }

    /// Whether an event is asked about. What an event does not say does not leave
    /// it out: it is better judged than missed.
    pub fn includes(
        &self,
        time: Option<Timestamp>,
        account: Option<&str>,
        region: Option<&str>,
    ) -> bool {
        let after = |bound: Option<Timestamp>| {
            let (time, bound) = (time?, bound?);
            Some(time >= bound)
        };
        after(self.since).unwrap_or(true)
            && !after(self.until).unwrap_or(false)
            && account.is_none_or(|account| self.has_account(account))
            && region.is_none_or(|region| self.has_region(region))
    }

    /// The same, of an event by its texts.
    pub(crate) fn includes_texts(
        &self,
        time: Option<&str>,
        account: Option<&str>,
        region: Option<&str>,
    ) -> bool {
        let bounded = self.since.is_some() || self.until.is_some();
        let time = time.filter(|_| bounded).and_then(parse_rfc3339);
        self.includes(time, account, region)
    }

    /// Whether every event that is asked about here is asked about there, too.
    pub fn is_within(&self, other: &Asked) -> bool {
        let names = |ours: &BTreeSet<String>, theirs: &BTreeSet<String>| {
            theirs.is_empty() || (!ours.is_empty() && ours.is_subset(theirs))
        };
        let after = |bound: Timestamp| self.since.is_some_and(|since| since >= bound);
        let before = |bound: Timestamp| self.until.is_some_and(|until| until <= bound);
        other.since.is_none_or(after)
            && other.until.is_none_or(before)
            && names(&self.accounts, &other.accounts)
            && names(&self.regions, &other.regions)
    }

    /// Whether events of an account are asked about.
    pub fn has_account(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.contains(account)
    }

    /// Whether events of a region are asked about.
    pub fn has_region(&self, region: &str) -> bool {
        self.regions.is_empty() || self.regions.contains(region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night() -> Asked {
        Asked {
            since: "2026-11-21T00:00:00Z".parse().ok(),
            until: "2026-11-22T00:00:00Z".parse().ok(),
            accounts: ["111122223333".to_owned()].into(),
            regions: ["eu-central-1".to_owned()].into(),
        }
    }

    #[test]
    fn the_first_moment_is_asked_about_and_the_end_is_not() {
        for (time, included) in [
            ("2026-11-20T23:59:59Z", false),
            ("2026-11-21T00:00:00Z", true),
            ("2026-11-22T00:59:59+01:00", true),
            ("2026-11-22T00:00:00Z", false),
        ] {
            assert_eq!(night().includes_texts(Some(time), None, None), included);
            assert_eq!(night().includes(parse_rfc3339(time), None, None), included);
        }
    }

    #[test]
    fn another_account_or_region_is_not_asked_about() {
        assert!(night().includes(None, Some("111122223333"), Some("eu-central-1")));
        assert!(!night().includes(None, Some("444455556666"), None));
        assert!(!night().includes(None, None, Some("us-east-1")));
    }

    #[test]
    fn what_is_within_asks_about_nothing_else() {
        let all = Asked::default();
        let later = Asked {
            since: "2026-11-21T12:00:00Z".parse().ok(),
            ..night()
        };
        let open_end = Asked {
            until: None,
            ..later.clone()
        };
        let two = Asked {
            regions: ["eu-central-1".to_owned(), "us-east-1".to_owned()].into(),
            ..night()
        };
        for (one, other, within) in [
            (&all, &all, true),
            (&later, &all, true),
            (&all, &later, false),
            (&later, &night(), true),
            (&night(), &later, false),
            (&open_end, &night(), false),
            (&night(), &two, true),
            (&two, &night(), false),
        ] {
            assert_eq!(one.is_within(other), within, "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_does_not_say_when_or_where_is_asked_about() {
        assert!(night().includes(None, None, None));
        assert!(night().includes_texts(Some("yesterday"), None, None));
    }
}
