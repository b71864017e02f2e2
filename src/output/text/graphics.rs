//! Boxes around a piece of text with marks, drawn by miette.

use std::fmt;
use std::ops::Range;

use miette::{GraphicalReportHandler, LabeledSpan, NamedSource, SourceCode};

use crate::diagnostic::{SourceId, SourceMap, Span, Style, handler, theme};

use super::excerpt::Excerpt;

/// A clause of more lines is marked at its first one only.
const LONGEST_MARK: usize = 4;
/// A line of a rules file beyond this many bytes is named, not drawn: miette pads
/// to the column of a mark.
const LONGEST_LINE: usize = 400;

/// The column of a box's border: right of a line number of three digits.
const BORDER: usize = 7;

/// The excerpt of an event in its box.
pub(super) fn event_box(excerpt: &Excerpt, style: Style) -> String {
    // The excerpt is shown whole; it is bounded by its own rules.
    let lines = excerpt.text.lines().count();
    let handler = marks_alike(style)
        .with_context_lines(lines)
        .without_primary_span_start();
    draw(&handler, "the event", &excerpt.text, &excerpt.marks)
}

/// Marks without words mean the same, so they have one colour.
fn marks_alike(style: Style) -> GraphicalReportHandler {
    let mut theme = theme(style);
    theme.styles.highlights.truncate(1);
    handler(style).with_theme(theme)
}

/// The clauses that asked for a finding, a box for each rules file.
pub(super) fn clause_boxes(
    clauses: impl Iterator<Item = Span>,
    sources: &SourceMap,
    style: Style,
) -> String {
    let handler = marks_alike(style);
    let mut files: Vec<(SourceId, Vec<Range<usize>>)> = Vec::new();
    let mut out = String::new();
    for span in clauses {
        let Some(mark) = mark_of(span, sources) else {
            let line = format!("    at {}\n", sources.place(span));
            if !out.contains(&line) {
                out.push_str(&line);
            }
            continue;
        };
        match files.iter_mut().find(|(source, _)| *source == span.source) {
            Some((_, marks)) if marks.contains(&mark) => {}
            Some((_, marks)) => marks.push(mark),
            None => files.push((span.source, vec![mark])),
        }
    }
    for (source, mut marks) in files {
        marks.sort_by_key(|mark| mark.start);
        let drawn = draw(&handler, sources.name(source), sources.text(source), &marks);
        out.push_str(&drawn);
    }
    joined(&out)
}

/// Boxes one below the other share the border between them.
fn joined(boxes: &str) -> String {
    let mut out = String::with_capacity(boxes.len());
    let mut lines = boxes.lines().peekable();
    let mut shares = false;
    while let Some(line) = lines.next() {
        let next_opens = lines.peek().is_some_and(|next| begins(next, "╭─"));
        if begins(line, "╰─") && next_opens {
            shares = true;
            continue;
        }
        match std::mem::take(&mut shares) {
            true => out.push_str(&line.replacen('╭', "├", 1)),
            false => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

fn begins(line: &str, border: &str) -> bool {
    line.trim_start().starts_with(border)
}

/// What to mark of a clause: its first line where it has many; nothing where the
/// line is too long to draw.
fn mark_of(span: Span, sources: &SourceMap) -> Option<Range<usize>> {
    let text = sources.text(span.source);
    let clause = sources.slice(span).trim_end();
    let start = span.start as usize;
    let line_start = text
        .get(..start)?
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next()?;
    if clause.is_empty() || line.len() > LONGEST_LINE {
        return None;
    }
    let marked = match clause.lines().count() {
        0..=LONGEST_MARK => clause,
        _ => clause.lines().next()?.trim_end(),
    };
    Some(start..start + marked.len())
}

fn draw(
    handler: &GraphicalReportHandler,
    name: &str,
    text: &str,
    marks: &[Range<usize>],
) -> String {
    let boxed = Boxed {
        source: NamedSource::new(name, text.to_owned()),
        marks: marks.to_vec(),
    };
    let mut out = String::new();
    if handler.render_report(&mut out, &boxed).is_err() {
        return String::new();
    }
    // Every box leaves room for its own line numbers only.
    let border = out.lines().find_map(|line| line.find('╭')).unwrap_or(0);
    let pad = BORDER.saturating_sub(border);
    // Before the box stands a heading; ours is empty.
    out.lines()
        .skip_while(|line| !line.contains('╭'))
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!("{:pad$}{line}\n", ""))
        .collect()
}

/// What miette draws: a text with marks and nothing to say.
struct Boxed {
    source: NamedSource<String>,
    marks: Vec<Range<usize>>,
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Boxed")
    }
}

impl fmt::Display for Boxed {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Boxed {}

impl miette::Diagnostic for Boxed {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.marks.iter().enumerate().map(|(index, mark)| {
            let span = (mark.start, mark.len());
            if index == 0 {
                LabeledSpan::new_primary_with_span(None, span)
            } else {
                LabeledSpan::new_with_span(None, span)
            }
        });
        Some(Box::new(labels))
    }
}
