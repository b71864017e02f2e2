//! The charts, drawn here as SVG, each with the same as a table.

use super::bars;
use super::markup::Html;
use crate::output::text::words::shortened;
use crate::report::{HeatMap, Report, Top};

/// Room for the days on the left.
const LEFT: f64 = 44.0;
/// Characters of a name; ARNs tell most at their ends.
const NAME: usize = 64;

pub(super) fn section(html: &mut Html, report: &Report<'_>) {
    let charts = &report.charts;
    html.raw(
        "<section id=\"charts\" aria-labelledby=\"h-charts\">\n<h2 id=\"h-charts\">Charts</h2>\n",
    );
    if report.summary.findings.total() == 0 {
        html.raw("<p>There is nothing to draw of this run: no finding that is not waived.</p>\n");
        bars::over_runs(html, report.summary.history.as_ref());
        html.raw("</section>\n");
        return;
    }
    html.raw("<p class=\"period\">Of the findings that are not waived. Times are UTC.</p>\n<div class=\"charts\">\n");
    bars::over_time(html, &charts.timeline);
    bars::over_runs(html, report.summary.history.as_ref());
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
    fn a_cell_is_blank_only_where_there_is_nothing() {
        assert_eq!(level(0, 1_000_000), 0);
        assert_eq!(level(1, 1_000_000), 1);
        assert_eq!(level(1_000_000, 1_000_000), 5);
    }
}
