//! `overrides`: rules that are off or have another severity, and why.

use super::read::Reader;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::rule::{Change, Override, Severity};
use crate::yaml::{Entry, Fields, Node, get};

/// The keys of an override.
const KEYS: &[&str] = &["severity", "enabled", "reason"];

impl Reader<'_> {
    pub(super) fn overrides(&mut self, node: &Node) -> Vec<Override> {
        let entries = self.mapping(node, "`overrides`").unwrap_or_default();
        let overrides = entries.iter().filter_map(|entry| self.override_of(entry));
        overrides.collect()
    }

    fn override_of(&mut self, entry: &Entry) -> Option<Override> {
        let what = format!("the override of `{}`", entry.key.value);
        let entries = self.mapping(&entry.value, &what)?;
        self.known_keys(entries, KEYS, &what);
        let reason = match get(entries, "reason") {
            Some(node) => self.text(node, "`reason`").map(str::to_owned),
            None => {
                let problem = format!("{what} has no `reason`");
                let help = "who reads the report asks why: `reason: Reviewed in SEC-142`";
                self.bad_override(problem, entry.key.span, "`reason` is missing", help);
                None
            }
        };
        let words = Severity::ALL.map(|severity| (severity.name(), severity));
        let severity = get(entries, "severity").map(|node| self.word(node, "`severity`", &words));
        let enabled = get(entries, "enabled").map(|node| self.boolean(node, "`enabled`"));
        let change = match (severity, enabled) {
            (Some(_), Some(Some(false))) => {
                let problem = format!("{what} gives a severity to a rule that is off");
                let help = "take `severity` or `enabled: false` away";
                self.bad_override(problem, entry.key.span, "both are said", help);
                None
            }
            (Some(severity), _) => severity.map(Change::Severity),
            (None, Some(enabled)) if enabled != Some(true) => enabled.map(|_| Change::Off),
            // What is misspelt was to change something.
            (None, _)
                if entries
                    .iter()
                    .any(|of| !KEYS.contains(&of.key.value.as_str())) =>
            {
                None
            }
            (None, _) => {
                let problem = format!("{what} changes nothing");
                let help = "say `severity: low` or `enabled: false`, or take it away";
                self.bad_override(problem, entry.key.span, "nothing is changed", help);
                None
            }
        };
        Some(Override {
            rule: entry.key.clone(),
            change: change?,
            reason: reason?,
        })
    }

    fn bad_override(&mut self, problem: String, place: Span, label: &str, help: &str) {
        let problem = Diagnostic::new(Code::BadOverride, problem);
        self.report(problem.at(place, label).help(help));
    }
}
