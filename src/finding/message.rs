//! The message of a finding: a template with the event's values in its places.

use serde_json::Value;

use crate::rule::{Template, TemplatePart};

/// How many of several values are said.
const SAID_VALUES: usize = 3;
/// How many characters of one value are said: any ARN, not a whole policy.
const SAID_CHARACTERS: usize = 300;

/// Fills a template. `values_of` yields the masked values of a place, which is
/// never a [`TemplatePart::Text`]. No value prints `-`, several the first three.
pub(super) fn fill(template: &Template, values_of: impl Fn(&TemplatePart) -> Vec<Value>) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Field(_)
            | TemplatePart::Matched(_)
            | TemplatePart::Correlated(_)
            | TemplatePart::OfStep { .. } => said(values_of(part)),
        })
        .collect()
}

/// An array counts as its elements, one level.
fn said(values: Vec<Value>) -> String {
    let mut all: Vec<Value> = Vec::new();
    for value in values {
        match value {
            Value::Array(items) => all.extend(items),
            other => all.push(other),
        }
    }
    if all.is_empty() {
        return "-".to_owned();
    }
    let more = all.len() > SAID_VALUES;
    let mut texts: Vec<String> = all.iter().take(SAID_VALUES).map(text_of).collect();
    if more {
        texts.push("...".to_owned());
    }
    texts.join(", ")
}

fn text_of(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(SAID_CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_missing_value_is_a_dash_and_several_are_cut_after_three() {
        for (values, text) in [
            (vec![], "-"),
            (vec![json!([])], "-"),
            (vec![json!("a")], "a"),
            (vec![json!(22)], "22"),
            (vec![json!(null)], "null"),
            (vec![json!({"a": 1})], r#"{"a":1}"#),
            (vec![json!("a"), json!(true), json!("c")], "a, true, c"),
            (vec![json!(["a", "b", "c", "d"])], "a, b, c, ..."),
            (
                vec![json!("a"), json!(["b"]), json!("c"), json!("d")],
                "a, b, c, ...",
            ),
        ] {
            assert_eq!(said(values), text);
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let text = said(vec![json!("é".repeat(5000))]);
        assert_eq!(text.chars().count(), SAID_CHARACTERS + 3);
    }
}
