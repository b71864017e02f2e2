//! Source: where bytes come from.
//!
//! In come the paths of a command line: files, directories, glob patterns and
//! `-` for standard input; or, with the feature `s3`, addresses of objects
//! (`s3`). Out comes a [`Discovery`]: the [`Input`]s to read, in
//! an order that depends on their paths alone, what a directory held that is not
//! read (counted), and what was asked for and is not there. Nothing is opened
//! until [`Input::open`].

mod content;
mod discover;
mod folder;
pub mod follow;
mod pattern;
#[cfg(feature = "s3")]
pub mod s3;
mod walk;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

pub use content::{Content, FileVersion};
pub(crate) use content::{Hashed, Passed};
pub use discover::{Discovery, discover, discover_with_digests};
pub use folder::Folder;
pub use walk::Skipped;
pub(crate) use walk::is_digest;

use crate::diagnostic::{Code, Diagnostic};

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The name shown to people: the path, where it is not UTF-8 with the
    /// replacement character, or `<stdin>`.
    pub name: String,
    /// Where its bytes are.
    pub kind: InputKind,
}

/// Where an input's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    /// Standard input, read as it arrives.
    Stdin,
    /// A file, or a pipe that was named.
    File(PathBuf),
    /// An object in S3.
    #[cfg(feature = "s3")]
    Object(s3::Object),
}

impl Input {
    /// The name of standard input.
    pub(crate) const STDIN: &'static str = "<stdin>";

    /// Standard input.
    pub fn stdin() -> Self {
        Input {
            name: Input::STDIN.to_owned(),
            kind: InputKind::Stdin,
        }
    }

    /// A file.
    pub fn file(path: PathBuf) -> Self {
        Input {
            name: path.to_string_lossy().into_owned(),
            kind: InputKind::File(path),
        }
    }

    /// An object in S3.
    #[cfg(feature = "s3")]
    fn object(name: String, object: s3::Object) -> Self {
        Input {
            name,
            kind: InputKind::Object(object),
        }
    }

    /// Opens the input for one pass.
    ///
    /// # Errors
    ///
    /// What the operating system says; [`Input::unreadable`] puts it in words.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match &self.kind {
            InputKind::Stdin => Ok(Box::new(io::stdin())),
            InputKind::File(path) => Ok(Box::new(File::open(path)?)),
            #[cfg(feature = "s3")]
            InputKind::Object(object) => object.open(),
        }
    }

    /// Reads a file of at most `most` bytes as a whole into a buffer. `false`
    /// where it is anything else or cannot be read: [`Input::open`] is for that.
    pub fn read_whole(&self, most: u64, into: &mut Vec<u8>) -> bool {
        let path = match &self.kind {
            InputKind::Stdin => return false,
            InputKind::File(path) => path,
            #[cfg(feature = "s3")]
            InputKind::Object(object) => return object.read_whole(most, into),
        };
        into.clear();
        let mut read = || -> io::Result<bool> {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            if !metadata.is_file() || metadata.len() > most {
                return Ok(false);
            }
            into.reserve(usize::try_from(metadata.len()).unwrap_or(0) + 1);
            // It may have grown since.
            let read = file.take(most + 1).read_to_end(into)?;
            Ok(read as u64 <= most)
        };
        read().unwrap_or(false)
    }

    /// What was said of an object when it was written, by name; a file has nothing
    /// of the kind.
    ///
    /// # Errors
    ///
    /// What S3 says; [`Input::unreadable`] puts it in words.
    pub fn metadata(&self) -> io::Result<Option<HashMap<String, String>>> {
        match &self.kind {
            #[cfg(feature = "s3")]
            InputKind::Object(object) => object.metadata().map(Some),
            _ => Ok(None),
        }
    }

    /// Says that the input will not be read, before any is.
    #[cfg(feature = "state")]
    pub(crate) fn leave_out(&self) {
        match &self.kind {
            InputKind::Stdin | InputKind::File(_) => {}
            #[cfg(feature = "s3")]
            InputKind::Object(object) => object.leave_out(),
        }
    }

    /// Says that the input cannot be opened or read.
    pub fn unreadable(&self, error: &io::Error) -> Diagnostic {
        unreadable(&self.name, error)
    }
}

fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    if let Some(told) = Diagnostic::sent_along(error) {
        return told.in_place(name);
    }
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied => "see that it may be read, or leave it out",
        io::ErrorKind::NotFound => "it was removed, or is a link to something that is not there",
        _ => "see that it can be read, or leave it out",
    };
    Diagnostic::new(Code::InputUnreadable, format!("cannot be read: {error}"))
        .in_place(name)
        .help(help)
}

#[cfg(test)]
mod tests;
