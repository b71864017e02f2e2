//! Open signals: what correlations of later runs need of the events of earlier ones.
//!
//! In come the signals that a run leaves open, as it folds them; out come those that
//! earlier runs left. A signal holds for its rule as it was then: one whose rule
//! changed is dropped. It holds, too, for the accounts and regions that were asked
//! about, so that a run of a part of them decides nothing of the others.
//!
//! A run that ended meanwhile, without knowing of this one, had signals that this one
//! did not fold. They stay, and are marked: to the next run they are new, for nobody
//! has judged them beside what this run found.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::conditions::RuleHash;
use super::recording::Recording;
use super::values::{counted, micros, time};
use crate::correlate::Signal;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Asked;
use crate::finding::counted as in_words;

/// Up to where the last run under the same rules came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Before {
    /// When the latest event happened that any run knew.
    pub reached: Option<Timestamp>,
    /// Up to where it was decided what correlations come to; nothing where the rules
    /// or lists in force are others, for everything is read again then.
    pub decided: Option<Timestamp>,
    /// Open signals that are dropped, as their rules are others now.
    pub dropped: u64,
}

impl Before {
    /// What to say of those that are dropped.
    pub fn notice(&self) -> Option<Diagnostic> {
        let events = in_words(self.dropped, "open event");
        (self.dropped > 0).then(|| {
            let message = format!("{events} of earlier runs dropped: their rules have changed");
            Diagnostic::new(Code::OpenEventsDropped, message).help(
                "nothing need be done: what is read again counts anew; what is not there any \
                 more is not counted with what comes",
            )
        })
    }
}

/// What a run did with correlations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FoldedUpTo {
    pub(super) reached: Option<Timestamp>,
    pub(super) decided: Option<Timestamp>,
    lateness: SignedDuration,
}

impl FoldedUpTo {
    /// Up to when late events may be.
    fn upto(&self) -> i64 {
        let upto = self.reached.map(|at| at.saturating_add(self.lateness));
        upto.map_or(0, |upto| micros(upto.unwrap_or(Timestamp::MAX)))
    }
}

/// What gathers during a run.
pub(super) const GATHERING: &str = "
CREATE TEMP TABLE correlations (
    rule TEXT PRIMARY KEY, definition BLOB NOT NULL, reach INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE loaded (id INTEGER PRIMARY KEY) STRICT;
CREATE TEMP TABLE open (
    rule TEXT NOT NULL, key TEXT NOT NULL, time INTEGER NOT NULL, event BLOB NOT NULL,
    signal TEXT NOT NULL,
    PRIMARY KEY (rule, key, time, event)
) STRICT, WITHOUT ROWID;
";

/// Keeps what correlations of a run are asked for.
pub(super) fn prepare(
    connection: &Connection,
    correlations: &BTreeMap<String, RuleHash>,
) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO temp.correlations VALUES (?1, ?2, ?3)";
    let mut insert = connection.prepare(sql)?;
    for (rule, hash) in correlations {
        let reach = i64::try_from(hash.reach.as_micros()).unwrap_or(i64::MAX);
        insert.execute(params![rule, hash.hash, reach])?;
    }
    Ok(())
}

/// Of whom it was asked, as one text: accounts and regions.
pub(super) fn scope(asked: &Asked) -> String {
    if asked.accounts.is_empty() && asked.regions.is_empty() {
        return String::new();
    }
    serde_json::json!([asked.accounts, asked.regions]).to_string()
}

/// Those of rules that run, as they are now.
const CARRIED: &str = "
SELECT signals.id, apart, signal FROM main.signals
  JOIN temp.correlations USING (rule, definition)
  JOIN main.runs ON runs.id = run
 WHERE signals.scope = ?1 AND reported = 1 AND run <= ?2
 ORDER BY signals.id";

const DROPPED: &str = "
SELECT count(*) FROM main.signals JOIN temp.correlations USING (rule)
 WHERE scope = ?1 AND signals.definition <> correlations.definition";

/// Writes what is left open. A signal that a run left whose outputs were not written
/// is this run's now.
const WRITE: &str = "
INSERT INTO main.signals (run, scope, rule, definition, key, time, event, signal, until)
SELECT ?1, ?2, rule, definition, key, time, event, signal, ?3 + 2 * min(reach, 1 << 60)
  FROM temp.open JOIN temp.correlations USING (rule) WHERE true
    ON CONFLICT (scope, rule, definition, key, time, event) DO UPDATE
   SET run = excluded.run, signal = excluded.signal, until = excluded.until
 WHERE (SELECT reported FROM main.runs WHERE runs.id = signals.run) = 0";

/// What was open before and still is has been judged beside all that this run knew.
const GOES_ON: &str = "
UPDATE main.signals SET apart = 0, until = max(until, ?1 + 2 * min(
           (SELECT reach FROM temp.correlations WHERE correlations.rule = signals.rule), 1 << 60))
 WHERE id IN (SELECT id FROM temp.loaded)";

/// Whether a row of `signals` is among those that this run leaves open.
const IS_OPEN: &str = "
EXISTS (SELECT 1 FROM temp.open WHERE open.rule = signals.rule AND open.key = signals.key
           AND open.time = signals.time AND open.event = signals.event)";

impl Recording {
    /// Hands over the signals that earlier runs left open.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn carried(
        &mut self,
        take: &mut dyn FnMut(Signal),
    ) -> std::result::Result<Before, Box<Diagnostic>> {
        let read = self.read_carried(take);
        read.map_err(|error| self.unreadable(&error))
    }

    fn read_carried(&self, take: &mut dyn FnMut(Signal)) -> Result<Before> {
        let scope = scope(&self.run.asked);
        let connection = &self.connection;
        let mut load = connection.prepare("INSERT OR IGNORE INTO temp.loaded VALUES (?1)")?;
        let mut carried = connection.prepare(CARRIED)?;
        let mut rows = carried.query(params![scope, self.upto])?;
        while let Some(row) = rows.next()? {
            load.execute([row.get::<_, i64>(0)?])?;
            let apart: bool = row.get(1)?;
            // What cannot be read was written by another version, and is let go of.
            if let Ok(signal) = serde_json::from_str::<Signal>(row.get_ref(2)?.as_str()?) {
                take(Signal {
                    carried: !apart,
                    ..signal
                });
            }
        }
        let dropped = connection.query_row(DROPPED, [&scope], |row| row.get(0).map(counted))?;
        let sql = "SELECT max(reached) FROM runs WHERE scope = ?1 AND reported = 1 AND id <= ?2";
        let reached: Option<i64> =
            connection.query_row(sql, params![scope, self.upto], |row| row.get(0))?;
        let sql = "SELECT decided FROM runs WHERE scope = ?1 AND reported = 1 AND id <= ?2 \
             AND rules = ?3 ORDER BY id DESC LIMIT 1";
        let values = params![scope, self.upto, self.run.rules.0];
        let decided: Option<Option<i64>> = connection
            .query_row(sql, values, |row| row.get(0))
            .optional()?;
        Ok(Before {
            reached: reached.map(time),
            decided: decided.flatten().map(time),
            dropped,
        })
    }

    /// Takes note of a signal that is left open.
    pub fn leave_open(&mut self, signal: &Signal) {
        let kept = self.keep_open(signal);
        self.note_fault(kept);
    }

    fn keep_open(&self, signal: &Signal) -> Result<()> {
        let text = serde_json::to_string(signal).unwrap_or_default();
        let key = serde_json::to_string(&signal.key).unwrap_or_default();
        let sql = "INSERT OR IGNORE INTO temp.open VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = self.connection.prepare_cached(sql)?;
        let (rule, time) = (&*signal.rule, micros(signal.time));
        insert.execute(params![rule, key, time, signal.content.0, text])?;
        Ok(())
    }

    /// Takes note that all signals were folded, and up to where that decided. Without,
    /// what was read does not count as judged.
    pub fn folded(
        &mut self,
        reached: Option<Timestamp>,
        decided: Option<Timestamp>,
        lateness: SignedDuration,
    ) {
        self.folded = Some(FoldedUpTo {
            reached,
            decided,
            lateness,
        });
    }
}

/// Writes the signals of a run that is being recorded.
pub(super) fn keep(
    connection: &Connection,
    run: i64,
    scope: &str,
    folded: FoldedUpTo,
) -> Result<()> {
    if folded.reached.is_some() {
        connection.execute(WRITE, params![run, scope, folded.upto()])?;
    }
    Ok(())
}

/// Lets go of the signals that are of no more use, once it is sure that this run
/// counts, and marks those that it did not know.
pub(super) fn let_go(
    connection: &Connection,
    run: i64,
    scope: &str,
    folded: FoldedUpTo,
) -> Result<()> {
    let closed = format!(
        "DELETE FROM main.signals WHERE id IN (SELECT id FROM temp.loaded) AND NOT {IS_OPEN}"
    );
    connection.execute(&closed, [])?;
    connection.execute(GOES_ON, [folded.upto()])?;
    let apart = format!(
        "UPDATE main.signals SET apart = 1 WHERE run <> ?1 AND scope = ?2
            AND rule IN (SELECT rule FROM temp.correlations)
            AND id NOT IN (SELECT id FROM temp.loaded) AND NOT {IS_OPEN}"
    );
    connection.execute(&apart, params![run, scope])?;
    let changed = "DELETE FROM main.signals WHERE scope = ?1 AND EXISTS (
        SELECT 1 FROM temp.correlations WHERE correlations.rule = signals.rule
           AND correlations.definition <> signals.definition)";
    connection.execute(changed, [scope])?;
    let over = "DELETE FROM main.signals WHERE scope = ?1 AND until < ?2";
    connection.execute(over, params![scope, folded.reached.map(micros)])?;
    Ok(())
}
