//! Conversion: a Sigma rule as the text of a native one.
//!
//! In comes a rule set in which Sigma rules were loaded; out comes the YAML of each as a
//! person would write it, which loads as a native rule and holds on the same events, and
//! a diagnostic for each rule that native YAML has no words for. What is written is made
//! from the lowered rule, so that it means what runs, and from the document for what
//! stands around the detection.
//!
//! `head` writes what stands around `match`, `condition` its structure, `operator` its
//! tests, `manner` finds where case matters, `placeholder` what stands for a list; `layout`
//! and `word` make it text. `correlation` writes what is asked of several events, with the
//! conditions of the rules that it names, and `whole` which rules are then written at all.

mod condition;
mod correlation;
mod head;
mod layout;
mod manner;
mod operator;
mod placeholder;
#[cfg(test)]
mod tests;
mod whole;
mod word;

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, SourceId, Span, Spanned};
use crate::rule::{Definitions, Foreign, Lowerer, Neighbours, Origin, Rule, RuleSet};
use crate::yaml;

use condition::Writer;
use layout::Yaml;

/// What came of a set.
#[derive(Debug, Clone, Default)]
pub struct Conversion {
    /// The rules that were written, in the order of their files.
    pub rules: Vec<Converted>,
    /// Why others were not.
    pub problems: Vec<Diagnostic>,
    /// Those that are written in correlations alone.
    pub inlined: Vec<Inlined>,
    /// How many native rules were beside them.
    pub native: usize,
}

/// A Sigma rule, written natively.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The rule's id.
    pub id: String,
    /// The file that the Sigma rule stands in.
    pub source: SourceId,
    /// One document of a rules file.
    pub text: String,
    /// What the Sigma rule says and a native one has no place for.
    pub left_out: Vec<String>,
    /// The lists that it names and that are defined elsewhere.
    pub lists: Vec<String>,
    /// Whether it says under which licence it is.
    pub licensed: bool,
}

/// A Sigma rule that reports through correlations alone, and that stands in what was
/// written of these.
#[derive(Debug, Clone)]
pub struct Inlined {
    /// Its id.
    pub id: String,
    /// The ids of the correlations.
    pub within: Vec<String>,
}

/// A Sigma rule, and its document.
#[derive(Debug, Clone, Copy)]
struct Base<'s> {
    rule: &'s Rule,
    foreign: Foreign<'s>,
}

/// What native YAML has no word for.
#[derive(Debug)]
struct Refusal {
    span: Span,
    message: String,
    help: String,
}

impl Refusal {
    fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Refusal {
            span,
            message: message.into(),
            help: help.into(),
        }
    }

    fn diagnostic(self, id: &str) -> Diagnostic {
        let message = format!("`{id}` is not converted: {}", self.message);
        Diagnostic::new(Code::SigmaNotConverted, message)
            .at(self.span, "no native words for this")
            .help(self.help)
    }
}

/// Writes the Sigma rules of a set as native ones.
pub fn convert(set: &RuleSet) -> Conversion {
    let mut rules: Vec<&Rule> = set.all().collect();
    rules.retain(|rule| rule.origin == Origin::User);
    rules.sort_by_key(|rule| (rule.span.source, rule.span.start));
    let bases = rules.iter().filter_map(|rule| {
        let foreign = set.foreign(rule)?;
        Some(Base { rule, foreign })
    });
    let bases: Vec<Base<'_>> = bases.collect();
    let native = rules.len() - bases.len();
    Conversion {
        native,
        ..whole::written(set, &bases)
    }
}

type Outcome = Result<Converted, Diagnostic>;

/// Keeps what loads. What can never hold, or names a misspelt field, is a warning in a
/// Sigma rule and an error in a native one.
fn settle<'s>(
    set: &RuleSet,
    neighbours: &Neighbours,
    written: Vec<(Base<'s>, Result<Converted, Refusal>)>,
) -> Vec<(Base<'s>, Outcome)> {
    let mut definitions = set.definitions.clone();
    let sources: Vec<Option<SourceId>> = written
        .iter()
        .map(|(base, converted)| {
            let text = &converted.as_ref().ok()?.text;
            Some(definitions.sources.add(&*base.rule.id.value, &**text))
        })
        .collect();
    let settled = written.into_iter().zip(sources);
    settled
        .map(|((base, converted), source)| {
            let outcome = match (converted, source) {
                (Ok(converted), Some(source)) => {
                    match first_error(&definitions, neighbours, source, &converted.text) {
                        None => Ok(converted),
                        Some(error) => Err(not_native(base.rule, error)),
                    }
                }
                (Ok(converted), None) => Ok(converted),
                (Err(refusal), _) => Err(refusal.diagnostic(&base.rule.id.value)),
            };
            (base, outcome)
        })
        .collect()
}

fn not_native(rule: &Rule, error: Diagnostic) -> Diagnostic {
    let message = format!(
        "`{}` is not converted, for no native rule may be so: {}",
        rule.id.value, error.message
    );
    Diagnostic::new(Code::SigmaNotConverted, message)
        .at(rule.id.span, "of this rule")
        .help(error.help.unwrap_or_default())
}

fn first_error(
    definitions: &Definitions,
    neighbours: &Neighbours,
    source: SourceId,
    text: &str,
) -> Option<Diagnostic> {
    let mut problems = Vec::new();
    let documents = yaml::parse(source, text, &mut problems);
    let mut lowerer = Lowerer::beside(definitions, neighbours);
    for node in &documents.sound {
        if let Some(rule) = lowerer.rule(node, Origin::User) {
            problems.extend(crate::rule::lint(&rule, &definitions.sources));
        }
    }
    problems.extend(lowerer.finish().diagnostics);
    problems.into_iter().find(Diagnostic::is_error)
}

/// What is written of a rule about single events.
fn rule_text(set: &RuleSet, base: Base<'_>) -> Result<Converted, Refusal> {
    let (rule, node) = (base.rule, base.foreign.node);
    let (condition, lists) = placeholder::with_marks(set, rule)?;
    let writer = Writer::new(set, &[base.foreign], &condition);
    let mut entries = head::before(rule, base.foreign, &[]);
    entries.push(("match".to_owned(), writer.whole(&condition)?));
    entries.extend(head::behind(node));
    Ok(converted(base, &[base], entries, lists))
}

/// What is written of a rule, with the documents whose lists come along.
fn converted(
    base: Base<'_>,
    with: &[Base<'_>],
    entries: Vec<(String, Yaml)>,
    lists: BTreeSet<String>,
) -> Converted {
    let own = |name: &String| {
        let mut lists = with.iter().filter_map(|of| of.foreign.node.get("lists"));
        lists.any(|of| of.get(name).is_some())
    };
    let rule = base.rule;
    Converted {
        id: rule.id.value.clone(),
        source: rule.span.source,
        text: layout::document(&Yaml::Block(entries)),
        left_out: head::left_out(base.foreign.node),
        lists: lists.into_iter().filter(|name| !own(name)).collect(),
        licensed: rule.attribution.license.is_some(),
    }
}

/// A text that stands nowhere.
fn unplaced(text: &str, span: Span) -> Spanned<String> {
    Spanned::new(text.to_owned(), span)
}
