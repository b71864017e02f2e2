//! What records within records come to, on text made here.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use serde_json::json;

use super::*;

const EVENT: &str = r#"{"eventName":"A","eventSource":"b","eventID":"1"}"#;

fn event() -> Value {
    serde_json::from_str(EVENT).unwrap()
}

/// Leaves as text: the layers, and what the leaf is.
#[derive(Default)]
struct Seen(Vec<String>);

impl Visit for Seen {
    fn leaf(&mut self, leaf: Leaf<'_>) {
        let layers: Vec<_> = leaf.layers.iter().map(|shape| shape.name()).collect();
        let content = match leaf.content {
            LeafContent::Record { value, kind, .. } => match kind {
                Kind::Event => value["eventID"].to_string(),
                Kind::NotCloudTrail(foreign) => foreign.name().to_owned(),
                other => format!("{other:?}"),
            },
            LeafContent::Unparsed(fault) => fault.to_string(),
            LeafContent::Fault(fault) => fault.to_string(),
        };
        self.0.push(format!("{}: {content}", layers.join(">")));
    }
}

fn opened(value: &Value, opening: Opening) -> Vec<String> {
    let mut seen = Seen::default();
    opening.open(value.to_string().as_bytes(), &mut seen);
    seen.0
}

fn packed(text: &str) -> Value {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    json!({"awslogs": {"data": data_encoding::BASE64.encode(&encoder.finish().unwrap())}})
}

fn payload(messages: &[&str]) -> String {
    let events = messages
        .iter()
        .map(|message| json!({"id": "1", "message": message}));
    json!({"messageType": "DATA_MESSAGE", "logEvents": events.collect::<Vec<_>>()}).to_string()
}

#[rstest]
#[case(event(), &[": \"1\""])]
#[case(json!({"detail-type": "AWS API Call via CloudTrail", "detail": event()}), &["eventbridge: \"1\""])]
#[case(json!({"detail-type": "AWS API Call via CloudTrail", "detail": EVENT}), &["eventbridge: \"1\""])]
#[case(json!({"detail-type": "EC2 Instance State-change Notification", "detail": {"state": "running"}}), &["eventbridge: unknown"])]
#[case(json!({"EventName": "X", "ReadOnly": "true", "CloudTrailEvent": EVENT}), &["lookup-events: \"1\""])]
#[case(json!({"Messages": [{"Body": EVENT}, {"Body": "hello"}]}), &["message>message: \"1\"", "message: unknown"])]
#[case(json!({"eventname": "A", "eventsource": "b", "eventid": "1"}), &["lower-cased: \"1\""])]
#[case(json!({"data": {"Records": [event(), {"x": 1}, event()]}}), &["wrapped: \"1\"", "wrapped: unknown", "wrapped: \"1\""])]
#[case(json!({"a": event(), "b": {"c": event()}}), &["wrapped: \"1\"", "wrapped: \"1\""])]
#[case(json!({"event": {"original": EVENT}, "aws": {"cloudtrail": {}}}), &["ecs: \"1\""])]
#[case(json!({"body": json!({"Message": json!({"detail-type": "x", "detail": event()}).to_string()}).to_string()}), &["message>message>eventbridge: \"1\""])]
#[case(json!({"id": "1", "message": format!("{EVENT}{EVENT}")}), &["cloudwatch-logs: \"1\"", "cloudwatch-logs: \"1\""])]
#[case(json!([{"field": "@message", "value": EVENT}]), &["cloudwatch-logs: \"1\""])]
#[case(json!({"results": [[{"field": "@message", "value": EVENT}], [{"field": "x", "value": "y"}]]}), &["cloudwatch-logs>cloudwatch-logs: \"1\"", "cloudwatch-logs: logs_insights"])]
#[case(json!([{"field": "eventID", "value": "1"}, {"field": "eventName", "value": "A"}, {"field": "@ptr", "value": "x"}]), &["cloudwatch-logs: \"1\""])]
#[case(json!([{"field": "eventName", "value": "A"}, {"field": "count", "value": "7"}]), &[": logs_insights"])]
fn what_a_record_holds_comes_out_in_order(#[case] value: Value, #[case] expected: &[&str]) {
    assert_eq!(opened(&value, Opening::default()), expected);
}

#[test]
fn a_packed_payload_is_read_as_a_stream() {
    let text = payload(&[EVENT, "START", EVENT]);
    let layers = "cloudwatch-logs>cloudwatch-logs: \"1\"";
    assert_eq!(
        opened(&packed(&text), Opening::default()),
        [layers, "cloudwatch-logs: log_message", layers]
    );
    let control = payload(&["CWL CONTROL MESSAGE: Checking health of destination."]);
    assert_eq!(
        opened(&packed(&control), Opening::default()),
        ["cloudwatch-logs: control_message"]
    );
    assert_eq!(
        opened(&packed(""), Opening::default()),
        ["cloudwatch-logs: empty"]
    );
}

#[rstest]
#[case(json!({"awslogs": {"data": "H4sI"}}), "cloudwatch-logs: what `awslogs.data` holds cannot be read: the gzip data ends early")]
#[case(json!({"awslogs": {"data": "?"}}), ": `awslogs.data` is not valid base64")]
#[case(json!({"awslogs": {}}), ": `awslogs.data` holds no JSON object")]
#[case(json!({"CloudTrailEvent": "{}"}), "lookup-events: it should wrap a CloudTrail record, and what it wraps is none")]
#[case(json!({"CloudTrailEvent": "{\"eventName\":\"A"}), "lookup-events: the input ends inside this record (in what the record wraps)")]
#[case(json!({"CloudTrailEvent": "{\"eventName\":A}"}), "lookup-events: this is not valid JSON: expected value at line 1 column 14 of the record (in what the record wraps)")]
#[case(json!({"detail-type": "AWS API Call via CloudTrail", "detail": {"state": "running"}}), "eventbridge: it should wrap a CloudTrail record, and what it wraps is none")]
#[case(json!({"event": {"original": "{\"a\":1}"}, "aws": {"cloudtrail": {}}}), "ecs: it should wrap a CloudTrail record, and what it wraps is none")]
fn what_cannot_be_had_is_said(#[case] value: Value, #[case] expected: &str) {
    assert_eq!(opened(&value, Opening::default()), [expected]);
}

#[test]
fn wrappers_are_opened_to_a_depth() {
    let mut value = event();
    for _ in 0..MOST_LAYERS {
        value = json!({"body": value.to_string()});
    }
    let layers = ["message"; MOST_LAYERS].join(">");
    assert_eq!(
        opened(&value, Opening::default()),
        [format!("{layers}: \"1\"")]
    );
    let deeper = json!({"body": value.to_string()});
    assert_eq!(
        opened(&deeper, Opening::default()),
        [format!("{layers}: it is wrapped in more than 4 layers")]
    );
}

#[test]
fn packed_bytes_have_the_limits_of_inputs() {
    let text = payload(&[&"x".repeat(2000)]);
    let opening = Opening {
        limits: Limits {
            max_decoded: 1000,
            ..Limits::default()
        },
        ..Opening::default()
    };
    let seen = opened(&packed(&text), opening);
    let last = seen.last().unwrap();
    assert!(
        last.ends_with("decodes to more than 1000 bytes"),
        "{seen:?}"
    );
    let opening = Opening {
        max_record: 1000,
        ..Opening::default()
    };
    assert_eq!(
        opened(&packed(&text), opening),
        [
            "cloudwatch-logs: the record is larger than the limit of 1000 bytes (in what the record wraps)"
        ]
    );
}

#[test]
fn a_shape_that_is_asked_for_must_fit() {
    let asking = |shape| Opening {
        shape: Some(shape),
        ..Opening::default()
    };
    let bus = json!({"detail-type": "AWS API Call via CloudTrail", "detail": event()});
    assert_eq!(
        opened(&bus, asking(Shape::EventBridge)),
        ["eventbridge: \"1\""]
    );
    assert_eq!(
        opened(&bus, asking(Shape::LookupEvents)),
        [": this is a record in the shape eventbridge, and not in the shape lookup-events"]
    );
    assert_eq!(
        opened(&bus, asking(Shape::CloudTrail)),
        [": this is a record in the shape eventbridge, and not in the shape cloudtrail"]
    );
    assert_eq!(opened(&event(), asking(Shape::CloudTrail)), [": \"1\""]);
    assert_eq!(
        opened(&event(), asking(Shape::Wrapped)),
        [": this is a CloudTrail record itself, and not in the shape wrapped"]
    );
    let enriched = json!({"eventName": "alert", "eventSource": "siem", "raw": event()});
    assert_eq!(
        opened(&enriched, asking(Shape::Wrapped)),
        ["wrapped: \"1\""]
    );
}
