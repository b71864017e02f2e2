//! What SQLite says, as what people can do about it.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::diagnostic::{Code, Diagnostic};

/// What was to be done with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Reading,
    Writing,
}

/// Puts an error in words.
pub(super) fn diagnostic(path: &Path, doing: Doing, error: &Error) -> Box<Diagnostic> {
    let place = path.to_string_lossy();
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => return foreign(path, "it is no SQLite database"),
        Some(ErrorCode::DatabaseCorrupt) => Diagnostic::new(
            Code::StateDamaged,
            format!("the state file is damaged: {error}"),
        )
        .help("take the last good copy of it, or move it away: the next run begins a new one"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Diagnostic::new(
            Code::StateUnwritable,
            "another process has kept the state file locked for a minute",
        )
        .help("see which process uses it; a run locks it for a moment at its end"),
        Some(ErrorCode::ReadOnly | ErrorCode::DiskFull | ErrorCode::TooBig) => unwritable(error),
        Some(_) | None if doing == Doing::Writing => unwritable(error),
        Some(_) | None => Diagnostic::new(
            Code::StateUnreadable,
            format!("the state file cannot be read: {error}"),
        )
        .help("check the path, its folder and the permissions"),
    };
    Box::new(problem.in_place(place))
}

fn unwritable(error: &Error) -> Diagnostic {
    Diagnostic::new(
        Code::StateUnwritable,
        format!("the state file cannot be written: {error}"),
    )
    .help(
        "check the permissions of the file and its folder, which has to take a journal beside it, \
         and the space left",
    )
}

/// The file is something else.
pub(super) fn foreign(path: &Path, what: &str) -> Box<Diagnostic> {
    let problem = Diagnostic::new(
        Code::StateForeign,
        format!("the file is no state file of trailgate: {what}"),
    );
    Box::new(
        problem
            .in_place(path.to_string_lossy())
            .help("name another file: one that is not there is made"),
    )
}

/// The file was written by a later version.
pub(super) fn newer(path: &Path, version: i64, known: i64) -> Box<Diagnostic> {
    let problem = Diagnostic::new(
        Code::StateNewer,
        format!("the state file has version {version}, and this trailgate knows up to {known}"),
    );
    Box::new(
        problem
            .in_place(path.to_string_lossy())
            .help("use the newer trailgate that wrote it, or another state file"),
    )
}

/// There is no such file, where one is needed.
pub(super) fn missing(path: &Path) -> Box<Diagnostic> {
    let problem = Diagnostic::new(Code::StateUnreadable, "there is no such state file");
    Box::new(
        problem
            .in_place(path.to_string_lossy())
            .help("`trailgate scan ... --state FILE` makes one"),
    )
}
