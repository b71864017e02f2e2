//! After damage: where the next record might begin.

use memchr::{memchr_iter, memrchr};

use super::stamp;

/// Keys that records have at their first level and that objects within records
/// hardly begin with. Their names do not change.
const RECORD_KEYS: &[&str] = &[
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "serviceEventDetails",
    "sharedEventID",
    "eventCategory",
    "tlsDetails",
    "insightDetails",
    "vpcEndpointId",
    "sessionCredentialFromConsole",
];

/// How far around a brace is looked; a brace with more white space beside it is
/// no candidate.
const REACH: usize = 256;

/// Bytes to keep before a place that is searched from.
pub(super) const CONTEXT: u64 = 2 * REACH as u64;

/// The white space before the first byte of a line, if it is short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Indent {
    space: Vec<u8>,
    /// Whether only white space was seen in this line so far.
    alone: bool,
}

impl Indent {
    /// The start of a line.
    pub(super) fn line_start() -> Self {
        Indent {
            space: Vec::new(),
            alone: true,
        }
    }

    /// Takes one byte of white space into account.
    pub(super) fn space(&mut self, byte: u8) {
        if byte == b'\n' {
            self.space.clear();
            self.alone = true;
        } else if self.alone && self.space.len() < REACH / 2 {
            self.space.push(byte);
        } else {
            self.occupied();
        }
    }

    /// Takes into account that something other than white space stands here.
    pub(super) fn occupied(&mut self) {
        self.space.clear();
        self.alone = false;
    }
}

/// What a search found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// A record may begin at this index.
    Record(usize),
    /// An object with `Records` may begin at this index.
    Wrapper(usize),
    /// Nothing before this index; search on from it when more bytes are in.
    From(usize),
}

/// What tells the beginning of a record. A line of a record is one that is
/// indented no deeper than the damaged record, or not at all where that did not
/// begin its line; a key of records is the first key of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clue<At> {
    /// That it begins such a line or, from `suspect` on, has such a key; before
    /// that framing held, and an object with one is part of the record.
    LineOrKey { suspect: At },
    /// Both.
    LineOfRecord,
}

/// Searches `bytes[from..]` for the beginning of a record. `last` says that no
/// more bytes are to be searched.
pub(super) fn search(
    bytes: &[u8],
    from: usize,
    clue: Clue<usize>,
    indent: &Indent,
    last: bool,
) -> Search {
    let from = from.min(bytes.len());
    for brace in memchr_iter(b'{', &bytes[from..]).map(|index| from + index) {
        let before = &bytes[..brace];
        let lined_up = begins_line(before, indent) || stamp::stands_before(before);
        let (by_key, by_line) = match clue {
            Clue::LineOrKey { suspect } => (
                lined_up || brace >= suspect && follows_value(before),
                lined_up,
            ),
            Clue::LineOfRecord => (lined_up, false),
        };
        if !by_key {
            continue;
        }
        match first_key(&bytes[brace + 1..]) {
            FirstKey::Named(b"Records") => return Search::Wrapper(brace),
            FirstKey::Named(name) if RECORD_KEYS.iter().any(|key| key.as_bytes() == name) => {
                return Search::Record(brace);
            }
            FirstKey::Unfinished if !last => return Search::From(brace),
            _ if by_line => return Search::Record(brace),
            _ => {}
        }
    }
    Search::From(bytes.len())
}

fn begins_line(before: &[u8], indent: &Indent) -> bool {
    let near = &before[before.len().saturating_sub(indent.space.len() + 1)..];
    memrchr(b'\n', near).is_some_and(|newline| indent.space.starts_with(&near[newline + 1..]))
}

/// Whether what stands before can be followed by a record: the end of another,
/// a comma, or the opening of an array.
fn follows_value(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(REACH)..];
    let last = near.iter().rev().find(|byte| !byte.is_ascii_whitespace());
    matches!(last, Some(b',' | b'}' | b'[' | b']'))
}

enum FirstKey<'a> {
    Named(&'a [u8]),
    None,
    /// The bytes end before it is known.
    Unfinished,
}

fn first_key(after_brace: &[u8]) -> FirstKey<'_> {
    let near = &after_brace[..after_brace.len().min(REACH)];
    let unfinished = if near.len() == REACH {
        FirstKey::None
    } else {
        FirstKey::Unfinished
    };
    let Some(start) = near.iter().position(|byte| !byte.is_ascii_whitespace()) else {
        return unfinished;
    };
    if near[start] != b'"' {
        return FirstKey::None;
    }
    let name = &near[start + 1..];
    match name.iter().position(|&byte| byte == b'"') {
        Some(end) => FirstKey::Named(&name[..end]),
        None => unfinished,
    }
}
