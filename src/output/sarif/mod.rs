//! Findings as SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code scanning.
//!
//! One run with all rules and, of the findings, as many as a code-scanning
//! service takes in: the most severe. Suppressed ones are in it, marked so.

mod objects;
mod rules;
mod together;

use std::collections::HashMap;
use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use self::objects::{
    Artifact, AutomationDetails, Driver, Invocation, Justified, Location, Log, Message,
    Notification, Properties, Region, Result, Run, Tool,
};
use super::Sink;
use super::anchor::{Anchor, Anchors};
use super::correlated::untold;
use super::standing::{baseline, justification};
use super::text::problems::Problems;
use super::text::words::{shortened, visible};
use super::worst::Worst;
use crate::diagnostic::{Diagnostic, Level};
use crate::finding::{
    BaselineState, Failure, Finding, Recurrence, Summary, SuppressionKind, grouped,
};
use crate::rule::Severity;

/// GitHub shows the 5,000 most severe results of a run, and refuses a run of more
/// than 25,000.
const MOST_RESULTS: usize = 5_000;

/// Characters of a text; GitHub shows no more than 1,024 of some.
const LONGEST_TEXT: usize = 1_000;

/// Writes SARIF, after everything was read.
pub struct SarifSink<'a, W> {
    out: W,
    anchors: Anchors<'a>,
    category: String,
    rules: HashMap<&'a str, usize>,
    open: Worst<Result>,
    known: Worst<Result>,
    suppressed: Worst<Result>,
    problems: Problems,
}

impl<'a, W: Write> SarifSink<'a, W> {
    /// Writes to `out`. The category keeps the results of one use of trailgate
    /// apart from those of another in the same repository.
    pub fn new(out: W, anchors: Anchors<'a>, category: &str) -> Self {
        let ids = rules::ids(anchors.set()).enumerate();
        SarifSink {
            out,
            rules: ids.map(|(index, id)| (id, index)).collect(),
            anchors,
            category: category.to_owned(),
            open: Worst::new(MOST_RESULTS),
            known: Worst::new(MOST_RESULTS),
            suppressed: Worst::new(MOST_RESULTS),
            problems: Problems::default(),
        }
    }

    fn log(&self, summary: &Summary) -> Log<'_> {
        let rules = rules::descriptors(self.anchors.set());
        let kinds = [&self.open, &self.known, &self.suppressed];
        let results = kinds.into_iter().flat_map(Worst::kept);
        let results: Vec<_> = results.take(MOST_RESULTS).collect();
        let total: u64 = kinds.into_iter().map(Worst::total).sum();
        let left_out = total - results.len() as u64;
        Log {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "trailgate",
                        semantic_version: env!("CARGO_PKG_VERSION"),
                        rules,
                    },
                },
                automation_details: AutomationDetails {
                    // What follows the last slash would be the number of a run.
                    id: format!("{}/", self.category),
                },
                column_kind: "unicodeCodePoints",
                invocations: [self.invocation(summary, left_out)],
                results,
            }],
        }
    }

    /// What was not right with the run: in a log of results that is cut short or of
    /// input that was not read, nothing looks clean that is not.
    fn invocation(&self, summary: &Summary, left_out: u64) -> Invocation {
        let verdict = &summary.verdict;
        let stopped = |failure: Failure| !matches!(failure, Failure::Findings | Failure::Tests);
        let reasons = verdict.reasons().iter();
        let mut notifications: Vec<_> = reasons
            .filter(|reason| stopped(reason.failure))
            .map(|reason| Notification::of_run("error", format!("exit {reason}")))
            .collect();
        if left_out > 0 {
            notifications.push(Notification::of_run(
                "warning",
                format!(
                    "{} less severe results are left out: code scanning shows {} of a run. All are in \
                     the formats json, jsonl and csv",
                    grouped(left_out),
                    grouped(MOST_RESULTS as u64)
                ),
            ));
        }
        if let Some(counts) = &summary.baseline {
            let text = format!("baseline: {}", baseline(summary, counts));
            notifications.push(Notification {
                message: message(&text),
                ..Notification::of_run("note", String::new())
            });
        }
        notifications.extend(untold(summary).into_iter().map(|(_, text)| Notification {
            message: message(&text),
            ..Notification::of_run("note", String::new())
        }));
        notifications.extend(
            self.problems
                .shown()
                .map(|problem| self.notification(problem)),
        );
        notifications.extend(self.problems.more().map(|(code, count)| {
            let text = format!("{code}: {count} more of the kind: {}", code.title());
            Notification::of_run("warning", text)
        }));
        Invocation {
            execution_successful: notifications.iter().all(|told| told.level != "error"),
            exit_code: verdict.exit_code(),
            tool_execution_notifications: notifications,
        }
    }

    fn notification(&self, problem: &Diagnostic) -> Notification {
        let place = problem.place.as_deref();
        let mut text = place.map_or(String::new(), |place| format!("{place}: "));
        text.push_str(&problem.message);
        if let Some(help) = &problem.help {
            text.push_str(&format!(". {help}"));
        }
        let sources = self.anchors.set().sources();
        let labels = problem.labels.iter().map(|label| {
            let position = sources.position(label.span);
            let file = self.anchors.at(sources.name(label.span.source));
            let anchor = Anchor {
                line: position.line,
                column: position.column,
                ..file
            };
            location(&anchor, "")
        });
        Notification {
            descriptor: Some(objects::Reference {
                id: problem.code.to_string(),
            }),
            level: match problem.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Notice => "note",
            },
            message: message(&text),
            locations: labels.collect(),
        }
    }
}

impl<W: Write> Sink for SarifSink<'_, W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let result = || result(&self.anchors, &self.rules, finding);
        let kept = match finding.suppressed {
            None if finding.is_open() => &mut self.open,
            None => &mut self.known,
            Some(_) => &mut self.suppressed,
        };
        kept.add(finding.severity, result);
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        self.problems.add(diagnostic);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let log = serde_json::to_vec_pretty(&self.log(summary))?;
        self.out.write_all(&log)?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

/// What is kept of a finding: its event is not.
fn result(anchors: &Anchors<'_>, rules: &HashMap<&str, usize>, finding: &Finding) -> Result {
    let event = &finding.event;
    let suppressions = finding.suppressed.iter().map(|by| Justified {
        kind: match by.kind {
            SuppressionKind::Exception => "inSource",
            SuppressionKind::Waiver => "external",
        },
        status: "accepted",
        justification: visible(&justification(by)).into_owned(),
    });
    let principal = event.principal.as_deref().unwrap_or("-");
    Result {
        rule_id: finding.rule.clone(),
        rule_index: rules.get(finding.rule.as_str()).copied(),
        level: level(finding.severity),
        message: together::said(finding),
        locations: [location(&anchors.of(finding), principal)],
        code_flows: together::flows(anchors, finding),
        partial_fingerprints: objects::Fingerprints {
            primary_location_line_hash: format!("{}:1", finding.fingerprint),
        },
        suppressions: suppressions.collect(),
        baseline_state: finding.baseline.map(|state| match state {
            BaselineState::New => "new",
            BaselineState::Known => "unchanged",
        }),
        provenance: finding
            .recurrence
            .and_then(Recurrence::seen)
            .map(|(first, last)| objects::Provenance {
                first_detection_time_utc: first.to_string(),
                last_detection_time_utc: last.to_string(),
            }),
        properties: Properties {
            severity: finding.severity.name(),
            event_id: event.id.clone(),
            event_name: event.name.clone(),
            event_source: event.source.clone(),
            time: event.time.map(|time| time.to_string()),
            account: event.account.clone(),
            account_name: finding.account_name().map(str::to_owned),
            environment: finding.environment().map(str::to_owned),
            region: event.region.clone(),
            principal: event.principal.clone(),
            source_address: event.source_address.clone(),
            error_code: event.error_code.clone(),
            file: finding.place.file.to_string(),
            record: finding.place.record,
            recurrence: finding.recurrence.map(Recurrence::name),
            correlation: finding.correlation.as_deref().map(together::correlation),
        },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A text in one piece; a `{0}` or a `[text](1)` in it would mean something, so
/// brackets are escaped (section 3.11 of the standard).
fn message(text: &str) -> Message {
    let text = shortened(text, LONGEST_TEXT);
    let mut escaped = String::with_capacity(text.len());
    for c in visible(&text).chars() {
        if matches!(c, '\\' | '[' | ']') {
            escaped.push('\\');
        }
        match c {
            '{' | '}' => escaped.extend([c, c]),
            _ => escaped.push(c),
        }
    }
    Message { text: escaped }
}

/// A path as a URI (RFC 3986): relative to the repository, or a file elsewhere.
fn uri(path: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    let path = utf8_percent_encode(path, KEPT);
    let scheme = if path.to_string().starts_with('/') {
        "file://"
    } else {
        ""
    };
    format!("{scheme}{path}")
}

fn location(anchor: &Anchor, principal: &str) -> Location {
    Location {
        message: None,
        physical_location: objects::PhysicalLocation {
            artifact_location: Artifact {
                uri: uri(&anchor.file),
            },
            region: Region {
                start_line: anchor.line,
                start_column: anchor.column,
            },
        },
        logical_locations: (!principal.is_empty())
            .then(|| objects::Logical {
                fully_qualified_name: visible(principal).into_owned(),
                kind: "principal",
            })
            .into_iter()
            .collect(),
    }
}
