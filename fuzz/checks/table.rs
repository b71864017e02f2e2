//! Tables on any bytes: reading ends, rows do not depend on how the bytes arrive, and
//! every row is a record or says what is wrong.

use std::io::Read;

use trailgate::shape::{Contents, Kind, Leaf, LeafContent, Opening};

use super::shape::Pieces;

/// Reads the bytes as a table, if they are one; how many rows are records.
pub fn check(data: &[u8]) -> usize {
    let mut records = 0;
    for limit in [1 << 20, 64] {
        let whole = rows(data, limit);
        for step in [1, 7] {
            assert_eq!(
                whole,
                rows(Pieces { data, step }, limit),
                "{step} bytes a read"
            );
        }
        records += whole.iter().filter(|row| row.starts_with("record")).count();
    }
    records
}

/// All rows, as texts.
fn rows(source: impl Read, max_record: u64) -> Vec<String> {
    let opening = Opening {
        max_record,
        ..Opening::default()
    };
    let Contents::Table(mut table) = Contents::of(source, opening) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    loop {
        let next = table.next(&mut |leaf: Leaf<'_>| {
            rows.push(match leaf.content {
                LeafContent::Record {
                    value,
                    losses,
                    kind,
                    ..
                } => {
                    assert!(value.is_object());
                    let is_record = !matches!(kind, Kind::NotCloudTrail(_));
                    assert!(!is_record || !losses.is_none(), "no table has all fields");
                    format!("record {value} {:?}", losses.paths())
                }
                LeafContent::Unparsed(fault) => fault.to_string(),
                LeafContent::Fault(fault) => fault.to_string(),
            });
        });
        match next {
            Ok(true) => {}
            Ok(false) => return rows,
            Err(fault) => {
                rows.push(fault.to_string());
                return rows;
            }
        }
    }
}
