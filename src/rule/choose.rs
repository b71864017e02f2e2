//! Choosing rules: which of a set a run is about.
//!
//! In comes a loaded set and what the user asked for; out comes the set of
//! that, with an unset list turned into a failure where the user wrote or named
//! the rule.

use std::collections::BTreeSet;
use std::fmt;

use globset::{Glob, GlobMatcher};

use crate::diagnostic::{Code, Diagnostic, did_you_mean};

use super::lower::{ProfileDefinition, is_framework};
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
    /// Rules that name a control of any of these frameworks.
    pub frameworks: Vec<String>,
    /// A profile, whose rules are chosen from further.
    pub profile: Option<Profile>,
}

/// A profile by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Whether somebody asked for it. One that nobody did decides about the embedded
    /// pack alone, and steps back where rules are chosen in another way.
    pub asked_for: bool,
}

/// How many rules a profile leaves out of what was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The profile's name.
    pub profile: String,
    /// How many.
    pub rules: u64,
}

/// `12 rules left out by the profile default`
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = if self.rules == 1 { "rule" } else { "rules" };
        write!(
            f,
            "{} {rules} left out by the profile {}",
            self.rules, self.profile
        )
    }
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
                .map(|text| Pattern::read(text, option, &ids, self));
            read.filter_map(|pattern| pattern.map_err(|problem| problems.push(*problem)).ok())
                .collect()
        };
        let wanted = patterns(&choice.rules, "--rule");
        let unwanted = patterns(&choice.exclude, "--exclude-rule");
        problems.extend(self.unknown_tags(&choice.tags));
        problems.extend(self.unknown_frameworks(&choice.frameworks));
        let profile = match self.profile(choice) {
            Ok(profile) => profile,
            Err(problem) => {
                problems.push(*problem);
                None
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let chosen = |rule: &Rule| {
            let id = &rule.id.value;
            (wanted.is_empty() || wanted.iter().any(|pattern| pattern.matches(id)))
                && !unwanted.iter().any(|pattern| pattern.matches(id))
                && (choice.tags.is_empty() || choice.tags.iter().any(|tag| rule.tags.contains(tag)))
                && choice.severity.is_none_or(|least| worst(rule) >= least)
                && (choice.frameworks.is_empty() || names_one_of(rule, &choice.frameworks))
        };
        let sources = self.definitions.sources.clone();
        let mut left_out = 0;
        let mut kept = |rule: &Rule| {
            if !chosen(rule) {
                return false;
            }
            let taken = profile.as_ref().is_none_or(|(profile, asked_for)| {
                let file = sources.name(rule.span.source);
                (rule.origin == Origin::User && !asked_for)
                    || profile.takes(rule, file, worst(rule))
            });
            left_out += u64::from(!taken);
            taken
        };
        self.rules.retain(&mut kept);
        self.inactive.retain(|inactive| kept(&inactive.rule));
        self.off.retain(|off| kept(&off.rule));
        self.unreported.retain(&mut kept);
        // Who names a rule wants to hear of it.
        self.report(|rule| choice.rules.contains(&rule.id.value));
        self.left_out = profile
            .filter(|_| left_out > 0)
            .map(|(profile, _)| LeftOut {
                profile: profile.name.value,
                rules: left_out,
            });
        Ok(())
    }

    /// The profile in force, and whether somebody asked for it.
    fn profile(
        &self,
        choice: &Choice,
    ) -> Result<Option<(ProfileDefinition, bool)>, Box<Diagnostic>> {
        let Some(Profile { name, asked_for }) = &choice.profile else {
            return Ok(None);
        };
        let otherwise =
            choice.rules.is_empty() && choice.tags.is_empty() && choice.frameworks.is_empty();
        if !asked_for && !otherwise {
            return Ok(None);
        }
        let profiles = &self.definitions.profiles;
        match profiles.get(name) {
            Some(profile) => Ok(Some((profile.clone(), *asked_for))),
            None if !asked_for => Ok(None),
            None => {
                let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
                let all = format!("the profiles are: {}", known.join(", "));
                let message = format!("no profile is named `{name}`");
                let problem = Diagnostic::new(Code::UnknownRule, message);
                Err(Box::new(problem.help(suggestion(name, &known, &all))))
            }
        }
    }

    fn unknown_frameworks(&self, frameworks: &[String]) -> Vec<Diagnostic> {
        let rules = self.all().chain(self.off.iter().map(|off| &off.rule));
        let named = rules.flat_map(|rule| rule.controls.iter().map(|of| of.framework.as_str()));
        let known = self.definitions.frameworks.keys().map(String::as_str);
        let known: BTreeSet<&str> = known.chain(named).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let unknown = frameworks
            .iter()
            .filter(|meant| !known.iter().any(|name| is_framework(meant, name)));
        unknown
            .map(|name| {
                let all = format!("the frameworks are: {}", known.join(", "));
                let message = format!("no framework is named `{name}`");
                let problem = Diagnostic::new(Code::UnknownRule, message);
                problem.help(suggestion(name, &known, &all))
            })
            .collect()
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

fn names_one_of(rule: &Rule, frameworks: &[String]) -> bool {
    let mut controls = rule.controls.iter();
    controls.any(|of| {
        let mut meant = frameworks.iter();
        meant.any(|meant| is_framework(meant, &of.framework))
    })
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
        set: &RuleSet,
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
        let failed = &set.failed;
        let known = ids.iter().any(|id| pattern.matches(id))
            || failed.iter().any(|failed| pattern.matches(&failed.name));
        if known {
            return Ok(pattern);
        }
        let mut elsewhere = set.not_applicable.iter();
        if let Some(rule) = elsewhere.find(|rule| pattern.matches(&rule.id)) {
            // To leave out what is not run anyway is no mistake.
            if option == "--exclude-rule" {
                return Ok(pattern);
            }
            let message = format!("`{option} {text}` is about another log: {}", rule.logsource);
            let problem = Diagnostic::new(Code::UnknownRule, message);
            return Err(Box::new(
                problem.help("`--logsource any` runs it all the same"),
            ));
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

#[cfg(test)]
mod tests;
