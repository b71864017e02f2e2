//! Truth with what could not be read and what was lost.

use std::ops::{BitAnd, BitOr, Not};

/// Whether something holds, and whether that is certain.
///
/// A `json:` block over a string that cannot be decoded is false, and *open*:
/// it might have held had the string been readable. A test of a field that was
/// lost before the record came here is *lost*: nobody knows. AND, OR and NOT carry
/// both on exactly: an answer is open, or lost, if the other answer was possible
/// too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Truth {
    /// The answer.
    pub value: bool,
    /// Whether the answer could have been the other one.
    pub open: bool,
    /// Whether the answer could have been the other one had nothing of the record
    /// been lost.
    pub lost: bool,
}

impl Truth {
    /// It holds.
    pub const TRUE: Truth = Truth {
        value: true,
        open: false,
        lost: false,
    };
    /// It does not hold.
    pub const FALSE: Truth = Truth {
        value: false,
        open: false,
        lost: false,
    };
    /// It does not hold on what could be read.
    pub const UNREADABLE: Truth = Truth {
        value: false,
        open: true,
        lost: false,
    };

    /// It holds on what there is, and nothing that was lost could change that.
    pub fn is_certain(self) -> bool {
        self.value && !self.lost
    }

    /// The same answer, which may hang on what was lost.
    pub(super) fn or_lost(self, lost: bool) -> Truth {
        Truth {
            lost: self.lost || lost,
            ..self
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::TRUE } else { Truth::FALSE }
    }
}

impl BitAnd for Truth {
    type Output = Truth;

    fn bitand(self, other: Truth) -> Truth {
        // Either answer may turn where it is not settled.
        let unsettled = |is: fn(&Truth) -> bool| {
            let (here, there) = (is(&self), is(&other));
            let can_be_true = (self.value || here) && (other.value || there);
            let can_be_false = !self.value || here || !other.value || there;
            can_be_true && can_be_false
        };
        Truth {
            value: self.value && other.value,
            open: unsettled(|truth| truth.open),
            lost: unsettled(|truth| truth.lost),
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
