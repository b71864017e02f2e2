//! When and where events happened, taken note of without work for what is known.

use jiff::Timestamp;

use crate::compile::Dictionary;
use crate::event::{DataPlane, parse_rfc3339};
use crate::finding::Coverage;

/// The one form of a time in which texts are ordered as the times are:
/// `2026-01-31T08:00:00Z`.
type Canonical = [u8; 20];

/// The beginning of such a text that says the hour.
type Hour = [u8; 13];

/// Coverage, and the texts it was made from.
#[derive(Debug, Default)]
pub(super) struct Seen {
    coverage: Coverage,
    /// The earliest and the latest time that was read from a canonical text.
    times: Option<(Canonical, Canonical)>,
    accounts: Names,
    regions: Names,
    /// By account, as they are numbered: the hour that its latest event was in.
    hours: Vec<Option<Hour>>,
}

impl Seen {
    /// Takes note of an event by its texts.
    pub(super) fn texts(
        &mut self,
        time: Option<&str>,
        account: Option<&str>,
        region: Option<&str>,
    ) {
        if let Some(text) = time {
            self.time(text);
        }
        if let Some(account) = account {
            self.account(account, time);
        }
        if let Some(region) = region.filter(|name| self.regions.number(name).is_new) {
            self.coverage.see(None, None, Some(region));
        }
    }

    /// Takes note of a data event.
    pub(super) fn data(&mut self, plane: DataPlane) {
        self.coverage.data.insert(plane);
    }

    fn account(&mut self, account: &str, time: Option<&str>) {
        let Number { number, is_new } = self.accounts.number(account);
        if is_new {
            self.coverage.see(None, Some(account), None);
            self.hours.push(None);
        }
        let Some(latest) = self.hours.get_mut(number as usize) else {
            return;
        };
        let hour = time.and_then(canonical);
        let hour = hour.and_then(|text| text.first_chunk().copied());
        // Most events are of the hour that the one before was in.
        if hour.is_some() && hour == *latest {
            return;
        }
        if let Some(time) = time.and_then(parse_rfc3339) {
            self.coverage.hours.see(account, time);
            *latest = hour;
        }
    }

    /// Takes note of an event by its values.
    pub(super) fn values(
        &mut self,
        time: Option<Timestamp>,
        account: Option<&str>,
        region: Option<&str>,
    ) {
        self.coverage.see(time, account, region);
    }

    /// Takes note of what others saw.
    pub(super) fn take_over(&mut self, other: Seen) {
        self.coverage.merge(&other.coverage);
    }

    /// When the latest event happened.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.coverage.last
    }

    pub(super) fn into_coverage(self) -> Coverage {
        self.coverage
    }

    fn time(&mut self, text: &str) {
        let canonical = canonical(text);
        // Between two times that were seen nothing changes, be it a time or not.
        if let (Some(text), Some((first, last))) = (canonical, self.times)
            && first <= text
            && text <= last
        {
            return;
        }
        let Some(time) = parse_rfc3339(text) else {
            return;
        };
        self.coverage.see(Some(time), None, None);
        if let Some(text) = canonical {
            let (first, last) = self.times.unwrap_or((text, text));
            self.times = Some((first.min(text), last.max(text)));
        }
    }
}

fn canonical(text: &str) -> Option<Canonical> {
    let text: Canonical = text.as_bytes().try_into().ok()?;
    (text[10] == b'T' && text[19] == b'Z').then_some(text)
}

/// Names that were seen.
#[derive(Debug, Default)]
struct Names {
    known: Dictionary,
    /// The latest, which mostly comes again: files are of one account and region.
    latest: String,
    number: u32,
}

/// The number of a name, from 0 as they come.
struct Number {
    number: u32,
    /// Whether it was not seen before.
    is_new: bool,
}

impl Names {
    fn number(&mut self, name: &str) -> Number {
        if self.known.len() > 0 && self.latest == name {
            return Number {
                number: self.number,
                is_new: false,
            };
        }
        let known = self.known.find(name.as_bytes());
        let next = self.known.len() as u32;
        if known.is_none() {
            self.known.add(name.as_bytes(), next);
        }
        self.latest.clear();
        self.latest.push_str(name);
        self.number = known.unwrap_or(next);
        Number {
            number: self.number,
            is_new: known.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => (2024..2027, 1..13, 1..32, 0..25, 0..61).prop_map(|(y, mo, d, h, s)| {
                format!("{y}-{mo:02}-{d:02}T{h:02}:30:{s:02}Z")
            }),
            1 => (1..13, 0..24).prop_map(|(mo, h)| format!("2025-{mo:02}-02T{h:02}:00:00.5+02:00")),
            1 => (1..13, 0..24).prop_map(|(mo, h)| format!("2025-{mo:02}-02t{h:02}:00:00z")),
            1 => "[0-9TZ:-]{20}",
        ]
    }

    proptest! {
        #[test]
        fn texts_cover_what_their_values_cover(
            events in prop::collection::vec((time(), prop::option::of("[ab]"), prop::option::of("[xy]")), 0..40)
        ) {
            let (mut by_texts, mut by_values) = (Seen::default(), Coverage::default());
            for (time, account, region) in &events {
                let (account, region) = (account.as_deref(), region.as_deref());
                by_texts.texts(Some(time), account, region);
                by_values.see(parse_rfc3339(time), account, region);
            }
            prop_assert_eq!(by_texts.into_coverage(), by_values);
        }
    }
}
