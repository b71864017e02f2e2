//! Outcomes of tests for people.

use std::fmt::Write as _;
use std::sync::Arc;

use super::coverage::RuleCoverage;
use super::run::{Got, Mismatch, Seen, TestOutcome};
use crate::diagnostic::{SourceMap, Style, render_text};
use crate::event::Losses;
use crate::explain::{Together, condition_tree};
use crate::output::text::words::{Paint, visible};
use crate::rule::RuleSet;

/// What went wrong in a test of a rule: what was expected, what came, and the
/// clauses that made the difference. Empty where the test passed.
pub fn outcome_text(
    rule: &str,
    outcome: &TestOutcome,
    sources: &SourceMap,
    style: Style,
) -> String {
    if outcome.passed() {
        return String::new();
    }
    let paint = Paint {
        colour: style.colour,
    };
    let mut text = format!(
        "{} {}: {}\n  {}\n",
        paint.bad("FAILED"),
        paint.bold(rule),
        outcome.name,
        paint.dim(&sources.place(outcome.span))
    );
    match &outcome.seen {
        Err(problems) => {
            for problem in problems {
                text.push_str(&render_text(problem, sources, style));
            }
        }
        Ok(seen) => {
            for mismatch in &outcome.mismatches {
                text.push_str(&mismatch_text(mismatch, seen, paint));
            }
            if seen.rule.correlation.is_some() {
                text.push_str(&together(&outcome.name, &outcome.mismatches, seen, style));
            } else {
                text.push_str(&trees(&outcome.mismatches, seen, style));
            }
        }
    }
    text
}

fn mismatch_text(mismatch: &Mismatch, seen: &Seen, paint: Paint) -> String {
    let (what, expected, got) = mismatch.words(seen);
    let got = visible(&got);
    format!(
        "  {}\n  {}\n",
        paint.bad(&format!("- {what}: {expected}")),
        paint.good(&format!("+ {what}: {got}"))
    )
}

/// What the correlation made of the events, where what it found is not what was
/// expected.
fn together(name: &str, mismatches: &[Mismatch], seen: &Seen, style: Style) -> String {
    let of_words = |mismatch: &Mismatch| {
        matches!(
            mismatch,
            Mismatch::Severity { .. } | Mismatch::Message { .. }
        )
    };
    if mismatches.iter().all(of_words) {
        return String::new();
    }
    let set = RuleSet::of(seen.rule.clone());
    let Some(together) = Together::new(&set) else {
        return String::new();
    };
    let mut together = together.reaching(seen.reached);
    let file = Arc::from(name);
    let taken = (seen.events.iter().zip(1..))
        .try_for_each(|(event, number)| together.take(event, Losses::none(), &file, number));
    let narrower = Style {
        width: style.width.saturating_sub(2),
        ..style
    };
    // That signals cannot be kept on disk the test itself has said.
    let text = taken.and_then(|()| together.finish(narrower));
    let text = text.unwrap_or_default();
    // Which rule it is about stands above.
    let lines = text.lines().skip(1).map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("  {line}\n"),
    });
    lines.collect()
}

/// The trees of the conditions that the mismatches are about.
fn trees(mismatches: &[Mismatch], seen: &Seen, style: Style) -> String {
    let rule = &seen.rule;
    let mut text = String::new();
    let mut tree = |heading: &str, condition| {
        for event in &seen.events {
            let drawn = condition_tree(rule, condition, event, Losses::none(), style);
            let _ = write!(text, "  {heading}\n{drawn}");
        }
    };
    for mismatch in mismatches {
        match mismatch {
            Mismatch::Expectation { .. } => {
                if let Got::Excepted { .. } = seen.got {
                    let conditions = rule.exceptions.iter().map(|e| &e.condition);
                    conditions.for_each(|condition| tree("exception", condition));
                }
                tree("match", &rule.condition);
            }
            Mismatch::Severity { .. } => {
                for case in &rule.severity_when {
                    tree(&format!("severity {}", case.severity), &case.condition);
                }
            }
            Mismatch::Message { .. } | Mismatch::Count { .. } | Mismatch::Correlated { .. } => {}
        }
    }
    text
}

/// The clauses of a rule that its tests do not exercise both ways. Empty where
/// there are none.
pub fn coverage_text(coverage: &RuleCoverage, sources: &SourceMap, style: Style) -> String {
    if coverage.gaps.is_empty() {
        return String::new();
    }
    let paint = Paint {
        colour: style.colour,
    };
    let mut text = format!(
        "{}: {} of {} clauses exercised both ways\n",
        paint.bold(&coverage.rule),
        coverage.clauses - coverage.gaps.len(),
        coverage.clauses
    );
    for gap in &coverage.gaps {
        let line = sources.position(gap.span).line;
        let written = sources.slice(gap.span).lines().next().unwrap_or_default();
        let _ = writeln!(
            text,
            "  line {line}: {written}  {}",
            paint.dim(&format!("← {}", gap.missing.words()))
        );
    }
    text
}
