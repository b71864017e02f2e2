//! Generated correlations: the library finds what the naive evaluator finds.
//!
//! A case is a handful of documents over few rules, and for them several handfuls of
//! events; ties, boundaries, missing values and events of several rules are frequent.

use serde_json::{Value, json};
use trailgate::diagnostic::Diagnostic;
use trailgate::engine::Engine;

use super::correlations::Case;

/// Events for each set of documents.
const TRIES: u64 = 6;

/// How many pairs of rules and events are asked for.
pub fn pairs() -> Option<u64> {
    std::env::var("TRAILGATE_PAIRS").ok()?.parse().ok()
}

/// How many sets of documents are tried.
fn sets() -> u64 {
    let asked = pairs();
    asked.map_or(50, |pairs| pairs.min(20_000) / TRIES)
}

/// Numbers that look like chance.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % bound
    }

    pub fn of<'v, T>(&mut self, list: &'v [T]) -> &'v T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// Whether something happens that does once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// A rule that finds events by their names.
fn rule(name: &str, events: Value) -> Value {
    json!({
        "title": name, "name": name, "id": format!("id-of-{name}"),
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {"s": {"eventName": events}, "condition": "s"},
    })
}

const KINDS: [&str; 8] = [
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_median",
    "value_percentile",
];

/// What is asked in `condition`, mostly something that some events can be.
fn condition(random: &mut Random, kind: &str, rules: usize) -> Value {
    let ways: &[&[&str]] = match kind {
        "temporal_ordered" => &[&["gte"], &["gt"]],
        _ => &[
            &["gte"],
            &["gte"],
            &["gt"],
            &["lte"],
            &["lt"],
            &["eq"],
            &["neq"],
            &["gte", "lte"],
            &["gt", "neq"],
        ],
    };
    let mut condition = json!({});
    for bound in *random.of(ways) {
        let value = match kind {
            "event_count" | "value_count" => json!(random.below(4)),
            "temporal" | "temporal_ordered" => json!(random.below(rules as u64 + 1)),
            "value_sum" => json!(random.below(12) as i64 - 2),
            // Halves and quarters, which are met.
            _ => json!(random.below(20) as f64 / 4.0 - 1.0),
        };
        condition[*bound] = value;
    }
    if kind == "value_count" && random.once_in(4) {
        condition["field"] = json!(["awsRegion", "requestParameters.n"]);
    } else if kind.starts_with("value") {
        condition["field"] = json!("requestParameters.n");
    }
    if kind == "value_percentile" {
        condition["percentile"] = json!(random.of(&[0, 25, 50, 75, 100]));
    }
    condition
}

/// A correlation of some of the rules that there are.
fn correlation(random: &mut Random, name: &str, known: &[&str]) -> Value {
    let kind = *random.of(&KINDS);
    let rules: Vec<String> = (0..=random.below(3))
        .map(|_| match (*random.of(known), random.once_in(3)) {
            (rule, true) if !rule.starts_with('c') => format!("id-of-{rule}"),
            (rule, _) => rule.to_owned(),
        })
        .collect();
    let mut of = json!({
        "type": kind,
        "rules": rules,
        "timespan": format!("{}s", 1 + random.below(6)),
        "group-by": random.of(&[
            json!(["requestParameters.k"]),
            json!(["requestParameters.k", "awsRegion"]),
            json!(["who"]),
        ]),
    });
    if !kind.starts_with("temporal") || random.once_in(2) {
        of["condition"] = condition(random, kind, rules.len());
    }
    if of["group-by"] == json!(["who"]) {
        let mut alias = json!({});
        for rule in known {
            let fields = ["requestParameters.k", "requestParameters.l"];
            alias[*rule] = json!(random.of(&fields));
        }
        of["aliases"] = json!({"who": alias});
    } else if random.once_in(3) {
        of.as_object_mut().unwrap().remove("group-by");
    }
    if random.once_in(4) {
        of["generate"] = json!(random.once_in(2));
    }
    json!({"title": "Together", "name": name, "correlation": of})
}

fn documents(random: &mut Random) -> Vec<Value> {
    let mut documents = vec![
        rule("a", json!("A")),
        rule("b", json!("B")),
        rule("ab", json!(["A", "B"])),
    ];
    let mut known = vec!["a", "b", "ab"];
    for name in ["c0", "c1", "c2"]
        .into_iter()
        .take(1 + random.below(3) as usize)
    {
        let of = correlation(random, name, &known);
        known.push(name);
        // A name that stands further down is known too.
        let place = random.below(documents.len() as u64 + 1) as usize;
        documents.insert(place, of);
    }
    documents
}

/// Whether a correlation is about another: then what happens at one time is not told
/// apart by both evaluators alike.
fn is_chained(documents: &[Value]) -> bool {
    let rules = documents.iter().filter_map(|document| {
        let correlation = document.get("correlation")?;
        correlation["rules"].as_array()
    });
    rules
        .flatten()
        .any(|name| name.as_str().unwrap().starts_with('c'))
}

fn events(random: &mut Random, apart: bool) -> Vec<Value> {
    let spread = 2 + random.below(24);
    let mut times: Vec<u64> = (0..1 + random.below(7))
        .map(|_| random.below(spread))
        .collect();
    if apart {
        times.sort_unstable();
        times.dedup();
    }
    let key = |random: &mut Random| {
        random
            .of(&[
                json!("x"),
                json!("x"),
                json!("y"),
                json!(5),
                json!("5"),
                json!(["x", "y"]),
                json!(""),
                Value::Null,
            ])
            .clone()
    };
    let event = |random: &mut Random, at: &u64| {
        let mut event = json!({
            "at": at,
            "eventName": random.of(&["A", "A", "B", "B", "C"]),
            "awsRegion": random.of(&["r", "r", "s"]),
            "requestParameters": {},
        });
        let parameters = &mut event["requestParameters"];
        for name in ["k", "l"] {
            if !random.once_in(8) {
                parameters[name] = key(random);
            }
        }
        if !random.once_in(8) {
            let number = random.below(6) as i64 - 1;
            parameters["n"] = match random.below(8) {
                0 => json!(number.to_string()),
                1 => json!(number as f64 + 0.5),
                2 => json!([number, 1]),
                3 => json!("many"),
                _ => json!(number),
            };
        }
        event
    };
    times.iter().map(|at| event(random, at)).collect()
}

#[test]
fn generated_correlations_find_what_the_naive_evaluator_finds() {
    let (mut compared, mut with_findings) = (0_u64, 0_u64);
    let sets = sets();
    for seed in 0..sets {
        let mut random = Random::new(seed + 1);
        let documents = documents(&mut random);
        let apart = is_chained(&documents);
        let mut case = Case::new(documents, &[]);
        let loaded = case.loaded();
        let problems = loaded.diagnostics.iter().filter(|d| d.is_error());
        let problems: Vec<&Diagnostic> = problems.collect();
        let naive = case.naive();
        assert_eq!(
            naive.is_err(),
            !problems.is_empty(),
            "{naive:?} {problems:#?}\n{case:#?}"
        );
        if naive.is_err() {
            continue;
        }
        let engine = Engine::new(&loaded.set);
        for attempt in 0..TRIES {
            let events = events(&mut random, apart);
            case = Case::new(case.documents, &events);
            let naive = case.naive().unwrap();
            let judged = case.judged(&engine);
            assert_eq!(case.folded(&loaded.set, &judged), naive, "{case:#?}");
            let followed = case.followed(&loaded.set, &judged);
            assert_eq!(followed, naive, "followed {case:#?}");
            if attempt == 0 && seed % 16 == 0 {
                assert_eq!(case.scanned(&loaded.set), naive, "scanned {case:#?}");
            }
            compared += 1;
            with_findings += u64::from(naive.keys().any(|name| name.starts_with('c')));
        }
    }
    assert!(compared > sets * TRIES / 2, "{compared}");
    assert!(
        with_findings > compared / 4,
        "{with_findings} of {compared}"
    );
}
