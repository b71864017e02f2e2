//! A part of a stream, judged by whoever is free.
//!
//! In goes a [`Part`]: bytes, and what came before them so far as it decides on
//! what they mean. Out comes a [`Judged`]: what its records came to and what the
//! splitter knows after them, if the part ended between two records.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::shape::{Opening, Position, Records, Standing};

use super::feed::{Piece, Shared};
use crate::engine::Engine;
use crate::engine::matcher::Matcher;
use crate::engine::note::Note;
use crate::engine::reading::{Reading, Tally};

/// A part that is to be judged.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) piece: Piece,
    pub(super) offset: u64,
    pub(super) standing: Standing,
    pub(super) file: Arc<str>,
    pub(super) opening: Opening,
    /// About the bytes that its notes may take.
    pub(super) most: usize,
}

/// A part that was judged.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) piece: Piece,
    /// Nothing if it did not end between two records, or if its notes were too
    /// much: then it must be read in its turn.
    pub(super) outcome: Option<Outcome>,
}

/// What a part came to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// With their sizes. One record is taken to have come before.
    pub(super) notes: Vec<(Note, usize)>,
    pub(super) tally: Tally,
    pub(super) records: u64,
    pub(super) standing: Standing,
}

impl Part {
    fn judge<'p>(self, engine: Engine<'p>, matcher: &mut Matcher<'p>) -> Judged {
        matcher.meter.resume();
        let Part { piece, offset, .. } = self;
        let before = Position {
            offset,
            // A part never begins an input.
            number: 1,
            standing: self.standing,
        };
        let (mut notes, weight) = (Vec::new(), Cell::new(0));
        let mut take_note = |note, size| {
            weight.set(weight.get() + size);
            notes.push((note, size));
        };
        let (range, opening) = (piece.range.clone(), self.opening);
        let mut records = Records::of_part(piece.buffer, range, before, opening.max_record);
        let mut reading = Reading::new(engine, matcher, self.file, opening, &mut take_note);
        while weight.get() <= self.most && reading.next(&mut records).is_some() {}
        let tally = reading.into_tally();
        let outcome = records.ended_between_values().then(|| {
            let after = records.position();
            Outcome {
                notes,
                tally,
                records: after.number - 1,
                standing: after.standing,
            }
        });
        Judged {
            piece: Piece {
                buffer: records.into_buffer(),
                range: piece.range,
            },
            outcome,
        }
    }
}

/// Where a part is taken by who judges it, and given back.
#[derive(Debug)]
pub(in crate::engine) struct Slot {
    state: Mutex<State>,
    done: AtomicBool,
    stream: Arc<Shared>,
}

#[derive(Debug)]
enum State {
    Waiting(Part),
    /// Somebody judges it, or it was called back.
    Taken,
    Done(Box<Judged>),
}

/// Whoever judged the part panicked.
pub(super) struct Lost;

impl Slot {
    pub(super) fn new(part: Part, stream: Arc<Shared>) -> Self {
        Slot {
            state: Mutex::new(State::Waiting(part)),
            done: AtomicBool::new(false),
            stream,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges the part, if nobody else does; whether it was.
    pub(in crate::engine) fn judge<'p>(
        &self,
        engine: Engine<'p>,
        matcher: &mut Matcher<'p>,
    ) -> bool {
        let Some(part) = self.call_back() else {
            return false;
        };
        let settled = Settled(self);
        let judged = part.judge(engine, matcher);
        *self.lock() = State::Done(Box::new(judged));
        drop(settled);
        true
    }

    /// The part, if nobody has begun to judge it.
    pub(super) fn call_back(&self) -> Option<Part> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Waiting(part) => Some(part),
            other => {
                *state = other;
                None
            }
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// What became of it, when it is done.
    pub(super) fn outcome(&self) -> Result<Judged, Lost> {
        match std::mem::replace(&mut *self.lock(), State::Taken) {
            State::Done(judged) => Ok(*judged),
            State::Waiting(_) | State::Taken => Err(Lost),
        }
    }
}

/// Says that a part is done, even where judging it panics.
struct Settled<'a>(&'a Slot);

impl Drop for Settled<'_> {
    fn drop(&mut self) {
        self.0.done.store(true, Ordering::Release);
        self.0.stream.ring();
    }
}
