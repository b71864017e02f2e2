//! A stream too large for one thread, in order.
//!
//! In goes a [`Feed`] of decoded bytes; out come the notes and the tally that
//! reading it in turn would give, byte for byte. One thread splits and judges in
//! turn as long as it keeps up with what is read. Where more waits, the stream
//! is cut between records into parts that all free threads judge, each as if
//! what came before it had ended as the part before began. What they found is
//! taken over in order if that held; if not, or if a part does not end between
//! two records, reading goes on in turn from that part's start.
//!
//! Memory: what a feed lets wait, twice as many parts as there are threads (of
//! all streams together), the notes of each within a limit, and one record.

mod cut;
mod feed;
mod part;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::shape::{Position, Records, Standing};

use super::crew::Crew;
use super::matcher::Matcher;
use super::note::TakeNote;
use super::reading::{Reading, Tally};

pub(super) use feed::Feed;
pub(super) use part::Slot;

use feed::{Ahead, Piece};
use part::{Judged, Lost, Part};

/// The most bytes that are read in turn before the stream is cut again; how many
/// they are depends on how often cutting it was in vain.
const MOST_IN_TURN: u64 = 64 << 20;

/// Reads a stream to its end with the help of others.
pub(super) fn read<'p>(
    crew: &Crew<'p>,
    matcher: &mut Matcher<'p>,
    file: &Arc<str>,
    feed: Feed,
    take_note: TakeNote<'_>,
) -> Tally {
    let mut stream = Stream::new(crew, matcher, file, feed, take_note);
    while let Some(rest) = stream.in_turn() {
        stream.in_parts(rest);
    }
    stream.tally
}

struct Stream<'a, 'p> {
    crew: &'a Crew<'p>,
    matcher: &'a mut Matcher<'p>,
    file: &'a Arc<str>,
    take_note: TakeNote<'a>,
    ahead: Ahead,
    /// Up to here notes were taken.
    at: Position,
    tally: Tally,
    /// How many bytes are read in turn after cutting was in vain.
    in_turn: u64,
    /// The stream is not cut before this offset.
    cut_from: u64,
}

/// Parts that were given out, in order, and what comes after them.
struct Parts {
    slots: VecDeque<Arc<Slot>>,
    /// What each part takes to be known before it.
    standing: Standing,
    /// Where the rest begins.
    offset: u64,
    /// Bytes that no part has yet.
    rest: Vec<u8>,
    /// Whether more may be given out.
    more: bool,
}

impl Parts {
    fn first_is_done(&self) -> bool {
        self.slots.front().is_some_and(|slot| slot.is_done())
    }

    fn first_if_done(&mut self) -> Option<Arc<Slot>> {
        self.first_is_done()
            .then(|| self.slots.pop_front())
            .flatten()
    }
}

/// What became of a part.
enum Taken {
    /// It was taken over, and the next was begun as it should be.
    Over,
    /// It was taken over, but the next was begun as it should not be.
    Last,
    /// It must be read in turn.
    Back(Piece),
}

impl<'a, 'p> Stream<'a, 'p> {
    fn new(
        crew: &'a Crew<'p>,
        matcher: &'a mut Matcher<'p>,
        file: &'a Arc<str>,
        feed: Feed,
        take_note: TakeNote<'a>,
    ) -> Self {
        Stream {
            crew,
            matcher,
            file,
            take_note,
            ahead: Ahead::new(feed),
            at: Position::default(),
            tally: Tally::default(),
            in_turn: crew.sizes().part as u64,
            cut_from: 0,
        }
    }

    /// Reads in turn until more waits than one thread can keep up with; then
    /// gives the bytes that were read too far.
    fn in_turn(&mut self) -> Option<Vec<u8>> {
        self.matcher.meter.resume();
        let waited = self.ahead.waited();
        let part = self.crew.sizes().part;
        let from = std::mem::take(&mut self.at);
        let max_record = self.crew.options().max_record;
        let mut records = Records::going_on(&mut self.ahead, from, max_record);
        let mut reading = Reading::new(
            self.crew.engine(),
            self.matcher,
            Arc::clone(self.file),
            self.crew.options().opening(),
            self.take_note,
        );
        let more = loop {
            match reading.next(&mut records) {
                None => break false,
                Some(is_record) => {
                    let cuttable = is_record
                        && records.source().holds(part)
                        && records.offset() >= self.cut_from
                        && cut::seam(records.at_hand()).is_some();
                    if cuttable {
                        break true;
                    }
                }
            }
        };
        if !more {
            reading.end(&records);
        }
        self.tally.take_over(reading.into_tally(), 0);
        self.at = records.position();
        let rest = more.then(|| records.at_hand().to_vec());
        let waited = self.ahead.waited() - waited;
        self.matcher.meter.not_projecting(waited);
        rest
    }

    /// Reads in parts as long as enough waits for it; `rest` comes before what is
    /// ahead.
    fn in_parts(&mut self, rest: Vec<u8>) {
        let mut parts = Parts {
            slots: VecDeque::new(),
            standing: self.at.standing.clone(),
            offset: self.at.offset,
            rest,
            more: true,
        };
        loop {
            if let Some(first) = parts.first_if_done() {
                self.crew.part_ends();
                let Ok(judged) = first.outcome() else {
                    return self.ahead.end();
                };
                match self.take_over(judged, &parts) {
                    Taken::Over => {}
                    Taken::Last => return self.call_back(parts, None),
                    Taken::Back(piece) => return self.call_back(parts, Some(piece)),
                }
            } else if parts.more && self.can_cut() && self.crew.part_begins() {
                self.give_out(&mut parts);
            } else if self.judge_one(&parts) {
                // One less for the others.
            } else if parts.slots.is_empty() {
                return self.ahead.back(Piece::from(parts.rest));
            } else {
                self.wait(&parts);
            }
        }
    }

    fn can_cut(&self) -> bool {
        self.ahead.holds(self.crew.sizes().part)
    }

    /// Cuts the next part off and gives it out.
    fn give_out(&mut self, parts: &mut Parts) {
        let Ok(Some(mut piece)) = self.ahead.next() else {
            parts.more = false;
            return self.crew.part_ends();
        };
        piece.prepend(&parts.rest);
        parts.rest.clear();
        let Some(length) = cut::cut(piece.bytes()) else {
            self.crew.part_ends();
            self.cut_from = parts.offset + self.crew.sizes().part as u64;
            self.ahead.back(piece);
            parts.more = false;
            return;
        };
        parts.rest.extend_from_slice(&piece.bytes()[length..]);
        piece.range.end = piece.range.start + length;
        let part = Part {
            piece,
            offset: parts.offset,
            standing: parts.standing.clone(),
            file: Arc::clone(self.file),
            opening: self.crew.options().opening(),
            most: self.crew.sizes().noted,
        };
        let slot = Arc::new(Slot::new(part, Arc::clone(self.ahead.shared())));
        parts.offset += length as u64;
        parts.slots.push_back(Arc::clone(&slot));
        self.crew.give_out(slot);
    }

    /// Judges the first part that nobody has begun.
    fn judge_one(&mut self, parts: &Parts) -> bool {
        let engine = self.crew.engine();
        let mut slots = parts.slots.iter();
        slots.any(|slot| slot.judge(engine, self.matcher))
    }

    /// Waits until the first part is done or there is enough for another.
    fn wait(&self, parts: &Parts) {
        let enough = self.crew.sizes().part;
        self.ahead.shared().wait_until(|waiting| {
            parts.first_is_done() || parts.more && waiting >= enough && self.crew.has_room()
        });
    }

    /// Takes over what a part came to, if it came to anything.
    fn take_over(&mut self, judged: Judged, parts: &Parts) -> Taken {
        let Judged { piece, outcome } = judged;
        let Some(outcome) = outcome else {
            return Taken::Back(piece);
        };
        let before = self.at.number.saturating_sub(1);
        for (note, size) in outcome.notes {
            (self.take_note)(note.moved(before), size);
        }
        self.tally.take_over(outcome.tally, before);
        self.at = Position {
            offset: self.at.offset + piece.range.len() as u64,
            number: self.at.number + outcome.records,
            standing: outcome.standing,
        };
        self.ahead.spare(piece.buffer);
        self.in_turn = (self.in_turn / 2).max(self.crew.sizes().part as u64);
        if self.at.standing == parts.standing {
            Taken::Over
        } else {
            Taken::Last
        }
    }

    /// Puts all that was given out in vain back, to be read in turn.
    fn call_back(&mut self, parts: Parts, failed: Option<Piece>) {
        self.ahead.back(Piece::from(parts.rest));
        for slot in parts.slots.iter().rev() {
            let piece = match slot.call_back() {
                Some(part) => part.piece,
                None => {
                    let shared = self.ahead.shared();
                    shared.wait_until(|_| slot.is_done());
                    match slot.outcome() {
                        Ok(judged) => judged.piece,
                        Err(Lost) => return self.ahead.end(),
                    }
                }
            };
            self.crew.part_ends();
            self.ahead.back(piece);
        }
        if let Some(piece) = failed {
            self.ahead.back(piece);
        }
        self.cut_from = self.at.offset + self.in_turn;
        self.in_turn = (self.in_turn * 2).min(MOST_IN_TURN);
    }
}
