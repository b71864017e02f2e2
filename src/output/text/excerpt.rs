//! The event's own fields, as JSON, around the evidence and no more.
//!
//! Only the fields that made the rule match are written, in the objects and
//! arrays they lie in; `…` stands for what is left out. Every line is bounded,
//! and safe for a terminal.

use std::ops::Range;

use serde_json::Value;

use super::words::{is_unsafe, shortened};
use crate::finding::ShownEvent;
use crate::reference::PathStep;

/// How many fields are marked in one excerpt.
const MARKED_FIELDS: usize = 12;
/// How many entries of a matched object or array are written out.
const SHOWN_ENTRIES: usize = 4;
/// How deep a matched object or array is written out.
const SHOWN_DEPTH: usize = 4;
/// Deeper levels are not moved further to the right.
const DEEPEST_INDENT: usize = 24;
const LONGEST_KEY: usize = 60;
const SHORTEST_VALUE: usize = 24;

/// A piece of an event with byte ranges at the fields that matched.
#[derive(Debug, Default)]
pub(super) struct Excerpt {
    pub(super) text: String,
    pub(super) marks: Vec<Range<usize>>,
    /// Fields that would have been marked too.
    pub(super) unmarked: usize,
}

/// Writes the excerpt around `fields`; lines are kept within `width` columns
/// where the keys and the nesting leave room.
pub(super) fn excerpt(event: &ShownEvent, fields: &[&[PathStep]], width: usize) -> Excerpt {
    let mut wanted: Vec<Vec<PathStep>> = Vec::new();
    for steps in fields {
        let plain = steps.iter().filter(|step| **step != PathStep::Decoded);
        let plain: Vec<PathStep> = plain.cloned().collect();
        if !wanted.contains(&plain) {
            wanted.push(plain);
        }
    }
    let unmarked = wanted.len().saturating_sub(MARKED_FIELDS);
    wanted.truncate(MARKED_FIELDS);
    let mut writer = Writer {
        event,
        wanted: &wanted,
        width,
        out: Excerpt {
            unmarked,
            ..Excerpt::default()
        },
    };
    writer.node(event.value(), &mut Vec::new(), "", "");
    writer.out
}

struct Writer<'a> {
    event: &'a ShownEvent,
    wanted: &'a [Vec<PathStep>],
    width: usize,
    out: Excerpt,
}

impl Writer<'_> {
    fn is_wanted(&self, at: &[PathStep]) -> bool {
        self.wanted.iter().any(|wanted| wanted == at)
    }

    fn leads_on(&self, at: &[PathStep]) -> bool {
        self.wanted
            .iter()
            .any(|wanted| wanted.len() > at.len() && wanted.starts_with(at))
    }

    /// One node: `lead` is the key before it, `tail` the comma after it.
    fn node(&mut self, value: &Value, at: &mut Vec<PathStep>, lead: &str, tail: &str) {
        let wanted = self.is_wanted(at);
        let (start, opened) = (self.line_start(at.len()), self.opened(at));
        // A mask may stand where the evidence lies deeper.
        let has_parts = value.is_object() || value.is_array();
        if !has_parts || (wanted && !self.leads_on(at)) {
            let column = self.out.text.len() - start.line + lead.chars().count();
            let lines = whole(value, at.len(), self.width.saturating_sub(column));
            self.out.text.push_str(lead);
            self.out.text.push_str(opened);
            self.out.text.push_str(&lines.join("\n"));
            // Of several lines only the first is marked: a mark across lines
            // would draw a bracket around everything.
            let end = match lines.len() {
                1 => self.out.text.len(),
                _ => start.text + lead.len() + opened.len() + lines[0].len(),
            };
            self.mark(start.text..end);
            self.out.text.push_str(tail);
            self.out.text.push('\n');
            return;
        }
        let (open, close) = if value.is_array() {
            ("[", "]")
        } else {
            ("{", "}")
        };
        self.out.text.push_str(lead);
        self.out.text.push_str(opened);
        self.out.text.push_str(open);
        if wanted {
            self.mark(start.text..self.out.text.len());
        }
        let gap_at_end = self.children(value, at);
        self.line_start(at.len());
        self.out.text.push_str(if gap_at_end { "… " } else { "" });
        self.out.text.push_str(close);
        self.out.text.push_str(tail);
        self.out.text.push('\n');
    }

    /// The children that lead to evidence. What is left out before the first is
    /// said on the open line; whether something is after the last is returned.
    fn children(&mut self, value: &Value, at: &mut Vec<PathStep>) -> bool {
        let children = parts(value);
        let last = children.len().saturating_sub(1);
        let (mut begun, mut gap) = (false, false);
        for (index, (step, lead, child)) in children.into_iter().enumerate() {
            at.push(step);
            if self.is_wanted(at) || self.leads_on(at) {
                match (begun, gap) {
                    (false, true) => self.out.text.push_str(" …\n"),
                    (false, false) => self.out.text.push('\n'),
                    (true, true) => {
                        self.line_start(at.len());
                        self.out.text.push_str("…\n");
                    }
                    (true, false) => {}
                }
                (begun, gap) = (true, false);
                self.node(child, at, &lead, if index == last { "" } else { "," });
            } else {
                gap = true;
            }
            at.pop();
        }
        if !begun {
            self.out.text.push('\n');
        }
        gap
    }

    fn opened(&self, at: &[PathStep]) -> &'static str {
        if self.event.is_opened(at) {
            "json "
        } else {
            ""
        }
    }

    fn mark(&mut self, range: Range<usize>) {
        self.out.marks.push(range);
    }

    fn line_start(&mut self, depth: usize) -> Start {
        let line = self.out.text.len();
        self.out.text.push_str(&indent(depth));
        Start {
            line,
            text: self.out.text.len(),
        }
    }
}

/// Where a line begins, and where its text does.
struct Start {
    line: usize,
    text: usize,
}

/// The members of an object or the elements of an array, each with its step and
/// what is written before it.
fn parts(value: &Value) -> Vec<(PathStep, String, &Value)> {
    match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, child)| (PathStep::Key(key.clone()), lead_of(key), child))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, child)| (PathStep::Index(index), String::new(), child))
            .collect(),
        _ => Vec::new(),
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth.min(DEEPEST_INDENT))
}

fn lead_of(key: &str) -> String {
    format!("{}: ", quoted(key, LONGEST_KEY))
}

/// A matched value: on one line where it fits, otherwise its first entries.
fn whole(value: &Value, depth: usize, room: usize) -> Vec<String> {
    let room = room.max(SHORTEST_VALUE);
    if let Some(text) = scalar(value, room) {
        return vec![text];
    }
    let line = one_line(value);
    if line.chars().count() <= room {
        return vec![line];
    }
    let mut lines = Vec::new();
    block(value, depth, room, SHOWN_DEPTH, String::new(), &mut lines);
    lines
}

fn block(
    value: &Value,
    depth: usize,
    room: usize,
    levels: usize,
    lead: String,
    lines: &mut Vec<String>,
) {
    let inner = indent(depth + 1);
    let line = scalar(value, room).unwrap_or_else(|| one_line(value));
    if !matches!(value, Value::Array(_) | Value::Object(_)) || line.chars().count() <= room {
        lines.push(format!("{lead}{line}"));
        return;
    }
    let (open, close) = if value.is_array() {
        ('[', ']')
    } else {
        ('{', '}')
    };
    if levels == 0 {
        lines.push(format!("{lead}{open} … {close}"));
        return;
    }
    lines.push(format!("{lead}{open}"));
    let entries = parts(value);
    let left_out = entries.len().saturating_sub(SHOWN_ENTRIES);
    let last = entries.len().saturating_sub(1);
    for (index, (_, key, item)) in entries.into_iter().take(SHOWN_ENTRIES).enumerate() {
        block(
            item,
            depth + 1,
            room,
            levels - 1,
            format!("{inner}{key}"),
            lines,
        );
        if index != last
            && let Some(line) = lines.last_mut()
        {
            line.push(',');
        }
    }
    if left_out > 0 {
        lines.push(format!("{inner}… {left_out} more"));
    }
    lines.push(format!("{}{close}", indent(depth)));
}

fn scalar(value: &Value, room: usize) -> Option<String> {
    match value {
        Value::String(text) => Some(quoted(text, room)),
        Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Object(entries) if entries.is_empty() => Some("{}".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, item)| format!("{}{}", lead_of(key), one_line(item)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => scalar(other, usize::MAX).unwrap_or_default(),
    }
}

/// A JSON string of about `room` columns at most, with everything that could
/// steer a terminal escaped as JSON does; the middle of a longer one is left out.
fn quoted(text: &str, room: usize) -> String {
    let room = room.saturating_sub(2);
    // Escapes only lengthen, so what is cut here could not have been shown.
    let pieces: Vec<String> = shortened(text, room).chars().map(escaped).collect();
    let length = |pieces: &[String]| pieces.iter().map(|p| p.chars().count()).sum::<usize>();
    let (mut head, mut tail) = (pieces.len(), pieces.len());
    while length(&pieces[..head]) + length(&pieces[tail..]) > room {
        // First down to the middle from the right, then evenly.
        match (head, tail) {
            (1.., _) if head == pieces.len() => (head, tail) = (head * 3 / 5, head * 3 / 5 + 1),
            (1.., _) if head * 2 > (pieces.len() - tail) * 3 => head -= 1,
            _ if tail < pieces.len() => tail += 1,
            _ => break,
        }
    }
    let cut = if head < tail { "…" } else { "" };
    format!(
        "\"{}{cut}{}\"",
        pieces[..head].concat(),
        pieces[tail..].concat()
    )
}

fn escaped(c: char) -> String {
    if is_unsafe(c) {
        let mut units = [0u16; 2];
        let units = c.encode_utf16(&mut units).iter();
        return units.map(|unit| format!("\\u{unit:04x}")).collect();
    }
    match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        other => other.to_string(),
    }
}
