//! What is in a state file, for those who ask: runs, trends, the story of a finding.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Result, Row, params};

use super::State;
use super::fault::Doing;
use super::values::{Columns, asked_again, count, counted, time};
use crate::diagnostic::Diagnostic;
use crate::event::Asked;
use crate::finding::RunCounts;
use crate::rule::Severity;

/// A run as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Which one, from 1 on.
    pub number: u64,
    /// What it found.
    pub counts: RunCounts,
    /// When it began by the clock.
    pub began: Timestamp,
    /// How long it took, in microseconds.
    pub took: u64,
    /// Of which trailgate.
    pub version: String,
    /// The hash of the rules and lists in force.
    pub rules: [u8; 32],
    /// How many rules were evaluated.
    pub active_rules: u64,
    /// Which events were asked about.
    pub asked: Asked,
    /// All reasons for its exit code.
    pub reasons: Vec<String>,
    /// Inputs read to their end, those that were not, and those that an earlier run
    /// had read.
    pub inputs: [u64; 3],
    /// Fingerprints of earlier runs that it did not see.
    pub not_seen: u64,
    /// Whether its outputs were written. If not, the next run took nothing of it for
    /// known.
    pub reported: bool,
}

/// What is kept of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Its rule.
    pub rule: String,
    /// How bad it was last.
    pub severity: String,
    /// What was said of it last, masked.
    pub message: String,
    /// The account of its event.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Who acted.
    pub principal: Option<String>,
    /// How many runs saw it.
    pub runs: u64,
    /// In how many events, each counted once.
    pub events: u64,
    /// The time that the first run which saw it was made for.
    pub first_seen: Timestamp,
    /// The same of the last.
    pub last_seen: Timestamp,
    /// When the first of its events happened.
    pub first_event: Option<Timestamp>,
    /// When the last did.
    pub last_event: Option<Timestamp>,
}

/// One run's view of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Which run.
    pub run: u64,
    /// The time that it was made for.
    pub at: Timestamp,
    /// In how many events it saw it.
    pub events: u64,
    /// How many of them no run had seen.
    pub fresh: u64,
    /// How many of them nothing covered.
    pub open: u64,
}

/// The events that a rule about several waits with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEvents {
    /// The rule.
    pub rule: String,
    /// How many, one under two keys counted twice.
    pub events: u64,
    /// When the first of them happened.
    pub first: Timestamp,
    /// When the last did.
    pub last: Timestamp,
}

/// The counts of the latest runs up to one, which may be under way.
pub(super) fn counts(connection: &Connection, upto: i64, most: usize) -> Result<Vec<RunCounts>> {
    let sql =
        format!("{RUNS} WHERE id <= ?1 AND (reported = 1 OR id = ?1) ORDER BY id DESC LIMIT ?2");
    let mut query = connection.prepare(&sql)?;
    let rows = query.query_map(params![upto, count(most as u64)], run)?;
    let mut runs: Vec<RunCounts> = rows
        .map(|record| record.map(|record| record.counts))
        .collect::<Result<_>>()?;
    runs.reverse();
    Ok(runs)
}

const RUNS: &str = "SELECT id, made_for, exit_code, info, low, medium, high, critical, new, again, events, \
     began, took, version, rules, active_rules, asked, reasons, inputs_read, inputs_failed, inputs_known, \
     not_seen, reported FROM runs";

fn run(row: &Row<'_>) -> Result<RunRecord> {
    let mut columns = Columns::of(row);
    Ok(RunRecord {
        number: columns.count()?,
        counts: RunCounts {
            at: columns.time()?,
            exit_code: columns.next()?,
            by_severity: by_severity(&mut columns)?,
            new: columns.count()?,
            again: columns.count()?,
            events: columns.count()?,
        },
        began: columns.time()?,
        took: columns.count()?,
        version: columns.next()?,
        rules: columns.next()?,
        active_rules: columns.count()?,
        asked: columns
            .next::<Option<String>>()?
            .and_then(|text| asked_again(&text))
            .unwrap_or_default(),
        reasons: serde_json::from_str(&columns.next::<String>()?).unwrap_or_default(),
        inputs: [columns.count()?, columns.count()?, columns.count()?],
        not_seen: columns.count()?,
        reported: columns.next()?,
    })
}

/// A column for each severity, of which those count that are not zero.
fn by_severity(columns: &mut Columns<'_>) -> Result<BTreeMap<Severity, u64>> {
    let mut by_severity = BTreeMap::new();
    for severity in Severity::ALL {
        let findings = columns.count()?;
        if findings > 0 {
            by_severity.insert(severity, findings);
        }
    }
    Ok(by_severity)
}

/// Whose sightings make the story of a finding, grouped by it.
const STORIES: &str = "SELECT fingerprint, rule, severity, message, account, region, principal, \
     count(*), sum(fresh), min(run), max(run), min(first_event), max(last_event) \
     FROM findings JOIN sightings ON finding = findings.id JOIN runs ON runs.id = run";

impl State {
    /// The latest runs, the last one last.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn runs(&self, most: u64) -> std::result::Result<Vec<RunRecord>, Box<Diagnostic>> {
        self.asked_for(|connection| {
            let mut query = connection.prepare(&format!("{RUNS} ORDER BY id DESC LIMIT ?1"))?;
            let rows = query.query_map([count(most)], run)?;
            let mut runs: Vec<_> = rows.collect::<Result<_>>()?;
            runs.reverse();
            Ok(runs)
        })
    }

    /// How many runs there are.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count_runs(&self) -> std::result::Result<u64, Box<Diagnostic>> {
        self.asked_for(|connection| {
            let sql = "SELECT count(*) FROM runs";
            connection.query_row(sql, [], |row| row.get(0).map(counted))
        })
    }

    /// What is kept of the findings of a rule, or under a fingerprint: those that were
    /// seen last come first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn stories(
        &self,
        name: &str,
        most: u64,
    ) -> std::result::Result<Vec<Story>, Box<Diagnostic>> {
        self.asked_for(|connection| {
            let sql = format!(
                "{STORIES} WHERE fingerprint = ?1 OR rule = ?1 GROUP BY finding \
                 ORDER BY max(run) DESC, sum(fresh) DESC, fingerprint LIMIT ?2"
            );
            let made_for = |run: i64| {
                let sql = "SELECT made_for FROM runs WHERE id = ?1";
                connection.query_row(sql, [run], |row| row.get(0).map(time))
            };
            let mut query = connection.prepare(&sql)?;
            let rows = query.query_map(params![name, count(most)], |row| {
                let mut columns = Columns::of(row);
                Ok(Story {
                    fingerprint: columns.next()?,
                    rule: columns.next()?,
                    severity: columns.next()?,
                    message: columns.next()?,
                    account: columns.next()?,
                    region: columns.next()?,
                    principal: columns.next()?,
                    runs: columns.count()?,
                    events: columns.count()?,
                    first_seen: made_for(columns.next()?)?,
                    last_seen: made_for(columns.next()?)?,
                    first_event: columns.time_if_any()?,
                    last_event: columns.time_if_any()?,
                })
            })?;
            rows.collect()
        })
    }

    /// How many findings a rule has, or a fingerprint.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count_stories(&self, name: &str) -> std::result::Result<u64, Box<Diagnostic>> {
        self.asked_for(|connection| {
            let sql = "SELECT count(*) FROM findings WHERE fingerprint = ?1 OR rule = ?1";
            connection.query_row(sql, [name], |row| row.get(0).map(counted))
        })
    }

    /// The latest runs that saw a finding, the last one last.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sightings(
        &self,
        fingerprint: &str,
        most: u64,
    ) -> std::result::Result<Vec<Sighting>, Box<Diagnostic>> {
        self.asked_for(|connection| {
            let mut query = connection.prepare(
                "SELECT run, made_for, sightings.events, fresh, open FROM sightings \
                 JOIN findings ON findings.id = finding JOIN runs ON runs.id = run \
                 WHERE fingerprint = ?1 ORDER BY run DESC LIMIT ?2",
            )?;
            let rows = query.query_map(params![fingerprint, count(most)], |row| {
                let mut columns = Columns::of(row);
                Ok(Sighting {
                    run: columns.count()?,
                    at: columns.time()?,
                    events: columns.count()?,
                    fresh: columns.count()?,
                    open: columns.count()?,
                })
            })?;
            let mut seen: Vec<_> = rows.collect::<Result<_>>()?;
            seen.reverse();
            Ok(seen)
        })
    }

    /// What rules about several events wait with, by rule.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open_events(&self) -> std::result::Result<Vec<OpenEvents>, Box<Diagnostic>> {
        self.asked_for(|connection| {
            let mut query = connection.prepare(
                "SELECT rule, count(*), min(time), max(time) FROM signals \
                 JOIN runs ON runs.id = run WHERE reported = 1 GROUP BY rule ORDER BY rule",
            )?;
            let rows = query.query_map([], |row| {
                Ok(OpenEvents {
                    rule: row.get(0)?,
                    events: row.get(1).map(counted)?,
                    first: row.get(2).map(time)?,
                    last: row.get(3).map(time)?,
                })
            })?;
            rows.collect()
        })
    }

    fn asked_for<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, Box<Diagnostic>> {
        ask(&self.connection).map_err(|error| self.cannot(Doing::Reading, &error))
    }
}
