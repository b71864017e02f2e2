//! Clauses that can never hold, alone or together.
//!
//! Operators of one mapping look at one node, those of two clauses perhaps at
//! two: a field that may hold or pass through an array can be two things at
//! once. So most pairs contradict only on a field that holds one scalar.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Level};
use crate::event::catalogue::FieldKind;

use super::super::clause::{CountTest, Kind, Operator, Ordering, Predicate, Test};
use super::super::selector::Selector;
use super::super::value::{Bound, Number, Values, fold};
use super::conjunction::Conjunction;
use super::field::{is_single, place, scalar_kind};

pub(super) fn check(conjunction: &Conjunction<'_, '_>, found: &mut Vec<Diagnostic>) {
    let mut by_field: BTreeMap<String, Vec<&Test>> = BTreeMap::new();
    for field in &conjunction.fields {
        of_one_test(field.selector, field.test, found);
        let tests = by_field.entry(place(field.selector)).or_default();
        for other in tests.iter() {
            of_two_tests(field.selector, other, field.test, found);
        }
        tests.push(field.test);
    }
}

/// What two predicates are asked of.
#[derive(Clone, Copy)]
struct Together {
    /// One and the same node.
    same_node: bool,
    /// A field of one node, which may be an array.
    single: bool,
    /// A field of one scalar.
    scalar: bool,
}

fn of_one_test(selector: &Selector, test: &Test, found: &mut Vec<Diagnostic>) {
    let together = Together {
        same_node: true,
        single: is_single(selector),
        scalar: scalar_kind(selector).is_some(),
    };
    for (index, predicate) in test.predicates.iter().enumerate() {
        alone(selector, predicate, found);
        for other in &test.predicates[..index] {
            found.extend(conflict(other, predicate, together));
        }
        if let Operator::Not(inner) = &predicate.op {
            of_one_test(selector, inner, found);
        }
    }
}

fn of_two_tests(selector: &Selector, first: &Test, second: &Test, found: &mut Vec<Diagnostic>) {
    let together = Together {
        same_node: false,
        single: is_single(selector),
        scalar: scalar_kind(selector).is_some(),
    };
    for predicate in &second.predicates {
        for other in &first.predicates {
            // A lone `not` is about every node, so it meets any other test.
            let meets_all = first.lone_not().is_some() || second.lone_not().is_some();
            let together = Together {
                same_node: meets_all && is_not(other) != is_not(predicate),
                ..together
            };
            found.extend(conflict(other, predicate, together));
        }
    }
}

fn is_not(predicate: &Predicate) -> bool {
    matches!(predicate.op, Operator::Not(_))
}

/// Predicates that nothing satisfies.
fn alone(selector: &Selector, predicate: &Predicate, found: &mut Vec<Diagnostic>) {
    if let Operator::Length(counts) | Operator::PrefixLength(counts) = &predicate.op
        && !some_count(counts)
    {
        found.push(
            Diagnostic::new(Code::NeverMatches, "no number is within these bounds")
                .at(predicate.span, "can never hold")
                .help("mend the bounds; for one or the other, write two clauses under `any:`"),
        );
    }
    if scalar_kind(selector) == Some(FieldKind::Boolean) {
        never_a_boolean(selector, predicate, found);
    }
}

fn never_a_boolean(selector: &Selector, predicate: &Predicate, found: &mut Vec<Diagnostic>) {
    if predicate.op.asks_scalars() {
        return;
    }
    let field = &selector.text;
    let help = format!("write `{field}: true` or `{field}: false`");
    match &predicate.op {
        Operator::Equals(values) if values.lists.is_empty() => {
            let is_boolean = |text: &str| {
                ["true", "false"]
                    .iter()
                    .any(|word| same_text(text, word, values.ignore_case))
            };
            let some = values.items.iter().any(|item| is_boolean(&item.value));
            for item in values.items.iter().filter(|item| !is_boolean(&item.value)) {
                let message = format!("`{field}` is true or false, never `{}`", item.value);
                let mut diagnostic = Diagnostic::new(Code::NeverMatches, message)
                    .at(item.span, "can never hold")
                    .help(help.clone());
                if some {
                    // The other values of the list still can.
                    diagnostic.level = Level::Warning;
                }
                found.push(diagnostic);
            }
        }
        Operator::Contains(_)
        | Operator::ContainsAll(_)
        | Operator::StartsWith(_)
        | Operator::EndsWith(_)
        | Operator::Glob(_)
        | Operator::Regex(_)
        | Operator::Order(..)
        | Operator::Cidr(_) => found.push(
            Diagnostic::new(
                Code::NeverMatches,
                format!("`{field}` is a boolean, and this operator is for other values"),
            )
            .at(predicate.span, "can never hold")
            .help(help),
        ),
        _ => {}
    }
}

fn conflict(first: &Predicate, second: &Predicate, together: Together) -> Option<Diagnostic> {
    let one_way = |a: &Predicate, b: &Predicate| {
        presence(a, b, together)
            .or_else(|| excluded(a, b, together))
            .or_else(|| negated(a, b, together))
    };
    let reason = counts(first, second, together)
        .or_else(|| range(first, second, together))
        .or_else(|| one_way(first, second))
        .or_else(|| one_way(second, first))?;
    let mut diagnostic = Diagnostic::new(Code::NeverMatches, reason.message)
        .at(second.span, "can never hold")
        .at(first.span, "together with this")
        .help(reason.help);
    diagnostic.level = reason.level;
    Some(diagnostic)
}

/// Why two predicates contradict each other.
struct Reason {
    message: &'static str,
    help: &'static str,
    level: Level,
}

impl Reason {
    fn certain(message: &'static str, help: &'static str) -> Option<Self> {
        Some(Reason {
            message,
            help,
            level: Level::Error,
        })
    }
}

/// Absent, and of some value.
fn presence(absent: &Predicate, present: &Predicate, together: Together) -> Option<Reason> {
    let says_absent = match &absent.op {
        Operator::Exists(exists) => !exists,
        Operator::Is(kinds) => kinds.iter().all(|kind| is_absence(*kind)),
        _ => false,
    };
    if !(says_absent && needs_a_value(&present.op) && (together.same_node || together.single)) {
        return None;
    }
    Reason::certain(
        "a field cannot be absent and have a value",
        "for either of the two, write two clauses under `any:`",
    )
}

fn is_absence(kind: Kind) -> bool {
    matches!(kind, Kind::Null | Kind::Missing)
}

/// Whether the operator is false on a null and where nothing is.
fn needs_a_value(op: &Operator) -> bool {
    match op {
        Operator::Not(_) | Operator::NoElement(_) => false,
        Operator::Exists(exists) => *exists,
        Operator::Is(kinds) => !kinds.iter().any(|kind| is_absence(*kind)),
        // What an element block says of a lone null is the element's business.
        Operator::AnyElement(_) | Operator::EveryElement(_) => false,
        _ => true,
    }
}

fn counts(first: &Predicate, second: &Predicate, together: Together) -> Option<Reason> {
    let (Operator::Length(a), Operator::Length(b)) = (&first.op, &second.op) else {
        return None;
    };
    let both: Vec<CountTest> = a.iter().chain(b).copied().collect();
    let own_fault = !some_count(a) || !some_count(b);
    if own_fault || some_count(&both) || !(together.same_node || together.single) {
        return None;
    }
    Reason::certain(
        "no length is within both of these bounds",
        "mend the bounds; for one or the other, write two clauses under `any:`",
    )
}

/// Whether some count passes all tests. One at a bound or beside it does, if any.
fn some_count(tests: &[CountTest]) -> bool {
    let bound = |test: &CountTest| match *test {
        CountTest::Exactly(count) | CountTest::Order(_, count) => count,
    };
    let near = tests.iter().flat_map(|test| {
        let at = bound(test);
        [at.saturating_sub(1), at, at.saturating_add(1)]
    });
    std::iter::once(0)
        .chain(near)
        .any(|count| tests.iter().all(|test| test.admits(count)))
}

/// `gt: 5` with `lt: 3`.
fn range(first: &Predicate, second: &Predicate, together: Together) -> Option<Reason> {
    let (Operator::Order(a, a_bound), Operator::Order(b, b_bound)) = (&first.op, &second.op) else {
        return None;
    };
    let is_lower = |order: Ordering| matches!(order, Ordering::Greater | Ordering::GreaterOrEqual);
    let (low, high) = match (is_lower(*a), is_lower(*b)) {
        (true, false) => (a_bound, b_bound),
        (false, true) => (b_bound, a_bound),
        _ => return None,
    };
    let low_to_high = match (low, high) {
        (Bound::Number(low), Bound::Number(high)) => low.compare(*high)?,
        (Bound::Time(low), Bound::Time(high)) => low.cmp(high),
        _ => return None,
    };
    let inclusive =
        |order: Ordering| matches!(order, Ordering::GreaterOrEqual | Ordering::LessOrEqual);
    let some = low_to_high.is_lt() || (low_to_high.is_eq() && inclusive(*a) && inclusive(*b));
    if some || !(together.same_node || together.scalar) {
        return None;
    }
    let mut reason = Reason::certain(
        "no value is within both of these bounds",
        "mend the bounds; for one or the other, write two clauses under `any:`",
    )?;
    if !together.scalar {
        // An array could have an element for each of the two.
        reason.level = Level::Warning;
    }
    Some(reason)
}

/// Values of which the other predicate admits none.
fn excluded(equals: &Predicate, other: &Predicate, together: Together) -> Option<Reason> {
    let Operator::Equals(values) = &equals.op else {
        return None;
    };
    if !together.scalar || !is_inline(values) {
        return None;
    }
    let all_excluded = values.items.iter().all(|item| {
        match &other.op {
            Operator::Equals(others) if is_inline(others) => Some(!others.items.iter().any(|o| {
                let ignore_case = values.ignore_case || others.ignore_case;
                same_text(&item.value, &o.value, ignore_case) || same_number(&item.value, &o.value)
            })),
            op => admits(op, &item.value, values.ignore_case).map(|admitted| !admitted),
        }
        .unwrap_or(false)
    });
    if !all_excluded {
        return None;
    }
    Reason::certain(
        "this field holds one value, and none can be both",
        "for either of the two, write one list of values, or two clauses under `any:`",
    )
}

/// Values all of which a `not` excludes.
fn negated(equals: &Predicate, other: &Predicate, together: Together) -> Option<Reason> {
    let (Operator::Equals(values), Operator::Not(test)) = (&equals.op, &other.op) else {
        return None;
    };
    let [inner] = test.predicates.as_slice() else {
        return None;
    };
    if !(together.same_node || together.scalar) || !is_inline(values) {
        return None;
    }
    let all_excluded = values.items.iter().all(|item| match &inner.op {
        Operator::Equals(others) => {
            is_inline(others)
                && (others.ignore_case || !values.ignore_case)
                && others
                    .items
                    .iter()
                    .any(|o| same_text(&item.value, &o.value, others.ignore_case))
        }
        // `equals` also takes numbers and booleans, the text operators do not.
        op => {
            let only_text = Number::parse(&item.value).is_none()
                && !matches!(item.value.as_str(), "true" | "false");
            let covers_case = !values.ignore_case || ignores_case(op);
            only_text && covers_case && admits(op, &item.value, false) == Some(true)
        }
    });
    if !all_excluded {
        return None;
    }
    Reason::certain(
        "this excludes every value that is asked for",
        "take one of the two away, or mend the value that is wrong",
    )
}

/// Whether the values are all written in the rule, and there are some.
fn is_inline<T>(values: &Values<T>) -> bool {
    values.lists.is_empty() && !values.items.is_empty()
}

pub(super) fn same_text(a: &str, b: &str, ignore_case: bool) -> bool {
    a == b || (ignore_case && fold(a) == fold(b))
}

fn same_number(a: &str, b: &str) -> bool {
    matches!((Number::parse(a), Number::parse(b)), (Some(a), Some(b)) if a == b)
}

fn ignores_case(op: &Operator) -> bool {
    match op {
        Operator::Contains(values)
        | Operator::ContainsAll(values)
        | Operator::StartsWith(values)
        | Operator::EndsWith(values) => values.ignore_case,
        Operator::Glob(values) => values.ignore_case,
        Operator::Regex(values) => values.ignore_case,
        _ => false,
    }
}

/// Whether a text operator holds on a text, which may stand for any case of it;
/// `None` where that cannot be said.
pub(super) fn admits(op: &Operator, text: &str, any_case: bool) -> Option<bool> {
    let folded = any_case || ignores_case(op);
    let shown = |text: &str| if folded { fold(text) } else { text.to_owned() };
    let subject = shown(text);
    let some = |values: &Values<String>, holds: fn(&str, &str) -> bool| {
        is_inline(values).then(|| {
            let mut items = values.items.iter();
            items.any(|item| holds(&subject, &shown(&item.value)))
        })
    };
    match op {
        Operator::Contains(values) => some(values, |text, part| text.contains(part)),
        Operator::StartsWith(values) => some(values, |text, part| text.starts_with(part)),
        Operator::EndsWith(values) => some(values, |text, part| text.ends_with(part)),
        Operator::Glob(values) if is_inline(values) => {
            Some(values.items.iter().any(|item| match folded {
                true => item.value.folded().matches(&subject),
                false => item.value.matches(&subject),
            }))
        }
        Operator::Regex(values) if is_inline(values) && (values.ignore_case || !any_case) => {
            Some(values.items.iter().any(|item| item.value.matches(text)))
        }
        _ => None,
    }
}
