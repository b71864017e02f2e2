//! What is kept of a record, written from its projection.
//!
//! In come a projection and what is kept; out comes what [`crate::rule::Kept`] would
//! keep of the parsed record, in canonical form. Of parts that come again, as who makes
//! a call does, it is known what they came to.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use super::evaluator::Evaluator;
use crate::compile::{CopyOf, CopyOfMember, CopyOfPart, Slot, Wanted};
use crate::engine::project::{CameBefore, Only, Projection, Unclear, View};
use crate::rule::value::Number;

/// Copies that are kept together, and their bytes; then all are forgotten.
pub(super) const MOST: usize = 1 << 14;
const MOST_BYTES: usize = 1 << 20;

/// Copies of parts that came before.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// By the number of the copy and what it is of: where it stands in the texts.
    known: HashMap<(u32, CameBefore), Range<usize>>,
    texts: String,
}

impl Copies {
    /// Adds the text of a copy. What was written before it fails is of no use.
    pub(super) fn copy(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        record: &str,
        what: &CopyOf,
        into: &mut String,
    ) -> Result<(), Unclear> {
        let members = match what {
            CopyOf::Whole(slot) => return Copying::of(evaluator, record).whole(*slot, into),
            CopyOf::Members(members) => members,
        };
        into.push('{');
        let mut first = true;
        for member in members {
            if evaluator.projection.lacks(member.slot) {
                continue;
            }
            begin(member, &mut first, into);
            match member.part {
                Some(part) => self.part(evaluator, record, member, part, into)?,
                None => Copying::of(evaluator, record).value(member, into)?,
            }
        }
        into.push('}');
        Ok(())
    }

    /// Adds a member that is a part of the record.
    fn part(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        record: &str,
        member: &CopyOfMember,
        CopyOfPart { part, number }: CopyOfPart,
        into: &mut String,
    ) -> Result<(), Unclear> {
        let key = evaluator.projection.came_before(part);
        let key = key.map(|before| (number, before));
        let known = key.and_then(|key| self.known.get(&key));
        if let Some(text) = known.and_then(|range| self.texts.get(range.clone())) {
            into.push_str(text);
            return Ok(());
        }
        if !evaluator.open(record, Wanted::part(part)) {
            return Err(Unclear);
        }
        let start = into.len();
        Copying::of(evaluator, record).value(member, into)?;
        if let Some(key) = key {
            self.keep(key, &into[start..]);
        }
        Ok(())
    }

    fn keep(&mut self, key: (u32, CameBefore), text: &str) {
        if self.known.len() == MOST || self.texts.len() + text.len() > MOST_BYTES {
            self.texts.clear();
            self.known.clear();
        }
        let start = self.texts.len();
        self.texts.push_str(text);
        self.known.insert(key, start..self.texts.len());
    }
}

/// Adds what stands before the value of a member.
fn begin(member: &CopyOfMember, first: &mut bool, into: &mut String) {
    if !std::mem::take(first) {
        into.push(',');
    }
    into.push_str(&member.key);
}

#[derive(Clone, Copy)]
struct Copying<'a> {
    projection: &'a Projection,
    record: &'a str,
}

impl<'a> Copying<'a> {
    fn of(evaluator: &'a Evaluator<'_>, record: &'a str) -> Self {
        Copying {
            projection: &evaluator.projection,
            record,
        }
    }

    fn members(self, members: &[CopyOfMember], into: &mut String) -> Result<(), Unclear> {
        into.push('{');
        let mut first = true;
        for member in members {
            if self.projection.lacks(member.slot) {
                continue;
            }
            begin(member, &mut first, into);
            self.value(member, into)?;
        }
        into.push('}');
        Ok(())
    }

    /// The value of a member.
    fn value(self, member: &CopyOfMember, into: &mut String) -> Result<(), Unclear> {
        match &member.value {
            CopyOf::Whole(slot) => self.whole(*slot, into),
            CopyOf::Members(below) => match self.projection.only(self.record, member.slot) {
                Only::Node(View::Object { .. }) => self.members(below, into),
                _ => self.whole(member.slot, into),
            },
        }
    }

    /// A value that is no object with members, and no array with elements.
    fn whole(self, slot: Slot, into: &mut String) -> Result<(), Unclear> {
        if let Some(text) = self.projection.plain_text(self.record, slot) {
            // Without escapes it is written as it was.
            into.push('"');
            into.push_str(text);
            into.push('"');
            return Ok(());
        }
        let Only::Node(view) = self.projection.only(self.record, slot) else {
            return Err(Unclear);
        };
        match view {
            View::Null => into.push_str("null"),
            View::Bool(true) => into.push_str("true"),
            View::Bool(false) => into.push_str("false"),
            View::Text(text) => {
                let _ = write!(into, "{}", serde_json::Value::from(text));
            }
            View::Number(Number::Integer(integer)) => {
                let _ = write!(into, "{integer}");
            }
            View::Object { empty: true } => into.push_str("{}"),
            View::Array(elements) if elements.length == 0 => into.push_str("[]"),
            View::Number(Number::Float(_)) | View::Object { empty: false } | View::Array(_) => {
                return Err(Unclear);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
impl Copies {
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}
