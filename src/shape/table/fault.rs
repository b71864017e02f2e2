//! What can be wrong with a table and with a row of it.

use thiserror::Error;

use crate::diagnostic::{Code, Diagnostic};

/// Why a row is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RowFault {
    /// It has more values than the header has names, or less.
    #[error("this row has {found} values, and the header names {expected} columns")]
    Columns {
        /// Values in the row.
        found: usize,
        /// Columns in the header.
        expected: usize,
    },
    /// A value that is no UTF-8.
    #[error("a value of this row is not valid UTF-8")]
    NotUtf8,
    /// The input ends inside a quoted value.
    #[error("the input ends inside this row")]
    Truncated,
}

/// Why a table cannot be read, or read on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableFault {
    /// A row has more bytes than the limit allows, as one does whose last quote is
    /// missing: where the next begins cannot be told.
    #[error("row {row} of the table is larger than the limit of {limit} bytes")]
    RowTooLarge {
        /// Its number, from 1.
        row: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A Parquet file that is damaged, or written as the library does not read it.
    #[error("the Parquet data cannot be read: {0}")]
    BadParquet(String),
    /// A Parquet file that is compressed in a way that is not read.
    #[error("the Parquet data is compressed with {0}, which is not read")]
    Compression(String),
    /// A Parquet file with other data.
    #[error("this is a Parquet file without the columns of CloudTrail's records or of OCSF")]
    OtherColumns,
}

impl TableFault {
    /// The fault as a person reads it; `input` names where the table came from.
    pub fn diagnostic(&self, input: &str) -> Diagnostic {
        let help = match self {
            TableFault::RowTooLarge { .. } => {
                "the rows before it were read, and none after it: see whether a quote is missing \
                 there; if it is a real row, raise `--max-record`"
            }
            TableFault::BadParquet(_) => {
                "what came before was evaluated; fetch or export the file again"
            }
            TableFault::Compression(_) => {
                "Snappy, gzip, Zstandard and no compression at all are read: write the table again \
                 with one of them, as Athena's `write_compression` and most writers' `compression` \
                 say"
            }
            TableFault::OtherColumns => {
                "leave it out, for instance with a pattern such as 'lake/**/*.gz.parquet'; a table \
                 of CloudTrail's records names at least two of the columns eventName, eventSource, \
                 eventID, eventType and eventVersion"
            }
        };
        Diagnostic::new(Code::BadTable, self.to_string())
            .in_place(input)
            .help(help)
    }
}
