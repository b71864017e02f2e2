//! The controls: an overview of the frameworks, then each with its table.

use super::markup::{Html, status_class};
use crate::finding::counted;
use crate::output::text::controls::family_and_version;
use crate::report::{Control, Framework, Gap, Report, SCOPE, Status};

pub(super) fn section(html: &mut Html, report: &Report<'_>) {
    html.raw("<section id=\"controls\" aria-labelledby=\"h-controls\">\n");
    html.raw("<h2 id=\"h-controls\">Controls</h2>\n");
    run_gaps(html, &report.run_gaps);
    if report.frameworks.is_empty() {
        html.raw("<p>No rule names a control.</p>\n</section>\n");
        return;
    }
    html.raw("<p class=\"period\">").text(SCOPE).raw("</p>\n");
    overview(html, &report.frameworks);
    for (number, framework) in report.frameworks.iter().enumerate() {
        let later = report.frameworks.get(number + 1);
        let older = later.is_some_and(|later| is_version_of(framework, later));
        table(html, report, framework, number, older);
    }
    html.raw("</section>\n");
}

fn is_version_of(framework: &Framework, later: &Framework) -> bool {
    let (family, version) = family_and_version(&framework.name);
    let (later, later_version) = family_and_version(&later.name);
    family == later && !version.is_empty() && !later_version.is_empty()
}

fn run_gaps(html: &mut Html, gaps: &[Gap]) {
    if gaps.is_empty() {
        return;
    }
    html.raw("<div class=\"note alarm-note\"><p>No control can be called clean:</p><ul>");
    for gap in gaps {
        html.raw("<li>").text(&gap.to_string()).raw("</li>");
    }
    html.raw("</ul></div>\n");
}

fn overview(html: &mut Html, frameworks: &[Framework]) {
    html.raw(
        "<div class=\"scroll\"><table class=\"overview\"><caption class=\"hidden\">Controls of \
         each framework by status</caption><thead><tr><th scope=\"col\">Framework</th>",
    );
    for status in Status::ALL {
        html.raw("<th scope=\"col\" class=\"num\">")
            .raw(status.name())
            .raw("</th>");
    }
    html.raw("<th scope=\"col\" class=\"barhead\"><span class=\"hidden\">Share</span></th></tr></thead><tbody>\n");
    for (number, framework) in frameworks.iter().enumerate() {
        html.raw("<tr><th scope=\"row\"><a href=\"#fw-")
            .number(number as u64)
            .raw("\">");
        html.text(&framework.name).raw("</a></th>");
        for status in Status::ALL {
            let count = framework.count(status);
            html.raw("<td class=\"num");
            html.raw(if count == 0 { " zero\">" } else { "\">" });
            html.count(count).raw("</td>");
        }
        html.raw("<td>");
        share(html, framework);
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

fn share(html: &mut Html, framework: &Framework) {
    const WIDTH: f64 = 240.0;
    let all = framework.controls.len().max(1) as f64;
    html.raw(
        "<svg class=\"share\" viewBox=\"0 0 240 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\">",
    );
    let mut at = 0.0;
    for status in Status::ALL {
        let width = framework.count(status) as f64 / all * WIDTH;
        if width > 0.0 {
            html.raw("<rect class=\"")
                .raw(status_class(status))
                .raw("\" x=\"")
                .length(at);
            html.raw("\" y=\"0\" width=\"")
                .length(width)
                .raw("\" height=\"10\"/>");
        }
        at += width;
    }
    html.raw("</svg>");
}

fn table(html: &mut Html, report: &Report<'_>, framework: &Framework, number: usize, older: bool) {
    html.raw("<section class=\"framework\" id=\"fw-")
        .number(number as u64)
        .raw("\"");
    html.raw(if older { " data-older" } else { "" });
    html.raw("><h3>").text(&framework.name).raw("</h3>\n");
    html.raw(
        "<div class=\"scroll\"><table class=\"controls\"><thead><tr><th scope=\"col\">Control</th>\
         <th scope=\"col\">Status</th><th scope=\"col\" class=\"num\">Findings</th>\
         <th scope=\"col\">Evidence</th></tr></thead><tbody>\n",
    );
    for control in &framework.controls {
        row(html, report, control);
    }
    html.raw("</tbody></table></div></section>\n");
}

fn row(html: &mut Html, report: &Report<'_>, control: &Control) {
    html.raw("<tr><th scope=\"row\">").text(&control.id);
    if let Some(title) = &control.title {
        html.raw("<span class=\"about\">")
            .text(title)
            .raw("</span>");
    }
    html.raw("</th><td>");
    html.status(control.status()).raw("</td><td class=\"num\">");
    numbers(html, control);
    html.raw("</td><td>");
    links(html, report, control);
    html.raw("<span class=\"by\">");
    for (place, id) in control.rules.iter().enumerate() {
        html.raw(if place == 0 { "" } else { ", " });
        rule_link(html, report, id);
    }
    html.raw("</span>");
    let gaps: Vec<&Gap> = control.gaps.iter().collect();
    if !gaps.is_empty() {
        html.raw("<ul class=\"gaps\">");
        for gap in gaps {
            html.raw("<li>").text(&gap.to_string()).raw("</li>");
        }
        html.raw("</ul>");
    }
    html.raw("</td></tr>\n");
}

fn numbers(html: &mut Html, control: &Control) {
    let counts = &control.counts;
    html.count(counts.violations());
    for (count, what) in [(counts.known, "known"), (counts.waived, "waived")] {
        if count > 0 {
            html.raw("<span class=\"sub\">")
                .count(count)
                .raw(" ")
                .raw(what)
                .raw("</span>");
        }
    }
}

/// Links to some of the findings.
fn links(html: &mut Html, report: &Report<'_>, control: &Control) {
    let all = control.counts.violations() + control.counts.waived;
    if all == 0 {
        return;
    }
    html.raw("<span class=\"links\">");
    for place in &control.evidence {
        if let Some(row) = report.findings.rows.get(*place) {
            html.raw("<a href=\"#f-")
                .text(&row.anchor)
                .raw("\" title=\"")
                .text(&row.message);
            html.raw("\">#").number(*place as u64 + 1).raw("</a> ");
        }
    }
    let more = all.saturating_sub(control.evidence.len() as u64);
    if more > 0 {
        html.raw("and ").text(&counted(more, "more finding"));
    }
    html.raw("</span>");
}

/// The rule's id, as a link where it loaded.
pub(super) fn rule_link(html: &mut Html, report: &Report<'_>, id: &str) {
    let known = report
        .rules
        .binary_search_by(|line| line.rule.id.value.as_str().cmp(id));
    match known {
        Ok(number) => {
            html.raw("<a href=\"#r-")
                .number(number as u64)
                .raw("\">")
                .text(id)
                .raw("</a>");
        }
        Err(_) => {
            html.text(id);
        }
    }
}
