//! What can be wrong with compressed data.

use std::io;

use thiserror::Error;

use super::Format;
use crate::diagnostic::{Code, Diagnostic};

/// Why decoding ended before the source did, or where it should not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodecFault {
    /// The source ends inside a gzip member.
    #[error("the gzip data ends early")]
    Truncated,
    /// A member's bytes are no valid gzip.
    #[error("the gzip data is damaged")]
    Damaged,
    /// A member decodes, but its check sum or length says otherwise.
    #[error("the gzip data does not match its check sum")]
    CheckSum,
    /// Something other than a further member or zeros follows the last member.
    #[error("something that is no gzip follows the gzip data")]
    TrailingData,
    /// It decodes to more than an input may.
    #[error("the gzip data decodes to more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// It decodes to so many times its size that it cannot be a log.
    #[error("the gzip data decodes to more than {limit} times its size")]
    TooDense {
        /// The limit.
        limit: u64,
    },
    /// A container that is not decoded.
    #[error("this is {0}, which is not read in this version")]
    Unsupported(Format),
}

impl CodecFault {
    /// The fault that an error of a [`super::Decoder`] holds, if it holds one.
    pub fn of(error: &io::Error) -> Option<CodecFault> {
        error.get_ref()?.downcast_ref::<CodecFault>().copied()
    }

    /// The fault as a person reads it; `input` names where the data came from.
    pub fn diagnostic(self, input: &str) -> Diagnostic {
        let help = match self {
            CodecFault::Truncated => {
                "what came before the end was evaluated; fetch or export the file again"
            }
            CodecFault::Damaged => {
                "what came before the damage was evaluated; fetch or export the file again"
            }
            CodecFault::CheckSum => {
                "the records were evaluated but may not be what was written; fetch the file again"
            }
            CodecFault::TrailingData => {
                "the records before it were evaluated; find out what was appended to the file"
            }
            CodecFault::TooLarge { .. } => {
                "what came before was evaluated; if it is a real export, raise `--max-decoded`"
            }
            CodecFault::TooDense { .. } => {
                "what came before was evaluated; if it is a real export, raise `--max-ratio`"
            }
            CodecFault::Unsupported(format) => format.help(),
        };
        Diagnostic::new(Code::BadCompression, self.to_string())
            .in_place(input)
            .help(help)
    }
}

impl From<CodecFault> for io::Error {
    fn from(fault: CodecFault) -> io::Error {
        let kind = match fault {
            CodecFault::Truncated => io::ErrorKind::UnexpectedEof,
            CodecFault::Unsupported(_) => io::ErrorKind::Unsupported,
            CodecFault::Damaged
            | CodecFault::CheckSum
            | CodecFault::TrailingData
            | CodecFault::TooLarge { .. }
            | CodecFault::TooDense { .. } => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, fault)
    }
}
