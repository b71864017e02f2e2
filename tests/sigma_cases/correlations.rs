//! Cases of correlations: the naive evaluator and the library answer as they do, from
//! the documents of a rules file to the findings of a scan.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use trailgate::correlate::{AsOf, Correlator, Following};
use trailgate::engine::{Engine, Judgement, Output, ScanOptions, scan};
use trailgate::finding::Finding;
use trailgate::rule::{Loaded, RuleSet, RulesFile, load};
use trailgate::source::discover;
use trailgate::yaml::Node;

use super::naive_correlation;
pub use super::naive_correlation::Counts;
use super::{cases, groups, list, tree, whole};

pub const CORRELATIONS: &str = include_str!("correlations.yaml");

/// Signals that are kept in memory, in bytes.
const MEMORY: usize = 1 << 20;

/// A full hour, from which the seconds of a case count.
const START: &str = "2026-03-02T10:00:00Z";

/// Documents of a rules file, and events with their seconds.
#[derive(Debug)]
pub struct Case {
    pub documents: Vec<Value>,
    pub events: Vec<(i64, Value)>,
}

impl Case {
    /// The events, which say `at` how many seconds they happen.
    pub fn new(documents: Vec<Value>, events: &[Value]) -> Case {
        let start: Timestamp = START.parse().unwrap();
        let timed = |(index, event): (usize, &Value)| {
            let at = event["at"].as_i64().unwrap();
            let mut event = event.clone();
            event.as_object_mut().unwrap().remove("at");
            let mut event = whole(&event);
            let time = start + SignedDuration::from_secs(at);
            event["eventTime"] = time.to_string().into();
            event["eventID"] = format!("7d2a3f54-0000-4000-8000-{index:012}").into();
            (at, event)
        };
        Case {
            documents,
            events: events.iter().enumerate().map(timed).collect(),
        }
    }

    pub fn naive(&self) -> Result<Counts, String> {
        naive_correlation::findings(&self.documents, &self.events, &BTreeMap::new())
    }

    /// What the rules file comes to; JSON is YAML too.
    pub fn loaded(&self) -> Loaded {
        let texts: Vec<String> = self.documents.iter().map(Value::to_string).collect();
        let file = RulesFile::of_user("together.yml", texts.join("\n---\n"));
        load(vec![file], &[])
    }

    fn as_of(&self) -> AsOf {
        let times = self.events.iter().map(|(_, event)| &event["eventTime"]);
        let times = times.map(|time| time.as_str().unwrap().parse().unwrap());
        AsOf {
            reached: times.max(),
            ..AsOf::default()
        }
    }

    /// What each event is by itself, in their order.
    pub fn judged(&self, engine: &Engine<'_>) -> Vec<Judgement> {
        let numbered = self.events.iter().zip(1..);
        numbered
            .map(|((_, event), number)| engine.judge(event, "events.jsonl", number))
            .collect()
    }

    /// What the events come to together.
    pub fn folded(&self, set: &RuleSet, judged: &[Judgement]) -> Counts {
        let mut found = Vec::new();
        let mut correlator = Correlator::new(&set.rules, MEMORY);
        for judgement in judged {
            found.extend(judgement.findings.iter().cloned());
            for signal in &judgement.signals {
                correlator.add(signal.clone()).unwrap();
            }
        }
        let mut take = |finding, _: &Value| found.push(finding);
        correlator.finish(self.as_of(), None, &mut take).unwrap();
        self.counts(found)
    }

    /// The same as a scan reads them from a file.
    pub fn scanned(&self, set: &RuleSet) -> Counts {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let lines = self.events.iter().map(|(_, event)| format!("{event}\n"));
        std::fs::write(&path, lines.collect::<String>()).unwrap();
        let options = ScanOptions {
            jobs: NonZeroUsize::MIN,
            ..ScanOptions::default()
        };
        let mut found = Vec::new();
        let mut correlator = Correlator::new(&set.rules, MEMORY);
        scan(
            Engine::new(set),
            &discover(&[path]).inputs,
            options,
            &mut |output| match output {
                Output::Findings(findings) => found.extend(findings),
                Output::Signals(signals) => {
                    for signal in signals {
                        correlator.add(signal).unwrap();
                    }
                }
                _ => {}
            },
        );
        let mut take = |finding, _: &Value| found.push(finding);
        correlator.finish(self.as_of(), None, &mut take).unwrap();
        self.counts(found)
    }

    /// The same where events come one after the other and are told at once.
    pub fn followed(&self, set: &RuleSet, judged: &[Judgement]) -> Counts {
        let mut found = Vec::new();
        let mut following = Following::new(&set.rules, SignedDuration::ZERO, MEMORY);
        let mut sorted: Vec<_> = self.events.iter().zip(judged).collect();
        sorted.sort_by_key(|((at, _), _)| *at);
        for ((_, event), judgement) in sorted {
            found.extend(judgement.findings.iter().cloned());
            let mut take = |finding, _: &Value| found.push(finding);
            following.take(judgement.signals.clone(), &mut take);
            let time = event["eventTime"].as_str().unwrap().parse().unwrap();
            following.reached(time, &mut take);
        }
        let mut take = |finding, _: &Value| found.push(finding);
        following.finish(self.as_of().reached, &mut take);
        self.counts(found)
    }

    /// How many findings each rule has, by its name.
    fn counts(&self, findings: Vec<Finding>) -> Counts {
        let mut counts = Counts::new();
        for finding in findings {
            *counts.entry(self.name(&finding.rule)).or_default() += 1;
        }
        counts
    }

    /// The name of a rule, or its id.
    pub fn name(&self, id: &str) -> String {
        let document = self.documents.iter().find(|document| document["id"] == id);
        let name = document.and_then(|document| document["name"].as_str());
        name.unwrap_or(id).to_owned()
    }

    /// What the evaluators say otherwise than is expected.
    fn wrong(&self, expected: &Value) -> Vec<String> {
        let naive = self.naive();
        let loaded = self.loaded();
        let mut problems = loaded.diagnostics.iter().filter(|d| d.is_error());
        let said = |text: &str, word: &str| text.to_lowercase().contains(&word.to_lowercase());
        let mut wrong = Vec::new();
        if let Some(word) = expected.get("error").and_then(Value::as_str) {
            if !naive.as_ref().is_err_and(|error| said(error, word)) {
                wrong.push(format!("naive: {naive:?}, not about {word}"));
            }
            if !problems.any(|problem| said(&format!("{problem:?}"), word)) {
                wrong.push(format!("loads, or says nothing of {word}"));
            }
            return wrong;
        }
        let counts = wanted(expected);
        if naive != Ok(counts.clone()) {
            wrong.push(format!("naive: {naive:?}, not {counts:?}"));
        }
        let problems: Vec<_> = problems.collect();
        if !problems.is_empty() {
            wrong.push(format!("does not load: {problems:?}"));
            return wrong;
        }
        let judged = self.judged(&Engine::new(&loaded.set));
        let ways = [
            ("folded", self.folded(&loaded.set, &judged)),
            ("scanned", self.scanned(&loaded.set)),
            ("followed", self.followed(&loaded.set, &judged)),
        ];
        let others = ways.into_iter().filter(|(_, found)| *found != counts);
        wrong.extend(others.map(|(way, found)| format!("{way}: {found:?}, not {counts:?}")));
        wrong
    }
}

/// How many findings each rule has by a case.
pub fn wanted(case: &Value) -> Counts {
    let counts = case["findings"].as_object().unwrap().iter();
    counts
        .map(|(rule, count)| (rule.clone(), count.as_u64().unwrap() as usize))
        .collect()
}

#[test]
fn correlations_of_sigma_mean_what_the_cases_say() {
    let groups = groups(CORRELATIONS);
    let shared = tree(groups[0].get("shared").unwrap());
    let (mut count, mut said) = (0, Vec::new());
    for node in cases(&groups) {
        let case = tree(node);
        count += 1;
        let document = |document: &Value| match document.as_str() {
            Some(name) => shared[name].clone(),
            None => document.clone(),
        };
        let documents = list(&case, "documents").iter().map(document).collect();
        let wrong = Case::new(documents, list(&case, "events")).wrong(&case);
        let name = node.get("name").and_then(Node::as_text).unwrap();
        said.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }
    assert!(said.is_empty(), "{} wrong\n{}", said.len(), said.join("\n"));
    assert!(count >= 193, "{count}");
}
