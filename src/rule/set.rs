//! A rule set: all rules files together.
//!
//! In come the texts of rules files and the lists that the user set; out come
//! the rules that can run, those that cannot for want of a list, the names of
//! those that failed, and every problem of every file.

mod controls;
mod foreign;
mod keeping;
mod load;
mod order;
mod spread;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, SourceId, SourceMap, Span, Spanned};
use crate::sigma;
use crate::yaml::{self, Node};

use super::choose::LeftOut;
use super::kept::Kept;
use super::lower::{Definitions, Known, Lowerer, Neighbours, named_rules};
use super::model::{FrameworkControls, Origin, Rule};
use super::overrides::SwitchedOff;
use super::test::RuleTest;

pub use load::{Settings, load, load_beside, load_with};

/// One rules file.
#[derive(Debug, Clone)]
pub struct RulesFile {
    /// The name people know it by, mostly its path.
    pub name: String,
    /// The text.
    pub text: RulesText,
    /// Whose rules they are.
    pub origin: Origin,
    /// What relative paths in it start from.
    pub folder: Option<PathBuf>,
}

impl RulesFile {
    /// A text that stands in no folder.
    pub fn new(origin: Origin, name: impl Into<String>, text: impl Into<RulesText>) -> Self {
        RulesFile {
            name: name.into(),
            text: text.into(),
            origin,
            folder: None,
        }
    }

    /// A text of the user's that stands in no folder.
    pub fn of_user(name: impl Into<String>, text: impl Into<RulesText>) -> Self {
        RulesFile::new(Origin::User, name, text)
    }
}

/// The text of a rules file, and for the embedded pack how YAML reads it.
#[derive(Debug, Clone)]
pub struct RulesText {
    text: Cow<'static, str>,
    recording: Option<&'static [u8]>,
    ids_alone: Option<&'static [&'static str]>,
}

impl RulesText {
    /// A text and what [`yaml::record`] made of it; a recording of another text is
    /// noticed only where it does not fit. Of one that defines nothing for other files,
    /// the ids of its rules.
    pub(crate) fn recorded(
        text: &'static str,
        recording: Option<&'static [u8]>,
        ids_alone: Option<&'static [&'static str]>,
    ) -> Self {
        RulesText {
            text: Cow::Borrowed(text),
            recording,
            ids_alone,
        }
    }

    /// The ids of its rules, where it is known to define nothing that other files may use.
    pub(crate) fn ids_alone(&self) -> Option<&'static [&'static str]> {
        self.ids_alone
    }

    /// The documents of the text, and what is wrong with them.
    pub(crate) fn documents(
        &self,
        source: SourceId,
        problems: &mut Vec<Diagnostic>,
    ) -> yaml::Documents {
        self.recording
            .and_then(|recording| yaml::replay(source, &self.text, recording, problems))
            .unwrap_or_else(|| yaml::parse(source, &self.text, problems))
    }
}

impl From<String> for RulesText {
    fn from(text: String) -> Self {
        RulesText {
            text: Cow::Owned(text),
            recording: None,
            ids_alone: None,
        }
    }
}

impl From<&str> for RulesText {
    fn from(text: &str) -> Self {
        RulesText::from(text.to_owned())
    }
}

impl Deref for RulesText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// A rule that needs lists which are declared and not set.
#[derive(Debug, Clone)]
pub struct InactiveRule {
    /// The rule; its values from those lists are missing, so it must not run.
    pub rule: Rule,
    /// The lists, where the rule first uses them.
    pub lists: Vec<Spanned<String>>,
}

impl InactiveRule {
    /// What to say where the user wrote or named the rule.
    pub fn diagnostic(&self) -> Diagnostic {
        let names: Vec<_> = self
            .lists
            .iter()
            .map(|list| format!("`{}`", list.value))
            .collect();
        let options: Vec<_> = self
            .lists
            .iter()
            .map(|list| format!("--list {}=FILE", list.value))
            .collect();
        let mut diagnostic = Diagnostic::new(
            Code::UnsetList,
            format!(
                "`{}` needs a list that is not set: {}",
                self.rule.id.value,
                names.join(", ")
            ),
        )
        .help(format!(
            "set it with `{}`, or give it values in a rules file",
            options.join(" ")
        ));
        for list in &self.lists {
            diagnostic = diagnostic.at(list.span, "used here");
        }
        diagnostic
    }
}

/// A rule that does not load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRule {
    /// Its id, or the place of its document where it has none.
    pub name: String,
    /// The controls that it is for; `None` where that cannot be read either.
    pub controls: Option<Vec<FrameworkControls>>,
}

impl FailedRule {
    /// One of which no more than a name is known.
    pub fn unread(name: impl Into<String>) -> Self {
        FailedRule {
            name: name.into(),
            controls: None,
        }
    }
}

/// A Sigma rule that is about another log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotApplicable {
    /// Its id.
    pub id: String,
    /// What it is about, such as `product windows, service security`.
    pub logsource: String,
    /// Where it is.
    pub span: Span,
}

/// A document and the language it is in, to be lowered anew.
#[derive(Debug, Clone)]
struct Source {
    node: Node,
    language: Language,
}

/// The language of a rule.
#[derive(Debug, Clone)]
enum Language {
    Native,
    /// With the filters that narrow the rule.
    Sigma(Arc<[sigma::Filter]>),
    /// A correlation of Sigma, with the rules that it means.
    Correlation(Arc<sigma::Named>),
}

impl Source {
    fn lowered(&self, lowerer: &mut Lowerer<'_>, origin: Origin) -> Option<Rule> {
        match &self.language {
            Language::Native => lowerer.rule(&self.node, origin),
            Language::Sigma(filters) => {
                sigma::Lowering::new(lowerer).rule(&self.node, origin, filters)
            }
            Language::Correlation(named) => {
                sigma::Lowering::new(lowerer).correlation(&self.node, origin, named)
            }
        }
    }

    /// The ids of the rules that it names.
    fn named_rules(&self) -> Vec<&str> {
        match &self.language {
            Language::Native | Language::Sigma(_) => named_rules(&self.node),
            Language::Correlation(named) => named.ids().collect(),
        }
    }
}

/// A rule in another language than trailgate's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Foreign<'s> {
    /// Its document.
    pub node: &'s Node,
    /// The filters that narrow it.
    pub filters: &'s [sigma::Filter],
    /// The rules that it means, where it is a correlation.
    pub named: Option<&'s sigma::Named>,
}

/// All rules of a run.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    /// The rules that can run, in the order of their files.
    pub rules: Vec<Rule>,
    /// The rules that want a list.
    pub inactive: Vec<InactiveRule>,
    /// The rules that do not load.
    pub failed: Vec<FailedRule>,
    /// The Sigma rules that report nothing by themselves, for a correlation of Sigma
    /// names them and does not say `generate`.
    pub unreported: Vec<Rule>,
    /// The Sigma rules that are about other logs.
    pub not_applicable: Vec<NotApplicable>,
    /// The rules that the configuration switches off.
    pub off: Vec<SwitchedOff>,
    /// What the profile leaves out, where it leaves out any.
    pub left_out: Option<LeftOut>,
    /// Macros, lists and the texts that spans point into.
    pub definitions: Definitions,
    /// What all correlations together read of an event.
    kept: Option<Kept>,
    documents: HashMap<String, Source>,
    /// Ids of rules of which only the macros and lists were taken.
    beside: BTreeSet<String>,
    folders: HashMap<SourceId, PathBuf>,
}

/// A rule set and what was found wrong on the way.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The rules.
    pub set: RuleSet,
    /// All problems, in the order of the files and of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl RuleSet {
    /// A set of one rule that was loaded in another.
    pub fn of(rule: Rule) -> RuleSet {
        RuleSet {
            rules: vec![rule],
            ..RuleSet::default()
        }
    }

    /// The texts that spans point into.
    pub fn sources(&self) -> &SourceMap {
        &self.definitions.sources
    }

    /// What the correlations read of an event, where that is known of all of them.
    pub(crate) fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    /// Every rule that loaded, active or not.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.reporting().chain(&self.unreported)
    }

    /// Every rule that loaded and may report by itself, active or not.
    pub fn reporting(&self) -> impl Iterator<Item = &Rule> {
        self.rules
            .iter()
            .chain(self.inactive.iter().map(|inactive| &inactive.rule))
    }

    /// Makes rules that report nothing by themselves do so after all.
    pub fn report(&mut self, is_meant: impl Fn(&Rule) -> bool) {
        let meant = self.unreported.extract_if(.., |rule| is_meant(rule));
        let meant: Vec<Rule> = meant.collect();
        if !meant.is_empty() {
            self.rules.extend(meant);
            self.rules
                .sort_by_key(|rule| (rule.span.source, rule.span.start));
        }
    }

    /// The ids of all rules that were there to be loaded: chosen or not, sound or
    /// not, and those left out with the embedded pack.
    pub fn known_ids(&self) -> BTreeSet<&str> {
        let failed = self.failed.iter().map(|failed| &failed.name);
        let elsewhere = self.not_applicable.iter().map(|rule| &rule.id);
        let ids = self.documents.keys().chain(&self.beside).chain(failed);
        let ids = ids.chain(elsewhere);
        ids.map(String::as_str).collect()
    }

    /// What relative paths in a rule's file start from.
    pub fn folder(&self, rule: &Rule) -> Option<&Path> {
        self.folders.get(&rule.span.source).map(PathBuf::as_path)
    }

    /// The rule as one of its tests sees it: with the lists that the test sets.
    ///
    /// # Errors
    /// What is wrong with the rule under these lists, a list still missing included.
    pub fn for_test(&self, rule: &Rule, test: &RuleTest) -> Result<Rule, Vec<Diagnostic>> {
        let lists: Vec<_> = test
            .lists
            .iter()
            .map(|(name, values)| (name.value.clone(), values.clone()))
            .collect();
        self.lowered_with(rule, &lists)
    }

    /// What a rule is in the language of others; nothing for a native one.
    pub(crate) fn foreign(&self, rule: &Rule) -> Option<Foreign<'_>> {
        let source = self.documents.get(&rule.id.value)?;
        match &source.language {
            Language::Native => None,
            Language::Sigma(filters) => Some(Foreign {
                node: &source.node,
                filters,
                named: None,
            }),
            Language::Correlation(named) => Some(Foreign {
                node: &source.node,
                filters: &[],
                named: Some(named),
            }),
        }
    }

    /// The rule with other values in some lists.
    pub(crate) fn lowered_with(
        &self,
        rule: &Rule,
        lists: &[(String, Vec<Spanned<String>>)],
    ) -> Result<Rule, Vec<Diagnostic>> {
        let Some(source) = self.documents.get(&rule.id.value) else {
            return Ok(rule.clone());
        };
        let mut definitions = self.definitions.clone();
        for (name, values) in lists {
            definitions.set_values(name, values.clone());
        }
        let neighbours = self.named_by(source, rule.origin, &definitions);
        let mut lowerer = Lowerer::beside(&definitions, &neighbours);
        let lowered = source.lowered(&mut lowerer, rule.origin);
        let leftovers = lowerer.finish();
        let errors: Vec<_> = leftovers
            .diagnostics
            .into_iter()
            .filter(Diagnostic::is_error)
            .collect();
        match lowered {
            Some(rule) if errors.is_empty() && leftovers.unset_lists.is_empty() => Ok(rule),
            Some(rule) if errors.is_empty() => Err(vec![
                InactiveRule {
                    rule,
                    lists: leftovers.unset_lists,
                }
                .diagnostic(),
            ]),
            _ => Err(errors),
        }
    }

    /// The rules that a document names, with lists as they are set here. That there
    /// is no circle was seen when the set was loaded.
    fn named_by(&self, source: &Source, origin: Origin, definitions: &Definitions) -> Neighbours {
        let mut neighbours = Neighbours::default();
        for id in source.named_rules() {
            // Also one that was not chosen is named.
            let Some(named) = self.documents.get(id) else {
                continue;
            };
            let of_named = self.named_by(named, origin, definitions);
            let mut lowerer = Lowerer::beside(definitions, &of_named);
            if let Some(lowered) = named.lowered(&mut lowerer, origin) {
                let unset = lowerer.finish().unset_lists;
                let known = Known::Rule(Box::new(lowered), unset);
                neighbours.known.insert(id.to_owned(), known);
            }
        }
        neighbours
    }
}
