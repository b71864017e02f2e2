//! What one input came to, for those who keep it: whether all of it was judged,
//! and what it is known by.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::source::{Content, FileVersion, Hashed, Input, InputKind, Passed};

use super::input::InputReport;

/// An input that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputEnd {
    /// Its name, as findings have it in front of what is in an archive.
    pub name: Arc<str>,
    /// Whether it was read to its end and each of its records could be read: nothing
    /// is in it that another reading could tell.
    pub whole: bool,
    /// Whether there were rules that some of its records could not be judged by.
    pub unevaluated: bool,
    /// Events that were judged.
    pub events: u64,
    /// Events outside of what was asked about, which were not.
    pub outside: u64,
    /// When the first and the last of those judged happened.
    pub span: Option<(Timestamp, Timestamp)>,
    /// What it is known by; `None` for a stream, and for a file that was written to
    /// while it was read.
    pub identity: Option<InputIdentity>,
}

/// What an input is known by when it is met again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputIdentity {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// What the file system said of it.
        version: FileVersion,
        /// What was in it.
        content: Content,
    },
    /// An object in S3, whose name says where it is.
    Object {
        /// Which content it had.
        etag: String,
        /// How many bytes.
        size: u64,
    },
}

impl InputEnd {
    pub(super) fn new(
        name: Arc<str>,
        report: &InputReport,
        identity: Option<InputIdentity>,
    ) -> Self {
        let records = &report.records;
        let unread = records.bad + records.unknown_version;
        InputEnd {
            name,
            whole: report.complete && unread == 0 && records.unread.is_empty(),
            unevaluated: !report.unevaluated.by_rule.is_empty(),
            events: records.events,
            outside: records.outside,
            span: report.coverage.first.zip(report.coverage.last),
            identity,
        }
    }
}

/// Finds out what an input is while it is read.
pub(super) enum Identity<'i> {
    /// Nothing that could be known again.
    Stream,
    #[cfg(feature = "s3")]
    Object(&'i crate::source::s3::Object),
    File {
        path: &'i Path,
        before: FileVersion,
        hash: Hash,
    },
}

/// How the bytes of a file are hashed.
pub(super) enum Hash {
    Nothing,
    Whole(Content),
    Passing(Passed),
}

impl<'i> Identity<'i> {
    /// To be called before the input is opened.
    pub(super) fn begin(input: &'i Input) -> Self {
        match &input.kind {
            InputKind::Stdin => Identity::Stream,
            #[cfg(feature = "s3")]
            InputKind::Object(object) => Identity::Object(object),
            InputKind::File(path) => match FileVersion::of(path) {
                None => Identity::Stream,
                Some(before) => Identity::File {
                    path,
                    before,
                    hash: Hash::Nothing,
                },
            },
        }
    }

    /// Takes all bytes.
    pub(super) fn whole(&mut self, bytes: &[u8]) {
        if let Identity::File { hash, .. } = self {
            *hash = Hash::Whole(Content::of(bytes));
        }
    }

    /// Takes the bytes that will be read.
    pub(super) fn watch(&mut self, source: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        let Identity::File { hash, .. } = self else {
            return source;
        };
        let (source, passed) = Hashed::new(source);
        *hash = Hash::Passing(passed);
        Box::new(source)
    }

    /// What was read. Of a file that was written to meanwhile, nothing can be said.
    pub(super) fn end(self) -> Option<InputIdentity> {
        match self {
            Identity::Stream => None,
            #[cfg(feature = "s3")]
            Identity::Object(object) => Some(InputIdentity::Object {
                etag: object.etag()?.to_owned(),
                size: object.size(),
            }),
            Identity::File { path, before, hash } => {
                let content = match hash {
                    Hash::Nothing => return None,
                    Hash::Whole(content) => content,
                    Hash::Passing(passed) => passed.content(File::open(path).ok()?).ok()?,
                };
                let same = FileVersion::of(path) == Some(before) && content.size == before.size;
                same.then(|| InputIdentity::File {
                    path: path.to_owned(),
                    version: before,
                    content,
                })
            }
        }
    }
}
