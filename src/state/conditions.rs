//! Under which rules something was judged, as one short value.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

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
            parts.add(set.sources().slice(rule.span));
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

/// Texts one after another, none of which can run into the next.
#[derive(Default)]
struct Parts(Sha256);

impl Parts {
    fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
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
    use crate::rule::{Origin, RulesFile, load};

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
        let file = RulesFile {
            name: "rule.yaml".into(),
            text: text.into(),
            origin: Origin::User,
            folder: None,
        };
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
    fn where_a_rule_is_written_does_not() {
        assert_eq!(hash(RULE), hash(&format!("# A comment.\n\n{RULE}\n\n")));
    }

    #[test]
    fn severities_that_others_set_and_what_is_allowed_change_it() {
        let file = RulesFile {
            name: "rule.yaml".into(),
            text: RULE.into(),
            origin: Origin::User,
            folder: None,
        };
        let mut set = load(vec![file], &[]).set;
        let before = RulesHash::of(&set, false);
        assert_ne!(RulesHash::of(&set, true), before);
        set.rules[0].severity = crate::rule::Severity::Info;
        assert_ne!(RulesHash::of(&set, false), before);
    }
}
