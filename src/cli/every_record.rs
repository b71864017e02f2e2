//! Every record of an input, as a person counts them: those that records hold, and
//! those that cannot be read, included.

use std::io::Read;

use serde_json::Value;

use trailgate::codec::Decoder;
use trailgate::diagnostic::Diagnostic;
use trailgate::event::Losses;
use trailgate::shape::{
    Contents, Item, Kind, Leaf, LeafContent, Opening, RecordFault, Table, WrapFault,
};
use trailgate::source::Input;

/// What an input holds.
pub(super) enum Met {
    /// A record, and its number.
    Record(Content, u64),
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

/// Visits what an input holds until the visitor has seen enough; whether it has.
pub(super) fn every_record(input: &Input, visit: &mut dyn FnMut(Met) -> bool) -> bool {
    let source = match input.open() {
        Ok(source) => source,
        Err(error) => return visit(Met::Fault(input.unreadable(&error))),
    };
    let mut records = match Contents::of(Decoder::new(source), Opening::default()) {
        Contents::Records(records) => records,
        Contents::Table(mut table) => return every_row(&mut table, input, visit),
    };
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
                    over = over || visit(Met::Record(content, number));
                }
                records.count_more(more as u64);
                over
            }
            Item::Bad(bad) => visit(Met::Damaged(bad.diagnostic(&input.name))),
            Item::Fault(fault) => visit(Met::Fault(fault.diagnostic(&input.name))),
        };
        if over {
            return true;
        }
    }
    false
}

fn every_row<R: Read>(
    table: &mut Table<R>,
    input: &Input,
    visit: &mut dyn FnMut(Met) -> bool,
) -> bool {
    for number in 1.. {
        let mut held = None;
        match table.next(&mut |leaf: Leaf<'_>| held = Some(Content::of(leaf))) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => return visit(Met::Fault(fault.diagnostic(&input.name))),
        }
        if held.is_some_and(|content| visit(Met::Record(content, number))) {
            return true;
        }
    }
    false
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
