//! The conditions of Sigma rules.
//!
//! In come a condition's text and which selections hold; out comes whether it does.

use super::naive_text::{chars, glob, parse};

pub fn condition_holds(text: &str, selections: &[(&str, bool)]) -> Result<bool, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() || "_-*".contains(c) {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        match c {
            '(' | ')' => words.push(c.to_string()),
            c if c.is_whitespace() => {}
            c => return Err(format!("unexpected `{c}` in the condition `{text}`")),
        }
    }
    let mut rest = words.iter().map(String::as_str).collect::<Vec<_>>();
    rest.reverse();
    let holds = or(&mut rest, selections).map_err(|e| format!("{e} in the condition `{text}`"))?;
    match rest.last() {
        None => Ok(holds),
        Some(word) => Err(format!("unexpected `{word}` in the condition `{text}`")),
    }
}

/// Takes the next word if it is this one; the words are in reverse.
fn take(rest: &mut Vec<&str>, word: &str) -> bool {
    let is_next = rest
        .last()
        .is_some_and(|next| next.eq_ignore_ascii_case(word));
    if is_next {
        rest.pop();
    }
    is_next
}

fn or(rest: &mut Vec<&str>, selections: &[(&str, bool)]) -> Result<bool, String> {
    let mut holds = and(rest, selections)?;
    while take(rest, "or") {
        holds |= and(rest, selections)?;
    }
    Ok(holds)
}

fn and(rest: &mut Vec<&str>, selections: &[(&str, bool)]) -> Result<bool, String> {
    let mut holds = not(rest, selections)?;
    while take(rest, "and") {
        holds &= not(rest, selections)?;
    }
    Ok(holds)
}

fn not(rest: &mut Vec<&str>, selections: &[(&str, bool)]) -> Result<bool, String> {
    match take(rest, "not") {
        true => Ok(!not(rest, selections)?),
        false => operand(rest, selections),
    }
}

fn operand(rest: &mut Vec<&str>, selections: &[(&str, bool)]) -> Result<bool, String> {
    let word = rest.pop().ok_or("something is missing at the end")?;
    if word == "(" {
        let holds = or(rest, selections)?;
        return match take(rest, ")") {
            true => Ok(holds),
            false => Err("a `)` is missing".into()),
        };
    }
    if [")", "and", "or", "of", "them"].contains(&word.to_ascii_lowercase().as_str()) {
        return Err(format!("unexpected `{word}`"));
    }
    if !take(rest, "of") {
        let found = selections.iter().find(|(name, _)| *name == word);
        return found
            .map(|(_, holds)| *holds)
            .ok_or(format!("`{word}` is not defined"));
    }
    if !["1", "any", "all"].contains(&word) {
        return Err(format!(
            "`{word} of`, which is none of `1 of`, `any of` and `all of`"
        ));
    }
    let pattern = rest.pop().ok_or("a pattern is missing at the end")?;
    if ["(", ")", "and", "or", "not", "of"].contains(&pattern) {
        return Err(format!("unexpected `{pattern}`"));
    }
    let tokens = parse(if pattern == "them" { "*" } else { pattern });
    let chosen = selections.iter().filter(|(name, _)| {
        glob(&tokens, &chars(name), true) && (!name.starts_with('_') || pattern.starts_with('_'))
    });
    let holds: Vec<bool> = chosen.map(|(_, holds)| *holds).collect();
    match (holds.is_empty(), word) {
        (true, _) => Err(format!("`{pattern}` is no identifier's name")),
        (false, "all") => Ok(holds.iter().all(|holds| *holds)),
        (false, _) => Ok(holds.iter().any(|holds| *holds)),
    }
}
