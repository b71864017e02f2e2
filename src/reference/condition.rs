//! Clauses, and tests of fields.

use super::trace::{
    Answer, FieldTrace, Gathered, NodeTrace, PredicateTrace, TestTrace, Trace, TraceKind,
};
use super::{Node, Scope, Truth};
use crate::rule::clause::{Clause, ClauseKind, Operator, Predicate, Test};
use crate::rule::selector::Selector;

impl Scope<'_> {
    /// A clause in this scope.
    pub fn clause(&self, clause: &Clause) -> Answer<Trace> {
        let (truth, kind) = match &clause.kind {
            ClauseKind::All(list) => {
                let children = self.clauses(list);
                (children.all, children.traces.map(TraceKind::All))
            }
            ClauseKind::Any(list) => {
                let children = self.clauses(list);
                (children.any, children.traces.map(TraceKind::Any))
            }
            ClauseKind::None(list) => {
                let children = self.clauses(list);
                (!children.any, children.traces.map(TraceKind::None))
            }
            ClauseKind::Not(body) => {
                let body = self.clause(body);
                let kind = body.trace.map(|trace| TraceKind::Not(Box::new(trace)));
                (!body.truth, kind)
            }
            ClauseKind::Macro { name, body, .. } => {
                let body = self.clause(body);
                let kind = body.trace.map(|trace| TraceKind::Macro {
                    name: name.clone(),
                    body: Box::new(trace),
                });
                (body.truth, kind)
            }
            ClauseKind::Field { selector, test } => {
                let test = self.field(selector, test);
                let root = selector.root;
                let kind = |test| TraceKind::Field(FieldTrace { root, test });
                (test.truth, test.trace.map(kind))
            }
        };
        Answer {
            truth,
            trace: kind.map(|kind| Trace {
                id: clause.id,
                span: clause.span,
                truth,
                kind,
            }),
        }
    }

    fn clauses(&self, list: &[Clause]) -> Gathered<Trace> {
        let mut children = Gathered::new(self.tracing);
        for clause in list {
            children.add(self.clause(clause));
        }
        children
    }

    /// A test of a selector. A lone `not` is the opposite of the test inside, and
    /// a lone `no_element` exactly that of `any_element`: no node may have one.
    /// Otherwise some node must satisfy every predicate, and where there is no
    /// node, every predicate must hold of nothing.
    ///
    /// Where what the selector is about was lost, nobody knows.
    fn field(&self, selector: &Selector, test: &Test) -> Answer<TestTrace> {
        if let Some(inner) = test.lone_not() {
            let answer = self.field(selector, inner);
            return Answer {
                truth: !answer.truth,
                trace: answer.trace.map(|inner| TestTrace::Not {
                    span: test.span,
                    inner: Box::new(inner),
                }),
            };
        }
        let mut nodes = Gathered::new(self.tracing);
        self.select(selector, &mut |node| {
            let predicates = self.predicates(&test.predicates, Some(node));
            nodes.add(Answer {
                truth: predicates.all,
                trace: predicates.traces.map(|traces| NodeTrace {
                    path: node.place.path(),
                    value: Some(node.value.clone()),
                    truth: predicates.all,
                    predicates: traces,
                }),
            });
        });
        let found = nodes.count > 0;
        if !found {
            nodes.add(self.missing(selector, test));
        }
        let truth = if is_lone_no_element(test) {
            nodes.all
        } else {
            nodes.any
        };
        let truth = truth.or_lost(self.hangs_on_lost(selector, test, found));
        Answer {
            truth,
            trace: nodes.traces.map(|nodes| TestTrace::Nodes { truth, nodes }),
        }
    }

    fn missing(&self, selector: &Selector, test: &Test) -> Answer<NodeTrace> {
        let predicates = self.predicates(&test.predicates, None);
        Answer {
            truth: predicates.all,
            trace: predicates.traces.map(|traces| NodeTrace {
                path: self.written_path(selector),
                value: None,
                truth: predicates.all,
                predicates: traces,
            }),
        }
    }

    /// Every predicate on one node, or on the lack of one.
    pub fn predicates(
        &self,
        predicates: &[Predicate],
        node: Option<Node<'_>>,
    ) -> Gathered<PredicateTrace> {
        let mut each = Gathered::new(self.tracing);
        for predicate in predicates {
            let answer = self.operator(&predicate.op, node);
            each.add(Answer {
                truth: answer.truth,
                trace: answer.trace.map(|detail| PredicateTrace {
                    span: predicate.span,
                    truth: answer.truth,
                    detail,
                }),
            });
        }
        each
    }

    /// A test on one value that is derived from a node, or on the lack of one.
    pub fn derived(&self, test: &Test, node: Option<Node<'_>>) -> Truth {
        let quiet = Scope {
            tracing: false,
            ..*self
        };
        quiet.predicates(&test.predicates, node).all
    }
}

fn is_lone_no_element(test: &Test) -> bool {
    matches!(
        test.predicates.as_slice(),
        [Predicate {
            op: Operator::NoElement(_),
            ..
        }]
    )
}
