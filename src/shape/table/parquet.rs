//! Rows of Apache Parquet: Security Lake's files in OCSF, and tables that queries
//! wrote with CloudTrail's columns.
//!
//! In come decoded bytes; out come rows with the record that each holds. The bytes go
//! to a temporary file without a name first, for their index stands at the end. In
//! memory is what the columns have in one page each. The library that reads them may
//! panic on a damaged file: that ends the input with an error, as all else that is
//! wrong does.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use serde_json::{Map, Value};

use super::fault::TableFault;
use super::header::Header;
use super::row::{Given, RowReader};
use crate::codec::{Format, Limits};
use crate::shape::fault::InputFault;
use crate::shape::foreign::{self, Mapped};

/// The rows of a file.
pub(super) struct ParquetRows {
    rows: RowIter<'static>,
    columns: Vec<String>,
    reads: Reads,
    stored: u64,
    decoded: u64,
    limits: Limits,
}

/// What the columns are.
enum Reads {
    /// OCSF's classes and objects.
    Ocsf,
    CloudTrail(Box<RowReader>),
}

/// A row that was read.
pub(super) struct ParquetRow {
    pub(super) content: RowContent,
    /// About its bytes.
    pub(super) length: usize,
}

pub(super) enum RowContent {
    /// A record, mapped from OCSF or from CloudTrail's columns.
    Record { mapped: Mapped, ocsf: bool },
    /// A row in OCSF that is not CloudTrail's.
    Other(Value),
}

/// What a value without text counts for: rows of nothing are not for free.
const LEAST: usize = 8;

impl ParquetRows {
    pub(super) fn open(source: &mut dyn Read, limits: Limits) -> Result<Self, InputFault> {
        let mut file = tempfile::tempfile().map_err(InputFault::Read)?;
        let stored = io::copy(source, &mut file)?;
        file.rewind().map_err(InputFault::Read)?;
        contained(|| Self::of(file, stored, limits))?
    }

    fn of(file: File, stored: u64, limits: Limits) -> Result<Self, InputFault> {
        let reader = SerializedFileReader::new(file).map_err(|error| damaged(&error))?;
        let groups = reader.metadata().row_groups().iter();
        let claimed = groups.fold(0_u64, |sum, group| {
            sum.saturating_add(u64::try_from(group.total_byte_size()).unwrap_or(0))
        });
        if let Some(fault) = limits.exceeded(Format::Parquet, stored, claimed) {
            return Err(InputFault::Codec(fault));
        }
        if let Some(name) = unread_compression(reader.metadata()) {
            return Err(InputFault::Table(TableFault::Compression(name)));
        }
        let schema = reader.metadata().file_metadata().schema();
        let fields = schema.get_fields().iter();
        let columns: Vec<String> = fields.map(|field| field.name().to_owned()).collect();
        let reads = if columns.iter().any(|column| column == "class_uid") {
            Reads::Ocsf
        } else {
            let header = Header::of_names(columns.iter().map(String::as_str));
            let header = header.ok_or(InputFault::Table(TableFault::OtherColumns))?;
            Reads::CloudTrail(Box::new(RowReader::new(header)))
        };
        Ok(ParquetRows {
            rows: RowIter::from_file_into(Box::new(reader)),
            columns,
            reads,
            stored,
            decoded: 0,
            limits,
        })
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next row; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<ParquetRow>, InputFault> {
        let row = match contained(|| self.rows.next())? {
            None => return Ok(None),
            Some(Ok(row)) => row,
            Some(Err(error)) => return Err(damaged(&error)),
        };
        let mut length = 0;
        let value = group(&row, &mut length);
        self.decoded = self.decoded.saturating_add(length as u64);
        if let Some(fault) = self
            .limits
            .exceeded(Format::Parquet, self.stored, self.decoded)
        {
            return Err(InputFault::Codec(fault));
        }
        let content = match &mut self.reads {
            Reads::Ocsf if foreign::is_ocsf_of_cloudtrail(&value) => RowContent::Record {
                mapped: foreign::of_ocsf(&value),
                ocsf: true,
            },
            Reads::Ocsf => RowContent::Other(value),
            Reads::CloudTrail(reader) => {
                let values = value.as_object().into_iter().flat_map(Map::values);
                let mapped = reader.read(values.map(Given::Value));
                RowContent::Record {
                    mapped: mapped.clone(),
                    ocsf: false,
                }
            }
        };
        Ok(Some(ParquetRow { content, length }))
    }
}

/// How a column is compressed that cannot be decompressed here.
fn unread_compression(metadata: &ParquetMetaData) -> Option<String> {
    let mut columns = metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns());
    columns.find_map(|column| match column.compression() {
        Compression::UNCOMPRESSED
        | Compression::SNAPPY
        | Compression::GZIP(_)
        | Compression::ZSTD(_) => None,
        Compression::BROTLI(_) => Some("Brotli".to_owned()),
        Compression::LZ4 | Compression::LZ4_RAW => Some("LZ4".to_owned()),
        other => Some(other.to_string()),
    })
}

fn damaged(error: &dyn std::error::Error) -> InputFault {
    InputFault::Table(TableFault::BadParquet(error.to_string()))
}

thread_local! {
    /// Whether a panic on this thread is contained, and no news.
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// What a function gives; a panic in it is a damaged file.
fn contained<T>(read: impl FnOnce() -> T) -> Result<T, InputFault> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !CONTAINED.get() {
                before(panic);
            }
        }));
    });
    CONTAINED.set(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    CONTAINED.set(false);
    result.map_err(|_| {
        let why = "its pages do not fit together".to_owned();
        InputFault::Table(TableFault::BadParquet(why))
    })
}

fn group(row: &Row, length: &mut usize) -> Value {
    let fields = row.get_column_iter();
    let fields = fields.map(|(name, field)| {
        *length += LEAST;
        (name.clone(), value(field, length))
    });
    Value::Object(fields.collect())
}

/// A value as JSON has it; a time is milliseconds since 1970.
fn value(field: &Field, length: &mut usize) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => (*flag).into(),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) | Field::Date(number) | Field::TimeMillis(number) => (*number).into(),
        Field::Long(number) | Field::TimeMicros(number) | Field::TimestampMillis(number) => {
            (*number).into()
        }
        Field::TimestampMicros(number) => (number.div_euclid(1000)).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        Field::Float16(number) => f32::from(*number).into(),
        Field::Float(number) => (*number).into(),
        Field::Double(number) => (*number).into(),
        Field::Decimal(_) => Value::Null,
        Field::Str(text) => {
            *length += text.len();
            text.as_str().into()
        }
        Field::Bytes(bytes) => {
            *length += bytes.data().len();
            std::str::from_utf8(bytes.data()).map_or(Value::Null, Value::from)
        }
        Field::Group(row) => group(row, length),
        Field::ListInternal(list) => {
            let elements = list.elements().iter();
            let elements = elements.map(|element| {
                *length += LEAST;
                value(element, length)
            });
            elements.collect()
        }
        Field::MapInternal(map) => {
            let mut entries = Map::new();
            for (key, inner) in map.entries() {
                *length += LEAST;
                if let Value::String(key) = value(key, length) {
                    entries.insert(key, value(inner, length));
                }
            }
            Value::Object(entries)
        }
    }
}
