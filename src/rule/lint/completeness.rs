//! What a rule should have and has not.

use crate::diagnostic::{Code, Diagnostic};

use super::super::clause::{Clause, ClauseKind, Operator, Predicate};
use super::super::model::Rule;
use super::super::test::Expectation;
use super::conjunction::Conjunction;
use super::field::is;

/// Names of events that no other service uses.
const UNMISTAKABLE: &[&str] = &["ConsoleLogin"];

/// Tests that show both sides.
pub(super) fn tests(rule: &Rule) -> Option<Diagnostic> {
    let has = |wanted| rule.tests.iter().any(|test| test.expect.value == wanted);
    let id = &rule.id.value;
    let (message, label, help) = match (has(Expectation::Match), has(Expectation::NoMatch)) {
        (true, true) => return None,
        (false, false) => (
            format!("the rule `{id}` has no tests"),
            "nothing shows that it works",
            "add `tests:` with an event that matches and one that just does not",
        ),
        (true, false) => (
            format!("no test of `{id}` expects `no_match`"),
            "nothing shows what it leaves alone",
            "add a near miss: an event that differs in one field and must not match",
        ),
        (false, true) => (
            format!("no test of `{id}` expects `match`"),
            "nothing shows that it ever matches",
            "add an event that must match",
        ),
    };
    Some(
        Diagnostic::new(Code::NoTests, message)
            .at(rule.id.span, label)
            .help(help),
    )
}

/// What a person who meets a finding reads.
pub(super) fn texts(rule: &Rule) -> Option<Diagnostic> {
    let missing = match (&rule.description, &rule.remediation) {
        (Some(_), Some(_)) => return None,
        (None, Some(_)) => "description",
        (Some(_), None) => "remediation",
        (None, None) => "description and no remediation",
    };
    Some(
        Diagnostic::new(
            Code::MissingText,
            format!("the rule `{}` has no {missing}", rule.id.value),
        )
        .at(rule.id.span, "whoever meets its findings will ask")
        .help("say why it matters (`description`) and what to do (`remediation`)"),
    )
}

/// The first AND that names events and not the service they are of. The same
/// name exists in several services.
pub(super) fn event_source(condition: &Conjunction<'_, '_>) -> Option<Diagnostic> {
    let mut first = None;
    condition.walk(&mut |conjunction| {
        if first.is_none() && !conjunction.negated && !tells_source(conjunction) {
            first = event_name(conjunction).cloned();
        }
    });
    let span = first?.span;
    Some(
        Diagnostic::new(
            Code::NoEventSource,
            "an event name without its `eventSource`",
        )
        .at(span, "several services may have an event of this name")
        .help("name the service beside it, such as `eventSource: iam.amazonaws.com`"),
    )
}

fn event_name<'r>(conjunction: &Conjunction<'_, 'r>) -> Option<&'r Predicate> {
    let names = conjunction
        .fields
        .iter()
        .filter(|field| is(field.selector, "eventName"));
    names
        .flat_map(|field| &field.test.predicates)
        .find(|predicate| match &predicate.op {
            Operator::Equals(values) => {
                let mut items = values.items.iter();
                items.any(|item| !UNMISTAKABLE.contains(&item.value.as_str()))
            }
            _ => false,
        })
}

/// Whether this AND, one around it or a branch of either looks at the source.
fn tells_source(conjunction: &Conjunction<'_, '_>) -> bool {
    let mut here = Some(conjunction);
    while let Some(conjunction) = here {
        let mut fields = conjunction.fields.iter();
        if fields.any(|field| is(field.selector, "eventSource")) {
            return true;
        }
        if conjunction
            .branches
            .iter()
            .any(|branch| looks_at_source(branch))
        {
            return true;
        }
        here = conjunction.outer;
    }
    false
}

fn looks_at_source(branch: &Clause) -> bool {
    // Alternatives tell the source only together: each names its own.
    if let ClauseKind::Any(list) = &branch.kind {
        return list.iter().all(looks_at_source);
    }
    let mut looks = false;
    branch.walk(&mut |clause| {
        if let ClauseKind::Field { selector, .. } = &clause.kind {
            looks |= is(selector, "eventSource");
        }
    });
    looks
}
