//! Small objects, fetched before they are asked for.
//!
//! Who asks for an object gets it, and those after it in the listing are begun,
//! as many as the window has room for. Nothing waits for room: an object that is
//! asked for is fetched whatever the window holds. So what is in memory is the
//! window, and one object for each thread that asks.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::connection::Connection;
use super::fetch::{Broken, fetch};
use super::object::Location;
use crate::diagnostic::{Code, Diagnostic};

/// Objects that are fetched at once or wait to be asked for.
const MOST_OBJECTS: usize = 64;
/// The bytes of all of them.
const MOST_BYTES: u64 = 64 << 20;
/// A larger object is not fetched ahead, but in ranges when its turn comes.
const SMALL: u64 = 8 << 20;

/// Objects in the order in which they will be asked for.
#[derive(Debug)]
pub(super) struct Ahead {
    connection: Connection,
    objects: Vec<Arc<Location>>,
    window: Arc<Window>,
}

/// What was begun and not asked for.
#[derive(Debug, Default)]
struct Window {
    state: Mutex<State>,
    /// Rung when an object is there.
    there: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Begun; with what came of it, when something did.
    begun: HashMap<usize, Option<Result<Vec<u8>, Broken>>>,
    /// The first object that was never begun.
    next: usize,
    /// The bytes of those begun.
    bytes: u64,
    /// Those that nobody will ask for.
    left_out: HashSet<usize>,
}

impl Window {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ahead {
    pub(super) fn new(connection: Connection, objects: Vec<Location>) -> Self {
        Ahead {
            connection,
            objects: objects.into_iter().map(Arc::new).collect(),
            window: Arc::default(),
        }
    }

    pub(super) fn object(&self, index: usize) -> &Arc<Location> {
        &self.objects[index]
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Nobody will ask for an object: it is not fetched ahead.
    #[cfg(feature = "state")]
    pub(super) fn leave_out(&self, index: usize) {
        self.window.lock().left_out.insert(index);
    }

    /// The bytes of an object, or nothing where they cannot be had in full; then
    /// [`Ahead::broken`] tells.
    pub(super) fn take(&self, index: usize) -> Option<Vec<u8>> {
        let mut state = self.window.lock();
        if !state.begun.contains_key(&index) {
            self.begin(&mut state, index);
        }
        state.next = state.next.max(index + 1);
        self.fill(&mut state);
        loop {
            match state.begun.get_mut(&index) {
                Some(Some(Ok(bytes))) => {
                    let bytes = std::mem::take(bytes);
                    self.forget(&mut state, index);
                    return Some(bytes);
                }
                Some(Some(Err(_))) | None => return None,
                Some(None) => {
                    state = self
                        .window
                        .there
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// What there is of an object that could not be had in full.
    pub(super) fn broken(&self, index: usize) -> Option<Broken> {
        let mut state = self.window.lock();
        match state.begun.get(&index) {
            Some(Some(Err(_))) => self.forget(&mut state, index)?.err(),
            _ => None,
        }
    }

    fn forget(&self, state: &mut State, index: usize) -> Option<Result<Vec<u8>, Broken>> {
        let fetched = state.begun.remove(&index)?;
        state.bytes -= self.objects[index].size;
        fetched
    }

    /// Begins the next objects, as many as there is room for.
    fn fill(&self, state: &mut State) {
        while let Some(object) = self.objects.get(state.next) {
            if object.size <= SMALL && !state.left_out.contains(&state.next) {
                let full = state.begun.len() >= MOST_OBJECTS;
                if full || state.bytes + object.size > MOST_BYTES {
                    return;
                }
                self.begin(state, state.next);
            }
            state.next += 1;
        }
    }

    fn begin(&self, state: &mut State, index: usize) {
        let object = Arc::clone(&self.objects[index]);
        state.begun.insert(index, None);
        state.bytes += object.size;
        let lost = Lost {
            window: Arc::clone(&self.window),
            index,
        };
        self.connection.spawn(async move {
            let fetched = fetch(&object, 0..object.size).await;
            lost.found(fetched);
        });
    }
}

/// An object that is being fetched; whatever becomes of that, who waits for it
/// gets an answer.
struct Lost {
    window: Arc<Window>,
    index: usize,
}

impl Lost {
    fn found(&self, fetched: Result<Vec<u8>, Broken>) {
        if let Some(place) = self.window.lock().begun.get_mut(&self.index) {
            *place = Some(fetched);
        }
        self.window.there.notify_all();
    }
}

impl Drop for Lost {
    fn drop(&mut self) {
        let open = matches!(self.window.lock().begun.get(&self.index), Some(None));
        if open {
            self.found(Err(Broken {
                bytes: Vec::new(),
                problem: Diagnostic::new(Code::S3Interrupted, "reading it was given up"),
            }));
        }
    }
}
