//! What one input may come to, however archives and compression are nested in it.
//!
//! Each step of unpacking (a file's own compression, a member out of its archive,
//! the member's own compression, ...) is a level. What one level gives in all,
//! of all members, is held against the bytes of the input itself, so that
//! nesting multiplies nothing.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::codec::{CodecFault, Format, Limits};

/// Counts the bytes of an input as they are stored.
#[derive(Debug)]
pub(crate) struct Stored<R> {
    source: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Stored<R> {
    /// A counted source, and its counter.
    pub(crate) fn new(source: R) -> (Self, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        let stored = Stored {
            source,
            count: Arc::clone(&count),
        };
        (stored, count)
    }
}

impl<R: Read> Read for Stored<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        self.count.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}

/// What an input may still come to.
#[derive(Debug)]
pub(crate) struct Quota {
    limits: Limits,
    format: Format,
    stored: Arc<AtomicU64>,
    /// What each level gave.
    levels: Vec<AtomicU64>,
    members: AtomicU64,
    spent: AtomicU64,
}

impl Quota {
    /// The quota of an input that is an archive of this format; `stored` counts
    /// its bytes.
    pub(crate) fn new(format: Format, stored: Arc<AtomicU64>, limits: Limits) -> Self {
        let levels = (usize::from(limits.max_depth) + 1) * 2;
        Quota {
            limits,
            format,
            stored,
            levels: (0..levels).map(|_| AtomicU64::new(0)).collect(),
            members: AtomicU64::new(0),
            spent: AtomicU64::new(0),
        }
    }

    /// Whether one member more is too many.
    pub(crate) fn one_member_too_many(&self) -> bool {
        self.members.fetch_add(1, Relaxed) >= self.limits.max_members
    }

    /// Whether the input came to more than it may.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.load(Relaxed) > 0
    }

    /// Takes note of bytes that a level gave.
    pub(crate) fn take(&self, level: usize, bytes: u64) -> Option<CodecFault> {
        let given = self.levels.get(level)?.fetch_add(bytes, Relaxed) + bytes;
        let stored = self.stored.load(Relaxed);
        let fault = self.limits.exceeded(self.format, stored, given)?;
        self.spent.store(1, Relaxed);
        Some(fault)
    }
}

/// A source whose bytes are those of a level.
#[derive(Debug)]
pub(crate) struct Within<'q, R> {
    source: R,
    quota: &'q Quota,
    level: usize,
}

impl<'q, R: Read> Within<'q, R> {
    pub(crate) fn new(source: R, quota: &'q Quota, level: usize) -> Self {
        Within {
            source,
            quota,
            level,
        }
    }
}

impl<R: Read> Read for Within<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        match self.quota.take(self.level, count as u64) {
            None => Ok(count),
            Some(fault) => Err(fault.into()),
        }
    }
}
