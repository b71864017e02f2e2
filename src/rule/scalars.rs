//! Text operators on numbers and booleans: where it matters that they ask them.

use std::collections::BTreeSet;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::{ExtractKind, Extractor};

use super::clause::Operator;
use super::value::{Glob, Pattern, Values, fold};

/// Whether a text operator that asks numbers and booleans too could hold on one: most
/// values have a letter that no number has.
pub(crate) fn scalars_matter(op: &Operator) -> bool {
    if !op.asks_scalars() {
        return false;
    }
    match op {
        Operator::Contains(values) => any(values, |text| {
            stands_in_one(text, |of, part| of.contains(part))
        }),
        Operator::StartsWith(values) => any(values, |text| {
            stands_in_one(text, |of, part| of.starts_with(part))
        }),
        Operator::EndsWith(values) => any(values, |text| {
            stands_in_one(text, |of, part| of.ends_with(part))
        }),
        Operator::Glob(values) => any(values, glob_fits),
        Operator::Regex(values) => any(values, pattern_fits),
        _ => true,
    }
}

fn any<T>(values: &Values<T>, fits: impl Fn(&T) -> bool) -> bool {
    let mut items = values.items.iter();
    !values.lists.is_empty() || items.any(|item| fits(&item.value))
}

/// Whether a text may be a part of a number, or is one of a boolean.
fn stands_in_one(text: &str, is_part: impl Fn(&str, &str) -> bool) -> bool {
    let text = fold(text);
    text.chars().all(is_of_number) || ["true", "false"].iter().any(|of| is_part(of, &text))
}

/// The characters of JSON's numbers.
fn is_of_number(character: char) -> bool {
    matches!(character, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')
}

fn glob_fits(glob: &Glob) -> bool {
    let glob = glob.folded();
    let mut literal = glob.as_str().chars().filter(|c| !matches!(c, '*' | '?'));
    literal.all(is_of_number) || ["true", "false"].iter().any(|of| glob.matches(of))
}

/// Whether a pattern may match in a number or a boolean: where each of the literals that
/// all matches begin with has a character of neither, it does not.
fn pattern_fits(pattern: &Pattern) -> bool {
    let mut parser = ParserBuilder::new().case_insensitive(true).build();
    let Ok(hir) = parser.parse(pattern.as_str()) else {
        return true;
    };
    let known: BTreeSet<char> = "truefalse".chars().collect();
    let alien = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        fold(&text)
            .chars()
            .any(|c| !is_of_number(c) && !known.contains(&c))
    };
    let kinds = [ExtractKind::Prefix, ExtractKind::Suffix];
    !kinds.into_iter().any(|kind| {
        let literals = Extractor::new().kind(kind).extract(&hir);
        let literals = literals.literals();
        literals.is_some_and(|all| all.iter().all(|literal| alien(literal.as_bytes())))
    })
}
