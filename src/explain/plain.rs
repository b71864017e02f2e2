//! A condition in plain words, as an indented list.

use super::words::Words;
use crate::output::text::words::wrapped;
use crate::rule::clause::{Clause, ClauseKind, Operator, Test};

/// Everything is said here: this is where one looks for it.
const WORDS: Words = Words {
    most_values: usize::MAX,
};

/// The condition, one line a clause, `depth` steps in.
pub(super) fn condition(clause: &Clause, depth: usize, width: usize) -> String {
    let mut plain = Plain {
        width,
        text: String::new(),
    };
    plain.children(clause, depth);
    plain.text
}

/// A condition of a single field as a phrase, else nothing.
pub(super) fn phrase(clause: &Clause) -> Option<String> {
    match &clause.kind {
        ClauseKind::All(list) => match list.as_slice() {
            [only] => phrase(only),
            _ => None,
        },
        ClauseKind::Field { selector, test } if blocks(test).is_empty() => {
            Some(format!("{} {}", selector.text, WORDS.test(test)))
        }
        _ => None,
    }
}

struct Plain {
    width: usize,
    text: String,
}

impl Plain {
    fn children(&mut self, clause: &Clause, depth: usize) {
        match &clause.kind {
            ClauseKind::All(list) => list.iter().for_each(|child| self.clause(child, depth)),
            _ => self.clause(clause, depth),
        }
    }

    fn clause(&mut self, clause: &Clause, depth: usize) {
        match &clause.kind {
            ClauseKind::All(list) => match list.as_slice() {
                [only] => self.clause(only, depth),
                _ => self.group("all of these:", list, depth),
            },
            ClauseKind::Any(list) => self.group("at least one of these:", list, depth),
            ClauseKind::None(list) => self.group("none of these:", list, depth),
            ClauseKind::Not(body) => {
                self.line(depth, "not:");
                self.children(body, depth + 1);
            }
            ClauseKind::Macro { name, of, body } => {
                let label = match name == of.word() {
                    true => format!("{name}:"),
                    false => format!("{name} ({}):", of.word()),
                };
                self.line(depth, &label);
                self.children(body, depth + 1);
            }
            ClauseKind::Field { selector, test } => {
                let blocks = blocks(test);
                let colon = if blocks.is_empty() { "" } else { ":" };
                self.line(
                    depth,
                    &format!("{} {}{colon}", selector.text, WORDS.test(test)),
                );
                for block in blocks {
                    self.children(block, depth + 1);
                }
            }
        }
    }

    fn group(&mut self, heading: &str, list: &[Clause], depth: usize) {
        self.line(depth, heading);
        for child in list {
            self.clause(child, depth + 1);
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        let start = 2 * depth + 2;
        let said = wrapped(text, self.width, start, start);
        self.text
            .push_str(&format!("{}- {said}\n", "  ".repeat(depth)));
    }
}

/// The blocks inside a test, through `not`.
fn blocks(test: &Test) -> Vec<&Clause> {
    test.predicates
        .iter()
        .flat_map(|predicate| match &predicate.op {
            Operator::AnyElement(block)
            | Operator::EveryElement(block)
            | Operator::NoElement(block)
            | Operator::AnyEntry(block)
            | Operator::Json(block) => vec![block.as_ref()],
            Operator::Not(inner) => blocks(inner),
            _ => Vec::new(),
        })
        .collect()
}
