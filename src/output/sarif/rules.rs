//! Rules as SARIF describes them.

use super::level;
use super::objects::{Configuration, Descriptor, Help, Message, RuleProperties};
use crate::output::text::words::in_one_line;
use crate::rule::{Rule, RuleSet, Severity};

/// Tags that code scanning takes of a rule.
const MOST_TAGS: usize = 20;

/// All rules, those too that wait for a list or are off: they say that they are not
/// enabled.
pub(super) fn descriptors(set: &RuleSet) -> Vec<Descriptor<'_>> {
    let active = set.rules.iter().map(|rule| descriptor(rule, true));
    let inactive = set
        .inactive
        .iter()
        .map(|inactive| descriptor(&inactive.rule, false));
    let off = set.off.iter().map(|off| descriptor(&off.rule, false));
    active.chain(inactive).chain(off).collect()
}

/// Their ids, in the same order.
pub(super) fn ids(set: &RuleSet) -> impl Iterator<Item = &str> {
    let inactive = set.inactive.iter().map(|inactive| &inactive.rule);
    set.rules
        .iter()
        .chain(inactive)
        .chain(set.off.iter().map(|off| &off.rule))
        .map(|rule| rule.id.value.as_str())
}

fn descriptor(rule: &Rule, enabled: bool) -> Descriptor<'_> {
    let description = rule.description.as_deref().unwrap_or(&rule.title);
    let remediation = rule.remediation.as_deref().unwrap_or("");
    let references: String = rule
        .references
        .iter()
        .map(|url| format!("- {url}\n"))
        .collect();
    let text = [description, remediation, &references].map(str::trim_end);
    let text = text.into_iter().filter(|text| !text.is_empty());
    let headings = ["", "**What to do.** ", "**References**\n\n"];
    let parts = [description, remediation, &references].map(str::trim_end);
    let markdown = headings
        .iter()
        .zip(parts)
        .filter(|(_, text)| !text.is_empty())
        .map(|(heading, text)| format!("{heading}{text}"));
    let attack = rule.attack.iter().map(String::as_str);
    let tags = ["security"]
        .into_iter()
        .chain(rule.tags.iter().map(String::as_str))
        .chain(attack);
    Descriptor {
        id: &rule.id.value,
        name: name(&rule.id.value),
        short_description: Message {
            text: sentence(&rule.title),
        },
        full_description: Message {
            text: sentence(description),
        },
        help: Help {
            text: text.collect::<Vec<_>>().join("\n\n"),
            markdown: markdown.collect::<Vec<_>>().join("\n\n"),
        },
        help_uri: rule.references.first().map(String::as_str),
        default_configuration: Configuration {
            enabled,
            level: level(rule.severity),
        },
        properties: RuleProperties {
            security_severity: security_severity(rule.severity),
            precision: "high",
            tags: tags.take(MOST_TAGS).collect(),
        },
    }
}

/// A number that code scanning reads as critical from 9.0, high from 7.0, medium
/// from 4.0 and low from 0.1.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

/// `cis-03-root-use` is called `Cis03RootUse`.
fn name(id: &str) -> String {
    let words = id.split(|c: char| !c.is_alphanumeric());
    let capital = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    });
    capital.collect()
}

/// In one line and with a full stop.
fn sentence(text: &str) -> String {
    let text = in_one_line(text);
    if text.ends_with(['.', '!', '?']) {
        text
    } else {
        format!("{text}.")
    }
}
