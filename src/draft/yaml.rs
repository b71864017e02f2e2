//! JSON as YAML that reads back as the same JSON.

use serde_json::Value;

/// A scalar: plain where nothing can be made of it but this text, else quoted.
pub(crate) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ' '))
        && !text.ends_with(' ')
        && !is_word_of_yaml(text);
    if plain { text.to_owned() } else { quoted(text) }
}

/// What some reader of YAML takes for something other than text.
fn is_word_of_yaml(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&lower.as_str())
}

/// In double quotes, with everything written out that YAML does not allow raw.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_raw(c) => out.push(c),
            c if u32::from(c) <= 0xffff => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Whether a character may stand in YAML as it is, and is seen there.
pub(crate) fn is_raw(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A scalar, or an empty container, on one line.
pub(super) fn inline(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(scalar(text)),
        Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Object(entries) if entries.is_empty() => Some("{}".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

/// A value in block style, every line `indent` spaces in.
pub(super) fn block(value: &Value, indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                out.push_str(&format!("{margin}{}:", scalar(key)));
                after(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                // The first line of the item stands behind its dash.
                let mut inner = String::new();
                block(item, indent + 2, &mut inner);
                out.push_str(&format!("{margin}- {}", inner.trim_start()));
            }
        }
        _ => out.push_str(&format!("{margin}{}\n", inline(value).unwrap_or_default())),
    }
}

/// What follows a key or a dash.
fn after(value: &Value, indent: usize, out: &mut String) {
    match inline(value) {
        Some(text) => out.push_str(&format!(" {text}\n")),
        None => {
            out.push('\n');
            block(value, indent + 2, out);
        }
    }
}
