//! The evidence base: what was read, its gaps, the rules and what is accepted.

use std::collections::BTreeSet;

use super::controls::rule_link;
use super::markup::Html;
use crate::finding::grouped;
use crate::output::standing::until;
use crate::output::text::problems::Problems;
use crate::output::text::summary::facts;
use crate::report::{AccountDelivery, Delivery, Report, Waiver, base_facts};

/// Accounts and regions that are named.
const NAMED: usize = 200;

pub(super) fn section(html: &mut Html, report: &Report<'_>, problems: &Problems) {
    html.raw("<section id=\"evidence\" aria-labelledby=\"h-evidence\">\n");
    html.raw("<h2 id=\"h-evidence\">Evidence base</h2>\n");
    html.raw("<div class=\"scroll\"><table class=\"facts\"><tbody>\n");
    let mut fact = |name: &str, value: &str| {
        html.raw("<tr><th scope=\"row\">")
            .text(name)
            .raw("</th><td>");
        html.text(value).raw("</td></tr>\n");
    };
    for (name, value) in facts(report.summary) {
        fact(name, &value);
    }
    let coverage = &report.summary.coverage;
    fact("Accounts", &names(&coverage.accounts));
    fact("Regions", &names(&coverage.regions));
    for (name, value) in base_facts(report) {
        fact(name, &value);
    }
    html.raw("</tbody></table></div>\n");
    delivery(html, &report.base.delivery);
    waivers(html, report);
    shown(html, problems);
    html.raw("</section>\n");
}

fn names(names: &BTreeSet<String>) -> String {
    let said: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len() {
        0 => "none".to_owned(),
        all if all > NAMED => {
            let more = grouped((all - NAMED) as u64);
            format!("{} and {more} more", said.join(", "))
        }
        _ => said.join(", "),
    }
}

fn delivery(html: &mut Html, delivery: &Delivery) {
    html.raw("<h3>Gaps in the delivery</h3>\n");
    let Some(span) = delivery.span else {
        html.raw("<p>Not told: there is no event, or there are too many days and accounts.</p>\n");
        return;
    };
    html.raw("<p>Hours without a single event, of ")
        .count(span.hours);
    html.raw(" looked at. A quiet account has some; a trail that was off has them too.</p>\n");
    html.raw(
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Account</th>\
         <th scope=\"col\" class=\"num\">Hours with events</th>\
         <th scope=\"col\" class=\"num\">Without</th><th scope=\"col\" class=\"num\">Gaps</th>\
         <th scope=\"col\">The longest</th></tr></thead><tbody>\n",
    );
    for account in &delivery.accounts {
        account_row(html, account);
    }
    html.raw("</tbody></table></div>\n");
    if delivery.more_accounts > 0 {
        html.raw("<p>and ").count(delivery.more_accounts);
        html.raw(" more accounts, whose longest gaps are no longer.</p>\n");
    }
}

fn account_row(html: &mut Html, account: &AccountDelivery) {
    html.raw("<tr><th scope=\"row\">")
        .text(&account.account)
        .raw("</th><td class=\"num\">");
    html.count(account.active)
        .raw("</td><td class=\"num\">")
        .count(account.silent);
    html.raw("</td><td class=\"num\">")
        .count(account.gaps)
        .raw("</td><td>");
    for gap in &account.longest {
        html.raw("<span class=\"gap\">")
            .text(&gap.to_string())
            .raw("</span> ");
    }
    html.raw("</td></tr>\n");
}

fn waivers(html: &mut Html, report: &Report<'_>) {
    let base = &report.base;
    html.raw("<h3>Waivers in force</h3>\n");
    if base.waivers.is_empty() {
        html.raw("<p>None.</p>\n");
        return;
    }
    html.raw(
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Rule</th>\
         <th scope=\"col\">Kind</th><th scope=\"col\">Reason</th><th scope=\"col\">Owner</th>\
         <th scope=\"col\">Approved by</th><th scope=\"col\">Ticket</th>\
         <th scope=\"col\">Until</th><th scope=\"col\" class=\"num\">Findings</th></tr></thead><tbody>\n",
    );
    for waiver in &base.waivers {
        waiver_row(html, report, waiver);
    }
    html.raw("</tbody></table></div>\n");
    if base.other_waived > 0 {
        html.raw("<p>and more, which cover ")
            .count(base.other_waived)
            .raw(" findings.</p>\n");
    }
}

fn waiver_row(html: &mut Html, report: &Report<'_>, waiver: &Waiver) {
    let by = &waiver.by;
    html.raw("<tr><th scope=\"row\">");
    rule_link(html, report, &waiver.rule);
    html.raw("</th><td>")
        .raw(by.kind.name())
        .raw("</td><td>")
        .text(&by.reason);
    let ends = by.ends.map(until);
    let cells = [
        Some(&by.owner),
        by.approved_by.as_ref(),
        by.ticket.as_ref(),
        ends.as_ref(),
    ];
    for cell in cells {
        html.raw("</td><td>").text_or_dash(cell.map(String::as_str));
    }
    html.raw("</td><td class=\"num\">")
        .count(waiver.covers)
        .raw("</td></tr>\n");
}

fn shown(html: &mut Html, problems: &Problems) {
    let mut list = Html::default();
    for problem in problems.shown() {
        list.raw("<li><span class=\"code\">")
            .raw(problem.code.as_str())
            .raw("</span> ");
        list.raw(problem.level.as_str()).raw(": ");
        if let Some(place) = &problem.place {
            list.text(place).raw(": ");
        }
        list.text(&problem.message);
        if let Some(help) = &problem.help {
            list.raw("<span class=\"by\">").text(help).raw("</span>");
        }
        list.raw("</li>\n");
    }
    for (code, count) in problems.more() {
        list.raw("<li><span class=\"code\">")
            .raw(code.as_str())
            .raw("</span> ")
            .count(count);
        list.raw(" more of the kind: ")
            .text(code.title())
            .raw("</li>\n");
    }
    html.raw("<h3 id=\"problems\">Problems</h3>\n");
    if list.as_bytes().is_empty() {
        html.raw("<p>None.</p>\n");
    } else {
        html.raw("<ul class=\"problems\">\n")
            .append(&list)
            .raw("</ul>\n");
    }
}
