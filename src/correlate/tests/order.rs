//! Whole rules over whole events, in any order and cut in any way.

use serde_json::{Value, json};

use crate::correlate::{AsOf, Correlator, Signal};
use crate::engine::Engine;
use crate::rule::{RuleSet, RulesFile, load};

use super::cases::Random;

pub(super) const RULES: &str = r#"
id: burst
title: Burst
severity: high
match: {eventName: [A, B]}
correlate: {by: [userIdentity.userName], within: 5m, count: {gte: 3}}
---
id: users
title: Users
severity: low
match: {eventName: [A, B, C]}
correlate: {by: [sourceIPAddress], within: 10m, distinct: {field: [userIdentity.userName, eventName], gte: 4}}
---
id: bytes
title: Bytes
severity: low
match: {eventName: C}
correlate: {within: 10m, sum: {field: additionalEventData.bytes, gt: 100}}
---
id: share
title: Share
severity: low
match: {eventName: {exists: true}}
correlate: {by: sourceIPAddress, within: 1h, ratio: {of: [A, B, C, D], gte: 0.75}}
---
id: chain
title: Chain
severity: critical
steps:
  created: {match: {eventName: A}, by: [requestParameters.name]}
  used: {match: {eventName: B}, by: [userIdentity.userName]}
correlate: {within: 15m, order: [created, used]}
message: "{steps.created.userIdentity.userName} made {steps.used.userIdentity.userName}"
---
id: left
title: Left
severity: medium
steps:
  off: {match: {eventName: C}, by: {field: requestParameters.name, capture: '^(.)'}}
  on: {match: {eventName: D}, by: {coalesce: [requestParameters.missing, requestParameters.name]}}
correlate: {within: 10m, order: [off], absent: [on]}
---
id: after-burst
title: After a burst
severity: critical
steps:
  burst: {rules: burst, by: [userIdentity.userName]}
  then: {match: {eventName: D}, by: [userIdentity.userName]}
correlate: {within: 1h, order: [burst, then]}
"#;

pub(super) fn events(seed: u64) -> Vec<Value> {
    let mut random = Random::new(seed);
    let pick =
        |random: &mut Random, of: &[&str]| of[random.below(of.len() as u64) as usize].to_owned();
    (0..60)
        .map(|id| {
            let minutes = random.below(90);
            let seconds = [0, 0, 30][random.below(3) as usize];
            json!({
                "eventVersion": "1.11",
                "eventID": format!("event-{id}"),
                "eventSource": "test.amazonaws.com",
                "eventName": pick(&mut random, &["A", "B", "C", "D"]),
                "eventTime": format!("2026-01-05T{:02}:{:02}:{seconds:02}Z", 9 + minutes / 60, minutes % 60),
                "sourceIPAddress": pick(&mut random, &["192.0.2.1", "192.0.2.2"]),
                "userIdentity": {"type": "IAMUser", "userName": pick(&mut random, &["a", "b", "c"])},
                "requestParameters": {"name": pick(&mut random, &["a", "b", "c"])},
                "additionalEventData": {"bytes": random.below(60) as f64 / 2.0},
            })
        })
        .collect()
}

pub(super) fn rules(text: &str) -> RuleSet {
    let file = RulesFile::of_user("rules.yaml", text);
    let loaded = load(vec![file], &[]);
    let errors = loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error());
    assert_eq!(errors.count(), 0, "{:?}", loaded.diagnostics);
    loaded.set
}

/// The findings, without the places that events were read from.
fn findings(files: &[Vec<Value>], memory: usize) -> Vec<String> {
    let file = RulesFile::of_user("rules.yaml", RULES);
    let loaded = load(vec![file], &[]);
    let errors = loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error());
    assert_eq!(errors.count(), 0, "{:?}", loaded.diagnostics);
    let engine = Engine::new(&loaded.set);
    let mut correlator = Correlator::new(&loaded.set.rules, memory);
    let mut reached = None;
    for (name, file) in files.iter().enumerate() {
        for (number, event) in file.iter().enumerate() {
            let judgement = engine.judge(event, format!("{name}.json"), number as u64 + 1);
            assert!(judgement.findings.is_empty());
            reached = reached.max(crate::event::event_time(event));
            for signal in judgement.signals {
                // As another process would hand it over.
                let text = serde_json::to_string(&signal).unwrap();
                let signal: Signal = serde_json::from_str(&text).unwrap();
                correlator.add(signal).unwrap();
            }
        }
    }
    let as_of = AsOf {
        reached,
        ..AsOf::default()
    };
    let mut said = Vec::new();
    let counts = correlator
        .finish(as_of, None, &mut |finding, _| {
            let of = finding.correlation.as_deref().unwrap();
            let shown: Vec<_> = of
                .timeline
                .iter()
                .map(|event| (event.step.clone(), event.event.id.clone()))
                .collect();
            said.push(format!(
                "{} {} {} {:?} {:?} {} {} {} {:?} {:?}",
                finding.rule,
                finding.message,
                finding.fingerprint,
                finding.event.id,
                of.key,
                of.first,
                of.last,
                of.events,
                of.measured,
                shown,
            ));
        })
        .unwrap();
    said.push(format!("{:?} {:?}", counts.undetermined, counts.named));
    said
}

#[test]
fn findings_do_not_hang_on_order_split_or_memory() {
    for seed in 0..10 {
        let events = events(seed);
        let mut random = Random::new(seed);
        let wanted = findings(std::slice::from_ref(&events), usize::MAX);
        assert!(wanted.len() > 5, "{wanted:#?}");
        for memory in [0, 4 << 10, usize::MAX] {
            let mut shuffled = events.clone();
            random.shuffle(&mut shuffled);
            let cut = random.below(60) as usize;
            let (first, second) = shuffled.split_at(cut);
            // Some are delivered twice.
            let files = [first.to_vec(), second.to_vec(), first[..cut / 2].to_vec()];
            assert_eq!(findings(&files, memory), wanted, "seed {seed}");
        }
    }
}
