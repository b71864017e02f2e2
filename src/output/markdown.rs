//! Findings as Markdown, for the summary of a CI job or a comment.
//!
//! Everything that came from an event is written so that it is no Markdown, no
//! HTML, no link and no mention of anybody.

mod compliance;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Sink;
use super::correlated::timeline;
use super::standing::KnownFindings;
use super::text::problems::Problems;
use super::text::words::{in_one_line, visible};
use super::text::{controls, words};
use super::worst::Worst;
use crate::diagnostic::Diagnostic;
use crate::finding::{Finding, Summary, counted};
use crate::report::{Collector, Keep, Options};
use crate::rule::RuleSet;

/// How many findings of a rule stand in its table.
const TOLD: usize = 10;

/// A GitHub job summary takes 1 MiB of a step; a part is kept for what follows
/// the findings.
const MOST: usize = 800 * 1024;

/// What controls may take beside that.
const CONTROLS: usize = 100 * 1024;

/// How many characters of a cell are written.
const CELL: usize = 300;

/// Writes Markdown, after everything was read: the verdict first.
pub struct MarkdownSink<'a, W> {
    out: W,
    rules: BTreeMap<String, Worst<Finding>>,
    known: KnownFindings,
    /// Taken when the report is made.
    collector: Option<Collector<'a>>,
    problems: Problems,
}

impl<'a, W: Write> MarkdownSink<'a, W> {
    /// Writes to `out`.
    pub fn new(out: W, set: &'a RuleSet, options: Options) -> Self {
        MarkdownSink {
            out,
            rules: BTreeMap::new(),
            known: KnownFindings::default(),
            collector: Some(Collector::new(set, options, Keep::NOTHING)),
            problems: Problems::default(),
        }
    }
}

impl<W: Write> Sink for MarkdownSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if let Some(collector) = &mut self.collector {
            collector.take(finding);
        }
        if self.known.take(finding) {
            return Ok(());
        }
        if finding.suppressed.is_none() {
            let kept = self.rules.entry(finding.rule.clone());
            let kept = kept.or_insert_with(|| Worst::new(TOLD));
            kept.add(finding.severity, || finding.clone());
        }
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        self.problems.add(diagnostic);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let mut page = verdict(summary);
        let mut left_out = 0;
        let mut rules: Vec<_> = self.rules.values().collect();
        rules.sort_by_key(|worst| std::cmp::Reverse(worst.severity()));
        for section in rules.into_iter().map(section) {
            if page.len() + section.len() > MOST {
                left_out += 1;
            } else {
                page.push_str(&section);
            }
        }
        if left_out > 0 {
            let rules = counted(left_out, "rule");
            page.push_str(&format!(
                "{rules} with findings left out for the length of this page.\n\n"
            ));
        }
        page.push_str(&known(&self.known));
        if let Some(collector) = self.collector.take() {
            let report = collector.finish(summary);
            let room = (MOST + CONTROLS).saturating_sub(page.len());
            page.push_str(&compliance::controls(&report, room));
            page.push_str(&problems(&self.problems));
            page.push_str(&compliance::evidence_base(&report));
        }
        self.out.write_all(page.as_bytes())?;
        self.out.flush()
    }
}

/// The heading, and every reason for it.
fn verdict(summary: &Summary) -> String {
    let verdict = &summary.verdict;
    let findings = counted(summary.findings.total(), "finding");
    let mut page = format!("## trailgate: exit {}, {findings}\n\n", verdict.exit_code());
    if verdict.is_clean() {
        page.push_str(match summary.is_evaluated() {
            true => "Everything was read and evaluated; nothing fails the run.\n\n",
            false => "Everything was read; nothing that could be evaluated fails the run.\n\n",
        });
    }
    for reason in verdict.reasons() {
        page.push_str(&format!("- exit {}\n", plain(&reason.to_string())));
    }
    if !verdict.is_clean() {
        page.push('\n');
    }
    page
}

/// The findings of a rule.
fn section(worst: &Worst<Finding>) -> String {
    let Some(first) = worst.first() else {
        return String::new();
    };
    let mut page = format!(
        "### {}: {} ({})\n\n`{}`\n\n",
        first.severity,
        plain(&first.title),
        counted(worst.total(), "finding"),
        first.rule,
    );
    page.push_str(
        "| time | what | account | region | event | read from |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for finding in worst.kept() {
        let event = &finding.event;
        let or_dash = |text: &Option<String>| cell(text.as_deref().unwrap_or("-"));
        let time = event.time.map(|time| time.to_string());
        page.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            or_dash(&time),
            cell(&finding.message),
            or_dash(&finding.account_in_words()),
            or_dash(&event.region),
            or_dash(&event.id),
            cell(&finding.place.to_string()),
        ));
    }
    page.push('\n');
    for finding in worst.kept() {
        page.push_str(&together(finding));
    }
    if worst.rest() > 0 {
        page.push_str(&format!(
            "and {}\n\n",
            counted(worst.rest(), "more finding")
        ));
    }
    // What the rule's author wrote may be Markdown.
    let remediation = first.remediation.as_deref().map(in_one_line);
    let advice = [
        ("What to do", remediation.unwrap_or_default()),
        ("Controls", plain(&controls::in_words(&first.controls))),
        ("ATT&amp;CK", plain(&first.attack.join(", "))),
    ];
    let advice = advice.iter().filter(|(_, text)| !text.is_empty());
    let advice: Vec<_> = advice
        .map(|(name, text)| format!("> **{name}:** {text}\n"))
        .collect();
    if !advice.is_empty() {
        page.push_str(&advice.join(">\n"));
        page.push('\n');
    }
    page
}

/// The events of a finding that is about several, in the order of time.
fn together(finding: &Finding) -> String {
    let Some(events) = finding.correlation.as_deref() else {
        return String::new();
    };
    let mut page = format!(
        "<details><summary>{}: {}</summary>\n\n| time | since | what |\n| --- | --- | --- |\n",
        cell(&finding.message),
        cell(&events.in_brief())
    );
    for line in timeline(finding) {
        let (time, since) = (cell(&line.time), cell(&line.since));
        let what = match line.is_own {
            true => format!("**{}**", cell(&line.what_and_where())),
            false => cell(&line.what_and_where()),
        };
        page.push_str(&format!("| {time} | {since} | {what} |\n"));
    }
    page.push_str("\n</details>\n\n");
    page
}

/// What a baseline knows.
fn known(findings: &KnownFindings) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut page = "### Known to the baseline\n\n| severity | rule | findings | when |\n\
                    | --- | --- | --- | --- |\n"
        .to_owned();
    for (id, rule) in findings.worst_first() {
        page.push_str(&format!(
            "| {} | {} (`{id}`) | {} | {} |\n",
            rule.severity,
            cell(&rule.title),
            rule.count,
            rule.span(),
        ));
    }
    page.push('\n');
    page
}

fn problems(problems: &Problems) -> String {
    let mut page = String::new();
    for problem in problems.shown() {
        let place = problem.place.as_deref();
        let place = place.map_or(String::new(), |place| format!("{place}: "));
        let message = cell(&format!("{place}{}", problem.message));
        let level = problem.level.as_str();
        page.push_str(&format!("- {level} {}: {message}\n", problem.code));
    }
    for (code, count) in problems.more() {
        let title = plain(code.title());
        page.push_str(&format!("- {code}: {count} more of the kind: {title}\n"));
    }
    if page.is_empty() {
        page
    } else {
        format!("### Problems\n\n{page}\n")
    }
}

fn cell(text: &str) -> String {
    plain(&words::shortened(text, CELL))
}

/// Text that Markdown shows as it is, in one line.
pub(crate) fn plain(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 16);
    for (place, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Mentions and numbers of issues.
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            // Addresses, which some readers make links of.
            ':' if text[place..].starts_with("://") => out.push_str("&#58;"),
            '.' if ends_in_www(&text[..place]) => out.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn ends_in_www(text: &str) -> bool {
    let tail = text.len().checked_sub(3).and_then(|at| text.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case("www"))
}
