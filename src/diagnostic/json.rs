//! Diagnostics for tools: one object each, a stable schema.

use serde::Serialize;

use super::{Diagnostic, SourceMap};

/// A diagnostic as `check --format json` writes it.
#[derive(Debug, Clone, Serialize)]
pub struct JsonDiagnostic {
    /// The code, such as `TG1001`.
    pub code: &'static str,
    /// `error`, `warning` or `notice`.
    pub level: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// A place that is no source text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Where; the first is the primary one.
    pub labels: Vec<JsonLabel>,
}

/// A label: a byte range, with line and column for people and editors.
#[derive(Debug, Clone, Serialize)]
pub struct JsonLabel {
    /// The file's name.
    pub file: String,
    /// First byte, from 0.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: usize,
    /// Column of the first byte in characters, from 1.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column of the end.
    pub end_column: usize,
    /// What is said there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// The diagnostic as a serialisable object.
pub fn render_json(diagnostic: &Diagnostic, sources: &SourceMap) -> JsonDiagnostic {
    let labels = diagnostic
        .labels
        .iter()
        .map(|label| {
            let start = sources.position(label.span);
            let end = sources.position_of(label.span.source, label.span.end as usize);
            JsonLabel {
                file: sources.name(label.span.source).to_owned(),
                start: label.span.start,
                end: label.span.end,
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                text: label.text.clone(),
            }
        })
        .collect();
    JsonDiagnostic {
        code: diagnostic.code.as_str(),
        level: diagnostic.level.as_str(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        place: diagnostic.place.clone(),
        labels,
    }
}
