//! The tables, and the way from one version of them to the next.
//!
//! `PRAGMA application_id` says whose file it is, `PRAGMA user_version` how many of
//! the migrations it went through. Each runs in a transaction of its own, so that a
//! file is at one version or the next and never between. A migration that was
//! released is never edited: what changes is a further one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Result, TransactionBehavior};

use super::fault::{self, Doing};
use crate::diagnostic::Diagnostic;

/// `trlg`, which no registered format has.
const APPLICATION: i64 = 0x7472_6c67;

/// How long is waited for another process that writes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is done to a file of the version that is its index.
const MIGRATIONS: [&str; 2] = [FIRST, OPEN_SIGNALS];

/// Times are microseconds since 1970 in UTC.
const FIRST: &str = "
-- A run: what it was asked, and what it came to.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made_for INTEGER NOT NULL,
    began INTEGER NOT NULL,
    took INTEGER NOT NULL,
    -- Of trailgate, whose pack it is.
    version TEXT NOT NULL,
    rules BLOB NOT NULL,
    active_rules INTEGER NOT NULL,
    asked TEXT,
    exit_code INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    events INTEGER NOT NULL,
    inputs_read INTEGER NOT NULL,
    inputs_failed INTEGER NOT NULL,
    inputs_known INTEGER NOT NULL,
    critical INTEGER NOT NULL,
    high INTEGER NOT NULL,
    medium INTEGER NOT NULL,
    low INTEGER NOT NULL,
    info INTEGER NOT NULL,
    new INTEGER NOT NULL,
    again INTEGER NOT NULL,
    not_seen INTEGER NOT NULL,
    -- Whether its outputs were written. Until then nobody was told what it found,
    -- and nothing else in this file that it wrote is taken for known.
    reported INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A fingerprint, as the latest run that saw it described it; masked.
CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    account TEXT,
    region TEXT,
    principal TEXT
) STRICT;
CREATE INDEX findings_by_rule ON findings (rule);

-- Which run saw it, and in how many events: all, those that no run had seen before,
-- and those that nothing covered.
CREATE TABLE sightings (
    finding INTEGER NOT NULL REFERENCES findings (id),
    run INTEGER NOT NULL REFERENCES runs (id),
    events INTEGER NOT NULL,
    fresh INTEGER NOT NULL,
    open INTEGER NOT NULL,
    first_event INTEGER,
    last_event INTEGER,
    PRIMARY KEY (finding, run)
) STRICT, WITHOUT ROWID;

-- The events behind them, by their content: one that is delivered again is not
-- fresh. The latest of them are kept.
CREATE TABLE occurrences (
    event BLOB NOT NULL,
    finding INTEGER NOT NULL REFERENCES findings (id),
    run INTEGER NOT NULL REFERENCES runs (id),
    PRIMARY KEY (event, finding)
) STRICT, WITHOUT ROWID;

-- What was read to its end, and what it was then.
CREATE TABLE inputs (
    place TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    etag TEXT,
    content BLOB,
    modified INTEGER,
    changed INTEGER,
    number INTEGER,
    -- When reading it began: a change at about that time cannot be told by the clock.
    looked INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (id),
    rules BLOB NOT NULL,
    -- What was asked, where events were left out for that.
    asked TEXT,
    events INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    first_event INTEGER,
    last_event INTEGER,
    -- When a run met it last.
    met INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inputs_by_size ON inputs (size) WHERE content IS NOT NULL;

-- What a correlation waits with for events that are still to come.
CREATE TABLE signals (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (id),
    rule TEXT NOT NULL,
    rules BLOB NOT NULL,
    step TEXT NOT NULL,
    key TEXT NOT NULL,
    time INTEGER NOT NULL,
    event BLOB NOT NULL,
    evidence TEXT NOT NULL,
    UNIQUE (rule, step, key, time, event)
) STRICT;
";

/// What the first version prepared for signals was never written.
const OPEN_SIGNALS: &str = "
DROP TABLE signals;

-- What correlations wait with for events that are still to come; masked.
CREATE TABLE signals (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (id),
    -- The accounts and regions that were asked about; empty: all.
    scope TEXT NOT NULL,
    rule TEXT NOT NULL,
    -- The hash of the rule as it was.
    definition BLOB NOT NULL,
    key TEXT NOT NULL,
    time INTEGER NOT NULL,
    event BLOB NOT NULL,
    -- All of it, as JSON.
    signal TEXT NOT NULL,
    -- No window can need it once events have come this far.
    until INTEGER NOT NULL,
    -- Whether a run that ended later did not know of it.
    apart INTEGER NOT NULL DEFAULT 0,
    UNIQUE (scope, rule, definition, key, time, event)
) STRICT;

ALTER TABLE runs ADD COLUMN scope TEXT NOT NULL DEFAULT '';
-- When the latest event happened, and up to where correlations were decided.
ALTER TABLE runs ADD COLUMN reached INTEGER;
ALTER TABLE runs ADD COLUMN decided INTEGER;
";

/// What is done where there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// A new one is made.
    Make,
    /// It is an error.
    Refuse,
}

/// Opens a state file and brings it to this version.
pub(super) fn open(
    path: &Path,
    absent: Absent,
) -> std::result::Result<Connection, Box<Diagnostic>> {
    let reading = |error: rusqlite::Error| fault::diagnostic(path, Doing::Reading, &error);
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if absent == Absent::Make {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    } else if !path.exists() {
        return Err(fault::missing(path));
    }
    let mut connection = Connection::open_with_flags(path, flags).map_err(reading)?;
    connection.busy_timeout(PATIENCE).map_err(reading)?;
    let known = MIGRATIONS.len() as i64;
    let standing = Standing::of(&mut connection).map_err(reading)?;
    if let Some(what) = standing.is_of_another() {
        return Err(fault::foreign(path, what));
    }
    if standing.version > known {
        return Err(fault::newer(path, standing.version, known));
    }
    if standing.version < known {
        migrate(&mut connection)
            .map_err(|error| fault::diagnostic(path, Doing::Writing, &error))?;
    }
    Ok(connection)
}

/// What a file says of itself.
struct Standing {
    application: i64,
    version: i64,
    tables: i64,
}

impl Standing {
    /// All of it at one moment: another process may just be making the file.
    fn of(connection: &mut Connection) -> Result<Standing> {
        let moment = connection.transaction()?;
        let number = |sql: &str| moment.query_row(sql, [], |row| row.get(0));
        Ok(Standing {
            application: number("PRAGMA application_id")?,
            version: number("PRAGMA user_version")?,
            tables: number("SELECT count(*) FROM sqlite_master")?,
        })
    }

    /// A file without tables is new; one with some has to be ours.
    fn is_of_another(&self) -> Option<&'static str> {
        let fresh = self.application == 0 && self.version == 0 && self.tables == 0;
        let ours = self.application == APPLICATION && self.version > 0;
        (!fresh && !ours).then_some("it is a database of another program")
    }
}

/// Runs the migrations that the file lacks. Another process may do the same: which
/// are lacking is asked when nobody else can write.
fn migrate(connection: &mut Connection) -> Result<()> {
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = step.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let next = usize::try_from(version).ok();
        let Some(migration) = next.and_then(|next| MIGRATIONS.get(next)) else {
            return Ok(());
        };
        step.execute_batch(migration)?;
        step.pragma_update(None, "application_id", APPLICATION)?;
        step.pragma_update(None, "user_version", version + 1)?;
        step.commit()?;
    }
}

/// Finds out whether the file can be written, before hours go into a run that could
/// not be kept. Nothing is changed.
pub(super) fn try_to_write(connection: &mut Connection) -> Result<()> {
    let attempt = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = attempt.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // Written or not, the journal has to be made for it.
    attempt.pragma_update(None, "user_version", version)?;
    attempt.rollback()
}
