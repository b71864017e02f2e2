//! What a splitter knows between two values: all that another one needs to go on
//! from there.

use super::list::List;
use super::resync::Indent;

/// Where a splitter stands in its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Offset of the next byte that is not taken care of.
    pub(crate) offset: u64,
    /// Records so far, bad ones included.
    pub(crate) number: u64,
    pub(crate) standing: Standing,
}

/// What came before decides on what may come: that much of it, wherever it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The arrays that are open, outermost first.
    pub(super) open: Vec<Array>,
    pub(super) comma: Comma,
    pub(super) indent: Indent,
    /// Whether something with the beginning of JSON was seen.
    pub(super) begun: bool,
    /// Whether framing was lost before, so that stray brackets are no news.
    pub(super) damaged: bool,
}

/// An array whose elements are records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Array {
    Bare,
    /// The value of a key: after it comes the rest of an object.
    Wrapped(List),
}

impl Array {
    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Array::Bare => "[]",
            Array::Wrapped(list) => match list {
                List::Records => "Records[]",
                List::LookupEvents => "Events[]",
                List::LogEvents => "logEvents[]",
                List::FoundEvents => "events[]",
                List::Rows => "results[]",
            },
        }
    }
}

/// What is known about the comma before the next element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comma {
    /// The array has just begun.
    First,
    Needed,
    Seen,
    /// After damage: it may be there or not.
    Excused,
}

/// At the beginning of a stream.
impl Default for Standing {
    fn default() -> Self {
        Standing {
            open: Vec::new(),
            comma: Comma::First,
            indent: Indent::line_start(),
            begun: false,
            damaged: false,
        }
    }
}
