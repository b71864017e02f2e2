//! The parser's events, as far as the tree is made of them.
//!
//! In comes YAML text; out come its steps one by one, or the error that the parser
//! stops at. The build script has this file too: it records the steps of the pack.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

/// How deep a rules file may nest. The language needs about a dozen levels.
const DEEPEST: usize = 64;

/// One step through a text, and its bytes there.
pub(super) struct Step<'t> {
    pub(super) bytes: Range<usize>,
    pub(super) kind: StepKind<'t>,
}

/// The kinds of step. An anchor of 0 is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StepKind<'t> {
    Scalar {
        text: Cow<'t, str>,
        quoted: bool,
        anchor: usize,
        tag: Option<String>,
    },
    Sequence {
        anchor: usize,
        tag: Option<String>,
    },
    Mapping {
        anchor: usize,
        tag: Option<String>,
    },
    /// The sequence or mapping that began last ends.
    End,
    Alias(usize),
    /// An alias without an anchor.
    Unresolved(String),
    DocumentEnd,
}

/// The steps of a text.
pub(super) struct Steps<'t> {
    parser: Parser<'t, StrInput<'t>>,
}

impl<'t> Steps<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
        };
        Steps {
            parser: Parser::new_from_str_with_options(text, options),
        }
    }

    /// Goes on behind an error; false where there is no next document.
    pub(super) fn next_document(&mut self) -> bool {
        self.parser.proceed_next_document().unwrap_or(false)
    }
}

impl<'t> Iterator for Steps<'t> {
    type Item = Result<Step<'t>, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (event, span) = match self.parser.next_event()? {
                Ok(event) => event,
                Err(error) => return Some(Err(error)),
            };
            let kind = match event {
                Event::StreamEnd => return None,
                Event::Scalar(text, style, anchor, tag) => StepKind::Scalar {
                    text,
                    quoted: style != ScalarStyle::Plain,
                    anchor,
                    tag: tag.map(|tag| tag.original()),
                },
                Event::SequenceStart(_, anchor, tag) => StepKind::Sequence {
                    anchor,
                    tag: tag.map(|tag| tag.original()),
                },
                Event::MappingStart(_, anchor, tag) => StepKind::Mapping {
                    anchor,
                    tag: tag.map(|tag| tag.original()),
                },
                Event::SequenceEnd | Event::MappingEnd => StepKind::End,
                Event::Alias(anchor) => StepKind::Alias(anchor),
                Event::UnresolvedAlias(name) => StepKind::Unresolved(name.into_owned()),
                Event::DocumentEnd => StepKind::DocumentEnd,
                _ => continue,
            };
            let bytes = span.byte_range().unwrap_or(0..0);
            return Some(Ok(Step { bytes, kind }));
        }
    }
}
