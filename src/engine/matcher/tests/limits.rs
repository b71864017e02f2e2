//! Where more comes than is kept.

use super::*;

fn record(text: &str) -> Vec<u8> {
    let event = serde_json::json!({
        "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "a": text,
    });
    event.to_string().into_bytes()
}

fn hits(matcher: &mut Matcher<'_>, record: &[u8]) -> Vec<u32> {
    match matcher.read(record, &"".into(), 1) {
        Reading::Event(event) => event.hits.to_vec(),
        Reading::Unclear => panic!("it is an event"),
    }
}

#[test]
fn more_values_than_have_a_class_are_told_apart() {
    // Rules with a name are few to each event; the values are of one field.
    let name = |n: u32| format!("Name{}", n % 100);
    let conditions: Vec<Clause> = (0..5_000)
        .map(|n| serde_json::json!({"eventName": name(n), "a": format!("v{n}")}))
        .map(|written| build::condition(&written))
        .collect();
    let program = Program::of_conditions(conditions.iter());
    let mut matcher = Matcher::new(&program);
    for _ in 0..2 {
        for n in 0..5_000 {
            let event = |text: &str| {
                let event = serde_json::json!({
                    "eventSource": "iam.amazonaws.com", "eventName": name(n), "a": text,
                });
                event.to_string().into_bytes()
            };
            assert_eq!(hits(&mut matcher, &event(&format!("v{n}"))), [n]);
            assert_eq!(hits(&mut matcher, &event("none")), [0; 0]);
        }
    }
}

#[test]
fn values_that_hardly_ever_come_again_are_judged_alike() {
    let written = [
        serde_json::json!({"a": {"contains": "77"}}),
        serde_json::json!({"a": {"regex": ["^1.*1$", "00", "[3-5]{3}", "^9", "2$", "12"]}}),
        serde_json::json!({"a": {"glob": "value ?9*9*"}}),
        serde_json::json!({"a": {"not": {"ends_with": "8", "ignore_case": true}}}),
        serde_json::json!({"a": {"length": {"gt": 10}}}),
    ];
    let conditions: Vec<Clause> = written.iter().map(build::condition).collect();
    let program = Program::of_conditions(conditions.iter());
    let mut matcher = Matcher::new(&program);
    let mut tally = Tally::default();
    // Some often, then each once, then some often that were not met before.
    let often = |start: u32| (0..9_000_u32).map(move |n| start + n % 3_000);
    for n in often(0).chain(20_000..32_000).chain(often(50_000)) {
        let record = record(&format!("value {n}"));
        compare(&mut matcher, &conditions, &record, &mut tally);
    }
    assert_eq!(tally.unclear, 0);
    assert_eq!(tally.asked, tally.needed);
}

#[test]
fn texts_in_use_take_the_place_of_those_that_are_not() {
    let written = serde_json::json!({"a": {"contains": ["7", "9"]}});
    let conditions = [build::condition(&written)];
    let program = Program::of_conditions(conditions.iter());
    let mut matcher = Matcher::new(&program);
    let mut tally = Tally::default();
    for round in 0..12_u32 {
        // Five times each, so that they are worth keeping; soon there is no room.
        for n in (0..1_000).flat_map(|n| [n; 5]) {
            let record = record(&format!("{}", round * 1_000 + n));
            compare(&mut matcher, &conditions, &record, &mut tally);
        }
    }
    assert_eq!(tally.asked, tally.needed);
}

#[test]
fn what_classes_leave_is_forgotten_when_it_takes_too_much() {
    // Each name has its own candidates, and each value leaves others of them.
    let written: Vec<_> = (0..64)
        .map(|n| {
            serde_json::json!({
                "eventSource": {"not": "nothing"}, "a": format!("v{n}"), "b": {"not": format!("v{n}")},
            })
        })
        .collect();
    let conditions: Vec<Clause> = written.iter().map(build::condition).collect();
    let program = Program::of_conditions(conditions.iter());
    let mut matcher = Matcher::new(&program);
    matcher.work = Work::new(4_000);
    for round in 0..3 {
        for name in 0..40 {
            for n in 0..64_u32 {
                let other = (n + round) % 64;
                let event = serde_json::json!({
                    "eventSource": "iam.amazonaws.com", "eventName": format!("Name{name}"),
                    "a": format!("v{n}"), "b": format!("v{other}"),
                });
                let wanted: &[u32] = if other == n { &[] } else { &[n] };
                assert_eq!(hits(&mut matcher, event.to_string().as_bytes()), wanted);
            }
        }
    }
    assert!(matcher.pairs.len() < 40, "all was kept");
}
