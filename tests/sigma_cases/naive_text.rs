//! The text of Sigma values: escapes, wildcards, encodings and placeholders.
//!
//! In come values as a rule writes them; out come the patterns that they are.

use regex::Regex;

use super::naive::Lists;

#[derive(Clone, Copy, PartialEq)]
pub enum Token {
    /// `*`
    Any,
    /// `?`
    One,
    Char(char),
    /// A byte of an encoding; all are gone when the steps are done.
    Byte(u8),
}

impl Token {
    pub fn is_wildcard(&self) -> bool {
        matches!(self, Token::Any | Token::One)
    }
}

pub fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// A backslash takes the meaning from `*`, `?` and `\`; before all else it is itself.
pub fn parse(written: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Char(chars.next_if(|c| "*?\\".contains(*c)).unwrap_or('\\')),
            c => Token::Char(c),
        });
    }
    tokens
}

pub fn place(mut tokens: Vec<Token>, position: Option<&str>) -> Vec<Token> {
    if matches!(position, Some("contains" | "endswith")) {
        tokens.insert(0, Token::Any);
    }
    if matches!(position, Some("contains" | "startswith")) {
        tokens.push(Token::Any);
    }
    tokens
}

pub fn is_only_any(tokens: &[Token]) -> bool {
    !tokens.is_empty() && tokens.iter().all(|token| *token == Token::Any)
}

pub fn glob(tokens: &[Token], text: &[char], cased: bool) -> bool {
    match tokens.split_first() {
        None => text.is_empty(),
        Some((Token::Any, rest)) => (0..=text.len()).any(|n| glob(rest, &text[n..], cased)),
        Some((Token::One, rest)) => !text.is_empty() && glob(rest, &text[1..], cased),
        Some((Token::Char(c), rest)) => {
            let same = |d: &char| c == d || !cased && c.to_lowercase().eq(d.to_lowercase());
            text.first().is_some_and(same) && glob(rest, &text[1..], cased)
        }
        Some((Token::Byte(_), _)) => false,
    }
}

/// What the steps make of a value; any of the outcomes will do.
pub fn patterns(written: &str, literal: bool, steps: &[String]) -> Result<Vec<Vec<Token>>, String> {
    let mut all = vec![match literal {
        true => chars(written).into_iter().map(Token::Char).collect(),
        false => parse(written),
    }];
    for step in steps {
        let mut next = Vec::new();
        for tokens in all {
            match step.as_str() {
                "windash" => next.extend(windash(&tokens)),
                "base64" => next.push(as_chars(&base64(&bytes(&tokens)?))),
                "base64offset" => {
                    for part in base64_inside(&bytes(&tokens)?)? {
                        next.push(as_chars(&part));
                    }
                }
                encoding => next.push(utf16(&tokens, encoding)),
            }
        }
        all = next;
    }
    all.into_iter().map(decode).collect()
}

fn as_chars(text: &str) -> Vec<Token> {
    text.chars().map(Token::Char).collect()
}

/// Every dash before a word, and not behind one, may be any of five.
fn windash(tokens: &[Token]) -> Vec<Vec<Token>> {
    let dashes = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];
    let is_word = |token: Option<&Token>| match token {
        Some(Token::Char(c)) => c.is_alphanumeric() || *c == '_',
        _ => false,
    };
    let mut all = vec![Vec::new()];
    for (at, token) in tokens.iter().enumerate() {
        let is_dash = dashes.iter().any(|dash| *token == Token::Char(*dash));
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let choices = match is_dash && !is_word(before) && is_word(tokens.get(at + 1)) {
            true => dashes.map(Token::Char).to_vec(),
            false => vec![*token],
        };
        let longer = |choice: &Token| {
            all.iter()
                .map(|head| [head, &[*choice][..]].concat())
                .collect()
        };
        all = choices.iter().map(longer).collect::<Vec<Vec<_>>>().concat();
    }
    all
}

fn utf16(tokens: &[Token], encoding: &str) -> Vec<Token> {
    let mut encoded = Vec::new();
    if encoding == "utf16" {
        encoded.extend([Token::Byte(0xFF), Token::Byte(0xFE)]);
    }
    for token in tokens {
        let Token::Char(c) = token else {
            encoded.push(*token);
            continue;
        };
        for unit in c.encode_utf16(&mut [0; 2]) {
            let bytes = match encoding {
                "utf16be" => unit.to_be_bytes(),
                _ => unit.to_le_bytes(),
            };
            encoded.extend(bytes.map(Token::Byte));
        }
    }
    encoded
}

/// The bytes of what is to be encoded, which has no wildcards.
fn bytes(tokens: &[Token]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for token in tokens {
        match token {
            Token::Char(c) => bytes.extend(c.to_string().bytes()),
            Token::Byte(byte) => bytes.push(*byte),
            _ => return Err("a wildcard cannot be encoded in base64".into()),
        }
    }
    Ok(bytes)
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

/// What base64 makes of the bytes wherever they stand: the digits whose six bits are
/// all of theirs, behind none, one or two other bytes.
fn base64_inside(bytes: &[u8]) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    for before in 0..3 {
        let whole = base64(&[&vec![0; before], bytes].concat());
        let (first, end) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
        if first >= end {
            return Err("too short for base64offset".into());
        }
        parts.push(whole[first..end].to_owned());
    }
    Ok(parts)
}

/// Bytes that were not encoded further, as the text that they are.
fn decode(tokens: Vec<Token>) -> Result<Vec<Token>, String> {
    let mut decoded = Vec::new();
    let mut tokens = tokens.as_slice();
    if let [Token::Byte(0xFF), Token::Byte(0xFE), rest @ ..] = tokens {
        decoded.push(Token::Char('\u{FEFF}'));
        tokens = rest;
    }
    for token in tokens {
        decoded.push(match token {
            Token::Byte(byte) if byte.is_ascii() => Token::Char(char::from(*byte)),
            Token::Byte(_) => return Err("UTF-16 of more than ASCII is no text".into()),
            token => *token,
        });
    }
    Ok(decoded)
}

/// Puts each value of a list for its `%name%`; `\%` is a plain percent sign.
pub fn expand(
    written: &str,
    lists: &Lists,
    put: &dyn Fn(&str) -> String,
) -> Result<Vec<String>, String> {
    let part = Regex::new(r"\\%|%(\w+)%").map_err(|e| e.to_string())?;
    let mut all = vec![String::new()];
    let mut end = 0;
    for found in part.captures_iter(written) {
        let whole = found.get(0).unwrap();
        all.iter_mut()
            .for_each(|head| head.push_str(&written[end..whole.start()]));
        end = whole.end();
        let Some(name) = found.get(1) else {
            all.iter_mut().for_each(|head| head.push('%'));
            continue;
        };
        let name = name.as_str();
        let values = lists.get(name).filter(|values| !values.is_empty());
        let values = values.ok_or_else(|| format!("no list for the placeholder `%{name}%`"))?;
        let longer = |head: &String| values.iter().map(|v| head.clone() + &put(v)).collect();
        all = all.iter().map(longer).collect::<Vec<Vec<_>>>().concat();
    }
    all.iter_mut()
        .for_each(|head| head.push_str(&written[end..]));
    Ok(all)
}
