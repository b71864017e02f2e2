//! What folding makes of small cases, and what it must.

use super::cases::{Case, Random, Wanted, at, seconds};
use super::naive::{self, Answer, Span};
use crate::correlate::{AsOf, Folded, Signal, fold};

/// How many cases are made: as many as `TRAILGATE_CASES` says, or enough.
pub(super) fn cases() -> u64 {
    let asked = std::env::var("TRAILGATE_CASES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(200_000)
}

pub(super) fn folded(case: &Case, mut signals: Vec<Signal>) -> Answer {
    signals.sort_by(Signal::order);
    let as_of = AsOf {
        reached: Some(at(case.reached)),
        ..AsOf::default()
    };
    let mut answer = Answer::default();
    fold(
        &case.correlation(),
        signals,
        as_of,
        &mut |_, folded| match folded {
            Folded::Episode(episode) => answer.episodes.push(Span {
                first: seconds(episode.first),
                last: seconds(episode.last),
                held: seconds(episode.trigger.time),
                events: match case.wanted {
                    Wanted::Sequence { .. } => None,
                    _ => Some(episode.events as usize),
                },
                value: episode.values.first().map(|value| value.parse().unwrap()),
            }),
            Folded::Undetermined(window) => {
                answer.undetermined.push(seconds(window.signal.time));
            }
            Folded::Open(_) | Folded::Learning | Folded::Late => {}
        },
    );
    answer.episodes.sort();
    answer
}

#[test]
fn folding_finds_what_trying_every_subset_of_every_window_finds() {
    let mut found = 0_u64;
    for seed in 0..cases() {
        let case = Case::of(seed);
        let wanted = naive::answer(&case);
        let answer = folded(&case, case.signals());
        assert_eq!(answer, wanted, "seed {seed}: {case:#?}");
        found += wanted.episodes.len() as u64;
    }
    // Cases in which nothing is to be found would show nothing.
    assert!(found > cases() / 4, "{found} episodes");
}

#[test]
fn order_and_repetition_of_signals_change_nothing() {
    for seed in 0..cases() / 10 {
        let case = Case::of(seed);
        let mut random = Random::new(seed + 1);
        let wanted = folded(&case, case.signals());
        let mut again = case.signals();
        again.extend(case.signals().into_iter().filter(|_| random.below(3) == 0));
        for (number, signal) in again.iter_mut().enumerate() {
            signal.record = number as u64;
        }
        random.shuffle(&mut again);
        assert_eq!(folded(&case, again), wanted, "seed {seed}: {case:#?}");
    }
}
