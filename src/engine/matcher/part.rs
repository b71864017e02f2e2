//! Parts of records that come again byte for byte, looked at as a whole: values of
//! one class pass the same tests of all their slots, so that one look-up answers
//! for all of them.

use super::class::Class;
use super::column::Look;
use super::evaluator::Evaluator;
use super::field::Field;
use crate::compile::{Program, Slot};

/// So many records may have a part without a class until it is weighed again.
const MOST_WITHOUT: u32 = 64;

/// What is learnt of a part that is looked at as a whole.
#[derive(Debug)]
pub(super) struct Part {
    /// The slots in it that tests are answered together for.
    slots: Vec<Slot>,
    /// Their classes, gathered.
    classes: Vec<u32>,
    /// What classes they have together.
    field: Field,
    /// The record whose class was told last, and the class.
    pub(super) current: (u32, Option<Class>),
    /// How often it had none since it was weighed.
    without: u32,
}

impl Part {
    pub(super) fn all(program: &Program) -> Vec<Part> {
        let part = |(part, _)| {
            let slots = (0..program.trie.slots() as u32).map(Slot);
            let asked = slots.filter(|slot| program.fields.count(*slot) > 0);
            let inside = asked.filter(|slot| program.deferral.part_of(*slot).has(part));
            Part {
                slots: inside.collect(),
                classes: Vec::new(),
                field: Field::new(0),
                current: (0, None),
                without: 0,
            }
        };
        let parts = program.deferral.parts().iter().enumerate();
        parts.map(part).collect()
    }
}

impl Evaluator<'_> {
    /// What a column looks at: its slot, or the part as a whole that the slot is in.
    pub(super) fn look(&self, slot: Slot) -> Look {
        let part = self.program.deferral.part_of(slot).first();
        match part.filter(|part| self.whole.has(*part)) {
            Some(part) => Look::Part(part),
            None => Look::Slot(slot),
        }
    }

    /// The class of what a column looks at, where it has one.
    #[inline]
    pub(super) fn class_of(&mut self, record: &str, look: Look) -> Option<Class> {
        match look {
            Look::Slot(slot) => self.class(record, slot),
            Look::Part(part) => {
                let (stamp, class) = self.parts[part].current;
                if stamp == self.stamp {
                    return class;
                }
                let class = match self.projection.noted(part) {
                    Some(note) => Class::of_note(note),
                    None => self.tell_class_of_part(record, part),
                };
                self.parts[part].current = (self.stamp, class);
                self.parts[part].without += u32::from(class.is_none());
                class
            }
        }
    }

    /// Sees which parts come again; whether others do than before.
    pub(super) fn weigh(&mut self) -> bool {
        for (number, part) in self.parts.iter_mut().enumerate() {
            if std::mem::take(&mut part.without) > MOST_WITHOUT {
                self.projection.give_up(number);
            }
        }
        let again = self.projection.weigh(self.whole);
        std::mem::replace(&mut self.whole, again) != again
    }

    /// The class of a part: which classes its slots have.
    #[inline(never)]
    fn tell_class_of_part(&mut self, record: &str, part: usize) -> Option<Class> {
        let slots = std::mem::take(&mut self.parts[part].slots);
        let mut classes = std::mem::take(&mut self.parts[part].classes);
        classes.clear();
        let told = slots.iter().all(|slot| {
            let class = self.class(record, *slot);
            classes.extend(class.map(Class::part));
            class.is_some()
        });
        let Part { field, .. } = &mut self.parts[part];
        let class = told.then(|| field.of_parts(classes.iter().copied()));
        let class = class.flatten();
        (self.parts[part].slots, self.parts[part].classes) = (slots, classes);
        self.projection.note(part, Class::note(class));
        class
    }
}
