//! One object: where it is, and its bytes for one pass.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::ahead::Ahead;
use super::connection::Bucket;
use super::fetch::{Broken, metadata};
use super::ranged::Ranged;
use crate::diagnostic::Diagnostic;

/// Where an object is, as the listing said.
#[derive(Debug, Clone)]
pub(super) struct Location {
    pub(super) bucket: Arc<Bucket>,
    pub(super) key: String,
    pub(super) size: u64,
    /// Which content: another one is not read for it.
    pub(super) etag: Option<String>,
}

impl Location {
    /// The bucket and the names in the key.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.bucket.name.as_str()).chain(self.key.split('/'))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket.name, self.key)
    }
}

/// An object that was listed, one of several.
#[derive(Debug, Clone)]
pub struct Object {
    among: Arc<Ahead>,
    index: usize,
}

impl Object {
    pub(super) fn new(among: Arc<Ahead>, index: usize) -> Self {
        Object { among, index }
    }

    /// Its size in bytes, as it was listed.
    pub fn size(&self) -> u64 {
        self.among.object(self.index).size
    }

    /// Which content it had when it was listed, if that was said; no other is read
    /// for it.
    pub fn etag(&self) -> Option<&str> {
        self.among.object(self.index).etag.as_deref()
    }

    /// Says that the object will not be read, so that it is not fetched either.
    #[cfg(feature = "state")]
    pub(crate) fn leave_out(&self) {
        self.among.leave_out(self.index);
    }

    /// Opens the object for one pass.
    ///
    /// # Errors
    ///
    /// A [`Diagnostic`] sent along.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self.among.broken(self.index) {
            // What came is read as what is left of a file is.
            Some(Broken { bytes, problem }) if bytes.is_empty() => Err(io::Error::other(problem)),
            Some(Broken { bytes, problem }) => {
                Ok(Box::new(Cursor::new(bytes).chain(Failing(problem))))
            }
            None => Ok(Box::new(Ranged::new(Arc::clone(&self.among), self.index))),
        }
    }

    /// What was said of it when it was written, by name.
    ///
    /// # Errors
    ///
    /// A [`Diagnostic`] sent along.
    pub fn metadata(&self) -> io::Result<HashMap<String, String>> {
        let object = self.among.object(self.index);
        let said = self.among.connection().wait(metadata(object));
        said.map_err(|trouble| io::Error::other(trouble.diagnostic()))
    }

    /// Whether another one of the same name has the same content, as listed.
    pub fn is_same_content(&self, other: &Object) -> bool {
        let (here, there) = (
            self.among.object(self.index),
            other.among.object(other.index),
        );
        here.etag == there.etag && here.size == there.size
    }

    /// Reads an object of at most `most` bytes as a whole into a buffer; `false`
    /// where it is larger or cannot be had: [`Object::open`] is for that.
    pub fn read_whole(&self, most: u64, into: &mut Vec<u8>) -> bool {
        if self.size() > most {
            return false;
        }
        self.among.take(self.index).is_some_and(|bytes| {
            *into = bytes;
            true
        })
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.among, &other.among) && self.index == other.index
    }
}

impl Eq for Object {}

/// Where bytes end with a problem.
struct Failing(Diagnostic);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(self.0.clone()))
    }
}
