//! Correlations of Sigma: what several events together show.
//!
//! In comes a `correlation` document and what its names stand for; out comes a rule of
//! the model with a [`Correlation`], as from native `correlate`. `names` finds the rules
//! that are meant, `members` reads which events take part under which key, and `asks`
//! what is asked of them.

mod asks;
mod members;
mod names;

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::rule::clause::Clause;
use crate::rule::correlation::Correlation;
use crate::rule::{Kept, Origin, Rule};
use crate::yaml::{Fields, Node, NodeKind, get};

use super::Lowering;
use super::lowering::boolean;
use super::rule::HEAD_KEYS;

pub(crate) use names::{Named, Names};

/// The keys that documents with a correlation have beside those of rules.
const KEYS: [&str; 2] = ["correlation", "generate"];

/// The keys of a correlation.
const CORRELATION_KEYS: [&str; 7] = [
    "type",
    "rules",
    "group-by",
    "timespan",
    "condition",
    "aliases",
    "generate",
];

const WHAT: &str = "the correlation";

impl Lowering<'_, '_> {
    /// Lowers a correlation; `None` when something that it cannot do without is wrong.
    pub(crate) fn correlation(
        &mut self,
        node: &Node,
        origin: Origin,
        named: &Named,
    ) -> Option<Rule> {
        let entries = self.mapping(node, "the Sigma correlation")?;
        self.misspelt_keys(entries, &[&HEAD_KEYS[..], &KEYS].concat());
        if get(entries, "title").is_none() {
            let example = "title: Many failed logins";
            self.missing_key(
                node.span.start_only(),
                "the Sigma correlation",
                "title",
                example,
            );
        }
        let id = get(entries, "id")
            .and_then(Node::as_text)
            .unwrap_or_default();
        let correlation = get(entries, "correlation").and_then(|of| self.correlated(of, id, named));
        if let Some(generate) = names::generate(node) {
            self.check_generate(generate);
        }
        let (condition, correlation) = correlation.unzip();
        let mut rule = self.whole(node, entries, origin, condition, correlation)?;
        rule.keep_what_it_reads();
        Some(rule)
    }

    fn correlated(
        &mut self,
        node: &Node,
        id: &str,
        named: &Named,
    ) -> Option<(Clause, Correlation)> {
        let entries = self.mapping(node, "`correlation`")?;
        self.known_keys(entries, &CORRELATION_KEYS, WHAT);
        let kind = self.kind(node, entries);
        let members = self.members(node, entries, named);
        let asked = kind.and_then(|kind| self.of_condition(node, entries, kind));
        let within = self.timespan(node, entries);
        let (kind, members, asked) = (kind?, members?, asked?);
        let places = self.places(node, kind, &members)?;
        let asks = self.asks(node, within?, &asked, &places)?;
        let condition = self.base.taking_part(&places.steps, node.span)?;
        let correlation = Correlation {
            span: node.span,
            rule: id.into(),
            kept: Kept::default(),
            steps: places.steps,
            asks,
        };
        Some((condition, correlation))
    }

    fn check_generate(&mut self, node: &Node) {
        let known = matches!(&node.kind, NodeKind::Scalar(scalar) if boolean(scalar).is_some());
        if !known {
            self.report(
                Diagnostic::new(Code::WrongType, "`generate` must be `true` or `false`")
                    .at(node.span, "neither of the two")
                    .help("write `generate: true` where the rules report by themselves too"),
            );
        }
    }

    fn bad_correlation(&mut self, span: Span, message: &str, help: &str) {
        self.report(
            Diagnostic::new(Code::BadCorrelation, message)
                .at(span, "here")
                .help(help),
        );
    }

    /// What is right in itself, and cannot be run.
    fn not_run(&mut self, span: Span, message: &str, help: &str) {
        self.report(
            Diagnostic::new(Code::SigmaCorrelation, message)
                .at(span, "not evaluated")
                .help(help),
        );
    }
}
