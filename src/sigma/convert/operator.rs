//! Tests: operators with their values.

use crate::diagnostic::{Span, Spanned};
use crate::rule::clause::{CountTest, Operator, Predicate, Relation, Test};
use crate::rule::value::{Bound, Glob, Number, Values};
use crate::rule::{misread_glob, scalars_matter};

use super::condition::{self, Writer};
use super::layout::Yaml;
use super::manner::ignores_case;
use super::word::word;
use super::{Refusal, placeholder};

impl Writer<'_> {
    /// What stands behind a field.
    pub(super) fn test(&self, test: &Test) -> Result<Yaml, Refusal> {
        let mut operators = Vec::with_capacity(test.predicates.len());
        for predicate in &test.predicates {
            let (name, operand) = self.predicate(predicate)?;
            if operators.iter().any(|(other, _)| other == name) {
                let message = format!("`{name}` is asked twice of one value");
                return Err(Refusal::new(predicate.span, message, "ask it once"));
            }
            operators.push((name.to_owned(), operand));
        }
        let ops = || test.predicates.iter().map(|predicate| &predicate.op);
        let case = ops().find_map(ignores_case);
        let alone = operators.len() == 1;
        let mut flags = Vec::new();
        if let Some(ignores) = case.filter(|ignores| *ignores != self.ignore_case) {
            flags.push(("ignore_case".to_owned(), Yaml::Word(ignores.to_string())));
        }
        if ops().any(scalars_matter) {
            flags.push(("scalars".to_owned(), Yaml::Word("true".to_owned())));
        }
        // A value alone is equality, as people write it.
        if alone && flags.is_empty() && operators[0].0 == "equals" {
            return Ok(operators.remove(0).1);
        }
        operators.extend(flags);
        Ok(Yaml::Map(operators))
    }

    /// That a test does not hold.
    pub(super) fn negated(&self, test: &Test) -> Result<Yaml, Refusal> {
        let inner = self.test(test)?;
        Ok(Yaml::Map(vec![("not".to_owned(), inner)]))
    }

    fn predicate(&self, predicate: &Predicate) -> Result<(&'static str, Yaml), Refusal> {
        let span = predicate.span;
        Ok(match &predicate.op {
            Operator::Equals(values) => ("equals", self.texts(values, span)?),
            Operator::Contains(values) => ("contains", self.texts(values, span)?),
            Operator::ContainsAll(values) => ("contains_all", self.texts(values, span)?),
            Operator::StartsWith(values) => ("starts_with", self.texts(values, span)?),
            Operator::EndsWith(values) => ("ends_with", self.texts(values, span)?),
            Operator::Glob(values) if values.items.iter().any(|of| is_misread(&of.value)) => {
                let show = |of: &Glob| pattern(&as_pattern(of));
                ("regex", self.values(values, span, show)?)
            }
            Operator::Glob(values) => (
                "glob",
                self.values(values, span, |of| word(&without_doubles(of)))?,
            ),
            Operator::Regex(values) => (
                "regex",
                self.values(values, span, |of| pattern(of.as_str()))?,
            ),
            Operator::Cidr(values) => (
                "cidr",
                self.values(values, span, |of| word(&of.to_string()))?,
            ),
            Operator::Order(order, bound) => (order.name(), Yaml::Word(number(*bound))),
            Operator::TimePart(part, counts) => {
                let part = (part.name().to_owned(), self::counts(counts));
                ("time_part", Yaml::Map(vec![part]))
            }
            Operator::Exists(there) => ("exists", Yaml::Word(there.to_string())),
            Operator::Is(kinds) => {
                let kinds = kinds.iter().map(|kind| Yaml::Word(word(kind.name())));
                ("is", one_or_list(kinds.collect()))
            }
            Operator::SameAs {
                selector, relation, ..
            } => {
                let other = condition::field(selector);
                let field = |name: &'static str| {
                    let field = Yaml::Map(vec![("field".to_owned(), Yaml::Word(other.clone()))]);
                    (name, field)
                };
                match relation {
                    Relation::Same => ("same_as", Yaml::Word(other)),
                    Relation::StartsWith => field("starts_with"),
                    Relation::EndsWith => field("ends_with"),
                    Relation::Contains => field("contains"),
                }
            }
            Operator::Not(inner) => ("not", self.test(inner)?),
            Operator::Length(_)
            | Operator::Schedule(_)
            | Operator::PrefixLength(_)
            | Operator::Account(_)
            | Operator::AnyElement(_)
            | Operator::EveryElement(_)
            | Operator::NoElement(_)
            | Operator::AnyEntry(_)
            | Operator::Json(_) => {
                return Err(Refusal::new(
                    span,
                    "it asks what Sigma has no word for",
                    "write it by hand",
                ));
            }
        })
    }

    fn texts(&self, values: &Values<String>, span: Span) -> Result<Yaml, Refusal> {
        self.values(values, span, |text| word(text))
    }

    /// One value, or a list of values and of the names of lists.
    fn values<T>(
        &self,
        values: &Values<T>,
        span: Span,
        show: impl Fn(&T) -> String,
    ) -> Result<Yaml, Refusal> {
        let written: Vec<&Spanned<T>> = placeholder::written(values, span, self.set, &self.roots)?;
        let mut all: Vec<Yaml> = Vec::with_capacity(written.len() + values.lists.len());
        for item in written {
            let value = Yaml::Word(show(&item.value));
            // A value twice in a list says nothing.
            if !all.contains(&value) {
                all.push(value);
            }
        }
        let named = |name: &String| Yaml::Map(vec![("list".to_owned(), Yaml::Word(word(name)))]);
        all.extend(values.lists.iter().map(named));
        Ok(one_or_list(all))
    }
}

fn one_or_list(mut all: Vec<Yaml>) -> Yaml {
    match all.len() {
        1 => all.remove(0),
        _ => Yaml::List(all),
    }
}

/// A regular expression, in single quotes as long as YAML can write it so.
fn pattern(text: &str) -> String {
    match text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        true => super::word::single_quoted(text),
        false => word(text),
    }
}

fn number(bound: Bound) -> String {
    match bound {
        Bound::Number(Number::Integer(integer)) => integer.to_string(),
        // As JSON writes it.
        Bound::Number(Number::Float(float)) => serde_json::json!(float).to_string(),
        Bound::Time(moment) => super::word::word(&moment.to_string()),
    }
}

/// A run of stars is one star.
fn without_doubles(glob: &Glob) -> String {
    let mut text = glob.as_str().to_owned();
    while text.contains("**") {
        text = text.replace("**", "*");
    }
    text
}

/// Whether people would read something else in a glob than its text says.
fn is_misread(glob: &Glob) -> bool {
    misread_glob(&without_doubles(glob)).is_some()
}

/// A pattern that matches what a glob does.
fn as_pattern(glob: &Glob) -> String {
    let parts = without_doubles(glob);
    let parts = parts.chars().map(|part| match part {
        '*' => ".*".to_owned(),
        '?' => ".".to_owned(),
        other => regex::escape(&other.to_string()),
    });
    format!("(?s)^{}$", parts.collect::<String>())
}

/// A number, or how it stands to one.
fn counts(counts: &[CountTest]) -> Yaml {
    if let [CountTest::Exactly(number)] = counts {
        return Yaml::Word(number.to_string());
    }
    let relations = counts.iter().map(|count| match count {
        CountTest::Exactly(number) => ("equals", number),
        CountTest::Order(order, number) => (order.name(), number),
    });
    let relations =
        relations.map(|(name, number)| (name.to_owned(), Yaml::Word(number.to_string())));
    Yaml::Map(relations.collect())
}
