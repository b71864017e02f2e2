//! Behaviour of the splitter, on text made here.

use std::io::{self, Read, Write};
use std::sync::mpsc;

use super::*;
use crate::codec::Decoder;

/// One item, owned: a record's text, or what was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Record(String),
    Bad(Fault),
    Fault(String),
}

pub(super) fn split_from(source: impl Read, max_record: u64) -> Vec<Seen> {
    let mut records = Records::new(source, max_record);
    let mut seen = Vec::new();
    let mut last = 0;
    while let Some(item) = records.next() {
        let number = match &item {
            Item::Record(record) => record.number,
            Item::Bad(bad) => bad.number,
            Item::Fault(_) => last + 1,
        };
        assert_eq!(number, last + 1, "numbers are counted without a gap");
        last = number;
        seen.push(match item {
            Item::Record(record) => {
                Seen::Record(String::from_utf8_lossy(record.bytes).into_owned())
            }
            Item::Bad(bad) => Seen::Bad(bad.fault),
            Item::Fault(fault) => Seen::Fault(fault.to_string()),
        });
    }
    assert!(records.next().is_none(), "the end stays the end");
    seen
}

/// The items of a text, the same however it arrives.
fn split(text: impl AsRef<[u8]>) -> Vec<Seen> {
    let text = text.as_ref();
    let whole = split_from(text, DEFAULT_MAX_RECORD);
    assert_eq!(
        split_from(
            Slow {
                data: text,
                step: 1
            },
            DEFAULT_MAX_RECORD
        ),
        whole
    );
    whole
}

/// Gives at most `step` bytes a read.
pub(super) struct Slow<'a> {
    pub(super) data: &'a [u8],
    pub(super) step: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = self.step.min(out.len());
        self.data.read(&mut out[..room])
    }
}

fn records(texts: &[&str]) -> Vec<Seen> {
    texts
        .iter()
        .map(|text| Seen::Record((*text).to_owned()))
        .collect()
}

/// Only the records, for where the exact fault does not matter.
fn survivors(text: impl AsRef<[u8]>) -> Vec<String> {
    let seen = split(text);
    assert!(
        seen.iter().any(|item| !matches!(item, Seen::Record(_))),
        "the damage is reported"
    );
    seen.into_iter()
        .filter_map(|item| match item {
            Seen::Record(text) => Some(text),
            _ => None,
        })
        .collect()
}

const A: &str = r#"{"eventName":"A","n":[1,{"x":"}]"}]}"#;
const B: &str = r#"{"eventName":"B \"quoted\" \\"}"#;

#[test]
fn the_elements_of_records_are_the_records() {
    assert_eq!(
        split(format!("{{\"Records\":[{A},{B}]}}")),
        records(&[A, B])
    );
}

#[test]
fn records_need_not_be_the_first_key_and_may_come_twice() {
    let text = format!(
        "{{\"a\":{{\"Records\":[1]}},\"Records\":[{A}],\"z\":[{{}}],\"Records\" : [ {B} ] , \"y\":1}}"
    );
    assert_eq!(split(text), records(&[A, B]));
}

#[test]
fn an_empty_list_or_input_has_no_records() {
    for text in [
        "",
        " \r\n",
        "\u{feff}",
        "[]",
        "{\"Records\":[]}",
        "{\"Records\": [ ] }\n",
    ] {
        assert_eq!(split(text), [], "{text:?}");
    }
}

#[test]
fn the_elements_of_a_bare_array_are_the_records() {
    assert_eq!(
        split(format!("\u{feff}[\r\n {A} ,\r\n {B}\r\n]\r\n")),
        records(&[A, B])
    );
}

#[test]
fn objects_follow_one_another_with_or_without_newlines() {
    for between in ["", "\n", "\r\n", "\n\n  ", "\n\u{feff}"] {
        assert_eq!(
            split(format!("{A}{between}{B}")),
            records(&[A, B]),
            "{between:?}"
        );
    }
}

#[test]
fn pretty_printed_objects_follow_one_another() {
    let pretty = "{\n  \"a\": {\n    \"b\": 1\n  }\n}";
    assert_eq!(
        split(format!("{pretty}\n{pretty}\n")),
        records(&[pretty, pretty])
    );
}

#[test]
fn each_value_of_a_sequence_may_be_a_wrapper() {
    let text = format!("{{\"Records\":[{A}]}}\n{B}\n[{A},{B}]\n{{\"Records\":[{B}]}}");
    assert_eq!(split(text), records(&[A, B, A, B, B]));
}

#[test]
fn an_array_may_hold_wrappers() {
    let text = format!("[{{\"Records\":[{A}],\"x\":1}},{{\"Records\":[]}},{{\"Records\":[{B}]}}]");
    assert_eq!(split(text), records(&[A, B]));
}

#[test]
fn records_that_are_no_array_wrap_nothing() {
    let text = r#"{"Records":{"a":1}}"#;
    assert_eq!(split(text), records(&[text]));
}

#[test]
fn the_lists_of_api_answers_are_read_element_by_element() {
    let found = r#"{"logStreamName":"1","message":"{}"}"#;
    let (item, log, row) = (
        r#"{"EventId":"1","CloudTrailEvent":"{}"}"#,
        r#"{"id":"1","message":"{}"}"#,
        r#"[{"field":"@message","value":"{}"}]"#,
    );
    for (text, expected) in [
        (
            format!("{{\"Events\":[{item},{item}],\"NextToken\":\"x\"}}\n{{\"Events\":[{item}]}}"),
            vec![item; 3],
        ),
        (
            format!(
                "{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\": [\n{log}]}}{{\"logEvents\":[{log},{log}]}}"
            ),
            vec![log; 3],
        ),
        (
            format!("{{\"events\":[{found}],\"searchedLogStreams\":[]}}"),
            vec![found],
        ),
        (
            format!("{{\"results\":[{row},{row}],\"status\":\"Complete\"}}"),
            vec![row; 2],
        ),
        (format!("[{row} , {row}]"), vec![row; 2]),
    ] {
        assert_eq!(split(&text), records(&expected), "{text}");
        let padded = text.replace(":[", &format!(":[{}", " ".repeat(200)));
        assert_eq!(split(padded), records(&expected));
    }
}

#[test]
fn a_list_of_something_else_is_part_of_its_record() {
    for text in [
        r#"{"Events":["s3:ObjectCreated:*"]}"#,
        r#"{"Events":[]}"#,
        r#"{"events":[{"eventName":"A"}]}"#,
        r#"{"eventName":"A","x":{"events":[{"message":"m"}]}}"#,
        r#"{"results":[{"field":1}]}"#,
        r#"{"Event":[{"EventId":1}]}"#,
    ] {
        assert_eq!(split(text), records(&[text]), "{text}");
    }
}

#[test]
fn a_record_of_a_list_is_no_list() {
    let record = r#"{"eventName":"A","events":[{"message":"m"}]}"#;
    assert_eq!(
        split(format!("{{\"Records\":[{record},{record}]}}")),
        records(&[record, record])
    );
}

#[test]
fn lines_may_begin_with_a_time() {
    let stamp = "2015-11-10T17:22:00.000Z";
    assert_eq!(
        split(format!("{stamp} {A}\r\n{stamp} {B}\n{A}\n")),
        records(&[A, B, A])
    );
    let damaged = format!("{stamp} {A}\n{stamp} {{\"a\":[\"\n{stamp} {B}\n");
    assert_eq!(survivors(damaged), [A, B]);
    assert_eq!(
        split(format!("{stamp} START\n{stamp} {A}\n")),
        [Seen::Fault("this is not JSON".to_owned())]
    );
}

#[test]
fn a_record_knows_its_place() {
    let text = format!("{{\"Records\":[7,{A}]}}");
    let mut splitter = Records::new(text.as_bytes(), DEFAULT_MAX_RECORD);
    let Some(Item::Bad(bad)) = splitter.next() else {
        panic!("7 is no record")
    };
    assert_eq!((bad.number, bad.offset), (1, 12));
    let Some(Item::Record(record)) = splitter.next() else {
        panic!("a record follows")
    };
    assert_eq!((record.number, record.offset), (2, 14));
}

#[test]
fn what_is_no_object_is_reported_in_its_place() {
    assert_eq!(
        split(format!("[null,{A},\"[{{\",[{{}}],{B}]")),
        [
            Seen::Bad(Fault::NotAnObject),
            Seen::Record(A.to_owned()),
            Seen::Bad(Fault::NotAnObject),
            Seen::Bad(Fault::NotAnObject),
            Seen::Record(B.to_owned()),
        ]
    );
}

#[test]
fn text_that_is_not_json_is_reported_once() {
    for text in [
        "version account-id\n2 1234 eni-1\n",
        "eventName,x\n{}\n",
        "[INFO] start\n{}",
        "null",
    ] {
        assert_eq!(
            split(text),
            [Seen::Fault("this is not JSON".to_owned())],
            "{text:?}"
        );
    }
}

#[test]
fn text_in_utf16_and_data_compressed_twice_are_named() {
    let utf16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        split_from(&utf16[..], 100),
        [Seen::Fault("this is text in UTF-16, not JSON".to_owned())]
    );
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0];
    assert_eq!(
        split_from(gzip, 100),
        [Seen::Fault("this is gzip data, not JSON".to_owned())]
    );
}

#[test]
fn a_record_over_the_limit_is_skipped_and_its_neighbours_kept() {
    let large = format!("{{\"a\":[\"{}\"]}}", "x".repeat(300_000));
    for step in [1000, 70_000, 1_000_000] {
        for text in [format!("[{A},{large},{B}]"), format!("{A}{large}{B}")] {
            let seen = split_from(
                Slow {
                    data: text.as_bytes(),
                    step,
                },
                1000,
            );
            let expected = [
                Seen::Record(A.to_owned()),
                Seen::Bad(Fault::TooLarge { limit: 1000 }),
                Seen::Record(B.to_owned()),
            ];
            assert_eq!(seen, expected);
        }
    }
    assert_eq!(split_from(B.as_bytes(), B.len() as u64), records(&[B]));
    let limit = B.len() as u64 - 1;
    assert_eq!(
        split_from(B.as_bytes(), limit),
        [Seen::Bad(Fault::TooLarge { limit })]
    );
}

#[test]
fn a_wrapper_may_be_larger_than_any_record() {
    let padding = "x".repeat(300_000);
    let text = format!("{{\"about\":\"{padding}\",\"Records\":[{A}],\"more\":\"{padding}\"}}");
    assert_eq!(
        split_from(
            Slow {
                data: text.as_bytes(),
                step: 1000
            },
            1000
        ),
        records(&[A])
    );
}

#[test]
fn damage_within_a_record_over_the_limit_does_not_lose_the_next_line() {
    let large = format!("{{\"a\":[\"{}\n", "x".repeat(300_000));
    let text = format!("{A}\n{large}{B}\n");
    let seen = split_from(
        Slow {
            data: text.as_bytes(),
            step: 1000,
        },
        1000,
    );
    assert_eq!(seen.last(), Some(&Seen::Record(B.to_owned())));
    assert_eq!(seen.len(), 3);
}

#[test]
fn something_deep_is_skipped_without_going_over_it_again() {
    let bomb = "{\"a\":\n".repeat(200_000);
    let seen = split_from(bomb.as_bytes(), DEFAULT_MAX_RECORD);
    assert_eq!(seen, [Seen::Bad(Fault::TooDeep)]);
    let closed = format!("[{A},{}{},{B}]", "[".repeat(100_000), "]".repeat(100_000));
    let seen = split_from(closed.as_bytes(), DEFAULT_MAX_RECORD);
    assert_eq!(seen[0], Seen::Record(A.to_owned()));
    assert_eq!(seen[2..], records(&[B]));
}

#[test]
fn a_failing_source_is_reported_after_what_it_gave() {
    struct Failing(bool);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::Error::other("the disk is gone"));
            }
            out[..5].copy_from_slice(b"{}{\"a");
            Ok(5)
        }
    }
    assert_eq!(
        split_from(Failing(false), 100),
        [
            Seen::Record("{}".to_owned()),
            Seen::Bad(Fault::Truncated),
            Seen::Fault("cannot be read: the disk is gone".to_owned()),
        ]
    );
}

#[test]
fn a_truncated_gzip_gives_the_records_before_the_cut_and_says_so_once() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder
        .write_all(format!("{{\"Records\":[{A},{B},{A}]}}").as_bytes())
        .unwrap();
    let data = encoder.finish().unwrap();
    let cut = data.len() - 8 - A.len();
    assert_eq!(
        split_from(Decoder::new(&data[..cut]), DEFAULT_MAX_RECORD),
        [
            Seen::Record(A.to_owned()),
            Seen::Record(B.to_owned()),
            Seen::Bad(Fault::Truncated),
            Seen::Fault("the gzip data ends early".to_owned()),
        ]
    );
}

/// A source that gives what a channel gives, and waits where it has nothing.
struct Channel(mpsc::Receiver<u8>);

impl Read for Channel {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Ok(byte) = self.0.recv() else {
            return Ok(0);
        };
        out[0] = byte;
        Ok(1)
    }
}

#[test]
fn a_record_is_given_as_soon_as_its_last_byte_is_in() {
    for opening in ["", "[", "{\"about\":1,\"Records\":[", "\u{feff}"] {
        let (sender, receiver) = mpsc::channel();
        let mut splitter = Records::new(Channel(receiver), DEFAULT_MAX_RECORD);
        for byte in format!("{opening}{A}").bytes() {
            sender.send(byte).unwrap();
        }
        // The sender is still there: asking it for one byte more would hang.
        let Some(Item::Record(record)) = splitter.next() else {
            panic!("{opening}")
        };
        assert_eq!(record.bytes, A.as_bytes());
    }
}

#[test]
fn faults_are_shown_with_their_place() {
    let mut splitter = Records::new(&b"[{\"a\":1,}, {\"b\""[..], DEFAULT_MAX_RECORD);
    let mut shown = Vec::new();
    while let Some(item) = splitter.next() {
        let diagnostic = match item {
            Item::Bad(bad) => bad.diagnostic("export/a.json"),
            Item::Fault(fault) => fault.diagnostic("export/a.json"),
            Item::Record(_) => continue,
        };
        shown.push(format!(
            "{} {}: {}\n  {}",
            diagnostic.code,
            diagnostic.place.unwrap(),
            diagnostic.message,
            diagnostic.help.unwrap()
        ));
    }
    insta::assert_snapshot!(shown.join("\n"), @r"
    TG2003 export/a.json, record 1 (byte 1): this is not valid JSON, from byte 8 of the input on
      its neighbours were read; mend or remove it, or export the file again
    TG2003 export/a.json, record 2 (byte 11): the input ends inside this record
      the records before it were read; fetch or export the file again
    ");
}

mod damage;
mod limits;
mod parts;
mod properties;
