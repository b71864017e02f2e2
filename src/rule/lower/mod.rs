//! Lowering: from the spanned tree of a rules file to the typed model.
//!
//! In come [`Node`]s and the macros and lists that they may name; out come
//! model values, each with its span, and every problem found on the way. One
//! bad entry does not hide the next: lowering goes on with what it can read.

mod condition;
mod correlation;
mod definitions;
mod exception;
mod fields;
mod framework;
mod occurrence;
mod operand;
mod operator;
mod profile;
mod rule;
mod schedule;
mod selector;
mod template;
mod testing;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use correlation::{Known, named_rules};
pub(crate) use definitions::set_lists;
pub use definitions::{
    Definitions, ListDefinition, ListFile, ListValues, MacroDefinition, SetList,
};
pub(crate) use exception::ACCEPTANCE_KEYS;
pub(crate) use fields::inside;
pub use framework::{ControlDefinition, Evidence, FrameworkDefinition};
pub(crate) use operand::misread_glob;
pub use operator::OPERATORS;
pub use profile::ProfileDefinition;
pub(crate) use profile::is_framework;
pub use rule::RULE_KEYS;
pub(crate) use rule::is_technique;
pub(crate) use selector::{beginning, unknown_field};

use super::clause::{Clause, ClauseId, ClauseKind};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::yaml::Fields;

/// What the selectors of a mapping start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The event.
    Event,
    /// The element of a block, or the document of `json:`.
    Element,
    /// The entry of `any_entry`: `key` and `value`.
    Entry,
}

/// How the operators of a test compare, as the mappings around them say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Manner {
    /// Text without regard to case.
    ignore_case: bool,
    /// Text operators ask numbers and booleans too.
    scalars: bool,
}

/// How many clauses one rule may have once its macros are expanded.
const MOST_CLAUSES: u32 = 10_000;

/// The state of lowering one rule.
pub(crate) struct Lowerer<'d> {
    definitions: &'d Definitions,
    /// The rules that this one may name.
    neighbours: &'d Neighbours,
    diagnostics: Vec<Diagnostic>,
    next_clause: u32,
    macro_stack: Vec<String>,
    /// What the mappings around the clause at hand say.
    manner: Manner,
    /// Lists that are declared but have no values, where they are first used.
    unset_lists: Vec<Spanned<String>>,
    used_macros: BTreeSet<String>,
    used_lists: BTreeSet<String>,
    /// The rule is of the embedded pack.
    trusted: bool,
}

/// What lowering leaves beside the model.
#[derive(Debug, Default)]
pub(crate) struct Leftovers {
    /// Problems found.
    pub diagnostics: Vec<Diagnostic>,
    /// Declared lists without values, where they are first used.
    pub unset_lists: Vec<Spanned<String>>,
    /// Macros used, directly or through others.
    pub used_macros: BTreeSet<String>,
    /// Lists used.
    pub used_lists: BTreeSet<String>,
}

/// The other rules of a set, for a rule that names some of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Neighbours {
    /// Those that any rule names, by id.
    pub known: BTreeMap<String, Known>,
    /// The ids of all.
    pub ids: BTreeSet<String>,
}

static NO_NEIGHBOURS: Neighbours = Neighbours {
    known: BTreeMap::new(),
    ids: BTreeSet::new(),
};

impl<'d> Lowerer<'d> {
    /// For what stands alone.
    pub(crate) fn new(definitions: &'d Definitions) -> Self {
        Lowerer::beside(definitions, &NO_NEIGHBOURS)
    }

    /// For a rule that may name others.
    pub(crate) fn beside(definitions: &'d Definitions, neighbours: &'d Neighbours) -> Self {
        Lowerer {
            definitions,
            neighbours,
            diagnostics: Vec::new(),
            next_clause: 0,
            macro_stack: Vec::new(),
            manner: Manner::default(),
            unset_lists: Vec::new(),
            used_macros: BTreeSet::new(),
            used_lists: BTreeSet::new(),
            trusted: false,
        }
    }

    /// What rules may name, and the texts that spans point into.
    pub(crate) fn definitions(&self) -> &'d Definitions {
        self.definitions
    }

    pub(crate) fn finish(self) -> Leftovers {
        Leftovers {
            diagnostics: self.diagnostics,
            unset_lists: self.unset_lists,
            used_macros: self.used_macros,
            used_lists: self.used_lists,
        }
    }

    /// Numbers a clause. Numbers follow the text, parents before children, so
    /// take the number first: see [`Lowerer::number`].
    fn clause(&mut self, id: ClauseId, span: Span, kind: ClauseKind) -> Clause {
        Clause { id, span, kind }
    }

    /// The next clause number; reports once when a rule grows past all reason.
    pub(crate) fn number(&mut self, span: Span) -> Option<ClauseId> {
        if self.next_clause == MOST_CLAUSES {
            self.report(
                Diagnostic::new(Code::TooManyClauses, "the rule has too many clauses")
                    .at(
                        span,
                        format!("past {MOST_CLAUSES} clauses here, macros expanded"),
                    )
                    .help("use lists for many values, and fewer macros inside macros"),
            );
        }
        self.next_clause = self.next_clause.saturating_add(1);
        (self.next_clause <= MOST_CLAUSES).then(|| ClauseId(self.next_clause - 1))
    }
}
