//! The splitter on any bytes: it ends, its items do not depend on how the bytes
//! arrive, and records around damage are kept.

use std::fmt;
use std::io::{self, Read};

use trailgate::shape::{DEFAULT_MAX_RECORD, Item, Records};

pub fn check(data: &[u8]) {
    for limit in [DEFAULT_MAX_RECORD, 64] {
        let whole = items(data, limit);
        for step in [1, 3, 17] {
            let pieces = items(Pieces { data, step }, limit);
            assert_eq!(whole, pieces, "{step} bytes a read, limit {limit}");
        }
        // What is left in the buffer from before must not show.
        let buffer = [data, b"}\n{}"].concat();
        let at_hand = read(Records::of_buffer(buffer, data.len(), limit), limit);
        assert_eq!(whole, at_hand, "in memory, limit {limit}");
        lie_in(data, &whole);
    }
    one_damaged_line_costs_no_other(data);
}

/// One item, owned: where it stands, and its bytes or what is wrong.
pub type Seen = (u64, Result<Bytes, String>);

/// Bytes that are shown as text when something is wrong.
#[derive(Clone, PartialEq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// All items of a source.
pub fn items(source: impl Read, max_record: u64) -> Vec<Seen> {
    read(Records::new(source, max_record), max_record)
}

fn read(mut records: Records<impl Read>, max_record: u64) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    let mut over = false;
    while let Some(item) = records.next() {
        assert!(!over, "nothing follows a fault");
        let (number, item) = match item {
            Item::Record(record) => {
                assert!(record.bytes.len() as u64 <= max_record);
                (
                    record.number,
                    (record.offset, Ok(Bytes(record.bytes.to_vec()))),
                )
            }
            Item::Bad(bad) => (bad.number, (bad.offset, Err(bad.fault.to_string()))),
            Item::Fault(fault) => {
                over = true;
                (seen.len() as u64 + 1, (u64::MAX, Err(fault.to_string())))
            }
        };
        seen.push(item);
        assert_eq!(number, seen.len() as u64, "numbers have no gaps");
    }
    assert!(records.next().is_none(), "the end stays the end");
    seen
}

/// Gives few bytes a read.
pub struct Pieces<'a> {
    pub data: &'a [u8],
    pub step: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = self.step.min(out.len());
        self.data.read(&mut out[..room])
    }
}

/// Records are pieces of the input, in order, and none reaches into another.
fn lie_in(data: &[u8], items: &[Seen]) {
    let mut free = 0;
    for (offset, item) in items {
        assert!(*offset >= free, "{items:?}");
        if let Ok(record) = item {
            let start = usize::try_from(*offset).unwrap();
            let record = &record.0;
            let end = start + record.len();
            assert_eq!(data.get(start..end), Some(record.as_slice()));
            let object = record.starts_with(b"{") && record.ends_with(b"}");
            let row = record.starts_with(b"[") && record.ends_with(b"]");
            assert!(object || row);
            free = end as u64;
        }
    }
}

const BEFORE: &[u8] = br#"{"eventVersion":"1.08","eventName":"Before"}"#;
const AFTER: &[u8] = br#"{"eventVersion":"1.08","eventName":"After"}"#;
const LAST: &[u8] = br#"{"eventName":"Last","x":[{}]}"#;

/// Of JSON Lines with one line that may be anything, the others are records.
fn one_damaged_line_costs_no_other(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n').take(8) {
        let text = [BEFORE, line, AFTER, LAST].join(&b'\n');
        let seen = items(text.as_slice(), DEFAULT_MAX_RECORD);
        for record in [BEFORE, AFTER, LAST] {
            let kept = seen.iter().filter_map(|(_, item)| item.as_ref().ok());
            assert!(
                kept.into_iter().any(|kept| kept.0 == record),
                "{} is lost after {}: {seen:?}",
                String::from_utf8_lossy(record),
                String::from_utf8_lossy(line)
            );
        }
    }
}
