//! Outcomes of tests for people.

use std::fmt::Write as _;

use super::coverage::RuleCoverage;
use super::run::{Got, Mismatch, Seen, TestOutcome};
use crate::diagnostic::{SourceMap, Style, render_text};
use crate::event::Losses;
use crate::explain::condition_tree;
use crate::output::text::words::{Paint, visible};

/// Of so many events of a test each tree is drawn.
const MOST_TREES: usize = 3;

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
            text.push_str(&trees(&outcome.mismatches, seen, style));
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

/// The trees of the conditions that the mismatches are about.
fn trees(mismatches: &[Mismatch], seen: &Seen, style: Style) -> String {
    let rule = &seen.rule;
    let mut text = String::new();
    let mut tree = |heading: &str, condition| {
        for event in seen.events.iter().take(MOST_TREES) {
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
