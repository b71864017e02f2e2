//! Tests: a value, a list of values, or a mapping of operators.

use crate::diagnostic::{Code, Diagnostic, Span, did_you_mean};
use crate::event::catalogue::{FieldCheck, check_path};
use crate::yaml::{Entry, Fields, Node};

use super::super::clause::{Clause, Kind, Operator, Ordering, Predicate, Relation, Test};
use super::super::value::{Glob, Pattern};
use super::{Lowerer, Manner, Scope};

/// All operators, as they are written.
pub const OPERATORS: &[&str] = &[
    "equals",
    "in",
    "contains",
    "contains_all",
    "starts_with",
    "ends_with",
    "glob",
    "regex",
    "ignore_case",
    "scalars",
    "gt",
    "gte",
    "lt",
    "lte",
    "length",
    "schedule",
    "time_part",
    "cidr",
    "prefix_length",
    "account",
    "exists",
    "is",
    "same_as",
    "any_element",
    "every_element",
    "no_element",
    "any_entry",
    "json",
    "not",
];

/// The keys that are no tests, and say how those beside them compare.
const MANNERS: [&str; 2] = ["ignore_case", "scalars"];

impl Lowerer<'_> {
    /// What stands behind a selector or an operator that takes a test.
    /// `manner` is what the mapping around it said.
    pub(super) fn test(
        &mut self,
        node: &Node,
        what: &str,
        scope: Scope,
        manner: Manner,
    ) -> Option<Test> {
        if node.is_null() {
            self.null_value(node.span, what);
            return None;
        }
        let is_list_reference =
            matches!(node.as_mapping(), Some([only]) if only.key.value == "list");
        let entries = match node.as_mapping() {
            Some(entries) if !is_list_reference => entries,
            _ => {
                let values = self.plain_values(node, what, manner)?;
                let op = Operator::Equals(values);
                let predicates = vec![Predicate {
                    span: node.span,
                    op,
                }];
                return Some(Test {
                    span: node.span,
                    predicates,
                });
            }
        };
        self.operators(node, entries, what, scope, manner)
    }

    fn operators(
        &mut self,
        node: &Node,
        entries: &[Entry],
        what: &str,
        scope: Scope,
        manner: Manner,
    ) -> Option<Test> {
        if entries.is_empty() {
            self.empty(node.span, what);
            return None;
        }
        let manner = self.manner(entries, manner);
        let mut predicates = Vec::with_capacity(entries.len());
        let mut complete = true;
        for entry in entries
            .iter()
            .filter(|entry| !MANNERS.contains(&entry.key.value.as_str()))
        {
            if entry.key.value == "time_part" {
                match self.time_parts(&entry.value) {
                    Some(parts) => predicates.extend(parts),
                    None => complete = false,
                }
                continue;
            }
            match self.operator(entry, what, scope, manner) {
                Some(op) => predicates.push(Predicate {
                    span: entry.span(),
                    op,
                }),
                None => complete = false,
            }
        }
        if complete && predicates.is_empty() {
            let said = entries.iter().map(|entry| format!("`{}`", entry.key.value));
            let said: Vec<_> = said.collect();
            let said = said.join(" and ");
            self.report(
                Diagnostic::new(Code::Empty, format!("{what} has {said} and nothing else"))
                    .at(node.span, "no operator here")
                    .help("add one: `{equals: value, ignore_case: true}`"),
            );
            return None;
        }
        complete.then_some(Test {
            span: node.span,
            predicates,
        })
    }

    /// How the operators of a mapping compare: as it says, else as what is around it.
    fn manner(&mut self, entries: &[Entry], around: Manner) -> Manner {
        let mut said = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key.value == key)?;
            self.boolean(&entry.value, &format!("`{key}`"))
        };
        Manner {
            ignore_case: said("ignore_case").unwrap_or(around.ignore_case),
            scalars: said("scalars").unwrap_or(around.scalars),
        }
    }

    fn operator(
        &mut self,
        entry: &Entry,
        what: &str,
        scope: Scope,
        manner: Manner,
    ) -> Option<Operator> {
        let node = &entry.value;
        let name = entry.key.value.as_str();
        if !OPERATORS.contains(&name) {
            self.unknown_operator(entry, what);
            return None;
        }
        if node.is_null() && !(name == "is" && node.is_written_null()) {
            self.null_value(node.span, &format!("`{name}`"));
            return None;
        }
        let called = format!("`{name}`");
        if let Some(relation) = relation(name)
            && let Some(field) = other_field(node)
        {
            return self.same_as(field, &called, relation, scope, manner);
        }
        Some(match name {
            "equals" | "in" => Operator::Equals(self.plain_values(node, &called, manner)?),
            "contains" => Operator::Contains(self.text_values(node, &called, manner)?),
            "contains_all" => Operator::ContainsAll(self.text_values(node, &called, manner)?),
            "starts_with" => Operator::StartsWith(self.text_values(node, &called, manner)?),
            "ends_with" => Operator::EndsWith(self.text_values(node, &called, manner)?),
            "glob" => {
                Operator::Glob(self.values(node, &called, manner, |lowerer, text, span| {
                    lowerer.check_glob(text, span);
                    Some(Glob::new(text))
                })?)
            }
            "regex" => {
                Operator::Regex(self.values(node, &called, manner, |lowerer, text, span| {
                    lowerer.pattern(text, span, manner.ignore_case)
                })?)
            }
            "gt" => Operator::Order(Ordering::Greater, self.bound(node, &called)?),
            "gte" => Operator::Order(Ordering::GreaterOrEqual, self.bound(node, &called)?),
            "lt" => Operator::Order(Ordering::Less, self.bound(node, &called)?),
            "lte" => Operator::Order(Ordering::LessOrEqual, self.bound(node, &called)?),
            "length" => Operator::Length(self.counts(node, &called, None)?),
            "prefix_length" => {
                Operator::PrefixLength(self.counts(node, &called, Some((0, 128)))?)
            }
            "schedule" => Operator::Schedule(Box::new(self.schedule(node)?)),
            "cidr" => {
                let manner = Manner::default();
                Operator::Cidr(self.values(node, &called, manner, |lowerer, text, span| {
                    lowerer.network(text, span)
                })?)
            }
            "account" => Operator::Account(Box::new(self.test(node, &called, scope, manner)?)),
            "exists" => Operator::Exists(self.boolean(node, &called)?),
            "is" => Operator::Is(self.kinds(node)?),
            "same_as" => self.same_as(node, &called, Relation::Same, scope, manner)?,
            "any_element" => Operator::AnyElement(self.block(node, &called, Scope::Element)?),
            "every_element" => Operator::EveryElement(self.block(node, &called, Scope::Element)?),
            "no_element" => Operator::NoElement(self.block(node, &called, Scope::Element)?),
            "any_entry" => Operator::AnyEntry(self.block(node, &called, Scope::Entry)?),
            "json" => Operator::Json(self.block(node, &called, Scope::Element)?),
            "not" => Operator::Not(Box::new(self.test(node, &called, scope, manner)?)),
            _ => return None,
        })
    }

    fn same_as(
        &mut self,
        field: &Node,
        what: &str,
        relation: Relation,
        scope: Scope,
        manner: Manner,
    ) -> Option<Operator> {
        let text = self.text(field, what)?;
        let selector = self.selector(text, field.span, scope)?;
        Some(Operator::SameAs {
            selector,
            relation,
            ignore_case: manner.ignore_case,
        })
    }

    fn block(&mut self, node: &Node, what: &str, scope: Scope) -> Option<Box<Clause>> {
        if node.as_mapping().is_none() {
            let help = match scope {
                Scope::Entry => "write what the entry must be: `{key: ..., value: ...}`",
                _ => "write what the element must be: `{this: value}` or `{name: value}`",
            };
            self.wrong_type(node, what, "a mapping", Some(help.to_owned()));
            return None;
        }
        self.condition(node, what, scope).map(Box::new)
    }

    fn kinds(&mut self, node: &Node) -> Option<Vec<Kind>> {
        if node.as_sequence().is_some() {
            let items = self.list(node, "`is`")?;
            let kinds: Vec<_> = items.iter().map(|item| self.kind(item)).collect();
            return kinds.into_iter().collect();
        }
        Some(vec![self.kind(node)?])
    }

    /// `null` without quotes is a kind like the others here.
    fn kind(&mut self, node: &Node) -> Option<Kind> {
        if node.is_written_null() {
            return Some(Kind::Null);
        }
        self.word(node, "`is`", Kind::ALL)
    }

    pub(crate) fn pattern(&mut self, text: &str, span: Span, ignore_case: bool) -> Option<Pattern> {
        if self.trusted {
            return Some(Pattern::trusted(text, ignore_case));
        }
        match Pattern::new(text, ignore_case) {
            Ok(pattern) => Some(pattern),
            Err(regex::Error::CompiledTooBig(limit)) => {
                self.report(
                    Diagnostic::new(Code::BadRegex, "the regular expression compiles too large")
                        .at(span, format!("takes more than {} MiB", limit >> 20))
                        .help("use smaller repetition counts, or several patterns in a list"),
                );
                None
            }
            Err(_) => {
                self.bad_regex(text, span);
                None
            }
        }
    }

    /// The regex crate's own message spans lines; its parser says the place.
    fn bad_regex(&mut self, text: &str, span: Span) {
        let (reason, start, end) = match regex_syntax::Parser::new().parse(text) {
            Err(regex_syntax::Error::Parse(error)) => {
                let at = error.span();
                (error.kind().to_string(), at.start.offset, at.end.offset)
            }
            Err(regex_syntax::Error::Translate(error)) => {
                let at = error.span();
                (error.kind().to_string(), at.start.offset, at.end.offset)
            }
            _ => ("not understood".to_owned(), 0, text.len()),
        };
        let help = if text.contains("(?=") || text.contains("(?!") || text.contains("(?<") {
            "look-around and back-references are not supported: matching stays linear in time; \
             use `not` beside a simpler pattern"
        } else {
            "the syntax is that of Rust's regex crate; escape special characters with a backslash, \
             and quote the value with single quotes so that YAML leaves backslashes alone"
        };
        let written = self.definitions.written(span).to_owned();
        self.report(
            Diagnostic::new(
                Code::BadRegex,
                format!("the regular expression is wrong: {reason}"),
            )
            .at(
                super::fields::inside(&written, text, span, start, end),
                "here",
            )
            .help(help),
        );
    }

    fn null_value(&mut self, span: Span, what: &str) {
        self.report(
            Diagnostic::new(Code::NullValue, format!("{what} is compared with null"))
                .at(span, "null, or nothing at all")
                .help("say which is meant: `{is: null}` for a null, `{is: missing}` for no field, `{exists: false}` for either; the text is written \"null\""),
        );
    }

    fn unknown_operator(&mut self, entry: &Entry, what: &str) {
        let name = entry.key.value.as_str();
        let field = what.trim_matches('`');
        let first_key = name.split('.').next().unwrap_or(name);
        let nested = matches!(
            check_path(&[field, first_key]),
            FieldCheck::Known | FieldCheck::Open
        ) && field.chars().next().is_some_and(char::is_alphabetic);
        let help = if nested {
            format!(
                "to test a field inside `{field}`, write the path in one: `{field}.{name}: ...`"
            )
        } else if let Some(near) = sigma_name(name) {
            format!("write `{near}`")
        } else if let Some(near) = did_you_mean(name, OPERATORS.iter().copied()) {
            format!("did you mean `{near}`?")
        } else if name == "list" {
            "`list` stands alone: `{list: name}`, or as an entry of a list of values".to_owned()
        } else {
            format!("the operators are: {}", OPERATORS.join(", "))
        };
        self.report(
            Diagnostic::new(
                Code::UnknownOperator,
                format!("there is no operator `{name}`"),
            )
            .at(entry.key.span, "not known")
            .help(help),
        );
    }
}

/// How the operators that take `{field: other}` compare with what stands there.
fn relation(operator: &str) -> Option<Relation> {
    Some(match operator {
        "contains" => Relation::Contains,
        "starts_with" => Relation::StartsWith,
        "ends_with" => Relation::EndsWith,
        _ => return None,
    })
}

/// The other field that an operand names: `{field: userIdentity.userName}`.
fn other_field(operand: &Node) -> Option<&Node> {
    match operand.as_mapping()? {
        [only] if only.key.value == "field" => Some(&only.value),
        _ => None,
    }
}

/// Operators of other rule languages under the name they have here.
fn sigma_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "startswith" | "prefix" | "begins_with" => "starts_with",
        "endswith" | "suffix" => "ends_with",
        "re" | "matches" | "match" | "pattern" => "regex",
        "eq" | "equal" | "is_equal" | "value" => "equals",
        "ne" | "neq" | "not_equals" => "not: value",
        "not_in" => "not: [a, b]",
        "contains_any" => "contains: [a, b]",
        "ge" => "gte",
        "le" => "lte",
        "wildcard" | "like" => "glob",
        "exist" => "exists",
        "one_of" | "any_of" | "oneof" => "in",
        "cased" | "case_insensitive" | "nocase" => "ignore_case: true",
        "fieldref" | "equals_field" => "same_as",
        "type" => "is",
        _ => return None,
    })
}
