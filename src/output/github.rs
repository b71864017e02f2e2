//! Findings as annotations of a GitHub Actions run: workflow commands on standard
//! output, one for each rule that found something.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step, the first
//! ones, so the worst come first and the findings of a rule are one annotation.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Sink;
use super::anchor::{Anchor, Anchors};
use super::correlated::{timeline_in_a_line, untold};
use super::standing::{baseline, waived};
use super::text::problems::Problems;
use super::text::words::{in_one_line, visible};
use super::worst::Worst;
use crate::diagnostic::{Diagnostic, Level};
use crate::finding::{Finding, Summary, counted};
use crate::rule::Severity;

/// How many findings of a rule are told apart in its annotation.
const TOLD: usize = 3;

/// Writes annotations, after everything was read.
pub struct GithubSink<'a, W> {
    out: W,
    anchors: Anchors<'a>,
    rules: BTreeMap<String, Worst<Finding>>,
    problems: Problems,
}

impl<'a, W: Write> GithubSink<'a, W> {
    /// Writes to `out`.
    pub fn new(out: W, anchors: Anchors<'a>) -> Self {
        GithubSink {
            out,
            anchors,
            rules: BTreeMap::new(),
            problems: Problems::default(),
        }
    }

    fn rule(&mut self, rule: &str, worst: &Worst<Finding>) -> io::Result<()> {
        let Some(first) = worst.first() else {
            return Ok(());
        };
        let mut text = format!("{}: {}", counted(worst.total(), "finding"), first.title);
        for finding in worst.kept() {
            text.push_str(&format!("\n- {}", in_a_line(finding)));
            if let Some(events) = &finding.correlation {
                let timeline = timeline_in_a_line(events, finding);
                text.push_str(&format!("\n  {}: {timeline}", events.in_brief()));
            }
        }
        if worst.rest() > 0 {
            text.push_str(&format!("\nand {}", counted(worst.rest(), "more finding")));
        }
        if let Some(remediation) = &first.remediation {
            text.push_str(&format!("\nWhat to do: {}", in_one_line(remediation)));
        }
        let command = match first.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "notice",
        };
        let title = format!("{}: {rule}", first.severity);
        let anchor = self.anchors.of(first);
        annotation(&mut self.out, command, &anchor, &title, &text)
    }

    fn problem(&mut self, problem: &Diagnostic) -> io::Result<()> {
        let sources = self.anchors.set().sources();
        let anchor = match problem.labels.first() {
            Some(label) => {
                let position = sources.position(label.span);
                Anchor {
                    line: position.line,
                    column: position.column,
                    ..self.anchors.at(sources.name(label.span.source))
                }
            }
            None => self.anchors.configuration(),
        };
        let place = problem.place.as_deref();
        let mut text = place.map_or(String::new(), |place| format!("{place}: "));
        text.push_str(&problem.message);
        if let Some(help) = &problem.help {
            text.push_str(&format!("\nHelp: {help}"));
        }
        let command = problem.level.as_str();
        let title = problem.code.to_string();
        annotation(&mut self.out, command, &anchor, &title, &text)
    }

    fn verdict(&mut self, summary: &Summary) -> io::Result<()> {
        let covered: u64 = summary.excepted().values().sum();
        if covered > 0 {
            let text = format!("{} covered by exceptions", counted(covered, "finding"));
            writeln!(self.out, "trailgate: {text}")?;
        }
        for off in &summary.rules.off {
            let text = format!("rule {} is off by {}: {}", off.id, off.place, off.reason);
            writeln!(self.out, "trailgate: {}", visible(&text))?;
        }
        for (_, text) in untold(summary) {
            writeln!(self.out, "trailgate: {}", message(&text))?;
        }
        for text in waived(summary) {
            writeln!(self.out, "trailgate: {}", message(&text))?;
        }
        if let Some(counts) = &summary.baseline {
            let text = baseline(summary, counts);
            writeln!(self.out, "trailgate: baseline: {}", message(&text))?;
        }
        let verdict = &summary.verdict;
        if verdict.is_clean() {
            let events = counted(summary.records.events, "event");
            return writeln!(self.out, "trailgate: exit 0, {events} evaluated");
        }
        let reasons = verdict
            .reasons()
            .iter()
            .map(|reason| format!("exit {reason}"));
        let text = reasons.collect::<Vec<_>>().join("\n");
        let anchor = self.anchors.configuration();
        annotation(&mut self.out, "error", &anchor, "trailgate", &text)
    }
}

impl<W: Write> Sink for GithubSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        // Those that are covered or known are counted in the summary.
        if finding.is_open() {
            let rule = self.rules.entry(finding.rule.clone());
            let rule = rule.or_insert_with(|| Worst::new(TOLD));
            rule.add(finding.severity, || finding.clone());
        }
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        self.problems.add(diagnostic);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        // The verdict first: it must be among those that are shown.
        if !summary.verdict.is_clean() {
            self.verdict(summary)?;
        }
        let problems = std::mem::take(&mut self.problems);
        for level in [Level::Error, Level::Warning, Level::Notice] {
            let of_level = problems.shown().filter(|problem| problem.level == level);
            for problem in of_level {
                self.problem(problem)?;
            }
        }
        for (code, count) in problems.more() {
            let more = format!("{count} more of the kind: {}", code.title());
            writeln!(self.out, "trailgate: {code}: {more}")?;
        }
        let mut rules: Vec<_> = std::mem::take(&mut self.rules).into_iter().collect();
        rules.sort_by(|(a_id, a), (b_id, b)| {
            let worse = b.severity().cmp(&a.severity());
            worse.then_with(|| a_id.cmp(b_id))
        });
        for (rule, worst) in &rules {
            self.rule(rule, worst)?;
        }
        if summary.verdict.is_clean() {
            self.verdict(summary)?;
        }
        self.out.flush()
    }
}

/// `message (2026-01-05T09:00:00Z, account 111122223333, a.json.gz, record 3)`
fn in_a_line(finding: &Finding) -> String {
    let event = &finding.event;
    let facts = [
        event.time.map(|time| time.to_string()),
        finding.account_in_words().map(|of| format!("account {of}")),
        event.region.clone(),
        Some(finding.place.to_string()),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    format!("{} ({})", finding.message, facts.join(", "))
}

/// Writes a workflow command.
fn annotation(
    out: &mut impl Write,
    command: &str,
    anchor: &Anchor,
    title: &str,
    text: &str,
) -> io::Result<()> {
    writeln!(
        out,
        "::{command} file={},line={},col={},title={}::{}",
        property(&anchor.file),
        anchor.line,
        anchor.column,
        property(title),
        message(text),
    )
}

/// The text of a command: `%` and line ends are written by their numbers, and
/// what could steer a terminal is written out.
fn message(text: &str) -> String {
    let lines = text
        .split('\n')
        .map(|line| visible(line).replace('%', "%25"));
    lines.collect::<Vec<_>>().join("%0A")
}

/// A property of a command, where `:` and `,` have a meaning too.
fn property(text: &str) -> String {
    let text = visible(text).replace('%', "%25");
    text.replace(':', "%3A").replace(',', "%2C")
}
