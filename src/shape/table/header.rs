//! The header of a table: which columns are fields of CloudTrail's record.
//!
//! In come the first bytes of a text; out comes a [`Header`] if its first line names
//! the columns of a table of CloudTrail's records. Told by the names alone.

use crate::event::Losses;
use crate::event::catalogue::{FieldCheck, check_path, true_name};

/// Bytes within which the first line of a table must end.
pub(crate) const LONGEST_HEADER: usize = 16 * 1024;

/// The columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(super) columns: Vec<Column>,
    /// What no column holds.
    pub(super) losses: Losses,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// A field of CloudTrail's record, by its path.
    Field(Vec<&'static str>),
    /// Something else, which is not read.
    Other,
}

/// Column names of the console's Event history that are not the field's name in
/// another spelling.
const DISPLAYED: [(&str, &[&str]); 4] = [
    ("awsaccesskey", &["userIdentity", "accessKeyId"]),
    ("accesskeyid", &["userIdentity", "accessKeyId"]),
    ("awsaccesskeyid", &["userIdentity", "accessKeyId"]),
    ("region", &["awsRegion"]),
];

/// Two of these make a table one of CloudTrail's.
const TELLING: [&str; 5] = [
    "eventName",
    "eventSource",
    "eventID",
    "eventType",
    "eventVersion",
];

/// What the first bytes of a text have shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Table(Header),
    Other,
    /// The first line has not ended.
    Undecided,
}

impl Header {
    /// The header that a text begins with, if it is that of a table. `whole` says
    /// that nothing follows these bytes.
    pub(crate) fn shown(head: &[u8], whole: bool) -> Shown {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        match text.first() {
            // A name may be quoted.
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'"' || *byte == b'_' => {}
            Some(0xef) if text.len() < 3 && !whole => return Shown::Undecided,
            None if !whole => return Shown::Undecided,
            _ => return Shown::Other,
        }
        let line = match text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) => &text[..end],
            None if whole => text,
            None if text.len() < LONGEST_HEADER => return Shown::Undecided,
            None => return Shown::Other,
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line);
        let mut names = csv::StringRecord::new();
        match reader.read_record(&mut names) {
            Ok(true) => Header::of_names(names.iter()).map_or(Shown::Other, Shown::Table),
            Ok(false) | Err(_) => Shown::Other,
        }
    }

    /// The header with these names of columns, if it is that of a table of
    /// CloudTrail's records: of the names that tell, two are there.
    pub(crate) fn of_names<'n>(names: impl Iterator<Item = &'n str>) -> Option<Header> {
        let mut columns: Vec<Column> = Vec::new();
        for name in names {
            let column = Column::named(name);
            // Of two columns for one field nobody knows which is meant.
            let twice = matches!(column, Column::Field(_)) && columns.contains(&column);
            columns.push(if twice { Column::Other } else { column });
        }
        let telling = columns.iter().filter(|column| match column {
            Column::Field(path) => matches!(path.as_slice(), [name] if TELLING.contains(name)),
            Column::Other => false,
        });
        let mut losses = Losses::all();
        for column in &columns {
            if let Column::Field(path) = column {
                losses.keep(path);
            }
        }
        (telling.count() >= 2).then_some(Header { columns, losses })
    }

    /// The fields that columns hold, as dotted paths.
    pub fn fields(&self) -> Vec<String> {
        let columns = self.columns.iter();
        columns
            .filter_map(|column| match column {
                Column::Field(path) => Some(path.join(".")),
                Column::Other => None,
            })
            .collect()
    }

    /// What no column holds.
    #[cfg(test)]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }
}

impl Column {
    /// A column by its name, whatever its spelling: `eventname`, `Event name`,
    /// `userIdentity.arn`.
    fn named(name: &str) -> Column {
        let plain: String = name
            .chars()
            .filter(|each| each.is_alphanumeric() || matches!(each, '.' | '@'))
            .collect();
        let mut path = Vec::new();
        for key in plain.split('.') {
            match true_name(&path, key) {
                Some(name) => path.push(name),
                None => {
                    path.clear();
                    break;
                }
            }
        }
        if path.is_empty() {
            let lower = plain.to_ascii_lowercase();
            let mut displayed = DISPLAYED.iter();
            return match displayed.find(|(name, _)| *name == lower) {
                Some((_, path)) => Column::Field(path.to_vec()),
                None => Column::Other,
            };
        }
        // One column cannot say which element of an array it is about.
        let through_array = path.first() == Some(&"resources") && path.len() > 1;
        if through_array || check_path(&path) != FieldCheck::Known {
            return Column::Other;
        }
        Column::Field(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Loss;
    use rstest::rstest;

    fn header(text: &str) -> Header {
        match Header::shown(text.as_bytes(), true) {
            Shown::Table(header) => header,
            other => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case::athena(
        "\"eventversion\",\"useridentity\",\"eventtime\",\"eventsource\",\"eventname\"\n"
    )]
    #[case::lake("eventID,eventName,eventTime\r\n")]
    #[case::console("Event name,Event time,User name,Event source,Resource type\n")]
    #[case::console_short("EventId,EventTime,Username,EventName\n")]
    #[case::with_mark("\u{feff}eventName,eventSource\n")]
    #[case::without_rows("eventName,eventSource")]
    fn a_table_is_told_by_its_columns(#[case] text: &str) {
        assert!(matches!(
            Header::shown(text.as_bytes(), true),
            Shown::Table(_)
        ));
    }

    #[rstest]
    #[case("{\"eventName\":\"A\",\"eventSource\":\"b\"}\n")]
    #[case("time,account,name\n")]
    #[case("eventName\n")]
    #[case("eventName,eventName\n")]
    #[case("2026-01-05T09:00:00Z eventName,eventSource\n")]
    #[case("")]
    fn other_texts_are_not_tables(#[case] text: &str) {
        assert_eq!(Header::shown(text.as_bytes(), true), Shown::Other);
    }

    #[test]
    fn a_line_that_goes_on_is_waited_for() {
        assert_eq!(Header::shown(b"eventName,ev", false), Shown::Undecided);
        let long = vec![b'a'; LONGEST_HEADER];
        assert_eq!(Header::shown(&long, false), Shown::Other);
    }

    #[test]
    fn what_no_column_holds_was_lost() {
        let header = header("Event name,Event source,AWS access key,Source IP address,User name\n");
        let at = |path: &str| header.losses().at(path.split('.'));
        assert_eq!(at("eventName"), Loss::None);
        assert_eq!(at("sourceIPAddress"), Loss::None);
        assert_eq!(at("userIdentity.accessKeyId"), Loss::None);
        assert_eq!(at("userIdentity.userName"), Loss::Whole);
        assert_eq!(at("requestParameters"), Loss::Whole);
    }
}
