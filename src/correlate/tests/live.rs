//! What is told while events come, beside what is told when all are there.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::cases::{Case, Random, at, seconds};
use super::folding::{cases, folded};
use super::order::{RULES, events, rules};
use crate::correlate::window::Windows;
use crate::correlate::{AsOf, Correlator, Folded, Followed, Following, Signal};
use crate::engine::Engine;
use crate::event::event_time;
use crate::finding::{CorrelationCounts, Finding};
use crate::rule::RuleSet;

#[test]
fn windows_that_let_go_as_time_passes_tell_every_episode_once_and_at_its_opening() {
    for seed in 0..cases() / 10 {
        let case = Case::of(seed);
        let (correlation, mut signals) = (case.correlation(), case.signals());
        signals.sort_by(Signal::order);
        let whole = folded(&case, signals.clone());
        let mut random = Random::new(seed ^ 0xf0110);
        let mut told = Vec::new();
        let mut undetermined = Vec::new();
        let mut take = |folded| match folded {
            Folded::Episode(episode) => {
                let value = episode.values.first().map(|value| value.parse().unwrap());
                told.push((seconds(episode.first), seconds(episode.trigger.time), value));
            }
            Folded::Undetermined(window) => undetermined.push(seconds(window.signal.time)),
            _ => {}
        };
        let mut windows = Windows::following(&correlation);
        let mut now = 0;
        for signal in signals {
            let time = seconds(signal.time);
            while now < time {
                now += 1 + random.below((time - now) as u64) as i64;
                match random.below(3) {
                    0 => {}
                    1 => windows.settle_before(at(now), &mut take),
                    _ => windows.forget_before(at(now), &mut take),
                }
                // What is due is looked at by whoever holds the windows.
                if windows.due().is_some_and(|due| due < at(now)) {
                    windows.forget_before(at(now), &mut take);
                }
            }
            windows.add(Arc::new(signal), &mut take);
        }
        let as_of = AsOf {
            reached: Some(at(case.reached)),
            ..AsOf::default()
        };
        windows.end(as_of, &mut take);
        told.sort_unstable();
        let mut wanted: Vec<_> = whole
            .episodes
            .iter()
            .map(|span| (span.first, span.held, span.value))
            .collect();
        wanted.sort_unstable();
        assert_eq!(
            (told, undetermined),
            (wanted, whole.undetermined),
            "seed {seed}: {case:#?}"
        );
    }
}

/// What a finding is, however it was found.
fn identity(finding: &Finding) -> String {
    let id = finding.event.id.as_deref().unwrap_or_default();
    format!("{} {} {id}", finding.rule, finding.fingerprint)
}

fn latest(events: &[Value]) -> Option<Timestamp> {
    events.iter().filter_map(event_time).max()
}

fn in_batch(set: &RuleSet, events: &[Value]) -> (Vec<String>, CorrelationCounts) {
    let engine = Engine::new(set);
    let mut correlator = Correlator::new(&set.rules, usize::MAX);
    for event in events {
        for signal in engine.judge(event, "events.json", 1).signals {
            correlator.add(signal).unwrap();
        }
    }
    let mut found = Vec::new();
    let as_of = AsOf {
        reached: latest(events),
        ..AsOf::default()
    };
    let mut emit = |finding: Finding, _: &Value| found.push(identity(&finding));
    let counts = correlator.finish(as_of, None, &mut emit).unwrap();
    found.sort();
    (found, counts)
}

/// The same of events as they come, each with the time when it does.
struct Live<'r> {
    engine: Engine<'r>,
    following: Following<'r>,
    reached: Option<Timestamp>,
    found: Vec<String>,
    late: u64,
    refused: u64,
}

impl<'r> Live<'r> {
    fn new(set: &'r RuleSet, lateness: SignedDuration, memory: usize) -> Self {
        Live {
            engine: Engine::new(set),
            following: Following::new(&set.rules, lateness, memory),
            reached: None,
            found: Vec::new(),
            late: 0,
            refused: 0,
        }
    }

    fn event(&mut self, event: &Value, tells: bool) {
        let signals = self.engine.judge(event, "events.json", 1).signals;
        let found = &mut self.found;
        let mut emit = |finding: Finding, _: &Value| found.push(identity(&finding));
        match self.following.take(signals, &mut emit) {
            Followed::Taken => {}
            Followed::Late => self.late += 1,
            Followed::Refused => self.refused += 1,
        }
        self.reached = self.reached.max(event_time(event));
        if let Some(reached) = self.reached.filter(|_| tells) {
            self.following.reached(reached, &mut emit);
        }
    }

    fn finish(mut self) -> (Vec<String>, CorrelationCounts) {
        let mut found = std::mem::take(&mut self.found);
        let mut emit = |finding: Finding, _: &Value| found.push(identity(&finding));
        let counts = self.following.finish(self.reached, &mut emit);
        found.sort();
        (found, counts)
    }
}

#[test]
fn events_that_come_within_what_is_allowed_come_to_the_same_as_a_batch() {
    let set = rules(RULES);
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let lateness = random.below(20) as i64 * 60;
        let mut events = events(seed);
        events.sort_by_cached_key(|event| {
            let late = random.below(lateness as u64 + 1) as i64;
            event_time(event).unwrap() + SignedDuration::from_secs(late)
        });
        let (wanted, counts) = in_batch(&set, &events);
        // Without a bound, and with hardly any room to wait, where nothing is late.
        let mut live = Live::new(&set, SignedDuration::from_secs(lateness), usize::MAX);
        for event in &events {
            live.event(event, random.below(3) == 0);
        }
        assert_eq!((live.late, live.refused), (0, 0), "seed {seed}");
        let (found, followed) = live.finish();
        assert_eq!(found, wanted, "seed {seed}");
        assert_eq!(followed.undetermined, counts.undetermined, "seed {seed}");
        assert_eq!(followed.signals, counts.signals, "seed {seed}");
    }
}

#[test]
fn what_comes_too_late_is_counted_and_changes_nothing() {
    let set = rules(RULES);
    let mut events = events(3);
    events.sort_by_key(|event| event_time(event).unwrap());
    let first = events.remove(0);
    let mut live = Live::new(&set, SignedDuration::from_mins(20), usize::MAX);
    events.iter().for_each(|event| live.event(event, true));
    live.event(&first, true);
    assert_eq!(live.late, 1);
    let (found, counts) = live.finish();
    assert_eq!((found, counts.late), (in_batch(&set, &events).0, 1));
}

#[test]
fn nothing_is_kept_of_keys_whose_windows_are_over() {
    let set = rules(RULES);
    let mut live = Live::new(&set, SignedDuration::from_mins(20), 1 << 20);
    let mut most = 0;
    let events = events(1);
    for number in 0..6_000_i64 {
        let mut event = events[(number % 60) as usize].clone();
        let time = at(number * 30);
        event["eventTime"] = time.to_string().into();
        event["eventID"] = number.to_string().into();
        event["userIdentity"]["userName"] = format!("user-{}", number / 7).into();
        event["requestParameters"]["name"] = format!("name-{}", number / 5).into();
        live.event(&event, true);
        most = most.max(live.following.size());
    }
    assert_eq!((live.late, live.refused), (0, 0));
    assert!(most < 2 << 20, "{most}");
    let (found, counts) = live.finish();
    assert!(found.len() > 300 && counts.refused == 0);
}

#[test]
fn where_there_is_no_room_that_is_counted_and_the_rest_goes_on() {
    let set = rules(RULES);
    let mut live = Live::new(&set, SignedDuration::from_hours(9), 40 << 10);
    let mut events = events(4);
    events.sort_by_key(|event| event_time(event).unwrap());
    let swapped = events.remove(0);
    events.push(swapped);
    for event in &events {
        live.event(event, true);
    }
    assert!(live.refused > 0);
    let (_, counts) = live.finish();
    assert!(counts.refused > 0 && counts.late == 0, "{counts:?}");
}
