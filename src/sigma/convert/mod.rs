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
//! and `word` make it text.

mod condition;
mod head;
mod layout;
mod manner;
mod operator;
mod placeholder;
#[cfg(test)]
mod tests;
mod word;

use crate::diagnostic::{Code, Diagnostic, SourceId, Span, Spanned};
use crate::rule::{Definitions, Foreign, Lowerer, Origin, Rule, RuleSet};
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
    let mut conversion = Conversion::default();
    let mut rules: Vec<&Rule> = set.all().collect();
    rules.sort_by_key(|rule| (rule.span.source, rule.span.start));
    let mut written = Vec::new();
    for rule in rules {
        if rule.origin != Origin::User {
            continue;
        }
        let Some(foreign) = set.foreign(rule) else {
            conversion.native += 1;
            continue;
        };
        match rule_text(set, rule, foreign) {
            Ok(converted) => written.push((rule, converted)),
            Err(refusal) => conversion.problems.push(refusal.diagnostic(&rule.id.value)),
        }
    }
    settle(set, written, &mut conversion);
    conversion
}

/// Keeps what loads. What can never hold, or names a misspelt field, is a warning in a
/// Sigma rule and an error in a native one.
fn settle(set: &RuleSet, written: Vec<(&Rule, Converted)>, conversion: &mut Conversion) {
    let mut definitions = set.definitions.clone();
    let sources: Vec<SourceId> = written
        .iter()
        .map(|(rule, converted)| definitions.sources.add(&*rule.id.value, &*converted.text))
        .collect();
    for ((rule, converted), source) in written.into_iter().zip(sources) {
        match first_error(&definitions, source, &converted.text) {
            None => conversion.rules.push(converted),
            Some(error) => {
                let help = error.help.unwrap_or_default();
                let refusal = Refusal::new(rule.id.span, error.message, help);
                let message = format!(
                    "`{}` is not converted, for no native rule may be so: {}",
                    rule.id.value, refusal.message
                );
                let problem = Diagnostic::new(Code::SigmaNotConverted, message)
                    .at(refusal.span, "of this rule")
                    .help(refusal.help);
                conversion.problems.push(problem);
            }
        }
    }
}

fn first_error(definitions: &Definitions, source: SourceId, text: &str) -> Option<Diagnostic> {
    let mut problems = Vec::new();
    let documents = yaml::parse(source, text, &mut problems);
    let mut lowerer = Lowerer::new(definitions);
    for node in &documents.sound {
        if let Some(rule) = lowerer.rule(node, Origin::User) {
            problems.extend(crate::rule::lint(&rule, &definitions.sources));
        }
    }
    problems.extend(lowerer.finish().diagnostics);
    problems.into_iter().find(Diagnostic::is_error)
}

fn rule_text(set: &RuleSet, rule: &Rule, foreign: Foreign<'_>) -> Result<Converted, Refusal> {
    let node = foreign.node;
    if rule.correlation.is_some() {
        return Err(Refusal::new(
            rule.id.span,
            "it is a correlation",
            "the rules that it names are converted; write the rest with `correlate`, or keep the Sigma document: it runs as it is",
        ));
    }
    let lists = placeholder::lists_of(&rule.condition);
    let marked = match lists.is_empty() {
        true => None,
        false => Some(placeholder::marked(set, rule, &lists)?),
    };
    let condition = match &marked {
        Some(marked) => &marked.condition,
        None => &rule.condition,
    };
    let writer = Writer::new(set, node, foreign.filters, condition);
    let mut entries = head::before(rule, foreign);
    entries.push(("match".to_owned(), writer.whole(condition)?));
    entries.extend(head::behind(node));
    let own = |name: &String| node.get("lists").is_some_and(|of| of.get(name).is_some());
    Ok(Converted {
        id: rule.id.value.clone(),
        source: rule.span.source,
        text: layout::document(&Yaml::Block(entries)),
        left_out: head::left_out(node),
        lists: lists.into_iter().filter(|name| !own(name)).collect(),
        licensed: rule.attribution.license.is_some(),
    })
}

/// A text that stands nowhere.
fn unplaced(text: &str, span: Span) -> Spanned<String> {
    Spanned::new(text.to_owned(), span)
}
