//! A set as a whole: which rules are written by themselves.
//!
//! Rules about single events come first, then correlations, each behind those that it
//! names. A rule that reports through correlations alone stands in what is written of
//! them, and is not written where all of them are: each native rule reports.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::rule::{Known, Neighbours, RuleSet};
use crate::yaml::Node;

use super::correlation::Correlating;
use super::layout::{self, Yaml};
use super::{Base, Conversion, Inlined, Outcome, head, rule_text, settle};

/// What came of the rules so far, and who names whom.
#[derive(Default)]
pub(super) struct Written<'s> {
    outcomes: BTreeMap<&'s str, Outcome>,
    /// Of each rule the correlations that name it.
    named_by: BTreeMap<&'s str, Vec<Base<'s>>>,
    /// The rules that report by themselves, whoever names them.
    generated: BTreeSet<&'s str>,
}

impl<'s> Written<'s> {
    fn of(bases: &[Base<'s>]) -> Self {
        let mut written = Written::default();
        for base in bases {
            let Some(named) = base.foreign.named else {
                continue;
            };
            for id in named.ids() {
                let known = written.named_by.entry(id).or_default();
                if known.iter().all(|of| of.rule.id != base.rule.id) {
                    known.push(*base);
                }
                if named.generates {
                    written.generated.insert(id);
                }
            }
        }
        written
    }

    /// Whether a rule reports by itself.
    pub(super) fn reports(&self, id: &str) -> bool {
        !self.named_by.contains_key(id) || self.generated.contains(id)
    }

    /// Whether there is a native rule for it.
    pub(super) fn is_written(&self, id: &str) -> bool {
        self.outcomes.get(id).is_some_and(Result::is_ok)
    }

    /// The correlations that a rule stands in, where it is written in them alone.
    fn within(&self, base: &Base<'s>) -> Option<&[Base<'s>]> {
        let id = base.rule.id.value.as_str();
        let by = self.named_by.get(id)?;
        let all = by.iter().all(|of| self.is_written(&of.rule.id.value));
        (all && !self.generated.contains(id)).then_some(by)
    }
}

/// What is written of the Sigma rules of a set.
pub(super) fn written(set: &RuleSet, bases: &[Base<'_>]) -> Conversion {
    let mut written = Written::of(bases);
    let (mut waiting, plain): (Vec<Base<'_>>, Vec<Base<'_>>) = bases
        .iter()
        .partition(|base| base.rule.correlation.is_some());
    let texts = plain.iter().map(|base| (*base, rule_text(set, *base)));
    let settled = settle(set, &Neighbours::default(), texts.collect());
    let settled = settled.into_iter();
    written
        .outcomes
        .extend(settled.map(|(base, outcome)| (base.rule.id.value.as_str(), outcome)));
    let neighbours = match waiting.is_empty() {
        true => Neighbours::default(),
        false => neighbours(set),
    };
    while !waiting.is_empty() {
        let names = |base: &Base<'_>, id: &str| {
            let named = base.foreign.named;
            named.is_some_and(|named| named.ids().any(|name| name == id))
        };
        let is_ready = |base: &Base<'_>| {
            let mut others = waiting.iter();
            !others.any(|other| names(base, &other.rule.id.value))
        };
        let (ready, rest): (Vec<Base<'_>>, Vec<Base<'_>>) =
            waiting.iter().partition(|base| is_ready(base));
        // A circle does not load; none is waited for.
        let (ready, rest) = match ready.is_empty() {
            true => (rest, ready),
            false => (ready, rest),
        };
        let texts = ready.iter().map(|base| {
            let correlating = Correlating::new(set, bases, &written, *base);
            (*base, correlating.text())
        });
        let settled = settle(set, &neighbours, texts.collect()).into_iter();
        written
            .outcomes
            .extend(settled.map(|(base, outcome)| (base.rule.id.value.as_str(), outcome)));
        waiting = rest;
    }
    told(bases, written)
}

fn neighbours(set: &RuleSet) -> Neighbours {
    let known = set.all().map(|rule| {
        let known = Known::Rule(Box::new(rule.clone()), Vec::new());
        (rule.id.value.clone(), known)
    });
    Neighbours {
        known: known.collect(),
        ids: BTreeSet::new(),
    }
}

/// All of it, in the order of the files.
fn told(bases: &[Base<'_>], mut written: Written<'_>) -> Conversion {
    let mut conversion = Conversion::default();
    let mut definitions: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
    for base in bases {
        let node = base.foreign.node;
        if base.foreign.named.is_some() {
            let own = definitions.entry(&base.rule.id.value).or_default();
            own.push(node);
        }
        if let Some(within @ [first, ..]) = written.within(base) {
            // A list is defined once.
            let of_first = definitions.entry(&first.rule.id.value).or_default();
            of_first.push(node);
            conversion.inlined.push(Inlined {
                id: base.rule.id.value.clone(),
                within: within.iter().map(|of| of.rule.id.value.clone()).collect(),
            });
        }
    }
    let inlined: BTreeSet<&str> = conversion.inlined.iter().map(|of| of.id.as_str()).collect();
    for base in bases {
        let id = base.rule.id.value.as_str();
        if inlined.contains(id) {
            continue;
        }
        match written.outcomes.remove(id) {
            Some(Ok(mut converted)) => {
                let nodes = definitions.remove(id).unwrap_or_default();
                let entries = head::definitions(&nodes);
                converted
                    .text
                    .push_str(&layout::document(&Yaml::Block(entries)));
                conversion.rules.push(converted);
            }
            Some(Err(problem)) => conversion.problems.push(match base.foreign.named {
                Some(_) => with_rules(problem),
                None => problem,
            }),
            None => {}
        }
    }
    conversion
}

/// What becomes of the rules that a correlation names where it is not written.
fn with_rules(mut problem: Diagnostic) -> Diagnostic {
    let more = "the rules that it names are written by themselves, and report";
    problem.help = Some(match problem.help {
        Some(help) if !help.is_empty() => format!("{help}; {more}"),
        _ => more.to_owned(),
    });
    problem
}
