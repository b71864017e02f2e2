//! Selectors: dotted paths and JSONPath.

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector as JsonSelector};
use jsonpath_rust::parser::parse_json_path;

use crate::diagnostic::{Code, Diagnostic, Level, Span};
use crate::event::catalogue::{FieldCheck, FieldKind, check_path, kind_of};
use crate::yaml::Fields;

use super::super::selector::{Path, Root, Selector, Step};
use super::{Lowerer, Scope};

impl Lowerer<'_> {
    /// The keys of a dotted path, those in quotes without them.
    pub(crate) fn quoted_keys(
        &self,
        text: &str,
        span: Span,
    ) -> Result<Vec<String>, Box<Diagnostic>> {
        let keys = dotted(text, span)?;
        Ok(keys.into_iter().map(|key| key.text).collect())
    }

    /// Reads a selector and holds it against the catalogue of fields.
    pub(super) fn selector(&mut self, text: &str, span: Span, scope: Scope) -> Option<Selector> {
        let selector = self.read_selector(text, span, scope)?;
        if let Some(unknown) = UnknownField::of(&selector) {
            self.report(unknown.diagnostic(span));
        }
        Some(selector)
    }

    /// The same for the selector of a test, but for a path inside a text or a
    /// boolean: whether the test always or never holds there, the lint says.
    pub(super) fn tested_selector(
        &mut self,
        text: &str,
        span: Span,
        scope: Scope,
    ) -> Option<Selector> {
        let selector = self.read_selector(text, span, scope)?;
        if let Some(unknown) = UnknownField::of(&selector).filter(|field| !field.below_scalar) {
            self.report(unknown.diagnostic(span));
        }
        Some(selector)
    }

    fn read_selector(&mut self, text: &str, span: Span, scope: Scope) -> Option<Selector> {
        match parse_selector(text, span, scope) {
            Ok(selector) => Some(selector),
            Err(diagnostic) => {
                self.report(*diagnostic);
                None
            }
        }
    }
}

/// What to say of a field of a foreign rule that no record has. Such rules are mostly
/// not the user's own to mend, so it is a warning.
pub(crate) fn unknown_field(selector: &Selector) -> Option<Diagnostic> {
    let unknown = UnknownField::of(selector).filter(|field| !field.below_scalar)?;
    let mut diagnostic = unknown.diagnostic(selector.span);
    diagnostic.level = Level::Warning;
    Some(diagnostic)
}

/// A field that no record has.
struct UnknownField {
    name: String,
    above: String,
    suggestion: Option<String>,
    /// Whether a text or a boolean stands above it, and nothing else was meant.
    below_scalar: bool,
}

impl UnknownField {
    fn of(selector: &Selector) -> Option<UnknownField> {
        let keys = selector.catalogue_keys();
        let FieldCheck::Unknown { at, suggestion } = check_path(&keys) else {
            return None;
        };
        let above = keys.get(..at)?;
        let scalar = matches!(kind_of(above), Some(FieldKind::String | FieldKind::Boolean));
        Some(UnknownField {
            name: (*keys.get(at)?).to_owned(),
            above: above.join("."),
            below_scalar: scalar && suggestion.is_none(),
            suggestion,
        })
    }

    fn diagnostic(self, span: Span) -> Diagnostic {
        let UnknownField { name, above, .. } = self;
        let place = match above.as_str() {
            "" => "at the top of a record".to_owned(),
            above => format!("below `{above}`"),
        };
        let message = format!("CloudTrail records have no field `{name}` {place}");
        let mut diagnostic = Diagnostic::new(Code::UnknownField, message).at(span, "no such field");
        if let Some(suggestion) = self.suggestion {
            return diagnostic.help(format!("did you mean `{suggestion}`?"));
        }
        // New fields appear over the years: without a near one, it may be one.
        diagnostic.level = Level::Warning;
        if self.below_scalar {
            return diagnostic.help(format!("`{above}` is no object: write `{above}` itself"));
        }
        diagnostic.help(
            "check the spelling, case included; a field that trailgate does not know yet still works",
        )
    }
}

/// Reads a selector in a scope.
///
/// # Errors
/// A diagnostic at `span` that says what is wrong and how to write it.
pub(crate) fn parse_selector(
    text: &str,
    span: Span,
    scope: Scope,
) -> Result<Selector, Box<Diagnostic>> {
    let (root, path) = if text.starts_with('$') {
        (Root::Event, json_path(text, span)?)
    } else {
        let keys = dotted(text, span)?;
        let (root, rest) = root_of(&keys, span, scope)?;
        (
            root,
            Path::Steps(rest.iter().map(|key| Step::Key(key.text.clone())).collect()),
        )
    };
    Ok(Selector {
        text: text.to_owned(),
        span,
        root,
        path,
    })
}

/// One key of a dotted path.
pub(super) struct Key {
    pub(super) text: String,
    quoted: bool,
}

fn root_of(keys: &[Key], span: Span, scope: Scope) -> Result<(Root, &[Key]), Box<Diagnostic>> {
    let misplaced = |message: &str, help: &str| {
        Box::new(
            Diagnostic::new(Code::MisplacedSelector, message)
                .at(span, "not here")
                .help(help),
        )
    };
    let first = keys
        .first()
        .filter(|key| !key.quoted)
        .map(|key| key.text.as_str());
    match (scope, first) {
        (Scope::Event, Some("this")) => Err(misplaced(
            "`this` is the element of a block, and this is no block",
            "name a field of the event; `this` is for any_element and its like",
        )),
        (Scope::Event, _) => Ok((Root::Event, keys)),
        (Scope::Element, Some("this")) => Ok((Root::Element, &keys[1..])),
        (Scope::Element, _) => Ok((Root::Element, keys)),
        (Scope::Entry, Some("key")) if keys.len() == 1 => Ok((Root::EntryKey, &[])),
        (Scope::Entry, Some("key")) => Err(misplaced(
            "the `key` of an entry is text and has nothing below it",
            "write `key`, or `value.…` for what the entry holds",
        )),
        (Scope::Entry, Some("value")) => Ok((Root::EntryValue, &keys[1..])),
        (Scope::Entry, _) => Err(misplaced(
            "inside `any_entry` the selectors are `key` and `value`",
            "write `key: ...`, `value: ...`, `value.name: ...`, or `$.field` for the event",
        )),
    }
}

/// Splits a dotted path; keys with other characters than letters, digits, `_`
/// and `@` stand in double quotes, with `\"` and `\\` inside.
pub(super) fn dotted(text: &str, span: Span) -> Result<Vec<Key>, Box<Diagnostic>> {
    let bad = |message: String, help: String| {
        Box::new(
            Diagnostic::new(Code::BadSelector, message)
                .at(span, "cannot be read")
                .help(help),
        )
    };
    let mut keys = Vec::new();
    let mut rest = text;
    loop {
        let (key, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let (key, after) = quoted_key(quoted).ok_or_else(|| {
                bad(
                    format!("a quote in the selector `{text}` is not closed"),
                    "close it, and quote the whole YAML key: 'a.\"b-c\"'".to_owned(),
                )
            })?;
            (
                Key {
                    text: key,
                    quoted: true,
                },
                after,
            )
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let key = &rest[..end];
            if let Some(wrong) = key.chars().find(|&c| !is_plain(c)) {
                return Err(bad(
                    format!("`{wrong}` cannot stand in the selector `{text}`"),
                    spelled(text, wrong),
                ));
            }
            (
                Key {
                    text: key.to_owned(),
                    quoted: false,
                },
                &rest[end..],
            )
        };
        if key.text.is_empty() && !key.quoted {
            return Err(bad(
                format!("a key is missing in the selector `{text}`"),
                "write keys with one dot between them: `userIdentity.type`".to_owned(),
            ));
        }
        keys.push(key);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(keys),
            None => {
                return Err(bad(
                    format!("text after a closing quote in the selector `{text}`"),
                    "put a dot after the quote".to_owned(),
                ));
            }
        }
    }
}

fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '@')
}

/// How to write a path that has a character it may not have.
fn spelled(text: &str, wrong: char) -> String {
    if matches!(wrong, '[' | ']' | '*') {
        return format!(
            "a dotted path looks into arrays by itself: `{}`; for an index use JSONPath: `$.{text}`",
            text.replace("[*]", "").replace("[]", "")
        );
    }
    if let ('|', Some((field, modifier))) = (wrong, text.split_once('|')) {
        return format!("operators stand behind the field: `{field}: {{{modifier}: ...}}`");
    }
    let keys: Vec<String> = text
        .split('.')
        .map(|key| {
            let plain = key.chars().all(is_plain) && !key.is_empty();
            if plain {
                key.to_owned()
            } else {
                format!("\"{}\"", key.trim_matches('"'))
            }
        })
        .collect();
    format!(
        "quote the key, and then the whole YAML key: '{}'",
        keys.join(".")
    )
}

fn quoted_key(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((key, &text[at + 1..])),
            '\\' => key.push(characters.next().map(|(_, escaped)| escaped)?),
            other => key.push(other),
        }
    }
    None
}

/// Reads a JSONPath; names, indices and wildcards become steps.
fn json_path(text: &str, span: Span) -> Result<Path, Box<Diagnostic>> {
    let query = parse_json_path(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason
            .lines()
            .rev()
            .map(|line| line.trim().trim_start_matches("= "))
            .find(|line| !line.is_empty())
            .unwrap_or("not understood")
            .to_owned();
        Box::new(
            Diagnostic::new(Code::BadJsonPath, format!("`{text}` is no JSONPath: {reason}"))
                .at(span, "cannot be read")
                .help("RFC 9535 says how: `$.requestParameters.items[*].name`; names with dashes as `['x-amz-acl']`"),
        )
    })?;
    let steps: Option<Vec<Step>> = query.segments.iter().map(step).collect();
    Ok(match steps {
        Some(steps) => Path::Steps(steps),
        None => Path::Query(Box::new(query)),
    })
}

/// The steps that a query begins with, up to what is no step.
pub(crate) fn beginning(query: &JpQuery) -> Vec<Step> {
    query.segments.iter().map_while(step).collect()
}

fn step(segment: &Segment) -> Option<Step> {
    let selector = match segment {
        Segment::Selector(selector) => selector,
        Segment::Selectors(selectors) => match selectors.as_slice() {
            [one] => one,
            _ => return None,
        },
        Segment::Descendant(_) => return None,
    };
    match selector {
        JsonSelector::Name(name) => member(name).map(Step::Member),
        JsonSelector::Wildcard => Some(Step::Wildcard),
        JsonSelector::Index(index) => Some(Step::Index(*index)),
        _ => None,
    }
}

/// A name without its quotes; one with escapes stays with the JSONPath library.
fn member(name: &str) -> Option<String> {
    let bare = ['\'', '"']
        .iter()
        .find_map(|&mark| name.strip_prefix(mark)?.strip_suffix(mark))
        .unwrap_or(name);
    (!bare.contains('\\')).then(|| bare.to_owned())
}
