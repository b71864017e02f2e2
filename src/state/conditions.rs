//! Under which rules something was judged, as one short value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::rule::clause::{Clause, ClauseKind, Named};
use crate::rule::correlation::StepSource;
use crate::rule::{Rule, RuleSet};
use crate::yaml::{Node, NodeKind};

/// A hash over everything that decides what is found in an event: the active rules
/// as they are written, their severities, all macros, the values of all lists, and
/// the version of trailgate, which brings its own rules and reads them in its own
/// way. What another hash stands for may find the same; one hash never finds two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RulesHash(pub [u8; 32]);

impl RulesHash {
    /// Of the rules of a run. `allowed`: whether records may go without a rule that
    /// could not be evaluated on them, so that they count as judged.
    pub fn of(set: &RuleSet, allowed: bool) -> RulesHash {
        let mut parts = Parts::default();
        parts.add(env!("CARGO_PKG_VERSION"));
        parts.add(if allowed { "allowed" } else { "" });
        let rules: BTreeMap<&str, &Rule> = set
            .rules
            .iter()
            .map(|rule| (rule.id.value.as_str(), rule))
            .collect();
        for (id, rule) in rules {
            parts.add(id);
            parts.add(rule.severity.name());
            let mut texts = Vec::new();
            add_texts(set, rule, &mut texts);
            texts.iter().for_each(|text| parts.add(text));
        }
        for (name, definition) in &set.definitions.macros {
            parts.add(name);
            parts.add_node(&definition.body);
        }
        for (name, definition) in &set.definitions.lists {
            parts.add(name);
            let values = definition.values.iter().flatten();
            for value in values {
                parts.add(&value.value);
            }
            parts.add(if definition.values.is_some() {
                "set"
            } else {
                ""
            });
        }
        RulesHash(parts.0.finalize().into())
    }
}

/// What a correlation was when its signals were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleHash {
    /// A hash over all that decides which events take part, and in what: the rule as it
    /// is written, the conditions of those that it names, the macros and lists that may
    /// be in them, and what is kept of events. The version of trailgate is no part of it.
    pub hash: [u8; 32],
    /// How far back its windows reach.
    pub reach: SignedDuration,
}

/// The correlations of a set, and those whose findings they are about, by id.
pub(super) fn correlations(set: &RuleSet) -> BTreeMap<String, RuleHash> {
    let mut found = BTreeMap::new();
    for rule in &set.rules {
        add_correlations(set, rule, &mut found);
    }
    found
}

fn add_correlations(set: &RuleSet, rule: &Rule, found: &mut BTreeMap<String, RuleHash>) {
    let Some(correlation) = &rule.correlation else {
        return;
    };
    let mut parts = Parts::default();
    let mut texts = Vec::new();
    add_texts(set, rule, &mut texts);
    for text in &texts {
        parts.add(text);
    }
    parts.add_definitions(set, &texts);
    // It is of what is kept that events are told apart.
    parts.add(&format!("{:?}", correlation.kept));
    let hash = parts.0.finalize().into();
    let reach = correlation.reach();
    found.insert(rule.id.value.clone(), RuleHash { hash, reach });
    for child in correlation.correlations() {
        add_correlations(set, child, found);
    }
}

/// The texts of a rule and of what it is made of.
fn add_texts<'s>(set: &'s RuleSet, rule: &Rule, texts: &mut Vec<&'s str>) {
    let sources = set.sources();
    texts.push(sources.slice(rule.span));
    add_filters(set, &rule.condition, texts);
    let steps = rule.correlation.iter().flat_map(|c| &c.steps);
    for source in steps.flat_map(|step| &step.sources) {
        match source {
            StepSource::Match(_) => {}
            StepSource::Rule {
                condition,
                exceptions,
                ..
            } => {
                texts.push(sources.slice(condition.span));
                add_filters(set, condition, texts);
                let exceptions = exceptions.iter();
                texts.extend(exceptions.map(|exception| sources.slice(exception.condition.span)));
            }
            StepSource::Correlation { rule, .. } => add_texts(set, rule, texts),
        }
    }
}

/// The filters of Sigma that narrow a condition, which stand elsewhere.
fn add_filters<'s>(set: &'s RuleSet, condition: &Clause, texts: &mut Vec<&'s str>) {
    let ClauseKind::All(parts) = &condition.kind else {
        return;
    };
    for part in parts {
        if let ClauseKind::Macro {
            of: Named::Filter, ..
        } = part.kind
        {
            texts.push(set.sources().slice(part.span));
        }
    }
}

/// Texts one after another, none of which can run into the next.
#[derive(Default)]
struct Parts(Sha256);

impl Parts {
    fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
    }

    /// The macros and lists whose names stand in the texts, and those in them.
    fn add_definitions(&mut self, set: &RuleSet, texts: &[&str]) {
        let mut texts: Vec<&str> = texts.to_vec();
        let mut met = BTreeSet::new();
        let sources = set.sources();
        while let Some(text) = texts.pop() {
            for (name, definition) in &set.definitions.macros {
                if text.contains(name.as_str()) && met.insert(name) {
                    texts.push(sources.slice(definition.body.span));
                }
            }
            for name in set.definitions.lists.keys() {
                if text.contains(name.as_str()) {
                    met.insert(name);
                }
            }
        }
        for name in met {
            self.add(name);
            if let Some(definition) = set.definitions.macros.get(name) {
                self.add_node(&definition.body);
            }
            if let Some(definition) = set.definitions.lists.get(name) {
                let values = definition.values.iter().flatten();
                values.for_each(|value| self.add(&value.value));
            }
        }
    }

    /// A node with its children, and without the places that they are written at.
    fn add_node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Scalar(scalar) => {
                self.add(if scalar.quoted { "text" } else { "plain" });
                self.add(&scalar.text);
            }
            NodeKind::Sequence(items) => {
                self.add(&format!("{} items", items.len()));
                items.iter().for_each(|item| self.add_node(item));
            }
            NodeKind::Mapping(entries) => {
                self.add(&format!("{} entries", entries.len()));
                for entry in entries {
                    self.add(&entry.key.value);
                    self.add_node(&entry.value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RulesFile, load};

    const RULE: &str = "
macros:
  written: {readOnly: false}
lists:
  known: {values: [ana, bruno]}
---
id: one
title: One
severity: high
match:
  macros: [written]
  eventName: {not: {list: known}}
";

    fn hash(text: &str) -> RulesHash {
        let file = RulesFile::of_user("rule.yaml", text);
        let loaded = load(vec![file], &[]);
        assert_eq!(loaded.set.rules.len(), 1, "{:?}", loaded.diagnostics);
        RulesHash::of(&loaded.set, false)
    }

    #[test]
    fn whatever_decides_what_is_found_changes_the_hash() {
        let mut seen = vec![hash(RULE)];
        for (from, to) in [
            ("readOnly: false", "readOnly: true"),
            ("ana, bruno", "ana"),
            ("severity: high", "severity: low"),
            ("id: one", "id: other"),
            ("{not: {list: known}}", "{list: known}"),
        ] {
            let changed = RULE.replace(from, to);
            assert_ne!(changed, RULE);
            let hash = hash(&changed);
            assert!(!seen.contains(&hash), "{to}");
            seen.push(hash);
        }
    }

    #[test]
    fn what_stands_elsewhere_of_a_sigma_rule_changes_the_hash() {
        let rules = "title: A\nname: a\nlogsource: {product: aws}\ndetection: {s: {eventName: x}, condition: s}\n\
            ---\ntitle: F\nlogsource: {product: aws}\nfilter: {rules: any, f: {userAgent: y}, condition: not f}\n";
        let correlation = "---\ntitle: C\ncorrelation: {type: event_count, rules: a, timespan: 5m, condition: {gte: 2}}\n";
        let both = format!("{rules}{correlation}");
        for (text, from, to) in [
            (rules, "userAgent: y", "userAgent: z"),
            (&both, "userAgent: y", "userAgent: z"),
            (&both, "eventName: x", "eventName: z"),
            (&both, "gte: 2", "gte: 3"),
        ] {
            assert_ne!(hash(text), hash(&text.replace(from, to)), "{from}");
        }
        let of_correlation = |text: &str| {
            let file = RulesFile::of_user("rule.yaml", text);
            correlations(&load(vec![file], &[]).set)["c"]
        };
        for (from, to) in [
            ("userAgent: y", "userAgent: z"),
            ("eventName: x", "eventName: z"),
        ] {
            let changed = both.replace(from, to);
            assert_ne!(of_correlation(&both), of_correlation(&changed), "{from}");
        }
    }

    #[test]
    fn where_a_rule_is_written_does_not() {
        assert_eq!(hash(RULE), hash(&format!("# A comment.\n\n{RULE}\n\n")));
    }

    #[test]
    fn severities_that_others_set_and_what_is_allowed_change_it() {
        let file = RulesFile::of_user("rule.yaml", RULE);
        let mut set = load(vec![file], &[]).set;
        let before = RulesHash::of(&set, false);
        assert_ne!(RulesHash::of(&set, true), before);
        set.rules[0].severity = crate::rule::Severity::Info;
        assert_ne!(RulesHash::of(&set, false), before);
    }
}
