//! A part of a stream is split as the whole stream is, wherever it is cut: if it
//! ends between two values, which shows, and else it does not count.

use proptest::prelude::*;

use super::super::*;

/// Pieces that streams are made of, sound ones and others.
const PIECES: &[&str] = &[
    "{\"eventName\":\"A\"}\n",
    "{\"eventName\":\"A\"}\n",
    "{\"eventName\":\"B\",\"x\":[{\"eventName\":1},{\"eventName\":2}]}\r\n",
    "{\"eventName\":\"a \\\"quoted\\\" },{ \\n \\\\\"}\n",
    "{\n  \"eventName\": \"C\",\n  \"n\": {\n    \"eventTime\": 1\n  }\n}\n",
    "{\"eventName\":\"far too long for the limit of one record\"}\n",
    "{\"Records\":[",
    "{\"a\":1,\"Records\":[",
    "{\"Events\":[{\"EventId\":\"1\"}",
    "{\"a\":1,\"events\":[ {\"message\":\"{}\"} ]",
    "{\"events\":[{\"x\":\"{}\"}]}\n",
    "{\"results\":[[{\"field\":1}]",
    "[{\"field\":\"@message\"}]",
    "2015-11-10T17:22:00.000Z {\"eventName\":\"A\"}\n",
    "[",
    "]",
    "]}",
    "}",
    ",",
    "\n",
    "\r\n\r\n",
    " \t",
    "\u{feff}",
    "{\"eventName\": \"Hi\n",
    "{\"x\"\n",
    "{\"x\":[1,{\"y\":\"z\"",
    "\"text\"",
    "12",
    "[INFO] started\n",
    "{}",
    "{\"eventVersion\":\"1.0\"},",
    "\\",
    "\"",
];

fn stream() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES).prop_map(str::to_owned);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// All items, with where the splitter stood after each; that is told for records
/// alone, since the input may have ended with another item.
fn items<R: std::io::Read>(records: &mut Records<R>) -> Vec<(String, Option<Position>)> {
    let mut items = Vec::new();
    while let Some(item) = records.next() {
        let is_record = matches!(item, Item::Record(_));
        let shown = match item {
            Item::Record(record) => format!(
                "{} {} {}",
                record.number,
                record.offset,
                String::from_utf8_lossy(record.bytes)
            ),
            other => format!("{other:?}"),
        };
        items.push((shown, is_record.then(|| records.position())));
    }
    items
}

const LIMIT: u64 = 50;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_part_that_ends_between_values_holds_what_the_stream_holds_there(
        text in stream(),
        gap in 0..9usize,
    ) {
        let text = text.as_bytes();
        let whole = items(&mut Records::new(text, LIMIT));
        for (index, (_, from)) in whole.iter().enumerate() {
            let Some(from) = from else { continue };
            let start = usize::try_from(from.offset).unwrap();
            let expected = &whole[index + 1..];
            let resumed = items(&mut Records::going_on(&text[start..], from.clone(), LIMIT));
            prop_assert_eq!(&resumed[..], expected);
            for end in start..=text.len() {
                let before = &b"{\"x\"[,}\n\""[..gap];
                let buffer = [before, &text[start..], b"}"].concat();
                let range = gap..gap + end - start;
                let mut part = Records::of_part(buffer, range, from.clone(), LIMIT);
                let found = items(&mut part);
                if !part.ended_between_values() {
                    continue;
                }
                let after = part.position();
                prop_assert_eq!(after.offset, end as u64);
                let rest = items(&mut Records::going_on(&text[end..], after, LIMIT));
                let found: Vec<_> = found.into_iter().chain(rest).collect();
                prop_assert_eq!(&found[..], expected, "{} to {}", start, end);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn what_grows_is_split_as_the_whole_is(
        text in stream(),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let text = text.as_bytes();
        cuts.sort_by_key(|cut| cut.index(text.len() + 1));
        let whole = items(&mut Records::new(text, LIMIT));
        let mut found = Vec::new();
        let mut at = Position::default();
        for cut in cuts {
            let start = usize::try_from(at.offset).unwrap();
            let there = &text[start..cut.index(text.len() + 1).max(start)];
            let mut records = Records::growing(there, at.clone(), LIMIT);
            found.extend(items(&mut records));
            at = records.position();
            if found.last().is_some_and(|(shown, _)| shown.starts_with("Fault")) {
                break;
            }
        }
        if !found.last().is_some_and(|(shown, _)| shown.starts_with("Fault")) {
            let start = usize::try_from(at.offset).unwrap();
            found.extend(items(&mut Records::going_on(&text[start..], at, LIMIT)));
        }
        prop_assert_eq!(found, whole);
    }
}

#[test]
fn a_part_that_ends_within_a_value_does_not_count() {
    let line = "{\"eventName\":\"A\"}\n";
    let text = line.repeat(3);
    let mut first = Records::new(text.as_bytes(), LIMIT);
    first.next();
    let from = first.position();
    for end in 17..=text.len() {
        let bytes = text.as_bytes().to_vec();
        let mut part = Records::of_part(bytes, 17..end, from.clone(), LIMIT);
        while part.next().is_some() {}
        let between = matches!(end, 17 | 18 | 35 | 36 | 53 | 54);
        assert_eq!(part.ended_between_values(), between, "{end}");
    }
}
