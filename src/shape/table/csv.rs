//! Rows of CSV (RFC 4180), one at a time.
//!
//! In come decoded bytes that begin with a header; out come rows with the record that
//! each holds. A row takes no more memory than the limit on records allows.

use std::io::{self, Read};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::fault::{RowFault, TableFault};
use super::header::Header;
use super::row::RowReader;
use crate::shape::fault::InputFault;
use crate::shape::foreign::Mapped;

/// The rows after the header.
#[derive(Debug)]
pub(super) struct CsvRows<R> {
    reader: Reader<Bounded<R>>,
    row: ByteRecord,
    reads: RowReader,
    number: u64,
    max_record: u64,
}

/// A row that was read.
#[derive(Debug)]
pub(super) struct CsvRow<'r> {
    pub(super) mapped: &'r Mapped,
    /// Its bytes, quotes and commas apart.
    pub(super) length: usize,
}

/// Bytes that the reader of CSV reads ahead.
const AHEAD: usize = 64 * 1024;

impl<R: Read> CsvRows<R> {
    pub(super) fn new(header: Header, source: R, max_record: u64) -> Self {
        let source = Bounded {
            source,
            left: 0,
            quotes: 0,
        };
        CsvRows {
            reader: ReaderBuilder::new()
                .has_headers(true)
                .flexible(true)
                .buffer_capacity(AHEAD)
                .from_reader(source),
            row: ByteRecord::new(),
            reads: RowReader::new(header),
            number: 0,
            max_record,
        }
    }

    pub(super) fn header(&self) -> &Header {
        self.reads.header()
    }

    /// The next row, or why it is none; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Result<CsvRow<'_>, RowFault>>, InputFault> {
        self.number += 1;
        self.reader.get_mut().left = self.max_record.saturating_add(AHEAD as u64);
        let fault = match self.reader.read_byte_record(&mut self.row) {
            Ok(true) => self.fault(),
            Ok(false) => return Ok(None),
            Err(error) => return Err(self.input_fault(error)),
        };
        if let Some(fault) = fault {
            return Ok(Some(Err(fault)));
        }
        let length = self.row.as_slice().len();
        if length as u64 > self.max_record {
            return Err(self.too_large());
        }
        Ok(Some(
            self.reads
                .read_texts(&self.row)
                .map(|mapped| CsvRow { mapped, length }),
        ))
    }

    /// What is wrong with how the row is written.
    fn fault(&self) -> Option<RowFault> {
        // Of quotes there is an even number, unless one is open at the end.
        if self.reader.is_done() && !self.reader.get_ref().quotes.is_multiple_of(2) {
            return Some(RowFault::Truncated);
        }
        let (found, expected) = (self.row.len(), self.header().columns.len());
        (found != expected).then_some(RowFault::Columns { found, expected })
    }

    fn input_fault(&self, error: csv::Error) -> InputFault {
        match error.into_kind() {
            ErrorKind::Io(error) if is_too_large(&error) => self.too_large(),
            ErrorKind::Io(error) => InputFault::from(error),
            // Rows of any length and of any bytes are taken.
            other => InputFault::Read(io::Error::other(format!("{other:?}"))),
        }
    }

    fn too_large(&self) -> InputFault {
        InputFault::Table(TableFault::RowTooLarge {
            row: self.number,
            limit: self.max_record,
        })
    }
}

/// A source that gives so many bytes and then fails, until it gets more leave.
#[derive(Debug)]
struct Bounded<R> {
    source: R,
    left: u64,
    /// Quotes that were read.
    quotes: u64,
}

/// The mark of a row that is too large.
#[derive(Debug)]
struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a row is too large")
    }
}

impl std::error::Error for TooLarge {}

fn is_too_large(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(TooLarge));
        }
        let most = usize::try_from(self.left).map_or(out.len(), |left| left.min(out.len()));
        let count = self.source.read(&mut out[..most])?.min(most);
        self.left -= count as u64;
        self.quotes += memchr::memchr_iter(b'"', &out[..count]).count() as u64;
        Ok(count)
    }
}
