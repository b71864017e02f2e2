//! Every record of an input, as a person counts them: those that records hold, and
//! those that cannot be read, included.

use std::io::Read;

use serde_json::Value;

use trailgate::codec::Limits;
use trailgate::diagnostic::Diagnostic;
use trailgate::engine::{Look, look_into};
use trailgate::event::Losses;
use trailgate::shape::{
    Contents, Item, Kind, Leaf, LeafContent, Opening, RecordFault, Records, Table, WrapFault,
};
use trailgate::source::Input;

/// What an input holds.
pub(super) enum Met<'a> {
    /// A record, its number, and the file or the member of an archive that it is in.
    Record(Content, u64, &'a str),
    /// A record that cannot be read.
    Damaged(Diagnostic),
    /// Something else is wrong with the input.
    Fault(Diagnostic),
}

/// A record, or one that it holds.
pub(super) enum Content {
    Record(Value, Kind, Losses),
    Unparsed(RecordFault),
    Fault(WrapFault),
}

/// Visits what an input holds until the visitor has seen enough; whether it has. With a
/// member, what is in other members of the archive is passed over.
pub(super) fn every_record(
    input: &Input,
    member: Option<&str>,
    visit: &mut dyn FnMut(Met<'_>) -> bool,
) -> bool {
    let mut visiting = Visiting { member, visit };
    look_into(input, Limits::default(), &mut visiting)
}

struct Visiting<'a> {
    member: Option<&'a str>,
    visit: &'a mut dyn FnMut(Met<'_>) -> bool,
}

impl Look for Visiting<'_> {
    fn content(&mut self, name: &str, content: &mut dyn Read) -> bool {
        if self.member.is_some_and(|member| member != name) {
            return false;
        }
        match Contents::of(content, Opening::default()) {
            Contents::Records(mut records) => self.records(name, &mut records),
            Contents::Table(mut table) => self.rows(name, &mut table),
        }
    }

    fn problem(&mut self, problem: Diagnostic) -> bool {
        (self.visit)(Met::Fault(problem))
    }
}

impl Visiting<'_> {
    fn records<R: Read>(&mut self, name: &str, records: &mut Records<R>) -> bool {
        while let Some(item) = records.next() {
            let over = match item {
                Item::Record(record) => {
                    let number = record.number;
                    let mut held = Vec::new();
                    Opening::default().open(record.bytes, &mut |leaf: Leaf<'_>| {
                        held.push(Content::of(leaf));
                    });
                    let more = held.len().saturating_sub(1);
                    let mut over = false;
                    for (content, number) in held.into_iter().zip(number..) {
                        over = over || (self.visit)(Met::Record(content, number, name));
                    }
                    records.count_more(more as u64);
                    over
                }
                Item::Bad(bad) => (self.visit)(Met::Damaged(bad.diagnostic(name))),
                Item::Fault(fault) => (self.visit)(Met::Fault(fault.diagnostic(name))),
            };
            if over {
                return true;
            }
        }
        false
    }

    fn rows<R: Read>(&mut self, name: &str, table: &mut Table<R>) -> bool {
        for number in 1.. {
            let mut held = None;
            match table.next(&mut |leaf: Leaf<'_>| held = Some(Content::of(leaf))) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => return (self.visit)(Met::Fault(fault.diagnostic(name))),
            }
            if held.is_some_and(|content| (self.visit)(Met::Record(content, number, name))) {
                return true;
            }
        }
        false
    }
}

impl Content {
    fn of(leaf: Leaf<'_>) -> Self {
        match leaf.content {
            LeafContent::Record {
                value,
                kind,
                losses,
                ..
            } => Content::Record(value.clone(), kind, losses.clone()),
            LeafContent::Unparsed(fault) => Content::Unparsed(fault),
            LeafContent::Fault(fault) => Content::Fault(fault),
        }
    }
}
