//! What a rule may say of several events, and of tests with several.

use serde_json::{Map, Value, json};

use super::super::model::CorrelatedPart;
use super::parts::{described, mapping, text, texts};
use super::{condition, items, test_event_changes};

/// `correlate`: all its keys; that they fit each other the loader says.
pub(super) fn correlate() -> Value {
    let step_names =
        "The names of steps; a step that is named several times is asked for as often.";
    let measured = |more: &[(&str, Value)], required: &[&str]| {
        let mut keys: Vec<(&str, Value)> = more.to_vec();
        keys.extend(bounds());
        let mut schema = mapping(&keys, required);
        schema["anyOf"] = one_of_bounds();
        schema
    };
    let field = |about: &str| ("field", described(texts(), about));
    mapping(
        &[
            (
                "rules",
                described(
                    texts(),
                    "Ids of rules whose matches or findings take part, in the place of `match`.",
                ),
            ),
            ("by", described(by(), BY)),
            (
                "within",
                described(
                    duration(),
                    "How long a window is, both ends included: `90s`, `5m`, `12h`, `14d`.",
                ),
            ),
            (
                "count",
                described(measured(&[], &[]), "How many events a window must hold."),
            ),
            (
                "distinct",
                described(
                    measured(
                        &[field("The field, or several for combinations of values.")],
                        &["field"],
                    ),
                    "How many different values of a field a window must hold.",
                ),
            ),
            (
                "sum",
                described(
                    measured(
                        &[field("The field, whose numbers are added up.")],
                        &["field"],
                    ),
                    "What the numbers of a field must come to in a window.",
                ),
            ),
            (
                "average",
                described(
                    measured(
                        &[field("The field, whose numbers are averaged.")],
                        &["field"],
                    ),
                    "What the mean of a field's numbers must be in a window.",
                ),
            ),
            (
                "median",
                described(
                    measured(&[field("The field, whose numbers are ranked.")], &["field"]),
                    "What the number in the middle must be in a window, or the mean of the two there.",
                ),
            ),
            (
                "percentile",
                described(
                    measured(
                        &[
                            field("The field, whose numbers are ranked."),
                            (
                                "at",
                                described(
                                    json!({"type": ["number", "string"]}),
                                    "Which percentile, from 0, the lowest number, to 100, the highest.",
                                ),
                            ),
                        ],
                        &["field", "at"],
                    ),
                    "What a percentile of a field's numbers must be in a window.",
                ),
            ),
            (
                "ratio",
                described(
                    measured(
                        &[
                            field("The field; `eventName` where none is named."),
                            (
                                "of",
                                described(
                                    super::values_reference(),
                                    "The values that count, or `{list: name}`.",
                                ),
                            ),
                        ],
                        &["of"],
                    ),
                    "The share of a list's values that a window must hold, from 0 to 1.",
                ),
            ),
            (
                "first_seen",
                described(first_seen(), "A value that the key has not had before."),
            ),
            (
                "order",
                described(
                    texts(),
                    &format!("Steps that must follow each other. {step_names}"),
                ),
            ),
            (
                "all",
                described(
                    texts(),
                    &format!("Steps that must be there, in any order. {step_names}"),
                ),
            ),
            (
                "absent",
                described(
                    texts(),
                    "Steps of which no event may follow in the rest of the window.",
                ),
            ),
        ],
        &[],
    )
}

const BY: &str =
    "The fields whose values events must have in common; an event without a value takes no part.";

/// `steps`: events under names.
pub(super) fn steps() -> Value {
    let step = mapping(
        &[
            (
                "match",
                described(
                    condition::reference("eventCondition"),
                    "What an event must be to be of the step.",
                ),
            ),
            (
                "rules",
                described(
                    texts(),
                    "Ids of rules whose matches or findings are of the step.",
                ),
            ),
            ("by", described(by(), BY)),
        ],
        &[],
    );
    json!({"type": "object", "minProperties": 1, "additionalProperties": step})
}

fn first_seen() -> Value {
    mapping(
        &[
            (
                "field",
                described(texts(), "The field, or several for combinations of values."),
            ),
            (
                "history",
                described(duration(), "How far back a value counts as seen."),
            ),
            (
                "learning",
                described(
                    duration(),
                    "How long a key must have been known before a value counts as new. Default: `history`.",
                ),
            ),
        ],
        &["field", "history"],
    )
}

fn by() -> Value {
    let capture = (
        "capture",
        described(
            text(),
            "A regex: its first group, or all that it matches, is taken of the text.",
        ),
    );
    let part = json!({"anyOf": [
        text(),
        mapping(&[("field", described(texts(), "The field.")), capture.clone()], &["field"]),
        mapping(
            &[("coalesce", described(texts(), "Fields, of which the first with a value is taken.")), capture],
            &["coalesce"],
        ),
    ]});
    json!({"anyOf": [part, items(part.clone())]})
}

fn duration() -> Value {
    json!({"type": "string", "pattern": "^\\d+[smhd]$"})
}

fn bounds() -> Vec<(&'static str, Value)> {
    let words = [
        ("gt", "More than this."),
        ("gte", "This or more."),
        ("lt", "Less than this: windows then follow each other."),
        ("lte", "This or less: windows then follow each other."),
    ];
    let number = json!({"type": ["number", "string"]});
    let bound = |(name, about)| (name, described(number.clone(), about));
    words.map(bound).into()
}

fn one_of_bounds() -> Value {
    let required: Vec<Value> = bounds()
        .into_iter()
        .map(|(name, _)| json!({"required": [name]}))
        .collect();
    Value::from(required)
}

/// What is beside `name`, `expect` and the like in a test with `events`.
pub(super) fn test_keys() -> Vec<(&'static str, Value)> {
    let offset = json!({"type": "string", "pattern": "^\\+?\\d"});
    let count = json!({"type": "integer", "minimum": 0});
    let mut event = test_event_changes();
    event.extend([
        (
            "event",
            described(
                json!({"type": "object", "minProperties": 1}),
                "The event, in the place of a `file`.",
            ),
        ),
        (
            "at",
            described(
                offset.clone(),
                "When it happens after the start of the test, such as +90s. Default: +0s.",
            ),
        ),
        (
            "repeat",
            described(
                json!({"type": "integer", "minimum": 1}),
                "How many times it happens; `{n}` in its texts is 1, 2 and so on.",
            ),
        ),
        (
            "every",
            described(offset.clone(), "How long from one time to the next."),
        ),
    ]);
    let mut event = mapping(&event, &[]);
    event["anyOf"] = json!([{"required": ["file"]}, {"required": ["event"]}]);
    let parts: Map<String, Value> = CorrelatedPart::ALL
        .iter()
        .map(|(name, _)| ((*name).to_owned(), texts()))
        .collect();
    vec![
        (
            "events",
            described(
                items(event),
                "The events of a rule with `correlate`, with their times.",
            ),
        ),
        (
            "until",
            described(
                offset,
                "How far the data reaches after the start of the test. Default: its last event.",
            ),
        ),
        (
            "count",
            described(count, "How many findings there must be."),
        ),
        (
            "correlated",
            described(
                json!({"type": "object", "properties": parts, "additionalProperties": false}),
                "What the first finding must say of its events: `events`, `measured`, `values`, `span`.",
            ),
        ),
    ]
}
