//! The outcome of tests for tools.

use serde_json::{Value, json};

use trailgate::diagnostic::{SourceMap, render_json};
use trailgate::testing::{Mismatch, RuleMutants, Seen, TestOutcome};

use super::{Run, TestedRule};

/// One object: `schema`, `rules` with their tests and clause coverage, and the changes
/// that no test notices where they were made, totals.
pub(super) fn report(run: &Run, sources: &SourceMap) -> Value {
    let rules: Vec<_> = run.rules.iter().map(|rule| tested(rule, sources)).collect();
    json!({
        "schema": "trailgate-test/1",
        "tests": run.total(),
        "passed": run.passed(),
        "failed": run.total() - run.passed(),
        "rules": rules,
        "rules_without_tests": run.untested(),
        "rules_not_loaded": run.failed_rules,
    })
}

fn tested(rule: &TestedRule, sources: &SourceMap) -> Value {
    let gaps: Vec<_> = rule
        .coverage
        .gaps
        .iter()
        .map(|gap| {
            let position = sources.position(gap.span);
            json!({
                "file": sources.name(gap.span.source),
                "line": position.line,
                "column": position.column,
                "clause": sources.slice(gap.span),
                "missing": gap.missing.words(),
            })
        })
        .collect();
    let tests: Vec<_> = rule
        .outcomes
        .iter()
        .map(|test| outcome(test, sources))
        .collect();
    let mut object = json!({
        "id": rule.id,
        "tests": tests,
        "clauses": rule.coverage.clauses,
        "unexercised": gaps,
    });
    if let Some(mutants) = &rule.mutants {
        object["changes"] = json!(mutants.tried);
        object["unnoticed"] = unnoticed(mutants, sources);
    }
    object
}

fn unnoticed(mutants: &RuleMutants, sources: &SourceMap) -> Value {
    let survivors = mutants.survivors.iter().map(|survivor| {
        let position = sources.position(survivor.span);
        json!({
            "file": sources.name(survivor.span.source),
            "line": position.line,
            "column": position.column,
            "clause": sources.slice(survivor.span),
            "change": survivor.mutation.name(),
        })
    });
    survivors.collect()
}

fn outcome(outcome: &TestOutcome, sources: &SourceMap) -> Value {
    let position = sources.position(outcome.span);
    let mut object = json!({
        "name": outcome.name,
        "file": sources.name(outcome.span.source),
        "line": position.line,
        "passed": outcome.passed(),
    });
    match &outcome.seen {
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(|p| render_json(p, sources)).collect();
            object["errors"] = json!(problems);
        }
        Ok(seen) if !outcome.passed() => {
            let mismatches: Vec<_> = outcome
                .mismatches
                .iter()
                .map(|m| mismatch(m, seen))
                .collect();
            object["mismatches"] = json!(mismatches);
        }
        Ok(_) => {}
    }
    object
}

fn mismatch(mismatch: &Mismatch, seen: &Seen) -> Value {
    match mismatch {
        Mismatch::Expectation { expected } => {
            let got = seen.got.expectation().name();
            json!({"what": "expect", "expected": expected.name(), "got": got})
        }
        Mismatch::Severity { expected, got } => {
            json!({"what": "severity", "expected": expected.name(), "got": got.name()})
        }
        Mismatch::Message { expected, got } => {
            json!({"what": "message", "expected": expected, "got": got})
        }
        Mismatch::Count { expected, got } => {
            json!({"what": "count", "expected": expected, "got": got})
        }
        Mismatch::Correlated {
            part,
            expected,
            got,
        } => {
            let what = format!("correlated.{}", part.name());
            json!({"what": what, "expected": expected, "got": got})
        }
    }
}
