//! An event that was delivered twice counts once.

use std::collections::{HashMap, HashSet};

use super::content::ContentHash;
use super::model::Place;
use crate::diagnostic::{Code, Diagnostic};

/// What becomes of a record with findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Seen for the first time: its findings count.
    New,
    /// Seen for the first time, under an id that stood on another event before:
    /// its findings count. Said once for each id; warn with [`conflict`].
    Conflicting,
    /// Delivered before: its findings are dropped.
    Duplicate,
}

/// Remembers the records that had findings, 32 bytes and a little for each.
///
/// Records with the same content are one event. (Their `eventID` is part of the
/// content, so nothing else need be compared.) Records with one id and different
/// content are different events. Which records are admitted depends on their set
/// alone; which *place* of a duplicate stays, on the order of the input.
///
/// In a run without an end only the latest are remembered, see
/// [`Deduplicator::forgetful`].
#[derive(Debug)]
pub struct Deduplicator {
    recent: Remembered,
    /// What was remembered before that.
    older: Remembered,
    /// How many events are remembered before the older ones are forgotten.
    most: usize,
    dropped: u64,
}

#[derive(Debug, Default)]
struct Remembered {
    contents: HashSet<ContentHash>,
    // Whether the id was warned about.
    ids: HashMap<ContentHash, bool>,
}

impl Default for Deduplicator {
    fn default() -> Self {
        Deduplicator::forgetful(usize::MAX)
    }
}

impl Deduplicator {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that remembers the last `most` records with findings at least, and no
    /// more than twice as many.
    pub fn forgetful(most: usize) -> Self {
        Deduplicator {
            recent: Remembered::default(),
            older: Remembered::default(),
            most,
            dropped: 0,
        }
    }

    /// Decides on a record. To be asked once for each record with findings, in
    /// the order of the input, whatever the number of rules that matched it.
    pub fn admit(&mut self, event_id: Option<&str>, content: ContentHash) -> Admission {
        if self.older.contents.contains(&content) || !self.recent.contents.insert(content) {
            self.dropped += 1;
            return Admission::Duplicate;
        }
        let admission = self.admit_id(event_id);
        if self.recent.contents.len() >= self.most {
            self.older = std::mem::take(&mut self.recent);
        }
        admission
    }

    fn admit_id(&mut self, event_id: Option<&str>) -> Admission {
        let Some(id) = event_id else {
            return Admission::New;
        };
        let id = ContentHash::of_text(id);
        if let Some(warned) = self.older.ids.get_mut(&id) {
            return if std::mem::replace(warned, true) {
                Admission::New
            } else {
                Admission::Conflicting
            };
        }
        match self.recent.ids.entry(id) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(false);
                Admission::New
            }
            std::collections::hash_map::Entry::Occupied(mut warned) => {
                if warned.insert(true) {
                    Admission::New
                } else {
                    Admission::Conflicting
                }
            }
        }
    }

    /// How many records were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// The warning about an id that stands on two different events.
pub fn conflict(event_id: &str, place: &Place) -> Diagnostic {
    Diagnostic::new(
        Code::ConflictingEventId,
        format!("event id {event_id} stands on two events with different content"),
    )
    .in_place(place.to_string())
    .help("both are evaluated; one of them may have been altered after delivery")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn admit(seen: &mut Deduplicator, record: &Value) -> Admission {
        seen.admit(record["eventID"].as_str(), ContentHash::of(record))
    }

    #[test]
    fn the_later_delivery_of_an_event_is_dropped_and_counted() {
        let mut seen = Deduplicator::new();
        let event = json!({"eventID": "a", "eventName": "x"});
        assert_eq!(admit(&mut seen, &event), Admission::New);
        assert_eq!(admit(&mut seen, &event), Admission::Duplicate);
        assert_eq!(seen.dropped(), 1);
    }

    #[test]
    fn without_an_id_the_content_decides() {
        let mut seen = Deduplicator::new();
        assert_eq!(admit(&mut seen, &json!({"n": 1})), Admission::New);
        assert_eq!(admit(&mut seen, &json!({"n": 2})), Admission::New);
        assert_eq!(admit(&mut seen, &json!({"n": 1})), Admission::Duplicate);
    }

    #[test]
    fn a_forgetful_one_knows_the_latest_and_stays_small() {
        let mut seen = Deduplicator::forgetful(10);
        let event = |n: u64| json!({"eventID": n.to_string(), "n": n});
        for n in 0..1000 {
            assert_eq!(admit(&mut seen, &event(n)), Admission::New);
            for known in n.saturating_sub(8)..=n {
                assert_eq!(
                    admit(&mut seen, &event(known)),
                    Admission::Duplicate,
                    "{known} of {n}"
                );
            }
            let other = json!({"eventID": n.to_string(), "other": n});
            if n % 100 == 50 {
                assert_eq!(admit(&mut seen, &other), Admission::Conflicting);
            }
        }
        assert!(seen.recent.contents.len() + seen.older.contents.len() <= 20);
        assert!(seen.recent.ids.len() + seen.older.ids.len() <= 20);
        assert_eq!(admit(&mut seen, &event(3)), Admission::New, "forgotten");
    }

    #[test]
    fn one_id_with_two_contents_is_two_events_and_one_warning() {
        let mut seen = Deduplicator::new();
        let versions = [1, 2, 3].map(|n| json!({"eventID": "a", "n": n}));
        assert_eq!(admit(&mut seen, &versions[0]), Admission::New);
        assert_eq!(admit(&mut seen, &versions[1]), Admission::Conflicting);
        assert_eq!(admit(&mut seen, &versions[2]), Admission::New);
        assert_eq!(admit(&mut seen, &versions[1]), Admission::Duplicate);
    }

    fn deliveries() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
        let event = (prop::option::of(0..4u8), 0..3u8).prop_map(|(id, n)| match id {
            Some(id) => json!({"eventID": format!("id-{id}"), "n": n}),
            None => json!({"n": n}),
        });
        prop::collection::vec(event, 0..20)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
    }

    fn outcome(records: &[Value]) -> (BTreeSet<String>, usize, u64) {
        let mut seen = Deduplicator::new();
        let (mut admitted, mut conflicts) = (BTreeSet::new(), 0);
        for record in records {
            match admit(&mut seen, record) {
                Admission::Duplicate => continue,
                Admission::Conflicting => conflicts += 1,
                Admission::New => {}
            }
            assert!(admitted.insert(record.to_string()), "admitted twice");
        }
        (admitted, conflicts, seen.dropped())
    }

    proptest! {
        #[test]
        fn any_order_of_deliveries_gives_the_same_events((records, shuffled) in deliveries()) {
            let ordered = outcome(&records);
            let all: BTreeSet<_> = records.iter().map(Value::to_string).collect();
            prop_assert_eq!(&ordered.0, &all);
            prop_assert_eq!(ordered, outcome(&shuffled));
        }
    }
}
