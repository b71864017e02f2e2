//! The splitter: a stream of bytes becomes a stream of records.

use std::io::{Empty, Read};
use std::ops::Range;

use memchr::memchr;

use super::fault::{BadRecord, Fault, InputFault};
use super::frame::Frame;
use super::scan::{Outcome, Scanner, Then};
use super::standing::{Array, Comma, Position, Standing};
use super::window::Window;
use crate::codec::Format;

/// The size that one record may have unless said otherwise: 16 MiB.
pub const DEFAULT_MAX_RECORD: u64 = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// What comes next in an input.
#[derive(Debug)]
pub enum Item<'a> {
    /// An object, framed but not parsed.
    Record(RecordBytes<'a>),
    /// Something that should have been a record.
    Bad(BadRecord),
    /// The input cannot be read on; nothing follows.
    Fault(InputFault),
}

/// The bytes of one record and where they stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordBytes<'a> {
    /// From `{` to `}`; framing holds, all else is for [`super::parse`] to see.
    pub bytes: &'a [u8],
    /// Number among all records of the input, bad ones included, from 1.
    pub number: u64,
    /// Offset in the decoded stream.
    pub offset: u64,
}

/// Splits a stream into records, each given as soon as its last byte is read.
///
/// ```
/// use trailgate::shape::{DEFAULT_MAX_RECORD, Item, Records};
///
/// let text: &[u8] = br#"{"Records":[{"eventName":"CreateUser"},{"eventName":"DeleteUser"}]}"#;
/// let mut records = Records::new(text, DEFAULT_MAX_RECORD);
/// let mut numbers = Vec::new();
/// while let Some(item) = records.next() {
///     if let Item::Record(record) = item {
///         numbers.push(record.number);
///     }
/// }
/// assert_eq!(numbers, [1, 2]);
/// ```
#[derive(Debug)]
pub struct Records<R> {
    scanner: Scanner<R>,
    /// Offset of the next byte that is not taken care of.
    at: u64,
    /// Records so far, bad ones included.
    number: u64,
    /// What is known before it.
    standing: Standing,
    /// Whether the end of the bytes is that of the input.
    whole: bool,
    over: bool,
}

/// An [`Item`] before its bytes are borrowed.
enum Found {
    Record { start: u64, end: u64 },
    Bad { start: u64, fault: Fault },
    Fault(InputFault),
}

impl Records<Empty> {
    /// A splitter over decoded bytes that are in memory already: the first
    /// `length` bytes of a buffer, which [`Records::into_buffer`] gives back.
    pub fn of_buffer(buffer: Vec<u8>, length: usize, max_record: u64) -> Self {
        let bytes = 0..length.min(buffer.len());
        Records::over(
            Window::whole(std::io::empty(), buffer, bytes, 0),
            max_record,
        )
    }

    /// A splitter over a part of a stream that is in memory: some bytes of a
    /// buffer, which begin at `from`. That they end is no news of the input.
    pub(crate) fn of_part(
        buffer: Vec<u8>,
        bytes: Range<usize>,
        from: Position,
        max_record: u64,
    ) -> Self {
        let window = Window::whole(std::io::empty(), buffer, bytes, from.offset);
        Records {
            whole: false,
            ..Records::resumed(window, from, max_record)
        }
    }

    /// The buffer, for other uses.
    pub fn into_buffer(self) -> Vec<u8> {
        self.scanner.into_buffer()
    }
}

impl<R: Read> Records<R> {
    /// A splitter over decoded bytes; a record of more than `max_record` bytes
    /// is skipped and reported.
    pub fn new(source: R, max_record: u64) -> Self {
        Records::over(Window::new(source, 0), max_record)
    }

    /// A splitter that goes on where another one stood.
    pub(crate) fn going_on(source: R, from: Position, max_record: u64) -> Self {
        let window = Window::new(source, from.offset);
        Records::resumed(window, from, max_record)
    }

    fn resumed(window: Window<R>, from: Position, max_record: u64) -> Self {
        Records {
            at: from.offset,
            number: from.number,
            standing: from.standing,
            ..Records::over(window, max_record)
        }
    }

    fn over(window: Window<R>, max_record: u64) -> Self {
        Records {
            scanner: Scanner::new(window, max_record),
            at: 0,
            number: 0,
            standing: Standing::default(),
            whole: true,
            over: false,
        }
    }

    /// The next record, or what is wrong at its place. It borrows from the
    /// splitter, which is why this is no `Iterator`.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Item<'_>> {
        self.next_by(&mut |_| None)
    }

    /// The same with a framer, which is asked first where a record should begin:
    /// of the bytes at hand from there on it may say how many are the record, if
    /// it is well-formed, ends within them, and has no `Records` that would make
    /// it the wrapper of others.
    pub fn next_by(&mut self, framer: &mut dyn FnMut(&[u8]) -> Option<usize>) -> Option<Item<'_>> {
        let found = self.find(framer)?;
        if !matches!(found, Found::Fault(_)) {
            self.number += 1;
        }
        Some(match found {
            Found::Record { start, end } => Item::Record(RecordBytes {
                bytes: self.scanner.between(start, end),
                number: self.number,
                offset: start,
            }),
            Found::Bad { start, fault } => Item::Bad(BadRecord {
                number: self.number,
                offset: start,
                fault,
            }),
            Found::Fault(fault) => Item::Fault(fault),
        })
    }

    /// Where it stands, after an item.
    pub(crate) fn position(&self) -> Position {
        Position {
            offset: self.at,
            number: self.number,
            standing: self.standing.clone(),
        }
    }

    /// The bytes in memory from there on.
    pub(crate) fn at_hand(&self) -> &[u8] {
        self.scanner.from(self.at)
    }

    pub(crate) fn source(&self) -> &R {
        self.scanner.source()
    }

    /// The offset of that.
    pub(crate) fn offset(&self) -> u64 {
        self.at
    }

    /// Of a part that was split to its end: whether that lies between two
    /// values. If so, whoever reads the whole stream finds the same there.
    pub(crate) fn ended_between_values(&self) -> bool {
        self.over && self.scanner.ends_met() == 1
    }

    /// Bytes of decoded input read so far.
    pub fn bytes_read(&self) -> u64 {
        self.scanner.end()
    }

    fn find(&mut self, framer: &mut dyn FnMut(&[u8]) -> Option<usize>) -> Option<Found> {
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
            _ if !self.standing.begun => Some(self.not_json()),
            _ => Some(self.bad_line()),
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
        let Outcome {
            mut fault, then, ..
        } = self.scan(Frame::new(in_array), start, true);
        if matches!(then, Then::Wrapper(_)) && self.standing.open.last() == Some(&Array::Wrapped) {
            // A list within a list: the outer one was never closed.
            fault = Some(Fault::Unclosed);
            self.standing.damaged = true;
            self.standing.open.clear();
        }
        let found = match (fault, &then) {
            // What is only too much to be one record need not be one.
            (None | Some(Fault::TooLarge { .. } | Fault::TooDeep), Then::Wrapper(_)) => None,
            (Some(fault), _) => Some(Found::Bad { start, fault }),
            (None, Then::Closed(end)) if byte == b'{' => Some(Found::Record { start, end: *end }),
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
            Then::Wrapper(at) => self.enter(Array::Wrapped, at),
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
