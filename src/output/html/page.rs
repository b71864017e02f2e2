//! The page as a whole: its head with the policy that keeps everything else out, the
//! verdict, and the sections in their order.

use std::io::{self, Write};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::markup::{Html, severity_class, status_class};
use super::{base, charts, controls, findings, rules};
use crate::finding::{Failure, Integrity, counted};
use crate::output::text::problems::Problems;
use crate::report::{Report, Status};
use crate::rule::Severity;

pub(super) const STYLE: &str = include_str!("page.css");
pub(super) const SCRIPT: &str = include_str!("page.js");

/// Sections, as the navigation names them.
const SECTIONS: [(&str, &str); 6] = [
    ("#summary", "Summary"),
    ("#controls", "Controls"),
    ("#charts", "Charts"),
    ("#findings", "Findings"),
    ("#rules", "Rules"),
    ("#evidence", "Evidence base"),
];

pub(super) fn write(
    report: &Report<'_>,
    problems: &Problems,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut html = Html::default();
    head(&mut html, report);
    summary(&mut html, report);
    controls::section(&mut html, report);
    charts::section(&mut html, report);
    out.write_all(html.as_bytes())?;
    findings::section(report, out)?;
    html.clear();
    rules::section(&mut html, report);
    base::section(&mut html, report, problems);
    html.raw("</main>\n<footer><p>trailgate ")
        .raw(env!("CARGO_PKG_VERSION"))
        .raw(
            ". A rule shows that events were, or were not, in the period that was read. \
             It does not prove how anything is configured.</p></footer>\n",
        );
    html.raw("<script>")
        .raw(SCRIPT)
        .raw("</script>\n</body>\n</html>\n");
    out.write_all(html.as_bytes())
}

/// The source in a policy that allows this text and no other.
pub(super) fn allowed(text: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text)))
}

fn head(html: &mut Html, report: &Report<'_>) {
    let verdict = &report.summary.verdict;
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src ",
    )
    .text(&allowed(SCRIPT))
    .raw("; style-src ")
    .text(&allowed(STYLE))
    .raw("; img-src data:; base-uri 'none'; form-action 'none'\">\n");
    html.raw(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Compliance report: exit ",
    )
    .number(verdict.exit_code().into())
    .raw(", ")
    .text(&counted(report.summary.findings.total(), "finding"))
    .raw("</title>\n<style>")
    .raw(STYLE)
    .raw("</style>\n</head>\n<body>\n");
    html.raw(
        "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header class=\"bar\">\
         <p class=\"mark\">trailgate</p><nav aria-label=\"Sections\"><ul>",
    );
    for (target, name) in SECTIONS {
        html.raw("<li><a href=\"")
            .raw(target)
            .raw("\">")
            .raw(name)
            .raw("</a></li>");
    }
    html.raw("</ul></nav></header>\n<main id=\"main\">\n");
}

fn summary(html: &mut Html, report: &Report<'_>) {
    html.raw("<section id=\"summary\" aria-labelledby=\"h-summary\">\n");
    html.raw("<h1 id=\"h-summary\">Compliance report</h1>\n<p class=\"period\">");
    let coverage = &report.summary.coverage;
    match (coverage.first, coverage.last) {
        (Some(first), Some(last)) => {
            html.raw("Events from ").text(&first.to_string());
            html.raw(" to ").text(&last.to_string());
        }
        _ => {
            html.raw("No event with a time");
        }
    }
    html.raw(". Made for ")
        .text(&report.made_for())
        .raw(".</p>\n");
    verdict(html, report);
    tiles(html, report);
    html.raw("</section>\n");
}

fn verdict(html: &mut Html, report: &Report<'_>) {
    let verdict = &report.summary.verdict;
    let (class, words) = match verdict.reasons().first().map(|reason| reason.failure) {
        None => ("ok", "Passes"),
        Some(Failure::Findings) => ("bad", "Fails"),
        Some(_) => ("unsure", "Not a whole answer"),
    };
    html.raw("<div class=\"verdict v-")
        .raw(class)
        .raw("\"><h2><span>")
        .raw(words);
    html.raw("</span> <span class=\"exit\">exit ")
        .number(verdict.exit_code().into());
    html.raw("</span></h2>");
    if verdict.is_clean() {
        html.raw(if report.summary.is_evaluated() {
            "<p>Everything was read and evaluated; nothing fails the run.</p>"
        } else {
            "<p>Everything was read; nothing that could be evaluated fails the run.</p>"
        });
    } else {
        html.raw("<ul>");
        for reason in verdict.reasons() {
            html.raw("<li><span class=\"code\">")
                .number(reason.failure.exit_code().into());
            html.raw("</span> ").text(&reason.why).raw("</li>");
        }
        html.raw("</ul>");
    }
    html.raw("</div>\n");
}

fn tiles(html: &mut Html, report: &Report<'_>) {
    let summary = report.summary;
    html.raw("<dl class=\"tiles\">\n<div class=\"tile\"><dt>Controls</dt><dd>");
    for status in Status::ALL {
        let frameworks = report.frameworks.iter();
        let count: u64 = frameworks.map(|framework| framework.count(status)).sum();
        html.raw("<span class=\"line\"><span class=\"dot ")
            .raw(status_class(status));
        html.raw("\"></span><b>")
            .count(count)
            .raw("</b> ")
            .raw(status.name())
            .raw("</span>");
    }
    html.raw("</dd></div>\n<div class=\"tile\"><dt>Findings</dt><dd>");
    for severity in Severity::ALL.into_iter().rev() {
        let count = summary
            .findings
            .by_severity
            .get(&severity)
            .copied()
            .unwrap_or(0);
        html.raw("<span class=\"line\"><span class=\"dot ")
            .raw(severity_class(severity));
        html.raw("\"></span><b>")
            .count(count)
            .raw("</b> ")
            .raw(severity.name())
            .raw("</span>");
    }
    let waived: u64 = summary.suppressed.values().sum();
    html.raw("<span class=\"line\"><span class=\"dot c-waived\"></span><b>")
        .count(waived);
    html.raw("</b> waived</span></dd></div>\n<div class=\"tile\"><dt>Read</dt><dd>");
    let inputs = summary.inputs;
    let lines = [
        (summary.records.events, "event"),
        (inputs.read + inputs.failed, "input"),
        (summary.coverage.accounts.len() as u64, "account"),
        (summary.coverage.regions.len() as u64, "region"),
        (summary.rules.active, "rule in force"),
    ];
    for (count, noun) in lines {
        let words = match noun {
            "rule in force" => format!("{} in force", counted(count, "rule")),
            noun => counted(count, noun),
        };
        html.raw("<span class=\"line\">")
            .text(&words)
            .raw("</span>");
    }
    if inputs.failed > 0 {
        html.raw("<span class=\"line alarm\">")
            .count(inputs.failed)
            .raw(" not read in full</span>");
    }
    html.raw("</dd></div>\n<div class=\"tile\"><dt>Integrity</dt><dd>");
    match &summary.integrity {
        None => {
            html.raw("<span class=\"line\">Not verified</span><span class=\"line faint\">");
            html.raw("Nothing says that the files are as delivered: see scan --verify</span>");
        }
        Some(counts) => {
            for integrity in Integrity::ALL {
                let count = counts.files.get(&integrity).copied().unwrap_or(0);
                if count > 0 {
                    html.raw("<span class=\"line\"><b>")
                        .count(count)
                        .raw("</b> ");
                    html.raw(integrity.name()).raw("</span>");
                }
            }
        }
    }
    html.raw("</dd></div>\n</dl>\n");
}
