//! What a run comes to: an exit code and every reason behind it.

use std::collections::BTreeMap;
use std::fmt;

use crate::rule::Severity;

/// From which severity on findings fail a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailOn {
    /// Findings never do.
    Never,
    /// Findings of this severity and worse do.
    At(Severity),
}

impl Default for FailOn {
    fn default() -> Self {
        FailOn::At(Severity::High)
    }
}

impl FailOn {
    /// Whether a finding of this severity fails the run.
    pub fn includes(self, severity: Severity) -> bool {
        match self {
            FailOn::Never => false,
            FailOn::At(threshold) => severity >= threshold,
        }
    }
}

/// From which severity on findings fail a run, which may differ by the environment
/// that the account of the finding belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    default: FailOn,
    environments: BTreeMap<String, FailOn>,
}

impl From<FailOn> for Gate {
    /// The same for all accounts.
    fn from(default: FailOn) -> Self {
        Gate {
            default,
            environments: BTreeMap::new(),
        }
    }
}

impl Gate {
    /// One for the environments that are named, and one for all else.
    pub fn new(default: FailOn, environments: BTreeMap<String, FailOn>) -> Self {
        Gate {
            default,
            environments,
        }
    }

    /// What decides in an environment; without one, what decides elsewhere.
    pub fn of(&self, environment: Option<&str>) -> FailOn {
        let named = environment.and_then(|name| self.environments.get(name));
        named.copied().unwrap_or(self.default)
    }

    /// The one that lets the least through, for what belongs to no account.
    pub fn strictest(&self) -> FailOn {
        let all = self.environments.values().chain([&self.default]);
        let least = all.filter_map(|fail_on| match fail_on {
            FailOn::Never => None,
            FailOn::At(severity) => Some(*severity),
        });
        least.min().map_or(FailOn::Never, FailOn::At)
    }

    /// The environments that have one of their own.
    pub fn environments(&self) -> impl Iterator<Item = (&str, FailOn)> {
        let named = self.environments.iter();
        named.map(|(name, fail_on)| (name.as_str(), *fail_on))
    }
}

/// The kinds of reason for an exit code other than 0, in the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// 2: wrong usage or configuration.
    Usage,
    /// 3: a rule does not load or could not be evaluated.
    Rules,
    /// 4: input unreadable, partly unreadable, missing or without an event.
    Input,
    /// 5: a rule's own test failed.
    Tests,
    /// 1: a finding at or above the threshold.
    Findings,
}

impl Failure {
    /// All kinds, the one that wins first.
    pub const ALL: [Failure; 5] = [
        Failure::Usage,
        Failure::Rules,
        Failure::Input,
        Failure::Tests,
        Failure::Findings,
    ];

    /// The exit code that stands for it.
    pub fn exit_code(self) -> u8 {
        match self {
            Failure::Findings => 1,
            Failure::Usage => 2,
            Failure::Rules => 3,
            Failure::Input => 4,
            Failure::Tests => 5,
        }
    }
}

/// One reason, shown as `4: 2 inputs could not be read in full`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Its kind.
    pub failure: Failure,
    /// Why, in words.
    pub why: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.failure.exit_code(), self.why)
    }
}

/// Collects reasons. Without one the exit code is 0; with several the first of
/// 2, 3, 4, 5, 1 wins, and all are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    reasons: Vec<Reason>,
}

impl Verdict {
    /// No reason yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reason. One that is there already is not said twice.
    pub fn fail(&mut self, failure: Failure, why: impl Into<String>) {
        let reason = Reason {
            failure,
            why: why.into(),
        };
        if !self.reasons.contains(&reason) {
            // After those of its kind, so that each kind keeps its order.
            let at = self
                .reasons
                .partition_point(|known| known.failure <= failure);
            self.reasons.insert(at, reason);
        }
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        self.reasons
            .first()
            .map_or(0, |reason| reason.failure.exit_code())
    }

    /// All reasons, those that decide first.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Whether there is none.
    pub fn is_clean(&self) -> bool {
        self.reasons.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_2_3_4_5_1_that_holds_wins_in_every_combination() {
        // One bit for each of the codes 1 to 5, lowest first; the expected code beside.
        let expected = |bits: u8| -> u8 {
            let holds = |code: u8| bits & (1 << (code - 1)) != 0;
            [2, 3, 4, 5, 1]
                .into_iter()
                .find(|&code| holds(code))
                .unwrap_or(0)
        };
        for bits in 0..32u8 {
            for reversed in [false, true] {
                let mut failures: Vec<_> = Failure::ALL
                    .into_iter()
                    .filter(|failure| bits & (1 << (failure.exit_code() - 1)) != 0)
                    .collect();
                if reversed {
                    failures.reverse();
                }
                let mut verdict = Verdict::new();
                for &failure in &failures {
                    verdict.fail(failure, "why");
                }
                assert_eq!(verdict.exit_code(), expected(bits), "{failures:?}");
                assert_eq!(verdict.reasons().len(), failures.len());
                assert_eq!(verdict.is_clean(), bits == 0);
            }
        }
    }

    #[test]
    fn every_reason_is_named_once_and_in_order() {
        let mut verdict = Verdict::new();
        verdict.fail(Failure::Findings, "3 findings at or above high");
        verdict.fail(Failure::Input, "not a single event");
        verdict.fail(Failure::Rules, "rule b does not load");
        verdict.fail(Failure::Rules, "rule a does not load");
        verdict.fail(Failure::Rules, "rule b does not load");
        let named: Vec<_> = verdict.reasons().iter().map(Reason::to_string).collect();
        assert_eq!(
            named,
            [
                "3: rule b does not load",
                "3: rule a does not load",
                "4: not a single event",
                "1: 3 findings at or above high",
            ]
        );
    }

    #[test]
    fn an_environment_has_its_own_threshold_and_the_strictest_is_the_mildest() {
        let named = [
            ("production".to_owned(), FailOn::At(Severity::Medium)),
            ("sandbox".to_owned(), FailOn::Never),
        ];
        let gate = Gate::new(FailOn::At(Severity::High), named.into());
        assert_eq!(gate.of(Some("production")), FailOn::At(Severity::Medium));
        assert_eq!(gate.of(Some("sandbox")), FailOn::Never);
        assert_eq!(gate.of(Some("staging")), FailOn::At(Severity::High));
        assert_eq!(gate.of(None), FailOn::At(Severity::High));
        assert_eq!(gate.strictest(), FailOn::At(Severity::Medium));
        assert_eq!(Gate::from(FailOn::Never).strictest(), FailOn::Never);
    }

    #[test]
    fn the_threshold_includes_itself_and_worse() {
        for (threshold, severity, fails) in [
            (FailOn::default(), Severity::High, true),
            (FailOn::default(), Severity::Critical, true),
            (FailOn::default(), Severity::Medium, false),
            (FailOn::At(Severity::Info), Severity::Info, true),
            (FailOn::At(Severity::Critical), Severity::High, false),
            (FailOn::Never, Severity::Critical, false),
        ] {
            assert_eq!(
                threshold.includes(severity),
                fails,
                "{threshold:?} {severity}"
            );
        }
    }
}
