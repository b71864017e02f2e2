//! Prefixes, globs and regular expressions that no name of a call fits.

use crate::diagnostic::{Code, Diagnostic, Span};

use super::super::super::clause::{Operator, Predicate, Test};
use super::super::super::value::{Values, fold};
use super::tests_of::inline;
use super::{DATES, Named};

impl Named {
    /// Patterns that no name of a call fits.
    pub(super) fn check_patterns(&self, test: &Test, found: &mut Vec<Diagnostic>) {
        for predicate in &test.predicates {
            match &predicate.op {
                Operator::StartsWith(values) => self.check_texts(
                    predicate,
                    values,
                    "starts with",
                    |name, part| name.starts_with(part),
                    found,
                ),
                Operator::EndsWith(values) => self.check_texts(
                    predicate,
                    values,
                    "ends with",
                    |name, part| name.ends_with(part),
                    found,
                ),
                Operator::Contains(values) => self.check_texts(
                    predicate,
                    values,
                    "contains",
                    |name, part| name.contains(part),
                    found,
                ),
                Operator::Glob(values) => {
                    for item in inline(predicate, values) {
                        let glob = match values.ignore_case {
                            true => item.value.folded(),
                            false => item.value.clone(),
                        };
                        let fits = |name: &str| glob.matches(&folded(name, values.ignore_case));
                        let text = item.value.as_str();
                        self.check_pattern(text, item.span, "is like", fits, found);
                    }
                }
                Operator::Regex(values) => {
                    for item in inline(predicate, values) {
                        let fits = |name: &str| item.value.matches(name);
                        self.check_pattern(item.value.as_str(), item.span, "matches", fits, found);
                    }
                }
                Operator::Not(inner) => self.check_patterns(inner, found),
                _ => {}
            }
        }
    }

    fn check_texts(
        &self,
        predicate: &Predicate,
        values: &Values<String>,
        verb: &str,
        holds: fn(&str, &str) -> bool,
        found: &mut Vec<Diagnostic>,
    ) {
        for item in inline(predicate, values) {
            let part = folded(&item.value, values.ignore_case);
            let fits = |name: &str| holds(&folded(name, values.ignore_case), &part);
            self.check_pattern(&item.value, item.span, verb, fits, found);
        }
    }

    fn check_pattern(
        &self,
        text: &str,
        span: Span,
        verb: &str,
        fits: impl Fn(&str) -> bool,
        found: &mut Vec<Diagnostic>,
    ) {
        // Digits may be of a date that only the log knows.
        if text.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let fits = |name: &str| {
            let mut dated = DATES.iter();
            fits(name) || dated.any(|date| fits(&format!("{name}{date}")))
        };
        if self.names().iter().any(|name| fits(name)) {
            return;
        }
        let message = self.says_no(&format!("{verb} `{text}`"));
        found.push(
            Diagnostic::new(Code::UnknownCall, message)
                .at(span, "no known call fits")
                .help("mend it, or name the service that has such calls as `eventSource`"),
        );
    }
}

fn folded(text: &str, ignore_case: bool) -> String {
    match ignore_case {
        true => fold(text),
        false => text.to_owned(),
    }
}
