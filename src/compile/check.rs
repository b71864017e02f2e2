//! What is asked of one node, prepared for asking it often: places in the rule
//! left out, operands read, folded and sorted.

use std::fmt;

use super::trie::Slot;
use crate::rule::clause::{CountTest, Kind, Ordering};
use crate::rule::value::{Bound, Glob, Network, Number, Pattern, Schedule, TimePart};

/// Where the nodes of a selector are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    /// The slot of the path, or of its beginning.
    pub(crate) slot: Slot,
    /// JSONPath names find nothing in the elements of an array.
    pub(crate) strict: bool,
    /// The path goes on with steps that are not walked: what stands below is
    /// not known unless nothing does.
    pub(crate) below: bool,
}

/// An operator, as [`crate::rule::clause::Operator`].
#[derive(Debug, Clone)]
pub(crate) enum Check {
    Equals(Equals),
    Text(TextCheck),
    Order(Ordering, Bound),
    Schedule(Box<Schedule>),
    TimePart(TimePart, Vec<CountTest>),
    Account(Vec<Check>),
    SameAs {
        /// The other selector; `None` where its nodes are not kept.
        other: Option<Source>,
        ignore_case: bool,
    },
    Length(Vec<CountTest>),
    Exists(bool),
    Is {
        whole: Vec<Kind>,
        each: Vec<Kind>,
    },
    /// The blocks are left to the reference: only whether there is anything to
    /// look into is known here.
    AnyElement,
    EveryElement,
    NoElement,
    AnyEntry,
    Json,
    Not(Vec<Check>),
}

/// Scalar equality with one of some values.
#[derive(Debug, Clone)]
pub(crate) struct Equals {
    pub(crate) texts: Texts,
    pub(crate) ignore_case: bool,
    /// The numbers that values denote.
    pub(crate) numbers: Vec<Number>,
    pub(crate) holds_true: bool,
    pub(crate) holds_false: bool,
}

/// What is asked of strings, and of numbers and booleans where it says so.
#[derive(Debug, Clone)]
pub(crate) struct TextCheck {
    pub(crate) kind: TextKind,
    /// Whether the text is folded first; the operands are.
    pub(crate) ignore_case: bool,
    /// Whether numbers and booleans are asked too, by their text.
    pub(crate) scalars: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum TextKind {
    Contains(Vec<String>),
    ContainsAll(Vec<String>),
    StartsWith(Vec<String>),
    EndsWith(Vec<String>),
    Glob(Vec<Shape>),
    Regex(Vec<CompiledPattern>),
    Cidr(Vec<Network>),
    PrefixLength(Vec<CountTest>),
}

/// A regular expression of a rule.
#[derive(Clone)]
pub(crate) struct CompiledPattern {
    pub(crate) pattern: Pattern,
    pub(crate) ignore_case: bool,
}

/// Tells patterns apart wholly: two that show alike are alike.
impl fmt::Debug for CompiledPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{}", self.pattern.as_str(), self.ignore_case)
    }
}

/// A glob, told by what it takes to match it.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Whole(String),
    Prefix(String),
    Suffix(String),
    Infix(String),
    Other(Glob),
}

impl Shape {
    pub(crate) fn of(glob: Glob) -> Shape {
        let text = glob.as_str();
        let inner = text.trim_matches('*');
        if inner.contains(['*', '?']) {
            return Shape::Other(glob);
        }
        let inner = inner.to_owned();
        match (text.starts_with('*'), text.ends_with('*')) {
            (false, false) => Shape::Whole(inner),
            (false, true) => Shape::Prefix(inner),
            (true, false) => Shape::Suffix(inner),
            (true, true) => Shape::Infix(inner),
        }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Shape::Whole(whole) => text == whole,
            Shape::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Shape::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Shape::Infix(infix) => text.contains(infix.as_str()),
            Shape::Other(glob) => glob.matches(text),
        }
    }
}

/// A set of texts, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts(Vec<Box<str>>);

impl Texts {
    pub(crate) fn new(texts: impl Iterator<Item = String>) -> Self {
        let mut texts: Vec<Box<str>> = texts.map(String::into_boxed_str).collect();
        texts.sort_unstable_by(|a, b| order(a, b));
        texts.dedup();
        Texts(texts)
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        match self.0.as_slice() {
            [only] => **only == *text,
            texts => texts.binary_search_by(|known| order(known, text)).is_ok(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|text| &**text)
    }
}

/// Shorter texts first: most comparisons then end at the length.
fn order(a: &str, b: &str) -> std::cmp::Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_glob_by_its_shape_matches_as_the_glob(glob in "[ab*?]{0,5}", text in "[abü]{0,6}") {
            let glob = Glob::new(&glob);
            prop_assert_eq!(Shape::of(glob.clone()).matches(&text), glob.matches(&text));
        }

        #[test]
        fn a_set_contains_what_was_put_into_it(texts in prop::collection::vec("[ab]{0,3}", 0..9), other in "[ab]{0,3}") {
            let set = Texts::new(texts.iter().cloned());
            prop_assert_eq!(set.contains(&other), texts.contains(&other));
        }
    }
}
