//! YAML as people lay it out: on one line where that is short, else in blocks.

use crate::draft::yaml::{is_raw, quoted};

use super::word::word;

/// Lines are no longer, but for a single word.
const WIDTH: usize = 100;
const STEP: usize = 2;

/// A tree to be laid out. Keys and words are quoted already where they must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Yaml {
    /// A scalar.
    Word(String),
    /// Sentences.
    Prose(String),
    /// A list, on one line where it fits.
    List(Vec<Yaml>),
    /// A mapping, on one line where it fits.
    Map(Vec<(String, Yaml)>),
    /// A mapping with a line for each entry.
    Block(Vec<(String, Yaml)>),
}

/// A document of a file.
pub(super) fn document(yaml: &Yaml) -> String {
    let mut text = String::new();
    match yaml {
        Yaml::Map(entries) | Yaml::Block(entries) => lines(entries, 0, &mut text),
        other => {
            after(other, 0, 0, &mut text);
        }
    }
    text
}

fn lines(entries: &[(String, Yaml)], indent: usize, out: &mut String) {
    for (key, value) in entries {
        out.push_str(&" ".repeat(indent));
        out.push_str(key);
        out.push(':');
        after(value, indent, indent + key.len() + 1, out);
    }
}

/// What follows a key, which ends at a column.
fn after(value: &Yaml, indent: usize, column: usize, out: &mut String) {
    if let Yaml::Prose(text) = value {
        return prose(text, indent + STEP, column, out);
    }
    if let Some(line) = on_one_line(value)
        && (column + 1 + line.chars().count() <= WIDTH || matches!(value, Yaml::Word(_)))
    {
        out.push(' ');
        out.push_str(&line);
        out.push('\n');
        return;
    }
    out.push('\n');
    match value {
        Yaml::Map(entries) | Yaml::Block(entries) => lines(entries, indent + STEP, out),
        Yaml::List(items) => items
            .iter()
            .for_each(|item| item_lines(item, indent + STEP, out)),
        Yaml::Word(_) | Yaml::Prose(_) => {}
    }
}

/// An item of a list: its first line stands behind the dash.
fn item_lines(item: &Yaml, indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    if let Some(line) = on_one_line(item)
        && (indent + STEP + line.chars().count() <= WIDTH || matches!(item, Yaml::Word(_)))
    {
        out.push_str(&format!("{margin}- {line}\n"));
        return;
    }
    let mut inner = String::new();
    match item {
        Yaml::Map(entries) | Yaml::Block(entries) => lines(entries, indent + STEP, &mut inner),
        Yaml::List(items) => items
            .iter()
            .for_each(|item| item_lines(item, indent + STEP, &mut inner)),
        Yaml::Prose(text) => inner.push_str(&format!("{}\n", quoted(text))),
        Yaml::Word(_) => {}
    }
    out.push_str(&format!("{margin}- {}", inner.trim_start()));
}

fn on_one_line(yaml: &Yaml) -> Option<String> {
    match yaml {
        Yaml::Word(word) => Some(word.clone()),
        Yaml::Prose(_) | Yaml::Block(_) => None,
        Yaml::List(items) => {
            let items: Option<Vec<_>> = items.iter().map(on_one_line).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Yaml::Map(entries) => {
            let entries: Option<Vec<_>> = entries
                .iter()
                .map(|(key, value)| Some(format!("{key}: {}", on_one_line(value)?)))
                .collect();
            Some(format!("{{{}}}", entries?.join(", ")))
        }
    }
}

/// Sentences: on the line of their key, folded, or line by line.
fn prose(text: &str, indent: usize, column: usize, out: &mut String) {
    let short = word(text);
    let one_line = !text.contains('\n');
    let as_block = text.chars().all(|c| c == '\n' || is_raw(c))
        && !text.starts_with([' ', '\n'])
        && !text.ends_with(['\n', ' ']);
    let foldable = !text.contains("  ");
    if (one_line && column + 1 + short.chars().count() <= WIDTH)
        || !as_block
        || (one_line && !foldable)
    {
        out.push_str(&format!(" {short}\n"));
        return;
    }
    let margin = " ".repeat(indent);
    if !one_line {
        out.push_str(" |\n");
        for line in text.lines() {
            match line.is_empty() {
                true => out.push('\n'),
                false => out.push_str(&format!("{margin}{line}\n")),
            }
        }
        return;
    }
    out.push_str(" >\n");
    let mut line = String::new();
    for next in text.split(' ') {
        let length = indent + line.chars().count() + 1 + next.chars().count();
        if !line.is_empty() && length > WIDTH {
            out.push_str(&format!("{margin}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(next);
    }
    out.push_str(&format!("{margin}{line}\n"));
}
