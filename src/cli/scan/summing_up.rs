//! What goes into the summary of a scan beside its findings: the rules that ran and
//! those that could not, what was read, and what there was nothing of.

use std::collections::BTreeMap;

use trailgate::diagnostic::{Code, Diagnostic, Level};
use trailgate::engine::{Engine, ScanReport, Unevaluated};
use trailgate::finding::{InactiveRule, NotEvaluated, Summary};
use trailgate::rule::RuleSet;
use trailgate::source::{Discovery, Skipped};

/// What was asked for and cannot be had. An empty directory is no error where
/// there need not be an event.
pub(super) fn input_problems(discovery: &Discovery, allow_empty: bool) -> Vec<Diagnostic> {
    let mut empty = discovery.empty.clone();
    if allow_empty {
        empty.iter_mut().for_each(|p| p.level = Level::Warning);
    }
    let problems = discovery.problems.iter().cloned();
    problems.chain(empty).collect()
}

/// What directories and archives held that is not read, by kind; kinds without any are absent.
pub(super) fn skipped(skipped: Skipped) -> BTreeMap<String, u64> {
    let kinds = [
        ("hidden", skipped.hidden),
        ("digest", skipped.digest),
        ("special", skipped.special),
        ("link", skipped.link),
        ("other_service", skipped.other_service),
        ("state", skipped.state),
    ];
    let met = kinds.into_iter().filter(|(_, count)| *count > 0);
    met.map(|(kind, count)| (kind.to_owned(), count as u64))
        .collect()
}

pub(super) fn count_rules(summary: &mut Summary, set: &RuleSet) {
    summary.rules.active = set.rules.len() as u64;
    summary.rules.not_applicable = set.not_applicable.len() as u64;
    summary.rules.unreported = set.unreported.len() as u64;
    summary.rules.failed = set
        .failed
        .iter()
        .map(|failed| failed.name.clone())
        .collect();
    summary.rules.inactive = set
        .inactive
        .iter()
        .map(|inactive| InactiveRule {
            id: inactive.rule.id.value.clone(),
            lists: inactive
                .lists
                .iter()
                .map(|list| list.value.clone())
                .collect(),
        })
        .collect();
}

pub(super) fn take_over(summary: &mut Summary, report: ScanReport, engine: Engine<'_>) {
    summary.inputs.read += report.inputs.read;
    summary.inputs.failed += report.inputs.failed;
    summary.inputs.members = report.inputs.members;
    summary.records = report.records;
    summary.coverage = report.coverage;
    summary.duplicates = report.duplicates;
    let rules = engine.rules();
    summary.not_evaluated = not_evaluated(report.unevaluated, engine);
    summary.undecided = report
        .undecided
        .into_iter()
        .filter_map(|(index, count)| Some((rules.get(index)?.id.value.clone(), count)))
        .collect();
}

/// The rules that were not evaluated on some records, by shape.
fn not_evaluated(unevaluated: Unevaluated, engine: Engine<'_>) -> Vec<NotEvaluated> {
    let entries = unevaluated.by_rule.into_iter();
    entries
        .filter_map(|((shape, index), missing)| {
            let rule = engine.rules().get(index)?;
            let may = rule.severity_when.iter().map(|entry| entry.severity);
            Some(NotEvaluated {
                rule: rule.id.value.clone(),
                severity: may.fold(rule.severity, Ord::max),
                shape: shape.name().to_owned(),
                records: missing.records,
                fields: missing.fields,
            })
        })
        .collect()
}

pub(super) fn no_events(summary: &Summary) -> Diagnostic {
    let outside = summary.records.outside;
    if outside > 0 {
        let message = format!("none of {outside} events is one that was asked about");
        return Diagnostic::new(Code::NoEvents, message).help(
            "check `--since`, `--until`, `--account` and `--region`; where there need not be an \
             event, say `--allow-empty`",
        );
    }
    Diagnostic::new(Code::NoEvents, "not a single event was read").help(
        "check that the paths are those of the export; where there need not be an event, say \
         `--allow-empty`",
    )
}

pub(super) fn no_rules(set: &RuleSet) -> Diagnostic {
    let inactive: Vec<_> = set
        .inactive
        .iter()
        .map(|inactive| inactive.rule.id.value.as_str())
        .collect();
    let off: Vec<_> = set
        .off
        .iter()
        .map(|off| off.rule.id.value.as_str())
        .collect();
    let help = if !off.is_empty() {
        format!("the configuration switches these off: {}", off.join(", "))
    } else if inactive.is_empty() {
        "choose less narrowly: `trailgate rules list` takes the same options".to_owned()
    } else {
        format!("set the lists that these need: {}", inactive.join(", "))
    };
    Diagnostic::new(Code::UnknownRule, "no rule is left to run").help(help)
}
