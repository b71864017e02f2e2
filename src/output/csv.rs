//! Findings as a table, for spreadsheets.
//!
//! A cell that a spreadsheet would take for a formula gets a `'` in front:
//! names in events are chosen by whoever made the call. For exact values there
//! is JSON Lines.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use jiff::Timestamp;

use super::Sink;
use super::correlated;
use super::few::Few;
use super::standing::until;
use super::text::words::visible;
use crate::diagnostic::Diagnostic;
use crate::finding::{BaselineState, Finding, Recurrence, Summary};

/// The first line, but for what follows only where there is something for it.
const COLUMNS: [&str; 23] = [
    "kind",
    "severity",
    "rule",
    "title",
    "message",
    "time",
    "account",
    "region",
    "principal",
    "event_name",
    "event_source",
    "source_address",
    "error_code",
    "event_id",
    "file",
    "record",
    "fingerprint",
    "suppressed",
    "reason",
    "owner",
    "controls",
    "attack",
    "tags",
];

/// Columns that are there where accounts have names.
const OF_ACCOUNTS: [&str; 2] = ["account_name", "environment"];
/// Columns at the end, where there are waivers or a baseline.
const STANDING: [&str; 4] = ["approved_by", "ticket", "until", "baseline"];
/// Columns at the end, where something is kept of runs.
const OF_HISTORY: [&str; 3] = ["recurrence", "first_seen", "last_seen"];

/// Columns at the end, where there are rules about several events.
const OF_CORRELATION: [&str; 7] = [
    "key",
    "asked",
    "measured",
    "events",
    "first_event",
    "last_event",
    "timeline",
];

/// One row for each finding as it comes, one for each problem, and at the end one
/// for each reason of the verdict, so that a table never looks more whole than
/// the run was.
pub struct CsvSink<W: Write> {
    out: Writer<W>,
    columns: Vec<&'static str>,
    begun: bool,
    problems: Few,
}

impl<W: Write> CsvSink<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        let out = WriterBuilder::new()
            .quote_style(QuoteStyle::Necessary)
            .terminator(Terminator::CRLF)
            .from_writer(out);
        CsvSink {
            out,
            columns: COLUMNS.to_vec(),
            begun: false,
            problems: Few::default(),
        }
    }

    /// The same, with columns for waivers and a baseline.
    #[must_use]
    pub fn with_standing(mut self) -> Self {
        self.columns.extend(STANDING);
        self
    }

    /// The same, with columns for what accounts are called.
    #[must_use]
    pub fn with_account_names(mut self) -> Self {
        self.columns.extend(OF_ACCOUNTS);
        self
    }

    /// The same, with columns for what earlier runs saw.
    #[must_use]
    pub fn with_history(mut self) -> Self {
        self.columns.extend(OF_HISTORY);
        self
    }

    /// The same, with columns for what several events together came to.
    #[must_use]
    pub fn with_correlation(mut self) -> Self {
        self.columns.extend(OF_CORRELATION);
        self
    }

    /// Writes a row; columns that are not named are empty.
    fn row(&mut self, cells: &[(&str, Cow<'_, str>)]) -> io::Result<()> {
        if !self.begun {
            self.out.write_record(&self.columns)?;
            self.begun = true;
        }
        let row = self.columns.iter().map(|column| {
            let cell = cells.iter().find(|(name, _)| name == column);
            cell.map_or(String::new(), |(_, text)| {
                no_formula(&visible(text)).into_owned()
            })
        });
        self.out.write_record(row)?;
        self.out.flush()
    }

    fn problem(&mut self, problem: &Diagnostic) -> io::Result<()> {
        self.row(&[
            ("kind", "problem".into()),
            ("severity", problem.level.as_str().into()),
            ("rule", problem.code.to_string().into()),
            ("title", problem.code.title().into()),
            ("message", (&problem.message).into()),
            ("file", problem.place.as_deref().unwrap_or("").into()),
        ])
    }
}

impl<W: Write> Sink for CsvSink<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let event = &finding.event;
        let text = |text: &Option<String>| Cow::Owned(text.clone().unwrap_or_default());
        let time = |time: Option<Timestamp>| {
            Cow::Owned(time.map(|time| time.to_string()).unwrap_or_default())
        };
        let seen = finding.recurrence.and_then(Recurrence::seen);
        let suppressed = finding.suppressed.as_ref();
        let together = finding.correlation.as_deref();
        let controls = finding.controls.iter().map(|of| {
            let controls = of.controls.join(" ");
            format!("{}: {controls}", of.framework)
        });
        self.row(&[
            ("kind", "finding".into()),
            ("severity", finding.severity.name().into()),
            ("rule", (&finding.rule).into()),
            ("title", (&finding.title).into()),
            ("message", (&finding.message).into()),
            ("time", time(event.time)),
            ("account", text(&event.account)),
            ("region", text(&event.region)),
            ("principal", text(&event.principal)),
            ("event_name", text(&event.name)),
            ("event_source", text(&event.source)),
            ("source_address", text(&event.source_address)),
            ("error_code", text(&event.error_code)),
            ("event_id", text(&event.id)),
            ("file", (&*finding.place.file).into()),
            ("record", finding.place.record.to_string().into()),
            ("fingerprint", (&finding.fingerprint).into()),
            (
                "suppressed",
                suppressed.map_or("", |by| by.kind.name()).into(),
            ),
            ("reason", suppressed.map_or("", |by| &by.reason).into()),
            ("owner", suppressed.map_or("", |by| &by.owner).into()),
            (
                "approved_by",
                told(suppressed.and_then(|by| by.approved_by.as_deref())),
            ),
            (
                "ticket",
                told(suppressed.and_then(|by| by.ticket.as_deref())),
            ),
            (
                "until",
                suppressed
                    .and_then(|by| by.ends)
                    .map(until)
                    .unwrap_or_default()
                    .into(),
            ),
            ("baseline", told(finding.baseline.map(BaselineState::name))),
            ("controls", controls.collect::<Vec<_>>().join("; ").into()),
            ("attack", finding.attack.join(" ").into()),
            ("tags", finding.tags.join(" ").into()),
            ("account_name", finding.account_name().unwrap_or("").into()),
            ("environment", finding.environment().unwrap_or("").into()),
            (
                "recurrence",
                finding.recurrence.map_or("", Recurrence::name).into(),
            ),
            ("first_seen", time(seen.map(|(first, _)| first))),
            ("last_seen", time(seen.map(|(_, last)| last))),
            ("key", text(&together.map(|events| events.key_in_words()))),
            ("asked", text(&together.map(|events| events.asks.clone()))),
            (
                "measured",
                told(together.and_then(|events| events.measured.as_deref())),
            ),
            (
                "events",
                text(&together.map(|events| events.events.to_string())),
            ),
            ("first_event", time(together.map(|events| events.first))),
            ("last_event", time(together.map(|events| events.last))),
            ("timeline", timeline(finding).into()),
        ])
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        for problem in self.problems.take(diagnostic) {
            self.problem(&problem)?;
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        for problem in self.problems.end() {
            self.problem(&problem)?;
        }
        for off in &summary.rules.off {
            self.row(&[
                ("kind", "off".into()),
                ("rule", (&off.id).into()),
                ("message", "the configuration switches the rule off".into()),
                ("file", (&off.place).into()),
                ("reason", (&off.reason).into()),
            ])?;
        }
        if let Some(counts) = &summary.correlation {
            for (rule, windows) in &counts.undetermined {
                let message = correlated::open(counts, rule, *windows);
                self.row(&[
                    ("kind", "undetermined".into()),
                    ("rule", rule.into()),
                    ("message", message.into()),
                ])?;
            }
        }
        let verdict = &summary.verdict;
        let exit = format!("exit {}", verdict.exit_code());
        if verdict.is_clean() {
            self.row(&[("kind", "verdict".into()), ("message", exit.into())])?;
        }
        for reason in verdict.reasons() {
            let message = format!("exit {reason}");
            self.row(&[("kind", "verdict".into()), ("message", message.into())])?;
        }
        self.out.flush()
    }
}

/// `2026-01-05T09:00:00Z guessed: ConsoleLogin of ... (a.json, record 3); ...`
fn timeline(finding: &Finding) -> String {
    let lines = correlated::timeline(finding).into_iter();
    let lines = lines.map(|line| {
        let what = line.what_and_where();
        match line.time.is_empty() {
            true => what,
            false => format!("{} {what}", line.time),
        }
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn told(text: Option<&str>) -> Cow<'_, str> {
    text.unwrap_or("").into()
}

/// Puts a `'` before what a spreadsheet would take for the beginning of a
/// formula. A cell may begin after a separator too: which one separates cells is
/// a setting of the reader's country.
fn no_formula(text: &str) -> Cow<'_, str> {
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let mut at_start = true;
    let mut safe = String::new();
    for (place, c) in text.char_indices() {
        let harmful = at_start && begins(c);
        if harmful && safe.is_empty() {
            safe.reserve(text.len() + 8);
            safe.push_str(&text[..place]);
        }
        if harmful {
            safe.push('\'');
        }
        if harmful || !safe.is_empty() {
            safe.push(c);
        }
        let separates = matches!(c, ';' | ',' | '\t' | '\n' | '\r' | '|');
        at_start = separates || (at_start && (c.is_whitespace() || c == '"' || c.is_control()));
    }
    if safe.is_empty() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(safe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_formula_gets_an_apostrophe() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "  '=1"),
            ("\t=1", "\t'=1"),
            ("\"=1", "\"'=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("a;=1", "a;'=1"),
            ("a\n@b", "a\n'@b"),
            (
                "arn:aws:iam::111122223333:user/ana",
                "arn:aws:iam::111122223333:user/ana",
            ),
            ("1-2=3", "1-2=3"),
            ("", ""),
        ] {
            assert_eq!(no_formula(text), safe, "{text:?}");
        }
    }
}
