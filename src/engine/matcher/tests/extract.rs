//! Signals of records that are not parsed, against those that the reference makes.

use serde_json::{Value, json};

use super::super::{Matcher, Reading, copy};
use super::generate::{self, Random};
use crate::compile::Program;
use crate::correlate::{Occurrence, Signal, signals};
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::event::Losses;
use crate::finding::Place;
use crate::reference::evaluate;
use crate::rule::{Kept, Rule, RulesFile, load};
use crate::shape::parse;

const FIELDS: &[&str] = &[
    "a",
    "ab",
    "b.a",
    "c.ab",
    "eventName",
    "eventName",
    "eventSource",
    "awsRegion",
    "userIdentity.accountId",
    "userIdentity.a",
    "recipientAccountId",
    "password",
];

/// What came of comparing.
#[derive(Debug, Default)]
struct Tally {
    made: usize,
    left: usize,
    none: usize,
}

fn field(random: &mut Random) -> String {
    random.pick(FIELDS).to_owned()
}

fn key(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!({"coalesce": [field(random), field(random)]}),
        1 => json!({"field": field(random), "capture": "([a-z0-9])"}),
        _ => json!(field(random)),
    }
}

fn correlate(random: &mut Random, steps: bool) -> Value {
    let by: Vec<Value> = (0..random.below(3)).map(|_| key(random)).collect();
    let mut correlate = json!({"within": "5m"});
    if !by.is_empty() {
        correlate["by"] = json!(by);
    }
    if steps {
        correlate["order"] = json!(["one", "two"]);
        return correlate;
    }
    let (kind, asked) = match random.below(6) {
        0 => ("count", json!({"gte": 2})),
        1 => ("distinct", json!({"field": field(random), "gte": 2})),
        2 => (
            "distinct",
            json!({"field": [field(random), field(random)], "gte": 2}),
        ),
        3 => ("sum", json!({"field": field(random), "gte": 2})),
        _ => (
            "ratio",
            json!({"field": "eventName", "of": ["CreateUser", "a"], "gte": 0.5}),
        ),
    };
    correlate[kind] = asked;
    correlate
}

/// A test of a rule, which asks little so that much is met.
fn condition(random: &mut Random) -> Value {
    let test = |random: &mut Random| match random.below(7) {
        0 => json!({"not": {"equals": "a"}}),
        1 => json!({"exists": random.one_in(2)}),
        2 => json!({"starts_with": ["", "A"], "ignore_case": true}),
        3 => json!({"regex": "^[^x]*$"}),
        4 => json!({"any_element": {"this": "a"}}),
        5 => json!({"not": {"cidr": "10.0.0.0/8"}}),
        _ => json!(["a", "1", "true", "CreateUser"]),
    };
    let (one, other) = (field(random), field(random));
    let (first, second) = (test(random), test(random));
    match random.below(3) {
        0 => json!({one: first}),
        1 => json!({"any": [{one: first}, {other: second}]}),
        _ => json!({"not": {one: first}, other: second}),
    }
}

fn rule(random: &mut Random, number: usize) -> String {
    let steps = random.one_in(4);
    let mut rule = json!({
        "id": format!("rule-{number}"), "title": "R", "severity": "low",
        "correlate": correlate(random, steps),
    });
    if steps {
        rule["steps"] = json!({
            "one": {"match": condition(random)},
            "two": {"match": condition(random)},
        });
    } else {
        rule["match"] = condition(random);
    }
    rule.to_string()
}

/// A record that mostly has what every signal needs.
fn record(random: &mut Random) -> Vec<u8> {
    let mut record = generate::record(random);
    let facts: &[u8] = match random.below(8) {
        0 => br#"{"eventID":"", "#,
        1 => br#"{"eventID":7,"sourceIPAddress":"\u0061", "#,
        2 => br#"{"eventID":"1","@timestamp":"2026-11-23T12:00:00Z", "#,
        _ => br#"{"eventID":"1","errorCode":"a\/b", "#,
    };
    if record.starts_with(b"{\"") {
        record.splice(0..1, facts.iter().copied());
    }
    record
}

fn compare(
    matcher: &mut Matcher<'_>,
    rules: &[Rule],
    also: &Kept,
    record: &[u8],
    tally: &mut Tally,
) {
    let shown = String::from_utf8_lossy(record);
    let hits = match matcher.read(record, &"file".into(), 3) {
        Reading::Event(event) => event.hits.to_vec(),
        Reading::Unclear => return,
    };
    let made: Vec<Signal> = matcher.take_signals().collect();
    let Ok(value) = parse(record) else { return };
    let place = Place {
        file: "file".into(),
        record: 3,
    };
    for (number, rule) in rules.iter().enumerate() {
        let correlation = rule.correlation.as_ref().unwrap();
        let of_rule = made.iter().filter(|signal| *signal.rule == *rule.id.value);
        let of_rule: Vec<&Signal> = of_rule.collect();
        if hits.contains(&(number as u32)) {
            tally.left += 1;
            assert!(of_rule.is_empty(), "{shown}");
            continue;
        }
        let truth = evaluate(&rule.condition, &value);
        assert!(!truth.open, "{shown}");
        let occurrence = Occurrence {
            event: &value,
            losses: Losses::none(),
            place: &place,
            also: Some(also),
        };
        let wanted = match truth.value {
            true => signals(rule, correlation, occurrence),
            false => Ok(Vec::new()),
        };
        let wanted = wanted.unwrap_or_else(|why| panic!("{why:?}: {shown}"));
        assert_eq!(of_rule, wanted.iter().collect::<Vec<_>>(), "{shown}");
        tally.made += wanted.len();
        tally.none += usize::from(wanted.is_empty());
    }
}

#[test]
fn signals_of_what_is_not_parsed_are_those_of_what_is() {
    let mut tally = Tally::default();
    let mut also = Kept::default();
    also.add(["requestParameters", "a"].into_iter());
    for seed in 0..12 {
        let random = &mut Random(seed);
        let texts: Vec<String> = (0..12).map(|number| rule(random, number)).collect();
        let file = RulesFile::of_user("rules.yaml", texts.join("\n---\n"));
        let loaded = load(vec![file], &[]);
        let rules = &loaded.set.rules;
        // What can never match is as good as any.
        let is_wrong = |problem: &&Diagnostic| {
            problem.level == Level::Error && problem.code != Code::NeverMatches
        };
        let wrong = loaded.diagnostics.iter().find(is_wrong);
        assert!(wrong.is_none(), "{wrong:?}");
        let also = match random.one_in(2) {
            true => also.clone(),
            false => Kept::default(),
        };
        let program = Program::new(rules, Some(&also));
        let mut matcher = Matcher::new(&program);
        for _ in 0..200 {
            let record = record(random);
            compare(&mut matcher, rules, &also, &record, &mut tally);
        }
    }
    println!("{tally:?}");
    assert!(tally.made > 400 && tally.made * 8 > tally.left, "{tally:?}");
}

/// A rule that counts the events of an address, and reads one field of them.
fn counting(id: &str, read: &str) -> String {
    json!({
        "id": id, "title": "R", "severity": "low",
        "match": {read: {"not": {"equals": "Root"}}},
        "correlate": {"by": ["sourceIPAddress"], "within": "5m", "count": {"gte": 2}},
    })
    .to_string()
}

fn called_by(identity: &Value, number: usize) -> Vec<u8> {
    json!({
        "eventVersion": "1.11", "userIdentity": identity,
        "eventTime": "2026-01-31T08:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "sourceIPAddress": format!("10.0.0.{}", number % 11),
        "eventID": format!("{number}"),
    })
    .to_string()
    .into_bytes()
}

#[test]
fn what_is_copied_of_parts_that_come_again_is_known_and_the_same() {
    let texts = [
        counting("one", "userIdentity.type"),
        counting("two", "userIdentity.type"),
        counting("three", "userIdentity.inScopeOf.issuerType"),
    ];
    let loaded = load(
        vec![RulesFile::of_user("rules.yaml", texts.join("\n---\n"))],
        &[],
    );
    let rules = &loaded.set.rules;
    assert_eq!(rules.len(), 3, "{:?}", loaded.diagnostics);
    let program = Program::new(rules, None);
    let mut matcher = Matcher::new(&program);
    let mut tally = Tally::default();
    for number in 0..3000 {
        let identity = json!({
            "type": "AssumedRole", "arn": format!("arn:{}", number % 5),
            "principalId": format!("\u{e4}\n{}", number % 7), "sessionContext": {},
        });
        let record = called_by(&identity, number);
        compare(&mut matcher, rules, &Kept::default(), &record, &mut tally);
    }
    assert_eq!((tally.made, tally.left), (9000, 0));
    // Two copies of each identity: two rules have one alike.
    assert_eq!(matcher.copies.len(), 2 * 35);
}

#[test]
fn what_is_known_of_copies_has_a_limit() {
    let text = counting("one", "userIdentity.type");
    let loaded = load(vec![RulesFile::of_user("rules.yaml", text)], &[]);
    let program = Program::new(&loaded.set.rules, None);
    let mut matcher = Matcher::new(&program);
    let mut most = 0;
    // Each comes twice, so that parts are seen to come again.
    for number in 0..2 * copy::MOST + 1000 {
        let identity = json!({"type": format!("{}", number / 2)});
        let record = called_by(&identity, number);
        assert!(matches!(
            matcher.read(&record, &"file".into(), 3),
            Reading::Event(_)
        ));
        assert_eq!(matcher.take_signals().count(), 1);
        most = most.max(matcher.copies.len());
    }
    assert_eq!(most, copy::MOST);
    assert!(matcher.copies.len() < copy::MOST);
}
