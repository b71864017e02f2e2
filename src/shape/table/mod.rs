//! Tables: results of queries, and downloads of the console.
//!
//! In comes the content of a file; out come its rows, each as a [`Leaf`]: the record
//! as CloudTrail wrote it, as far as the columns hold it, and what was lost. One row
//! is in memory at a time. What is no table is a stream of records.

mod csv;
mod fault;
mod header;
mod printed;
mod row;

use std::io::Read;

use super::classify::{Kind, classify};
use super::fault::{InputFault, WrapFault};
use super::foreign::Mapped;
use super::open::{Leaf, LeafContent, Opening, Visit};
use super::records::Records;
use super::wrap::Shape;
use crate::codec::Lookahead;

use self::csv::CsvRows;
pub use fault::{RowFault, TableFault};
pub use header::Header;
pub(crate) use header::Shown;

/// What a file or stream holds, told by its first bytes.
pub enum Contents<'r> {
    /// Records one after another, or in lists.
    Records(Records<Box<dyn Read + 'r>>),
    /// Rows.
    Table(Box<Table<Box<dyn Read + 'r>>>),
}

impl<'r> Contents<'r> {
    /// Looks at the first decoded bytes. What they decide on can be read from the
    /// result; what is wrong with the source comes out there, too.
    pub fn of(source: impl Read + 'r, opening: Opening) -> Self {
        let mut source = Lookahead::new(source);
        match header(&mut source) {
            Some(header) => {
                let source: Box<dyn Read + 'r> = Box::new(source);
                Contents::Table(Box::new(Table::csv(header, source, opening)))
            }
            None => Contents::Records(Records::new(Box::new(source), opening.max_record)),
        }
    }
}

/// The header, where a table comes next.
pub(crate) fn header<R: Read>(source: &mut Lookahead<R>) -> Option<Header> {
    let shown = source.look(|bytes, whole| match Header::shown(bytes, whole) {
        Shown::Undecided => None,
        decided => Some(decided),
    });
    match shown {
        Some(Shown::Table(header)) => Some(header),
        _ => None,
    }
}

/// The rows of a table.
#[derive(Debug)]
pub struct Table<R> {
    rows: CsvRows<R>,
    opening: Opening,
}

impl<R: Read> Table<R> {
    /// The rows of CSV, whose first line has these columns.
    pub fn csv(header: Header, source: R, opening: Opening) -> Self {
        Table {
            rows: CsvRows::new(header, source, opening.max_record),
            opening,
        }
    }

    /// Shows the next row; whether there was one. `length` is about its bytes.
    ///
    /// # Errors
    ///
    /// Where nothing more can be read.
    pub fn next(&mut self, visit: &mut dyn Visit) -> Result<bool, InputFault> {
        let asked = self.opening.shape;
        let Some(row) = self.rows.next()? else {
            return Ok(false);
        };
        let layers = [Shape::Csv];
        let content = match row {
            Ok(_) if asked.is_some_and(|asked| !layers.contains(&asked)) => {
                LeafContent::Fault(WrapFault::OtherShape {
                    asked: asked.unwrap_or(Shape::Csv),
                    found: "a row of CSV".to_owned(),
                })
            }
            Ok(row) => record(row.mapped, row.length),
            Err(fault) => LeafContent::Fault(WrapFault::Row(fault)),
        };
        visit.leaf(Leaf {
            layers: &layers,
            content,
        });
        Ok(true)
    }

    /// What no row can say.
    pub fn header(&self) -> &Header {
        self.rows.header()
    }
}

/// A row is a record, whatever is left of it.
fn record(mapped: &Mapped, length: usize) -> LeafContent<'_> {
    let kind = match classify(&mapped.record) {
        Kind::NotCloudTrail(_) | Kind::Wraps(_) => Kind::Event,
        kind => kind,
    };
    LeafContent::Record {
        value: &mapped.record,
        kind,
        length,
        losses: &mapped.losses,
    }
}
