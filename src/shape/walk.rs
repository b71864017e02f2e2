//! From one value of a stream to the next: what the splitter makes of the bytes
//! between records, and where it goes on after one.

use std::io::Read;

use memchr::memchr;

use super::fault::{Fault, InputFault};
use super::frame::Frame;
use super::list;
use super::records::Records;
use super::scan::{Outcome, Then};
use super::stamp::{Stamp, stamp};
use super::standing::{Array, Comma};
use crate::codec::Format;

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// An [`Item`] before its bytes are borrowed.
pub(super) enum Found {
    Record { start: u64, end: u64 },
    Bad { start: u64, fault: Fault },
    Fault(InputFault),
}

impl<R: Read> Records<R> {
    pub(super) fn find(&mut self, framer: &mut dyn FnMut(&[u8]) -> Option<usize>) -> Option<Found> {
        loop {
            if self.over {
                return self.scanner.take_fault().map(Found::Fault);
            }
            let next = self.skip_space();
            if next == Some(b'{')
                && let Some(found) = self.framed(framer)
            {
                return Some(found);
            }
            let found = match next {
                None => self.end_of_input(),
                Some(byte) if self.standing.open.is_empty() => self.at_top(byte),
                Some(byte) => self.in_array(byte),
            };
            if found.is_some() {
                return found;
            }
        }
    }

    /// A record that the framer sees where one may stand.
    fn framed(&mut self, framer: &mut dyn FnMut(&[u8]) -> Option<usize>) -> Option<Found> {
        if !self.standing.open.is_empty() && self.standing.comma == Comma::Needed {
            return None;
        }
        let start = self.at;
        let length = framer(self.scanner.from(start))? as u64;
        if length > self.scanner.max_record() {
            return None;
        }
        let end = start + length;
        self.standing.begun = true;
        self.standing.comma = Comma::Needed;
        self.move_to(end);
        Some(Found::Record { start, end })
    }

    fn end_of_input(&mut self) -> Option<Found> {
        self.over = true;
        (self.whole && !self.standing.open.is_empty()).then_some(Found::Bad {
            start: self.at,
            fault: Fault::Unclosed,
        })
    }

    /// Between values that no array holds.
    fn at_top(&mut self, byte: u8) -> Option<Found> {
        match byte {
            b'{' => {
                self.standing.begun = true;
                self.element(byte, false)
            }
            b'[' => {
                self.standing.begun = true;
                self.enter(Array::Bare, self.at + 1);
                None
            }
            b',' | b']' | b'}' if self.standing.damaged => {
                self.pass();
                None
            }
            b'0'..=b'9' if self.pass_stamp() => None,
            _ if !self.standing.begun => Some(self.not_json()),
            _ => Some(self.bad_line()),
        }
    }

    /// Moves past the time that a line begins with, if an object follows it.
    fn pass_stamp(&mut self) -> bool {
        loop {
            match stamp(self.scanner.from(self.at)) {
                Stamp::Before(length) => {
                    self.standing.begun = true;
                    self.move_to(self.at + length as u64);
                    return true;
                }
                Stamp::None => return false,
                Stamp::Undecided if self.scanner.fill(self.at) => {}
                Stamp::Undecided => return false,
            }
        }
    }

    /// Between the elements of an array.
    fn in_array(&mut self, byte: u8) -> Option<Found> {
        let start = self.at;
        let comma = |fault| Some(Found::Bad { start, fault });
        match (byte, self.standing.comma) {
            (b',', Comma::Needed | Comma::Excused) => {
                self.pass();
                self.standing.comma = Comma::Seen;
                None
            }
            (b',', Comma::First | Comma::Seen) => {
                self.pass();
                self.standing.comma = Comma::Seen;
                comma(Fault::Comma)
            }
            (b']', Comma::Seen) => {
                self.standing.comma = Comma::Excused;
                comma(Fault::Comma)
            }
            (b']', _) => self.leave(),
            (b'}', _) => {
                self.pass();
                if self.standing.damaged {
                    None
                } else {
                    comma(Fault::Malformed { at: start })
                }
            }
            (_, Comma::Needed) => {
                self.standing.comma = Comma::Excused;
                let known = std::mem::replace(&mut self.standing.damaged, true);
                if known { None } else { comma(Fault::Comma) }
            }
            // A log whose lines begin with `[INFO]`, say.
            (_, Comma::First)
                if self.number == 0
                    && self.standing.open == [Array::Bare]
                    && !begins_value(byte) =>
            {
                Some(self.not_json())
            }
            _ => self.element(byte, true),
        }
    }

    fn enter(&mut self, array: Array, at: u64) {
        self.standing.open.push(array);
        self.standing.comma = Comma::First;
        self.move_to(at);
    }

    /// At the bracket that ends an array.
    fn leave(&mut self) -> Option<Found> {
        self.pass();
        self.standing.comma = Comma::Needed;
        if self.standing.open.pop() == Some(Array::Bare) {
            return None;
        }
        let start = self.at;
        let outcome = self.scan(
            Frame::rest_of_object(!self.standing.open.is_empty()),
            start,
            false,
        );
        let fault = match (outcome.fault, &outcome.then) {
            (_, Then::End) => Some(Fault::Unclosed),
            (fault, _) => fault,
        };
        self.follow(outcome.then);
        fault.map(|fault| Found::Bad { start, fault })
    }

    fn scan(&mut self, frame: Frame, start: u64, keep: bool) -> Outcome {
        let outcome = self.scanner.scan(frame, start, keep, &self.standing.indent);
        self.standing.damaged |= outcome.damaged;
        outcome
    }

    /// At the first byte of what should be a record.
    fn element(&mut self, byte: u8, in_array: bool) -> Option<Found> {
        let start = self.at;
        self.standing.comma = Comma::Needed;
        let frame = Frame::new(in_array);
        let in_list = matches!(self.standing.open.last(), Some(Array::Wrapped(_)));
        let frame = if in_list { frame.of_list() } else { frame };
        let Outcome {
            mut fault, then, ..
        } = self.scan(frame, start, true);
        if in_list && matches!(then, Then::Wrapper(..)) {
            // A list within a list: the outer one was never closed.
            fault = Some(Fault::Unclosed);
            self.standing.damaged = true;
            self.standing.open.clear();
        }
        let found = match (fault, &then) {
            // What is only too much to be one record need not be one.
            (None | Some(Fault::TooLarge { .. } | Fault::TooDeep), Then::Wrapper(..)) => None,
            (Some(fault), _) => Some(Found::Bad { start, fault }),
            (None, Then::Closed(end))
                if byte == b'{' || in_array && list::is_row(self.scanner.between(start, *end)) =>
            {
                Some(Found::Record { start, end: *end })
            }
            (None, _) => Some(Found::Bad {
                start,
                fault: Fault::NotAnObject,
            }),
        };
        self.follow(then);
        found
    }

    fn follow(&mut self, then: Then) {
        match then {
            Then::Closed(end) => self.move_to(end),
            Then::Wrapper(at, list) => self.enter(Array::Wrapped(list), at),
            Then::Record(at) => self.resume(at),
            Then::Outermost(at) => {
                self.standing.open.clear();
                self.resume(at);
            }
            Then::End => {
                // What is open is cut with the value; that is reported once.
                self.standing.open.clear();
                self.move_to(self.scanner.end());
            }
        }
    }

    fn resume(&mut self, at: u64) {
        self.at = at;
        self.standing.comma = Comma::Excused;
    }

    fn not_json(&mut self) -> Found {
        self.over = true;
        // What it is said to be must not depend on how the bytes arrive.
        while self.scanner.from(self.at).len() < Format::SHOWS_WITHIN && self.scanner.fill(self.at)
        {
        }
        // That it cannot be read on is no news then.
        self.scanner.take_fault();
        let format = Format::recognise(self.scanner.from(self.at));
        Found::Fault(InputFault::NotJson(format))
    }

    /// Something that begins neither an object nor an array: up to the newline.
    fn bad_line(&mut self) -> Found {
        let start = self.at;
        loop {
            if let Some(length) = memchr(b'\n', self.scanner.from(self.at)) {
                self.move_to(self.at + length as u64);
                break;
            }
            self.move_to(self.scanner.end());
            if !self.scanner.fill(self.at) {
                break;
            }
        }
        Found::Bad {
            start,
            fault: Fault::NotAnObject,
        }
    }

    /// Moves past white space and byte order marks; the byte after them, or
    /// `None` at the end.
    fn skip_space(&mut self) -> Option<u8> {
        loop {
            let Some(byte) = self.scanner.byte(self.at) else {
                if !self.scanner.fill(self.at) {
                    return None;
                }
                continue;
            };
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => {
                    self.standing.indent.space(byte);
                    self.at += 1;
                }
                0xef if self.standing.open.is_empty() && self.at_byte_order_mark() => {
                    self.at += BYTE_ORDER_MARK.len() as u64;
                }
                _ => return Some(byte),
            }
        }
    }

    fn at_byte_order_mark(&mut self) -> bool {
        loop {
            let ahead = self.scanner.from(self.at);
            if ahead.starts_with(BYTE_ORDER_MARK) {
                return true;
            }
            if !BYTE_ORDER_MARK.starts_with(ahead) || !self.scanner.fill(self.at) {
                return false;
            }
        }
    }

    /// Moves past one byte of punctuation.
    fn pass(&mut self) {
        self.move_to(self.at + 1);
    }

    /// Moves past something that is no white space.
    fn move_to(&mut self, at: u64) {
        self.at = at;
        self.standing.indent.occupied();
    }
}

fn begins_value(byte: u8) -> bool {
    matches!(
        byte,
        b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'
    )
}
