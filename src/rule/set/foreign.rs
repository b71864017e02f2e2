//! Sigma among the documents of a set: which rules apply, what narrows them, and which
//! report nothing by themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::load::{Document, Loader, id_of};
use super::{FailedRule, Language, NotApplicable};
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::rule::model::{Origin, Rule};
use crate::sigma::{Applies, Filter, Form, Logsource, Names};
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
        let mut names = Names::default();
        for document in documents {
            match document.form {
                Form::Native => kept.push(document),
                Form::Correlation => correlations.push(document),
                Form::Rule | Form::Filter if !is_about(&document) && has_logsource(&document) => {
                    let node = document.node();
                    let logsource = Logsource::of(node).describe();
                    names.add_elsewhere(&called(node), &logsource);
                    self.not_applicable(&document, logsource);
                }
                Form::Rule => kept.push(document),
                Form::Filter => filters.push(document),
            }
        }
        let correlations = self.applicable(correlations, &mut names);
        for document in kept.iter().chain(&correlations) {
            let node = document.node();
            if let Some(id) = id_of(node) {
                let is_native = document.form == Form::Native;
                let called = if is_native { vec![id] } else { called(node) };
                names.add(id, &called);
            }
        }
        kept.extend(correlations.into_iter().map(|mut document| {
            let named = names.in_correlation(document.node());
            document.source.language = Language::Correlation(Arc::new(named));
            document
        }));
        self.narrow(&filters, &mut kept, any);
        kept
    }

    /// The correlations that are not all about other logs, as their rules are.
    fn applicable(&mut self, mut of: Vec<Document>, names: &mut Names) -> Vec<Document> {
        loop {
            let before = of.len();
            let mut rest = Vec::with_capacity(before);
            for document in of {
                match names.all_elsewhere(document.node()) {
                    Some(logsource) => {
                        names.add_elsewhere(&called(document.node()), &logsource);
                        self.not_applicable(&document, logsource);
                    }
                    None => rest.push(document),
                }
            }
            // One may be about another that was found to be about other logs.
            if rest.len() == before {
                return rest;
            }
            of = rest;
        }
    }

    /// Takes out the Sigma rules that report nothing by themselves: those that a
    /// correlation names, where none that does says `generate`.
    pub(super) fn silence(&mut self) {
        let documents = &self.set.documents;
        let language = |id: &str| documents.get(id).map(|source| &source.language);
        let (mut named, mut generated) = (BTreeSet::new(), BTreeSet::new());
        for rule in &self.set.rules {
            if let Some(Language::Correlation(of)) = language(&rule.id.value) {
                let ids = of.ids();
                match of.generates {
                    true => generated.extend(ids),
                    false => named.extend(ids),
                }
            }
        }
        // A native rule reports whoever names it.
        let is_native = |id: &str| matches!(language(id), None | Some(Language::Native));
        let silent = |rule: &mut Rule| {
            let id = rule.id.value.as_str();
            named.contains(id) && !generated.contains(id) && !is_native(id)
        };
        let unreported = self.set.rules.extract_if(.., silent).collect();
        self.set.unreported = unreported;
    }

    fn not_applicable(&mut self, document: &Document, logsource: String) {
        let node = document.node();
        self.set.not_applicable.push(NotApplicable {
            id: id_of(node).unwrap_or_default().to_owned(),
            logsource,
            span: node.span,
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
            let (names, logsource) = (called(node), Logsource::of(node));
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
fn called(node: &Node) -> Vec<&str> {
    let name = node.get("name").and_then(Node::as_text);
    id_of(node).into_iter().chain(name).collect()
}

/// What is asked of rules that are mostly others' work: Sigma has neither tests nor
/// remediation, and what can never hold is theirs to mend.
pub(super) fn as_of_others(lint: &mut Vec<Diagnostic>) {
    lint.retain(|problem| !matches!(problem.code, Code::NoTests | Code::MissingText));
    for problem in lint {
        problem.level = problem.level.min(Level::Warning);
        in_words_of_sigma(problem);
    }
}

/// What is asked of correlations, by the keys that Sigma has for it.
fn in_words_of_sigma(problem: &mut Diagnostic) {
    let (message, help) = match problem.code {
        Code::OneIsEnough => (
            "one event is enough for this correlation",
            "ask for more, such as `gte: 2`, or take the correlation away: its rules find single events",
        ),
        Code::NoKey => (
            "the events need have nothing in common: there is no `group-by`",
            "say whose events belong together, such as `group-by: [userIdentity.arn]`",
        ),
        _ => return,
    };
    problem.message = message.to_owned();
    problem.help = Some(help.to_owned());
}
