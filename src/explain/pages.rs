//! The rules as pages to browse: one for each in Markdown, and an index.
//!
//! In comes a rule set; out come the files by their paths below a folder. They depend on
//! nothing but the rules, so that a test can hold them to it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::page::calls_in_words;
use super::plain;
use crate::finding::counted;
use crate::output::markdown::plain as escaped;
use crate::rule::{Rule, RuleSet, Severity};

/// The first line of every page: only files that have it are ever removed.
pub const PAGE_MARK: &str = "<!-- Written by `trailgate rules docs`; changes are lost. -->";
/// The name of the index.
const INDEX: &str = "README.md";
/// Lines of a condition are not wrapped: pages wrap themselves.
const WIDTH: usize = 1_000;

/// Every page by its path: `iam/access-key-created.md`, and the index.
pub fn rule_pages(set: &RuleSet) -> BTreeMap<String, String> {
    let mut rules: Vec<&Rule> = set.all().collect();
    rules.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    let mut pages: BTreeMap<String, String> = rules
        .iter()
        .map(|rule| (path(set, rule), page(set, rule)))
        .collect();
    pages.insert(INDEX.to_owned(), index(set, &rules));
    pages
}

/// The folder that the rule's file is in.
fn area<'s>(set: &'s RuleSet, rule: &Rule) -> &'s str {
    let name = set.sources().name(rule.span.source);
    let mut parts = name.rsplit(['/', '\\']).skip(1);
    parts
        .next()
        .filter(|part| !part.is_empty())
        .unwrap_or("rules")
}

fn path(set: &RuleSet, rule: &Rule) -> String {
    format!("{}/{}.md", area(set, rule), rule.id.value)
}

fn page(set: &RuleSet, rule: &Rule) -> String {
    let mut page = format!("{PAGE_MARK}\n# {}\n\n", escaped(&rule.title));
    let tags: Vec<_> = rule.tags.iter().map(|tag| escaped(tag)).collect();
    let _ = writeln!(page, "| | |\n| --- | --- |");
    let _ = writeln!(page, "| rule | `{}` |", rule.id.value);
    let _ = writeln!(page, "| severity | {} |", severities(rule));
    if !tags.is_empty() {
        let _ = writeln!(page, "| tags | {} |", tags.join(", "));
    }
    if !rule.attack.is_empty() {
        let _ = writeln!(page, "| ATT&amp;CK | {} |", rule.attack.join(", "));
    }
    if let Some(description) = &rule.description {
        section(&mut page, "What it means", &prose(description));
    }
    if let Some(remediation) = &rule.remediation {
        section(&mut page, "What to do", &prose(remediation));
    }
    let condition = plain::condition(&rule.condition, 0, WIDTH);
    section(&mut page, "Which events it matches", &fenced(&condition));
    let calls = calls_in_words(rule);
    if !calls.is_empty() {
        let calls: String = calls
            .iter()
            .map(|call| format!("- {}\n", escaped(call)))
            .collect();
        section(&mut page, "Calls", &calls);
    }
    if !rule.controls.is_empty() {
        section(&mut page, "Controls", &controls(set, rule));
    }
    if !rule.references.is_empty() {
        let references: String = rule
            .references
            .iter()
            .map(|to| format!("- <{to}>\n"))
            .collect();
        section(&mut page, "References", &references);
    }
    let id = &rule.id.value;
    let try_it = format!(
        "trailgate explain {id} event.json\ntrailgate scan export/ --rule {id}\n\
         trailgate rules show {id} --source\n"
    );
    section(
        &mut page,
        "Try it",
        &format!("```console\n{}```\n", prompted(&try_it)),
    );
    page
}

fn severities(rule: &Rule) -> String {
    let mut others: Vec<Severity> = rule
        .severity_when
        .iter()
        .map(|case| case.severity)
        .collect();
    others.sort();
    others.dedup();
    others.retain(|severity| *severity != rule.severity);
    match others.as_slice() {
        [] => rule.severity.to_string(),
        others => {
            let others: Vec<_> = others.iter().map(Severity::to_string).collect();
            format!("{}, in some cases {}", rule.severity, others.join(" or "))
        }
    }
}

fn controls(set: &RuleSet, rule: &Rule) -> String {
    let mut text = "| framework | control | |\n| --- | --- | --- |\n".to_owned();
    for of in &rule.controls {
        let framework = set.definitions.frameworks.get(&of.framework);
        for id in &of.controls {
            let control = framework.and_then(|framework| framework.control(id));
            let title = control.and_then(|control| control.title.as_deref());
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                escaped(&of.framework),
                escaped(id),
                escaped(title.unwrap_or_default())
            );
        }
    }
    text
}

fn section(page: &mut String, title: &str, text: &str) {
    let _ = write!(page, "\n## {title}\n\n{text}");
}

/// What the author of a rule wrote is Markdown. Outside of code a `<` is meant as one, as
/// in `--user-name <name>`.
fn prose(text: &str) -> String {
    let parts = text.trim().split('`').enumerate();
    let parts = parts.map(|(place, part)| match place % 2 {
        0 => part.replace('<', "&lt;"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`") + "\n"
}

/// Text as it is, in a fence that nothing in it ends.
fn fenced(text: &str) -> String {
    format!(
        "````text\n{}\n````\n",
        text.trim_end().replace("````", "'''")
    )
}

fn prompted(commands: &str) -> String {
    commands.lines().map(|line| format!("$ {line}\n")).collect()
}

fn index(set: &RuleSet, rules: &[&Rule]) -> String {
    let mut page = format!(
        "{PAGE_MARK}\n# Rules\n\n{}, by area, severity, tag and framework.\n",
        counted(rules.len() as u64, "rule")
    );
    let mut areas: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        areas.entry(area(set, rule)).or_default().push(rule);
    }
    for (area, rules) in &areas {
        let mut table = "| rule | severity | |\n| --- | --- | --- |\n".to_owned();
        for rule in rules {
            let _ = writeln!(
                table,
                "| {} | {} | {} |",
                link(set, rule),
                rule.severity,
                escaped(&rule.title)
            );
        }
        section(&mut page, &escaped(area), &table);
    }
    let by_severity = Severity::ALL.iter().rev().map(|severity| {
        let rules = rules.iter().filter(|rule| rule.severity == *severity);
        (severity.to_string(), rules.copied().collect())
    });
    list(&mut page, set, "By severity", by_severity.collect());
    let mut tags: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
    let mut frameworks: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        for tag in &rule.tags {
            tags.entry(tag.clone()).or_default().push(rule);
        }
        for of in &rule.controls {
            frameworks
                .entry(of.framework.clone())
                .or_default()
                .push(rule);
        }
    }
    list(&mut page, set, "By tag", tags.into_iter().collect());
    list(
        &mut page,
        set,
        "By framework",
        frameworks.into_iter().collect(),
    );
    page
}

fn list(page: &mut String, set: &RuleSet, title: &str, groups: Vec<(String, Vec<&Rule>)>) {
    let mut text = String::new();
    for (name, rules) in groups.iter().filter(|(_, rules)| !rules.is_empty()) {
        let links: Vec<_> = rules.iter().map(|rule| link(set, rule)).collect();
        let _ = writeln!(text, "- **{}**: {}", escaped(name), links.join(", "));
    }
    section(page, title, &text);
}

fn link(set: &RuleSet, rule: &Rule) -> String {
    format!("[{}]({})", rule.id.value, path(set, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Origin, RulesFile, load};

    #[test]
    fn a_rule_has_its_page_and_stands_in_the_index() {
        let text = "id: made\ntitle: A key | <b>made</b>\nseverity: high\ndescription: |\n  One.\n\n  Two.\n\
            remediation: Run `rm <a>` for <name>.\ntags: [iam]\nattack: [T1098.001]\ncontrols: {soc2: [CC6.1]}\n\
            severity_when: [{severity: low, match: {errorCode: {exists: true}}}]\n\
            references: [https://example.org/a]\n\
            match: {eventSource: iam.amazonaws.com, eventName: CreateAccessKey}\n";
        let file = RulesFile::new(Origin::Embedded, "rules/iam/made.yaml", text);
        let pages = rule_pages(&load(vec![file], &[]).set);
        let all: Vec<_> = pages
            .iter()
            .map(|(path, page)| format!("==> {path}\n{page}"))
            .collect();
        insta::assert_snapshot!(all.join("\n"));
    }
}
