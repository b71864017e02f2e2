//! Negations that say more than they seem to, and paths that lead nowhere.

use crate::diagnostic::{Code, Diagnostic, SourceMap, Span};

use super::super::clause::{Clause, ClauseKind, Kind, Operator, Predicate, Test};
use super::super::selector::Selector;
use super::conjunction::Conjunction;
use super::field::scalar_above;

pub(super) fn check(
    conjunction: &Conjunction<'_, '_>,
    sources: &SourceMap,
    found: &mut Vec<Diagnostic>,
) {
    for field in &conjunction.fields {
        leads_nowhere(field.selector, field.test, found);
    }
    // Under a further negation the two cancel out, and nothing unexpected holds.
    if conjunction.negated {
        return;
    }
    for field in &conjunction.fields {
        for predicate in &field.test.predicates {
            if let Operator::Not(inner) = &predicate.op
                && let Some(cidr) = cidr(inner)
                && !says_address(conjunction, field.selector)
            {
                found.push(negated_cidr(predicate.span, cidr.span, sources));
            }
        }
    }
    for branch in &conjunction.branches {
        let negated = match &branch.kind {
            ClauseKind::None(list) => list.as_slice(),
            ClauseKind::Not(body) => std::slice::from_ref(&**body),
            _ => continue,
        };
        for clause in negated {
            if let Some((selector, test)) = only_field(clause)
                && let Some(cidr) = cidr(test)
                && !says_address(conjunction, selector)
            {
                found.push(negated_cidr(cidr.span, cidr.span, sources));
            }
        }
    }
}

/// A path below a text or a boolean: no record has it.
fn leads_nowhere(selector: &Selector, test: &Test, found: &mut Vec<Diagnostic>) {
    let Some(scalar) = scalar_above(selector) else {
        return;
    };
    let always = on_nothing(test);
    let (code, label) = if always {
        (
            Code::NegatedAbsentPath,
            "no record has this, so it always holds",
        )
    } else {
        (Code::NeverMatches, "no record has this, so it never holds")
    };
    found.push(
        Diagnostic::new(
            code,
            format!("`{scalar}` is no object: nothing is below it"),
        )
        .at(selector.span, label)
        .help(format!("test `{scalar}` itself")),
    );
}

/// What a test says where there is no node.
fn on_nothing(test: &Test) -> bool {
    test.predicates.iter().all(|predicate| match &predicate.op {
        Operator::Exists(exists) => !exists,
        Operator::Is(kinds) => kinds.contains(&Kind::Missing),
        Operator::NoElement(_) => true,
        Operator::Not(inner) => !on_nothing(inner),
        _ => false,
    })
}

/// The `cidr` of a test.
fn cidr(test: &Test) -> Option<&Predicate> {
    let mut predicates = test.predicates.iter();
    predicates.find(|predicate| matches!(predicate.op, Operator::Cidr(_)))
}

/// Whether a clause of this AND, or of one around it, holds on addresses only.
fn says_address(conjunction: &Conjunction<'_, '_>, selector: &Selector) -> bool {
    let mut tests = conjunction.tests_of(selector).into_iter();
    tests.any(|test| test.predicates.iter().any(|p| of_addresses_only(&p.op)))
}

fn of_addresses_only(op: &Operator) -> bool {
    match op {
        Operator::Cidr(_) | Operator::PrefixLength(_) => true,
        Operator::Is(kinds) => kinds.iter().all(|kind| {
            matches!(
                kind,
                Kind::Ip | Kind::Ipv4 | Kind::Ipv6 | Kind::PrivateIp | Kind::PublicIp
            )
        }),
        _ => false,
    }
}

/// The test of a clause that is one test of a field and nothing else.
fn only_field(clause: &Clause) -> Option<(&Selector, &Test)> {
    match &clause.kind {
        ClauseKind::Field { selector, test } => Some((selector, test)),
        ClauseKind::Macro { body, .. } => only_field(body),
        ClauseKind::All(list) => match list.as_slice() {
            [only] => only_field(only),
            _ => None,
        },
        _ => None,
    }
}

fn negated_cidr(span: Span, cidr: Span, sources: &SourceMap) -> Diagnostic {
    let written = sources.slice(cidr);
    let cidr = if written.starts_with("cidr:") && !written.contains('\n') {
        written
    } else {
        "cidr: ..."
    };
    Diagnostic::new(
        Code::NegatedCidr,
        "a negated `cidr` also holds where there is no address",
    )
    .at(span, "true for `AWS Internal` and for names of services")
    .help(format!(
        "ask for an address too: `{{is: ip, not: {{{cidr}}}}}`"
    ))
}
