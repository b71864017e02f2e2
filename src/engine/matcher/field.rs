//! What is learnt of a slot across records: which values are alike to the rules.
//!
//! Values of one *class* pass the same tests, so what a test says is kept by
//! class. Texts are of one class if they have the same marks (see
//! [`crate::compile::Sets`]); there are far fewer classes than texts.

use super::class::Class;
use crate::compile::{Check, Cost, Dictionary, Known, Mark, Scratch, Sets};

/// Texts of one slot whose class is kept.
const MOST_VALUES: usize = 4096;
/// Longer texts are not.
const LONGEST_VALUE: usize = 512;
/// Look-ups after which a dictionary is judged by its misses.
const TRIAL: u32 = 4096;
/// Classes of one slot, and bytes of what tells them apart.
const MOST_CLASSES: usize = 4096;
const MOST_SIGNATURES: usize = 1 << 20;
/// Bytes of answers kept for one slot.
const MOST_ANSWERS: usize = 1 << 20;

/// What is remembered of a slot.
#[derive(Debug, Default)]
pub(super) struct Field {
    /// The classes of texts.
    values: Dictionary,
    lookups: u32,
    misses: u32,
    /// Texts hardly ever come again.
    off: bool,
    /// What tells classes apart, as bytes: the marks, or parts of other classes.
    signatures: Dictionary,
    signature: Vec<u8>,
    /// By mark: the class of texts that have no other.
    single: Vec<Option<Class>>,
    marks: Vec<Mark>,
    scratch: Scratch,
    /// Atoms whose answers are kept.
    atoms: usize,
    /// Two bits for each class and atom: not asked, or an answer.
    answers: Vec<u8>,
}

impl Field {
    pub(super) fn new(atoms: usize) -> Self {
        Field {
            atoms,
            ..Field::default()
        }
    }

    /// How many texts are kept.
    pub(super) fn learnt(&self) -> u64 {
        self.values.len() as u64
    }

    /// Whether texts are no longer kept.
    pub(super) fn is_off(&self) -> bool {
        self.off
    }

    /// Whether telling the class of a text now takes much longer than a test.
    pub(super) fn is_dear(&self, sets: &Sets) -> bool {
        self.off && sets.cost() == Cost::Dear
    }

    /// What telling the class of a text takes, as a multiple of a look-up.
    pub(super) fn cost(&self, sets: &Sets) -> u64 {
        match (sets.cost(), self.off) {
            (Cost::Light, _) => 1,
            (_, false) => 2,
            (Cost::Some, true) => 6,
            (Cost::Dear, true) => 30,
        }
    }

    /// The class of a text; `None` where there is no room for one more.
    #[inline]
    pub(super) fn text(
        &mut self,
        sets: &Sets,
        text: &str,
        ask: impl FnMut(&Check) -> Known,
    ) -> Option<Class> {
        if self.off || sets.cost() == Cost::Light || text.len() > LONGEST_VALUE {
            return self.by_marks(sets, text, ask);
        }
        self.lookups = self.lookups.saturating_add(1);
        if let Some(class) = self.values.find(text.as_bytes()) {
            return Some(Class::from_part(class));
        }
        let class = self.by_marks(sets, text, ask)?;
        self.miss();
        if !self.off && self.values.len() < MOST_VALUES {
            self.values.add(text.as_bytes(), class.part());
        }
        Some(class)
    }

    /// Counts a text that was not known. Where most are not, none is kept any
    /// more; where those that are kept went out of use, all are forgotten.
    fn miss(&mut self) {
        self.misses += 1;
        if self.lookups < TRIAL {
            return;
        }
        if self.misses > self.lookups / 2 {
            self.off = true;
            self.values = Dictionary::default();
        } else if self.values.len() == MOST_VALUES && self.misses > self.lookups / 8 {
            self.values.clear();
        }
        (self.lookups, self.misses) = (0, 0);
    }

    fn by_marks(
        &mut self,
        sets: &Sets,
        text: &str,
        ask: impl FnMut(&Check) -> Known,
    ) -> Option<Class> {
        let mut marks = std::mem::take(&mut self.marks);
        sets.marks(text, &mut self.scratch, &mut marks, ask);
        let class = match marks.as_slice() {
            [] => Some(Class::UNMARKED),
            [mark] => self.single(*mark),
            marks => self.of_parts(marks.iter().copied()),
        };
        self.marks = marks;
        class
    }

    fn single(&mut self, mark: Mark) -> Option<Class> {
        let at = mark as usize;
        if let Some(Some(class)) = self.single.get(at) {
            return Some(*class);
        }
        let class = self.of_parts([mark].into_iter())?;
        if self.single.len() <= at {
            self.single.resize(at + 1, None);
        }
        self.single[at] = Some(class);
        Some(class)
    }

    /// The class that is made up of some parts.
    pub(super) fn of_parts(&mut self, parts: impl Iterator<Item = u32>) -> Option<Class> {
        self.signature.clear();
        for part in parts {
            self.signature.extend_from_slice(&part.to_le_bytes());
        }
        let number = self.signatures.find(&self.signature).or_else(|| {
            let room = self.signatures.len() < MOST_CLASSES
                && self.signatures.size() + self.signature.len() <= MOST_SIGNATURES;
            room.then(|| {
                let number = self.signatures.len() as u32;
                self.signatures.add(&self.signature, number);
                number
            })
        });
        number.map(Class::learnt)
    }

    fn bits(&self, class: Class, place: u32) -> (usize, u32) {
        let at = class.index() * self.atoms + place as usize;
        (at / 4, (at % 4) as u32 * 2)
    }

    /// What an atom says of a class, if it was asked before.
    pub(super) fn answer(&self, class: Class, place: u32) -> Option<Known> {
        let (byte, shift) = self.bits(class, place);
        match self.answers.get(byte)? >> shift & 3 {
            1 => Some(Known::No),
            2 => Some(Known::Unknown),
            3 => Some(Known::Yes),
            _ => None,
        }
    }

    /// Keeps what an atom says of a class, if there is room.
    pub(super) fn remember(&mut self, class: Class, place: u32, known: Known) {
        let (byte, shift) = self.bits(class, place);
        if byte >= MOST_ANSWERS {
            return;
        }
        if byte >= self.answers.len() {
            let rows = (class.index() + 1).next_power_of_two().max(16);
            let size = (rows * self.atoms / 4 + 1).min(MOST_ANSWERS);
            self.answers.resize(size, 0);
        }
        let bits = match known {
            Known::No => 1,
            Known::Unknown => 2,
            Known::Yes => 3,
        };
        self.answers[byte] |= bits << shift;
    }
}
