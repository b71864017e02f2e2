//! A stream that can be left while nothing comes.

use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::source::Input;

use super::Stop;

/// Bytes that may wait before reading pauses, and bytes asked for in one read.
const MOST: usize = 1 << 20;
const READ: usize = 64 << 10;

/// How soon a stop shows where nothing comes.
const SOON: Duration = Duration::from_millis(50);

/// What another thread reads of an input; it ends when the run is stopped and
/// nothing waits.
#[derive(Debug)]
pub(super) struct Live {
    shared: Arc<Shared>,
    stop: Stop,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
    error: Option<io::Error>,
}

impl Live {
    /// Opens an input and begins to read it.
    pub(super) fn start(input: &Input, stop: &Stop) -> Live {
        let shared = Arc::new(Shared::default());
        let reader = Reader(Arc::clone(&shared));
        let input = input.clone();
        // Not joined: it may wait for a source that never ends.
        let thread = thread::Builder::new().name("follow".to_owned());
        let begun = thread.spawn(move || {
            if let Err(error) = reader.read(&input) {
                reader.0.lock().error = Some(error);
            }
        });
        if let Err(error) = begun {
            shared.lock().error = Some(error);
        }
        Live {
            shared,
            stop: stop.clone(),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reader(Arc<Shared>);

impl Reader {
    fn read(&self, input: &Input) -> io::Result<()> {
        let mut source = input.open()?;
        let mut bytes = vec![0; READ];
        loop {
            let count = match source.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let mut state = self.0.lock();
            while state.bytes.len() >= MOST {
                let woken = self.0.changed.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
            }
            state.bytes.extend_from_slice(&bytes[..count]);
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_all();
    }
}

impl Read for Live {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut state = self.shared.lock();
        let mut waited = false;
        while state.bytes.is_empty() {
            if let Some(error) = state.error.take() {
                return Err(error);
            }
            // What was written before it was stopped comes within a moment.
            if state.ended || waited && self.stop.is_stopped() {
                return Ok(0);
            }
            waited = self.stop.is_stopped();
            let woken = self.shared.changed.wait_timeout(state, SOON);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        let count = state.bytes.len().min(out.len());
        out[..count].copy_from_slice(&state.bytes[..count]);
        state.bytes.drain(..count);
        self.shared.changed.notify_all();
        Ok(count)
    }
}
