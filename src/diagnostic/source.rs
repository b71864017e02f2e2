//! Sources (named texts) and spans into them.

use std::sync::Arc;

/// Names one text in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A byte range of one source. `start..end`, both on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The source that the range is in.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A range of bytes in a source.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        // Sources are bounded far below 4 GiB by `SourceMap::add`.
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            source,
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }

    /// The smallest span that covers both; `self` if they are in different sources.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The empty span at the start of this one.
    #[must_use]
    pub fn start_only(self) -> Span {
        Span {
            end: self.start,
            ..self
        }
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Ties a value to its place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }

    /// Changes the value and keeps the place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: f(self.value),
            span: self.span,
        }
    }
}

/// Line and column of a byte, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

#[derive(Debug, Clone)]
struct SourceFile {
    name: String,
    text: Arc<str>,
}

/// All texts that spans may point into. Cheap to clone: texts are shared.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// No sources yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name that people know it by (mostly a path).
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile {
            name: name.into(),
            text: text.into(),
        });
        id
    }

    /// The name a source was added under; empty for an id of another map.
    pub fn name(&self, id: SourceId) -> &str {
        self.files
            .get(id.0 as usize)
            .map_or("", |file| file.name.as_str())
    }

    /// The text of a source; empty for an id of another map.
    pub fn text(&self, id: SourceId) -> &str {
        self.files.get(id.0 as usize).map_or("", |file| &*file.text)
    }

    /// The text that a span covers; empty if the span is not of this map.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.source)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Line and column where a span starts.
    pub fn position(&self, span: Span) -> Position {
        self.position_of(span.source, span.start as usize)
    }

    /// Line and column of a byte; past the end, of the end.
    pub fn position_of(&self, source: SourceId, byte: usize) -> Position {
        let text = self.text(source);
        let mut at = byte.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// `name:line:column` of a span's start, the form editors and terminals link.
    pub fn place(&self, span: Span) -> String {
        let position = self.position(span);
        format!(
            "{}:{}:{}",
            self.name(span.source),
            position.line,
            position.column
        )
    }
}
