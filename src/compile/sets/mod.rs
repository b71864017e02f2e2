//! Sets: all that is asked of the text at one slot, answered together.
//!
//! In come the tests of a slot; out comes, for a text, its *marks*: which of the
//! operands it equals, begins with, contains, lies in and so on. Two texts with
//! the same marks pass the same tests, so what a mark is of need not be known.
//! There is one structure for each kind of operand: a hash table for equality,
//! sorted lists for beginnings and endings, one automaton for all substrings,
//! a table of networks, one automaton for all regular expressions.

mod affix;
mod collect;
mod exact;
mod networks;
mod patterns;
mod substring;

use affix::Affixes;
use collect::{Collected, Operands};
use exact::Exact;
use networks::Networks;
use patterns::{Matched, Patterns};
use substring::Substrings;

use super::check::Check;
use super::{Atom, Known};
use crate::rule::value::fold_into;

pub(super) use collect::plain_checks;

/// Something that holds for a text.
pub(crate) type Mark = u32;

/// The sets of one slot.
#[derive(Debug)]
pub(crate) struct Sets {
    exact: Literals,
    /// The same without regard to case.
    folded: Option<Literals>,
    networks: Networks,
    patterns: Patterns,
    plain: Vec<(Check, Mark)>,
    cost: Cost,
}

/// What telling the marks of a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// No longer than looking up a text.
    Light,
    /// A few look-ups, or a pass over the text.
    Some,
    /// Perhaps much longer than a test.
    Dear,
}

/// Operands that are texts.
#[derive(Debug)]
struct Literals {
    whole: Exact,
    starts: Affixes,
    ends: Affixes,
    inside: Substrings,
}

/// Memory to work in, kept from one text to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    folded: String,
    matched: Matched,
}

/// So many beginnings or endings are looked through quickly.
const FEW_AFFIXES: usize = 64;

impl Sets {
    /// The sets of what some tests ask of a text; none looks at other slots.
    pub(super) fn new<'a>(atoms: impl Iterator<Item = &'a Atom>) -> Self {
        let Collected {
            exact,
            folded,
            networks,
            patterns,
            plain,
        } = Collected::of(atoms);
        let mut sets = Sets {
            folded: (!folded.is_empty()).then(|| Literals::new(folded)),
            exact: Literals::new(exact),
            networks: Networks::new(networks.into_iter()),
            patterns: Patterns::new(patterns),
            plain,
            cost: Cost::Dear,
        };
        sets.cost = sets.cost_of_parts();
        sets
    }

    fn cost_of_parts(&self) -> Cost {
        let affixes = self.exact.starts.len() + self.exact.ends.len();
        if !self.patterns.is_empty() || !self.plain.is_empty() {
            Cost::Dear
        } else if self.folded.is_some()
            || !self.networks.is_empty()
            || !self.exact.inside.is_empty()
            || affixes > FEW_AFFIXES
        {
            Cost::Some
        } else {
            Cost::Light
        }
    }

    #[inline]
    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }

    /// Whether a test asks how long something is, which tells arrays apart.
    pub(crate) fn measures(&self) -> bool {
        let mut plain = self.plain.iter();
        plain.any(|(check, _)| matches!(check, Check::Length(_)))
    }

    /// The marks of a text, in order. `ask` says whether a check that has no
    /// set holds for the text.
    #[inline]
    pub(crate) fn marks(
        &self,
        text: &str,
        scratch: &mut Scratch,
        marks: &mut Vec<Mark>,
        ask: impl FnMut(&Check) -> Known,
    ) {
        marks.clear();
        self.exact.marks(text, marks);
        if self.cost != Cost::Light {
            self.more_marks(text, scratch, marks, ask);
        }
        if marks.len() > 1 {
            marks.sort_unstable();
            marks.dedup();
        }
    }

    fn more_marks(
        &self,
        text: &str,
        scratch: &mut Scratch,
        marks: &mut Vec<Mark>,
        mut ask: impl FnMut(&Check) -> Known,
    ) {
        if let Some(folded) = &self.folded {
            scratch.folded.clear();
            fold_into(text, &mut scratch.folded);
            folded.marks(&scratch.folded, marks);
        }
        self.networks.marks(text, marks);
        self.patterns.marks(text, &mut scratch.matched, marks);
        for (check, mark) in &self.plain {
            match ask(check) {
                Known::No => {}
                Known::Yes => marks.push(*mark),
                Known::Unknown => marks.push(mark + 1),
            }
        }
    }
}

impl Literals {
    fn new(operands: Operands) -> Self {
        fn shown(list: &[(String, Mark)]) -> impl Iterator<Item = (&str, Mark)> {
            list.iter().map(|(text, mark)| (text.as_str(), *mark))
        }
        let (texts, needles) = operands.inside.into_iter().unzip();
        Literals {
            whole: Exact::new(shown(&operands.whole)),
            starts: Affixes::new(affix::Side::Start, shown(&operands.starts)),
            ends: Affixes::new(affix::Side::End, shown(&operands.ends)),
            inside: Substrings::new(texts, needles),
        }
    }

    #[inline]
    fn marks(&self, text: &str, marks: &mut Vec<Mark>) {
        marks.extend(self.whole.mark(text));
        self.starts.marks(text, marks);
        self.ends.marks(text, marks);
        self.inside.marks(text, marks);
    }
}
