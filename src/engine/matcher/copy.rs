//! What is kept of a record, written from its projection.
//!
//! In come a projection and what is kept; out comes what [`crate::rule::Kept`] would
//! keep of the parsed record, in canonical form.

use std::fmt::Write as _;

use crate::compile::{CopyOf, CopyOfMember, Slot};
use crate::engine::project::{Only, Projection, Unclear, View};
use crate::rule::value::Number;

/// Adds the text of a copy. What was written before it fails is of no use.
pub(super) fn copy(
    projection: &Projection,
    record: &str,
    what: &CopyOf,
    into: &mut String,
) -> Result<(), Unclear> {
    let copying = Copying { projection, record };
    match what {
        CopyOf::Whole(slot) => copying.whole(*slot, into),
        CopyOf::Members(members) => copying.members(members, into),
    }
}

#[derive(Clone, Copy)]
struct Copying<'a> {
    projection: &'a Projection,
    record: &'a str,
}

impl Copying<'_> {
    fn members(self, members: &[CopyOfMember], into: &mut String) -> Result<(), Unclear> {
        into.push('{');
        let mut first = true;
        for member in members {
            if self.projection.lacks(member.slot) {
                continue;
            }
            if !first {
                into.push(',');
            }
            first = false;
            into.push_str(&member.key);
            match &member.value {
                CopyOf::Whole(slot) => self.whole(*slot, into)?,
                CopyOf::Members(below) => match self.projection.only(self.record, member.slot) {
                    Only::Node(View::Object { .. }) => self.members(below, into)?,
                    _ => self.whole(member.slot, into)?,
                },
            }
        }
        into.push('}');
        Ok(())
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
