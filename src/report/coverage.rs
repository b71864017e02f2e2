//! Which controls and techniques rules stand for, whatever a run may find.
//!
//! In comes a rule set; out comes every control of the frameworks that are known or that
//! its rules name, with the rules behind each, and the techniques of ATT&CK with theirs. A
//! control without a rule is listed too: what nobody looks at must show.

use std::collections::{BTreeMap, BTreeSet};

use crate::rule::{Definitions, Evidence, Rule, RuleSet, is_framework};

use super::control::Natural;

/// What the rules of a set stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The frameworks, in the order of the numbers in their names.
    pub frameworks: Vec<CoveredFramework>,
    /// The techniques that rules name, with the rules.
    pub techniques: BTreeMap<String, Vec<String>>,
}

/// A framework with its controls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredFramework {
    /// Such as `cis-aws-5.0`.
    pub name: String,
    /// What it is called in full, where it is known.
    pub title: Option<String>,
    /// Its controls, in the order of their numbers.
    pub controls: Vec<CoveredControl>,
}

/// A control with the rules that name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredControl {
    /// Such as `AC-2(12)`.
    pub id: String,
    /// What it is about, where that is known.
    pub title: Option<String>,
    /// What a log can show of it.
    pub evidence: Vec<Evidence>,
    /// The ids of the rules that name it, sorted.
    pub rules: Vec<String>,
}

impl CoveredFramework {
    /// How many of its controls a rule names.
    pub fn covered(&self) -> usize {
        let controls = self.controls.iter();
        controls.filter(|control| !control.rules.is_empty()).count()
    }
}

impl Coverage {
    /// Keeps these frameworks, all where there is none; a `*` at the end of a name stands
    /// for any version.
    pub fn keep(&mut self, names: &[String]) {
        self.frameworks.retain(|framework| {
            let mut names_it = names.iter();
            names.is_empty() || names_it.any(|name| is_framework(name, &framework.name))
        });
    }

    /// What the rules of a set stand for; those that wait for a list count.
    pub fn of(set: &RuleSet) -> Coverage {
        let rules: Vec<&Rule> = set.reporting().collect();
        let mut named: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        let mut techniques: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for rule in rules {
            let id = rule.id.value.as_str();
            for of in &rule.controls {
                for control in &of.controls {
                    let place = (of.framework.as_str(), control.as_str());
                    named.entry(place).or_default().insert(id);
                }
            }
            for technique in &rule.attack {
                techniques.entry(technique.clone()).or_default().insert(id);
            }
        }
        let known = set.definitions.frameworks.keys().map(String::as_str);
        let names: BTreeSet<&str> = named.keys().map(|(name, _)| *name).chain(known).collect();
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_by_key(|name| Natural::new(name));
        let frameworks = names.into_iter();
        let owned = |ids: &BTreeSet<&str>| ids.iter().map(|id| (*id).to_owned()).collect();
        Coverage {
            frameworks: frameworks
                .map(|name| framework(name, &set.definitions, &named))
                .collect(),
            techniques: techniques
                .iter()
                .map(|(technique, ids)| (technique.clone(), owned(ids)))
                .collect(),
        }
    }
}

fn framework(
    name: &str,
    definitions: &Definitions,
    named: &BTreeMap<(&str, &str), BTreeSet<&str>>,
) -> CoveredFramework {
    let known = definitions.frameworks.get(name);
    let mut ids: BTreeSet<&str> = known
        .iter()
        .flat_map(|known| known.controls.iter().map(|control| control.id.as_str()))
        .collect();
    let of_rules = named.keys().filter(|(framework, _)| *framework == name);
    ids.extend(of_rules.map(|(_, id)| *id));
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_by_key(|id| Natural::new(id));
    let controls = ids.into_iter().map(|id| {
        let definition = known.and_then(|known| known.control(id));
        let rules = named.get(&(name, id));
        CoveredControl {
            id: id.to_owned(),
            title: definition.and_then(|control| control.title.clone()),
            evidence: definition.map_or(Vec::new(), |control| control.evidence.clone()),
            rules: rules
                .iter()
                .flat_map(|rules| rules.iter().map(|rule| (*rule).to_owned()))
                .collect(),
        }
    });
    CoveredFramework {
        name: name.to_owned(),
        title: known.and_then(|known| known.title.clone()),
        controls: controls.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Origin, RulesFile, load};

    const RULES: &str = "frameworks:\n  soc2:\n    title: SOC 2\n    controls:\n      \
        CC7.2: {title: Watched, evidence: [detection]}\n      CC6.1: {title: Restricted, evidence: access}\n\
        ---\nid: b\ntitle: B\nseverity: low\nattack: [T1078]\ncontrols: {soc2: [CC7.2], own: ['10', '9']}\n\
        match: {eventSource: iam.amazonaws.com}\n\
        ---\nid: a\ntitle: A\nseverity: low\nattack: [T1078, T1485]\ncontrols: {soc2: CC7.2}\n\
        match: {eventSource: iam.amazonaws.com}\n";

    fn coverage() -> Coverage {
        let file = RulesFile::new(Origin::Embedded, "rules.yaml", RULES);
        let loaded = load(vec![file], &[]);
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        Coverage::of(&loaded.set)
    }

    #[test]
    fn controls_without_a_rule_and_frameworks_that_are_not_known_are_listed() {
        let coverage = coverage();
        let told: Vec<_> = coverage
            .frameworks
            .iter()
            .flat_map(|framework| {
                let controls = framework.controls.iter();
                controls.map(|control| {
                    (
                        framework.name.as_str(),
                        control.id.as_str(),
                        control.rules.len(),
                    )
                })
            })
            .collect();
        assert_eq!(
            told,
            [
                ("own", "9", 1),
                ("own", "10", 1),
                ("soc2", "CC6.1", 0),
                ("soc2", "CC7.2", 2)
            ]
        );
        let [_, soc2] = coverage.frameworks.as_slice() else {
            panic!("{coverage:?}");
        };
        assert_eq!(soc2.covered(), 1);
        assert_eq!(soc2.controls[0].evidence, [Evidence::Access]);
    }

    #[test]
    fn techniques_have_the_rules_that_name_them() {
        let techniques = coverage().techniques;
        assert_eq!(techniques["T1078"], ["a", "b"]);
        assert_eq!(techniques["T1485"], ["a"]);
    }
}
