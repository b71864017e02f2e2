//! What holds for the splitter whatever the records, their shape and the reads.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value;

use super::super::*;
use super::{Seen, Slow, split_from};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        r#"[{}\[\]",:\\\n a]{0,12}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z]{0,8}",
        r#"[{}\[\]",:\\\n]{0,6}"#,
        Just("eventName".to_owned())
    ]
}

fn record() -> impl Strategy<Value = Value> {
    prop::collection::vec((key(), value()), 0..5).prop_map(|entries| {
        Value::Object(
            entries
                .into_iter()
                .filter(|(key, _)| key != "Records")
                .collect(),
        )
    })
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Wrapper,
    WrapperLater,
    Array,
    ArrayOfWrappers,
    Lines,
    LinesOfWrappers,
    Concatenated,
}

#[derive(Debug, Clone, Copy)]
struct Form {
    shape: Shape,
    pretty: bool,
    crlf: bool,
    mark: bool,
}

fn form() -> impl Strategy<Value = Form> {
    let shape = prop_oneof![
        Just(Shape::Wrapper),
        Just(Shape::WrapperLater),
        Just(Shape::Array),
        Just(Shape::ArrayOfWrappers),
        Just(Shape::Lines),
        Just(Shape::LinesOfWrappers),
        Just(Shape::Concatenated),
    ];
    (shape, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(shape, pretty, crlf, mark)| {
        Form {
            shape,
            pretty,
            crlf,
            mark,
        }
    })
}

fn write(records: &[Value], form: Form) -> String {
    let show = |value: &Value| {
        if form.pretty {
            format!("{value:#}")
        } else {
            value.to_string()
        }
    };
    let wrapper = |records: &[Value]| serde_json::json!({ "Records": records });
    let mut text = String::new();
    match form.shape {
        Shape::Wrapper => text = show(&wrapper(records)),
        Shape::WrapperLater => {
            text =
                show(&serde_json::json!({"x": {"Records": [{}]}, "Records": records, "y": [{}]}));
        }
        Shape::Array => text = show(&Value::from(records)),
        Shape::ArrayOfWrappers => {
            text = show(&records.chunks(2).map(wrapper).collect::<Vec<_>>().into());
        }
        Shape::Lines => records.iter().for_each(|record| {
            let _ = writeln!(text, "{}", show(record));
        }),
        Shape::LinesOfWrappers => records.chunks(2).for_each(|chunk| {
            let _ = writeln!(text, "{}", show(&wrapper(chunk)));
        }),
        Shape::Concatenated => records
            .iter()
            .for_each(|record| text.push_str(&show(record))),
    }
    if form.crlf {
        text = text.replace('\n', "\r\n");
    }
    if form.mark {
        text.insert(0, '\u{feff}');
    }
    text
}

fn parsed(seen: &[Seen]) -> Vec<Value> {
    seen.iter()
        .filter_map(|item| match item {
            Seen::Record(text) => parse(text.as_bytes()).ok(),
            _ => None,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn records_in_any_shape_and_any_reads_come_back_in_order(
        records in prop::collection::vec(record(), 0..6),
        form in form(),
        step in prop_oneof![Just(1usize), 2usize..200, Just(usize::MAX)],
    ) {
        let text = write(&records, form);
        let seen = split_from(Slow { data: text.as_bytes(), step }, DEFAULT_MAX_RECORD);
        prop_assert_eq!(seen.len(), records.len(), "{:?} of {}", seen, text);
        // Numbers are compared as serde_json reads its own text back.
        let expected: Vec<Value> =
            records.iter().map(|record| serde_json::from_str(&record.to_string()).unwrap()).collect();
        prop_assert_eq!(parsed(&seen), expected);
    }

    #[test]
    fn damage_that_leaves_the_framing_costs_one_record(
        records in prop::collection::vec(record(), 1..6),
        victim in any::<prop::sample::Index>(),
        damage in prop_oneof![
            Just("{\"a\":1,}"), Just("{\"a\":tru}"), Just("{\"a\" \"b\"}"), Just("{\"\\q\":1}"),
            Just("{,}"), Just("[{}]"), Just("{\"a\":[1,2}"), Just("{'a':1}"),
        ],
        form in form(),
        step in prop_oneof![Just(1usize), 2usize..200, Just(usize::MAX)],
    ) {
        let victim = victim.index(records.len());
        let mut marked = records.clone();
        marked[victim] = serde_json::json!({"the": "victim"});
        let form = Form { pretty: false, ..form };
        // A line that is an array is a list of records, not a damaged one.
        prop_assume!(damage != "[{}]" || !matches!(form.shape, Shape::Lines | Shape::Concatenated));
        let text = write(&marked, form).replace("{\"the\":\"victim\"}", damage);
        let seen = split_from(Slow { data: text.as_bytes(), step }, DEFAULT_MAX_RECORD);
        let mut expected: Vec<Value> =
            records.iter().map(|record| serde_json::from_str(&record.to_string()).unwrap()).collect();
        expected.remove(victim);
        prop_assert_eq!(seen.len(), records.len(), "{:?} of {}", seen, text);
        prop_assert_eq!(parsed(&seen), expected, "{}", text);
    }

    #[test]
    fn a_cut_input_gives_a_prefix_of_its_records(
        records in prop::collection::vec(record(), 1..6),
        form in form(),
        cut in any::<prop::sample::Index>(),
    ) {
        let form = Form { pretty: false, ..form };
        let text = write(&records, form);
        let cut = cut.index(text.len());
        let seen = split_from(&text.as_bytes()[..cut], DEFAULT_MAX_RECORD);
        let whole = split_from(text.as_bytes(), DEFAULT_MAX_RECORD);
        let kept = seen.iter().take_while(|item| matches!(item, Seen::Record(_))).count();
        prop_assert_eq!(&seen[..kept], &whole[..kept]);
        prop_assert!(seen.len() <= kept + 1, "{:?}", seen);
    }

    #[test]
    fn arbitrary_bytes_end_without_a_panic(
        data in prop::collection::vec(any::<u8>(), 0..400),
        step in 1usize..50,
        limit in 1u64..200,
    ) {
        split_from(Slow { data: &data, step }, limit);
    }

    #[test]
    fn arbitrary_json_like_text_is_read_the_same_whatever_the_reads(
        text in r#"([\[{}\],:"\\ \n]|"a"|1|\{"eventName":|\{"Records":\[){0,60}"#,
        step in 1usize..9,
    ) {
        let whole = split_from(text.as_bytes(), DEFAULT_MAX_RECORD);
        let pieces = split_from(Slow { data: text.as_bytes(), step }, DEFAULT_MAX_RECORD);
        prop_assert_eq!(whole, pieces);
    }
}
