//! The scanner against serde.

use super::{Projection, Unclear, View, descend, open, project_prefix, seed};
use crate::compile::{Deferral, NodeId, Slot, Source, Trie, Wanted};
use crate::engine::matcher::tests::generate::{self, Random};
use crate::shape::parse;

/// A tree with paths of all kinds, and the wrapper's slot.
fn trie() -> (Trie, Slot) {
    let mut trie = Trie::new();
    let paths: [&[&str]; 12] = [
        &["a"],
        &["a", "b"],
        &["ab", "abc", "a"],
        &["ab"],
        &["abc", "c"],
        &["b", "a", "a"],
        &["c"],
        &["userIdentity", "accountId"],
        &["eventName"],
        &["eventTime"],
        &["", "a"],
        &["b", ""],
    ];
    for path in paths {
        trie.slot(path);
    }
    let wrapper = trie.slot(&["Records"]);
    assert!(!trie.node(NodeId::ROOT).is_leaf());
    (trie, wrapper)
}

/// What is kept at a slot, in words: all of it, and what is in no array.
fn kept(projection: &Projection, record: &str, slot: Slot) -> [Vec<String>; 2] {
    [false, true].map(|strict| {
        let source = Source {
            slot,
            strict,
            below: false,
        };
        projection.nodes(record, source).map(in_words).collect()
    })
}

fn in_words(view: View<'_>) -> String {
    match view {
        View::Array(elements) => {
            let (length, words) = (elements.length, elements.map(in_words));
            format!("{length} {:?}", words.collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    }
}

/// A projection that walks everything at once.
fn at_once(trie: &Trie) -> Projection {
    Projection::new(trie, &Deferral::of_places(Vec::new(), Wanted::default()))
}

/// A record that is clear, projected with all that can be deferred walked late: as
/// it comes first, or when it came before.
fn descended(trie: &Trie, wrapper: Slot, bytes: &[u8], recalled: bool) -> Projection {
    let tops = (0..trie.slots() as u32).map(|slot| trie.top(Slot(slot)));
    let mut inner: Vec<NodeId> = tops.filter(|top| !trie.node(*top).is_leaf()).collect();
    inner.sort_unstable();
    inner.dedup();
    assert!(inner.len() > 3);
    let always = Wanted::part(1);
    let mut late = Projection::new(trie, &Deferral::of_places(inner, always));
    let all = Wanted::ALL;
    for _ in 0..=u8::from(recalled) {
        assert!(project_prefix(trie, wrapper, bytes, &mut late).is_ok());
        assert_eq!(descend(trie, wrapper, bytes, &mut late, all), Ok(()));
    }
    assert_eq!(open(trie, wrapper, bytes, &mut late, all), Ok(()));
    assert!(!late.is_closed(all));
    late
}

/// What both keep of some bytes, if they are clear.
#[track_caller]
fn agree(bytes: &[u8]) -> Result<usize, Unclear> {
    let (trie, wrapper) = trie();
    let mut fast = at_once(&trie);
    // What was kept of another record must not show.
    let _ = project_prefix(&trie, wrapper, br#"{"a":["\u0061"],"c":1}"#, &mut fast);
    let found = project_prefix(&trie, wrapper, bytes, &mut fast);
    let shown = String::from_utf8_lossy(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return found;
    };
    let mut slow = at_once(&trie);
    let judged = seed::project(&trie, text, &mut slow);
    match (found, judged) {
        (Ok(length), Ok(())) => {
            assert_eq!(length, text.trim_end().len(), "{shown}");
            let [late, recalled] =
                [false, true].map(|recalled| descended(&trie, wrapper, bytes, recalled));
            for slot in (0..trie.slots() as u32).map(Slot) {
                let slow = kept(&slow, text, slot);
                assert_eq!(kept(&fast, text, slot), slow, "{shown}");
                assert_eq!(kept(&late, text, slot), slow, "{shown}");
                assert_eq!(kept(&recalled, text, slot), slow, "{shown}");
            }
        }
        (Err(Unclear), Ok(())) if text.contains("\"Records\":[") => {}
        (Err(Unclear), Ok(())) => panic!("well-formed, and refused: {shown}"),
        (Ok(length), Err(Unclear)) if length == bytes.len() => {
            assert!(parse(bytes).is_err(), "unclear, and taken: {shown}");
        }
        _ => {}
    }
    found
}

#[test]
fn the_scanner_keeps_what_serde_keeps() {
    let count =
        std::env::var("TRAILGATE_PAIRS").map_or(5_000, |count| count.parse::<u64>().unwrap() / 10);
    let mut clear = 0;
    for seed in 0..count {
        let record = generate::record(&mut Random(seed));
        clear += u64::from(agree(&record).is_ok());
    }
    assert!(clear * 4 > count * 3, "{clear}");
}

#[test]
fn a_record_ends_where_it_ends_whatever_follows() {
    for follows in ["", ",", "]}", "\n{", "\"", "}"] {
        let record = r#"{"x":{"y":["}\"",{}]},"c":[1,[2]]}"#;
        let text = format!("{record}{follows}");
        let (trie, wrapper) = trie();
        let mut projection = at_once(&trie);
        let found = project_prefix(&trie, wrapper, text.as_bytes(), &mut projection);
        assert_eq!(found, Ok(record.len()), "{follows}");
    }
}

#[test]
fn no_beginning_of_a_record_is_a_record() {
    let record = br#"{"x":{"y":["}\"",{}, 12]},"c":[1,[2]], "a":"\u00e4", "z": null}"#;
    assert_eq!(agree(record), Ok(record.len()));
    for length in 0..record.len() {
        assert_eq!(agree(&record[..length]), Err(Unclear), "{length}");
    }
}

#[test]
fn a_string_that_was_cut_or_glued_is_noticed_in_what_is_passed_over() {
    for inside in [
        r#"{"x,"b":"y"}"#,
        r#"{x":"y"}"#,
        r#"{"x":"y""z":1}"#,
        "{\"x\":\"y\n\"}",
        r#"{"x":[}"#,
        r#"{"x":{]}"#,
        r#"{"x":\"y"}"#,
    ] {
        for pad in 0..70 {
            let record = format!(r#"{{"x":[{}{inside}]}}"#, " ".repeat(pad));
            assert_eq!(agree(record.as_bytes()), Err(Unclear), "{record}");
        }
    }
}

#[test]
fn escapes_and_strings_lie_across_blocks() {
    for pad in 0..140 {
        let pad = "x".repeat(pad);
        for text in [
            r#"\\"#,
            r#"\""#,
            r#"\\\""#,
            r"\\\\",
            "]",
            "{",
            "\u{e4}\u{1f600}",
        ] {
            let record =
                format!(r#"{{"x":{{"{pad}":"{text}","y":["{text}"]}},"c":"{pad}{text}"}}"#);
            assert_eq!(agree(record.as_bytes()), Ok(record.len()), "{record}");
        }
    }
}

#[test]
fn nesting_has_the_limit_that_parsing_has() {
    for path in ["x", "c", "a"] {
        for depth in [1, 63, 64, 126, 127, 128, 400] {
            let record = format!(
                r#"{{"{path}":{}{}}}"#,
                "[".repeat(depth - 1),
                "]".repeat(depth - 1)
            );
            let record = if depth == 1 {
                r#"{"a":1}"#.to_owned()
            } else {
                record
            };
            let expected = parse(record.as_bytes())
                .map(|_| record.len())
                .map_err(|_| Unclear);
            assert_eq!(agree(record.as_bytes()), expected, "{path} {depth}");
        }
    }
}

#[test]
fn the_wrapper_of_records_is_no_record() {
    assert_eq!(agree(br#"{"x":1,"Records":[{}]}"#), Err(Unclear));
    let object = br#"{"x":1,"Records":{}}"#;
    assert_eq!(agree(object), Ok(object.len()));
}

#[test]
fn a_list_of_an_api_answer_is_no_record() {
    let (trie, wrapper) = trie();
    let mut projection = at_once(&trie);
    let mut end = |text: &str| project_prefix(&trie, wrapper, text.as_bytes(), &mut projection);
    // What was learnt of the keys before must not hide them.
    for _ in 0..3 {
        for list in [
            r#"{"a":1,"Events":[{"EventId":"1"}],"c":1}"#,
            r#"{"a":1,"Events" : [ {"Even"#,
            r#"{"results":[[{"field":"1"}]]}"#,
        ] {
            assert_eq!(end(list), Err(Unclear), "{list}");
        }
        for record in [
            r#"{"a":1,"Events":["s3:ObjectCreated:*"],"c":1}"#,
            r#"{"a":1,"Events":{"EventId":"1"}}"#,
            r#"{"x":{"Events":[{"EventId":"1"}]}}"#,
        ] {
            assert_eq!(end(record), Ok(record.len()), "{record}");
        }
    }
}
