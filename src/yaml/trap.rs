//! What to say when YAML stumbles: over its own syntax, or over characters that
//! it treats as syntax and a rule's author as text (`*`, `@`, `{`, `!`, `"`).

use granit_parser::ScanError;

use crate::diagnostic::{Code, Diagnostic, SourceId, Span};

/// The parser's error, with the help that fits the text it stumbled over.
pub(super) fn explain(source: SourceId, text: &str, error: &ScanError) -> Diagnostic {
    let mut at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let line = Line::around(text, at);
    if let Some(found) = reserved_start(&line, at)
        .or_else(|| braces_then_text(&line, at))
        .or_else(|| quotes_then_text(&line, at))
    {
        let span = Span::new(source, found.start, found.end);
        return Diagnostic::new(Code::YamlTrap, found.message)
            .at(span, found.label)
            .help(found.help);
    }
    let message = error.info();
    if let Some(tab) = line.indenting_tab() {
        return Diagnostic::new(Code::YamlSyntax, "a tab indents this line")
            .at(Span::new(source, tab, tab + 1), "YAML takes no tabs here")
            .help("indent with spaces");
    }
    let width = text[at..].chars().next().map_or(0, char::len_utf8);
    let diagnostic = if message.contains("nesting") || message.contains("recursion") {
        Diagnostic::new(Code::YamlTooLarge, "the file is nested too deep")
            .help("a rule needs about a dozen levels; the limit is 64")
    } else {
        Diagnostic::new(
            Code::YamlSyntax,
            format!("this is not valid YAML: {message}"),
        )
        .help(general_help(&line, &message))
    };
    diagnostic.at(Span::new(source, at, at + width), "YAML stops here")
}

/// An alias without an anchor: almost always a glob without quotes.
pub(super) fn alias(text: &str, span: Span, name: &str) -> Diagnostic {
    let word = token(text, span.start as usize);
    let word = if word.is_empty() {
        format!("*{name}")
    } else {
        word.to_owned()
    };
    Diagnostic::new(Code::YamlTrap, "an unquoted `*` is a YAML alias, not text")
        .at(
            widen(span, &word),
            "YAML looks for an anchor of this name and finds none",
        )
        .help(format!("quote it: {}", quote(&word)))
}

/// A tag: `!x` without quotes.
pub(super) fn tag(text: &str, span: Span, tag: &str) -> Diagnostic {
    // The span is the value's; the tag stands before it.
    let before = text.get(..span.start as usize).unwrap_or("");
    let place = before
        .rfind(tag)
        .filter(|at| !before[*at..].contains('\n'))
        .map_or(span, |at| Span::new(span.source, at, at + tag.len()));
    let start = place.start as usize;
    let value = text
        .get(start..span.end as usize)
        .filter(|value| !value.contains('\n'));
    let value = value.unwrap_or_else(|| token(text, start)).trim_end();
    Diagnostic::new(
        Code::YamlTrap,
        "an unquoted `!` begins a YAML tag, not text",
    )
    .at(place, "read as a tag; rules have none")
    .help(format!(
        "quote the whole value: {}; to negate, write `{{not: value}}`",
        quote(value)
    ))
}

/// A mapping or list as a key: mostly a `{placeholder}` without quotes.
pub(super) fn complex_key(text: &str, span: Span) -> Diagnostic {
    let written = text
        .get(span.start as usize..span.end as usize)
        .unwrap_or("");
    Diagnostic::new(
        Code::YamlUnsupported,
        "a key must be text, not a list or a mapping",
    )
    .at(span, "used as a key")
    .help(format!(
        "if this is meant as text, quote it: {}",
        quote(written)
    ))
}

/// A place where YAML stumbled, and what to do.
struct Trap {
    start: usize,
    end: usize,
    message: &'static str,
    label: &'static str,
    help: String,
}

/// One line of the text; `start` is its first byte.
struct Line<'t> {
    start: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        // An error at a line's end is about the line before the newline.
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..]
            .find('\n')
            .map_or(text.len(), |newline| at + newline);
        Line {
            start,
            text: &text[start..end],
        }
    }
}

impl Line<'_> {
    /// A tab before the first word.
    fn indenting_tab(&self) -> Option<usize> {
        let indent = self.text.len() - self.text.trim_start_matches([' ', '\t']).len();
        let tab = self.text[..indent].find('\t')?;
        (indent < self.text.trim_end().len()).then_some(self.start + tab)
    }
}

/// A value that starts with a character YAML keeps for itself.
fn reserved_start(line: &Line<'_>, at: usize) -> Option<Trap> {
    // The scanner stops at the character or, for a bare `*` and `&`, just past it.
    let offset = at - line.start;
    let candidates = [offset, offset.wrapping_sub(1)];
    for start in candidates {
        let Some(character) = line.text.get(start..).and_then(|rest| rest.chars().next()) else {
            continue;
        };
        let message = match character {
            '@' | '`' => "YAML reserves this character at the start of a value",
            '*' => "an unquoted `*` is a YAML alias, not text",
            '&' => "an unquoted `&` begins a YAML anchor, not text",
            '%' => "YAML reserves `%` at the start of a value",
            _ => continue,
        };
        let word = token(line.text, start);
        return Some(Trap {
            start: line.start + start,
            end: line.start + start + word.len().max(1),
            message,
            label: "this needs quotes",
            help: format!(
                "quote it: {}",
                quote(if word.is_empty() { "*" } else { word })
            ),
        });
    }
    None
}

/// `message: {a} did`: a flow mapping, then text.
fn braces_then_text(line: &Line<'_>, at: usize) -> Option<Trap> {
    let (start, value) = value_of(line)?;
    let closing = match value.chars().next()? {
        '{' => '}',
        '[' => ']',
        _ => return None,
    };
    let close = value.find(closing)?;
    let after = value[close + 1..].trim_start();
    if after.is_empty() || after.starts_with(['#', ',', '}', ']']) || at < line.start + start {
        return None;
    }
    Some(Trap {
        start: line.start + start,
        end: line.start + start + value.len(),
        message: "a value that starts with `{` or `[` is read as a mapping or a list",
        label: "text after the closing bracket",
        help: format!("quote the whole value: {}", quote(value)),
    })
}

/// `"x-amz-acl".y: z`, `"a" and b`: a quoted scalar, then text.
fn quotes_then_text(line: &Line<'_>, at: usize) -> Option<Trap> {
    let trimmed = line.text.trim_start().trim_start_matches("- ");
    let indent = line.text.len() - trimmed.len();
    let (start, written, is_key) = match value_of(line) {
        Some((start, value)) if value.starts_with(['"', '\'']) => (start, value, false),
        _ if trimmed.starts_with(['"', '\'']) => {
            let key = trimmed.split(": ").next()?.trim_end_matches(':');
            (indent, key, true)
        }
        _ => return None,
    };
    let mark = written.chars().next()?;
    let close = written[1..].find(mark)? + 1;
    let after = &written[close + 1..];
    if after.trim().is_empty() || after.trim_start().starts_with('#') || at < line.start + start {
        return None;
    }
    let help = if is_key {
        format!("quote the whole key: '{}'", written.replace('\'', "\""))
    } else {
        format!("quote the whole value: {}", quote_containing(written))
    };
    Some(Trap {
        start: line.start + start,
        end: line.start + start + written.len(),
        message: "text after a closing quote",
        label: "only a part of this is quoted",
        help,
    })
}

fn general_help(line: &Line<'_>, message: &str) -> String {
    if message.contains("mapping values are not allowed") {
        return match value_of(line) {
            Some((_, value)) if !value.is_empty() => {
                format!("if the value holds `: `, quote it: {}", quote(value))
            }
            _ => {
                "check the indentation: entries of one mapping start in the same column".to_owned()
            }
        };
    }
    "check the indentation, the brackets and the quotes around this place".to_owned()
}

/// The value after the first `: ` of a line, and where it starts in the line.
fn value_of<'t>(line: &Line<'t>) -> Option<(usize, &'t str)> {
    let colon = line.text.find(": ")?;
    let rest = &line.text[colon + 2..];
    let value = rest.trim_start();
    let start = colon + 2 + (rest.len() - value.len());
    Some((start, value.trim_end()))
}

/// The word at a byte, up to what ends a flow value.
fn token(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or("");
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}'))
        .unwrap_or(rest.len());
    &rest[..end]
}

fn widen(span: Span, word: &str) -> Span {
    Span::new(
        span.source,
        span.start as usize,
        (span.start as usize + word.len()).max(span.end as usize),
    )
}

fn quote(text: &str) -> String {
    if text.contains('"') && !text.contains('\'') {
        return format!("'{text}'");
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn quote_containing(written: &str) -> String {
    if written.contains('\'') {
        quote(written)
    } else {
        format!("'{written}'")
    }
}
