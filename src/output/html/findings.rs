//! The findings: a table that is whole without the script, which filters it and opens
//! the events. They stand in the page as data, and are shown one at a time.

use std::io::{self, Write};

use super::controls::rule_link;
use super::markup::{Html, severity_class};
use crate::finding::{Integrity, counted};
use crate::output::standing::until;
use crate::report::{Report, Row};

/// Rows that a browser lays out together, or not at all while they are out of sight.
const TOGETHER: usize = 50;
/// Rows that are laid out at once.
const MANY: usize = 200;

pub(super) fn section(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut html = Html::default();
    html.raw("<section id=\"findings\" aria-labelledby=\"h-findings\">\n");
    html.raw("<h2 id=\"h-findings\">Findings</h2>\n");
    said(&mut html, report);
    if report.findings.rows.is_empty() {
        html.raw("</section>\n");
        return out.write_all(html.as_bytes());
    }
    html.raw(TOOLBAR);
    let many = report.findings.rows.len() > MANY;
    html.raw("<div class=\"list")
        .raw(if many { " many" } else { "" });
    html.raw(
        "\" role=\"table\" aria-labelledby=\"h-findings\">\n\
         <div class=\"head\" role=\"rowgroup\"><div class=\"row\" role=\"row\">\
         <span role=\"columnheader\">Severity</span><span role=\"columnheader\">Time</span>\
         <span role=\"columnheader\">What happened</span><span role=\"columnheader\">Who</span>\
         <span role=\"columnheader\">Where</span><span role=\"columnheader\">Status</span>\
         </div></div>\n",
    );
    for (chunk, rows) in report.findings.rows.chunks(TOGETHER).enumerate() {
        html.raw("<div class=\"chunk\" role=\"rowgroup\">\n");
        for (place, finding) in rows.iter().enumerate() {
            row(&mut html, report, finding, chunk * TOGETHER + place + 1);
        }
        html.raw("</div>\n");
        out.write_all(html.as_bytes())?;
        html.clear();
    }
    html.raw("</div>\n<script type=\"application/json\" id=\"events\">{");
    let with_event = report.findings.rows.iter();
    let with_event = with_event.filter_map(|row| Some((&row.anchor, row.detail.as_deref()?)));
    for (place, (anchor, detail)) in with_event.enumerate() {
        // An anchor is of letters, digits and dashes.
        html.raw(if place == 0 { "\n\"" } else { ",\n\"" })
            .json(anchor)
            .raw("\":");
        html.json(detail);
        out.write_all(html.as_bytes())?;
        html.clear();
    }
    html.raw("}</script>\n</section>\n");
    out.write_all(html.as_bytes())
}

const TOOLBAR: &str = "<div class=\"tools\" id=\"tools\" role=\"search\" hidden>\
    <label class=\"find\"><span class=\"hidden\">Search findings</span>\
    <input type=\"search\" id=\"find\" placeholder=\"Search: name, address, ARN, file…\" \
    autocomplete=\"off\" spellcheck=\"false\"><kbd aria-hidden=\"true\">/</kbd></label>\
    <label>Severity <select id=\"by-severity\"><option value=\"\">all</option></select></label>\
    <label>Status <select id=\"by-standing\"><option value=\"\">all</option></select></label>\
    <label>Rule <select id=\"by-rule\"><option value=\"\">all</option></select></label>\
    <label>Account <select id=\"by-account\"><option value=\"\">all</option></select></label>\
    <label>Region <select id=\"by-region\"><option value=\"\">all</option></select></label>\
    <button type=\"button\" id=\"clear\">Clear</button>\
    <p id=\"shown\" role=\"status\" aria-live=\"polite\"></p></div>\n\
    <p class=\"none\" id=\"none\" hidden>No finding fits.</p>\n";

/// How many there are, and what is not here.
fn said(html: &mut Html, report: &Report<'_>) {
    let findings = &report.findings;
    if findings.rows.is_empty() && findings.more == 0 {
        html.raw("<p>None.</p>\n");
        return;
    }
    let all = findings.rows.len() as u64 + findings.more;
    html.raw("<p class=\"period\">")
        .text(&counted(all, "finding"));
    html.raw(", those that count first, the worst first.");
    if findings.more > 0 {
        html.raw(" <strong>")
            .text(&counted(findings.more, "milder one"));
        html.raw(
            " left out for the size of this page: all are in the json and jsonl outputs.</strong>",
        );
    }
    if findings.without_event > 0 {
        html.raw(" ").count(findings.without_event);
        html.raw(" of the milder ones are here without the event itself.");
    }
    html.raw(
        "<span class=\"noscript\"> Events, filters and search need the page’s script.</span></p>\n",
    );
}

fn row(html: &mut Html, report: &Report<'_>, row: &Row, number: usize) {
    html.raw("<div class=\"row ")
        .raw(severity_class(row.severity))
        .raw("\" role=\"row\" id=\"f-");
    html.text(&row.anchor)
        .raw("\" data-s=\"")
        .raw(row.severity.name());
    html.raw("\" data-st=\"").raw(row.standing.name());
    let data = [
        ("\" data-r=\"", Some(&row.rule)),
        ("\" data-a=\"", row.account.as_ref()),
        ("\" data-g=\"", row.region.as_ref()),
    ];
    for (name, value) in data {
        html.raw(name).text(value.map_or("", String::as_str));
    }
    html.raw("\"><span role=\"cell\">").severity(row.severity);
    html.raw("</span><span role=\"cell\" class=\"time\">");
    time(html, row.time.as_deref());
    html.raw("</span><span role=\"cell\" class=\"what\"><a class=\"open\" href=\"#f-")
        .text(&row.anchor);
    html.raw("\"><span class=\"nr\">#")
        .number(number as u64)
        .raw("</span> ")
        .text(&row.message);
    html.raw("</a><span class=\"by\">");
    rule_link(html, report, &row.rule);
    let calls = [
        ("", &row.name),
        (" of ", &row.source),
        (", refused: ", &row.error),
    ];
    html.raw(" · ");
    for (before, said) in calls {
        if let Some(said) = said {
            html.raw(before).text(said);
        }
    }
    html.raw("</span>");
    if let Some(together) = &row.together {
        html.raw("<span class=\"by together\">")
            .text(together)
            .raw("</span>");
    }
    html.raw("<span class=\"by\">").text(&row.place);
    if let Some(id) = &row.event_id {
        html.raw(" · event ").text(id);
    }
    html.raw("</span></span><span role=\"cell\" class=\"who\">")
        .text_or_dash(row.principal.as_deref());
    html.raw("<span class=\"by\">")
        .text_or_dash(row.address.as_deref());
    html.raw("</span></span><span role=\"cell\" class=\"where\">")
        .text_or_dash(row.account.as_deref());
    if let Some(label) = &row.account_label {
        html.raw("<span class=\"by\">").text(label).raw("</span>");
    }
    html.raw("<span class=\"by\">")
        .text_or_dash(row.region.as_deref());
    html.raw("</span></span><span role=\"cell\" class=\"stands\">")
        .standing(row.standing);
    stands(html, row);
    html.raw("</span></div>\n");
}

/// A time that may be parted between date and hour.
fn time(html: &mut Html, time: Option<&str>) {
    match time.and_then(|time| time.split_once('T')) {
        Some((date, hour)) => html.text(date).raw("T<wbr>").text(hour),
        None => html.text_or_dash(time),
    };
}

/// Why it stands so.
fn stands(html: &mut Html, row: &Row) {
    if let Some(by) = &row.covered {
        html.raw("<span class=\"by\">")
            .raw(by.kind.name())
            .raw(" of ")
            .text(&by.owner);
        html.raw(": ").text(&by.reason);
        if let Some(ticket) = &by.ticket {
            html.raw(" (").text(ticket).raw(")");
        }
        if let Some(ends) = by.ends {
            html.raw(", until ").text(&until(ends));
        }
        html.raw("</span>");
    }
    if let Some(first_seen) = row.first_seen {
        html.raw("<span class=\"by\">seen since ")
            .text(&first_seen.to_string())
            .raw("</span>");
    }
    if let Some(integrity) = row.integrity {
        html.raw("<span class=\"by");
        html.raw(if integrity == Integrity::Failed {
            " alarm\">"
        } else {
            "\">"
        });
        html.raw("file: ").raw(integrity.name()).raw("</span>");
    }
}
