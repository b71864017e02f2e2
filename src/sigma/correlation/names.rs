//! What rules are called, and what the names in a correlation stand for.
//!
//! In come the documents of a set; out comes for each correlation which rules it means.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::did_you_mean;
use crate::sigma::lowering::boolean;
use crate::yaml::{Node, NodeKind};

/// The ids and names of the rules of a set. Case means nothing in them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// The ids of the rules that are called so.
    here: BTreeMap<String, BTreeSet<String>>,
    /// What rules about other logs are called, and what those logs are.
    elsewhere: BTreeMap<String, String>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meant {
    /// The rule of this id.
    Rule(String),
    /// Several rules are called so.
    Several,
    /// A rule about other logs, which are these.
    Elsewhere(String),
    /// No rule is called so; perhaps this one was meant.
    Nothing(Option<String>),
}

/// What the names in one correlation stand for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    meant: BTreeMap<String, Meant>,
    /// The ids of the rules under `rules`.
    ids: Vec<String>,
    /// Whether those report by themselves all the same.
    pub(crate) generates: bool,
}

impl Names {
    /// A rule of the set, by what others may call it.
    pub(crate) fn add(&mut self, id: &str, names: &[&str]) {
        for name in names {
            let ids = self.here.entry(folded(name)).or_default();
            ids.insert(id.to_owned());
        }
    }

    /// A rule about other logs.
    pub(crate) fn add_elsewhere(&mut self, names: &[&str], logsource: &str) {
        let names = names.iter().map(|name| folded(name));
        self.elsewhere
            .extend(names.map(|name| (name, logsource.to_owned())));
    }

    /// What the rules of a correlation are about, where all are about other logs.
    pub(crate) fn all_elsewhere(&self, correlation: &Node) -> Option<String> {
        let rules = rules_of(correlation);
        let about = rules.iter().map(|name| self.elsewhere.get(&folded(name)));
        let about: Vec<&String> = about.collect::<Option<_>>()?;
        about.first().map(|first| (*first).clone())
    }

    /// What the names in a correlation stand for.
    pub(crate) fn in_correlation(&self, document: &Node) -> Named {
        let rules = rules_of(document);
        let correlation = document.get("correlation");
        let aliases = correlation.and_then(|node| node.get("aliases"));
        let aliases = aliases.and_then(Node::as_mapping).into_iter().flatten();
        let in_aliases = aliases.filter_map(|alias| alias.value.as_mapping());
        let in_aliases = in_aliases.flatten().map(|entry| entry.key.value.as_str());
        let all = rules.iter().copied().chain(in_aliases);
        let meant: BTreeMap<String, Meant> =
            all.map(|name| (folded(name), self.meant(name))).collect();
        let ids = rules
            .iter()
            .filter_map(|name| match meant.get(&folded(name)) {
                Some(Meant::Rule(id)) => Some(id.clone()),
                _ => None,
            });
        Named {
            ids: ids.collect(),
            meant,
            generates: generate(document).is_some_and(is_true),
        }
    }

    fn meant(&self, name: &str) -> Meant {
        let folded = folded(name);
        let mut ids = self.here.get(&folded).into_iter().flatten();
        match (ids.next(), ids.next(), self.elsewhere.get(&folded)) {
            (Some(id), None, _) => Meant::Rule(id.clone()),
            (Some(_), Some(_), _) => Meant::Several,
            (None, _, Some(logsource)) => Meant::Elsewhere(logsource.clone()),
            (None, _, None) => {
                let known = self.here.keys().map(String::as_str);
                Meant::Nothing(did_you_mean(&folded, known).map(str::to_owned))
            }
        }
    }
}

impl Named {
    /// What a name stands for.
    pub(super) fn meant(&self, name: &str) -> Meant {
        let meant = self.meant.get(&folded(name)).cloned();
        meant.unwrap_or(Meant::Nothing(None))
    }

    /// The ids of the rules that the correlation is about.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }
}

fn folded(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// The names or ids of the rules that a correlation is about.
fn rules_of(document: &Node) -> Vec<&str> {
    let correlation = document.get("correlation");
    match correlation.and_then(|node| node.get("rules")) {
        Some(node) => match node.as_sequence() {
            Some(items) => items.iter().filter_map(Node::as_text).collect(),
            None => node.as_text().into_iter().collect(),
        },
        None => Vec::new(),
    }
}

/// Where a correlation says whether its rules report by themselves.
pub(super) fn generate(document: &Node) -> Option<&Node> {
    let correlation = document.get("correlation");
    let inside = correlation.and_then(|node| node.get("generate"));
    inside.or_else(|| document.get("generate"))
}

fn is_true(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(scalar) if boolean(scalar) == Some(true))
}
