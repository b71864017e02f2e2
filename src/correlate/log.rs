//! Texts that are written once and hardly ever read: what is kept of events until a
//! finding shows it.
//!
//! In come texts; out comes where each stands, and by that the text again. They are in
//! memory up to a bound, beyond it in a file without a name, which is gone when the run
//! is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes that are asked for at once.
const MOST_AT_ONCE: usize = 64 << 20;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) at: u64,
    pub(super) length: u32,
}

/// A log of texts.
#[derive(Debug)]
pub(super) struct Log(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// What is not in the file, and comes after what is.
    memory: Vec<u8>,
    most: usize,
    file: Option<File>,
    written: u64,
    /// Why a text could not be read.
    failed: Option<io::Error>,
}

impl Log {
    /// A log that takes about so many bytes of memory.
    pub(super) fn new(most: usize) -> Self {
        Log(Mutex::new(Inner {
            memory: Vec::new(),
            most,
            file: None,
            written: 0,
            failed: None,
        }))
    }

    /// Adds a text.
    pub(super) fn add(&self, text: &str) -> io::Result<Stand> {
        let mut inner = self.inner();
        if !inner.memory.is_empty() && inner.memory.len() + text.len() > inner.most {
            inner.spill()?;
        }
        if inner.memory.capacity() == 0 {
            // To grow step by step would copy all of it again and again. What is not
            // written to takes no memory.
            let room = inner.most.min(MOST_AT_ONCE);
            // Where there is no room, it grows as far as it can.
            let _ = inner.memory.try_reserve_exact(room);
        }
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        let at = inner.written + inner.memory.len() as u64;
        inner.memory.extend_from_slice(text.as_bytes());
        Ok(Stand { at, length })
    }

    /// The text that stands somewhere. Where the disk fails it is empty, and
    /// [`Log::failure`] says so.
    pub(super) fn text(&self, stand: Stand) -> String {
        let mut inner = self.inner();
        let read = inner
            .read(stand)
            .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
        read.unwrap_or_else(|error| {
            inner.failed = Some(error);
            String::new()
        })
    }

    /// Why a text could not be read, if one could not.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.inner().failed.take()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing that panics leaves it in the middle of anything.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.memory)?;
        self.written += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }

    fn read(&mut self, Stand { at, length }: Stand) -> io::Result<Vec<u8>> {
        let length = length as usize;
        if let Some(start) = at.checked_sub(self.written) {
            let start = usize::try_from(start).map_err(io::Error::other)?;
            let bytes = self.memory.get(start..).and_then(|rest| rest.get(..length));
            return bytes
                .map(<[u8]>::to_vec)
                .ok_or_else(|| io::Error::other("a text that was never written"));
        }
        let file = self
            .file
            .as_mut()
            .ok_or_else(|| io::Error::other("a text that was never written"))?;
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_memory_and_from_disk() {
        for most in [0, 10, 100, 10_000] {
            let log = Log::new(most);
            let texts: Vec<String> = (0..200).map(|n| "x\u{e4}".repeat(n % 23)).collect();
            let stands: Vec<Stand> = texts.iter().map(|text| log.add(text).unwrap()).collect();
            for (text, stand) in texts.iter().zip(stands).rev() {
                assert_eq!(log.text(stand), *text, "{most}");
            }
            assert!(log.failure().is_none());
        }
    }

    #[test]
    fn what_cannot_be_read_is_no_silent_nothing() {
        let log = Log::new(100);
        log.add("text").unwrap();
        let beyond = Stand { at: 2, length: 3 };
        assert_eq!(log.text(beyond), "");
        assert!(log.failure().is_some());
    }
}
