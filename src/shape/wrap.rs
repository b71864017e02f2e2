//! Objects that hold records: which they are, and what is in them.
//!
//! In comes a parsed object that is no record; out comes its [`Shape`], told by
//! what it holds, and from that what is wrapped: texts, values and packed bytes
//! that are streams of records again. Facts of the wrapper stay behind: what the
//! record itself says counts.

use serde_json::{Map, Value};

use super::classify::{is_event, is_insight, is_lookup_item, text};
use super::fault::WrapFault;
use super::foreign::{self, Mapped};
use super::lowered;
use super::named::Shape;
use super::table;

impl Shape {
    /// What wraps records in this value, if anything does.
    pub(super) fn of_wrapper(value: &Value) -> Option<Shape> {
        Shape::ALL.into_iter().find(|shape| shape.fits(value))
    }

    /// Whether records may be had from a value in this way.
    pub(super) fn fits(self, value: &Value) -> bool {
        match self {
            // A table is no JSON.
            Shape::CloudTrail | Shape::Csv | Shape::Parquet => false,
            Shape::EventBridge => is_bus_event(value),
            Shape::LookupEvents => {
                value.get("CloudTrailEvent").is_some() || has_lookup_items(value)
            }
            Shape::CloudWatchLogs => {
                log_messages(value).is_some() || row_of_fields(value).is_some()
            }
            Shape::Kinesis => !packed(value).is_empty(),
            Shape::Ecs => {
                find(value, "event.original").is_some_and(is_document)
                    || is_ecs_of_cloudtrail(value)
                        && foreign::of_ecs(value).record.get("eventName").is_some()
            }
            Shape::Ocsf => foreign::is_ocsf_of_cloudtrail(value),
            Shape::LowerCased => value.as_object().is_some_and(is_lower_cased),
            Shape::Wrapped => !within(value, WRAPPED_LEVELS).is_empty(),
            Shape::Message => message(value).is_some(),
        }
    }

    /// What a value that fits holds.
    pub(super) fn unwrap(self, value: &Value) -> Result<Vec<Inner>, WrapFault> {
        let one = |content| Ok(vec![Inner::new(content)]);
        match self {
            Shape::CloudTrail | Shape::Csv | Shape::Parquet => Ok(Vec::new()),
            Shape::EventBridge => {
                let kind = value.get("detail-type").and_then(Value::as_str);
                let content = Content::of(value.get("detail"), "detail")?;
                Ok(vec![Inner {
                    content,
                    promised: kind.is_some_and(|kind| kind.ends_with(VIA_CLOUDTRAIL)),
                }])
            }
            Shape::LookupEvents => match (value.get("CloudTrailEvent"), value.get("Events")) {
                (None, Some(items)) => one(Content::Value(items.clone())),
                (event, _) => Ok(vec![Inner {
                    content: Content::of(event, "CloudTrailEvent")?,
                    promised: true,
                }]),
            },
            Shape::CloudWatchLogs => match (log_messages(value), row_of_fields(value)) {
                (Some((key, messages)), _) => one(Content::of_logs(key, messages)?),
                (None, Some(row)) => one(Content::Mapped(row)),
                (None, None) => Err(WrapFault::Missing("message")),
            },
            Shape::Kinesis => packed(value)
                .into_iter()
                .map(|(key, data)| Ok(Inner::new(Content::of_base64(key, data)?)))
                .collect(),
            Shape::Ecs if !find(value, "event.original").is_some_and(is_document) => {
                one(Content::Mapped(foreign::of_ecs(value)))
            }
            Shape::Ocsf => one(Content::Mapped(foreign::of_ocsf(value))),
            Shape::Ecs => Ok(vec![Inner {
                content: Content::of(find(value, "event.original"), "event.original")?,
                promised: is_ecs_of_cloudtrail(value),
            }]),
            Shape::LowerCased => Ok(vec![Inner {
                content: Content::Value(lowered::restored(value)),
                promised: true,
            }]),
            Shape::Wrapped => {
                let found = within(value, WRAPPED_LEVELS);
                let values = found.into_iter().cloned();
                Ok(values
                    .map(|value| Inner::new(Content::Value(value)))
                    .collect())
            }
            Shape::Message => one(Content::of(message(value), "body")?),
        }
    }
}

/// Something that was wrapped.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) content: Content,
    /// Whether the wrapper says that it is CloudTrail's.
    pub(super) promised: bool,
}

impl Inner {
    fn new(content: Content) -> Self {
        Inner {
            content,
            promised: false,
        }
    }
}

/// A stream of records in a record.
#[derive(Debug)]
pub(super) enum Content {
    /// JSON, not parsed yet.
    Text(String),
    /// JSON that was parsed with its wrapper.
    Value(Value),
    /// A record in another schema, mapped back.
    Mapped(Mapped),
    /// Mostly gzip, of what stood in base64 under a key.
    Packed(Vec<u8>, &'static str),
}

impl Content {
    /// What stands under a key: a value, or one in a text.
    fn of(value: Option<&Value>, key: &'static str) -> Result<Content, WrapFault> {
        match value {
            Some(Value::String(text)) if begins_document(text) => Ok(Content::Text(text.clone())),
            Some(value @ (Value::Object(_) | Value::Array(_))) => Ok(Content::Value(value.clone())),
            _ => Err(WrapFault::Missing(key)),
        }
    }

    fn of_logs(key: &'static str, value: &Value) -> Result<Content, WrapFault> {
        if key != PAYLOAD {
            return Content::of(Some(value), key);
        }
        Content::of_base64(key, value)
    }

    fn of_base64(key: &'static str, value: &Value) -> Result<Content, WrapFault> {
        let text = value.as_str().ok_or(WrapFault::Missing(key))?;
        let bytes = data_encoding::BASE64
            .decode(text.trim_ascii().as_bytes())
            .map_err(|_| WrapFault::NotBase64(key))?;
        Ok(Content::Packed(bytes, key))
    }
}

/// How the types of EventBridge events end that CloudTrail's records come in.
const VIA_CLOUDTRAIL: &str = "via CloudTrail";

fn is_bus_event(value: &Value) -> bool {
    let detail = value.get("detail");
    match value.get("detail-type").and_then(Value::as_str) {
        Some(kind) => kind.ends_with(VIA_CLOUDTRAIL) || detail.is_some_and(is_document),
        None => value.get("source").is_some() && detail.is_some_and(is_record),
    }
}

/// Whether a value has the list of `lookup-events`, be it that an item lost its event.
fn has_lookup_items(value: &Value) -> bool {
    let items = value.get("Events").and_then(Value::as_array);
    let mut items = items.into_iter().flatten().filter_map(Value::as_object);
    items.any(|item| item.contains_key("CloudTrailEvent") || is_lookup_item(item))
}

/// What Kinesis and Firehose put in base64, and the key that it stands under.
fn packed(value: &Value) -> Vec<(&'static str, &Value)> {
    if let Some(data) = find(value, "kinesis.data") {
        return vec![("kinesis.data", data)];
    }
    let is_delivery = value.get("deliveryStreamArn").is_some();
    let records = value.get("records").filter(|_| is_delivery);
    let records = records.and_then(Value::as_array).into_iter().flatten();
    records.map(|record| ("data", &record["data"])).collect()
}

/// A row of a query that chose fields of records instead of the message.
fn row_of_fields(value: &Value) -> Option<Mapped> {
    fn text<'v>(field: &'v Value, key: &str) -> Option<&'v str> {
        field.get(key).and_then(Value::as_str)
    }
    let fields = value.as_array()?.iter();
    let cells: Option<Vec<(&str, &str)>> = fields
        .map(|field| Some((text(field, "field")?, text(field, "value")?)))
        .collect();
    table::named_row(&cells?)
}

/// Where CloudWatch Logs puts a payload.
const PAYLOAD: &str = "awslogs.data";

/// What CloudWatch Logs holds, and the key that it stands under.
fn log_messages(value: &Value) -> Option<(&'static str, &Value)> {
    if value.get("awslogs").is_some() {
        return Some((PAYLOAD, find(value, PAYLOAD).unwrap_or(&Value::Null)));
    }
    if let Value::Array(fields) = value {
        let is_message = |field: &&Value| field.get("field").is_some_and(|name| name == "@message");
        let field = fields.iter().find(is_message)?;
        return Some(("@message", field.get("value").unwrap_or(&Value::Null)));
    }
    for key in ["logEvents", "events"] {
        if first(value, key).is_some_and(|event| event.get("message").is_some()) {
            return value.get(key).map(|list| (key, list));
        }
    }
    let row = first(value, "results").and_then(|row| row.get(0));
    if row.is_some_and(|field| field.get("field").is_some()) {
        return value.get("results").map(|rows| ("results", rows));
    }
    let at = |key| value.get(key).filter(|text| is_document(text));
    if let Some(message) = at("@message") {
        return Some(("@message", message));
    }
    let marks = ["id", "timestamp", "ingestionTime", "logStreamName"];
    let marked = marks.iter().any(|mark| value.get(mark).is_some());
    at("message")
        .filter(|_| marked)
        .map(|text| ("message", text))
}

/// The document in a message: of SQS in either spelling, of SNS, of a log shipper.
fn message(value: &Value) -> Option<&Value> {
    let keys = ["body", "Body", "Message", "Sns.Message", "message"];
    let is_text = |text: &&Value| text.is_string() && is_document(text);
    let text = keys.iter().find_map(|key| find(value, key).filter(is_text));
    text.or_else(|| first(value, "Messages").and(value.get("Messages")))
}

/// Whether a document has fields that were made of a CloudTrail record.
pub(super) fn is_ecs_of_cloudtrail(value: &Value) -> bool {
    let keys = value.as_object().into_iter().flat_map(Map::keys);
    value.pointer("/aws/cloudtrail").is_some()
        || keys
            .into_iter()
            .any(|key| key.starts_with("aws.cloudtrail"))
}

fn is_lower_cased(object: &Map<String, Value>) -> bool {
    text(object, "eventname").is_some()
        && ["eventsource", "useridentity", "eventid"]
            .iter()
            .any(|key| object.contains_key(*key))
}

/// How far down a wrapped record is looked for: `{"data": {"Records": [{...`.
const WRAPPED_LEVELS: usize = 3;

/// The records below an object, and the arrays that hold some.
fn within(value: &Value, levels: usize) -> Vec<&Value> {
    let mut found = Vec::new();
    for inner in value.as_object().into_iter().flat_map(Map::values) {
        match inner {
            Value::Array(elements) if elements.iter().any(is_record) => found.push(inner),
            Value::Object(_) if is_record(inner) => found.push(inner),
            Value::Object(_) if levels > 1 => found.extend(within(inner, levels - 1)),
            Value::Array(elements) if levels > 1 => {
                found.extend(elements.iter().flat_map(|each| within(each, levels - 1)));
            }
            _ => {}
        }
    }
    found
}

/// Whether an object within another is a record, or plainly wraps one.
fn is_record(value: &Value) -> bool {
    let plain = |object| is_event(object) || is_insight(object) || is_lower_cased(object);
    value.as_object().is_some_and(plain)
        || [
            Shape::LookupEvents,
            Shape::EventBridge,
            Shape::Ecs,
            Shape::Ocsf,
        ]
        .iter()
        .any(|shape| shape.fits(value))
}

/// What stands at a path of keys, or under a key with dots in it.
pub(super) fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object.get(path).or_else(|| {
        let (key, rest) = path.split_once('.')?;
        object.get(key)?.get(rest)
    })
}

fn first<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key)?.as_array()?.first()
}

/// Whether a value is JSON that may be a record: an object, or a text that begins
/// like one.
fn is_document(value: &Value) -> bool {
    match value {
        Value::String(text) => begins_document(text),
        other => other.is_object(),
    }
}

fn begins_document(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Kind, classify};
    use rstest::rstest;
    use serde_json::json;

    const EVENT: &str = r#"{"eventName":"A","eventSource":"b"}"#;

    fn event() -> Value {
        serde_json::from_str(EVENT).unwrap()
    }

    #[rstest]
    #[case(json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": event()}), Shape::EventBridge)]
    #[case(json!({"detail-type": "AWS API Call via CloudTrail"}), Shape::EventBridge)]
    #[case(json!({"source": "aws.iam", "detail": event()}), Shape::EventBridge)]
    #[case(json!({"Events": [{"EventId": "1", "CloudTrailEvent": "{}"}]}), Shape::LookupEvents)]
    #[case(json!({"Events": [{"EventId": "1"}, {"EventId": "2", "CloudTrailEvent": "{}"}]}), Shape::LookupEvents)]
    #[case(json!({"EventId": "1", "CloudTrailEvent": "{}"}), Shape::LookupEvents)]
    #[case(json!({"awslogs": {"data": "H4sI"}}), Shape::CloudWatchLogs)]
    #[case(json!({"awslogs": null}), Shape::CloudWatchLogs)]
    #[case(json!({"messageType": "DATA_MESSAGE", "logEvents": [{"message": "{}"}]}), Shape::CloudWatchLogs)]
    #[case(json!({"events": [{"message": "{}", "timestamp": 1}]}), Shape::CloudWatchLogs)]
    #[case(json!({"results": [[{"field": "@message", "value": "{}"}]]}), Shape::CloudWatchLogs)]
    #[case(json!([{"field": "@message", "value": "{}"}]), Shape::CloudWatchLogs)]
    #[case(json!({"@timestamp": "t", "@message": "{}"}), Shape::CloudWatchLogs)]
    #[case(json!({"timestamp": 1, "message": " {}"}), Shape::CloudWatchLogs)]
    #[case(json!({"messageId": "1", "body": EVENT, "eventSource": "aws:sqs"}), Shape::Message)]
    #[case(json!({"Messages": [{"Body": EVENT}]}), Shape::Message)]
    #[case(json!({"Type": "Notification", "Message": EVENT}), Shape::Message)]
    #[case(json!({"EventSource": "aws:sns", "Sns": {"Message": EVENT}}), Shape::Message)]
    #[case(json!({"level": "info", "message": EVENT}), Shape::Message)]
    #[case(json!({"aws": {"cloudtrail": {}}, "event": {"original": EVENT}, "message": EVENT}), Shape::Ecs)]
    #[case(json!({"eventSource": "aws:kinesis", "kinesis": {"data": "e30="}}), Shape::Kinesis)]
    #[case(json!({"deliveryStreamArn": "a", "records": [{"recordId": "1", "data": "e30="}]}), Shape::Kinesis)]
    #[case(json!({"event.original": EVENT}), Shape::Ecs)]
    #[case(json!({"eventname": "A", "eventsource": "b"}), Shape::LowerCased)]
    #[case(json!({"rule_id": "r", "event": event(), "message": EVENT}), Shape::Wrapped)]
    #[case(json!({"data": {"detail": event()}}), Shape::Wrapped)]
    #[case(json!({"data": {"Records": [{"x": 1}, event()]}}), Shape::Wrapped)]
    #[case(json!({"_source": {"event": {"original": EVENT}}}), Shape::Wrapped)]
    fn what_wraps_records_is_told_by_its_fields(#[case] value: Value, #[case] shape: Shape) {
        assert_eq!(classify(&value), Kind::Wraps(shape));
    }

    #[rstest]
    #[case(json!({"detail-type": "AWS API Call via CloudTrail", "detail": null}))]
    #[case(json!({"CloudTrailEvent": "not JSON"}))]
    #[case(json!({"CloudTrailEvent": null}))]
    #[case(json!({"awslogs": null}))]
    #[case(json!({"awslogs": {"data": "no base64!"}}))]
    fn a_wrapper_without_what_it_should_hold_is_at_fault(#[case] value: Value) {
        let Kind::Wraps(shape) = classify(&value) else {
            panic!("{value} wraps nothing")
        };
        assert!(shape.unwrap(&value).is_err());
    }

    #[test]
    fn a_shape_is_found_by_its_name() {
        for shape in Shape::ALL {
            assert_eq!(Shape::of_name(shape.name()), Some(shape));
        }
        assert_eq!(Shape::of_name("avro"), None);
    }
}
