//! What the configuration says of rules: off, or another severity.
//!
//! In comes a loaded set; rules that are off leave those that run and stay known,
//! others get their severity and remember the one they were written with.

use super::model::{Rule, Severity};
use super::set::RuleSet;
use crate::diagnostic::{Code, Diagnostic, Span, Spanned, did_you_mean};

/// What is to be changed of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The rule's id.
    pub rule: Spanned<String>,
    /// What becomes of it.
    pub change: Change,
    /// Why.
    pub reason: String,
}

/// A change of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is not run.
    Off,
    /// Every finding of it has this severity.
    Severity(Severity),
}

/// A rule that is switched off.
#[derive(Debug, Clone)]
pub struct SwitchedOff {
    /// The rule.
    pub rule: Rule,
    /// Why.
    pub reason: String,
    /// Where that is written.
    pub span: Span,
}

/// The severity that a rule was written with, before it got another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeveritySet {
    /// The rule's own.
    pub written: Severity,
    /// Why it has another.
    pub reason: String,
    /// Where that is written.
    pub span: Span,
}

impl RuleSet {
    /// Applies overrides. Rules that are `named` are not switched off: who names a
    /// rule wants it to run.
    ///
    /// # Errors
    /// Overrides of rules that are neither in the set nor among `others`, such as
    /// those of a pack that was left out.
    pub fn apply<'a>(
        &mut self,
        overrides: &[Override],
        named: &[String],
        others: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Vec<Diagnostic>> {
        let others: Vec<&str> = others.into_iter().collect();
        let problems = self.unknown(overrides, &others);
        if !problems.is_empty() {
            return Err(problems);
        }
        for entry in overrides {
            match entry.change {
                Change::Off if named.contains(&entry.rule.value) => {}
                Change::Off => self.switch_off(entry),
                Change::Severity(severity) => self.set_severity(entry, severity),
            }
        }
        Ok(())
    }

    fn unknown(&self, overrides: &[Override], others: &[&str]) -> Vec<Diagnostic> {
        let loaded = self.all().map(|rule| rule.id.value.as_str());
        let failed = self.failed.iter().map(|failed| failed.name.as_str());
        let elsewhere = self.not_applicable.iter().map(|rule| rule.id.as_str());
        let known = loaded.chain(failed).chain(elsewhere);
        let known: Vec<&str> = known.chain(others.iter().copied()).collect();
        let unknown = overrides
            .iter()
            .filter(|entry| !known.contains(&entry.rule.value.as_str()));
        unknown
            .map(|entry| {
                let id = &entry.rule.value;
                let help = match did_you_mean(id, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`trailgate rules list` shows them all".to_owned(),
                };
                let message = format!("`{id}` is no rule that is loaded");
                Diagnostic::new(Code::UnknownRule, message)
                    .at(entry.rule.span, "no rule has this id")
                    .help(help)
            })
            .collect()
    }

    fn switch_off(&mut self, entry: &Override) {
        let is_it = |rule: &Rule| rule.id.value == entry.rule.value;
        let active = self.rules.extract_if(.., |rule| is_it(rule));
        let inactive = self.inactive.extract_if(.., |of| is_it(&of.rule));
        let unreported = self.unreported.extract_if(.., |rule| is_it(rule));
        let taken = active.chain(inactive.map(|inactive| inactive.rule));
        let taken = taken.chain(unreported);
        self.off.extend(taken.map(|rule| SwitchedOff {
            rule,
            reason: entry.reason.clone(),
            span: entry.rule.span,
        }));
    }

    fn set_severity(&mut self, entry: &Override, severity: Severity) {
        let inactive = self.inactive.iter_mut().map(|of| &mut of.rule);
        let unreported = self.unreported.iter_mut();
        let all = self.rules.iter_mut().chain(inactive).chain(unreported);
        for rule in all.filter(|rule| rule.id.value == entry.rule.value) {
            rule.severity_set = Some(SeveritySet {
                written: rule.severity,
                reason: entry.reason.clone(),
                span: entry.rule.span,
            });
            rule.severity = severity;
            rule.severity_when.clear();
        }
    }
}
