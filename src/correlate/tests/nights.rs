//! What runs one after another find, each with what the one before left open, beside
//! what one run finds that has all events.
//!
//! Events come in any order that keeps to what is allowed: none so late as the
//! allowed lateness. Then every episode of the one run is told by the runs, by one
//! that overlaps it; none is told besides; what one run left undetermined or decided
//! is told once; and windows that follow each other are the very same.

use super::cases::{Case, Measuring, Random, Wanted, at, seconds};
use super::folding::{cases, folded};
use super::naive::{Answer, Span};
use crate::correlate::{AsOf, Folded, Signal, fold};

/// A case whose events come in runs: of each event the run, and of each run up to
/// where its data reaches.
struct Nights {
    case: Case,
    lateness: i64,
    run_of: Vec<usize>,
    runs: usize,
}

impl Nights {
    fn of(seed: u64) -> Nights {
        let mut case = Case::of(seed);
        let mut random = Random::new(seed ^ 0x5eed);
        // What came late may take away from a sum, or give a key an earlier beginning.
        let in_order = matches!(case.wanted, Wanted::New { .. });
        // Nor is a mean that was found taken back.
        let slides = matches!(case.wanted, Wanted::AtLeast { .. });
        if slides && !matches!(case.measure, Measuring::Count | Measuring::Distinct) {
            case.measure = Measuring::Sum;
        }
        if case.measure == Measuring::Sum {
            case.events
                .iter_mut()
                .for_each(|event| event.amount = event.amount.abs());
        }
        let lateness = 1 + random.below(6) as i64;
        let mut cuts: Vec<i64> = (0..random.below(4))
            .map(|_| random.below(24) as i64)
            .collect();
        cuts.sort_unstable();
        let run_of = case.events.iter().map(|event| {
            let late = if in_order {
                0
            } else {
                random.below(lateness as u64) as i64
            };
            cuts.iter().filter(|cut| **cut < event.time + late).count()
        });
        Nights {
            run_of: run_of.collect(),
            case,
            lateness,
            runs: cuts.len() + 1,
        }
    }

    /// What each run tells that the ones before did not.
    fn told(&self) -> (Vec<Answer>, usize) {
        let (correlation, all) = (self.case.correlation(), self.case.signals());
        let mut carried: Vec<Signal> = Vec::new();
        let (mut reached, mut before, mut late) = (None, None, 0);
        let mut answers = Vec::new();
        for run in 0..=self.runs {
            let is_of_run = |signal: &&Signal| self.run_of[signal.record as usize - 1] == run;
            let mut signals: Vec<Signal> = all.iter().filter(is_of_run).cloned().collect();
            let of_run = self.case.events.iter().zip(&self.run_of);
            let of_run = of_run.filter(|(_, of)| **of == run);
            reached = reached.max(of_run.map(|(event, _)| at(event.time)).max());
            // The last has what there is, and none comes after it; then comes one that
            // has nothing new.
            let last = run + 1 >= self.runs;
            if last {
                reached = reached.max(Some(at(self.case.reached)));
            }
            signals.append(&mut carried);
            signals.sort_by(Signal::order);
            let as_of = AsOf {
                reached,
                before,
                lateness: jiff::SignedDuration::from_secs(if last { 0 } else { self.lateness }),
            };
            let mut answer = Answer::default();
            fold(
                &correlation,
                signals,
                as_of,
                &mut |_, folded| match folded {
                    Folded::Episode(episode) if episode.is_new => answer.episodes.push(Span {
                        first: seconds(episode.first),
                        last: seconds(episode.last),
                        held: seconds(episode.trigger.time),
                        events: Some(episode.events as usize),
                        value: episode.values.first().map(|value| value.parse().unwrap()),
                    }),
                    Folded::Undetermined(window) if run + 1 == self.runs => {
                        answer.undetermined.push(seconds(window.signal.time));
                    }
                    Folded::Open(signal) => {
                        let carried_on = Signal {
                            carried: true,
                            ..(*signal).clone()
                        };
                        carried.push(carried_on);
                    }
                    Folded::Late => late += 1,
                    _ => {}
                },
            );
            before = before.max(as_of.settled());
            answers.push(answer);
        }
        (answers, late)
    }
}

fn overlap(one: &Span, other: &Span) -> bool {
    one.value == other.value && one.first <= other.last && other.first <= one.last
}

#[test]
fn runs_one_after_another_tell_what_one_run_tells_and_nothing_besides() {
    let mut told_late = 0_u64;
    for seed in 0..cases() / 10 {
        let nights = Nights::of(seed);
        let whole = folded(&nights.case, nights.case.signals());
        let (answers, late) = nights.told();
        let context = || {
            format!(
                "seed {seed}: {:#?} in {:?}: {answers:#?} {whole:#?}",
                nights.case, nights.run_of
            )
        };
        assert_eq!(late, 0, "{}", context());
        assert!(answers[nights.runs].episodes.is_empty(), "{}", context());
        let told: Vec<&Span> = answers.iter().flat_map(|answer| &answer.episodes).collect();
        for episode in &whole.episodes {
            assert!(
                told.iter().any(|span| overlap(span, episode)),
                "{}",
                context()
            );
        }
        for span in &told {
            assert!(
                whole.episodes.iter().any(|episode| overlap(span, episode)),
                "{}",
                context()
            );
        }
        if let Wanted::Between { .. } = nights.case.wanted {
            let mut told: Vec<Span> = told.into_iter().cloned().collect();
            told.sort();
            assert_eq!(told, whole.episodes, "{}", context());
        }
        assert_eq!(
            answers[nights.runs - 1].undetermined,
            whole.undetermined,
            "{}",
            context()
        );
        let later = answers.iter().skip(1);
        told_late += later
            .map(|answer| answer.episodes.len() as u64)
            .sum::<u64>();
    }
    assert!(told_late > cases() / 100, "{told_late}");
}
