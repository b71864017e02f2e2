//! What can be wrong with an input and with a record of it.

use std::io;

use thiserror::Error;

use super::named::Shape;
use super::parse::RecordFault;
use super::table::{RowFault, TableFault};
use crate::codec::{CodecFault, Format};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Input;

/// Why the bytes at one place are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// A byte that cannot stand where it does, at this offset of the stream.
    #[error("this is not valid JSON, from byte {at} of the input on")]
    Malformed {
        /// Offset of the byte in the decoded stream.
        at: u64,
    },
    /// Some other JSON value, or no JSON, where an object should be.
    #[error("this is not a JSON object")]
    NotAnObject,
    /// A comma too many or one too few between records.
    #[error("a comma is missing or misplaced between records")]
    Comma,
    /// The input ends inside the record.
    #[error("the input ends inside this record")]
    Truncated,
    /// The input ends between records, before the array or object that holds
    /// them does; how many are missing is unknown.
    #[error("the input ends before the list of records does")]
    Unclosed,
    /// The record has more bytes than the limit allows.
    #[error("the record is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The record is nested deeper than any parser would follow.
    #[error("the record is nested too deep")]
    TooDeep,
}

/// A place where a record was expected and could not be had. Its neighbours are
/// not affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRecord {
    /// Its number among all records of the input, from 1.
    pub number: u64,
    /// Where it begins, as an offset in the decoded stream.
    pub offset: u64,
    /// What is wrong.
    pub fault: Fault,
}

impl BadRecord {
    /// The fault as a person reads it; `input` names where the record came from.
    pub fn diagnostic(&self, input: &str) -> Diagnostic {
        let (code, help) = match self.fault {
            Fault::TooLarge { .. } => (
                Code::RecordTooLarge,
                "its neighbours were read; if it is a real record, raise `--max-record`",
            ),
            Fault::Truncated | Fault::Unclosed => (
                Code::BadRecord,
                "the records before it were read; fetch or export the file again",
            ),
            Fault::Malformed { .. } | Fault::NotAnObject | Fault::Comma | Fault::TooDeep => (
                Code::BadRecord,
                "its neighbours were read; mend or remove it, or export the file again",
            ),
        };
        Diagnostic::new(code, self.fault.to_string())
            .in_place(format!(
                "{input}, record {} (byte {})",
                self.number, self.offset
            ))
            .help(help)
    }
}

/// Why reading an input ended before its end.
#[derive(Debug, Error)]
pub enum InputFault {
    /// The compressed data is at fault.
    #[error("{0}")]
    Codec(CodecFault),
    /// The source cannot be read on.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// A table whose rows cannot be told apart any further.
    #[error("{0}")]
    Table(TableFault),
    /// It was read to its end, and nothing was in it.
    #[error("there is nothing in it")]
    Nothing,
    /// The first byte that is no white space begins neither an object nor an
    /// array; the format is named where it shows.
    #[error("{}", match .0 {
        Some(format) => format!("this is {format}, not JSON"),
        None => "this is not JSON".to_owned(),
    })]
    NotJson(Option<Format>),
}

impl InputFault {
    /// The fault as a person reads it; `input` names where the data came from.
    pub fn diagnostic(&self, input: &str) -> Diagnostic {
        if let InputFault::Read(error) = self
            && let Some(told) = Diagnostic::sent_along(error)
        {
            return told.in_place(input);
        }
        let help = match self {
            InputFault::Nothing => return nothing(input),
            InputFault::Codec(fault) => return fault.diagnostic(input),
            InputFault::Read(_) => "what came before was evaluated; see that the rest can be read",
            InputFault::Table(fault) => return fault.diagnostic(input),
            InputFault::NotJson(Some(format)) => format.help(),
            InputFault::NotJson(None) => {
                "CloudTrail records are read as JSON: a Records object, an array, an object, or \
                 JSON Lines; and as CSV with commas and a header that names columns of theirs, \
                 such as eventName and eventSource; leave other files out, for instance with a pattern such as \
                 'export/**/*.json.gz'"
            }
        };
        Diagnostic::new(Code::InputUnreadable, self.to_string())
            .in_place(input)
            .help(help)
    }
}

/// CloudTrail delivers no file without a record: what is empty lost what it held.
fn nothing(input: &str) -> Diagnostic {
    let help = if input == Input::STDIN {
        "the command that should have written to it wrote nothing: see that it succeeded; where \
         there need not be an event, say `--allow-empty`"
    } else {
        "CloudTrail delivers no empty files: copy or export it again, or leave it out; where there \
         need not be an event, say `--allow-empty`"
    };
    Diagnostic::new(Code::EmptyInput, InputFault::Nothing.to_string())
        .in_place(input)
        .help(help)
}

/// Why what a record wraps is not judged.
#[derive(Debug, Error)]
pub enum WrapFault {
    /// Where the record should be is no JSON object.
    #[error("`{0}` holds no JSON object")]
    Missing(&'static str),
    /// Bytes that should be in base64 are not.
    #[error("`{0}` is not valid base64")]
    NotBase64(&'static str),
    /// What was packed or written as text cannot be read to its end.
    #[error("what `{key}` holds cannot be read: {fault}")]
    Unreadable {
        /// The key, or the shape, that it stands in.
        key: &'static str,
        /// Why.
        fault: InputFault,
    },
    /// A place in it where a record was expected.
    #[error("{0} (in what the record wraps)")]
    Frame(Fault),
    /// A record in it that is no valid JSON.
    #[error("{0} (in what the record wraps)")]
    Record(RecordFault),
    /// It says that it holds a CloudTrail record, and does not.
    #[error("it should wrap a CloudTrail record, and what it wraps is none")]
    NoRecord,
    /// A row of a table that cannot be read.
    #[error("{0}")]
    Row(RowFault),
    /// A wrapper in a wrapper, and so on.
    #[error("it is wrapped in more than {limit} layers")]
    TooManyLayers {
        /// How many are opened.
        limit: usize,
    },
    /// The shape that was asked for is not the record's.
    #[error("this is {found}, and not in the shape {asked}")]
    OtherShape {
        /// The shape that `--shape` names.
        asked: Shape,
        /// What it is.
        found: String,
    },
}

impl WrapFault {
    /// The fault as a person reads it, for one record of a named input.
    pub fn diagnostic(&self, input: &str, number: u64) -> Diagnostic {
        let (code, help) = match self {
            WrapFault::OtherShape { .. } => (
                Code::OtherShape,
                "`trailgate shapes FILE` says what it is; without `--shape` that is found out",
            ),
            WrapFault::Row(_) => (
                Code::BadRow,
                "the rows before and after it were read; export the table again as the query \
                 engine writes it, with every value quoted",
            ),
            WrapFault::Frame(Fault::TooLarge { .. }) => (
                Code::RecordTooLarge,
                "its neighbours were read; if it is a real record, raise `--max-record`",
            ),
            WrapFault::Unreadable {
                fault: InputFault::Codec(CodecFault::TooLarge { .. }),
                ..
            } => (
                Code::BadWrapping,
                "what came before was evaluated; if it is a real export, raise `--max-decoded`",
            ),
            WrapFault::Unreadable {
                fault: InputFault::Codec(CodecFault::TooDense { .. }),
                ..
            } => (
                Code::BadWrapping,
                "what came before was evaluated; if it is a real export, raise `--max-ratio`",
            ),
            WrapFault::TooManyLayers { .. } => (
                Code::BadWrapping,
                "unwrap it once or twice before it is scanned",
            ),
            _ => (
                Code::BadWrapping,
                "its neighbours were read; mend or remove it, or export the file again",
            ),
        };
        Diagnostic::new(code, self.to_string())
            .in_place(format!("{input}, record {number}"))
            .help(help)
    }
}

impl From<io::Error> for InputFault {
    fn from(error: io::Error) -> Self {
        match CodecFault::of(&error) {
            Some(fault) => InputFault::Codec(fault),
            None => InputFault::Read(error),
        }
    }
}
