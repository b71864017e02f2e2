//! A run, from its beginning to the moment its outputs are written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use rusqlite::{Connection, Result, TransactionBehavior, params};

use super::conditions::{RuleHash, RulesHash, correlations};
use super::fault::{self, Doing};
use super::signals::{self, FoldedUpTo};
use super::values::{asked, count, micros};
use super::{State, sightings};
use crate::diagnostic::Diagnostic;
use crate::event::Asked;
use crate::finding::{Allowed, HistoryCounts, Summary, Verdict};
use crate::rule::{RuleSet, Severity};

/// Events of findings that are remembered, to tell one that is delivered again: some
/// 60 MB. The oldest runs' are forgotten first.
const MOST_OCCURRENCES: i64 = 1_000_000;

/// Inputs that no run met for so long are forgotten: 90 days. Should one come back,
/// it is read again.
const FORGET_INPUTS: i64 = 90 * 24 * 3600 * 1_000_000;

/// Runs of which a summary has the counts.
const TREND: usize = 90;

/// What a run is about.
#[derive(Debug, Clone)]
pub struct Run {
    /// The time that it is made for.
    pub made_for: Timestamp,
    /// Which events it asks about.
    pub asked: Asked,
    /// Its rules.
    pub rules: RulesHash,
    /// Their ids.
    pub rule_ids: Vec<String>,
    /// Those of them that are about several events, and those whose findings these
    /// are about.
    pub correlations: BTreeMap<String, RuleHash>,
    /// Whether an input may count as judged where rules could not be evaluated on
    /// some of its records.
    pub allows_not_evaluated: bool,
}

impl Run {
    /// One with the active rules of a set.
    pub fn new(set: &RuleSet, made_for: Timestamp, asked: Asked, allowed: Allowed) -> Run {
        let allows_not_evaluated = allowed.not_evaluated;
        Run {
            made_for,
            asked,
            rules: RulesHash::of(set, allows_not_evaluated),
            rule_ids: set.rules.iter().map(|rule| rule.id.value.clone()).collect(),
            correlations: correlations(set),
            allows_not_evaluated,
        }
    }
}

/// A run that is under way. Nothing of it is in the state file before
/// [`Recording::record`].
pub struct Recording {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) run: Run,
    /// By the clock, whatever the run is made for.
    pub(super) began: Timestamp,
    clock: Instant,
    /// The latest run before this one.
    pub(super) upto: i64,
    /// Findings that count since the last input was over.
    pub(super) findings_of_input: u64,
    /// What could not be kept; said at the end.
    fault: Option<rusqlite::Error>,
    /// Up to where correlations were folded, where they were.
    pub(super) folded: Option<FoldedUpTo>,
    /// This run, once it is recorded.
    recorded: Option<i64>,
}

/// What gathers during a run.
const GATHERING: &str = "
CREATE TEMP TABLE ends AS SELECT * FROM main.inputs LIMIT 0;
CREATE UNIQUE INDEX temp.ends_by_place ON ends (place);
CREATE TEMP TABLE seen (
    fingerprint TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    severity INTEGER NOT NULL,
    message TEXT NOT NULL,
    account TEXT,
    region TEXT,
    principal TEXT,
    events INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0,
    first_event INTEGER,
    last_event INTEGER,
    first_run INTEGER,
    last_run INTEGER
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE seen_events (
    fingerprint TEXT NOT NULL,
    event BLOB NOT NULL,
    PRIMARY KEY (fingerprint, event)
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE active (rule TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE asked_accounts (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE asked_regions (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
";

impl State {
    /// Begins a run. What is new is told by the runs that are in the file now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn begin(self, run: Run) -> std::result::Result<Recording, Box<Diagnostic>> {
        let State { connection, path } = self;
        let prepared = prepare(&connection, &run);
        let upto = prepared.map_err(|error| fault::diagnostic(&path, Doing::Reading, &error))?;
        Ok(Recording {
            connection,
            path,
            run,
            began: Timestamp::now(),
            clock: Instant::now(),
            upto,
            findings_of_input: 0,
            fault: None,
            folded: None,
            recorded: None,
        })
    }
}

fn prepare(connection: &Connection, run: &Run) -> Result<i64> {
    connection.set_prepared_statement_cache_capacity(32);
    connection.execute_batch(GATHERING)?;
    connection.execute_batch(signals::GATHERING)?;
    signals::prepare(connection, &run.correlations)?;
    let names = [
        ("active", run.rule_ids.iter().collect::<Vec<_>>()),
        ("asked_accounts", run.asked.accounts.iter().collect()),
        ("asked_regions", run.asked.regions.iter().collect()),
    ];
    for (table, names) in names {
        let sql = format!("INSERT OR IGNORE INTO temp.{table} VALUES (?1)");
        let mut insert = connection.prepare(&sql)?;
        for name in names {
            insert.execute([name])?;
        }
    }
    connection.query_row("SELECT coalesce(max(id), 0) FROM runs", [], |row| {
        row.get(0)
    })
}

impl Recording {
    pub(super) fn unreadable(&self, error: &rusqlite::Error) -> Box<Diagnostic> {
        fault::diagnostic(&self.path, Doing::Reading, error)
    }

    fn unwritable(&self, error: &rusqlite::Error) -> Box<Diagnostic> {
        fault::diagnostic(&self.path, Doing::Writing, error)
    }

    /// Remembers the first thing that went wrong: the run goes on, and its end says
    /// that it could not be kept.
    pub(super) fn note_fault<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.fault.get_or_insert(error)).ok()
    }

    /// Writes the run to the state file, in one transaction. The summary is judged
    /// already. What comes out is for it; until [`Recording::reported`] the next run
    /// takes nothing of it for known.
    ///
    /// # Errors
    /// The file cannot be written: it is as it was before.
    pub fn record(
        &mut self,
        summary: &Summary,
    ) -> std::result::Result<HistoryCounts, Box<Diagnostic>> {
        if let Some(error) = &self.fault {
            return Err(self.unwritable(error));
        }
        self.write(summary).map_err(|error| self.unwritable(&error))
    }

    fn write(&mut self, summary: &Summary) -> Result<HistoryCounts> {
        let took = i64::try_from(self.clock.elapsed().as_micros()).unwrap_or(i64::MAX);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut counts = sightings::compare(&transaction, self.upto)?;
        let (run, began) = (&self.run, micros(self.began));
        let id = insert_run(
            &transaction,
            run,
            began,
            took,
            summary,
            &counts,
            self.folded,
        )?;
        sightings::keep(&transaction, id)?;
        match self.folded {
            Some(folded) => signals::keep(&transaction, id, &signals::scope(&run.asked), folded)?,
            // What was read for correlations that were not evaluated is read again.
            None if !run.correlations.is_empty() => {
                transaction.execute_batch("DELETE FROM temp.ends WHERE run IS NULL")?;
            }
            None => {}
        }
        transaction.execute_batch(&format!(
            "INSERT OR REPLACE INTO main.inputs SELECT place, size, etag, content, modified, changed, \
             number, looked, coalesce(run, {id}), rules, asked, events, findings, first_event, \
             last_event, met FROM temp.ends;
             DELETE FROM main.inputs WHERE met < {began} - {FORGET_INPUTS};"
        ))?;
        forget_occurrences(&transaction)?;
        counts.runs = super::past::counts(&transaction, id, TREND)?;
        transaction.commit()?;
        self.recorded = Some(id);
        Ok(counts)
    }

    /// Says what became of the outputs of a run that was recorded. Where one could not
    /// be written the verdict says so, and the next run takes nothing of this one for
    /// known: nobody was told what it found.
    ///
    /// # Errors
    /// The file cannot be written: the inputs of this run will be read again.
    pub fn reported(
        mut self,
        verdict: &Verdict,
        written: bool,
    ) -> std::result::Result<(), Box<Diagnostic>> {
        let Some(id) = self.recorded else {
            return Ok(());
        };
        let updated = self.conclude(id, verdict, written);
        updated.map_err(|error| self.unwritable(&error))
    }

    fn conclude(&mut self, id: i64, verdict: &Verdict, written: bool) -> Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "UPDATE runs SET reported = ?2, exit_code = ?3, reasons = ?4 WHERE id = ?1";
        let values = params![id, written, verdict.exit_code(), reasons(verdict)];
        transaction.execute(sql, values)?;
        if let Some(folded) = self.folded.filter(|_| written) {
            signals::let_go(&transaction, id, &signals::scope(&self.run.asked), folded)?;
        }
        transaction.commit()
    }
}

/// The reasons of a verdict, as a JSON list.
fn reasons(verdict: &Verdict) -> String {
    let reasons = verdict.reasons().iter().map(ToString::to_string);
    serde_json::Value::from(reasons.collect::<Vec<_>>()).to_string()
}

fn insert_run(
    connection: &Connection,
    run: &Run,
    began: i64,
    took: i64,
    summary: &Summary,
    counts: &HistoryCounts,
    folded: Option<FoldedUpTo>,
) -> Result<i64> {
    let of = |severity: Severity| {
        let by_severity = &summary.findings.by_severity;
        count(by_severity.get(&severity).copied().unwrap_or(0))
    };
    let verdict = &summary.verdict;
    connection.execute(
        "INSERT INTO runs (made_for, began, took, version, rules, active_rules, asked, exit_code, reasons, \
         events, inputs_read, inputs_failed, inputs_known, critical, high, medium, low, info, new, again, \
         not_seen, scope, reached, decided) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
         ?19, ?20, ?21, ?22, ?23, ?24)",
        params![
            micros(run.made_for),
            began,
            took,
            env!("CARGO_PKG_VERSION"),
            run.rules.0,
            count(summary.rules.active),
            asked(&run.asked),
            verdict.exit_code(),
            reasons(verdict),
            count(summary.records.events),
            count(summary.inputs.read),
            count(summary.inputs.failed),
            count(summary.known.map_or(0, |known| known.inputs)),
            of(Severity::Critical),
            of(Severity::High),
            of(Severity::Medium),
            of(Severity::Low),
            of(Severity::Info),
            count(counts.new),
            count(counts.again),
            count(counts.not_seen),
            signals::scope(&run.asked),
            folded.and_then(|folded| folded.reached).map(micros),
            folded.and_then(|folded| folded.decided).map(micros),
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

/// Keeps no more events than there is room for: the oldest run's go first.
fn forget_occurrences(connection: &Connection) -> Result<()> {
    loop {
        let sql = "SELECT count(*) FROM occurrences";
        let kept: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        if kept <= MOST_OCCURRENCES {
            return Ok(());
        }
        let sql = "DELETE FROM occurrences WHERE run = (SELECT min(run) FROM occurrences)";
        if connection.execute(sql, [])? == 0 {
            return Ok(());
        }
    }
}
