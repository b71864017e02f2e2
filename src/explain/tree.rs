//! A condition on an event as a tree: a mark and the value seen at each clause.

use serde_json::Value;

use super::words::Words;
use crate::diagnostic::Style;
use crate::event::{Losses, secret};
use crate::finding::ShownEvent;
use crate::output::text::words::{Paint, shortened, visible, wrapped};
use crate::reference::{
    ElementTrace, EventPath, FieldTrace, Item, NodeTrace, PredicateDetail, PredicateTrace,
    TestTrace, Trace, TraceKind, Truth, trace_known,
};
use crate::rule::Rule;
use crate::rule::clause::{Clause, ClauseKind, Operator, Predicate, Test};
use crate::rule::selector::{Root, Selector};

/// Longer lists of values are counted; `explain` without an event names them all.
const WORDS: Words = Words { most_values: 6 };
/// How many characters of a value are shown: any ARN, not a whole policy.
const VALUE_WIDTH: usize = 160;
/// How many of a field's values, or of a block's elements, are shown.
const MOST_NODES: usize = 12;

/// A condition of a rule with what it saw in an event, line by line, without a
/// heading. Every line ends with a newline. What nobody knows because it was among
/// `losses` is marked so.
pub fn condition_tree(
    rule: &Rule,
    condition: &Clause,
    event: &Value,
    losses: &Losses,
    style: Style,
) -> String {
    let trace = trace_known(condition, event, losses);
    let mut paths = Vec::new();
    gather_paths(&trace, &mut paths);
    let mut tree = Tree {
        shown: ShownEvent::under(rule, event, paths),
        paint: Paint {
            colour: style.colour,
        },
        width: style.width,
        text: String::new(),
    };
    tree.children(condition, &trace, 1);
    tree.text
}

struct Tree {
    shown: ShownEvent,
    paint: Paint,
    width: usize,
    text: String,
}

impl Tree {
    /// What is inside a mapping, without a line for the mapping itself.
    fn children(&mut self, clause: &Clause, trace: &Trace, depth: usize) {
        match (&clause.kind, &trace.kind) {
            (ClauseKind::All(clauses), TraceKind::All(traces)) => {
                for (clause, trace) in clauses.iter().zip(traces) {
                    self.clause(clause, trace, depth);
                }
            }
            _ => self.clause(clause, trace, depth),
        }
    }

    fn clause(&mut self, clause: &Clause, trace: &Trace, depth: usize) {
        let (heading, pairs): (&str, Vec<(&Clause, &Trace)>) = match (&clause.kind, &trace.kind) {
            (ClauseKind::All(clauses), TraceKind::All(traces)) => {
                if let ([clause], [trace]) = (clauses.as_slice(), traces.as_slice()) {
                    return self.clause(clause, trace, depth);
                }
                ("all of", clauses.iter().zip(traces).collect())
            }
            (ClauseKind::Any(clauses), TraceKind::Any(traces)) => {
                ("any of", clauses.iter().zip(traces).collect())
            }
            (ClauseKind::None(clauses), TraceKind::None(traces)) => {
                ("none of", clauses.iter().zip(traces).collect())
            }
            (ClauseKind::Not(clause), TraceKind::Not(inner)) => {
                self.line(depth, trace.truth, "not", None);
                return self.children(clause, inner, depth + 1);
            }
            (ClauseKind::Macro { name, of, body }, TraceKind::Macro { body: inner, .. }) => {
                // The commonest selection is called `selection`.
                let label = match name == of.word() {
                    true => name.clone(),
                    false => format!("{} {name}", of.word()),
                };
                self.line(depth, trace.truth, &label, None);
                return self.children(body, inner, depth + 1);
            }
            (ClauseKind::Field { selector, test }, TraceKind::Field(field)) => {
                return self.field(selector, test, field, trace.truth, depth);
            }
            // A trace mirrors its clause; nothing is shown of one that does not.
            _ => return,
        };
        self.line(depth, trace.truth, heading, None);
        for (clause, trace) in pairs {
            self.clause(clause, trace, depth + 1);
        }
    }

    fn field(
        &mut self,
        selector: &Selector,
        test: &Test,
        trace: &FieldTrace,
        truth: Truth,
        depth: usize,
    ) {
        let words = WORDS.test(test);
        let (test, nodes, inverted) = innermost(test, &trace.test);
        // Several operators have a line each, below the field.
        let text = match (test.predicates.len(), inverted) {
            (1, _) => format!("{} {words}", selector.text),
            (_, false) => selector.text.clone(),
            (_, true) => format!("{} is not all of", selector.text),
        };
        // The opposite of one operator is shown by the opposite mark; that of
        // several by the mark of each.
        let inverted = inverted && test.predicates.len() == 1;
        let label = |node: &NodeTrace| {
            let path = node.path.to_string();
            (trace.root == Root::Event && path != selector.text && node.value.is_some())
                .then_some(path)
        };
        if let [node] = nodes {
            let value = self.seen(node, trace.root, truth);
            let value = match label(node) {
                Some(path) => format!("{path}: {value}"),
                None => value,
            };
            // What a block looks at is shown piece by piece.
            let value = Some(value.as_str()).filter(|_| !shows_pieces(node));
            self.line(depth, truth, &text, value);
            return self.predicates(test, node, depth + 1);
        }
        self.line(depth, truth, &text, None);
        for node in nodes.iter().take(MOST_NODES) {
            let value = self.seen(node, trace.root, truth);
            let text = visible(&node.path.to_string()).into_owned();
            let truth = if inverted { !node.truth } else { node.truth };
            self.line(depth + 1, truth, &text, Some(&value));
            self.predicates(test, node, depth + 2);
        }
        self.rest(nodes.len(), depth + 1);
    }

    /// The operators of a test on one node, where they say more than the line above.
    fn predicates(&mut self, test: &Test, node: &NodeTrace, depth: usize) {
        let several = test.predicates.len() > 1;
        for (predicate, trace) in test.predicates.iter().zip(&node.predicates) {
            let inner_depth = if several {
                self.line(depth, trace.truth, &WORDS.predicate(predicate, true), None);
                depth + 1
            } else {
                depth
            };
            self.inside(predicate, trace, inner_depth);
        }
    }

    /// What a block looked at.
    fn inside(&mut self, predicate: &Predicate, trace: &PredicateTrace, depth: usize) {
        match (&predicate.op, &trace.detail) {
            (
                Operator::AnyElement(block)
                | Operator::EveryElement(block)
                | Operator::NoElement(block)
                | Operator::AnyEntry(block)
                | Operator::Json(block),
                PredicateDetail::Block(elements),
            ) => self.elements(block, elements, depth),
            (Operator::Not(inner), PredicateDetail::Not(traces)) => {
                for (predicate, trace) in inner.predicates.iter().zip(traces) {
                    self.inside(predicate, trace, depth);
                }
            }
            _ => {}
        }
    }

    fn elements(&mut self, block: &Clause, elements: &[ElementTrace], depth: usize) {
        if elements.is_empty() {
            let nothing = self.paint.dim("nothing to look at");
            self.text
                .push_str(&format!("{}{nothing}\n", "  ".repeat(depth)));
        }
        for element in elements.iter().take(MOST_NODES) {
            match &element.item {
                // A document has no line of its own: its field's line shows it.
                Item::Document(_) => self.children(block, &element.trace, depth),
                Item::Element(value) => {
                    let value = self.value(&element.path, value, Root::Element);
                    let last = element.path.steps.last().map(|step| EventPath {
                        steps: vec![step.clone()],
                    });
                    let name = last.map_or_else(String::new, |last| last.to_string());
                    self.line(depth, element.trace.truth, &visible(&name), Some(&value));
                    self.children(block, &element.trace, depth + 1);
                }
                Item::Entry { key, value } => {
                    let value = self.value(&element.path, value, Root::EntryValue);
                    self.line(depth, element.trace.truth, &visible(key), Some(&value));
                    self.children(block, &element.trace, depth + 1);
                }
            }
        }
        self.rest(elements.len(), depth);
    }

    fn rest(&mut self, count: usize, depth: usize) {
        if count > MOST_NODES {
            let rest = self.paint.dim(&format!("and {} more", count - MOST_NODES));
            self.text
                .push_str(&format!("{}{rest}\n", "  ".repeat(depth)));
        }
    }

    /// `✓ text  ← value`, the value on a line of its own where it does not fit.
    fn line(&mut self, depth: usize, truth: Truth, text: &str, value: Option<&str>) {
        let mark = if truth.open || truth.lost {
            self.paint.bold("?")
        } else if truth.value {
            self.paint.good("✓")
        } else {
            self.paint.bad("✗")
        };
        let indent = "  ".repeat(depth);
        let start = 2 * depth + 2;
        let said = wrapped(text, self.width, start, start + 2);
        self.text.push_str(&format!("{indent}{mark} {said}"));
        let open = if truth.open { " (cannot be read)" } else { "" };
        if let Some(value) = value {
            let arrow = format!("← {value}{open}");
            let column = match said.rsplit_once('\n') {
                Some((_, last)) => last.chars().count(),
                None => start + said.chars().count(),
            };
            let fits = column + 2 + arrow.chars().count() <= self.width;
            let gap = if fits {
                "  ".to_owned()
            } else {
                format!("\n{indent}    ")
            };
            self.text
                .push_str(&format!("{gap}{}", self.paint.dim(&arrow)));
        }
        self.text.push('\n');
    }

    /// What a test of that truth looked at, fit to be shown.
    fn seen(&self, node: &NodeTrace, root: Root, truth: Truth) -> String {
        match &node.value {
            Some(value) => self.value(&node.path, value, root),
            None if truth.lost => "lost by the shape of the record".to_owned(),
            None => "missing".to_owned(),
        }
    }

    /// A value fit to be shown; the key of an entry is itself, not what it keys.
    fn value(&self, path: &EventPath, value: &Value, root: Root) -> String {
        let shown = match self.shown.get(path) {
            Some(shown) if root != Root::EntryKey => shown.to_string(),
            _ => secret::masked(value).to_string(),
        };
        shortened(&visible(&shown), VALUE_WIDTH).into_owned()
    }
}

/// Whether a node's one operator is a block, and shows the node's elements or entries.
fn shows_pieces(node: &NodeTrace) -> bool {
    match node.predicates.as_slice() {
        [only] => match &only.detail {
            PredicateDetail::Block(elements) => elements
                .first()
                .is_some_and(|element| !matches!(element.item, Item::Document(_))),
            _ => false,
        },
        _ => false,
    }
}

/// Through every lone `not`: the test inside, its nodes, and whether the whole
/// says the opposite.
fn innermost<'t>(test: &'t Test, trace: &'t TestTrace) -> (&'t Test, &'t [NodeTrace], bool) {
    match (test.lone_not(), trace) {
        (Some(inner_test), TestTrace::Not { inner, .. }) => {
            let (test, nodes, inverted) = innermost(inner_test, inner);
            (test, nodes, !inverted)
        }
        (_, TestTrace::Nodes { nodes, .. }) => (test, nodes, false),
        (None, TestTrace::Not { .. }) => (test, &[], false),
    }
}

/// Every place that a trace has seen, so that documents are opened before they are shown.
fn gather_paths<'t>(trace: &'t Trace, paths: &mut Vec<&'t EventPath>) {
    match &trace.kind {
        TraceKind::All(list) | TraceKind::Any(list) | TraceKind::None(list) => {
            list.iter().for_each(|child| gather_paths(child, paths));
        }
        TraceKind::Not(body) | TraceKind::Macro { body, .. } => gather_paths(body, paths),
        TraceKind::Field(field) => gather_test_paths(&field.test, paths),
    }
}

fn gather_test_paths<'t>(test: &'t TestTrace, paths: &mut Vec<&'t EventPath>) {
    match test {
        TestTrace::Not { inner, .. } => gather_test_paths(inner, paths),
        TestTrace::Nodes { nodes, .. } => {
            for node in nodes {
                paths.push(&node.path);
                gather_predicate_paths(&node.predicates, paths);
            }
        }
    }
}

fn gather_predicate_paths<'t>(predicates: &'t [PredicateTrace], paths: &mut Vec<&'t EventPath>) {
    for predicate in predicates {
        match &predicate.detail {
            PredicateDetail::Node | PredicateDetail::Elements(_) => {}
            PredicateDetail::Not(inner) => gather_predicate_paths(inner, paths),
            PredicateDetail::Block(elements) => {
                for element in elements {
                    paths.push(&element.path);
                    gather_paths(&element.trace, paths);
                }
            }
        }
    }
}
