//! Bars of findings by severity: over time, and over runs; each with the same as a
//! table.

use super::markup::{Html, severity_class};
use crate::finding::{HistoryCounts, RunCounts};
use crate::report::{Bar, Timeline};
use crate::rule::Severity;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 170.0;
/// Room for the numbers on the left, and for the dates below.
const LEFT: f64 = 44.0;
const BELOW: f64 = 20.0;

/// The findings of the run by when their events happened.
pub(super) fn over_time(html: &mut Html, timeline: &Timeline) {
    let (hours, bars) = timeline.bars();
    if bars.iter().all(|bar| sum(bar) == 0) {
        return;
    }
    html.raw("<figure class=\"wide\"><figcaption>Findings over time, by ")
        .raw(stretch(hours));
    html.raw("</figcaption>\n");
    stacked(html, "Findings over time by severity", &bars, hours);
    let found = bars.iter().filter(|bar| sum(bar) > 0);
    table(html, "From", found, hours);
    html.raw("</figure>\n");
}

/// The findings of this run beside those of earlier ones, where something is kept of
/// them.
pub(super) fn over_runs(html: &mut Html, history: Option<&HistoryCounts>) {
    let Some(history) = history.filter(|history| history.runs.len() > 1) else {
        return;
    };
    let run = |run: &RunCounts| Bar {
        start: Some(run.at),
        counts: Severity::ALL.map(|severity| run.by_severity.get(&severity).map_or(0, |n| *n)),
    };
    let bars: Vec<Bar> = history.runs.iter().map(run).collect();
    html.raw("<figure class=\"wide\"><figcaption>Findings in each of the last ")
        .count(bars.len() as u64)
        .raw(" runs; in this one ")
        .count(history.new)
        .raw(" new and ")
        .count(history.again)
        .raw(" seen again, by fingerprint</figcaption>\n");
    stacked(html, "Findings in each run by severity", &bars, 24);
    table(html, "Run made for", bars.iter(), 1);
    html.raw("</figure>\n");
}

/// A bar for each, with an axis and some dates.
fn stacked(html: &mut Html, what: &'static str, bars: &[Bar], hours: u64) {
    legend(html);
    html.raw("<svg class=\"time\" viewBox=\"0 0 720 190\" role=\"img\" aria-label=\"")
        .raw(what)
        .raw("; the same stands in the table below\">");
    let top = nice(bars.iter().map(sum).max().unwrap_or(0));
    for part in [0.0, 0.5, 1.0] {
        let y = HEIGHT - part * (HEIGHT - 8.0);
        html.raw("<line class=\"grid\" x1=\"44\" x2=\"720\" y1=\"")
            .length(y)
            .raw("\" y2=\"")
            .length(y)
            .raw("\"/>");
        html.raw("<text class=\"axis\" text-anchor=\"end\" x=\"38\" y=\"")
            .length(y + 4.0)
            .raw("\">");
        html.count((top as f64 * part) as u64).raw("</text>");
    }
    let width = (WIDTH - LEFT) / bars.len() as f64;
    for (place, bar) in bars.iter().enumerate() {
        drawn(html, bar, LEFT + width * place as f64, width, top);
    }
    let labels = (bars.len() / 6).max(1);
    for (place, bar) in bars.iter().enumerate().step_by(labels) {
        if place + labels / 2 > bars.len() && place > 0 {
            continue;
        }
        html.raw("<text class=\"axis\" x=\"")
            .length(LEFT + width * place as f64);
        html.raw("\" y=\"")
            .length(HEIGHT + BELOW - 4.0)
            .raw("\">")
            .text(&starts(bar, hours))
            .raw("</text>");
    }
    html.raw("</svg>\n");
}

fn drawn(html: &mut Html, bar: &Bar, x: f64, width: f64, top: u64) {
    let gap = (width * 0.15).min(3.0);
    let mut y = HEIGHT;
    // The worst stands at the bottom, where the eye compares.
    for severity in Severity::ALL.into_iter().rev() {
        let count = bar.counts[severity as usize];
        if count == 0 {
            continue;
        }
        let height = (count as f64 / top as f64 * (HEIGHT - 8.0)).max(1.0);
        y -= height;
        html.raw("<rect class=\"")
            .raw(severity_class(severity))
            .raw("\" x=\"")
            .length(x + gap / 2.0);
        html.raw("\" y=\"")
            .length(y)
            .raw("\" width=\"")
            .length(width - gap);
        html.raw("\" height=\"").length(height).raw("\"/>");
    }
}

fn legend(html: &mut Html) {
    html.raw("<p class=\"legend\" aria-hidden=\"true\">");
    for severity in Severity::ALL.into_iter().rev() {
        html.raw("<span><span class=\"dot ")
            .raw(severity_class(severity))
            .raw("\"></span>");
        html.raw(severity.name()).raw("</span> ");
    }
    html.raw("</p>\n");
}

fn table<'b>(html: &mut Html, when: &'static str, bars: impl Iterator<Item = &'b Bar>, hours: u64) {
    html.raw("<details class=\"data\"><summary>As a table</summary><div class=\"scroll\"><table><thead><tr><th scope=\"col\">")
        .raw(when)
        .raw("</th>");
    for severity in Severity::ALL.into_iter().rev() {
        html.raw("<th scope=\"col\" class=\"num\">")
            .raw(severity.name())
            .raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    for bar in bars {
        html.raw("<tr><th scope=\"row\">")
            .text(&starts(bar, hours))
            .raw("</th>");
        for severity in Severity::ALL.into_iter().rev() {
            html.raw("<td class=\"num\">")
                .count(bar.counts[severity as usize])
                .raw("</td>");
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div></details>\n");
}

fn sum(bar: &Bar) -> u64 {
    bar.counts.iter().sum()
}

fn stretch(hours: u64) -> &'static str {
    match hours {
        1 => "hour",
        3 => "three hours",
        6 => "six hours",
        12 => "half a day",
        24 => "day",
        168 => "week",
        672 => "four weeks",
        8736 => "fifty-two weeks",
        _ => "many years",
    }
}

/// `2026-11-23`, or with the hour where bars are shorter than a day.
fn starts(bar: &Bar, hours: u64) -> String {
    let text = bar.start.map(|time| time.to_string()).unwrap_or_default();
    let length = if hours < 24 { 16 } else { 10 };
    text.get(..length).unwrap_or(&text).replace('T', " ")
}

/// A round number that is not less.
fn nice(most: u64) -> u64 {
    let mut step = 1u64;
    loop {
        for round in [2, 4, 10] {
            let top = step.saturating_mul(round);
            if top >= most {
                return top;
            }
        }
        step = step.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_a_round_number() {
        for (most, top) in [
            (0, 2),
            (1, 2),
            (3, 4),
            (5, 10),
            (11, 20),
            (21, 40),
            (999, 1000),
        ] {
            assert_eq!(nice(most), top);
        }
        assert_eq!(nice(u64::MAX), u64::MAX);
    }
}
