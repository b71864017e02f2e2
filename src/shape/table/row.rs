//! A row becomes a record.
//!
//! In come the values of a row as texts; out comes the record as CloudTrail wrote it,
//! as far as the columns hold it, and what was lost. An empty value is a field that is
//! not there, as a null is in a query's result.

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::fault::RowFault;
use super::header::{Column, Header};
use super::printed;
use crate::event::Losses;
use crate::event::catalogue::{FieldCheck, FieldKind, check_path, kind_of, true_name};
use crate::shape::foreign::{self, Mapped, insert};
use crate::shape::lowered;

/// Reads rows of one table.
#[derive(Debug)]
pub(super) struct RowReader {
    header: Header,
    mapped: Mapped,
    /// What the latest row lost beyond what no column holds; most rows of a table
    /// lose the same.
    changes: Vec<Change>,
}

/// What a row says of a field beyond the header.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Lost(Vec<&'static str>),
    Kept(Vec<&'static str>),
}

/// What a table has in a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given<'v> {
    Text(&'v str),
    /// A value with a type of its own, or none.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    Value(&'v Value),
}

/// What a value came to.
enum Cell {
    Value(Value),
    /// There is none.
    Absent,
    /// It cannot be read without guessing.
    Lost,
    /// Some of what it should hold.
    Parts(Value, Vec<Vec<&'static str>>),
}

impl RowReader {
    pub(super) fn new(header: Header) -> Self {
        RowReader {
            mapped: Mapped {
                record: Value::Null,
                losses: header.losses.clone(),
            },
            header,
            changes: Vec::new(),
        }
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Reads a row of texts with one for every column.
    pub(super) fn read_texts(&mut self, row: &ByteRecord) -> Result<&Mapped, RowFault> {
        let texts: Result<Vec<&str>, _> = row.iter().map(std::str::from_utf8).collect();
        let texts = texts.map_err(|_| RowFault::NotUtf8)?;
        Ok(self.read(texts.into_iter().map(Given::Text)))
    }

    /// Reads a row with a value for every column.
    pub(super) fn read<'v>(&mut self, row: impl Iterator<Item = Given<'v>>) -> &Mapped {
        let mut record = Map::new();
        let mut changes = Vec::new();
        for (column, value) in self.header.columns.iter().zip(row) {
            let Column::Field(path) = column else {
                continue;
            };
            match given(path, value) {
                Cell::Value(value) => insert(&mut record, path, value),
                Cell::Absent => {}
                Cell::Lost => changes.push(Change::Lost(path.clone())),
                Cell::Parts(value, kept) => {
                    insert(&mut record, path, value);
                    changes.push(Change::Lost(path.clone()));
                    changes.extend(kept.into_iter().map(Change::Kept));
                }
            }
        }
        if changes != self.changes {
            self.mapped.losses = with(&self.header.losses, &changes);
            self.changes = changes;
        }
        self.mapped.record = Value::Object(record);
        &self.mapped
    }
}

fn with(losses: &Losses, changes: &[Change]) -> Losses {
    let mut losses = losses.clone();
    for change in changes {
        match change {
            Change::Lost(path) => losses.lose(path),
            Change::Kept(path) => losses.keep(path),
        }
    }
    losses
}

fn given(path: &[&'static str], given: Given<'_>) -> Cell {
    let value = match given {
        Given::Text(text) => return cell(path, text),
        Given::Value(value) => value,
    };
    match value {
        Value::Null => cell(path, ""),
        Value::String(text) => cell(path, text),
        Value::Number(_) if matches!(path.last(), Some(&"eventTime" | &"creationDate")) => {
            foreign::time(value).map_or(Cell::Lost, Cell::Value)
        }
        Value::Object(_) | Value::Array(_) if is_open(path) => Cell::Value(value.clone()),
        Value::Object(_) | Value::Array(_) => {
            let mut path = path.to_vec();
            let restored = lowered::field(value, &mut path);
            let mut kept = Vec::new();
            columns_within(value, &mut path, &mut kept);
            Cell::Parts(without_nulls(restored), kept)
        }
        other => Cell::Value(other.clone()),
    }
}

/// The fields that nested columns have, whatever stands in them.
fn columns_within(value: &Value, path: &mut Vec<&'static str>, kept: &mut Vec<Vec<&'static str>>) {
    match value {
        Value::Object(fields) if !is_open(path) => {
            for (column, value) in fields {
                if let Some(name) = true_name(path, column) {
                    path.push(name);
                    columns_within(value, path, kept);
                    path.pop();
                }
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            for element in elements {
                columns_within(element, path, kept);
            }
        }
        _ => kept.push(path.clone()),
    }
}

/// What stands in a column.
fn cell(path: &[&'static str], text: &str) -> Cell {
    if text.is_empty() {
        return match path {
            [name] if lowered::WRITTEN_AS_NULL.contains(name) => Cell::Value(Value::Null),
            _ => Cell::Absent,
        };
    }
    match kind_of(path) {
        Some(FieldKind::Boolean) => match text {
            _ if text.eq_ignore_ascii_case("true") => Cell::Value(Value::Bool(true)),
            _ if text.eq_ignore_ascii_case("false") => Cell::Value(Value::Bool(false)),
            _ => Cell::Lost,
        },
        Some(FieldKind::Object | FieldKind::Array) => nested(path, text),
        _ if matches!(path.last(), Some(&"eventTime" | &"creationDate")) => {
            time(text).map_or(Cell::Lost, |time| Cell::Value(time.into()))
        }
        _ => Cell::Value(text.into()),
    }
}

/// A document: as JSON, or as query engines print it.
fn nested(path: &[&'static str], text: &str) -> Cell {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return match value {
            Value::Null => cell(path, ""),
            Value::Object(_) | Value::Array(_) => {
                Cell::Value(lowered::field(&value, &mut path.to_vec()))
            }
            _ => plain(path, text),
        };
    }
    if !text.starts_with(['{', '[']) {
        return plain(path, text);
    }
    // A map of a service's own names has nothing to tell its values apart by.
    match printed::read(text, path).filter(|_| !is_open(path)) {
        Some(printed) => Cell::Parts(without_nulls(printed.value), printed.kept),
        None => Cell::Lost,
    }
}

/// A text where a document should be: CloudTrail writes one now and then where the
/// shape is each service's.
fn plain(path: &[&'static str], text: &str) -> Cell {
    if is_open(path) {
        Cell::Value(text.into())
    } else {
        Cell::Lost
    }
}

fn is_open(path: &[&'static str]) -> bool {
    check_path(&[path, &["any"]].concat()) == FieldCheck::Open
}

/// What is printed as null was not there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                fields
                    .map(|(key, value)| (key, without_nulls(value)))
                    .collect(),
            )
        }
        Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A time as CloudTrail writes it: of RFC 3339, or as query engines print one that
/// has no zone, in UTC: `2026-01-05 09:00:00.000`.
fn time(text: &str) -> Option<String> {
    let time = crate::event::parse_rfc3339(text).or_else(|| {
        let text = text.strip_suffix(" UTC").unwrap_or(text);
        crate::event::parse_rfc3339(&format!("{}Z", text.replacen(' ', "T", 1)))
    })?;
    let seconds = jiff::Timestamp::from_second(time.as_second()).ok()?;
    Some(seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Loss;
    use crate::shape::table::Shown;
    use serde_json::json;

    fn read(columns: &str, values: &[&str]) -> Mapped {
        let Shown::Table(header) = Header::shown(columns.as_bytes(), true) else {
            panic!("{columns} is no header")
        };
        let mut reader = RowReader::new(header);
        reader
            .read_texts(&ByteRecord::from(values.to_vec()))
            .unwrap()
            .clone()
    }

    fn at(mapped: &Mapped, path: &str) -> Loss {
        mapped.losses.at(path.split('.'))
    }

    #[test]
    fn a_row_of_athena_is_a_record() {
        let mapped = read(
            "eventversion,useridentity,eventtime,eventname,eventsource,errorcode,requestparameters,responseelements,additionaleventdata,readonly,resources",
            &[
                "1.08",
                "{type=IAMUser, principalid=AIDA, arn=a, accountid=1, invokedby=null, accesskeyid=null, username=ana, sessioncontext=null}",
                "2026-01-05T09:00:00Z",
                "CreateUser",
                "iam.amazonaws.com",
                "",
                "{\"userName\":\"bob\",\"eventname\":1}",
                "",
                "",
                "false",
                "[{arn=x, accountid=1, type=null}]",
            ],
        );
        assert_eq!(
            mapped.record,
            json!({
                "eventVersion": "1.08",
                "userIdentity": {"type": "IAMUser", "principalId": "AIDA", "arn": "a",
                    "accountId": "1", "userName": "ana"},
                "eventTime": "2026-01-05T09:00:00Z",
                "eventName": "CreateUser", "eventSource": "iam.amazonaws.com",
                "requestParameters": {"userName": "bob", "eventname": 1},
                "responseElements": null,
                "readOnly": false,
                "resources": [{"ARN": "x", "accountId": "1"}]
            })
        );
        assert_eq!(
            at(
                &mapped,
                "userIdentity.sessionContext.attributes.mfaAuthenticated"
            ),
            Loss::None
        );
        assert_eq!(at(&mapped, "userIdentity.onBehalfOf"), Loss::Whole);
        assert_eq!(at(&mapped, "additionalEventData"), Loss::None);
        assert_eq!(at(&mapped, "sourceIPAddress"), Loss::Whole);
    }

    #[test]
    fn what_is_printed_without_quotes_is_lost_where_it_is_anybodys() {
        let mapped = read(
            "eventID,eventName,eventTime,requestParameters,userIdentity,readOnly",
            &[
                "1",
                "CreateUser",
                "2026-01-05 09:00:00.000",
                "{userName=bob, path=/}",
                "{type=IAMUser, type=Root}",
                "perhaps",
            ],
        );
        assert_eq!(
            mapped.record,
            json!({"eventID": "1", "eventName": "CreateUser", "eventTime": "2026-01-05T09:00:00Z"})
        );
        for path in ["requestParameters", "userIdentity", "readOnly"] {
            assert_eq!(at(&mapped, path), Loss::Whole, "{path}");
        }
    }

    #[test]
    fn documents_may_be_json_with_cloudtrails_or_lower_cased_names() {
        let mapped = read(
            "eventName,eventSource,userIdentity.type,tlsDetails,requestParameters",
            &[
                "A",
                "b",
                "Root",
                "{\"tlsversion\":\"TLSv1.3\"}",
                "HIDDEN_DUE_TO_SECURITY_REASONS",
            ],
        );
        assert_eq!(
            mapped.record,
            json!({
                "eventName": "A", "eventSource": "b", "userIdentity": {"type": "Root"},
                "tlsDetails": {"tlsVersion": "TLSv1.3"},
                "requestParameters": "HIDDEN_DUE_TO_SECURITY_REASONS"
            })
        );
    }

    #[test]
    fn a_time_that_cannot_be_read_is_lost() {
        assert_eq!(time("January 05, 2026, 09:00:00 (UTC+00:00)"), None);
        assert_eq!(
            time("2026-01-05 09:00:00 UTC").as_deref(),
            Some("2026-01-05T09:00:00Z")
        );
        assert_eq!(
            time("2026-01-05T10:00:00+01:00").as_deref(),
            Some("2026-01-05T09:00:00Z")
        );
    }
}
