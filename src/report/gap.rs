//! Gaps: why something was not evaluated, of a rule or of the whole run.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::event::DataPlane;
use crate::finding::{Failure, Gate, Summary, counted};
use crate::rule::correlation::Correlation;
use crate::rule::{Rule, RuleSet};

use super::need;

/// Why something was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// No rule names the control.
    NoRule,
    /// A rule waits for lists.
    ListNotSet {
        /// The rule.
        rule: String,
        /// The lists.
        lists: Vec<String>,
    },
    /// A rule does not load.
    RuleFailed {
        /// The rule, or where it stands.
        rule: String,
    },
    /// A rule needs data events, and there were none.
    NoDataEvents {
        /// The rule.
        rule: String,
        /// Of what; of anything where it is empty.
        of: BTreeSet<DataPlane>,
    },
    /// Records had lost fields that a rule asks for.
    FieldsLost {
        /// The rule.
        rule: String,
        /// How many records.
        records: u64,
        /// The fields.
        fields: BTreeSet<String>,
    },
    /// A rule could not decode JSON in a field.
    Undecided {
        /// The rule.
        rule: String,
        /// Of how many events.
        events: u64,
    },
    /// Windows of a rule about several events are not over where the data ends.
    Undetermined {
        /// The rule.
        rule: String,
        /// How many.
        windows: u64,
        /// When the first that is named ends.
        until: Option<Timestamp>,
    },
    /// A rule about new values does not know its keys for long enough.
    Learning {
        /// The rule.
        rule: String,
        /// How many values were not judged.
        values: u64,
    },
    /// Events of rules about several came too late, and none of these had them.
    Late {
        /// The rule.
        rule: String,
        /// How many, of all such rules.
        events: u64,
    },
    /// The events of a rule about several could not be put together.
    NotCorrelated {
        /// The rule.
        rule: String,
    },
    /// What [`super::Report::run_gaps`] says holds for every control.
    Run,
    /// There was no event.
    NoEvent,
    /// A rule does not load, and which controls it is for cannot be told.
    UnknownControls {
        /// Where it stands.
        rule: String,
    },
    /// Not everything was read, or it is not what was delivered.
    Input {
        /// Why, as the verdict says it.
        why: String,
    },
    /// An account or a region was asked about, and not one event is of it.
    NotCovered {
        /// `account` or `region`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::NoRule => write!(f, "no rule of this run names it"),
            Gap::ListNotSet { rule, lists } => {
                write!(
                    f,
                    "{rule} waits for a list that is not set ({})",
                    lists.join(", ")
                )
            }
            Gap::RuleFailed { rule } => {
                write!(f, "{rule} does not load or could not be evaluated")
            }
            Gap::NoDataEvents { rule, of } => {
                let of: Vec<_> = of.iter().map(|plane| plane.what()).collect();
                let of = match of.is_empty() {
                    true => String::new(),
                    false => format!(" of {}", of.join(" and ")),
                };
                write!(f, "{rule} needs data events{of}, and there were none")
            }
            Gap::FieldsLost {
                rule,
                records,
                fields,
            } => {
                let fields: Vec<_> = fields.iter().map(String::as_str).collect();
                write!(
                    f,
                    "{rule} was not evaluated on {} whose shape lost {}",
                    counted(*records, "record"),
                    fields.join(", ")
                )
            }
            Gap::Undecided { rule, events } => write!(
                f,
                "{rule} could not decode the JSON in a field of {}",
                counted(*events, "event")
            ),
            Gap::Undetermined {
                rule,
                windows,
                until,
            } => {
                let windows = counted(*windows, "window");
                write!(f, "{rule} has {windows} not over where the data ends")?;
                match until {
                    Some(until) => write!(f, ", open until {until}"),
                    None => Ok(()),
                }
            }
            Gap::Learning { rule, values } => write!(
                f,
                "{rule} is still learning, and did not judge {}",
                counted(*values, "value")
            ),
            Gap::Late { rule, events } => write!(
                f,
                "{rule} may miss some of {} that came too late",
                counted(*events, "event")
            ),
            Gap::NotCorrelated { rule } => {
                write!(f, "the events of {rule} could not be put together")
            }
            Gap::Run => write!(f, "the run did not cover everything"),
            Gap::NoEvent => write!(f, "not a single event was read"),
            Gap::UnknownControls { rule } => write!(
                f,
                "{rule} does not load, and which controls it is for cannot be told"
            ),
            Gap::Input { why } => write!(f, "{why}"),
            Gap::NotCovered { kind, name } => {
                write!(
                    f,
                    "{kind} {name} was asked about, and not one event is of it"
                )
            }
        }
    }
}

/// What keeps every control from being clean.
pub(super) fn run_gaps(set: &RuleSet, summary: &Summary, gate: &Gate) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if summary.records.events == 0 {
        gaps.push(Gap::NoEvent);
    }
    // That rules were not evaluated on some records is said of those rules, and what
    // verifying found wrong fails a run as findings do.
    let unanswered = summary.unanswered(gate.strictest());
    let said: Vec<String> = unanswered
        .into_iter()
        .chain(summary.failing(gate))
        .collect();
    let said = |why: &str| why == Summary::NO_EVENT || said.iter().any(|said| said == why);
    let reasons = summary.verdict.reasons().iter().filter(|reason| {
        matches!(reason.failure, Failure::Input | Failure::Findings) && !said(&reason.why)
    });
    gaps.extend(reasons.map(|reason| Gap::Input {
        why: reason.why.clone(),
    }));
    let unknown = set.failed.iter().filter(|failed| failed.controls.is_none());
    gaps.extend(unknown.map(|failed| Gap::UnknownControls {
        rule: failed.name.clone(),
    }));
    if summary.records.events > 0 {
        gaps.extend(not_covered(summary));
    }
    gaps
}

fn not_covered(summary: &Summary) -> impl Iterator<Item = Gap> {
    let (asked, seen) = (&summary.asked, &summary.coverage);
    let kinds = [
        ("account", &asked.accounts, &seen.accounts),
        ("region", &asked.regions, &seen.regions),
    ];
    kinds.into_iter().flat_map(|(kind, asked, seen)| {
        asked.difference(seen).map(move |name| Gap::NotCovered {
            kind,
            name: name.clone(),
        })
    })
}

/// What a rule was not evaluated on.
pub(super) fn rule_gaps(rule: &Rule, summary: &Summary) -> Vec<Gap> {
    let id = &rule.id.value;
    let mut gaps = Vec::new();
    let inactive = summary.rules.inactive.iter();
    gaps.extend(
        inactive
            .filter(|inactive| inactive.id == *id)
            .map(|inactive| Gap::ListNotSet {
                rule: id.clone(),
                lists: inactive.lists.clone(),
            }),
    );
    if let Some(of) = need::of_rule(rule) {
        let seen = &summary.coverage.data;
        let absent: BTreeSet<DataPlane> = of.difference(seen).copied().collect();
        let any_will_do = of.is_empty() && !seen.is_empty();
        if !any_will_do && (of.is_empty() || !absent.is_empty()) {
            gaps.push(Gap::NoDataEvents {
                rule: id.clone(),
                of: absent,
            });
        }
    }
    let lost = summary.not_evaluated.iter();
    gaps.extend(
        lost.filter(|entry| entry.rule == *id)
            .map(|entry| Gap::FieldsLost {
                rule: id.clone(),
                records: entry.records,
                fields: entry.fields.clone(),
            }),
    );
    gaps.extend(summary.undecided.get(id).map(|events| Gap::Undecided {
        rule: id.clone(),
        events: *events,
    }));
    if let Some(correlation) = &rule.correlation {
        gaps.extend(correlation_gaps(rule, correlation, summary));
    }
    gaps
}

/// What a rule about several events could not tell, and those whose findings it is
/// about.
fn correlation_gaps(rule: &Rule, correlation: &Correlation, summary: &Summary) -> Vec<Gap> {
    let id = &rule.id.value;
    let inactive = &summary.rules.inactive;
    if inactive.iter().any(|inactive| inactive.id == *id) {
        return Vec::new();
    }
    let Some(counts) = &summary.correlation else {
        return vec![Gap::NotCorrelated { rule: id.clone() }];
    };
    let mut gaps = Vec::new();
    let windows = counts.undetermined.get(id);
    gaps.extend(windows.map(|windows| {
        let named = counts.named.iter().find(|named| named.rule == *id);
        Gap::Undetermined {
            rule: id.clone(),
            windows: *windows,
            until: named.map(|named| named.until),
        }
    }));
    let values = counts.learning.get(id);
    gaps.extend(values.map(|values| Gap::Learning {
        rule: id.clone(),
        values: *values,
    }));
    if counts.late > 0 {
        gaps.push(Gap::Late {
            rule: id.clone(),
            events: counts.late,
        });
    }
    for child in correlation.correlations() {
        if let Some(of_child) = &child.correlation {
            gaps.extend(correlation_gaps(child, of_child, summary));
        }
    }
    gaps
}
