//! How a rule is run, for people who want to know why it is fast or slow.
//!
//! In come a program and one of its rules; out comes a [`Plan`]: which events
//! meet the rule, what they are asked then and in which order, and what of it is
//! shared with other rules.

use std::collections::HashMap;

use super::column::only_slot;
use super::settle::is_about_names;
use crate::compile::{self, Atom, AtomId, Check, Expr, Program, TextKind};

/// How a rule is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How many rules are run, this one included.
    pub rules: usize,
    /// Which events meet it.
    pub witness: Witness,
    /// How many other rules are looked up by the same.
    pub beside: usize,
    /// What must hold, in the order it is asked.
    pub terms: Vec<Term>,
}

/// What of an event's source and name a rule cannot match without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Witness {
    /// The name is one of these.
    EventName(Names),
    /// The source is one of these; nothing of the kind is known of the name.
    EventSource(Names),
    /// The two are asked something else, such as a pattern.
    Other,
    /// Neither is asked anything: every event meets the rule.
    Nothing,
}

/// The names that a rule is looked up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The names; folded where case is no matter.
    pub values: Vec<String>,
    /// Whether names in another case are looked up too.
    pub ignore_case: bool,
}

/// One of the conditions that must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// How it is answered.
    pub answered: Answered,
    /// What is asked.
    pub question: Question,
}

/// How a condition is answered, in the order that conditions are asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answered {
    /// Once for each pair of source and name.
    ByPair,
    /// It looks at one field: what a value comes to is remembered.
    ByValue,
    /// It looks at several fields: asked of the events that are left, unless
    /// source and name leave one field of it.
    ByEvent,
    /// By the reference evaluator alone, on the parsed record.
    ByReference,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A test of one field.
    Predicate(Predicate),
    /// All of these.
    All(Vec<Question>),
    /// Any of these.
    Any(Vec<Question>),
    /// A selector that is not walked, such as a JSONPath filter.
    Unwalked,
}

/// A test of a field, the same for all rules that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicate {
    /// The field's path, as far as it is walked.
    pub field: String,
    /// Whether it must not hold.
    pub negated: bool,
    /// What must hold together on one node.
    pub operators: Vec<Operator>,
    /// How many other rules ask the same.
    pub shared: usize,
    /// Why a part of it is left to the reference evaluator, if one is.
    pub left: Option<Left>,
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Its name in rules.
    pub name: &'static str,
    /// How many values it has, where it has some.
    pub values: Option<usize>,
    /// What is within it: `not`, `account`.
    pub inner: Vec<Operator>,
}

/// Why something is left to the reference evaluator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The path goes on with steps that are not walked, such as a wildcard.
    Below,
    /// Blocks are not looked into, only whether there is anything in them.
    Block,
    /// The other field of `same_as` is not walked.
    OtherField,
}

impl Plan {
    /// The plan of a rule of a program.
    pub(in crate::engine) fn new(program: &Program, rule: usize) -> Option<Plan> {
        let terms = program.rules.get(rule)?;
        let witness = compile::Witness::of(terms, &program.atoms, &program.facts);
        let planner = Planner {
            program,
            users: users(program),
        };
        let mut terms: Vec<Term> = terms.iter().map(|term| planner.term(term)).collect();
        terms.sort_by_key(|term| term.answered);
        Some(Plan {
            rules: program.rules.len(),
            beside: program.index.alike(&witness).saturating_sub(1),
            witness: Witness::from(witness),
            terms,
        })
    }
}

impl From<compile::Witness<'_>> for Witness {
    fn from(witness: compile::Witness<'_>) -> Self {
        let texts = |equals: &compile::Equals| {
            let mut texts: Vec<String> = equals.texts.iter().map(str::to_owned).collect();
            texts.sort();
            Names {
                values: texts,
                ignore_case: equals.ignore_case,
            }
        };
        match witness {
            compile::Witness::Name(equals) => Witness::EventName(texts(equals)),
            compile::Witness::Source(equals) => Witness::EventSource(texts(equals)),
            compile::Witness::Other => Witness::Other,
            compile::Witness::Nothing => Witness::Nothing,
        }
    }
}

/// How many rules have each atom.
fn users(program: &Program) -> HashMap<AtomId, usize> {
    let mut users = HashMap::new();
    for terms in &program.rules {
        let mut own = Vec::new();
        for term in terms {
            term.atoms(&mut |id| own.push(id));
        }
        own.sort_unstable();
        own.dedup();
        for id in own {
            *users.entry(id).or_default() += 1;
        }
    }
    users
}

struct Planner<'p> {
    program: &'p Program,
    users: HashMap<AtomId, usize>,
}

impl Planner<'_> {
    fn term(&self, expr: &Expr) -> Term {
        Term {
            answered: self.answered(expr),
            question: self.question(expr),
        }
    }

    fn answered(&self, expr: &Expr) -> Answered {
        let (mut some, mut names) = (false, true);
        expr.atoms(&mut |id| {
            some = true;
            names &= is_about_names(self.program, &self.program.atoms[id.index()]);
        });
        if !some {
            Answered::ByReference
        } else if names {
            Answered::ByPair
        } else if only_slot(self.program, expr).is_some() {
            Answered::ByValue
        } else {
            Answered::ByEvent
        }
    }

    fn question(&self, expr: &Expr) -> Question {
        let questions = |each: &[Expr]| each.iter().map(|expr| self.question(expr)).collect();
        match expr {
            Expr::Atom { id, holds } => Question::Predicate(self.predicate(*id, *holds)),
            Expr::Unknown => Question::Unwalked,
            Expr::All(each) => Question::All(questions(each)),
            Expr::Any(each) => Question::Any(questions(each)),
        }
    }

    fn predicate(&self, id: AtomId, holds: bool) -> Predicate {
        let atom = &self.program.atoms[id.index()];
        Predicate {
            field: self.field(atom),
            negated: !holds,
            operators: operators(&atom.checks),
            shared: self.users.get(&id).map_or(0, |users| users - 1),
            left: left(atom),
        }
    }

    /// As selectors are written: `a.b`, or `$.a.b` where arrays do not fan out.
    fn field(&self, atom: &Atom) -> String {
        let keys = self.program.trie.path(atom.source.slot).iter();
        let plain = |key: &str| {
            !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_@".contains(c))
        };
        let keys = keys.map(|key| match plain(key) {
            true => key.to_string(),
            false => format!("{key:?}"),
        });
        let path = keys.collect::<Vec<_>>().join(".");
        if atom.source.strict {
            format!("$.{path}")
        } else {
            path
        }
    }
}

fn left(atom: &Atom) -> Option<Left> {
    fn of(check: &Check) -> Option<Left> {
        match check {
            Check::AnyElement
            | Check::EveryElement
            | Check::NoElement
            | Check::AnyEntry
            | Check::Json => Some(Left::Block),
            Check::SameAs { other: None, .. } => Some(Left::OtherField),
            Check::SameAs {
                other: Some(other), ..
            } if other.below => Some(Left::OtherField),
            Check::Account(checks) | Check::Not(checks) => checks.iter().find_map(of),
            _ => None,
        }
    }
    if atom.source.below {
        return Some(Left::Below);
    }
    atom.checks.iter().find_map(of)
}

fn operators(checks: &[Check]) -> Vec<Operator> {
    checks.iter().map(operator).collect()
}

fn operator(check: &Check) -> Operator {
    let mut inner = Vec::new();
    let (name, values) = match check {
        Check::Equals(equals) => ("equals", Some(equals.texts.iter().count())),
        Check::Text(text) => match &text.kind {
            TextKind::Contains(values) => ("contains", Some(values.len())),
            TextKind::ContainsAll(values) => ("contains_all", Some(values.len())),
            TextKind::StartsWith(values) => ("starts_with", Some(values.len())),
            TextKind::EndsWith(values) => ("ends_with", Some(values.len())),
            TextKind::Glob(values) => ("glob", Some(values.len())),
            TextKind::Regex(values) => ("regex", Some(values.len())),
            TextKind::Cidr(values) => ("cidr", Some(values.len())),
            TextKind::PrefixLength(_) => ("prefix_length", None),
        },
        Check::Order(order, _) => (order.name(), None),
        Check::Schedule(_) => ("schedule", None),
        Check::TimePart(part, _) => (part.name(), None),
        Check::Account(checks) => {
            inner = operators(checks);
            ("account", None)
        }
        Check::SameAs { .. } => ("same_as", None),
        Check::Length(_) => ("length", None),
        Check::Exists(true) => ("exists", None),
        Check::Exists(false) => ("exists: false", None),
        Check::Is { whole, each } => ("is", Some(whole.len() + each.len())),
        Check::AnyElement => ("any_element", None),
        Check::EveryElement => ("every_element", None),
        Check::NoElement => ("no_element", None),
        Check::AnyEntry => ("any_entry", None),
        Check::Json => ("json", None),
        Check::Not(checks) => {
            inner = operators(checks);
            ("not", None)
        }
    };
    Operator {
        name,
        values,
        inner,
    }
}

#[cfg(test)]
mod tests;
