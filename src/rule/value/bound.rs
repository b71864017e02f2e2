//! The bound of an ordering: a number, or a moment where it is a time.

use jiff::Timestamp;

use super::Number;

/// What `gt`, `gte`, `lt` and `lte` compare with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// Compared with numbers, and with strings that are JSON numbers.
    Number(Number),
    /// Compared with strings that are RFC 3339 times.
    Time(Timestamp),
}
