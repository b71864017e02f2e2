//! What is said of followed files.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic};

pub(super) fn begun_anew(path: &Path, shorter: bool) -> Diagnostic {
    let message = if shorter {
        "the file was cut short, and is read from its beginning"
    } else {
        "the file holds something else than it did, and is read from its beginning"
    };
    Diagnostic::new(Code::FollowedAnew, message)
        .in_place(path.to_string_lossy())
        .help(
            "what was written just before may not have been read; where files are rotated by \
             renaming them, nothing is lost",
        )
}

pub(super) fn changed(path: &Path) -> Diagnostic {
    Diagnostic::new(
        Code::FollowedAnew,
        "the file changed after it was read, and is read again",
    )
    .in_place(path.to_string_lossy())
    .help("its events are counted again, findings are not; write files that are whole, and rename them")
}

pub(super) fn removed(path: &Path) -> Diagnostic {
    Diagnostic::new(
        Code::FollowedLost,
        "the file was removed before it was read to its end",
    )
    .in_place(path.to_string_lossy())
    .help("what was not read was not judged; leave files where they are for some seconds")
}
