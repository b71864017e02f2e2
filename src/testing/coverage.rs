//! Which clauses the tests of a rule exercise.
//!
//! A clause is exercised when some test makes it true and some test makes it
//! false; else a mistake in it could go unseen. Fields count, and macros as a
//! whole: what is inside one is shared and not this rule's to test.

use std::collections::BTreeMap;

use super::run::TestOutcome;
use crate::diagnostic::Span;
use crate::reference::{PredicateDetail, PredicateTrace, TestTrace, Trace, TraceKind, trace};
use crate::rule::Rule;
use crate::rule::clause::{Clause, ClauseId, ClauseKind, Named, Operator, Test};
use crate::rule::correlation::StepSource;

/// How far the tests of one rule go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCoverage {
    /// The rule's id.
    pub rule: String,
    /// How many clauses it has that count.
    pub clauses: usize,
    /// Those that no test exercises both ways, in the order written.
    pub gaps: Vec<Gap>,
}

/// A clause that no test exercises both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its number in the rule.
    pub clause: ClauseId,
    /// Where it is written.
    pub span: Span,
    /// What no test does.
    pub missing: Side,
}

/// What no test makes of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// No test makes it true.
    True,
    /// No test makes it false.
    False,
    /// No test looks at it at all: a block with nothing to look at.
    Either,
}

impl Side {
    /// What to say.
    pub fn words(self) -> &'static str {
        match self {
            Side::True => "no test makes this true",
            Side::False => "no test makes this false",
            Side::Either => "no test gets to this",
        }
    }
}

/// What the outcomes of a rule's tests exercise. Tests that could not run
/// exercise nothing.
pub fn coverage(rule: &Rule, outcomes: &[TestOutcome]) -> RuleCoverage {
    let mut sides = BTreeMap::new();
    for condition in conditions(rule) {
        expect_clause(condition, &mut sides);
    }
    for seen in outcomes
        .iter()
        .filter_map(|outcome| outcome.seen.as_ref().ok())
    {
        for event in &seen.events {
            for condition in conditions(&seen.rule) {
                see_clause(&trace(condition, event), &mut sides);
            }
        }
    }
    let mut gaps: Vec<_> = sides
        .iter()
        .filter_map(|(clause, sides)| {
            Some(Gap {
                clause: *clause,
                span: sides.span,
                missing: sides.missing()?,
            })
        })
        .collect();
    gaps.sort_by_key(|gap: &Gap| (gap.span.source, gap.span.start));
    RuleCoverage {
        rule: rule.id.value.clone(),
        clauses: sides.len(),
        gaps,
    }
}

/// Every condition of a rule, those of its steps included; what another rule asks
/// is that rule's to test. Their clauses are numbered in one row.
fn conditions(rule: &Rule) -> impl Iterator<Item = &Clause> {
    let own = rule.correlation.is_none().then_some(&rule.condition);
    let steps = rule.correlation.iter().flat_map(|c| &c.steps);
    let sources = steps.flat_map(|step| &step.sources);
    let steps = sources.filter_map(|source| match source {
        StepSource::Match(condition) => Some(condition),
        StepSource::Rule { .. } | StepSource::Correlation { .. } => None,
    });
    let severities = rule.severity_when.iter().map(|case| &case.condition);
    let exceptions = rule.exceptions.iter().map(|exception| &exception.condition);
    own.into_iter()
        .chain(steps)
        .chain(severities)
        .chain(exceptions)
}

/// What was seen of one clause.
#[derive(Debug)]
struct Sides {
    span: Span,
    seen_true: bool,
    seen_false: bool,
}

impl Sides {
    fn missing(&self) -> Option<Side> {
        match (self.seen_true, self.seen_false) {
            (true, true) => None,
            (true, false) => Some(Side::False),
            (false, true) => Some(Side::True),
            (false, false) => Some(Side::Either),
        }
    }
}

type AllSides = BTreeMap<ClauseId, Sides>;

fn expect_clause(clause: &Clause, all: &mut AllSides) {
    let mut counts = || {
        let sides = Sides {
            span: clause.span,
            seen_true: false,
            seen_false: false,
        };
        all.insert(clause.id, sides);
    };
    match &clause.kind {
        ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
            list.iter().for_each(|child| expect_clause(child, all));
        }
        ClauseKind::Not(body) => expect_clause(body, all),
        ClauseKind::Macro {
            of: Named::Selection,
            body,
            ..
        } => expect_clause(body, all),
        ClauseKind::Macro { .. } => counts(),
        ClauseKind::Field { test, .. } => {
            counts();
            expect_test(test, all);
        }
    }
}

fn expect_test(test: &Test, all: &mut AllSides) {
    for predicate in &test.predicates {
        match &predicate.op {
            Operator::AnyElement(block)
            | Operator::EveryElement(block)
            | Operator::NoElement(block)
            | Operator::AnyEntry(block)
            | Operator::Json(block) => expect_clause(block, all),
            Operator::Not(inner) => expect_test(inner, all),
            _ => {}
        }
    }
}

fn see_clause(trace: &Trace, all: &mut AllSides) {
    if let Some(sides) = all.get_mut(&trace.id) {
        sides.seen_true |= trace.truth.value;
        sides.seen_false |= !trace.truth.value;
    }
    match &trace.kind {
        TraceKind::All(list) | TraceKind::Any(list) | TraceKind::None(list) => {
            list.iter().for_each(|child| see_clause(child, all));
        }
        TraceKind::Not(body) => see_clause(body, all),
        // What is not expected there is passed over.
        TraceKind::Macro { body, .. } => see_clause(body, all),
        TraceKind::Field(field) => see_test(&field.test, all),
    }
}

fn see_test(test: &TestTrace, all: &mut AllSides) {
    match test {
        TestTrace::Not { inner, .. } => see_test(inner, all),
        TestTrace::Nodes { nodes, .. } => {
            let predicates = nodes.iter().flat_map(|node| &node.predicates);
            predicates.for_each(|predicate| see_predicate(predicate, all));
        }
    }
}

fn see_predicate(predicate: &PredicateTrace, all: &mut AllSides) {
    match &predicate.detail {
        PredicateDetail::Node | PredicateDetail::Elements(_) => {}
        PredicateDetail::Not(inner) => inner.iter().for_each(|p| see_predicate(p, all)),
        PredicateDetail::Block(elements) => {
            elements
                .iter()
                .for_each(|element| see_clause(&element.trace, all));
        }
    }
}
