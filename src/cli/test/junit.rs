//! The outcome of tests as a JUnit report: a suite for each rule.

use std::io::Write;
use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use trailgate::diagnostic::{SourceMap, Style};
use trailgate::testing::{TestOutcome, outcome_text};

use super::super::destination::Destination;
use super::{Run, TestedRule};

/// Writes the report under a temporary name beside the file, then renames it: a
/// reader never sees half a report.
///
/// # Errors
/// What the file system says.
pub(super) fn write(run: &Run, sources: &SourceMap, path: &Path) -> Result<(), String> {
    let xml = report(run, sources)
        .to_string()
        .map_err(|error| error.to_string())?;
    let written = Destination::open(Some(path)).and_then(|mut file| {
        file.write_all(xml.as_bytes())?;
        file.commit()
    });
    written.map_err(|error| error.to_string())
}

fn report(run: &Run, sources: &SourceMap) -> Report {
    let mut report = Report::new("trailgate test");
    report.add_test_suites(run.rules.iter().map(|rule| suite(rule, sources)));
    // A rule that does not load must not look like one that passed.
    if !run.failed_rules.is_empty() {
        let mut suite = TestSuite::new("rules that do not load");
        for name in &run.failed_rules {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("the rule does not load; `trailgate check` says why");
            suite.add_test_case(TestCase::new(name.as_str(), status));
        }
        report.add_test_suite(suite);
    }
    report
}

fn suite(rule: &TestedRule, sources: &SourceMap) -> TestSuite {
    let mut suite = TestSuite::new(rule.id.as_str());
    for outcome in &rule.outcomes {
        let mut case = TestCase::new(outcome.name.as_str(), status(rule, outcome, sources));
        case.set_classname(rule.id.as_str());
        suite.add_test_case(case);
    }
    suite
}

fn status(rule: &TestedRule, outcome: &TestOutcome, sources: &SourceMap) -> TestCaseStatus {
    if outcome.passed() {
        return TestCaseStatus::success();
    }
    let (kind, message) = match &outcome.seen {
        Ok(seen) => {
            let mismatches = outcome.mismatches.iter().map(|mismatch| {
                let (what, expected, got) = mismatch.words(seen);
                format!("{what}: expected {expected}, got {got}")
            });
            let message = mismatches.collect::<Vec<_>>().join("; ");
            (NonSuccessKind::Failure, message)
        }
        Err(problems) => {
            let first = problems.first().map(|problem| problem.message.clone());
            (NonSuccessKind::Error, first.unwrap_or_default())
        }
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status.set_description(outcome_text(&rule.id, outcome, sources, Style::default()));
    status
}
