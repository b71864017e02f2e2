//! Diagnostics for people: miette's graphics over a window of the source.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt;

use super::{Diagnostic, Level, SourceId, SourceMap};

/// How text output looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub colour: bool,
    /// Columns to wrap at.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            colour: false,
            width: 100,
        }
    }
}

/// Past this many bytes a line is not drawn: miette pads every label to its
/// column, and its renderer gives up beyond column 65,535.
const LONGEST_DRAWN_LINE: usize = 400;

/// The diagnostic with the lines it is about, ready to print.
pub fn render_text(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let mut out = String::new();
    let view = View::new(diagnostic, sources);
    // Writing to a String does not fail; if the renderer does, the plain line remains.
    if handler(style).render_report(&mut out, &view).is_err() {
        out.clear();
        out.push_str(&plain(diagnostic, sources));
    }
    out
}

pub(crate) fn theme(style: Style) -> GraphicalTheme {
    GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: if style.colour {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        },
    }
}

pub(crate) fn handler(style: Style) -> GraphicalReportHandler {
    GraphicalReportHandler::new_themed(theme(style))
        .with_width(style.width)
        // Paths and identifiers stay whole, so that they can be copied.
        .with_break_words(false)
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_links(false)
}

fn plain(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let place = diagnostic
        .span()
        .map(|span| sources.place(span))
        .unwrap_or_default();
    format!(
        "{} {}: {} {place}\n",
        diagnostic.code,
        diagnostic.level.as_str(),
        diagnostic.message
    )
}

/// One diagnostic as miette wants it: labels of one source only, those of
/// other sources as related reports.
struct View<'a> {
    diagnostic: &'a Diagnostic,
    message: String,
    labels: Vec<LabeledSpan>,
    window: Option<Window<'a>>,
    related: Vec<Related<'a>>,
}

impl<'a> View<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Self {
        let mut message = diagnostic.message.clone();
        if let Some(place) = &diagnostic.place {
            message = format!("{place}: {message}");
        }
        let primary = diagnostic.span().map(|span| span.source);
        let mut labels = Vec::new();
        let mut related: Vec<Related<'a>> = Vec::new();
        for (index, label) in diagnostic.labels.iter().enumerate() {
            let range = label.span.start as usize..label.span.end as usize;
            if !drawable(sources.text(label.span.source), range.start) {
                message = format!("{message} (at {})", sources.place(label.span));
                continue;
            }
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            if Some(label.span.source) == primary {
                let spot = SourceSpan::new(range.start.into(), range.len());
                labels.push(if index == 0 {
                    LabeledSpan::new_primary_with_span(text, spot)
                } else {
                    LabeledSpan::new_with_span(text, spot)
                });
            } else {
                related.push(Related {
                    message: text.unwrap_or_else(|| "see also".to_owned()),
                    label: LabeledSpan::new_primary_with_span(
                        None,
                        SourceSpan::new(range.start.into(), range.len()),
                    ),
                    window: Window::new(sources, label.span.source),
                });
            }
        }
        let window = primary
            .filter(|_| !labels.is_empty())
            .map(|source| Window::new(sources, source));
        View {
            diagnostic,
            message,
            labels,
            window,
            related,
        }
    }
}

fn drawable(text: &str, at: usize) -> bool {
    let at = at.min(text.len());
    let bytes = text.as_bytes();
    let start = bytes[..at]
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |p| p + 1);
    let end = bytes[at..]
        .iter()
        .position(|&b| b == b'\n')
        .map_or(text.len(), |p| at + p);
    end - start <= LONGEST_DRAWN_LINE
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for View<'_> {}

impl miette::Diagnostic for View<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.level {
            Level::Error => miette::Severity::Error,
            Level::Warning => miette::Severity::Warning,
            Level::Notice => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.diagnostic
            .help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.window.as_ref().map(|window| window as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<_>)
    }

    fn related<'b>(&'b self) -> Option<Box<dyn Iterator<Item = &'b dyn miette::Diagnostic> + 'b>> {
        (!self.related.is_empty())
            .then(|| Box::new(self.related.iter().map(|r| r as &dyn miette::Diagnostic)) as Box<_>)
    }
}

/// A label in another source than the primary one.
struct Related<'a> {
    message: String,
    label: LabeledSpan,
    window: Window<'a>,
}

impl fmt::Debug for Related<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Related<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Related<'_> {}

impl miette::Diagnostic for Related<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.window)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}

/// A source under its name, as miette reads it.
struct Window<'a> {
    name: &'a str,
    text: &'a str,
}

impl<'a> Window<'a> {
    fn new(sources: &'a SourceMap, source: SourceId) -> Self {
        Window {
            name: sources.name(source),
            text: sources.text(source),
        }
    }
}

impl SourceCode for Window<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.to_owned(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}
