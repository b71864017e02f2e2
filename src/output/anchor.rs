//! Where in a repository a finding is shown. What it was found in is a log, which
//! no repository holds, so reviews and code scanning show it at the rule.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::Span;
use crate::finding::{CorrelatedEvent, Finding};
use crate::rule::{Origin, Rule, RuleSet};

/// The file that the findings of rules that are in no file are shown at, where there
/// is no configuration.
pub const CONFIGURATION: &str = "trailgate.yaml";

/// What findings are shown at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AnchorChoice {
    /// The rule in its file; for a rule of the pack, the configuration file.
    #[default]
    Rule,
    /// The log that the event was read from.
    Log,
    /// One file for all.
    File(String),
}

/// Finds the places.
pub struct Anchors<'a> {
    choice: AnchorChoice,
    folder: PathBuf,
    set: &'a RuleSet,
    rules: RuleIndex<'a>,
    configuration: String,
}

/// Rules by their ids.
pub(super) struct RuleIndex<'a>(HashMap<&'a str, &'a Rule>);

impl<'a> RuleIndex<'a> {
    pub(super) fn new(set: &'a RuleSet) -> Self {
        RuleIndex(set.all().map(|rule| (&*rule.id.value, rule)).collect())
    }

    pub(super) fn get(&self, id: &str) -> Option<&'a Rule> {
        self.0.get(id).copied()
    }
}

/// A place in a file, from line 1 and column 1, counted in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Anchor {
    /// With `/` between its parts, below the folder where it lies in it.
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl<'a> Anchors<'a> {
    /// Paths are told as they are seen from `folder`, mostly the repository.
    pub fn new(choice: AnchorChoice, folder: impl Into<PathBuf>, set: &'a RuleSet) -> Self {
        Anchors {
            choice,
            folder: folder.into(),
            set,
            rules: RuleIndex::new(set),
            configuration: CONFIGURATION.to_owned(),
        }
    }

    /// The same with the configuration that there is, told as it is to be shown.
    #[must_use]
    pub fn configured(mut self, file: impl Into<String>) -> Self {
        self.configuration = file.into();
        self
    }

    pub(super) fn set(&self) -> &'a RuleSet {
        self.set
    }

    pub(super) fn of(&self, finding: &Finding) -> Anchor {
        match &self.choice {
            AnchorChoice::Log => self.at(&finding.place.file),
            AnchorChoice::File(file) => self.at(file),
            AnchorChoice::Rule => self.of_rule(&finding.rule),
        }
    }

    /// Of one of the events that a finding is about: at its step.
    pub(super) fn of_event(&self, finding: &Finding, event: &CorrelatedEvent) -> Anchor {
        match &self.choice {
            AnchorChoice::Log => self.at(&event.place.file),
            AnchorChoice::File(file) => self.at(file),
            AnchorChoice::Rule => {
                let rule = self.rules.get(&finding.rule);
                let rule = rule.filter(|rule| rule.origin == Origin::User);
                let steps = rule.and_then(|rule| rule.correlation.as_ref());
                let names = steps.iter().flat_map(|of| &of.steps);
                let step = event.step.as_deref();
                let name = names
                    .filter_map(|step| step.name.as_ref())
                    .find(|name| Some(name.value.as_str()) == step);
                match name {
                    Some(name) => Anchor {
                        file: self.at(self.set.sources().name(name.span.source)).file,
                        ..self.at_span(name.span)
                    },
                    None => self.of_rule(&finding.rule),
                }
            }
        }
    }

    fn of_rule(&self, id: &str) -> Anchor {
        match self.rules.get(id) {
            Some(rule) if rule.origin == Origin::User => {
                let sources = self.set.sources();
                let position = sources.position(rule.id.span);
                Anchor {
                    line: position.line,
                    column: position.column,
                    ..self.at(sources.name(rule.id.span.source))
                }
            }
            // A rule of the pack is in no file, but what is said of it is.
            Some(Rule {
                severity_set: Some(set),
                ..
            }) => self.at_span(set.span),
            _ => self.configuration(),
        }
    }

    /// A place in the configuration.
    fn at_span(&self, span: Span) -> Anchor {
        let position = self.set.sources().position(span);
        Anchor {
            line: position.line,
            column: position.column,
            ..self.configuration()
        }
    }

    /// For what belongs to the run as a whole.
    pub(super) fn configuration(&self) -> Anchor {
        self.at(&self.configuration)
    }

    pub(super) fn at(&self, file: &str) -> Anchor {
        Anchor {
            file: seen_from(&self.folder, file),
            line: 1,
            column: 1,
        }
    }
}

/// A path without `.`, with `/`, and relative where it lies in the folder.
fn seen_from(folder: &Path, file: &str) -> String {
    let path = Path::new(file);
    let path = path.strip_prefix(folder).unwrap_or(path);
    let absolute = path.has_root();
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        Component::ParentDir => Some("..".into()),
        Component::Prefix(prefix) => Some(prefix.as_os_str().to_string_lossy()),
        Component::RootDir | Component::CurDir => None,
    });
    let joined = parts.collect::<Vec<_>>().join("/");
    if absolute {
        format!("/{joined}")
    } else {
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_as_seen_from_the_folder() {
        for (file, seen) in [
            ("./rules/a.yaml", "rules/a.yaml"),
            ("rules//a.yaml", "rules/a.yaml"),
            ("/srv/repository/rules/a.yaml", "rules/a.yaml"),
            ("/elsewhere/a.yaml", "/elsewhere/a.yaml"),
            ("../a.yaml", "../a.yaml"),
        ] {
            let folder = Path::new("/srv/repository");
            assert_eq!(seen_from(folder, file), seen, "{file}");
        }
    }
}
