//! Profiles: choices of rules under a name.
//!
//! In come the top-level `profiles:` of all rules files; out comes what each takes.

use crate::diagnostic::{Diagnostic, Spanned};
use crate::yaml::{Entry, Fields, Node, get};

use super::super::model::{Rule, Severity};
use super::definitions::defined_twice;
use super::{Definitions, Lowerer};

/// A profile: the rules that one of `tags`, `folders` and `frameworks` takes, or all where
/// none is given, but for those that the rest leaves out.
#[derive(Debug, Clone)]
pub struct ProfileDefinition {
    /// Where its name is written.
    pub name: Spanned<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Rules with one of these tags.
    pub tags: Vec<String>,
    /// Rules whose file is in one of these folders.
    pub folders: Vec<String>,
    /// Rules that name a control of one of these frameworks; a `*` at the end stands for
    /// any version.
    pub frameworks: Vec<String>,
    /// Not the rules with one of these tags.
    pub without_tags: Vec<String>,
    /// Only rules of at least this severity.
    pub severity: Option<Severity>,
}

impl ProfileDefinition {
    /// Whether the profile takes a rule. `file` is the name of the rule's file, `worst`
    /// the most severe that a finding of it may be.
    pub fn takes(&self, rule: &Rule, file: &str, worst: Severity) -> bool {
        let tagged = |tags: &[String]| tags.iter().any(|tag| rule.tags.contains(tag));
        let in_folder = |folder: &String| file.split('/').rev().skip(1).any(|part| part == folder);
        let named = |framework: &String| {
            let mut controls = rule.controls.iter();
            controls.any(|of| is_framework(framework, &of.framework))
        };
        let any = self.tags.is_empty() && self.folders.is_empty() && self.frameworks.is_empty();
        let wanted = any
            || tagged(&self.tags)
            || self.folders.iter().any(in_folder)
            || self.frameworks.iter().any(named);
        wanted && !tagged(&self.without_tags) && self.severity.is_none_or(|least| worst >= least)
    }
}

/// Whether a framework is the one meant; a `*` at the end stands for any version.
pub(crate) fn is_framework(meant: &str, framework: &str) -> bool {
    match meant.strip_suffix('*') {
        Some(family) => framework.starts_with(family),
        None => meant == framework,
    }
}

impl Definitions {
    /// Adds the profiles of one document.
    pub(crate) fn add_profiles(&mut self, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let empty = Definitions::default();
        let mut lowerer = Lowerer::new(&empty);
        for entry in lowerer.mapping(node, "`profiles`").unwrap_or_default() {
            let Some(profile) = lowerer.profile(entry) else {
                continue;
            };
            if let Some(first) = self.profiles.get(&entry.key.value) {
                diagnostics.push(defined_twice("profile", entry, Some(first.name.span)));
            } else {
                self.profiles.insert(entry.key.value.clone(), profile);
            }
        }
        diagnostics.extend(lowerer.finish().diagnostics);
    }
}

impl Lowerer<'_> {
    fn profile(&mut self, entry: &Entry) -> Option<ProfileDefinition> {
        const KEYS: [&str; 6] = [
            "description",
            "tags",
            "folders",
            "frameworks",
            "without_tags",
            "severity",
        ];
        let what = format!("the profile `{}`", entry.key.value);
        let entries = self.mapping(&entry.value, &what)?;
        self.known_keys(entries, &KEYS, &what);
        let description = get(entries, "description");
        let description = description.and_then(|node| self.text(node, "`description`"));
        let severities = Severity::ALL.map(|severity| (severity.name(), severity));
        let severity = get(entries, "severity");
        let severity = severity.and_then(|node| self.word(node, "`severity`", &severities));
        let mut words = |key: &str| -> Vec<String> {
            let texts = get(entries, key).map(|node| self.texts(node, &format!("`{key}`")));
            let texts = texts.unwrap_or_default().into_iter();
            texts.map(|text| text.value).collect()
        };
        Some(ProfileDefinition {
            name: entry.key.clone(),
            description: description.map(|text| text.trim_end().to_owned()),
            tags: words("tags"),
            folders: words("folders"),
            frameworks: words("frameworks"),
            without_tags: words("without_tags"),
            severity,
        })
    }
}
