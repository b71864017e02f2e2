//! What can be wrong with an archive, its members' content apart.

use std::io;

use thiserror::Error;

use crate::codec::{CodecFault, Format};
use crate::diagnostic::{Code, Diagnostic};

/// What is wrong between the members of an archive, or with it as a whole.
#[derive(Debug, Error)]
pub enum ArchiveFault {
    /// It ends before its end is said.
    #[error("the {} archive ends early", name(.0))]
    Truncated(Format),
    /// What should be a member is none.
    #[error("the {} archive is damaged at byte {at}", name(.format))]
    Damaged {
        /// What it is.
        format: Format,
        /// Where in the archive.
        at: u64,
    },
    /// The directory of a zip archive lists something else than it holds.
    #[error("the directory of the zip archive does not list what the archive holds")]
    Directory,
    /// More than padding follows it.
    #[error("something else follows the {} archive", name(.0))]
    TrailingData(Format),
    /// A name or another attribute is too long to be one.
    #[error("a header of the tar archive is longer than {limit} bytes")]
    LongHeader {
        /// The limit in bytes.
        limit: u64,
    },
    /// It is in too many archives.
    #[error("this archive is nested deeper than the limit of {limit}")]
    TooDeep {
        /// The limit.
        limit: u8,
    },
    /// It has more members than an input may.
    #[error("the archive has more members than the limit of {limit}")]
    TooMany {
        /// The limit.
        limit: u64,
    },
    /// Its members came to more than they may.
    #[error("the rest of the archive was not read: what it decodes to passes a limit")]
    Spent,
    /// It cannot be read on.
    #[error("{0}")]
    Source(io::Error),
}

fn name(format: &Format) -> &'static str {
    match format {
        Format::Zip => "zip",
        _ => "tar",
    }
}

impl ArchiveFault {
    /// The fault as a person reads it; `input` names the archive.
    pub fn diagnostic(&self, input: &str) -> Diagnostic {
        let help = match self {
            ArchiveFault::Source(error) => return unreadable(error, input),
            ArchiveFault::Truncated(_) => {
                "what came before the end was evaluated; fetch or pack the archive again"
            }
            ArchiveFault::Damaged { .. } => {
                "what could be read was evaluated; fetch or pack the archive again"
            }
            ArchiveFault::Directory => {
                "what it holds was evaluated; members were removed, renamed or damaged: pack it \
                 again from the files"
            }
            ArchiveFault::TrailingData(_) => {
                "its members were evaluated; find out what was appended to the archive"
            }
            ArchiveFault::LongHeader { .. } => {
                "no file has a name of that length: fetch or pack the archive again"
            }
            ArchiveFault::TooDeep { .. } => {
                "unpack it, or raise `--max-depth`; nothing in it was evaluated"
            }
            ArchiveFault::Spent => "the member that was read last says which limit",
            ArchiveFault::TooMany { .. } => {
                "what came before was evaluated; if it is a real export, raise `--max-members`"
            }
        };
        Diagnostic::new(Code::BadArchive, self.to_string())
            .in_place(input)
            .help(help)
    }
}

fn unreadable(error: &io::Error, input: &str) -> Diagnostic {
    if let Some(told) = Diagnostic::sent_along(error) {
        return told.in_place(input);
    }
    match CodecFault::of(error) {
        Some(fault) => fault.diagnostic(input),
        None => Diagnostic::new(Code::InputUnreadable, format!("cannot be read: {error}"))
            .in_place(input)
            .help("what came before was evaluated; see that the rest can be read"),
    }
}

impl From<io::Error> for ArchiveFault {
    fn from(error: io::Error) -> Self {
        ArchiveFault::Source(error)
    }
}
