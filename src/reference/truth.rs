//! Truth with what could not be read.

use std::ops::{BitAnd, BitOr, Not};

/// Whether something holds, and whether that is certain.
///
/// A `json:` block over a string that cannot be decoded is false, and *open*:
/// it might have held had the string been readable. AND, OR and NOT carry this
/// on exactly: an answer is open if the other answer was possible too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Truth {
    /// The answer.
    pub value: bool,
    /// Whether the answer could have been the other one.
    pub open: bool,
}

impl Truth {
    /// It holds.
    pub const TRUE: Truth = Truth {
        value: true,
        open: false,
    };
    /// It does not hold.
    pub const FALSE: Truth = Truth {
        value: false,
        open: false,
    };
    /// It does not hold on what could be read.
    pub const UNREADABLE: Truth = Truth {
        value: false,
        open: true,
    };

    fn can_be(self, value: bool) -> bool {
        self.value == value || self.open
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        Truth { value, open: false }
    }
}

impl BitAnd for Truth {
    type Output = Truth;

    fn bitand(self, other: Truth) -> Truth {
        let can_be_true = self.can_be(true) && other.can_be(true);
        let can_be_false = self.can_be(false) || other.can_be(false);
        Truth {
            value: self.value && other.value,
            open: can_be_true && can_be_false,
        }
    }
}

impl BitOr for Truth {
    type Output = Truth;

    fn bitor(self, other: Truth) -> Truth {
        !(!self & !other)
    }
}

impl Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        Truth {
            value: !self.value,
            ..self
        }
    }
}
