//! State: what earlier runs read and found, in a SQLite file.
//!
//! In come the inputs of a run, its findings as they are found, the signals that its
//! correlations leave open and its summary; out come the inputs that are left to read,
//! the signals that earlier runs left, of each finding whether it was seen before, and
//! the counts of [`crate::finding::HistoryCounts`]. During a run the
//! file is only read, and what is to be kept gathers in temporary tables, which
//! spill to disk: memory does not grow with the findings. One transaction at the
//! end writes all of it, so that a run that is killed leaves nothing, and of two
//! runs at once neither loses anything. What it wrote counts from the moment on that
//! the outputs are written, too ([`Recording::reported`]).
//!
//! What is kept of events is masked, as in every output.

mod conditions;
mod fault;
mod inputs;
mod past;
mod recording;
mod schema;
mod sightings;
mod signals;
#[cfg(test)]
mod tests;
mod values;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub use conditions::{RuleHash, RulesHash};
pub use inputs::Known;
pub use past::{OpenEvents, RunRecord, Sighting, Story};
pub use recording::{Recording, Run};
pub use signals::Before;

use crate::diagnostic::Diagnostic;
use fault::Doing;
use schema::Absent;

/// A state file.
pub struct State {
    connection: Connection,
    path: PathBuf,
}

impl State {
    /// Opens a state file for a run; one that is not there is made.
    ///
    /// # Errors
    /// It is something else, of a newer version, or cannot be written.
    pub fn open(path: &Path) -> Result<State, Box<Diagnostic>> {
        let mut connection = schema::open(path, Absent::Make)?;
        schema::try_to_write(&mut connection)
            .map_err(|error| fault::diagnostic(path, Doing::Writing, &error))?;
        Ok(State {
            connection,
            path: path.to_owned(),
        })
    }

    /// Opens a state file that is there, to look at it.
    ///
    /// # Errors
    /// It is not there, something else, or of a newer version.
    pub fn existing(path: &Path) -> Result<State, Box<Diagnostic>> {
        Ok(State {
            connection: schema::open(path, Absent::Refuse)?,
            path: path.to_owned(),
        })
    }

    fn cannot(&self, doing: Doing, error: &rusqlite::Error) -> Box<Diagnostic> {
        fault::diagnostic(&self.path, doing, error)
    }
}
