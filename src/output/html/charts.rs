//! The charts, drawn here as SVG, each with the same as a table.

use super::markup::{Html, severity_class};
use crate::output::text::words::shortened;
use crate::report::{Bar, Charts, HeatMap, Report, Top};
use crate::rule::Severity;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 170.0;
/// Room for the numbers on the left, and for the dates below.
const LEFT: f64 = 44.0;
const BELOW: f64 = 20.0;
/// Characters of a name; ARNs tell most at their ends.
const NAME: usize = 64;

pub(super) fn section(html: &mut Html, report: &Report<'_>) {
    let charts = &report.charts;
    html.raw(
        "<section id=\"charts\" aria-labelledby=\"h-charts\">\n<h2 id=\"h-charts\">Charts</h2>\n",
    );
    if report.summary.findings.total() == 0 {
        html.raw("<p>There is nothing to draw: no finding that is not waived.</p>\n</section>\n");
        return;
    }
    html.raw("<p class=\"period\">Of the findings that are not waived. Times are UTC.</p>\n<div class=\"charts\">\n");
    over_time(html, charts);
    heat(html, &charts.heat);
    let tops = [
        ("Principals", &charts.principals),
        ("Source addresses", &charts.addresses),
        ("Services called", &charts.services),
        ("Rules", &charts.rules),
    ];
    for (name, names) in tops {
        top(html, name, names);
    }
    html.raw("</div>\n</section>\n");
}

fn over_time(html: &mut Html, charts: &Charts) {
    let (hours, bars) = charts.timeline.bars();
    let most = bars.iter().map(sum).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    html.raw("<figure class=\"wide\"><figcaption>Findings over time, by ")
        .raw(stretch(hours));
    html.raw("</figcaption>\n");
    legend(html);
    html.raw("<svg class=\"time\" viewBox=\"0 0 720 190\" role=\"img\" aria-label=\"Findings over time by severity; the same stands in the table below\">");
    let top = nice(most);
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
    time_table(html, &bars, hours);
    html.raw("</figure>\n");
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

fn time_table(html: &mut Html, bars: &[Bar], hours: u64) {
    html.raw("<details class=\"data\"><summary>As a table</summary><div class=\"scroll\"><table><thead><tr><th scope=\"col\">From</th>");
    for severity in Severity::ALL.into_iter().rev() {
        html.raw("<th scope=\"col\" class=\"num\">")
            .raw(severity.name())
            .raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    for bar in bars.iter().filter(|bar| sum(bar) > 0) {
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

fn heat(html: &mut Html, heat: &HeatMap) {
    let most = heat.most();
    if most == 0 {
        return;
    }
    html.raw("<figure class=\"wide\"><figcaption>Hour by weekday (UTC)</figcaption>\n<svg class=\"heat\" viewBox=\"0 0 720 172\" role=\"img\" aria-label=\"Findings by weekday and hour; the same stands in the table below\">");
    for (day, cells) in heat.cells.iter().enumerate() {
        let y = day as f64 * 22.0;
        html.raw("<text class=\"axis\" text-anchor=\"end\" x=\"38\" y=\"")
            .length(y + 14.0)
            .raw("\">");
        html.text(&HeatMap::DAYS[day][..3]).raw("</text>");
        for (hour, count) in cells.iter().enumerate() {
            html.raw("<rect class=\"h")
                .number(level(*count, most))
                .raw("\" rx=\"2\" x=\"");
            html.length(LEFT + hour as f64 * 28.0)
                .raw("\" y=\"")
                .length(y)
                .raw("\" width=\"26\" height=\"20\"/>");
        }
    }
    for hour in (0..24u64).step_by(3) {
        html.raw("<text class=\"axis\" x=\"")
            .length(LEFT + hour as f64 * 28.0)
            .raw("\" y=\"168\">");
        html.number(hour).raw(":00</text>");
    }
    html.raw("</svg>\n");
    html.raw("<details class=\"data\"><summary>As a table</summary><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Hour</th>");
    for day in HeatMap::DAYS {
        html.raw("<th scope=\"col\" class=\"num\">")
            .raw(day)
            .raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    for hour in 0..24 {
        html.raw("<tr><th scope=\"row\">")
            .number(hour as u64)
            .raw(":00</th>");
        for cells in &heat.cells {
            html.raw("<td class=\"num\">")
                .count(cells[hour])
                .raw("</td>");
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div></details></figure>\n");
}

/// How dark a cell is, from 0 to 5: 0 only where there is nothing.
fn level(count: u64, most: u64) -> u64 {
    (count * 5).div_ceil(most)
}

fn top(html: &mut Html, name: &'static str, names: &Top) {
    let most = names.most();
    let Some((_, highest)) = most.first() else {
        return;
    };
    html.raw("<figure><table class=\"top\"><caption>").raw(name);
    html.raw(
        "</caption><thead><tr><th scope=\"col\"><span class=\"hidden\">Name</span></th>\
         <th scope=\"col\" class=\"num\"><span class=\"hidden\">Findings</span></th></tr></thead><tbody>\n",
    );
    for (name, count) in &most {
        html.raw("<tr><th scope=\"row\" title=\"")
            .text(name)
            .raw("\"><span>")
            .text(&shortened(name, NAME))
            .raw("</span>");
        html.raw("<svg viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"h4\" x=\"0\" y=\"0\" height=\"4\" width=\"");
        html.length(*count as f64 / *highest as f64 * 100.0)
            .raw("\"/></svg></th><td class=\"num\">");
        html.count(*count).raw("</td></tr>\n");
    }
    html.raw("</tbody></table>");
    rest(html, names, most.len());
    html.raw("</figure>\n");
}

fn rest(html: &mut Html, names: &Top, shown: usize) {
    let more = names.names().saturating_sub(shown) as u64;
    let parts = [
        (more, " more names"),
        (names.nameless, " findings without one"),
        (names.uncounted, " findings of names past the first 50,000"),
    ];
    let mut some = false;
    for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
        html.raw(if some { ", " } else { "<p class=\"by\">and " })
            .count(count)
            .raw(what);
        some = true;
    }
    html.raw(if some { "</p>" } else { "" });
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

    #[test]
    fn a_cell_is_blank_only_where_there_is_nothing() {
        assert_eq!(level(0, 1_000_000), 0);
        assert_eq!(level(1, 1_000_000), 1);
        assert_eq!(level(1_000_000, 1_000_000), 5);
    }
}
