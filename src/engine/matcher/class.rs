//! Classes of what stands at a slot: all of one class pass the same tests.

use super::super::project::View;

/// Numbers the classes of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class(u32);

impl Class {
    pub(super) const NOTHING: Class = Class(0);
    const NULL: Class = Class(1);
    const TRUE: Class = Class(2);
    const FALSE: Class = Class(3);
    const EMPTY_OBJECT: Class = Class(4);
    const OBJECT: Class = Class(5);
    /// Also any array in an array: of those nothing is kept.
    const EMPTY_ARRAY: Class = Class(6);
    /// A text of which no operand holds.
    pub(super) const UNMARKED: Class = Class(7);
    const FIRST_LEARNT: u32 = 8;

    /// The class of a value that is not to be learnt; `None` for the others.
    #[inline]
    pub(super) fn fixed(view: View<'_>) -> Option<Class> {
        match view {
            View::Null => Some(Class::NULL),
            View::Bool(true) => Some(Class::TRUE),
            View::Bool(false) => Some(Class::FALSE),
            View::Object { empty: true } => Some(Class::EMPTY_OBJECT),
            View::Object { empty: false } => Some(Class::OBJECT),
            View::Array(elements) if elements.length == 0 => Some(Class::EMPTY_ARRAY),
            View::Array(_) | View::Text(_) | View::Number(_) => None,
        }
    }

    pub(super) fn learnt(number: u32) -> Class {
        Class(Class::FIRST_LEARNT + number)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    /// As a number: a part of what tells other classes apart.
    pub(super) fn part(self) -> u32 {
        self.0
    }

    /// The opposite.
    pub(super) fn from_part(part: u32) -> Class {
        Class(part)
    }

    /// What is noted of a part: its class, or that it has none.
    pub(super) fn note(class: Option<Class>) -> u32 {
        class.map_or(0, |class| class.0 + 1)
    }

    /// The opposite.
    #[inline]
    pub(super) fn of_note(note: u32) -> Option<Class> {
        note.checked_sub(1).map(Class)
    }
}
