use super::super::tests::generate::{self, Random};
use super::*;
use crate::event;
use crate::reference::evaluate;
use crate::reference::tests::build;
use crate::rule::value::fold;
use crate::shape::parse;

#[test]
fn what_matches_a_rule_has_its_witness() {
    let (mut matches, mut witnessed) = (0, 0);
    for seed in 0..60 {
        let random = &mut Random(seed);
        let written: Vec<_> = (0..10).map(|_| generate::condition(random)).collect();
        let conditions: Vec<_> = written.iter().map(build::condition).collect();
        let program = Program::of_conditions(conditions.iter());
        let plans = (0..conditions.len()).map(|rule| Plan::new(&program, rule).unwrap());
        let plans: Vec<Plan> = plans.collect();
        let records = (0..60).filter_map(|_| parse(&generate::record(random)).ok());
        for record in records.collect::<Vec<_>>() {
            for (plan, condition) in plans.iter().zip(&conditions) {
                if !evaluate(condition, &record).value {
                    continue;
                }
                matches += 1;
                let (found, allowed) = match &plan.witness {
                    Witness::EventName(names) => (event::event_name(&record), names),
                    Witness::EventSource(sources) => (event::event_source(&record), sources),
                    Witness::Other | Witness::Nothing => continue,
                };
                // A record without a plain name or source is left to the reference.
                if let Some(found) = found {
                    witnessed += 1;
                    let found = match allowed.ignore_case {
                        true => fold(found),
                        false => found.to_owned(),
                    };
                    assert!(allowed.values.contains(&found), "{record} {plan:?}");
                }
            }
        }
    }
    assert!(matches > 500 && witnessed > 50, "{matches} {witnessed}");
}

#[test]
fn terms_stand_in_the_order_they_are_asked_and_say_who_shares_them() {
    let conditions = [
        serde_json::json!({"a": {"same_as": "b"}, "c": "1", "eventName": "CreateUser"}),
        serde_json::json!({"c": "1", "$..a": "x"}),
    ];
    let conditions: Vec<_> = conditions.iter().map(build::condition).collect();
    let program = Program::of_conditions(conditions.iter());
    let plan = Plan::new(&program, 0).unwrap();
    let answered: Vec<_> = plan.terms.iter().map(|term| term.answered).collect();
    assert_eq!(
        answered,
        [Answered::ByPair, Answered::ByValue, Answered::ByEvent]
    );
    let shared = |term: &Term| match &term.question {
        Question::Predicate(predicate) => predicate.shared,
        other => panic!("{other:?}"),
    };
    let shared: Vec<_> = plan.terms.iter().map(shared).collect();
    assert_eq!(shared, [0, 1, 0]);
    let other = Plan::new(&program, 1).unwrap();
    assert_eq!(other.witness, Witness::Nothing);
    assert_eq!(
        other.terms.last().map(|term| term.answered),
        Some(Answered::ByReference)
    );
}
