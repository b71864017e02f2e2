//! Reading ahead: one thread reads and decodes what others split and judge.
//!
//! In goes a source; out come [`Piece`]s of it in order, of what is there or as
//! much as may wait. What waits is bounded by [`Feed`]'s size and one read.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes asked of the source in one read.
const READ: usize = 64 * 1024;

/// Room in a buffer before its bytes, so that a few can be put there.
const ROOM: usize = 64 * 1024;

/// Some bytes of a stream: those of a buffer in a range.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) buffer: Vec<u8>,
    pub(super) range: Range<usize>,
}

impl Piece {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.range.clone()]
    }

    /// Puts bytes before those that are there.
    pub(super) fn prepend(&mut self, bytes: &[u8]) {
        match self.range.start.checked_sub(bytes.len()) {
            Some(start) => {
                self.buffer[start..self.range.start].copy_from_slice(bytes);
                self.range.start = start;
            }
            None => *self = Piece::from([bytes, self.bytes()].concat()),
        }
    }
}

impl From<Vec<u8>> for Piece {
    fn from(buffer: Vec<u8>) -> Self {
        Piece {
            range: 0..buffer.len(),
            buffer,
        }
    }
}

/// What a thread has read of a source. When it is dropped, reading ends.
#[derive(Debug)]
pub(in crate::engine) struct Feed {
    shared: Arc<Shared>,
}

/// What a feed, its thread, and those who work on its pieces share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Rung at every change.
    changed: Condvar,
    /// Bytes that wait; may be asked for without a lock.
    waiting: AtomicUsize,
    /// Bytes that may wait before reading pauses.
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    /// How long it was waited for bytes.
    waited: Duration,
    /// With room before the bytes that wait.
    buffer: Vec<u8>,
    /// Nothing more will be read.
    ended: bool,
    error: Option<io::Error>,
    /// Nobody wants more.
    closed: bool,
}

impl Feed {
    /// Begins to read; about `most` bytes may wait. Gives the source back where
    /// there can be no further thread.
    pub(in crate::engine) fn start<R: Read + Send + 'static>(
        source: R,
        most: usize,
    ) -> Result<Feed, R> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            waiting: AtomicUsize::new(0),
            most,
        });
        let (hand_over, receive) = mpsc::channel::<R>();
        let reader = Reader(Arc::clone(&shared));
        // Not joined: it may wait for a source that never ends.
        let thread = thread::Builder::new()
            .name("read ahead".to_owned())
            .spawn(move || {
                if let Ok(source) = receive.recv() {
                    reader.read(source);
                }
            });
        match thread {
            Ok(_) => hand_over.send(source).map_err(|unsent| unsent.0)?,
            Err(_) => return Err(source),
        }
        Ok(Feed { shared })
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What waits, as soon as there is something; nothing at the end. The buffer
    /// is used for what comes next.
    fn take(&self, mut buffer: Vec<u8>) -> io::Result<Option<Piece>> {
        buffer.clear();
        let mut state = self.shared.lock();
        while !state.holds_any() && !state.ended {
            let began = Instant::now();
            state = self.shared.wait(state);
            state.waited += began.elapsed();
        }
        if !state.holds_any() {
            return state.error.take().map_or(Ok(None), Err);
        }
        let buffer = std::mem::replace(&mut state.buffer, buffer);
        self.shared.waiting.store(0, Ordering::Relaxed);
        self.shared.changed.notify_all();
        Ok(Some(Piece {
            range: ROOM..buffer.len(),
            buffer,
        }))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let woken = self.changed.wait(state);
        woken.unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that a part is done.
    pub(super) fn ring(&self) {
        let state = self.lock();
        self.changed.notify_all();
        drop(state);
    }

    /// Waits until something is so, which is asked with the bytes that wait.
    pub(super) fn wait_until(&self, met: impl Fn(usize) -> bool) {
        let mut state = self.lock();
        while !met(state.held()) {
            state = self.wait(state);
        }
    }
}

impl State {
    fn held(&self) -> usize {
        self.buffer.len().saturating_sub(ROOM)
    }

    fn holds_any(&self) -> bool {
        self.held() > 0
    }
}

/// The thread's side; when it is dropped, there is an end.
struct Reader(Arc<Shared>);

impl Reader {
    fn read(&self, mut source: impl Read) {
        let shared = &*self.0;
        let mut bytes = vec![0; READ.min(shared.most)];
        loop {
            let read = match source.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map(|count| count.min(bytes.len())),
            };
            let mut state = shared.lock();
            match read {
                Ok(0) => return,
                Ok(count) => {
                    while state.held() >= shared.most && !state.closed {
                        state = shared.wait(state);
                    }
                    if state.buffer.is_empty() {
                        state.buffer.reserve(ROOM + shared.most + bytes.len());
                        state.buffer.resize(ROOM, 0);
                    }
                    state.buffer.extend_from_slice(&bytes[..count]);
                    shared.waiting.store(state.held(), Ordering::Relaxed);
                }
                Err(error) => {
                    state.error = Some(error);
                    return;
                }
            }
            shared.changed.notify_all();
            if state.closed {
                return;
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if thread::panicking() {
            state.error = Some(io::Error::other("reading it failed"));
        }
        state.ended = true;
        self.0.changed.notify_all();
    }
}

/// A stream: pieces that were given back, then what a feed holds.
#[derive(Debug)]
pub(super) struct Ahead {
    feed: Feed,
    back: VecDeque<Piece>,
    /// Buffers for what comes next.
    spare: Vec<Vec<u8>>,
    over: bool,
}

/// Buffers that are kept for what comes next.
const SPARE: usize = 4;

impl Ahead {
    pub(super) fn new(feed: Feed) -> Self {
        Ahead {
            feed,
            back: VecDeque::new(),
            spare: Vec::new(),
            over: false,
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        self.feed.shared()
    }

    /// How long it was waited for bytes so far.
    pub(super) fn waited(&self) -> Duration {
        self.feed.shared.lock().waited
    }

    /// Whether the next piece has about so many bytes.
    pub(super) fn holds(&self, most: usize) -> bool {
        match self.back.front() {
            Some(piece) => piece.range.len() >= most / 2,
            None => self.feed.shared.waiting.load(Ordering::Relaxed) >= most,
        }
    }

    /// The next piece, as soon as there is one; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        if self.over {
            return Ok(None);
        }
        match self.back.pop_front() {
            Some(piece) => Ok(Some(piece)),
            None => self.feed.take(self.spare.pop().unwrap_or_default()),
        }
    }

    /// Gives back what comes before all that is there.
    pub(super) fn back(&mut self, piece: Piece) {
        if piece.range.is_empty() {
            self.spare(piece.buffer);
        } else {
            self.back.push_front(piece);
        }
    }

    /// Takes a buffer that is no longer needed.
    pub(super) fn spare(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE {
            self.spare.push(buffer);
        }
    }

    /// Ends the stream.
    pub(super) fn end(&mut self) {
        self.over = true;
    }
}

impl Read for Ahead {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.next()? else {
            return Ok(0);
        };
        let count = piece.range.len().min(out.len());
        out[..count].copy_from_slice(&piece.bytes()[..count]);
        piece.range.start += count;
        self.back(piece);
        Ok(count)
    }
}
