//! Choosing rules: which of a set a run is about.
//!
//! In comes a loaded set and what the user asked for; out comes the set of
//! that, with an unset list turned into a failure where the user wrote or named
//! the rule.

use globset::{Glob, GlobMatcher};

use crate::diagnostic::{Code, Diagnostic, did_you_mean};

use super::model::{Origin, Rule, Severity};
use super::set::{FailedRule, InactiveRule, RuleSet};

/// What the user asked for. Empty parts choose everything.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Ids, or globs over ids such as `cis-*`.
    pub rules: Vec<String>,
    /// Ids or globs to leave out.
    pub exclude: Vec<String>,
    /// Rules with any of these tags.
    pub tags: Vec<String>,
    /// Rules of at least this severity, by their `severity` or a `severity_when`.
    pub severity: Option<Severity>,
}

impl RuleSet {
    /// Keeps what was chosen.
    ///
    /// An inactive rule that the user wrote, or named by its whole id, becomes a
    /// failed one: its diagnostic says which list to set.
    ///
    /// # Errors
    /// An id, glob or tag that no rule has: a gate must not pass because of a typo.
    pub fn choose(&mut self, choice: &Choice) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        self.keep(choice)?;
        let named = |rule: &Rule| choice.rules.contains(&rule.id.value);
        Ok(self.fail_inactive(|rule| rule.origin == Origin::User || named(rule)))
    }

    /// Keeps what was chosen, and leaves inactive rules as they are: for those who
    /// look at rules without running them.
    ///
    /// # Errors
    /// An id, glob or tag that no rule has.
    pub fn keep(&mut self, choice: &Choice) -> Result<(), Vec<Diagnostic>> {
        let off = self.off.iter().map(|off| &off.rule);
        let ids = self.all().chain(off).map(|rule| rule.id.value.clone());
        let ids: Vec<String> = ids.collect();
        let mut problems = Vec::new();
        let mut patterns = |patterns: &[String], option: &str| -> Vec<Pattern> {
            let read = patterns
                .iter()
                .map(|text| Pattern::read(text, option, &ids, &self.failed));
            read.filter_map(|pattern| pattern.map_err(|problem| problems.push(*problem)).ok())
                .collect()
        };
        let wanted = patterns(&choice.rules, "--rule");
        let unwanted = patterns(&choice.exclude, "--exclude-rule");
        problems.extend(self.unknown_tags(&choice.tags));
        if !problems.is_empty() {
            return Err(problems);
        }
        let chosen = |rule: &Rule| {
            let id = &rule.id.value;
            (wanted.is_empty() || wanted.iter().any(|pattern| pattern.matches(id)))
                && !unwanted.iter().any(|pattern| pattern.matches(id))
                && (choice.tags.is_empty() || choice.tags.iter().any(|tag| rule.tags.contains(tag)))
                && choice.severity.is_none_or(|least| worst(rule) >= least)
        };
        self.rules.retain(chosen);
        self.inactive.retain(|inactive| chosen(&inactive.rule));
        self.off.retain(|off| chosen(&off.rule));
        Ok(())
    }

    fn unknown_tags(&self, tags: &[String]) -> Vec<Diagnostic> {
        let known: Vec<&str> = self
            .all()
            .chain(self.off.iter().map(|off| &off.rule))
            .flat_map(|rule| rule.tags.iter().map(String::as_str))
            .collect();
        tags.iter()
            .filter(|tag| !known.contains(&tag.as_str()))
            .map(|tag| {
                Diagnostic::new(Code::UnknownRule, format!("no rule has the tag `{tag}`")).help(
                    suggestion(tag, &known, "`trailgate rules list` shows the tags"),
                )
            })
            .collect()
    }

    fn fail_inactive(&mut self, must_run: impl Fn(&Rule) -> bool) -> Vec<Diagnostic> {
        let (failed, inactive): (Vec<InactiveRule>, Vec<InactiveRule>) =
            std::mem::take(&mut self.inactive)
                .into_iter()
                .partition(|inactive| must_run(&inactive.rule));
        self.inactive = inactive;
        let names = failed.iter().map(|f| FailedRule {
            name: f.rule.id.value.clone(),
            controls: Some(f.rule.controls.clone()),
        });
        self.failed.extend(names);
        failed.iter().map(InactiveRule::diagnostic).collect()
    }
}

fn worst(rule: &Rule) -> Severity {
    let cases = rule.severity_when.iter().map(|case| case.severity);
    cases.fold(rule.severity, Severity::max)
}

/// An id, or a glob over ids.
enum Pattern {
    Id(String),
    Glob(GlobMatcher),
}

impl Pattern {
    fn read(
        text: &str,
        option: &str,
        ids: &[String],
        failed: &[FailedRule],
    ) -> Result<Pattern, Box<Diagnostic>> {
        let pattern = if text.contains(['*', '?']) {
            let glob = Glob::new(text).map_err(|error| {
                Diagnostic::new(Code::Usage, format!("`{option} {text}`: {error}"))
                    .help("use `*` for any characters, as in `cis-*`")
            })?;
            Pattern::Glob(glob.compile_matcher())
        } else {
            Pattern::Id(text.to_owned())
        };
        let known = ids.iter().any(|id| pattern.matches(id))
            || failed.iter().any(|failed| pattern.matches(&failed.name));
        if known {
            return Ok(pattern);
        }
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        Err(Box::new(
            Diagnostic::new(
                Code::UnknownRule,
                format!("`{option} {text}` is no rule that is loaded"),
            )
            .help(suggestion(
                text,
                &names,
                "`trailgate rules list` shows them all",
            )),
        ))
    }

    fn matches(&self, id: &str) -> bool {
        match self {
            Pattern::Id(wanted) => wanted == id,
            Pattern::Glob(glob) => glob.is_match(id),
        }
    }
}

fn suggestion(word: &str, known: &[&str], otherwise: &str) -> String {
    match did_you_mean(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.to_owned(),
    }
}
