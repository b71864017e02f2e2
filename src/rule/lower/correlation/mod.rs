//! `correlate` and `steps`: what is asked of several events together.
//!
//! In come the entries of a rule and the other rules that it may name; out come
//! its [`Correlation`] and the condition that every event must meet to take part.

mod asks;
mod key;
mod source;

use crate::diagnostic::{Code, Diagnostic, Span, Spanned, did_you_mean};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::clause::{Clause, ClauseKind};
use super::super::correlation::{Asks, Correlation, MOST_STEPS, Step, StepSource, WindowKind};
use super::{Lowerer, Scope};
use crate::finding::counted;
use crate::rule::kept::Kept;

pub(crate) use source::{Known, named_rules};

/// The keys of `correlate`, in the order they are documented.
pub(crate) const CORRELATE_KEYS: [&str; 14] = [
    "rules",
    "by",
    "within",
    "count",
    "distinct",
    "sum",
    "average",
    "median",
    "percentile",
    "ratio",
    "first_seen",
    "order",
    "all",
    "absent",
];

/// The keys of a step.
pub(crate) const STEP_KEYS: [&str; 3] = ["match", "rules", "by"];

impl Lowerer<'_> {
    /// The correlation of a rule that has `correlate`, and the condition under which
    /// an event takes part.
    pub(super) fn correlation(
        &mut self,
        entries: &[Entry],
        node: &Node,
    ) -> Option<(Clause, Correlation)> {
        let correlate = self.mapping(node, "`correlate`")?;
        self.known_keys(correlate, &CORRELATE_KEYS, "`correlate`");
        let before = self.diagnostics.len();
        let steps = self.steps(entries, correlate, node.span);
        // Without the steps nothing can be said of their names.
        let of_steps = ["order", "all"]
            .iter()
            .any(|key| get(correlate, key).is_some());
        let asks = match &steps {
            None if of_steps => None,
            _ => self.asks(correlate, node.span, steps.as_deref().unwrap_or_default()),
        };
        let (steps, asks) = (steps?, asks?);
        self.check_steps(&steps, &asks);
        if self.diagnostics[before..].iter().any(Diagnostic::is_error) {
            return None;
        }
        let condition = self.taking_part(&steps, node.span)?;
        let id = get(entries, "id").and_then(Node::as_text);
        let correlation = Correlation {
            span: node.span,
            rule: id.unwrap_or_default().into(),
            kept: Kept::default(),
            steps,
            asks,
        };
        Some((condition, correlation))
    }

    /// The condition under which an event is of any of the steps.
    pub(crate) fn taking_part(&mut self, steps: &[Step], span: Span) -> Option<Clause> {
        let mut conditions = Vec::new();
        for source in steps.iter().flat_map(|step| &step.sources) {
            conditions.push(match source {
                StepSource::Match(condition) => condition.clone(),
                StepSource::Rule { condition, .. } => (**condition).clone(),
                // What that rule's findings are made of is to be looked at too, also
                // where the rule is not run for itself.
                StepSource::Correlation { rule, .. } => {
                    let mut condition = rule.condition.clone();
                    self.renumber(&mut condition)?;
                    condition
                }
            });
        }
        let id = self.number(span)?;
        Some(match <[Clause; 1]>::try_from(conditions) {
            Ok([condition]) => condition,
            Err(conditions) => self.clause(id, span, ClauseKind::Any(conditions)),
        })
    }

    fn steps(&mut self, entries: &[Entry], correlate: &[Entry], span: Span) -> Option<Vec<Step>> {
        let (matches, rules) = (get(entries, "match"), get(correlate, "rules"));
        let by = get(correlate, "by");
        let named = get(entries, "steps");
        let ways = [matches.is_some(), rules.is_some(), named.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            let message = if ways.contains(&true) {
                "it is said twice which events take part"
            } else {
                "nothing says which events take part"
            };
            self.bad_correlation(
                span,
                message,
                "write one of `match`, `steps`, and `rules` under `correlate`",
            );
            return None;
        }
        let Some(named) = named else {
            let sources = self.sources(matches, rules)?;
            let by = by.map_or(Some(Vec::new()), |node| self.key_parts(node))?;
            return Some(vec![Step {
                name: None,
                sources,
                by,
            }]);
        };
        let named = self.mapping(named, "`steps`")?;
        if named.len() > MOST_STEPS {
            self.bad_correlation(
                span,
                &format!("the rule has more than {MOST_STEPS} steps"),
                "part it into several rules, and correlate those",
            );
            return None;
        }
        let steps: Vec<_> = named.iter().map(|entry| self.step(entry, by)).collect();
        steps.into_iter().collect()
    }

    fn step(&mut self, entry: &Entry, common: Option<&Node>) -> Option<Step> {
        let name = entry.key.clone();
        let what = format!("the step `{}`", name.value);
        let entries = self.mapping(&entry.value, &what)?;
        self.known_keys(entries, &STEP_KEYS, "a step");
        let (matches, rules) = (get(entries, "match"), get(entries, "rules"));
        if matches.is_some() == rules.is_some() {
            self.bad_correlation(
                entry.key.span,
                &format!("{what} must have a `match`, or else `rules`"),
                "write `match: {eventName: CreateUser}`, or `rules: [id-of-a-rule]`",
            );
            return None;
        }
        let sources = self.sources(matches, rules);
        let by = get(entries, "by").or(common);
        let by = by.map_or(Some(Vec::new()), |node| self.key_parts(node));
        Some(Step {
            name: Some(name),
            sources: sources?,
            by: by?,
        })
    }

    fn sources(&mut self, matches: Option<&Node>, rules: Option<&Node>) -> Option<Vec<StepSource>> {
        match (matches, rules) {
            (Some(node), _) => {
                let condition = self.condition(node, "`match`", Scope::Event)?;
                Some(vec![StepSource::Match(condition)])
            }
            (None, Some(node)) => self.rule_sources(node),
            (None, None) => None,
        }
    }

    /// Keys fit each other, and every step is asked for.
    fn check_steps(&mut self, steps: &[Step], asks: &Asks) {
        let parts = steps.first().map_or(0, |step| step.by.len());
        for step in steps {
            let Some(name) = step.name.as_ref().filter(|_| step.by.len() != parts) else {
                continue;
            };
            let has = step.by.len();
            self.bad_correlation(
                name.span,
                &format!(
                    "the key of `{}` has {}, that of the first step {parts}",
                    name.value,
                    counted(has as u64, "part")
                ),
                "what is under `by` is compared part by part: give every step as many",
            );
        }
        let Asks::Window {
            kind: WindowKind::Sequence { places, absent, .. },
            ..
        } = asks
        else {
            return;
        };
        for (index, step) in steps.iter().enumerate() {
            if let Some(name) = &step.name
                && !places.contains(&index)
                && !absent.contains(&index)
            {
                self.bad_correlation(
                    name.span,
                    &format!("nothing asks for the step `{}`", name.value),
                    "name it under `order`, `all` or `absent`, or take it away",
                );
            }
        }
    }

    /// The steps that a list names.
    fn step_places(&mut self, node: &Node, what: &str, steps: &[Step]) -> Option<Vec<usize>> {
        let names = self.texts(node, what);
        if names.is_empty() {
            return None;
        }
        let places: Vec<_> = names
            .iter()
            .map(|name| self.step_place(name, steps))
            .collect();
        places.into_iter().collect()
    }

    pub(in super::super) fn step_place(
        &mut self,
        name: &Spanned<String>,
        steps: &[Step],
    ) -> Option<usize> {
        let known: Vec<&str> = (steps.iter())
            .filter_map(|step| Some(step.name.as_ref()?.value.as_str()))
            .collect();
        let place = known.iter().position(|known| *known == name.value);
        if place.is_none() {
            let help = match did_you_mean(&name.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => {
                    "name the steps first: `steps: {created: {match: ..., by: ...}}`".to_owned()
                }
                None => format!("the steps are: {}", known.join(", ")),
            };
            self.report(
                Diagnostic::new(
                    Code::UnknownStep,
                    format!("no step is named `{}`", name.value),
                )
                .at(name.span, "not under `steps`")
                .help(help),
            );
        }
        place
    }

    fn bad_correlation(&mut self, span: Span, message: &str, help: &str) {
        self.report(
            Diagnostic::new(Code::BadCorrelation, message)
                .at(span, "here")
                .help(help),
        );
    }
}
