//! Conditions: `selection and not 1 of filter_*`.
//!
//! In comes the text of a condition with its place; out comes a tree of names, each
//! with its place, or what is wrong at which word. From the loosest to the tightest:
//! `or`, `and`, `not`, `1 of`, parentheses.

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::yaml::Fields;

use super::Lowering;

/// A condition as read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A selection by its name.
    Name(Spanned<String>),
    /// `1 of ...`, `all of ...`.
    Of {
        all: bool,
        target: Target,
        span: Span,
    },
    Not(Box<Expr>, Span),
    And(Vec<Expr>, Span),
    Or(Vec<Expr>, Span),
}

/// The selections that `1 of` and `all of` are about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    Them,
    /// A name in which `*` stands for anything.
    Pattern(Spanned<String>),
}

impl Target {
    /// Whether a selection is one of them.
    pub(super) fn takes(&self, name: &str) -> bool {
        match self {
            // Names that begin with an underscore are parts of others by convention, also
            // where a pattern that has none in front would fit them.
            Target::Them => !name.starts_with('_'),
            Target::Pattern(pattern) => {
                let pattern = pattern.value.as_str();
                if name.starts_with('_') && !pattern.starts_with('_') {
                    return false;
                }
                crate::rule::value::Glob::new(pattern).matches(name)
            }
        }
    }
}

impl Expr {
    pub(super) fn span(&self) -> Span {
        match self {
            Expr::Name(name) => name.span,
            Expr::Of { span, .. } | Expr::Not(_, span) | Expr::And(_, span) | Expr::Or(_, span) => {
                *span
            }
        }
    }
}

/// Deeper nesting is a mistake.
const DEEPEST: usize = 64;

struct Parser<'t> {
    tokens: Vec<Spanned<&'t str>>,
    at: usize,
    end: Span,
    depth: usize,
}

type Read<T> = Result<T, Box<Diagnostic>>;

impl Lowering<'_, '_> {
    /// Reads a condition.
    pub(super) fn read_condition(&mut self, text: &Spanned<String>) -> Option<Expr> {
        match self.parse(text) {
            Ok(expr) => Some(expr),
            Err(problem) => {
                self.report(*problem);
                None
            }
        }
    }

    fn parse(&self, text: &Spanned<String>) -> Read<Expr> {
        let tokens = self.tokens(text)?;
        let last = tokens.last().map_or(text.span, |token| token.span);
        let mut parser = Parser {
            tokens,
            at: 0,
            end: Span {
                start: last.end,
                ..last
            },
            depth: 0,
        };
        let expr = parser.or()?;
        match parser.peek() {
            None => Ok(expr),
            Some(token) if token.value == ")" => Err(bad(
                "a `)` that nothing opened",
                token.span,
                "take it away, or add a `(` before",
            )),
            Some(token) => Err(bad(
                format!("`{}` follows a whole condition", token.value),
                token.span,
                "join the two with `and` or `or`",
            )),
        }
    }

    /// Parts the text into words and parentheses.
    fn tokens<'t>(&self, text: &'t Spanned<String>) -> Read<Vec<Spanned<&'t str>>> {
        let (span, text) = (text.span, text.value.as_str());
        let mut tokens = Vec::new();
        let mut rest = text.char_indices().peekable();
        while let Some((start, character)) = rest.next() {
            if character.is_whitespace() {
                continue;
            }
            let mut end = start + character.len_utf8();
            if is_of_word(character) {
                while let Some((at, next)) = rest.next_if(|(_, next)| is_of_word(*next)) {
                    end = at + next.len_utf8();
                }
            } else if !matches!(character, '(' | ')' | ',') {
                let place = self.part(text, span, start, end);
                return Err(bad(
                    format!("`{character}` cannot stand in a condition"),
                    place,
                    other_sign(character),
                ));
            }
            tokens.push(self.spanned(text, span, start, end));
        }
        Ok(tokens)
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '*')
}

fn other_sign(character: char) -> &'static str {
    match character {
        '|' => {
            "counting with `|` is of Sigma before 2022: count with a correlation, of `type: event_count`"
        }
        '&' => "write `and`",
        '!' | '~' => "write `not`",
        _ => {
            "a condition is made of names of selections, `and`, `or`, `not`, `1 of`, `all of` and parentheses"
        }
    }
}

fn bad(message: impl Into<String>, span: Span, help: impl Into<String>) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(Code::SigmaBadCondition, message)
            .at(span, "here")
            .help(help),
    )
}

fn is_word(token: &Spanned<&str>, word: &str) -> bool {
    token.value.eq_ignore_ascii_case(word)
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&Spanned<&'t str>> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, word: &str) -> Option<Span> {
        let token = self.peek().filter(|token| is_word(token, word))?;
        let span = token.span;
        self.at += 1;
        Some(span)
    }

    fn or(&mut self) -> Read<Expr> {
        let first = self.and()?;
        let mut others = Vec::new();
        while self.take("or").is_some() {
            others.push(self.and()?);
        }
        Ok(joined(first, others, Expr::Or))
    }

    fn and(&mut self) -> Read<Expr> {
        let first = self.not()?;
        let mut others = Vec::new();
        while self.take("and").is_some() {
            others.push(self.not()?);
        }
        Ok(joined(first, others, Expr::And))
    }

    fn not(&mut self) -> Read<Expr> {
        let Some(span) = self.take("not") else {
            return self.primary();
        };
        let body = self.deeper(span, Parser::not)?;
        let span = span.to(body.span());
        Ok(Expr::Not(Box::new(body), span))
    }

    fn deeper(&mut self, span: Span, read: impl FnOnce(&mut Self) -> Read<Expr>) -> Read<Expr> {
        if self.depth == DEEPEST {
            return Err(bad(
                "the condition is nested too deep",
                span,
                "part it into more selections",
            ));
        }
        self.depth += 1;
        let expr = read(self);
        self.depth -= 1;
        expr
    }

    fn primary(&mut self) -> Read<Expr> {
        let Some(token) = self.peek().cloned() else {
            let message = match self.tokens.last() {
                Some(last) => format!("the condition ends behind `{}`", last.value),
                None => "the condition is empty".to_owned(),
            };
            return Err(bad(message, self.end, "name a selection here"));
        };
        self.at += 1;
        if token.value == "(" {
            let expr = self.deeper(token.span, Parser::or)?;
            return match self.take(")") {
                Some(_) => Ok(expr),
                None => Err(bad(
                    "a `)` is missing",
                    token.span,
                    "add it where what this opens ends",
                )),
            };
        }
        let follows_of = self.peek().is_some_and(|next| is_word(next, "of"));
        if follows_of {
            return self.of(&token);
        }
        let is_quantity = ["1", "all", "any"].iter().any(|word| is_word(&token, word));
        let several = |next: &Spanned<&str>| is_word(next, "them") || next.value.contains('*');
        if is_quantity && self.peek().is_some_and(several) {
            return Err(bad(
                format!("`{}` without `of`", token.value),
                token.span,
                format!("write `{} of`", token.value),
            ));
        }
        let is_operator = ["and", "or", "of", ")", ","]
            .iter()
            .any(|word| is_word(&token, word));
        if is_operator {
            return Err(bad(
                format!("`{}` stands where a selection must", token.value),
                token.span,
                "name a selection before it",
            ));
        }
        if token.value.contains('*') {
            return Err(bad(
                format!("`{}` names several selections", token.value),
                token.span,
                format!(
                    "say how many must hold: `1 of {0}` or `all of {0}`",
                    token.value
                ),
            ));
        }
        Ok(Expr::Name(Spanned::new(token.value.to_owned(), token.span)))
    }

    /// `1 of`, `any of`, `all of`; the quantity was read.
    fn of(&mut self, quantity: &Spanned<&str>) -> Read<Expr> {
        let all = if is_word(quantity, "all") {
            true
        } else if is_word(quantity, "any") || quantity.value == "1" {
            false
        } else {
            return Err(bad(
                format!("`{} of` is no quantity", quantity.value),
                quantity.span,
                "write `1 of`, `any of` or `all of`; for other numbers write the selections out",
            ));
        };
        self.at += 1;
        let Some(target) = self.peek().cloned().filter(|token| {
            !["(", ")", ",", "and", "or", "not", "of"]
                .iter()
                .any(|word| is_word(token, word))
        }) else {
            let message = match self.peek() {
                Some(token) => format!("`{}` stands behind `{} of`", token.value, quantity.value),
                None => format!("the condition ends behind `{} of`", quantity.value),
            };
            let span = self.peek().map_or(self.end, |token| token.span);
            return Err(bad(
                message,
                span,
                "write `them`, or a pattern of names such as `selection*`",
            ));
        };
        self.at += 1;
        let span = quantity.span.to(target.span);
        let target = if is_word(&target, "them") {
            Target::Them
        } else {
            Target::Pattern(Spanned::new(target.value.to_owned(), target.span))
        };
        Ok(Expr::Of { all, target, span })
    }
}

/// One operand alone is itself.
fn joined(first: Expr, others: Vec<Expr>, join: impl FnOnce(Vec<Expr>, Span) -> Expr) -> Expr {
    let Some(last) = others.last() else {
        return first;
    };
    let span = first.span().to(last.span());
    let mut all = vec![first];
    all.extend(others);
    join(all, span)
}
