//! The values that operators compare with: in comes the source text of a
//! scalar, out comes a typed value that knows how to test a node's text.

mod amount;
mod bound;
mod glob;
mod network;
mod number;
mod schedule;
mod text;
mod time_part;

pub use amount::Amount;
pub use bound::Bound;
pub use glob::Glob;
pub use network::{Network, NetworkError, is_private};
pub use number::Number;
pub use schedule::{ClockTime, Schedule, Weekday};
pub(crate) use text::fold_into;
pub use text::{Pattern, fold};
pub use time_part::TimePart;

use crate::diagnostic::Spanned;

/// The operands of an operator that takes one value or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values<T> {
    /// The values with their places; those of a named list point into it.
    pub items: Vec<Spanned<T>>,
    /// Whether `ignore_case` covers them. Items are as written either way.
    pub ignore_case: bool,
    /// Whether text operators ask numbers and booleans too, by the text that JSON writes
    /// for them, as Sigma has it; `equals` has its own way.
    pub scalars: bool,
    /// The named lists among the operands, in the order written.
    pub lists: Vec<String>,
}
