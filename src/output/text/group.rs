//! The findings of one rule: a few in full, the rest counted.

use std::collections::BTreeMap;

use super::super::standing::KnownFindings;
use super::super::worst::{Added, Worst};
use super::finding::{clauses, in_full};
use super::graphics::clause_boxes;
use super::words::{FIRM_SPACE, Paint, visible, wrapped};
use crate::diagnostic::{SourceMap, Style};
use crate::finding::{Finding, counted};
use crate::rule::Severity;

/// How many names of a kind are said of the findings that are only counted.
const SAID_NAMES: usize = 3;
/// How many different names are told apart; it bounds the memory of a group.
const KNOWN_NAMES: usize = 10_000;

/// The findings of one rule.
#[derive(Debug)]
pub(super) struct Group {
    worst: Worst<Finding>,
    principals: BTreeMap<String, u64>,
    accounts: BTreeMap<String, u64>,
}

impl Group {
    /// A group that keeps so many findings to write in full; one even where none
    /// is to be, for it names the rule.
    pub(super) fn new(in_full: usize) -> Self {
        Group {
            worst: Worst::new(in_full),
            principals: BTreeMap::new(),
            accounts: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, finding: &Finding) {
        match self.worst.add(finding.severity, || finding.clone()) {
            Added::Kept => {}
            Added::Counted => self.count(finding),
            Added::Instead(other) => self.count(&other),
        }
    }

    fn count(&mut self, finding: &Finding) {
        count_name(&mut self.principals, finding.event.principal.as_deref());
        let account = finding.account_in_words();
        count_name(&mut self.accounts, account.as_deref());
    }

    pub(super) fn worst(&self) -> Option<Severity> {
        self.worst.severity()
    }

    pub(super) fn rendered(&self, sources: &SourceMap, style: Style) -> String {
        let paint = Paint {
            colour: style.colour,
        };
        let Some(worst) = self.worst.first() else {
            return String::new();
        };
        let total = counted(self.worst.total(), "finding");
        let before = worst.severity.name().len() + worst.rule.len() + 3;
        let total = total.replace(' ', &FIRM_SPACE.to_string());
        let title = format!("{} ({total})", visible(&worst.title));
        let mut out = format!(
            "{} {}: {}\n\n",
            paint.severity(worst.severity),
            paint.bold(&worst.rule),
            wrapped(&title, style.width, before, 2),
        );
        let mut drawn = String::new();
        for finding in self.worst.kept() {
            if finding.severity != worst.severity {
                out.push_str(&format!("  {}\n", paint.severity(finding.severity)));
            }
            out.push_str(&in_full(finding, style));
            let boxes = clause_boxes(clauses(finding), sources, style);
            if boxes != drawn {
                out.push_str("    asked for by\n");
                out.push_str(&boxes);
                drawn = boxes;
            } else if !drawn.is_empty() {
                out.push_str("    asked for by the same clauses\n");
            }
            out.push('\n');
        }
        if self.worst.rest() > 0 {
            let line = wrapped(&self.rest_in_words(), style.width, 2, 4);
            out.push_str(&format!("  {line}\n\n"));
        }
        let advice = advice(worst, style, paint);
        if !advice.is_empty() {
            out.push_str(&advice);
            out.push('\n');
        }
        out
    }

    fn rest_in_words(&self) -> String {
        format!(
            "and {}, {}; {}",
            counted(self.worst.rest(), "more finding"),
            names("by", &self.principals, "principal"),
            names("in", &self.accounts, "account"),
        )
    }
}

/// The findings that are there for the record, a line for each rule.
pub(super) fn records<'a>(groups: impl Iterator<Item = &'a Group>, style: Style) -> String {
    let paint = Paint {
        colour: style.colour,
    };
    let mut out = String::new();
    for group in groups {
        let Some(first) = group.worst.first() else {
            continue;
        };
        if out.is_empty() {
            out = format!("{}\n\n", paint.bold("For the record"));
        }
        let before = first.severity.name().len() + first.rule.len() + 5;
        let text = format!(
            "{} ({})",
            visible(&first.title),
            counted(group.worst.total(), "finding"),
        );
        out.push_str(&format!(
            "  {} {}: {}\n",
            paint.severity(first.severity),
            paint.bold(&first.rule),
            wrapped(&text, style.width, before, 4)
        ));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// The findings that a baseline knows, a line for each rule.
pub(super) fn known(findings: &KnownFindings, style: Style) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let paint = Paint {
        colour: style.colour,
    };
    let mut out = format!("{}\n\n", paint.bold("Known to the baseline"));
    for (id, rule) in findings.worst_first() {
        let before = rule.severity.name().len() + id.len() + 5;
        let text = format!(
            "{} ({}, {})",
            visible(&rule.title),
            counted(rule.count, "finding"),
            rule.span()
        );
        out.push_str(&format!(
            "  {} {}: {}\n",
            paint.severity(rule.severity),
            paint.bold(id),
            wrapped(&text, style.width, before, 4)
        ));
    }
    out.push('\n');
    out
}

fn count_name(names: &mut BTreeMap<String, u64>, name: Option<&str>) {
    let name = name.unwrap_or("nobody named");
    if let Some(count) = names.get_mut(name) {
        *count += 1;
    } else if names.len() < KNOWN_NAMES {
        names.insert(name.to_owned(), 1);
    }
}

/// `by 12 principals: a (9), b (2), c (1), ...`
fn names(preposition: &str, names: &BTreeMap<String, u64>, noun: &str) -> String {
    let mut often: Vec<(&String, &u64)> = names.iter().collect();
    often.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    if let [(only, _)] = often.as_slice() {
        return format!("{preposition} {noun} {}", visible(only));
    }
    let said: Vec<String> = often
        .iter()
        .take(SAID_NAMES)
        .map(|(name, count)| format!("{} ({count})", visible(name)))
        .collect();
    let more = if often.len() > SAID_NAMES {
        ", ..."
    } else {
        ""
    };
    format!(
        "{preposition} {}: {}{more}",
        counted(often.len() as u64, noun),
        said.join(", ")
    )
}

/// What to do, and which controls are concerned.
fn advice(finding: &Finding, style: Style, paint: Paint) -> String {
    let controls = super::controls::in_words(&finding.controls);
    let lines = [
        (
            "what to do",
            finding.remediation.clone().unwrap_or_default(),
        ),
        ("controls", controls),
        ("ATT&CK", finding.attack.join(", ")),
    ];
    lines
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| {
            let text = wrapped(
                &text.lines().map(visible).collect::<Vec<_>>().join(" "),
                style.width,
                13,
                13,
            );
            format!("  {} {text}\n", paint.dim(&format!("{name:<10}")))
        })
        .collect()
}
