//! How values are kept in columns.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Result, Row};
use serde::{Deserialize, Serialize};

use crate::event::Asked;

/// Microseconds since 1970.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// The time again; what no clock shows is the beginning of 1970.
pub(super) fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or_default()
}

/// A count; SQLite has no larger ones.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The count again.
pub(super) fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The columns of a row, one after the other, in the order of the query.
pub(super) struct Columns<'r> {
    row: &'r Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    pub(super) fn of(row: &'r Row<'r>) -> Self {
        Columns { row, next: 0 }
    }

    /// The next one, as it is kept.
    pub(super) fn next<T: FromSql>(&mut self) -> Result<T> {
        let column = self.next;
        self.next += 1;
        self.row.get(column)
    }

    /// A count.
    pub(super) fn count(&mut self) -> Result<u64> {
        self.next().map(counted)
    }

    /// A time.
    pub(super) fn time(&mut self) -> Result<Timestamp> {
        self.next().map(time)
    }

    /// A time, if there is one.
    pub(super) fn time_if_any(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.next::<Option<i64>>()?.map(time))
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
}

/// What was asked about, as JSON; nothing where that was everything.
pub(super) fn asked(asked: &Asked) -> Option<String> {
    if asked.is_everything() {
        return None;
    }
    let Asked {
        since,
        until,
        accounts,
        regions,
    } = asked.clone();
    let written = Written {
        since,
        until,
        accounts,
        regions,
    };
    serde_json::to_string(&written).ok()
}

/// What was asked about, again; nothing where the text is something else.
pub(super) fn asked_again(text: &str) -> Option<Asked> {
    let written: Written = serde_json::from_str(text).ok()?;
    Some(Asked {
        since: written.since,
        until: written.until,
        accounts: written.accounts,
        regions: written.regions,
    })
}
