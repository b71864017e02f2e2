//! The rules: what each is about, what it found, and what to do.

use super::markup::Html;
use crate::output::text::controls::in_words;
use crate::report::{Report, RuleLine};

pub(super) fn section(html: &mut Html, report: &Report<'_>) {
    html.raw("<section id=\"rules\" aria-labelledby=\"h-rules\">\n<h2 id=\"h-rules\">Rules</h2>\n");
    for (number, line) in report.rules.iter().enumerate() {
        rule(html, number, line);
    }
    for failed in &report.summary.rules.failed {
        html.raw("<p class=\"rule alarm\">")
            .text(failed)
            .raw(" does not load or could not be evaluated</p>\n");
    }
    html.raw("</section>\n");
}

fn rule(html: &mut Html, number: usize, line: &RuleLine<'_>) {
    let rule = line.rule;
    html.raw("<details class=\"rule\" id=\"r-")
        .number(number as u64)
        .raw("\"><summary>");
    html.severity(rule.severity)
        .raw(" <span class=\"title\">")
        .text(&rule.title);
    html.raw("</span> <span class=\"id\">")
        .text(&rule.id.value)
        .raw("</span> <span class=\"n\">");
    let counts = &line.counts;
    let parts = [
        (counts.open, "open"),
        (counts.known, "known"),
        (counts.waived, "waived"),
    ];
    let mut some = false;
    for (count, what) in parts {
        if count > 0 {
            html.raw(if some { ", " } else { "" })
                .count(count)
                .raw(" ")
                .raw(what);
            some = true;
        }
    }
    if !some {
        html.raw(if line.gaps.is_empty() {
            "no finding"
        } else {
            "not evaluated"
        });
    }
    html.raw("</span></summary><div class=\"about\">");
    if some {
        html.raw("<p><a href=\"#rule=")
            .text(&rule.id.value)
            .raw("\">Show its findings</a></p>");
    }
    for gap in &line.gaps {
        html.raw("<p class=\"alarm\">")
            .text(&gap.to_string())
            .raw("</p>");
    }
    for (name, text) in [
        ("Why", &rule.description),
        ("What to do", &rule.remediation),
    ] {
        if let Some(text) = text {
            html.raw("<h3 class=\"small\">").raw(name).raw("</h3>");
            for paragraph in text.split("\n\n").filter(|text| !text.trim().is_empty()) {
                let words: Vec<&str> = paragraph.split_whitespace().collect();
                html.raw("<p>").text(&words.join(" ")).raw("</p>");
            }
        }
    }
    let lists = [
        ("Controls", in_words(&rule.controls)),
        ("ATT&amp;CK", rule.attack.join(", ")),
        ("Tags", rule.tags.join(", ")),
    ];
    for (name, text) in lists.iter().filter(|(_, text)| !text.is_empty()) {
        html.raw("<p><b>")
            .raw(name)
            .raw("</b> ")
            .text(text)
            .raw("</p>");
    }
    references(html, &rule.references);
    html.raw("</div></details>\n");
}

/// Links where they lead to the web, and text else.
fn references(html: &mut Html, references: &[String]) {
    if references.is_empty() {
        return;
    }
    html.raw("<ul class=\"refs\">");
    for reference in references {
        let is_web = reference.starts_with("https://") || reference.starts_with("http://");
        html.raw("<li>");
        if is_web {
            html.raw("<a rel=\"noreferrer noopener\" href=\"")
                .text(reference)
                .raw("\">");
        }
        html.text(reference);
        html.raw(if is_web { "</a></li>" } else { "</li>" });
    }
    html.raw("</ul>");
}
