//! `rules`: the events that other rules find.

use crate::diagnostic::{Code, Diagnostic, Spanned, did_you_mean};
use crate::yaml::{Fields, Node};

use super::super::super::clause::{Clause, ClauseKind, Operator, Test};
use super::super::super::correlation::StepSource;
use super::super::super::model::Rule;
use super::Lowerer;

/// What is known of a rule that another names.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// It loads; with the lists that it wants and that are not set.
    Rule(Box<Rule>, Vec<Spanned<String>>),
    /// It does not load.
    Failed,
    /// It names the other in turn, through whatever rules.
    Circular,
    /// It is one of those that are left out.
    LeftOut,
}

impl Lowerer<'_> {
    pub(super) fn rule_sources(&mut self, node: &Node) -> Option<Vec<StepSource>> {
        let ids = self.texts(node, "`rules`");
        if ids.is_empty() {
            return None;
        }
        let sources: Vec<_> = ids.into_iter().map(|id| self.rule_source(id)).collect();
        sources.into_iter().collect()
    }

    /// What the rule of an id finds.
    pub(crate) fn rule_source(&mut self, id: Spanned<String>) -> Option<StepSource> {
        let neighbours = self.neighbours;
        let (message, label, help) = match neighbours.known.get(&id.value) {
            Some(Known::Rule(rule, unset)) => {
                for list in unset {
                    let list = Spanned::new(list.value.clone(), id.span);
                    self.unset_lists.push(list);
                }
                return self.source_of(id, rule);
            }
            Some(Known::Failed) => (
                format!("the rule `{}` does not load", id.value),
                "so nothing can be made of it",
                "mend that rule first".to_owned(),
            ),
            Some(Known::Circular) => {
                self.report(
                    Diagnostic::new(
                        Code::CircularCorrelation,
                        format!(
                            "`{}` is made of its own findings, through other rules",
                            id.value
                        ),
                    )
                    .at(id.span, "part of the circle, or leads into it")
                    .help("take one of the rules out of the circle"),
                );
                return None;
            }
            Some(Known::LeftOut) => (
                format!("the rule `{}` is left out of this run", id.value),
                "of the embedded pack",
                "leave `--no-default-rules` away, or write what events you mean under `match`"
                    .to_owned(),
            ),
            None => {
                let near = did_you_mean(&id.value, neighbours.ids.iter().map(String::as_str));
                (
                    format!("no rule has the id `{}`", id.value),
                    "not in any rules file of this run",
                    near.map_or_else(
                        || "name the file that it is in with `--rules`, or mend the id".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    ),
                )
            }
        };
        self.report(
            Diagnostic::new(Code::UnknownRule, message)
                .at(id.span, label)
                .help(help),
        );
        None
    }

    fn source_of(&mut self, id: Spanned<String>, rule: &Rule) -> Option<StepSource> {
        if rule.correlation.is_some() {
            let rule = Box::new(rule.clone());
            return Some(StepSource::Correlation { id, rule });
        }
        let mut condition = rule.condition.clone();
        self.renumber(&mut condition)?;
        Some(StepSource::Rule {
            id,
            condition: Box::new(condition),
            exceptions: rule.exceptions.clone(),
        })
    }

    /// Numbers a clause of another rule, and all below it, as part of this one.
    pub(super) fn renumber(&mut self, clause: &mut Clause) -> Option<()> {
        clause.id = self.number(clause.span)?;
        match &mut clause.kind {
            ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
                list.iter_mut().try_for_each(|clause| self.renumber(clause))
            }
            ClauseKind::Not(body) | ClauseKind::Macro { body, .. } => self.renumber(body),
            ClauseKind::Field { test, .. } => self.renumber_test(test),
        }
    }

    fn renumber_test(&mut self, test: &mut Test) -> Option<()> {
        test.predicates
            .iter_mut()
            .try_for_each(|predicate| match &mut predicate.op {
                Operator::AnyElement(block)
                | Operator::EveryElement(block)
                | Operator::NoElement(block)
                | Operator::AnyEntry(block)
                | Operator::Json(block) => self.renumber(block),
                Operator::Account(test) | Operator::Not(test) => self.renumber_test(test),
                _ => Some(()),
            })
    }
}

/// The ids of rules that a document of a rule names.
pub(crate) fn named_rules(rule: &Node) -> Vec<&str> {
    let correlate = rule.get("correlate").and_then(|node| node.get("rules"));
    let steps = rule.get("steps").and_then(Node::as_mapping);
    let steps = steps.into_iter().flatten();
    let lists = correlate
        .into_iter()
        .chain(steps.filter_map(|step| step.value.get("rules")));
    lists
        .flat_map(|node| match node.as_sequence() {
            Some(items) => items.iter().filter_map(Node::as_text).collect(),
            None => Vec::from_iter(node.as_text()),
        })
        .collect()
}
