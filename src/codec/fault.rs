//! What can be wrong with compressed data.

use std::io;

use thiserror::Error;

use super::Format;
use crate::diagnostic::{Code, Diagnostic};

/// Why decoding ended before the source did, or where it should not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodecFault {
    /// The source ends inside the data.
    #[error("the {} ends early", .0.data())]
    Truncated(Format),
    /// The bytes are no valid data of the format.
    #[error("the {} is damaged", .0.data())]
    Damaged(Format),
    /// It decodes, but its check sum or length says otherwise.
    #[error("the {} does not match its check sum", .0.data())]
    CheckSum(Format),
    /// Something else than more of the same follows the data.
    #[error("something else follows the {}", .0.data())]
    TrailingData(Format),
    /// It decodes to more than an input may.
    #[error("the {} decodes to more than {limit} bytes", .format.data())]
    TooLarge {
        /// What it is.
        format: Format,
        /// The limit in bytes.
        limit: u64,
    },
    /// It decodes to so many times its size that it cannot be a log.
    #[error("the {} decodes to more than {limit} times its size", .format.data())]
    TooDense {
        /// What it is.
        format: Format,
        /// The limit.
        limit: u64,
    },
    /// It takes more memory to decode than it may.
    #[error("the Zstandard data needs a window of more than {limit} bytes")]
    TooWide {
        /// The limit in bytes.
        limit: u64,
    },
    /// Zstandard data made with a dictionary of its own.
    #[error("the Zstandard data needs a dictionary")]
    Dictionary,
    /// A member of a zip archive that takes a password.
    #[error("the member is encrypted")]
    Encrypted,
    /// A member of a zip archive in a compression that is not decoded.
    #[error("the member is compressed by method {0}, which is not read in this version")]
    Method(u16),
    /// A file with holes in a tar archive.
    #[error("the member is a sparse file, which is not read in this version")]
    Sparse,
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
        Diagnostic::new(self.code(), self.to_string())
            .in_place(input)
            .help(self.help())
    }

    fn code(self) -> Code {
        match self {
            CodecFault::Encrypted | CodecFault::Method(_) | CodecFault::Sparse => Code::BadArchive,
            _ => Code::BadCompression,
        }
    }

    fn help(self) -> &'static str {
        match self {
            CodecFault::Truncated(_) => {
                "what came before the end was evaluated; fetch or export the file again"
            }
            CodecFault::Damaged(_) => {
                "what came before the damage was evaluated; fetch or export the file again"
            }
            CodecFault::CheckSum(_) => {
                "the records were evaluated but may not be what was written; fetch the file again"
            }
            CodecFault::TrailingData(_) => {
                "the records before it were evaluated; find out what was appended to the file"
            }
            CodecFault::TooLarge { .. } => {
                "what came before was evaluated; if it is a real export, raise `--max-decoded`"
            }
            CodecFault::TooDense { .. } => {
                "what came before was evaluated; if it is a real export, raise `--max-ratio`"
            }
            CodecFault::TooWide { .. } => {
                "raise `--max-window`, or compress it without `--long` and `--ultra`"
            }
            CodecFault::Dictionary => "unpack it: `zstd -dc -D DICTIONARY FILE | trailgate scan -`",
            CodecFault::Encrypted => "unpack it: `unzip -d export FILE`, then scan `export`",
            CodecFault::Method(_) => {
                "unpack it, or pack it again: `zip` and most others deflate by default"
            }
            CodecFault::Sparse => {
                "unpack it: `tar -xf FILE -C export`; without `-S` tar packs files as they are"
            }
            CodecFault::Unsupported(format) => format.help(),
        }
    }
}

impl From<CodecFault> for io::Error {
    fn from(fault: CodecFault) -> io::Error {
        let kind = match fault {
            CodecFault::Truncated(_) => io::ErrorKind::UnexpectedEof,
            CodecFault::Unsupported(_)
            | CodecFault::Dictionary
            | CodecFault::Encrypted
            | CodecFault::Method(_)
            | CodecFault::Sparse => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, fault)
    }
}
