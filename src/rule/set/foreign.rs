//! Sigma among the documents of a set: which rules apply, what narrows them, and what
//! is not run.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::load::{Document, Loader, id_of};
use super::{FailedRule, Language, NotApplicable};
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::rule::model::Origin;
use crate::sigma::{Applies, Filter, Form, Logsource, correlated_rules};
use crate::yaml::Node;

impl Loader {
    /// Keeps the documents that are to be lowered: native ones, and the Sigma rules
    /// that apply, with the filters that narrow them.
    pub(super) fn settle(&mut self, documents: Vec<Document>, applies: Applies) -> Vec<Document> {
        if documents
            .iter()
            .all(|document| document.form == Form::Native)
        {
            return documents;
        }
        let any = applies == Applies::Any;
        let is_about = |document: &Document| any || Logsource::of(document.node()).is_cloudtrail();
        let mut kept = Vec::with_capacity(documents.len());
        let mut filters = Vec::new();
        let mut correlations = Vec::new();
        let mut elsewhere = BTreeSet::new();
        for document in documents {
            match document.form {
                Form::Native => kept.push(document),
                Form::Correlation => correlations.push(document),
                Form::Rule | Form::Filter if !is_about(&document) && has_logsource(&document) => {
                    elsewhere.extend(names(document.node()).into_iter().map(str::to_owned));
                    self.not_applicable(&document);
                }
                Form::Rule => kept.push(document),
                Form::Filter => filters.push(document),
            }
        }
        for document in &correlations {
            self.correlation(document, &elsewhere);
        }
        self.narrow(&filters, &mut kept, any);
        kept
    }

    fn not_applicable(&mut self, document: &Document) {
        let node = document.node();
        self.set.not_applicable.push(NotApplicable {
            id: id_of(node).unwrap_or_default().to_owned(),
            logsource: Logsource::of(node).describe(),
            span: node.span,
        });
    }

    /// A correlation is about what its rules are about.
    fn correlation(&mut self, document: &Document, elsewhere: &BTreeSet<String>) {
        let node = document.node();
        let rules = correlated_rules(node);
        let mut elsewhere_of = rules
            .iter()
            .map(|name| elsewhere.contains(&name.to_ascii_lowercase()));
        if !rules.is_empty() && elsewhere_of.all(|is| is) {
            return self.not_applicable(document);
        }
        let name = id_of(node).unwrap_or_default().to_owned();
        let place = node.get("correlation").map_or(node.span, |node| node.span);
        self.diagnostics.push(
            Diagnostic::new(
                Code::SigmaCorrelation,
                format!("`{name}` is a correlation of Sigma, which this version does not run"),
            )
            .at(place.start_only(), "not evaluated")
            .help("the rules that it names run each by itself; write it as a native rule with `correlate`, or take the document away"),
        );
        self.set.failed.push(FailedRule {
            name,
            controls: Some(Vec::new()),
        });
    }

    /// Gives each Sigma rule the filters that narrow it.
    fn narrow(&mut self, filters: &[Document], kept: &mut [Document], any: bool) {
        let definitions = &self.set.definitions;
        let mut read: Vec<Filter> = Vec::with_capacity(filters.len());
        for document in filters {
            match Filter::read(document.node(), definitions, &mut self.diagnostics) {
                Some(filter) => read.push(filter),
                None => self.set.failed.push(FailedRule {
                    name: id_of(document.node()).unwrap_or_default().to_owned(),
                    controls: Some(Vec::new()),
                }),
            }
        }
        let rules = kept.iter_mut().filter(|of| of.form == Form::Rule);
        let mut met: Vec<BTreeSet<String>> = vec![BTreeSet::new(); read.len()];
        for document in rules {
            let node = document.node();
            let (names, logsource) = (names(node), Logsource::of(node));
            let mut own = Vec::new();
            for (filter, met) in read.iter().zip(&mut met) {
                if filter.narrows(&names, &logsource, any) {
                    own.push(filter.clone());
                    met.insert(String::new());
                    met.extend(names.iter().map(|name| name.to_ascii_lowercase()));
                }
            }
            document.source.language = Language::Sigma(Arc::from(own));
        }
        for (filter, met) in read.iter().zip(met) {
            let unmet = filter.unmet(|name| met.contains(&name.to_ascii_lowercase()));
            self.diagnostics.extend(unmet);
        }
    }

    /// Says so where every rule that the user named is about other logs: a run of
    /// nothing must not look clean.
    pub(super) fn something_applies(&mut self) {
        let set = &self.set;
        let Some(first) = set.not_applicable.first() else {
            return;
        };
        let of_user = |origin: Origin| origin == Origin::User;
        let some = set.all().any(|rule| of_user(rule.origin));
        if some || !set.failed.is_empty() {
            return;
        }
        let count = set.not_applicable.len();
        let message = match count {
            1 => "the one Sigma rule that was given is not about CloudTrail".to_owned(),
            _ => format!("none of the {count} Sigma rules that were given is about CloudTrail"),
        };
        self.diagnostics.push(
            Diagnostic::new(Code::NothingApplies, message)
                .at(first.span.start_only(), format!("about {}", first.logsource))
                .help("name rules with `logsource: {product: aws, service: cloudtrail}`, or run these all the same with `--logsource any`"),
        );
        let place = set.definitions.sources.place(first.span);
        self.set.failed.push(FailedRule::unread(place));
    }
}

/// Without one, what is wrong is that.
fn has_logsource(document: &Document) -> bool {
    document.node().get("logsource").is_some()
}

/// What others call a rule by: its id and its name.
fn names(node: &Node) -> Vec<&str> {
    let name = node.get("name").and_then(Node::as_text);
    id_of(node).into_iter().chain(name).collect()
}

/// What is asked of rules that are mostly others' work: Sigma has neither tests nor
/// remediation, and what can never hold is theirs to mend.
pub(super) fn as_of_others(lint: &mut Vec<Diagnostic>) {
    lint.retain(|problem| !matches!(problem.code, Code::NoTests | Code::MissingText));
    for problem in lint {
        problem.level = problem.level.min(Level::Warning);
    }
}
