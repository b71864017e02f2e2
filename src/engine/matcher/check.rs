//! Checks on what a projection holds, as the reference has them on values.

use super::super::project::{Elements, Projection, View};
use crate::compile::{Atom, Check, Equals, Known, Source, TextCheck, TextKind};
use crate::event::parse_rfc3339;
use crate::reference::{account_id, is_text};
use crate::rule::clause::{CountTest, Kind, Ordering};
use crate::rule::value::{Bound, Network, Number, fold_into};

/// A record that questions are asked about.
pub(super) struct Asked<'a> {
    pub(super) projection: &'a Projection,
    pub(super) record: &'a str,
    /// For text without regard to case.
    pub(super) folded: &'a mut String,
}

impl<'a> Asked<'a> {
    /// Whether a test of a field holds.
    pub(super) fn atom(&mut self, atom: &Atom) -> Known {
        let mut nodes = self.nodes(atom.source).peekable();
        if atom.source.below {
            // What is further down is not walked: it is there or not.
            return if nodes.any(has_inside) {
                Known::Unknown
            } else {
                self.all(&atom.checks, None)
            };
        }
        if nodes.peek().is_none() {
            return self.all(&atom.checks, None);
        }
        let mut each = nodes.map(|node| self.all(&atom.checks, Some(node)));
        if atom.every_node {
            Known::all(&mut each)
        } else {
            Known::any(&mut each)
        }
    }

    fn nodes(&self, source: Source) -> impl Iterator<Item = View<'a>> + use<'a> {
        self.projection.nodes(self.record, source)
    }

    fn all(&mut self, checks: &[Check], node: Option<View<'a>>) -> Known {
        Known::all(checks.iter().map(|check| self.check(check, node)))
    }

    /// One operator on one node, or on the lack of one.
    pub(super) fn check(&mut self, check: &Check, node: Option<View<'a>>) -> Known {
        match check {
            Check::Equals(equals) => self.each(node, |asked, view| asked.equals(equals, view)),
            Check::Text(check) => self.each(node, |asked, view| match view {
                View::Text(text) => asked.text(check, text).into(),
                View::Bool(boolean) if check.scalars => asked
                    .text(check, if boolean { "true" } else { "false" })
                    .into(),
                // The text that JSON writes for a number is not kept.
                View::Number(_) if check.scalars => Known::Unknown,
                _ => Known::No,
            }),
            Check::Order(order, bound) => {
                self.each(node, |_, view| compare(*order, *bound, view).into())
            }
            Check::Schedule(schedule) => self.each(node, |_, view| {
                let moment = text(view).and_then(parse_rfc3339);
                moment
                    .is_some_and(|moment| schedule.contains(moment))
                    .into()
            }),
            Check::TimePart(part, counts) => self.each(node, |_, view| {
                let found = text(view).and_then(|text| part.of(text));
                found.is_some_and(|found| admits(counts, found)).into()
            }),
            Check::Account(checks) => self.each(node, |asked, view| {
                let account = text(view).and_then(account_id);
                asked.all(checks, account.map(View::Text))
            }),
            Check::SameAs { other, ignore_case } => self.each(node, |asked, view| {
                asked.same_as(*other, *ignore_case, view)
            }),
            Check::Length(counts) => length(counts, node),
            Check::Exists(wanted) => {
                let exists = node.is_some_and(|view| !matches!(view, View::Null));
                (exists == *wanted).into()
            }
            Check::Is { whole, each } => self.is(whole, each, node),
            Check::AnyElement | Check::EveryElement => inside(node.is_some_and(has_elements)),
            Check::NoElement => !inside(node.is_some_and(has_elements)),
            Check::AnyEntry => inside(node.is_some_and(has_entries)),
            Check::Json => inside(node.is_some_and(has_document)),
            Check::Not(checks) => !self.all(checks, node),
        }
    }

    /// An operator that takes one value: on an array, some element must satisfy it.
    fn each(
        &mut self,
        node: Option<View<'a>>,
        mut holds: impl FnMut(&mut Self, View<'a>) -> Known,
    ) -> Known {
        match node {
            None => Known::No,
            Some(View::Array(elements)) => Known::any(elements.map(|element| holds(self, element))),
            Some(view) => holds(self, view),
        }
    }

    fn equals(&mut self, equals: &Equals, view: View<'_>) -> Known {
        let holds = match view {
            View::Text(text) if equals.ignore_case => {
                let folded = self.fold(text);
                equals.texts.contains(folded)
            }
            View::Text(text) => equals.texts.contains(text),
            View::Number(number) => equals.numbers.contains(&number),
            View::Bool(true) => equals.holds_true,
            View::Bool(false) => equals.holds_false,
            View::Null | View::Array(_) | View::Object { .. } => false,
        };
        holds.into()
    }

    fn fold(&mut self, text: &str) -> &str {
        self.folded.clear();
        fold_into(text, self.folded);
        self.folded
    }

    fn text(&mut self, check: &TextCheck, text: &str) -> bool {
        let text = if check.ignore_case {
            self.fold(text)
        } else {
            text
        };
        match &check.kind {
            TextKind::Contains(values) => values.iter().any(|value| text.contains(value.as_str())),
            TextKind::ContainsAll(values) => {
                values.iter().all(|value| text.contains(value.as_str()))
            }
            TextKind::StartsWith(values) => {
                values.iter().any(|value| text.starts_with(value.as_str()))
            }
            TextKind::EndsWith(values) => values.iter().any(|value| text.ends_with(value.as_str())),
            TextKind::Glob(globs) => globs.iter().any(|glob| glob.matches(text)),
            TextKind::Regex(patterns) => {
                patterns.iter().any(|pattern| pattern.pattern.matches(text))
            }
            TextKind::Cidr(networks) => Network::of_event(text)
                .is_some_and(|found| networks.iter().any(|network| network.contains(&found))),
            TextKind::PrefixLength(counts) => Network::of_event(text)
                .is_some_and(|network| admits(counts, u64::from(network.prefix_length()))),
        }
    }

    fn is(&mut self, whole: &[Kind], each: &[Kind], node: Option<View<'a>>) -> Known {
        let of_whole = whole.iter().any(|kind| match node {
            None => *kind == Kind::Missing,
            Some(view) => is(*kind, view),
        });
        if of_whole {
            return Known::Yes;
        }
        self.each(node, |_, view| {
            each.iter().any(|kind| is(*kind, view)).into()
        })
    }

    /// The text that JSON writes for a number is not kept: where one is met, it
    /// is not known.
    fn same_as(&mut self, other: Option<Source>, ignore_case: bool, view: View<'_>) -> Known {
        if matches!(view, View::Null | View::Array(_) | View::Object { .. }) {
            return Known::No;
        }
        let Some(other) = other else {
            return Known::Unknown;
        };
        if other.below {
            return inside(self.nodes(other).any(has_inside));
        }
        Known::any(self.nodes(other).map(|node| match node {
            View::Array(elements) => {
                Known::any(elements.map(|element| same_text(element, view, ignore_case)))
            }
            lone => same_text(lone, view, ignore_case),
        }))
    }
}

fn same_text(a: View<'_>, b: View<'_>, ignore_case: bool) -> Known {
    let same = |a: &str, b: &str| match (a == b, ignore_case) {
        (true, _) => Known::Yes,
        (false, false) => Known::No,
        (false, true) if a.is_ascii() && b.is_ascii() => a.eq_ignore_ascii_case(b).into(),
        // Rare enough to be folded by the reference.
        (false, true) => Known::Unknown,
    };
    match (a, b) {
        (View::Null | View::Array(_) | View::Object { .. }, _) => Known::No,
        (View::Number(_), _) | (_, View::Number(_)) => Known::Unknown,
        (View::Bool(a), View::Bool(b)) => (a == b).into(),
        (View::Bool(boolean), View::Text(text)) | (View::Text(text), View::Bool(boolean)) => {
            same(text, if boolean { "true" } else { "false" })
        }
        (View::Text(a), View::Text(b)) => same(a, b),
        (_, View::Null | View::Array(_) | View::Object { .. }) => Known::No,
    }
}

fn text(view: View<'_>) -> Option<&str> {
    match view {
        View::Text(text) => Some(text),
        _ => None,
    }
}

/// Where there is something to look into, only the reference can tell.
fn inside(something: bool) -> Known {
    if something { Known::Unknown } else { Known::No }
}

/// Whether a block has elements to look at; a lone value is one.
fn has_elements(view: View<'_>) -> bool {
    match view {
        View::Null => false,
        View::Array(elements) => elements.length > 0,
        _ => true,
    }
}

fn has_entries(view: View<'_>) -> bool {
    let is_full = |view: &View<'_>| matches!(view, View::Object { empty: false });
    match view {
        View::Array(mut elements) => elements.any(|element| is_full(&element)),
        lone => is_full(&lone),
    }
}

/// Whether anything is there that may hold a document.
fn has_document(view: View<'_>) -> bool {
    match view {
        View::Null => false,
        View::Text(text) => !text.trim().is_empty(),
        _ => true,
    }
}

fn has_inside(view: View<'_>) -> bool {
    match view {
        View::Array(elements) => elements.length > 0,
        View::Object { empty } => !empty,
        _ => false,
    }
}

fn compare(order: Ordering, bound: Bound, view: View<'_>) -> bool {
    let found_to_bound = match bound {
        Bound::Number(bound) => match view {
            View::Number(number) => Some(number),
            View::Text(text) => Number::parse(text),
            _ => None,
        }
        .and_then(|found| found.compare(bound)),
        Bound::Time(bound) => text(view)
            .and_then(parse_rfc3339)
            .map(|found| found.cmp(&bound)),
    };
    found_to_bound.is_some_and(|found| order.admits(found))
}

fn length(counts: &[CountTest], node: Option<View<'_>>) -> Known {
    let length = match node {
        Some(View::Text(text)) => text.chars().count(),
        Some(View::Array(Elements { length, .. })) => length as usize,
        Some(View::Object { empty: true }) => 0,
        // Members are not counted.
        Some(View::Object { empty: false }) => return Known::Unknown,
        None | Some(View::Null | View::Bool(_) | View::Number(_)) => return Known::No,
    };
    admits(counts, length as u64).into()
}

fn admits(counts: &[CountTest], count: u64) -> bool {
    counts.iter().all(|test| test.admits(count))
}

fn is(kind: Kind, view: View<'_>) -> bool {
    match (kind, view) {
        (_, View::Text(text)) => is_text(kind, text),
        (Kind::Empty, View::Array(elements)) => elements.length == 0,
        (Kind::Empty, View::Object { empty }) => empty,
        (Kind::Null, View::Null)
        | (Kind::Boolean, View::Bool(_))
        | (Kind::Number, View::Number(_))
        | (Kind::Array, View::Array(_))
        | (Kind::Object, View::Object { .. }) => true,
        _ => false,
    }
}
