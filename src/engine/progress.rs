//! How far a scan is, for those who watch it from another thread.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What was read so far. Counted up while a scan runs, a piece of input at a
/// time; may be asked at any moment. Nothing that a scan says depends on it.
#[derive(Debug, Default)]
pub struct Progress {
    inputs: AtomicU64,
    bytes: AtomicU64,
    events: AtomicU64,
}

/// What one look at a [`Progress`] shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Inputs that are over.
    pub inputs: u64,
    /// Bytes of inputs as they are stored: compressed ones where they are.
    pub bytes: u64,
    /// Events that were judged.
    pub events: u64,
}

impl Progress {
    /// How far it is now.
    pub fn so_far(&self) -> SoFar {
        SoFar {
            inputs: self.inputs.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            events: self.events.load(Relaxed),
        }
    }

    pub(super) fn input_is_over(&self) {
        self.inputs.fetch_add(1, Relaxed);
    }

    pub(super) fn bytes(&self, count: u64) {
        self.bytes.fetch_add(count, Relaxed);
    }

    pub(super) fn events(&self, count: u64) {
        self.events.fetch_add(count, Relaxed);
    }
}
