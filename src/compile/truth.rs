//! Three-valued truth: what is not known must be looked up.

use std::ops::Not;

/// Whether something holds, as far as the matcher can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Known {
    /// It does not, whatever the unknown parts are.
    No,
    /// Only the reference can tell.
    Unknown,
    /// It does.
    Yes,
}

impl From<bool> for Known {
    fn from(holds: bool) -> Self {
        if holds { Known::Yes } else { Known::No }
    }
}

impl Not for Known {
    type Output = Known;

    fn not(self) -> Known {
        match self {
            Known::No => Known::Yes,
            Known::Unknown => Known::Unknown,
            Known::Yes => Known::No,
        }
    }
}

impl Known {
    /// The least of these: whether all hold.
    pub(crate) fn all(each: impl IntoIterator<Item = Known>) -> Known {
        let mut least = Known::Yes;
        for known in each {
            least = least.min(known);
            if least == Known::No {
                break;
            }
        }
        least
    }

    /// The greatest of these: whether one holds.
    pub(crate) fn any(each: impl IntoIterator<Item = Known>) -> Known {
        let mut greatest = Known::No;
        for known in each {
            greatest = greatest.max(known);
            if greatest == Known::Yes {
                break;
            }
        }
        greatest
    }
}
