//! A large object as a stream: ranges are fetched side by side, a few ahead of
//! what is read, and read in order.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use super::ahead::Ahead;
use super::fetch::{Broken, fetch};
use crate::diagnostic::Diagnostic;

/// Bytes of a range.
const RANGE: u64 = 4 << 20;
/// Ranges that are fetched at once or wait to be read.
const AT_ONCE: usize = 4;

pub(super) struct Ranged {
    among: Arc<Ahead>,
    index: usize,
    /// Where the next range begins.
    next: u64,
    /// Whether a range was asked for: of an empty object too, one is.
    asked: bool,
    coming: VecDeque<Receiver<Result<Vec<u8>, Broken>>>,
    here: Cursor<Vec<u8>>,
    problem: Option<Diagnostic>,
}

impl Ranged {
    pub(super) fn new(among: Arc<Ahead>, index: usize) -> Self {
        Ranged {
            among,
            index,
            next: 0,
            asked: false,
            coming: VecDeque::new(),
            here: Cursor::default(),
            problem: None,
        }
    }

    fn ask(&mut self) {
        let object = self.among.object(self.index);
        while self.coming.len() < AT_ONCE && (self.next < object.size || !self.asked) {
            let range = self.next..object.size.min(self.next + RANGE);
            self.next = range.end;
            self.asked = true;
            let object = Arc::clone(object);
            let (send, receive) = sync_channel(1);
            self.among.connection().spawn(async move {
                // Who does not wait for it any more does not want it.
                let _ = send.send(fetch(&object, range).await);
            });
            self.coming.push_back(receive);
        }
    }
}

impl Read for Ranged {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.here.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            if let Some(problem) = &self.problem {
                return Err(io::Error::other(problem.clone()));
            }
            self.ask();
            let Some(range) = self.coming.pop_front() else {
                return Ok(0);
            };
            let fetched = range
                .recv()
                .map_err(|_| io::Error::other("reading it was given up"))?;
            self.here = Cursor::new(match fetched {
                Ok(bytes) => bytes,
                Err(Broken { bytes, problem }) => {
                    self.problem = Some(problem);
                    self.coming.clear();
                    bytes
                }
            });
        }
    }
}
