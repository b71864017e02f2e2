//! Findings that count, and those of them that fail a run.

use std::collections::BTreeMap;

use super::model::Finding;
use super::verdict::{FailOn, Gate};
use crate::rule::Severity;

/// Counts of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingCounts {
    /// By severity; those without findings are absent.
    pub by_severity: BTreeMap<Severity, u64>,
    /// By rule; those without findings are absent.
    pub by_rule: BTreeMap<String, u64>,
    /// By environment and severity, of the accounts that have an environment.
    pub by_environment: BTreeMap<String, BTreeMap<Severity, u64>>,
}

/// Findings that fail a run for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// How many.
    pub count: u64,
    /// The mildest severity that fails.
    pub threshold: Severity,
    /// Where: an environment, all others, or everywhere, in words.
    pub place: String,
}

impl FindingCounts {
    /// Counts one.
    pub(super) fn add(&mut self, finding: &Finding) {
        if let Some(environment) = finding.environment() {
            let of = self.by_environment.entry(environment.to_owned());
            *of.or_default().entry(finding.severity).or_default() += 1;
        }
        *self.by_severity.entry(finding.severity).or_default() += 1;
        *self.by_rule.entry(finding.rule.clone()).or_default() += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.by_severity.values().sum()
    }

    /// Those that fail a run.
    pub fn failing(&self, gate: &Gate) -> Vec<Failing> {
        let mut elsewhere = self.by_severity.clone();
        let mut all = Vec::new();
        for (name, fail_on) in gate.environments() {
            let Some(counts) = self.by_environment.get(name) else {
                continue;
            };
            for (severity, count) in counts {
                if let Some(rest) = elsewhere.get_mut(severity) {
                    *rest = rest.saturating_sub(*count);
                }
            }
            all.extend(failing(counts, fail_on, format!(" in {name}")));
        }
        let place = match gate.environments().next() {
            Some(_) => " in other accounts".to_owned(),
            None => String::new(),
        };
        all.extend(failing(&elsewhere, gate.of(None), place));
        all
    }
}

fn failing(counts: &BTreeMap<Severity, u64>, fail_on: FailOn, place: String) -> Option<Failing> {
    let FailOn::At(threshold) = fail_on else {
        return None;
    };
    let count = counts.range(threshold..).map(|(_, count)| count).sum();
    (count > 0).then_some(Failing {
        count,
        threshold,
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_judged_by_its_own_threshold_and_said() {
        let counts = |of: &[(Severity, u64)]| of.iter().copied().collect::<BTreeMap<_, _>>();
        let environments = [
            ("production", FailOn::At(Severity::Medium)),
            ("sandbox", FailOn::Never),
        ];
        let environments = environments.map(|(name, fail_on)| (name.to_owned(), fail_on));
        let gate = Gate::new(FailOn::default(), environments.into());
        let mut findings = FindingCounts {
            by_severity: counts(&[
                (Severity::Low, 1),
                (Severity::Medium, 5),
                (Severity::High, 6),
            ]),
            ..FindingCounts::default()
        };
        let by_environment = &mut findings.by_environment;
        by_environment.insert("production".into(), counts(&[(Severity::Medium, 2)]));
        by_environment.insert("sandbox".into(), counts(&[(Severity::High, 4)]));
        // Without a threshold of its own it is judged as what has no environment.
        by_environment.insert("staging".into(), counts(&[(Severity::High, 1)]));
        let failing = |count, threshold, place: &str| Failing {
            count,
            threshold,
            place: place.to_owned(),
        };
        assert_eq!(
            findings.failing(&gate),
            [
                failing(2, Severity::Medium, " in production"),
                failing(2, Severity::High, " in other accounts"),
            ]
        );
        let everywhere = Gate::from(FailOn::default());
        assert_eq!(
            findings.failing(&everywhere),
            [failing(6, Severity::High, "")]
        );
        assert_eq!(findings.failing(&Gate::from(FailOn::Never)), []);
    }
}
