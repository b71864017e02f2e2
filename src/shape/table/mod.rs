//! Tables: results of queries, and downloads of the console.
//!
//! In comes the content of a file; out come its rows, each as a [`Leaf`]: the record
//! as CloudTrail wrote it, as far as the columns hold it, and what was lost. One row
//! is in memory at a time. What is no table is a stream of records.

mod csv;
mod fault;
mod header;
#[cfg(feature = "parquet")]
mod parquet;
mod printed;
mod row;

use std::fmt;
use std::io::Read;

#[cfg(feature = "parquet")]
use super::classify::Foreign;
use super::classify::{Kind, classify};
use super::fault::{InputFault, WrapFault};
use super::foreign::Mapped;
use super::named::Shape;
use super::open::{Leaf, LeafContent, Opening, Visit};
use super::records::Records;
#[cfg(feature = "parquet")]
use crate::codec::Format;
use crate::codec::Lookahead;

use self::csv::CsvRows;
#[cfg(feature = "parquet")]
use self::parquet::{ParquetRows, RowContent};
pub use fault::{RowFault, TableFault};
use header::Header;
use header::Shown;
use row::{Given, RowReader};

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
        match Begin::of(&mut source) {
            Some(begin) => {
                let source: Box<dyn Read + 'r> = Box::new(source);
                Contents::Table(Box::new(Table::new(begin, source, opening)))
            }
            None => Contents::Records(Records::new(Box::new(source), opening.max_record)),
        }
    }
}

/// How a table begins.
#[derive(Debug)]
pub(crate) enum Begin {
    /// With its columns.
    Csv(Header),
    /// With a mark; its columns stand at the end.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    Parquet,
}

impl Begin {
    /// Of what comes next, where that is a table.
    pub(crate) fn of<R: Read>(source: &mut Lookahead<R>) -> Option<Begin> {
        source.look(Begin::shown)?
    }

    /// Of bytes that are all there is.
    pub(crate) fn of_whole(bytes: &[u8]) -> Option<Begin> {
        Begin::shown(bytes, true)?
    }

    /// What the first bytes show; nothing as long as they do not.
    fn shown(bytes: &[u8], whole: bool) -> Option<Option<Begin>> {
        #[cfg(feature = "parquet")]
        if Format::recognise(bytes) == Some(Format::Parquet) {
            return Some(Some(Begin::Parquet));
        }
        match Header::shown(bytes, whole) {
            Shown::Undecided => None,
            Shown::Table(header) => Some(Some(Begin::Csv(header))),
            Shown::Other => Some(None),
        }
    }
}

/// A row that says the name of each of its columns, if they are those of
/// CloudTrail's records.
pub(super) fn named_row<'v>(cells: &[(&'v str, &'v str)]) -> Option<Mapped> {
    let header = Header::of_names(cells.iter().map(|(name, _)| *name))?;
    let mut reader = RowReader::new(header);
    let texts = cells.iter().map(|(_, text)| Given::Text(text));
    Some(reader.read(texts).clone())
}

/// The rows of a table.
pub struct Table<R> {
    rows: Rows<R>,
    opening: Opening,
}

enum Rows<R> {
    Csv(Box<CsvRows<R>>),
    /// Not opened yet.
    #[cfg(feature = "parquet")]
    Closed(R),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetRows>),
    /// It could not be opened.
    Over,
}

impl<R> fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}

impl<R: Read> Table<R> {
    pub(crate) fn new(begin: Begin, source: R, opening: Opening) -> Self {
        let rows = match begin {
            Begin::Csv(header) => {
                Rows::Csv(Box::new(CsvRows::new(header, source, opening.max_record)))
            }
            #[cfg(feature = "parquet")]
            Begin::Parquet => Rows::Closed(source),
            #[cfg(not(feature = "parquet"))]
            Begin::Parquet => Rows::Over,
        };
        Table { rows, opening }
    }

    /// Shows the next row; whether there was one.
    ///
    /// # Errors
    ///
    /// Where nothing more can be read.
    pub fn next(&mut self, visit: &mut dyn Visit) -> Result<bool, InputFault> {
        let opening = self.opening;
        #[cfg(feature = "parquet")]
        if let Rows::Closed(_) = self.rows
            && let Rows::Closed(mut source) = std::mem::replace(&mut self.rows, Rows::Over)
        {
            let rows = ParquetRows::open(&mut source, opening.limits)?;
            self.rows = Rows::Parquet(Box::new(rows));
        }
        match &mut self.rows {
            Rows::Csv(rows) => {
                let Some(row) = rows.next()? else {
                    return Ok(false);
                };
                match row {
                    Ok(row) => show(
                        &[Shape::Csv],
                        record(row.mapped, row.length),
                        opening,
                        visit,
                    ),
                    Err(fault) => visit.leaf(Leaf {
                        layers: &[Shape::Csv],
                        content: LeafContent::Fault(WrapFault::Row(fault)),
                    }),
                }
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => {
                let Some(row) = rows.next()? else {
                    return Ok(false);
                };
                let (layers, content): (&[Shape], _) = match &row.content {
                    RowContent::Record { mapped, ocsf } => {
                        let layers: &[Shape] = match ocsf {
                            true => &[Shape::Parquet, Shape::Ocsf],
                            false => &[Shape::Parquet],
                        };
                        (layers, record(mapped, row.length))
                    }
                    RowContent::Other(value) => {
                        let kind = classify(value);
                        let kind = match kind {
                            Kind::NotCloudTrail(_) => kind,
                            _ => Kind::NotCloudTrail(Foreign::Unknown),
                        };
                        (&[Shape::Parquet], plain(value, kind, row.length))
                    }
                };
                show(layers, content, opening, visit);
            }
            #[cfg(feature = "parquet")]
            Rows::Closed(_) => return Ok(false),
            Rows::Over => return Ok(false),
        }
        Ok(true)
    }

    /// The shape of the rows.
    pub fn shape(&self) -> Shape {
        match self.rows {
            Rows::Csv(_) => Shape::Csv,
            _ => Shape::Parquet,
        }
    }

    /// The columns that say what it is; of Parquet they are known after a row.
    pub fn columns(&self) -> Vec<String> {
        match &self.rows {
            Rows::Csv(rows) => rows.header().fields(),
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.columns().to_vec(),
            _ => Vec::new(),
        }
    }
}

/// Shows a row, if it has the shape that was asked for.
fn show(layers: &[Shape], content: LeafContent<'_>, opening: Opening, visit: &mut dyn Visit) {
    let content = match opening.shape {
        Some(asked) if !layers.contains(&asked) => LeafContent::Fault(WrapFault::OtherShape {
            asked,
            found: format!(
                "a row of {}",
                layers.first().map_or("a table", |shape| shape.name())
            ),
        }),
        _ => content,
    };
    visit.leaf(Leaf { layers, content });
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

/// A row that is none.
#[cfg(feature = "parquet")]
fn plain(value: &serde_json::Value, kind: Kind, length: usize) -> LeafContent<'_> {
    LeafContent::Record {
        value,
        kind,
        length,
        losses: crate::event::Losses::none(),
    }
}
