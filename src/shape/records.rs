//! The splitter: a stream of bytes becomes a stream of records.

use std::io::{Empty, Read};
use std::ops::Range;

use super::fault::{BadRecord, InputFault};
use super::scan::Scanner;
use super::standing::{Position, Standing};
use super::walk::Found;
use super::window::Window;

/// The size that one record may have unless said otherwise: 16 MiB.
pub const DEFAULT_MAX_RECORD: u64 = 16 * 1024 * 1024;

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
    /// From `{` to `}`, or a row of fields from `[` to `]`; framing holds, all else
    /// is for [`super::parse`] to see.
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
    pub(super) scanner: Scanner<R>,
    /// Offset of the next byte that is not taken care of.
    pub(super) at: u64,
    /// Records so far, bad ones included.
    pub(super) number: u64,
    /// What is known before it.
    pub(super) standing: Standing,
    /// Whether the end of the bytes is that of the input.
    pub(super) whole: bool,
    /// Whether what the end of the bytes cuts is left to be read again with more.
    growing: bool,
    pub(super) over: bool,
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

    /// The same of a stream that will have more than there is now: what its end
    /// cuts is not given, and the position stays before it.
    pub(crate) fn growing(source: R, from: Position, max_record: u64) -> Self {
        Records {
            whole: false,
            growing: true,
            ..Records::going_on(source, from, max_record)
        }
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
            growing: false,
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
    /// it is well-formed, ends within them, and has no list that would make it the
    /// wrapper of others.
    pub fn next_by(&mut self, framer: &mut dyn FnMut(&[u8]) -> Option<usize>) -> Option<Item<'_>> {
        let before = self.growing.then(|| self.position());
        let found = self.find(framer)?;
        if let Some(before) = before
            && self.scanner.ends_met() > 0
        {
            self.at = before.offset;
            self.number = before.number;
            self.standing = before.standing;
            self.over = true;
            // That it cannot be read is news, that it ends is none.
            return self.scanner.take_fault().map(Item::Fault);
        }
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

    /// Counts records that the latest one held beyond itself, so that each record
    /// has a number of its own.
    pub fn count_more(&mut self, records: u64) {
        self.number += records;
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

    /// Whether it came to the end and there was nothing: no byte, or a byte order mark
    /// and white space alone. Of what cannot be read that says nothing.
    pub fn held_nothing(&self) -> bool {
        self.over && self.number == 0 && !self.standing.begun
    }

    /// The lists that the latest record stands in, outermost first: `Records[]` for
    /// the key of an object, `[]` for an array alone.
    pub fn lists(&self) -> Vec<&'static str> {
        self.standing
            .open
            .iter()
            .map(|array| array.name())
            .collect()
    }

    /// Bytes of decoded input read so far.
    pub fn bytes_read(&self) -> u64 {
        self.scanner.end()
    }
}
