//! Shape: decoded bytes become records, one at a time.
//!
//! In comes a [`Read`](std::io::Read) of plain bytes in any of the shapes that
//! an export has: an object with a `Records` array or a list of an API's answer, a
//! bare array, one object, or objects one after another with or without newlines
//! or times before them, pretty-printed or not, with a byte order mark or CRLF.
//! Out of [`Records`] come [`Item`]s in order: the bytes of each record as soon as its last byte is in, and what was
//! wrong where something was. Only framing is tracked here (strings, nesting,
//! the order of tokens); [`parse`] turns one record's bytes into a value and
//! [`classify`] says what that value is. At most one record is in memory.
//! [`Opening`] gives the records that a record wraps.
//!
//! # Damage
//!
//! Damage is never silent and costs as few neighbours as can be. A malformed
//! record whose brackets and strings balance ends where they do, and [`parse`]
//! says what is wrong with it. Where they do not, reading goes on at the next
//! place that looks like the beginning of a record: an object that stands at
//! the start of a line, no deeper than the damaged record, or one whose first
//! key is a key of CloudTrail records.

mod classify;
mod fault;
mod foreign;
mod frame;
mod kept;
mod list;
mod lowered;
mod named;
mod open;
mod parse;
mod records;
mod resync;
mod scan;
mod stamp;
mod standing;
pub(crate) mod table;
mod walk;
mod window;
mod wrap;

pub use classify::{Foreign, Kind, classify};
pub use fault::{BadRecord, Fault, InputFault, WrapFault};
pub use kept::parse_kept;
pub(crate) use list::List;
pub use named::Shape;
pub use open::{Leaf, LeafContent, MOST_LAYERS, Opening, Visit};
pub use parse::{RecordFault, parse};
pub use records::{DEFAULT_MAX_RECORD, Item, RecordBytes, Records};
pub(crate) use standing::{Position, Standing};
pub use table::{Contents, RowFault, Table, TableFault};

#[cfg(test)]
mod tests;
