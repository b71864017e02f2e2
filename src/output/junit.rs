//! Findings as a JUnit report, for the test tab of a CI service: a test case for
//! each rule, which fails where its findings fail the run.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Sink;
use super::correlated::{timeline, untold_of};
use super::standing::covered_by;
use super::text::problems::Problems;
use super::text::words::visible;
use super::worst::Worst;
use crate::diagnostic::Diagnostic;
use crate::finding::{Failure, Finding, Gate, Summary, SuppressionKind, counted};
use crate::rule::RuleSet;

/// How many findings of a rule are told in its test case.
const TOLD: usize = 50;

/// Writes the report after everything was read.
pub struct JunitSink<'a, W> {
    out: W,
    set: &'a RuleSet,
    gate: Gate,
    rules: BTreeMap<String, OfRule>,
    problems: Problems,
}

struct OfRule {
    failing: Worst<String>,
    others: Worst<String>,
    /// Covered by an exception.
    suppressed: u64,
    waived: BTreeMap<String, u64>,
    known: Worst<String>,
}

impl<'a, W: Write> JunitSink<'a, W> {
    /// Writes to `out`. Findings that fail the run are failures; others are told in a
    /// test case that passes.
    pub fn new(out: W, set: &'a RuleSet, gate: Gate) -> Self {
        JunitSink {
            out,
            set,
            gate,
            rules: BTreeMap::new(),
            problems: Problems::default(),
        }
    }

    /// A test case for each rule that ran, or was to run.
    fn rules(&self, summary: &Summary) -> TestSuite {
        let mut suite = TestSuite::new("rules");
        for rule in &self.set.rules {
            let id = rule.id.value.as_str();
            suite.add_test_case(self.rule(id, &rule.title, summary));
        }
        for inactive in &summary.rules.inactive {
            let mut status = TestCaseStatus::skipped();
            let lists = inactive.lists.join(", ");
            status.set_message(format!("not evaluated until a list is set: {lists}"));
            suite.add_test_case(case(&inactive.id, "trailgate.rules", status));
        }
        for off in &summary.rules.off {
            let mut status = TestCaseStatus::skipped();
            status.set_message(visible(&format!("off by {}: {}", off.place, off.reason)));
            suite.add_test_case(case(&off.id, "trailgate.rules", status));
        }
        for failed in &summary.rules.failed {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("the rule does not load; `trailgate check` says why");
            suite.add_test_case(case(failed, "trailgate.rules", status));
        }
        suite
    }

    /// A rule that found nothing, and could not tell of some windows, was not evaluated
    /// to the end.
    fn rule(&self, id: &str, title: &str, summary: &Summary) -> TestCase {
        let untold = untold_of(summary, id);
        let Some(found) = self.rules.get(id) else {
            let mut status = TestCaseStatus::success();
            if !untold.is_empty() {
                status = TestCaseStatus::skipped();
                status.set_message(visible(&untold.join("; ")));
            }
            return case(id, "trailgate.rules", status);
        };
        let failing = found.failing.total();
        let status = if failing == 0 {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let severity = found.failing.severity().map_or("", |worst| worst.name());
            status.set_message(format!(
                "{}: {}",
                counted(failing, "finding"),
                visible(title)
            ));
            status.set_type(severity);
            status.set_description(told(&found.failing));
            status
        };
        let mut case = case(id, "trailgate.rules", status);
        let mut output = told(&found.others);
        if found.suppressed > 0 {
            let covered = counted(found.suppressed, "finding");
            output.push_str(&format!("{covered} covered by exceptions\n"));
        }
        for (by, count) in &found.waived {
            let waived = counted(*count, "finding");
            output.push_str(&format!("{waived} covered by {by}\n"));
        }
        if found.known.total() > 0 {
            let known = counted(found.known.total(), "finding");
            output.push_str(&format!(
                "{known} known to the baseline\n{}",
                told(&found.known)
            ));
        }
        for text in untold {
            output.push_str(&format!("{}\n", visible(&text)));
        }
        if !output.is_empty() {
            case.set_system_out(output);
        }
        case
    }

    /// Whether everything was read, and what was wrong.
    fn run(&self, summary: &Summary) -> TestSuite {
        let mut suite = TestSuite::new("run");
        for (name, failure) in [("input", Failure::Input), ("usage", Failure::Usage)] {
            let reasons = summary.verdict.reasons().iter();
            let reasons: Vec<_> = reasons.filter(|reason| reason.failure == failure).collect();
            if let Some(first) = reasons.first() {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(format!("exit {first}"));
                status.set_description(self.problems_in_words());
                suite.add_test_case(case(name, "trailgate.run", status));
            } else if failure == Failure::Input {
                let mut read = case(name, "trailgate.run", TestCaseStatus::success());
                let problems = self.problems_in_words();
                if !problems.is_empty() {
                    read.set_system_out(problems);
                }
                suite.add_test_case(read);
            }
        }
        suite
    }

    fn problems_in_words(&self) -> String {
        let shown = self.problems.shown().map(|problem| {
            let place = problem.place.as_deref();
            let place = place.map_or(String::new(), |place| format!("{place}: "));
            let text = format!("{place}{}", problem.message);
            format!("{} {}\n", problem.code, visible(&text))
        });
        let more = self
            .problems
            .more()
            .map(|(code, count)| format!("{code}: {count} more of the kind: {}\n", code.title()));
        shown.chain(more).collect()
    }
}

impl<W: Write> Sink for JunitSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let rule = self.rules.entry(finding.rule.clone());
        let rule = rule.or_insert_with(|| OfRule {
            failing: Worst::new(TOLD),
            others: Worst::new(TOLD),
            suppressed: 0,
            waived: BTreeMap::new(),
            known: Worst::new(TOLD),
        });
        if let Some(by) = &finding.suppressed {
            match by.kind {
                SuppressionKind::Exception => rule.suppressed += 1,
                SuppressionKind::Waiver => {
                    let by = visible(&covered_by(by)).into_owned();
                    *rule.waived.entry(by).or_default() += 1;
                }
            }
            return Ok(());
        }
        let fail_on = self.gate.of(finding.environment());
        let worst = if !finding.is_open() {
            &mut rule.known
        } else if fail_on.includes(finding.severity) {
            &mut rule.failing
        } else {
            &mut rule.others
        };
        worst.add(finding.severity, || in_a_line(finding));
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        self.problems.add(diagnostic);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let mut report = Report::new("trailgate scan");
        report.add_test_suites([self.run(summary), self.rules(summary)]);
        report.serialize(&mut self.out).map_err(io::Error::other)?;
        self.out.flush()
    }
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

/// A line for each finding that was kept, and how many more there are.
fn told(worst: &Worst<String>) -> String {
    let mut text = String::new();
    for line in worst.kept() {
        text.push_str(line);
        text.push('\n');
    }
    if worst.rest() > 0 {
        text.push_str(&format!("and {}\n", counted(worst.rest(), "more finding")));
    }
    text
}

/// `high message (2026-01-05T09:00:00Z, 111122223333, eu-central-1, id) a.json, record 3`
fn in_a_line(finding: &Finding) -> String {
    let event = &finding.event;
    let time = event.time.map(|time| time.to_string());
    let account = finding.account_in_words();
    let facts = [
        time.as_deref(),
        account.as_deref(),
        event.region.as_deref(),
        event.id.as_deref(),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    let line = format!(
        "{} {} ({}) {}",
        finding.severity,
        finding.message,
        facts.join(", "),
        finding.place
    );
    let mut text = visible(&line).into_owned();
    if let Some(events) = &finding.correlation {
        text.push_str(&format!("\n    {}", visible(&events.in_brief())));
    }
    for line in timeline(finding) {
        text.push_str(&format!("\n    {}", visible(&line.in_full())));
    }
    text
}
