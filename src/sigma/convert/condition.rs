//! Conditions: what joins the tests of a rule.
//!
//! Selections are written where the condition names them. Parts that must all hold are
//! the entries of one mapping, and those that must not are gathered under `none`.

use crate::rule::clause::{Clause, ClauseKind, Test};
use crate::rule::selector::{Path, Selector, Step};
use crate::rule::{Foreign, OPERATORS, RuleSet};
use crate::yaml::Node;

use super::super::Filter;
use super::Refusal;
use super::layout::Yaml;
use super::manner::mostly_ignores_case;
use super::word::single_quoted;

/// Writes the condition of one rule.
pub(super) struct Writer<'w> {
    pub(super) set: &'w RuleSet,
    /// Where its entries are written.
    pub(super) roots: Vec<&'w Node>,
    /// What the mapping around all tests says.
    pub(super) ignore_case: bool,
}

/// The entries of a mapping, by what they are.
#[derive(Default)]
struct Mapping {
    fields: Vec<(String, Yaml)>,
    any: Vec<Yaml>,
    all: Vec<Yaml>,
    /// Fields on which something must not hold.
    refuted: Vec<(String, Yaml)>,
    none: Vec<Yaml>,
}

impl<'w> Writer<'w> {
    /// For a condition that is made of rules.
    pub(super) fn new(set: &'w RuleSet, rules: &[Foreign<'w>], condition: &Clause) -> Self {
        let roots = rules.iter().flat_map(|rule| {
            let filters = rule.filters.iter().map(Filter::node);
            std::iter::once(rule.node).chain(filters)
        });
        Writer {
            set,
            roots: roots.collect(),
            ignore_case: mostly_ignores_case(condition),
        }
    }

    /// What stands behind `match`.
    pub(super) fn whole(&self, condition: &Clause) -> Result<Yaml, Refusal> {
        let mut entries = self.mapping(condition)?;
        if self.ignore_case {
            let word = Yaml::Word("true".to_owned());
            entries.insert(0, ("ignore_case".to_owned(), word));
        }
        Ok(Yaml::Block(entries))
    }

    fn mapping(&self, clause: &Clause) -> Result<Vec<(String, Yaml)>, Refusal> {
        let mut parts = Vec::new();
        conjuncts(clause, &mut parts);
        let mut mapping = Mapping::default();
        let mut refuted = Vec::new();
        for part in parts {
            match &part.kind {
                ClauseKind::Field { selector, test } => {
                    mapping.field(field(selector), self.test(test)?);
                }
                ClauseKind::Any(_) => {
                    let mut each = Vec::new();
                    alternatives(part, &mut each);
                    mapping.any.push(Yaml::List(self.items(&each)?));
                }
                ClauseKind::Not(body) => alternatives(body, &mut refuted),
                ClauseKind::None(list) => {
                    list.iter()
                        .for_each(|body| alternatives(body, &mut refuted));
                }
                // What these hold are parts themselves.
                ClauseKind::All(_) | ClauseKind::Macro { .. } => {}
            }
        }
        self.refute(&refuted, &mut mapping)?;
        Ok(mapping.entries())
    }

    /// What must not hold: beside its field where each is a field of its own.
    fn refute(&self, refuted: &[&Clause], mapping: &mut Mapping) -> Result<(), Refusal> {
        let single: Option<Vec<(String, &Test)>> = refuted
            .iter()
            .map(|clause| match &bare(clause).kind {
                ClauseKind::Field { selector, test } => Some((field(selector), test)),
                _ => None,
            })
            .collect();
        if let Some(fields) = single {
            let mut keys: Vec<&str> = mapping.fields.iter().map(|(key, _)| key.as_str()).collect();
            let apart = fields.iter().all(|(key, _)| {
                let new = !keys.contains(&key.as_str());
                keys.push(key);
                new
            });
            if apart {
                for (key, test) in fields {
                    let test = match test.lone_not() {
                        Some(inner) => self.test(inner)?,
                        None => self.negated(test)?,
                    };
                    mapping.refuted.push((key, test));
                }
                return Ok(());
            }
        }
        mapping.none = self.items(refuted)?;
        Ok(())
    }

    fn items(&self, clauses: &[&Clause]) -> Result<Vec<Yaml>, Refusal> {
        let items = clauses
            .iter()
            .map(|clause| Ok(Yaml::Block(self.mapping(clause)?)));
        items.collect()
    }
}

impl Mapping {
    /// A field stands once in a mapping: what else is asked of it stands under `all`,
    /// where each test may hold on another value, as apart.
    fn field(&mut self, key: String, test: Yaml) {
        let entry = (key, test);
        if self.fields.contains(&entry) {
            return;
        }
        match self.fields.iter().any(|(other, _)| *other == entry.0) {
            true => self.all.push(Yaml::Block(vec![entry])),
            false => self.fields.push(entry),
        }
    }

    fn entries(mut self) -> Vec<(String, Yaml)> {
        let mut entries = self.fields;
        match self.any.len() {
            0 => {}
            1 => entries.push(("any".to_owned(), self.any.remove(0))),
            _ => {
                let any = self.any.into_iter();
                let any = any.map(|any| Yaml::Block(vec![("any".to_owned(), any)]));
                self.all.extend(any);
            }
        }
        if !self.all.is_empty() {
            entries.push(("all".to_owned(), Yaml::List(self.all)));
        }
        entries.extend(self.refuted);
        match self.none.len() {
            0 => {}
            1 => entries.push(("not".to_owned(), unfolded(self.none.remove(0)))),
            _ => entries.push(("none".to_owned(), Yaml::List(self.none))),
        }
        entries
    }
}

/// A selector in YAML: keys that are words of the language, or have characters that
/// paths do not, in quotes.
pub(super) fn field(selector: &Selector) -> String {
    let text = match &selector.path {
        Path::Steps(steps) => path(steps),
        Path::Query(_) => None,
    };
    let text = text.unwrap_or_else(|| selector.text.clone());
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    match plain {
        true => text,
        false if text.chars().any(char::is_control) => crate::draft::yaml::quoted(&text),
        false => single_quoted(&text),
    }
}

/// A mapping of one field stands on the line of its `not`.
fn unfolded(yaml: Yaml) -> Yaml {
    match yaml {
        Yaml::Block(entries) if entries.len() == 1 => Yaml::Map(entries),
        other => other,
    }
}

/// The clause without the names around it.
fn bare(clause: &Clause) -> &Clause {
    match &clause.kind {
        ClauseKind::Macro { body, .. } => bare(body),
        ClauseKind::All(list) | ClauseKind::Any(list) if list.len() == 1 => {
            list.first().map_or(clause, bare)
        }
        ClauseKind::Not(body) => match &bare(body).kind {
            ClauseKind::Not(inner) => bare(inner),
            _ => clause,
        },
        _ => clause,
    }
}

/// What must all hold for a clause to hold.
fn conjuncts<'c>(clause: &'c Clause, into: &mut Vec<&'c Clause>) {
    let clause = bare(clause);
    match &clause.kind {
        ClauseKind::All(list) => list.iter().for_each(|part| conjuncts(part, into)),
        _ => into.push(clause),
    }
}

/// What may each hold for a clause to hold.
fn alternatives<'c>(clause: &'c Clause, into: &mut Vec<&'c Clause>) {
    let clause = bare(clause);
    match &clause.kind {
        ClauseKind::Any(list) => list.iter().for_each(|part| alternatives(part, into)),
        _ => into.push(clause),
    }
}

/// A dotted path; nothing where a step is no key.
fn path(steps: &[Step]) -> Option<String> {
    const WORDS: [&str; 6] = ["any", "all", "none", "not", "macros", "list"];
    let alone = steps.len() == 1;
    let keys: Option<Vec<String>> = steps
        .iter()
        .enumerate()
        .map(|(place, step)| match step {
            Step::Key(key) => {
                let name = key.as_str();
                let is_word = alone && (WORDS.contains(&name) || OPERATORS.contains(&name));
                Some(path_key(name, is_word || (place == 0 && name == "this")))
            }
            _ => None,
        })
        .collect();
    Some(keys?.join("."))
}

fn path_key(key: &str, is_word: bool) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@');
    match !is_word && !key.is_empty() && key.chars().all(is_plain) {
        true => key.to_owned(),
        false => format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
