//! What a rule asks of an event: a tree of clauses over fields.

use std::collections::BTreeSet;

use super::selector::Selector;
use super::value::{Bound, Glob, Network, Pattern, Schedule, TimePart, Values};
use crate::diagnostic::Span;

/// Numbers the clauses of one rule, depth first, from 0. Stable for one text
/// of the rule, so that traces and test coverage can name a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClauseId(pub u32);

/// One node of the condition.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its number in the rule.
    pub id: ClauseId,
    /// Where it is written.
    pub span: Span,
    /// What it asks.
    pub kind: ClauseKind,
}

/// The kinds of clause.
#[derive(Debug, Clone)]
pub enum ClauseKind {
    /// Every one holds: the entries of a mapping, or `all:`.
    All(Vec<Clause>),
    /// At least one holds: `any:`.
    Any(Vec<Clause>),
    /// None holds: `none:`.
    None(Vec<Clause>),
    /// It does not hold: `not:`.
    Not(Box<Clause>),
    /// A macro's condition, in the place that names it.
    Macro {
        /// The macro's name.
        name: String,
        /// What it is the name of.
        of: Named,
        /// Its condition, numbered as part of this rule.
        body: Box<Clause>,
    },
    /// A test of a field.
    Field {
        /// Which nodes of the event.
        selector: Selector,
        /// What is asked of them.
        test: Test,
    },
}

/// What a named condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A macro, which rules share: what is inside it is not one rule's to test.
    Macro,
    /// A part of this very rule, such as a selection of Sigma.
    Selection,
    /// A filter of Sigma, which rules share.
    Filter,
}

impl Named {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Named::Macro => "macro",
            Named::Selection => "selection",
            Named::Filter => "filter",
        }
    }
}

/// A mapping of operators (a lone scalar or list is `equals` or `in`).
///
/// A test holds for a selector when some node satisfies every predicate. A test
/// that is a single `not` holds when no node satisfies the inner test. Where
/// there is no node, only `exists: false`, `is: missing` and `not` can hold.
#[derive(Debug, Clone)]
pub struct Test {
    /// Where it is written.
    pub span: Span,
    /// What must hold on one node; never empty.
    pub predicates: Vec<Predicate>,
}

impl Test {
    /// The inner test, when this test is a single `not`.
    pub fn lone_not(&self) -> Option<&Test> {
        match self.predicates.as_slice() {
            [
                Predicate {
                    op: Operator::Not(inner),
                    ..
                },
            ] => Some(inner),
            _ => None,
        }
    }
}

/// One operator with its operand.
#[derive(Debug, Clone)]
pub struct Predicate {
    /// The operator and its operand as written.
    pub span: Span,
    /// What it asks of a node.
    pub op: Operator,
}

/// The operators of the language.
///
/// On an array, all but `Length`, `Exists`, `Is` (of `array`, `empty`, `null`,
/// `missing`) and the element blocks hold if one element satisfies them, one
/// level deep.
#[derive(Debug, Clone)]
pub enum Operator {
    /// `equals`, `in`: scalar equality with one of the values.
    Equals(Values<String>),
    /// `contains`: a string that contains one of the values.
    Contains(Values<String>),
    /// `contains_all`: a string that contains all of the values.
    ContainsAll(Values<String>),
    /// `starts_with`: a string that starts with one of the values.
    StartsWith(Values<String>),
    /// `ends_with`: a string that ends with one of the values.
    EndsWith(Values<String>),
    /// `glob`: a string that one of the globs matches as a whole.
    Glob(Values<Glob>),
    /// `regex`: a string that one of the patterns matches somewhere.
    Regex(Values<Pattern>),
    /// `gt`, `gte`, `lt`, `lte`.
    Order(Ordering, Bound),
    /// `length` of a string (in characters), an array or an object.
    Length(Vec<CountTest>),
    /// `schedule`: a time inside it.
    Schedule(Box<Schedule>),
    /// A part of a time as it is written: its hour, its week.
    TimePart(TimePart, Vec<CountTest>),
    /// `cidr`: an address or a network wholly inside one of the networks.
    Cidr(Values<Network>),
    /// `prefix_length` of an address or a network.
    PrefixLength(Vec<CountTest>),
    /// `account`: a test of the account id in an ARN, or of a bare one.
    Account(Box<Test>),
    /// `exists`: a value is there and is not null, or is not.
    Exists(bool),
    /// `is`: of one of these kinds.
    Is(Vec<Kind>),
    /// `same_as`: equal text to some node of another selector.
    SameAs {
        /// The other selector, in the same scope.
        selector: Selector,
        /// How the text stands to that of the other; rules in YAML say equal alone.
        relation: Relation,
        /// Whether `ignore_case` covers the comparison.
        ignore_case: bool,
    },
    /// `any_element`: the block holds on some element.
    AnyElement(Box<Clause>),
    /// `every_element`: there are elements and the block holds on each.
    EveryElement(Box<Clause>),
    /// `no_element`: exactly `not: {any_element}`.
    NoElement(Box<Clause>),
    /// `any_entry`: the block holds on some entry of an object.
    AnyEntry(Box<Clause>),
    /// `json`: the block holds on the document that a string holds.
    Json(Box<Clause>),
    /// `not`: the test does not hold on the node.
    Not(Box<Test>),
}

impl Operator {
    /// The named lists among whose values it asks for one.
    pub fn lists(&self) -> &[String] {
        match self {
            Operator::Equals(values)
            | Operator::Contains(values)
            | Operator::ContainsAll(values)
            | Operator::StartsWith(values)
            | Operator::EndsWith(values) => &values.lists,
            Operator::Glob(values) => &values.lists,
            Operator::Regex(values) => &values.lists,
            Operator::Cidr(values) => &values.lists,
            _ => &[],
        }
    }

    /// Whether it is a text operator that asks numbers and booleans too.
    pub fn asks_scalars(&self) -> bool {
        match self {
            Operator::Contains(values)
            | Operator::ContainsAll(values)
            | Operator::StartsWith(values)
            | Operator::EndsWith(values) => values.scalars,
            Operator::Glob(values) => values.scalars,
            Operator::Regex(values) => values.scalars,
            _ => false,
        }
    }
}

/// How one text stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They are the same.
    Same,
    /// It starts with the other.
    StartsWith,
    /// It ends with the other.
    EndsWith,
    /// It contains the other.
    Contains,
}

impl Relation {
    /// Whether a text stands so to another.
    pub fn holds(self, text: &str, other: &str) -> bool {
        match self {
            Relation::Same => text == other,
            Relation::StartsWith => text.starts_with(other),
            Relation::EndsWith => text.ends_with(other),
            Relation::Contains => text.contains(other),
        }
    }
}

/// The four orderings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordering {
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
}

impl Ordering {
    /// Whether `found` stands in this relation to the bound, given how it compares.
    pub fn admits(self, found_to_bound: std::cmp::Ordering) -> bool {
        match self {
            Ordering::Greater => found_to_bound.is_gt(),
            Ordering::GreaterOrEqual => found_to_bound.is_ge(),
            Ordering::Less => found_to_bound.is_lt(),
            Ordering::LessOrEqual => found_to_bound.is_le(),
        }
    }

    /// The operator's name.
    pub fn name(self) -> &'static str {
        match self {
            Ordering::Greater => "gt",
            Ordering::GreaterOrEqual => "gte",
            Ordering::Less => "lt",
            Ordering::LessOrEqual => "lte",
        }
    }
}

/// A test of a count: `length: 3`, `length: {gte: 3, lt: 9}`. Several must all hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountTest {
    /// Exactly this many.
    Exactly(u64),
    /// In this relation to the bound.
    Order(Ordering, u64),
}

impl CountTest {
    /// Whether a count passes.
    pub fn admits(self, count: u64) -> bool {
        match self {
            CountTest::Exactly(wanted) => count == wanted,
            CountTest::Order(order, bound) => order.admits(count.cmp(&bound)),
        }
    }
}

/// What `is` can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A string that is an IP address of either version.
    Ip,
    /// A string that is an IPv4 address.
    Ipv4,
    /// A string that is an IPv6 address.
    Ipv6,
    /// An address that the public internet does not route; see [`Network`].
    PrivateIp,
    /// An address that is not `private_ip`.
    PublicIp,
    /// An AWS service's name: `cloudtrail.amazonaws.com`, `AWS Internal`.
    AwsService,
    /// A string that is an ARN.
    Arn,
    /// A string of exactly twelve digits.
    AccountId,
    /// A null.
    Null,
    /// No node at all.
    Missing,
    /// An empty string, array or object.
    Empty,
    /// A JSON string.
    String,
    /// A JSON number.
    Number,
    /// A JSON boolean.
    Boolean,
    /// A JSON array.
    Array,
    /// A JSON object.
    Object,
}

impl Kind {
    /// All kinds with the names they have in rules.
    pub const ALL: &'static [(&'static str, Kind)] = &[
        ("ip", Kind::Ip),
        ("ipv4", Kind::Ipv4),
        ("ipv6", Kind::Ipv6),
        ("private_ip", Kind::PrivateIp),
        ("public_ip", Kind::PublicIp),
        ("aws_service", Kind::AwsService),
        ("arn", Kind::Arn),
        ("account_id", Kind::AccountId),
        ("null", Kind::Null),
        ("missing", Kind::Missing),
        ("empty", Kind::Empty),
        ("string", Kind::String),
        ("number", Kind::Number),
        ("boolean", Kind::Boolean),
        ("array", Kind::Array),
        ("object", Kind::Object),
    ];

    /// The name in rules.
    pub fn name(self) -> &'static str {
        Kind::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    /// Whether the kind is asked of an array itself rather than of its elements.
    pub fn is_of_whole(self) -> bool {
        matches!(self, Kind::Array | Kind::Empty | Kind::Null | Kind::Missing)
    }
}

impl Clause {
    /// Visits this clause and all below it, blocks inside operators included.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Clause)) {
        visit(self);
        match &self.kind {
            ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
                list.iter().for_each(|clause| clause.walk(visit));
            }
            ClauseKind::Not(body) | ClauseKind::Macro { body, .. } => body.walk(visit),
            ClauseKind::Field { test, .. } => test.walk(visit),
        }
    }

    /// The named lists that it compares with.
    pub fn lists(&self) -> BTreeSet<&str> {
        let mut lists = BTreeSet::new();
        self.walk(&mut |clause| {
            if let ClauseKind::Field { test, .. } = &clause.kind {
                test.gather_lists(&mut lists);
            }
        });
        lists
    }
}

impl Test {
    fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Clause)) {
        for predicate in &self.predicates {
            match &predicate.op {
                Operator::AnyElement(block)
                | Operator::EveryElement(block)
                | Operator::NoElement(block)
                | Operator::AnyEntry(block)
                | Operator::Json(block) => block.walk(visit),
                Operator::Account(test) | Operator::Not(test) => test.walk(visit),
                _ => {}
            }
        }
    }

    /// Adds the lists of its own operators; those of blocks are of their clauses.
    fn gather_lists<'a>(&'a self, lists: &mut BTreeSet<&'a str>) {
        for predicate in &self.predicates {
            match &predicate.op {
                Operator::Account(test) | Operator::Not(test) => test.gather_lists(lists),
                op => lists.extend(op.lists().iter().map(String::as_str)),
            }
        }
    }
}
