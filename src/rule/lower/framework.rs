//! Frameworks: the controls of compliance frameworks for which logs can give evidence.
//!
//! In come the top-level `frameworks:` of all rules files; out come their controls, and
//! what to say of a control that a rule names and its framework does not have.

use crate::diagnostic::{Code, Diagnostic, Spanned, did_you_mean};
use crate::yaml::{Entry, Fields, Node, get};

use super::definitions::defined_twice;
use super::{Definitions, Lowerer};

/// A framework of which the controls are known.
#[derive(Debug, Clone)]
pub struct FrameworkDefinition {
    /// Where its name is written.
    pub name: Spanned<String>,
    /// What it is called in full.
    pub title: Option<String>,
    /// Its controls, in the order written.
    pub controls: Vec<ControlDefinition>,
}

/// A control of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlDefinition {
    /// Such as `AC-2(12)`.
    pub id: String,
    /// What it is about, in one line.
    pub title: Option<String>,
    /// What a log can show of it.
    pub evidence: Vec<Evidence>,
}

/// What a log can show of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// That something was detected, or would have been.
    Detection,
    /// That logs are reviewed: the report itself shows it.
    Review,
    /// That the logs are what was delivered.
    Integrity,
    /// What was changed, by whom and when.
    Change,
    /// Where access or authentication was not as it should be.
    Access,
}

impl Evidence {
    /// All kinds with the names they have in rules files.
    pub const ALL: &'static [(&'static str, Evidence)] = &[
        ("detection", Evidence::Detection),
        ("review", Evidence::Review),
        ("integrity", Evidence::Integrity),
        ("change", Evidence::Change),
        ("access", Evidence::Access),
    ];

    /// The name in rules files.
    pub fn name(self) -> &'static str {
        let mut all = Evidence::ALL.iter();
        all.find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }
}

impl FrameworkDefinition {
    /// The control of this id.
    pub fn control(&self, id: &str) -> Option<&ControlDefinition> {
        self.controls.iter().find(|control| control.id == id)
    }
}

impl Definitions {
    /// Adds the frameworks of one document.
    pub(crate) fn add_frameworks(&mut self, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let empty = Definitions::default();
        let mut lowerer = Lowerer::new(&empty);
        for entry in lowerer.mapping(node, "`frameworks`").unwrap_or_default() {
            let Some(framework) = lowerer.framework(entry) else {
                continue;
            };
            if let Some(first) = self.frameworks.get(&entry.key.value) {
                diagnostics.push(defined_twice("framework", entry, Some(first.name.span)));
            } else {
                self.frameworks.insert(entry.key.value.clone(), framework);
            }
        }
        diagnostics.extend(lowerer.finish().diagnostics);
    }
}

impl Lowerer<'_> {
    fn framework(&mut self, entry: &Entry) -> Option<FrameworkDefinition> {
        let what = format!("the framework `{}`", entry.key.value);
        let entries = self.mapping(&entry.value, &what)?;
        self.known_keys(entries, &["title", "controls"], &what);
        let Some(controls) = get(entries, "controls") else {
            let example = "controls: {\"1.1\": {title: What it is about}}";
            self.missing_key(entry.value.span, &what, "controls", example);
            return None;
        };
        let controls = self.mapping(controls, &format!("`controls` of {what}"))?;
        let title = get(entries, "title").and_then(|node| self.text(node, "`title`"));
        Some(FrameworkDefinition {
            name: entry.key.clone(),
            title: title.map(str::to_owned),
            controls: controls.iter().map(|entry| self.control(entry)).collect(),
        })
    }

    fn control(&mut self, entry: &Entry) -> ControlDefinition {
        let what = format!("the control `{}`", entry.key.value);
        let mut control = ControlDefinition {
            id: entry.key.value.clone(),
            title: None,
            evidence: Vec::new(),
        };
        let Some(entries) = self.mapping(&entry.value, &what) else {
            return control;
        };
        self.known_keys(entries, &["title", "evidence"], &what);
        let title = get(entries, "title").and_then(|node| self.text(node, "`title`"));
        control.title = title.map(str::to_owned);
        if let Some(node) = get(entries, "evidence") {
            let kinds = match node.as_sequence() {
                Some(kinds) => kinds,
                None => std::slice::from_ref(node),
            };
            let kinds = kinds.iter();
            control.evidence = kinds
                .filter_map(|kind| self.word(kind, "`evidence`", Evidence::ALL))
                .collect();
        }
        control
    }

    /// A control that its framework does not have, or a framework that is nearly one.
    pub(super) fn check_controls(&mut self, framework: &Spanned<String>, ids: &[Spanned<String>]) {
        let frameworks = &self.definitions.frameworks;
        let Some(definition) = frameworks.get(&framework.value) else {
            // Another version may well be one that is not known here.
            let unversioned =
                |name: &str| -> String { name.chars().filter(|c| c.is_alphabetic()).collect() };
            let known = frameworks.keys().map(String::as_str);
            if let Some(near) = did_you_mean(&framework.value, known)
                && unversioned(near) != unversioned(&framework.value)
            {
                let message = format!("no framework is known as `{}`", framework.value);
                self.report(
                    Diagnostic::new(Code::UnknownControl, message)
                        .at(framework.span, "not among the known frameworks")
                        .help(format!("did you mean `{near}`?")),
                );
            }
            return;
        };
        let unknown = ids
            .iter()
            .filter(|id| definition.control(&id.value).is_none());
        let unknown: Vec<_> = unknown
            .map(|id| {
                let known = definition
                    .controls
                    .iter()
                    .map(|control| control.id.as_str());
                let help = match did_you_mean(&id.value, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "`trailgate coverage --framework {}` lists those that there are",
                        framework.value
                    ),
                };
                let message = format!(
                    "`{}` is no control of `{}` that logs can give evidence for",
                    id.value, framework.value
                );
                Diagnostic::new(Code::UnknownControl, message)
                    .at(id.span, "not among its controls")
                    .help(help)
            })
            .collect();
        unknown.into_iter().for_each(|problem| self.report(problem));
    }
}
