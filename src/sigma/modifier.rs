//! Modifiers: `field|contains|all` as one question.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned, did_you_mean};
use crate::rule::clause::{Ordering, Relation};
use crate::rule::value::TimePart;
use crate::yaml::Fields;

use super::Lowering;
use super::encoding::Characters;

/// All modifiers, as they are written.
pub const MODIFIERS: [&str; 34] = [
    "all",
    "startswith",
    "endswith",
    "contains",
    "exists",
    "cased",
    "neq",
    "windash",
    "re",
    "i",
    "m",
    "s",
    "ignorecase",
    "multiline",
    "dotall",
    "base64",
    "base64offset",
    "utf16le",
    "utf16be",
    "utf16",
    "wide",
    "lt",
    "lte",
    "gt",
    "gte",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
    "cidr",
    "expand",
    "fieldref",
];

/// What the modifiers of a key ask together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    /// All values must hold, not one of them.
    pub all: bool,
    /// `neq`
    pub negated: bool,
    /// `cased`
    pub cased: bool,
    /// `expand`
    pub expand: bool,
    /// `windash`
    pub windash: bool,
    /// How values are encoded before they are compared.
    pub encoding: Option<Encoding>,
    /// How they are compared.
    pub test: Comparison,
}

/// Characters as bytes, and those as they are or in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    pub characters: Characters,
    pub base64: Option<Base64>,
}

/// Where in the encoded data a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base64 {
    /// It is all of it.
    Whole,
    /// Anywhere.
    AnyOffset,
}

/// How a value is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Comparison {
    /// As a text with wildcards: whole, at the start, at the end, anywhere.
    Text(Relation),
    Exists,
    Regex(RegexFlags, Relation),
    Order(Ordering),
    TimePart(TimePart, Option<Ordering>),
    Cidr,
    Field(Relation),
}

/// The flags behind `re`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RegexFlags {
    pub ignore_case: bool,
    pub multi_line: bool,
    pub dot_matches_new_line: bool,
}

/// What was written so far, while reading.
#[derive(Default)]
struct Written<'k> {
    texts: Vec<Spanned<&'k str>>,
}

impl Written<'_> {
    fn has(&self, name: &str) -> bool {
        self.texts.iter().any(|text| text.value == name)
    }

    fn span_of(&self, names: &[&str]) -> Option<Span> {
        let mut texts = self.texts.iter();
        texts
            .find(|text| names.contains(&text.value))
            .map(|text| text.span)
    }

    /// The modifier that says how values are compared.
    fn kind(&self) -> Option<&str> {
        let all = ["re", "exists", "cidr", "fieldref"];
        let all = all.into_iter().chain(ORDERINGS.map(|(name, _)| name));
        let mut all = all.chain(TimePart::ALL.map(|(name, _)| name));
        all.find(|name| self.has(name))
    }

    /// The first of two that stand in the wrong order, with its place.
    fn swapped<'n>(&self, first: &[&'n str], then: &[&'n str]) -> Option<(&'n str, &'n str, Span)> {
        let find = |names: &[&'n str]| {
            let mut names = names.iter().copied();
            names.find_map(|name| Some((name, self.span_of(&[name])?)))
        };
        let ((first, first_at), (then, then_at)) = find(first).zip(find(then))?;
        (then_at.start < first_at.start).then_some((first, then, then_at))
    }

    /// The first of these that is there.
    fn one_of<T: Copy>(&self, names: &[(&'static str, T)]) -> Option<(&'static str, T)> {
        names.iter().copied().find(|(name, _)| self.has(name))
    }
}

const PLACES: [(&str, Relation); 3] = [
    ("startswith", Relation::StartsWith),
    ("endswith", Relation::EndsWith),
    ("contains", Relation::Contains),
];
const ORDERINGS: [(&str, Ordering); 4] = [
    ("lt", Ordering::Less),
    ("lte", Ordering::LessOrEqual),
    ("gt", Ordering::Greater),
    ("gte", Ordering::GreaterOrEqual),
];
const CHARACTERS: [(&str, Characters); 4] = [
    ("utf16le", Characters::Utf16Le),
    ("wide", Characters::Utf16Le),
    ("utf16be", Characters::Utf16Be),
    ("utf16", Characters::Utf16Marked),
];
const BASE64: [(&str, Base64); 2] = [
    ("base64", Base64::Whole),
    ("base64offset", Base64::AnyOffset),
];
const FLAGS: [&str; 6] = ["i", "m", "s", "ignorecase", "multiline", "dotall"];

/// Whether a modifier makes other texts, or a pattern, of the values that stand behind it.
pub(super) fn changes_values(modifier: &str) -> bool {
    let mut encodings = CHARACTERS
        .iter()
        .map(|(name, _)| *name)
        .chain(BASE64.iter().map(|(name, _)| *name));
    ["windash", "re"].contains(&modifier) || encodings.any(|name| name == modifier)
}

impl Lowering<'_, '_> {
    /// Reads the modifiers of a key: what stands behind its field.
    pub(super) fn chain(
        &mut self,
        modifiers: &[Spanned<&str>],
        key_span: Span,
        has_field: bool,
    ) -> Option<Chain> {
        let mut written = Written::default();
        let mut sound = true;
        for modifier in modifiers {
            if !MODIFIERS.contains(&modifier.value) {
                self.unknown_modifier(modifier.value, modifier.span);
                sound = false;
            } else if written.has(modifier.value) {
                let message = format!("the modifier `{}` stands twice", modifier.value);
                self.misfit(modifier.span, message, "take one of the two away");
                sound = false;
            }
            written.texts.push(modifier.clone());
        }
        if !sound {
            return None;
        }
        let test = self.comparison(&written, key_span)?;
        let encoding = self.encoding(&written, &test)?;
        self.fits(&written, &test, has_field)?;
        Some(Chain {
            all: written.has("all"),
            negated: written.has("neq"),
            cased: written.has("cased"),
            expand: written.has("expand"),
            windash: written.has("windash"),
            encoding,
            test,
        })
    }

    fn comparison(&mut self, written: &Written<'_>, key_span: Span) -> Option<Comparison> {
        let place = written.one_of(&PLACES);
        let ordering = written.one_of(&ORDERINGS);
        let part = written.one_of(&TimePart::ALL);
        let kinds = [
            place.map(|(name, _)| name),
            ordering.map(|(name, _)| name),
            part.map(|(name, _)| name),
            written.has("re").then_some("re"),
            written.has("exists").then_some("exists"),
            written.has("cidr").then_some("cidr"),
            written.has("fieldref").then_some("fieldref"),
        ];
        let kinds: Vec<&str> = kinds.into_iter().flatten().collect();
        let several = |names: &[&str]| names.iter().filter(|name| written.has(name)).count() > 1;
        let together = match kinds.as_slice() {
            [] | [_] => true,
            [_, _] => {
                let placed = written.has("fieldref") || written.has("re");
                (part.is_some() && ordering.is_some()) || (place.is_some() && placed)
            }
            _ => false,
        };
        let clash = several(&PLACES.map(|(name, _)| name))
            || several(&ORDERINGS.map(|(name, _)| name))
            || several(&TimePart::ALL.map(|(name, _)| name));
        if !together || clash {
            let names: Vec<String> = written
                .texts
                .iter()
                .filter(|text| {
                    kinds.contains(&text.value)
                        || PLACES.iter().any(|(name, _)| *name == text.value)
                        || ORDERINGS.iter().any(|(name, _)| *name == text.value)
                        || TimePart::ALL.iter().any(|(name, _)| *name == text.value)
                })
                .map(|text| format!("`{}`", text.value))
                .collect();
            let message = format!("{} cannot stand together", names.join(" and "));
            self.misfit(key_span, message, "each says in another way how a value is compared: keep one, and put the other into a selection of its own");
            return None;
        }
        let place = place.map_or(Relation::Same, |(_, place)| place);
        Some(if written.has("re") {
            let either = |short: &str, long: &str| written.has(short) || written.has(long);
            let flags = RegexFlags {
                ignore_case: either("i", "ignorecase"),
                multi_line: either("m", "multiline"),
                dot_matches_new_line: either("s", "dotall"),
            };
            Comparison::Regex(flags, place)
        } else if written.has("exists") {
            Comparison::Exists
        } else if written.has("cidr") {
            Comparison::Cidr
        } else if written.has("fieldref") {
            Comparison::Field(place)
        } else if let Some((_, part)) = part {
            Comparison::TimePart(part, ordering.map(|(_, ordering)| ordering))
        } else if let Some((_, ordering)) = ordering {
            Comparison::Order(ordering)
        } else {
            Comparison::Text(place)
        })
    }

    /// `None` where something is wrong; otherwise the encoding, if there is one.
    fn encoding(&mut self, written: &Written<'_>, test: &Comparison) -> Option<Option<Encoding>> {
        let characters = written.one_of(&CHARACTERS);
        let base = written.one_of(&BASE64);
        let base64 = base.map(|(_, base64)| base64);
        let characters_span = written.span_of(&CHARACTERS.map(|(name, _)| name));
        let base_span = written.span_of(&BASE64.map(|(name, _)| name));
        let Some(first_span) = base_span.or(characters_span) else {
            return Some(None);
        };
        let names = CHARACTERS.iter().map(|(name, _)| *name);
        let names: Vec<&str> = names.filter(|name| written.has(name)).collect();
        let twice = match names.as_slice() {
            [_, _, ..] => Some(names),
            _ if written.has("base64") && written.has("base64offset") => {
                Some(vec!["base64", "base64offset"])
            }
            _ => None,
        };
        if let Some(names) = twice {
            let message = format!("`{}` encode a value twice", names.join("` and `"));
            self.misfit(
                first_span,
                message,
                "a value is encoded in one way: keep one of them",
            );
            return None;
        }
        let base_span = first_span;
        let late = characters.zip(characters_span);
        let late = late.filter(|(_, span)| span.start > base_span.start);
        let late = late.map(|((name, _), _)| name);
        let place = written.one_of(&PLACES).map(|(name, _)| name);
        let early = place.and_then(|name| {
            let span = written.span_of(&[name])?;
            (span.start < base_span.start).then_some(name)
        });
        if let Some(name) = late {
            let message = format!("`{name}` stands behind the base64 that it is for");
            self.misfit(
                base_span,
                message,
                "modifiers are applied in their order: write `|wide|base64offset`",
            );
            return None;
        }
        if let Some(name) = early {
            let encoding = base.map_or("wide", |(name, _)| name);
            let message = format!("`{name}` stands before the `{encoding}` that it is asked of");
            let help = format!("modifiers are applied in their order: write `|{encoding}|{name}`");
            self.misfit(base_span, message, help);
            return None;
        }
        if !matches!(test, Comparison::Text(_)) {
            let help = "only text is encoded: take one of the two away";
            self.misfit(
                base_span,
                format!(
                    "an encoding of what is compared by `{}`",
                    written.kind().unwrap_or_default()
                ),
                help,
            );
            return None;
        }
        Some(Some(Encoding {
            characters: characters.map_or(Characters::Utf8, |(_, characters)| characters),
            base64,
        }))
    }

    /// Whether the rest of what was written fits the comparison.
    fn fits(&mut self, written: &Written<'_>, test: &Comparison, has_field: bool) -> Option<()> {
        let is_text = matches!(test, Comparison::Text(_));
        let is_regex = matches!(test, Comparison::Regex(..));
        let is_field = matches!(test, Comparison::Field(_));
        let is_cidr = *test == Comparison::Cidr;
        let checks: [(&[&str], bool, &str); 5] = [
            (
                &FLAGS,
                is_regex,
                "it is a flag of a regular expression: write it behind `re`",
            ),
            (
                &["cased"],
                is_text || is_field,
                "only text has a case; `re` has one unless `i` stands behind it",
            ),
            (&["windash"], is_text, "it is about dashes in text"),
            (
                &["expand"],
                is_text || is_regex || is_cidr,
                "placeholders stand in text, patterns and for networks",
            ),
            (
                &["all", "neq"],
                *test != Comparison::Exists,
                "`exists` takes `true` or `false` and nothing beside it",
            ),
        ];
        for (names, fits, help) in checks {
            if let Some(span) = written.span_of(names).filter(|_| !fits) {
                let wrong = written.texts.iter().find(|text| text.span == span);
                let name = wrong.map_or("", |text| text.value);
                let message = match written.kind() {
                    Some(kind) => format!("`{name}` does not fit `{kind}`"),
                    None => format!("`{name}` fits none of the other modifiers"),
                };
                self.misfit(span, message, help);
                return None;
            }
        }
        let places = PLACES.map(|(name, _)| name);
        let orderings = ORDERINGS.map(|(name, _)| name);
        let parts = TimePart::ALL.map(|(name, _)| name);
        let encodings = [
            "base64",
            "base64offset",
            "utf16le",
            "wide",
            "utf16be",
            "utf16",
        ];
        let orders: [(&[&str], &[&str]); 5] = [
            (&["re"], &FLAGS),
            (&["re"], &places),
            (&parts, &orderings),
            (&["expand"], &encodings),
            (&["windash"], &encodings),
        ];
        for (first, then) in orders {
            if let Some((first, then, span)) = written.swapped(first, then) {
                let message = format!("`{then}` stands before the `{first}` that it follows");
                let help = format!("modifiers are applied in their order: write `|{first}|{then}`");
                self.misfit(span, message, help);
                return None;
            }
        }
        if !(has_field || is_text || is_regex) {
            let asked = ["exists", "cidr", "fieldref", "lt", "lte", "gt", "gte"];
            let asked: Vec<&str> = asked
                .into_iter()
                .chain(TimePart::ALL.map(|(name, _)| name))
                .collect();
            let span = written.span_of(&asked)?;
            let help = "keywords are texts in any field: name the field before the `|`";
            self.misfit(span, "this is asked of a field, and none is named", help);
            return None;
        }
        Some(())
    }

    /// Says that modifiers or a value do not go together.
    pub(super) fn misfit(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(
            Diagnostic::new(Code::SigmaMisfit, message)
                .at(span, "does not fit")
                .help(help),
        );
    }

    fn unknown_modifier(&mut self, name: &str, span: Span) {
        let near = of_other_languages(name).or_else(|| did_you_mean(name, MODIFIERS));
        let help = match near {
            _ if name.is_empty() => {
                "a `|` with nothing behind it: take it away, or name a modifier".to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the modifiers are: {}", MODIFIERS.join(", ")),
        };
        self.report(
            Diagnostic::new(
                Code::SigmaUnknownModifier,
                format!("Sigma has no modifier `{name}`"),
            )
            .at(span, "not known")
            .help(help),
        );
    }
}

/// What modifiers are called elsewhere.
fn of_other_languages(name: &str) -> Option<&'static str> {
    Some(match name {
        "not" | "ne" | "not_equals" => "neq",
        "regex" | "matches" => "re",
        "starts_with" | "prefix" => "startswith",
        "ends_with" | "suffix" => "endswith",
        "case_sensitive" => "cased",
        "same_as" => "fieldref",
        _ => return None,
    })
}
