//! The compliance report in Markdown: what each control came to, and on what grounds.

use super::{cell, plain};
use crate::finding::counted;
use crate::output::standing::until;
use crate::output::text::summary::facts;
use crate::report::{Control, Framework, Report, SCOPE, Status, base_facts};

/// Gaps that are told of a control.
const TOLD_GAPS: usize = 4;
/// Waivers and accounts that are told.
const TOLD_LINES: usize = 50;

/// The frameworks in a table, then what is not clean in each.
pub(super) fn controls(report: &Report<'_>, room: usize) -> String {
    if report.frameworks.is_empty() {
        return String::new();
    }
    let mut page = "### Controls\n\n".to_owned();
    if !report.run_gaps.is_empty() {
        page.push_str("No control can be called clean:\n\n");
        for gap in &report.run_gaps {
            page.push_str(&format!("- {}\n", cell(&gap.to_string())));
        }
        page.push('\n');
    }
    page.push_str(&format!("{SCOPE}\n\n| framework |"));
    for status in Status::ALL {
        page.push_str(&format!(" {} |", status.name()));
    }
    page.push_str("\n| --- | --: | --: | --: | --: |\n");
    for framework in &report.frameworks {
        page.push_str(&format!("| {} |", cell(&framework.name)));
        for status in Status::ALL {
            page.push_str(&format!(" {} |", framework.count(status)));
        }
        page.push('\n');
    }
    page.push('\n');
    let mut left_out = 0;
    for framework in &report.frameworks {
        let section = section(framework);
        if page.len() + section.len() > room {
            left_out += 1;
        } else {
            page.push_str(&section);
        }
    }
    if left_out > 0 {
        let frameworks = counted(left_out, "framework");
        page.push_str(&format!(
            "{frameworks} left out for the length of this page.\n\n"
        ));
    }
    page
}

fn section(framework: &Framework) -> String {
    let mut page = format!(
        "<details><summary>{}</summary>\n\n| control | status | findings | rules | not evaluated |\n\
         | --- | --- | --- | --- | --- |\n",
        plain(&framework.name)
    );
    for control in &framework.controls {
        page.push_str(&row(control));
    }
    page.push_str("\n</details>\n\n");
    page
}

fn row(control: &Control) -> String {
    let counts = &control.counts;
    let mut findings = counts.violations().to_string();
    for (count, what) in [(counts.known, "known"), (counts.waived, "waived")] {
        if count > 0 {
            findings.push_str(&format!(", {count} {what}"));
        }
    }
    let gaps = control.gaps.iter().take(TOLD_GAPS);
    let mut gaps: Vec<String> = gaps.map(|gap| cell(&gap.to_string())).collect();
    let more = control.gaps.len().saturating_sub(TOLD_GAPS);
    if more > 0 {
        gaps.push(format!("and {more} more"));
    }
    format!(
        "| {} | {} | {findings} | {} | {} |\n",
        cell(&match &control.title {
            Some(title) => format!("{}: {title}", control.id),
            None => control.id.clone(),
        }),
        control.status().name(),
        cell(&control.rules.join(", ")),
        gaps.join("; "),
    )
}

/// What was read, its gaps, the rules and what is accepted.
pub(super) fn evidence_base(report: &Report<'_>) -> String {
    let mut page = "### Evidence base\n\n| | |\n| --- | --- |\n".to_owned();
    for (name, text) in facts(report.summary).into_iter().chain(base_facts(report)) {
        page.push_str(&format!("| {name} | {} |\n", plain(&text)));
    }
    page.push_str(&delivery(report));
    page.push_str(&waivers(report));
    page
}

fn delivery(report: &Report<'_>) -> String {
    let delivery = &report.base.delivery;
    let Some(span) = delivery.span else {
        return String::new();
    };
    let mut page = format!(
        "\n#### Gaps in the delivery\n\nOf {} looked at.\n\n\
         | account | hours with events | without | the longest gaps |\n| --- | --: | --: | --- |\n",
        counted(span.hours, "hour")
    );
    for account in delivery.accounts.iter().take(TOLD_LINES) {
        let longest: Vec<String> = account.longest.iter().map(ToString::to_string).collect();
        page.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            cell(&account.account),
            account.active,
            account.silent,
            plain(&longest.join("; ")),
        ));
    }
    if delivery.more_accounts > 0 {
        let more = counted(delivery.more_accounts, "more account");
        page.push_str(&format!("\nand {more}\n"));
    }
    page
}

fn waivers(report: &Report<'_>) -> String {
    let waivers = &report.base.waivers;
    if waivers.is_empty() {
        return String::new();
    }
    let mut page = "\n#### Waivers in force\n\n\
                    | rule | kind | findings | reason | owner | approved by | ticket | until |\n\
                    | --- | --- | --: | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for waiver in waivers.iter().take(TOLD_LINES) {
        let by = &waiver.by;
        let ends = by.ends.map(until);
        let agreed = [&by.approved_by, &by.ticket, &ends];
        let [approved_by, ticket, ends] = agreed.map(|text| cell(text.as_deref().unwrap_or("-")));
        let [rule, reason, owner] = [&waiver.rule, &by.reason, &by.owner].map(|text| cell(text));
        page.push_str(&format!(
            "| {rule} | {} | {} | {reason} | {owner} | {approved_by} | {ticket} | {ends} |\n",
            by.kind.name(),
            waiver.covers
        ));
    }
    let more = waivers.len().saturating_sub(TOLD_LINES) as u64;
    if more > 0 || report.base.other_waived > 0 {
        page.push_str(&format!("\nand {}\n", counted(more.max(1), "more waiver")));
    }
    page
}
