//! Findings: which of them earlier runs saw, and what is kept of them.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::recording::Recording;
use super::values::{counted, micros, time};
use crate::finding::{Finding, HistoryCounts, Recurrence};
use crate::rule::Severity;

/// Characters of a message that are kept.
const LONGEST_MESSAGE: usize = 500;

/// The first and the last run that saw a fingerprint, of those before this one whose
/// outputs were written.
const SEEN_BEFORE: &str = "
SELECT (SELECT runs.made_for FROM sightings JOIN runs ON runs.id = run
         WHERE finding = findings.id AND run <= ?2 AND reported = 1 ORDER BY run LIMIT 1),
       (SELECT runs.made_for FROM sightings JOIN runs ON runs.id = run
         WHERE finding = findings.id AND run <= ?2 AND reported = 1 ORDER BY run DESC LIMIT 1)
  FROM findings WHERE fingerprint = ?1";

type Seen = (Option<i64>, Option<i64>);

impl Recording {
    /// Takes note of a finding, of which all else is known: what covers it, too. Says
    /// whether an earlier run saw it; nothing where the state file fails, which is
    /// said at the end.
    pub fn see(&mut self, finding: &Finding) -> Option<Recurrence> {
        self.findings_of_input += u64::from(finding.is_open());
        let seen = self.note(finding);
        let (first, last) = self.note_fault(seen)?;
        Some(match first.zip(last) {
            None => Recurrence::New,
            Some((first, last)) => Recurrence::Again {
                first_seen: time(first),
                last_seen: time(last),
            },
        })
    }

    fn note(&self, finding: &Finding) -> Result<Seen> {
        let connection = &self.connection;
        let fingerprint = finding.fingerprint.as_str();
        let mut again = connection
            .prepare_cached("SELECT first_run, last_run FROM seen WHERE fingerprint = ?1")?;
        let met: Option<Seen> = again
            .query_row([fingerprint], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let seen = match met {
            Some(seen) => seen,
            None => self.note_first(finding)?,
        };
        let event_time = finding.event.time.map(micros);
        let sql = "UPDATE seen SET events = events + 1, open = open + ?2, \
             first_event = min(coalesce(first_event, ?3), coalesce(?3, first_event)), \
             last_event = max(coalesce(last_event, ?3), coalesce(?3, last_event)) WHERE fingerprint = ?1";
        let values = params![fingerprint, finding.is_open(), event_time];
        connection.prepare_cached(sql)?.execute(values)?;
        // The worst speaks for all of them, and of several the first.
        let sql =
            "UPDATE seen SET severity = ?2, message = ?3 WHERE fingerprint = ?1 AND severity < ?2";
        let values = params![fingerprint, rank(finding.severity), message(finding)];
        connection.prepare_cached(sql)?.execute(values)?;
        connection
            .prepare_cached("INSERT OR IGNORE INTO seen_events VALUES (?1, ?2)")?
            .execute(params![fingerprint, finding.content.0])?;
        Ok(seen)
    }

    /// A fingerprint that this run meets first.
    fn note_first(&self, finding: &Finding) -> Result<Seen> {
        let connection = &self.connection;
        let mut before = connection.prepare_cached(SEEN_BEFORE)?;
        let seen: Seen = before
            .query_row(params![finding.fingerprint, self.upto], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?
            .unwrap_or_default();
        let event = &finding.event;
        let sql = "INSERT INTO seen (fingerprint, rule, severity, message, account, region, principal, \
             first_run, last_run) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        connection.prepare_cached(sql)?.execute(params![
            finding.fingerprint,
            finding.rule,
            rank(finding.severity),
            message(finding),
            event.account,
            event.region,
            event.principal,
            seen.0,
            seen.1,
        ])?;
        Ok(seen)
    }
}

/// The severity as a number that orders.
fn rank(severity: Severity) -> i64 {
    severity as i64
}

fn message(finding: &Finding) -> String {
    finding.message.chars().take(LONGEST_MESSAGE).collect()
}

/// The counts of a run beside those up to `upto`; the runs themselves are not in it
/// yet.
pub(super) fn compare(connection: &Connection, upto: i64) -> Result<HistoryCounts> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get(0).map(counted));
    let sql = "SELECT count(*) FROM runs WHERE id <= ?1 AND reported = 1";
    let earlier_runs = connection.query_row(sql, [upto], |row| row.get(0).map(counted))?;
    let not_seen: (i64, Option<i64>) =
        connection.query_row(NOT_SEEN, [upto], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(HistoryCounts {
        new: number("SELECT count(*) FROM seen WHERE open > 0 AND first_run IS NULL")?,
        again: number("SELECT count(*) FROM seen WHERE open > 0 AND first_run IS NOT NULL")?,
        not_seen: counted(not_seen.0),
        not_seen_since: not_seen.1.map(time),
        earlier_runs,
        runs: Vec::new(),
    })
}

/// Open when they were seen last, and asked about: a rule that did not run, an account
/// or a region that was left out has nothing that could have been seen.
const NOT_SEEN: &str = "
SELECT count(*), max(made_for) FROM findings
  JOIN sightings ON sightings.finding = findings.id
   AND sightings.run = (SELECT run FROM sightings JOIN runs ON runs.id = run
                         WHERE finding = findings.id AND run <= ?1 AND reported = 1
                         ORDER BY run DESC LIMIT 1)
  JOIN runs ON runs.id = sightings.run
 WHERE open > 0
   AND rule IN active
   AND fingerprint NOT IN (SELECT fingerprint FROM seen)
   AND (account IS NULL OR account IN asked_accounts OR NOT EXISTS (SELECT 1 FROM asked_accounts))
   AND (region IS NULL OR region IN asked_regions OR NOT EXISTS (SELECT 1 FROM asked_regions))";

/// Keeps what a run saw.
pub(super) fn keep(connection: &Connection, run: i64) -> Result<()> {
    connection.execute_batch(
        "INSERT INTO findings (fingerprint, rule, severity, message, account, region, principal)
         SELECT fingerprint, rule,
                CASE severity WHEN 4 THEN 'critical' WHEN 3 THEN 'high' WHEN 2 THEN 'medium'
                              WHEN 1 THEN 'low' ELSE 'info' END,
                message, account, region, principal FROM seen WHERE true
         ON CONFLICT (fingerprint) DO UPDATE SET severity = excluded.severity,
                message = excluded.message, account = excluded.account,
                region = excluded.region, principal = excluded.principal;",
    )?;
    connection.execute(
        "INSERT OR IGNORE INTO occurrences (event, finding, run)
         SELECT event, findings.id, ?1 FROM seen_events
           JOIN findings ON findings.fingerprint = seen_events.fingerprint",
        [run],
    )?;
    connection.execute(
        "INSERT INTO sightings (finding, run, events, fresh, open, first_event, last_event)
         SELECT findings.id, ?1, events,
                (SELECT count(*) FROM seen_events
                   JOIN occurrences ON occurrences.event = seen_events.event
                    AND occurrences.finding = findings.id AND occurrences.run = ?1
                  WHERE seen_events.fingerprint = seen.fingerprint),
                open, first_event, last_event
           FROM seen JOIN findings ON findings.fingerprint = seen.fingerprint",
        [run],
    )?;
    Ok(())
}
