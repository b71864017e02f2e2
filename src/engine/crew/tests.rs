//! The order of what is handed over, and the limits of what waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::testing::rules;

fn output(text: String) -> Output {
    Output::Problem(Diagnostic::new(Code::InputUnreadable, text))
}

fn text(output: Output) -> String {
    match output {
        Output::Problem(problem) => problem.message,
        Output::Findings(_) | Output::Signals(_) | Output::Reached(_) | Output::End(_) => {
            String::new()
        }
    }
}

/// Does something with a crew for so many inputs that are not there.
fn with_crew<T>(count: usize, sizes: Sizes, act: impl FnOnce(&Crew<'_>) -> T) -> T {
    let set = rules("id: a\ntitle: A\nseverity: low\nmatch: {eventName: A}\n");
    let engine = Engine::new(&set);
    let program = engine.program();
    let missing = |number| Input::file(PathBuf::from(format!("/not/there/{number}")));
    let inputs: Vec<_> = (0..count).map(missing).collect();
    let options = ScanOptions::default();
    act(&Crew::new(engine, &program, &inputs, options, sizes))
}

#[test]
fn what_was_found_too_early_waits_within_a_limit_and_then_comes_in_order() {
    let sizes = Sizes {
        waiting: 35,
        ..Sizes::default()
    };
    with_crew(3, sizes, |crew| {
        for _ in 0..3 {
            assert!(matches!(crew.next(), Some(Work::Input(_))));
        }
        let pushed = AtomicUsize::new(0);
        let mut found = Vec::new();
        thread::scope(|scope| {
            for index in [1, 2] {
                let (crew, pushed) = (&crew, &pushed);
                scope.spawn(move || {
                    for number in 0..50 {
                        crew.push(index, output(format!("{index}.{number}")), 10);
                        pushed.fetch_add(1, Ordering::Relaxed);
                    }
                    crew.finish(index, &InputReport::default());
                });
            }
            while pushed.load(Ordering::Relaxed) < 4 {
                thread::yield_now();
            }
            // Whoever does not wait would have gone on in that time.
            thread::sleep(Duration::from_millis(50));
            assert_eq!(pushed.load(Ordering::Relaxed), 4);
            scope.spawn(|| {
                for number in 0..50 {
                    crew.push(0, output(format!("0.{number}")), 10);
                }
                crew.finish(0, &InputReport::default());
            });
            let report = crew.hand_over(&mut |output| found.push(text(output)));
            assert_eq!(report.inputs.failed, 3);
        });
        let expected = (0..3).flat_map(|index| (0..50).map(move |n| format!("{index}.{n}")));
        assert_eq!(found, expected.collect::<Vec<_>>());
    });
}

#[test]
fn no_input_is_begun_too_far_ahead() {
    let sizes = Sizes {
        ahead: 2,
        ..Sizes::default()
    };
    with_crew(3, sizes, |crew| {
        for _ in 0..2 {
            assert!(matches!(crew.next(), Some(Work::Input(_))));
        }
        thread::scope(|scope| {
            let third = scope.spawn(|| matches!(crew.next(), Some(Work::Input(2))));
            crew.finish(1, &InputReport::default());
            thread::sleep(Duration::from_millis(20));
            assert!(!third.is_finished());
            crew.finish(0, &InputReport::default());
            assert!(third.join().unwrap());
        });
    });
}

#[test]
fn a_panic_ends_the_scan() {
    let in_hand_over = catch_unwind(AssertUnwindSafe(|| {
        with_crew(100, Sizes::default(), |crew| {
            crew.run(3, &mut |_| panic!("on purpose"));
        });
    }));
    assert!(in_hand_over.is_err());
    let in_a_thread = catch_unwind(AssertUnwindSafe(|| {
        with_crew(2, Sizes::default(), |crew| {
            thread::scope(|scope| {
                scope.spawn(|| {
                    let _lost = Lost(crew);
                    crew.next();
                    panic!("on purpose");
                });
                crew.hand_over(&mut |_| {});
            });
        });
    }));
    assert!(in_a_thread.is_err());
}
