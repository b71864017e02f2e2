//! Conditions for the tests, written as JSON the way rules write them in YAML.

use std::cell::Cell;

use jsonpath_rust::parser::parse_json_path;
use serde_json::Value;

use crate::diagnostic::{SourceMap, Span, Spanned};
use crate::event::parse_rfc3339;
use crate::rule::clause::{
    Clause, ClauseId, ClauseKind, CountTest, Kind, Named, Operator, Ordering, Predicate, Relation,
    Test,
};
use crate::rule::selector::{Path, Root, Selector, Step};
use crate::rule::value::{
    Bound, ClockTime, Glob, Network, Number, Pattern, Schedule, TimePart, Values, Weekday,
};

/// A condition: `{"a.b": "x", "any": [{..}, {..}]}`.
pub fn condition(written: &Value) -> Clause {
    let builder = Builder { next: Cell::new(0) };
    builder.mapping(written, Root::Event)
}

/// A selector outside blocks.
pub fn selector(text: &str) -> Selector {
    selector_in(text, Root::Event, span(0))
}

/// A selector of a message's `{matched...}`.
pub fn matched_selector(text: &str) -> Selector {
    selector_in(text, Root::Element, span(0))
}

struct Builder {
    next: Cell<u32>,
}

fn span(number: usize) -> Span {
    let source = SourceMap::new().add("test", "");
    Span::new(source, number, number + 1)
}

impl Builder {
    /// Each clause and predicate has a span of its own, its number.
    fn number(&self) -> (ClauseId, Span) {
        let number = self.next.get();
        self.next.set(number + 1);
        (ClauseId(number), span(number as usize))
    }

    fn mapping(&self, written: &Value, root: Root) -> Clause {
        let (id, span) = self.number();
        let entries = written.as_object().expect("a mapping");
        let clauses = entries
            .iter()
            .map(|(key, value)| self.entry(key, value, root));
        Clause {
            id,
            span,
            kind: ClauseKind::All(clauses.collect()),
        }
    }

    fn entry(&self, key: &str, value: &Value, root: Root) -> Clause {
        let (id, span) = self.number();
        let list = || {
            let items = value.as_array().expect("a list");
            items.iter().map(|item| self.mapping(item, root)).collect()
        };
        let kind = match key {
            "all" => ClauseKind::All(list()),
            "any" => ClauseKind::Any(list()),
            "none" => ClauseKind::None(list()),
            "not" => ClauseKind::Not(Box::new(self.mapping(value, root))),
            "macro" => ClauseKind::Macro {
                of: Named::Macro,
                name: "named".to_owned(),
                body: Box::new(self.mapping(value, root)),
            },
            _ => ClauseKind::Field {
                selector: selector_in(key, root, span),
                test: self.test(value, root, false),
            },
        };
        Clause { id, span, kind }
    }

    fn test(&self, written: &Value, root: Root, outer_ignore_case: bool) -> Test {
        let (_, span) = self.number();
        let Some(operators) = written.as_object() else {
            let predicates = vec![Predicate {
                span,
                op: Operator::Equals(values(written, false, str::to_owned)),
            }];
            return Test { span, predicates };
        };
        let ignore_case = outer_ignore_case || operators.contains_key("ignore_case");
        let predicates = operators
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "ignore_case" | "scalars"))
            .map(|(name, operand)| {
                let mut op = self.operator(name, operand, root, ignore_case);
                if operators.contains_key("scalars") {
                    ask_scalars(&mut op);
                }
                Predicate {
                    span: self.number().1,
                    op,
                }
            });
        let predicates: Vec<_> = predicates.collect();
        Test { span, predicates }
    }

    fn operator(&self, name: &str, operand: &Value, root: Root, ignore_case: bool) -> Operator {
        let texts = || values(operand, ignore_case, str::to_owned);
        let block = |root| Box::new(self.mapping(operand, root));
        match name {
            "equals" | "in" => Operator::Equals(texts()),
            "contains" => Operator::Contains(texts()),
            "contains_all" => Operator::ContainsAll(texts()),
            "starts_with" => Operator::StartsWith(texts()),
            "ends_with" => Operator::EndsWith(texts()),
            "glob" => Operator::Glob(values(operand, ignore_case, Glob::new)),
            "regex" => Operator::Regex(values(operand, ignore_case, |text| {
                Pattern::new(text, ignore_case).unwrap()
            })),
            "gt" | "gte" | "lt" | "lte" => Operator::Order(ordering(name), bound(operand)),
            "length" => Operator::Length(counts(operand)),
            "prefix_length" => Operator::PrefixLength(counts(operand)),
            "schedule" => Operator::Schedule(Box::new(office_hours())),
            "cidr" => Operator::Cidr(values(operand, false, |text| Network::parse(text).unwrap())),
            "account" => Operator::Account(Box::new(self.test(operand, root, ignore_case))),
            "exists" => Operator::Exists(operand.as_bool().unwrap()),
            "is" => Operator::Is(texts().items.iter().map(|item| kind(&item.value)).collect()),
            "hour" => Operator::TimePart(TimePart::Hour, counts(operand)),
            "week" => Operator::TimePart(TimePart::Week, counts(operand)),
            "same_as" | "starts_as" | "ends_as" | "holds" => {
                let text = operand.as_str().unwrap();
                Operator::SameAs {
                    relation: match name {
                        "starts_as" => Relation::StartsWith,
                        "ends_as" => Relation::EndsWith,
                        "holds" => Relation::Contains,
                        _ => Relation::Same,
                    },
                    selector: selector_in(text, root, span(0)),
                    ignore_case,
                }
            }
            "any_element" => Operator::AnyElement(block(Root::Element)),
            "every_element" => Operator::EveryElement(block(Root::Element)),
            "no_element" => Operator::NoElement(block(Root::Element)),
            "any_entry" => Operator::AnyEntry(block(Root::EntryValue)),
            "json" => Operator::Json(block(Root::Element)),
            "not" => Operator::Not(Box::new(self.test(operand, root, ignore_case))),
            other => panic!("no operator {other}"),
        }
    }
}

/// Makes a text operator one of numbers and booleans too; no rule in YAML says so.
fn ask_scalars(op: &mut Operator) {
    match op {
        Operator::Contains(values)
        | Operator::ContainsAll(values)
        | Operator::StartsWith(values)
        | Operator::EndsWith(values) => values.scalars = true,
        Operator::Glob(values) => values.scalars = true,
        Operator::Regex(values) => values.scalars = true,
        _ => {}
    }
}

/// Blocks of `any_entry` have the root `EntryValue` here, which tells their two
/// selectors from others; `=` in a key keeps apart two clauses on one selector.
fn selector_in(text: &str, root: Root, span: Span) -> Selector {
    let text = text.trim_end_matches('=');
    let (root, path) = if text.starts_with('$') {
        let query = parse_json_path(text).unwrap();
        (Root::Event, Path::Query(Box::new(query)))
    } else {
        let steps = text.split('.').map(step);
        match (root, text.split('.').next()) {
            (Root::EntryValue, Some("key")) => (Root::EntryKey, Path::Steps(Vec::new())),
            (Root::EntryValue, Some("value")) => {
                (Root::EntryValue, Path::Steps(steps.skip(1).collect()))
            }
            (_, Some("this" | "")) => (root, Path::Steps(Vec::new())),
            _ => (root, Path::Steps(steps.collect())),
        }
    };
    Selector {
        text: text.to_owned(),
        span,
        root,
        path,
    }
}

/// `*` and `#1` stand for the steps that only JSONPath writes, `@x` for its names.
fn step(text: &str) -> Step {
    match (text, text.strip_prefix('#'), text.strip_prefix('@')) {
        ("*", _, _) => Step::Wildcard,
        (_, Some(index), _) => Step::Index(index.parse().unwrap()),
        (_, _, Some(name)) => Step::Member(name.to_owned()),
        _ => Step::Key(text.to_owned()),
    }
}

fn values<T>(written: &Value, ignore_case: bool, read: impl Fn(&str) -> T) -> Values<T> {
    let one = std::slice::from_ref(written);
    let items = written.as_array().map_or(one, Vec::as_slice).iter();
    let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let items = items.map(|item| Spanned::new(read(&text(item)), span(0)));
    Values {
        scalars: false,
        items: items.collect(),
        ignore_case,
        lists: Vec::new(),
    }
}

fn ordering(name: &str) -> Ordering {
    match name {
        "gt" => Ordering::Greater,
        "gte" => Ordering::GreaterOrEqual,
        "lt" => Ordering::Less,
        "lte" => Ordering::LessOrEqual,
        other => panic!("no ordering {other}"),
    }
}

fn bound(operand: &Value) -> Bound {
    match operand.as_str() {
        Some(text) => Bound::Time(parse_rfc3339(text).unwrap()),
        None => Bound::Number(Number::parse(&operand.to_string()).unwrap()),
    }
}

fn counts(operand: &Value) -> Vec<CountTest> {
    match operand.as_object() {
        None => vec![CountTest::Exactly(operand.as_u64().unwrap())],
        Some(bounds) => bounds
            .iter()
            .map(|(name, bound)| CountTest::Order(ordering(name), bound.as_u64().unwrap()))
            .collect(),
    }
}

fn kind(name: &str) -> Kind {
    let mut kinds = Kind::ALL.iter();
    kinds.find(|(known, _)| *known == name).unwrap().1
}

/// Mondays, 08:00 to 18:00 UTC.
fn office_hours() -> Schedule {
    Schedule {
        days: vec![Weekday::Monday],
        from: ClockTime::parse("08:00").unwrap(),
        to: ClockTime::parse("18:00").unwrap(),
        zone: jiff::tz::TimeZone::UTC,
        except: Vec::new(),
    }
}
