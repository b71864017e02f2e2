//! Which changes can be made to a condition, and making one.

use crate::diagnostic::Span;
use crate::rule::Rule;
use crate::rule::clause::{Clause, ClauseId, ClauseKind, Named, Operator, Test};
use crate::rule::correlation::StepSource;

/// What is done to a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutation {
    /// It is taken away.
    Removed,
    /// It says the opposite.
    Negated,
}

impl Mutation {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Mutation::Removed => "removed",
            Mutation::Negated => "negated",
        }
    }
}

/// One change to one clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub clause: ClauseId,
    pub span: Span,
    pub mutation: Mutation,
    /// What the clause's place holds once it is taken away: an AND without it is as
    /// one where it holds, an `any` or `none` as one where it does not.
    neutral: bool,
    /// Whether more events match without the clause.
    pub widens: bool,
}

/// Every change of a condition, in the order of its text. A mapping has none of its
/// own besides its entries, and an entry that stands alone in its list or under
/// its `not` none beside theirs: either would say the same twice.
/// Of a correlation the conditions of its steps are changed, not those of other rules
/// that it names.
pub(super) fn changes(rule: &Rule) -> Vec<Change> {
    let mut found = Vec::new();
    let mut survey = Survey { found: &mut found };
    match &rule.correlation {
        None => survey.below(&rule.condition, true, false),
        Some(correlation) => {
            let sources = correlation.steps.iter().flat_map(|step| &step.sources);
            for source in sources {
                if let StepSource::Match(condition) = source {
                    survey.below(condition, true, false);
                }
            }
        }
    }
    found
}

struct Survey<'a> {
    found: &'a mut Vec<Change>,
}

impl Survey<'_> {
    fn of(&mut self, clause: &Clause, neutral: bool, positive: bool) {
        for mutation in [Mutation::Removed, Mutation::Negated] {
            self.found.push(Change {
                clause: clause.id,
                span: clause.span,
                mutation,
                neutral,
                widens: neutral == positive,
            });
        }
        self.below(clause, positive, true);
    }

    /// What is inside a clause. `spoken_for` where a change of the clause as a whole
    /// is that of its only entry.
    fn below(&mut self, clause: &Clause, positive: bool, spoken_for: bool) {
        match &clause.kind {
            ClauseKind::All(list) => self.list(list, true, positive, spoken_for),
            ClauseKind::Any(list) => self.list(list, false, positive, true),
            ClauseKind::None(list) => self.list(list, false, !positive, true),
            ClauseKind::Not(body) => self.below(body, !positive, true),
            ClauseKind::Macro {
                of: Named::Selection,
                body,
                ..
            } => self.below(body, positive, spoken_for),
            // What is inside a macro is shared and not this rule's to test.
            ClauseKind::Macro { .. } => {}
            ClauseKind::Field { test, .. } => self.blocks(test, positive),
        }
    }

    fn list(&mut self, list: &[Clause], neutral: bool, positive: bool, spoken_for: bool) {
        match list {
            [only] if spoken_for => self.below(only, positive, true),
            _ => list
                .iter()
                .for_each(|clause| self.of(clause, neutral, positive)),
        }
    }

    fn blocks(&mut self, test: &Test, positive: bool) {
        for predicate in &test.predicates {
            match &predicate.op {
                Operator::AnyElement(block)
                | Operator::EveryElement(block)
                | Operator::AnyEntry(block)
                | Operator::Json(block) => self.below(block, positive, false),
                Operator::NoElement(block) => self.below(block, !positive, false),
                Operator::Not(inner) => self.blocks(inner, !positive),
                _ => {}
            }
        }
    }
}

impl Change {
    /// Makes the change for good, in the conditions of steps too.
    pub fn make(&self, rule: &mut Rule) {
        self.swap(&mut rule.condition, None);
        let steps = rule.correlation.iter_mut().flat_map(|of| &mut of.steps);
        for source in steps.flat_map(|step| &mut step.sources) {
            if let StepSource::Match(condition) = source {
                self.swap(condition, None);
            }
        }
    }

    /// What the condition says with this change, asked by `ask`; afterwards the
    /// condition is as it was.
    pub fn during<T>(&self, condition: &mut Clause, ask: impl FnOnce(&Clause) -> T) -> Option<T> {
        let kind = self.swap(condition, None)?;
        let answer = ask(condition);
        self.swap(condition, Some(kind));
        Some(answer)
    }

    /// Puts a kind into the clause's place, or else what the change makes of it, and
    /// gives the one that was there.
    fn swap(&self, condition: &mut Clause, kind: Option<ClauseKind>) -> Option<ClauseKind> {
        let clause = find(condition, self.clause)?;
        let kind = kind.unwrap_or_else(|| match self.mutation {
            Mutation::Removed if self.neutral => ClauseKind::All(Vec::new()),
            Mutation::Removed => ClauseKind::Any(Vec::new()),
            Mutation::Negated => ClauseKind::Not(Box::new(clause.clone())),
        });
        Some(std::mem::replace(&mut clause.kind, kind))
    }
}

fn find(clause: &mut Clause, id: ClauseId) -> Option<&mut Clause> {
    if clause.id == id {
        return Some(clause);
    }
    match &mut clause.kind {
        ClauseKind::All(list) | ClauseKind::Any(list) | ClauseKind::None(list) => {
            list.iter_mut().find_map(|clause| find(clause, id))
        }
        ClauseKind::Not(body) => find(body, id),
        ClauseKind::Macro { body, .. } => find(body, id),
        ClauseKind::Field { test, .. } => find_in_test(test, id),
    }
}

fn find_in_test(test: &mut Test, id: ClauseId) -> Option<&mut Clause> {
    let mut predicates = test.predicates.iter_mut();
    predicates.find_map(|predicate| match &mut predicate.op {
        Operator::AnyElement(block)
        | Operator::EveryElement(block)
        | Operator::NoElement(block)
        | Operator::AnyEntry(block)
        | Operator::Json(block) => find(block, id),
        Operator::Not(inner) => find_in_test(inner, id),
        _ => None,
    })
}
