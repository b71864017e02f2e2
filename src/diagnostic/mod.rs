//! Diagnostics: what is said about text and bytes that came from outside.
//!
//! In come problems found by any reader of foreign text (rules, lists, events);
//! out go [`Diagnostic`] values with a stable [`Code`], byte spans into a
//! [`SourceMap`], and a help text, plus the renderers that show them to people
//! ([`render_text`]) and to tools ([`render_json`]). Nothing here prints.

mod code;
mod json;
mod source;
mod suggest;
mod text;

use std::fmt;
use std::io;

pub use code::Code;
pub use json::{JsonDiagnostic, render_json};
pub use source::{Position, SourceId, SourceMap, Span, Spanned};
pub use suggest::did_you_mean;
pub use text::{Style, render_text};
pub(crate) use text::{handler, theme};

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing; nothing is wrong.
    Notice,
    /// Probably a mistake; the rule still loads, the record was still read.
    Warning,
    /// The rule does not load, or the input was not read.
    Error,
}

impl Level {
    /// The lower-case word shown to people and tools.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// A span with what to say at it. The text may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What to say there.
    pub text: String,
}

/// One problem, with everything needed to act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of problem; documented in `docs/diagnostics.md`.
    pub code: Code,
    /// How much it matters.
    pub level: Level,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// Where in a source; the first label is the primary one.
    pub labels: Vec<Label>,
    /// A place that is no source text, such as `export/a.json.gz, record 17`.
    pub place: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What reads bytes can say more than an [`io::Error`] does: it sends a
/// diagnostic along as one.
impl std::error::Error for Diagnostic {}

impl Diagnostic {
    /// The diagnostic that an error was made from with [`io::Error::other`].
    pub fn sent_along(error: &io::Error) -> Option<Diagnostic> {
        error.get_ref()?.downcast_ref::<Diagnostic>().cloned()
    }

    /// A diagnostic at the level that its code has by default.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            level: code.level(),
            message: message.into(),
            labels: Vec::new(),
            place: None,
            help: None,
        }
    }

    /// Adds a label; the first one added is the primary one.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Names a place outside any source text.
    #[must_use]
    pub fn in_place(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, if there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        if help.is_some() {
            self.help = help;
        }
        self
    }

    /// Whether this keeps a rule from loading or input from being read.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// The span of the primary label.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}
