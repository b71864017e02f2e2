//! Damaged records and damage between records: neighbours survive.

use super::*;

#[test]
fn a_malformed_record_that_balances_is_left_to_the_parser_or_reported_alone() {
    for flawed in ["{\"a\":01}", "{\"a\":\"\\x\"}", "{\"a\":NaN}"] {
        assert_eq!(
            split(format!("[{A},{flawed},{B}]")),
            records(&[A, flawed, B])
        );
        assert!(parse(flawed.as_bytes()).is_err());
    }
    for flawed in [
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":[1,2,]}",
        "{\"a\":1;}",
        "{\"a\":}",
    ] {
        for text in [
            format!("[{A},{flawed},{B}]"),
            format!("{{\"Records\":[{A},{flawed},{B}]}}"),
            format!("{A}\n{flawed}\n{B}\n"),
            format!("{A}{flawed}{B}"),
        ] {
            assert_eq!(survivors(&text), [A, B], "{text}");
        }
    }
}

#[test]
fn a_json_line_that_is_cut_or_no_json_does_not_lose_its_neighbours() {
    for flawed in [
        "{\"a\":\"x",
        "{\"a\":{\"b\":1}",
        "{\"a\":",
        "{\"a\":[1}",
        "{",
        "text",
        "\"a\":1}",
        "\0\0",
        "}",
    ] {
        let text = format!("{A}\n{flawed}\n{B}\n{A}\n");
        assert_eq!(survivors(&text), [A, B, A], "{text}");
        let text = format!("{A}\r\n{flawed}\r\n{B}\r\n");
        assert_eq!(survivors(&text), [A, B], "{text}");
    }
}

#[test]
fn a_cut_record_in_an_array_does_not_lose_neighbours_that_begin_as_records_do() {
    for flawed in [
        "{\"a\":\"x",
        "{\"a\":\"x}",
        "{\"a\":{\"b\":1}",
        "{\"a:1}",
        "{\"a\":1]",
    ] {
        for between in [",", ",\n", " ,\n   "] {
            let text = format!("{{\"Records\":[{A}{between}{flawed}{between}{B}{between}{A}]}}");
            assert_eq!(survivors(&text), [A, B, A], "{text}");
        }
    }
}

#[test]
fn a_cut_record_in_a_pretty_printed_array_does_not_lose_its_neighbours() {
    let record = "{\n    \"own\": {\n      \"b\": 1\n    }\n  }";
    for flawed in [
        "{\n    \"own\": \"x\n  }",
        "{\n    \"own\": {\n      \"b\": 1\n  }",
        "{\n    \"own\": [\n  }",
    ] {
        let text = format!("[\n  {record},\n  {flawed},\n  {record},\n  {record}\n]\n");
        assert_eq!(survivors(&text), [record, record, record], "{text}");
    }
}

#[test]
fn a_damaged_wrapper_does_not_lose_the_next_line() {
    for flawed in [
        "{\"Records\":[{\"eventName\":\"x",
        "{\"Records\":[{}",
        "{\"Records\":[]",
        "{\"Records\":[],",
    ] {
        let text = format!(
            "{{\"Records\":[{A}]}}\n{flawed}\n{{\"Records\":[{B}]}}\n{{\"Records\":[{A}]}}\n"
        );
        let seen: Vec<_> = survivors(&text)
            .into_iter()
            .filter(|text| text != "{}")
            .collect();
        assert_eq!(seen, [A, B, A], "{text}");
    }
}

#[test]
fn commas_too_many_or_too_few_are_reported() {
    for text in ["[{},]", "[,{}]", "[{},,{}]", "[{} {}]"] {
        assert!(split(text).contains(&Seen::Bad(Fault::Comma)), "{text}");
    }
}

#[test]
fn an_input_that_ends_in_a_record_gives_what_came_before_it() {
    let text = format!("{{\"Records\":[{A},{B}");
    for length in 12 + A.len()..text.len() {
        let seen = split(&text[..length]);
        assert_eq!(seen[0], Seen::Record(A.to_owned()));
        let fault = if length <= 12 + A.len() + 1 {
            Fault::Unclosed
        } else {
            Fault::Truncated
        };
        assert_eq!(seen[1], Seen::Bad(fault), "{}", &text[..length]);
    }
}

#[test]
fn a_list_that_is_not_closed_is_reported() {
    for text in [
        "[",
        "{\"Records\":[",
        "{\"Records\":[]",
        "{\"Records\":[],\"a\":",
    ] {
        assert_eq!(split(text), [Seen::Bad(Fault::Unclosed)], "{text}");
    }
}
