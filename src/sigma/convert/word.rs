//! Scalars of rules and of the events in their tests.

use crate::draft::yaml;
use crate::yaml::{Node, NodeKind};

use super::layout::Yaml;

/// Numbers with more digits are names, such as those of accounts, and are quoted.
const LONGEST_NUMBER: usize = 9;

/// A text where a rule reads each scalar by its text: plain where all readers of YAML
/// see the same text or a small number, in single quotes where there are backslashes.
pub(super) fn word(text: &str) -> String {
    let plain = yaml::scalar(text);
    if plain == text || is_number(text) || is_network(text) || is_id(text) || is_link(text) {
        return text.to_owned();
    }
    let raw = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    match raw && text.contains(['\\', '"']) {
        true => single_quoted(text),
        false => plain,
    }
}

/// A web address, in which nothing that YAML has a use for stands where it would use it.
pub(super) fn is_link(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let fits = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | '.' | '-' | '_' | '~' | '=' | '%' | '+' | '#')
    };
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(fits))
}

/// Such as a UUID, whatever it begins with: it has letters and dashes, and is no number.
fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(fits)
        && text.contains('-')
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && text.parse::<f64>().is_err()
}

/// In single quotes, in which nothing but the quote itself is special.
pub(super) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn is_number(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        && !text.is_empty()
        && text.len() <= LONGEST_NUMBER
        && !(text.len() > 1 && text.starts_with('0'))
}

/// An IPv4 address or network: digits, dots and a slash, which YAML has no other use for.
fn is_network(text: &str) -> bool {
    let fits = |byte| matches!(byte, b'0'..=b'9' | b'.' | b'/');
    text.bytes().all(fits)
        && text.matches('.').count() == 3
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit())
}

/// A part of a document as it is: of the events in tests the types count.
pub(super) fn verbatim(node: &Node) -> Yaml {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            let is_text = scalar.quoted || node.to_json().is_string();
            Yaml::Word(match is_text {
                true => yaml::scalar(&scalar.text),
                false if node.is_null() => "null".to_owned(),
                false => scalar.text.clone(),
            })
        }
        NodeKind::Sequence(items) => Yaml::List(items.iter().map(verbatim).collect()),
        NodeKind::Mapping(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|of| (yaml::scalar(&of.key.value), verbatim(&of.value)));
            Yaml::Map(entries.collect())
        }
    }
}
