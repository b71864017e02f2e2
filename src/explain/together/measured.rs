//! Windows in which something is measured: how much there was, and what was asked.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::content::Content;
use super::near::{Near, after, later, moments, stretch};
use crate::correlate::{Measurement, Signal};
use crate::rule::clause::Ordering;
use crate::rule::correlation::{Comparison, Correlation, Measure, Threshold};
use crate::rule::value::Amount;

/// The windows that follow each other of which each is shown.
const MOST_WINDOWS: usize = 5;

/// The window that holds most, of all that end with an event.
pub(super) fn sliding(
    correlation: &Correlation,
    within: SignedDuration,
    (measure, threshold): (&Measure, &Threshold),
    signals: &[Arc<Signal>],
) -> Near {
    let mut content = Content::default();
    let mut first = 0;
    let mut best: Option<Best> = None;
    for moment in moments(signals) {
        let last = moment.end - 1;
        signals[moment]
            .iter()
            .for_each(|signal| content.add(signal));
        while later(signals[first].time, within) < signals[last].time {
            content.take(&signals[first]);
            first += 1;
        }
        let measured = content.read(measure);
        if best
            .as_ref()
            .is_none_or(|best| best.measured.max(measured) != best.measured)
        {
            best = Some(Best {
                measured,
                window: (signals[first].time, signals[last].time),
                missing: missing_steps(correlation, measure, &content),
            });
        }
    }
    let Some(Best {
        measured,
        window: (from, to),
        missing: steps,
    }) = best
    else {
        return Near::nothing();
    };
    let stretch = stretch(from, to);
    let (line, share) = match measured {
        Measurement::Quotient { .. } => {
            let (share, verdict) = judged(threshold, measured);
            let things = things(measure);
            (
                format!("{measured} {things} in one window: {stretch}{verdict}"),
                share,
            )
        }
        Measurement::Amount(_) | Measurement::Share { .. } => {
            let (amount, of) = measured.parts();
            let missing = least(threshold, of).map(|least| (least, minus(least, amount)));
            let (mut line, share) = match missing {
                Some((least, missing)) => (
                    format!("{amount} of {least} {}", things(measure)),
                    share(amount, least, missing),
                ),
                None => (format!("{measured} {}", things(measure)), 1.0),
            };
            line.push_str(&format!(" in one window: {stretch}"));
            if let Some((_, missing)) = missing.filter(|(_, missing)| *missing > Amount::default())
            {
                let by = after(to, later(from, within));
                match steps.is_empty() {
                    true => line.push_str(&format!("; {missing} more by {by} would do")),
                    false => line.push_str(&format!("; no {} by {by}", steps.join(" and no "))),
                }
            }
            (line, share)
        }
    };
    Near {
        share,
        lines: vec![line],
        window: Some((from, to)),
    }
}

/// The window that comes nearest.
struct Best {
    measured: Measurement,
    window: (Timestamp, Timestamp),
    /// The names of the steps that it has no event of, where those are asked for.
    missing: Vec<String>,
}

fn missing_steps(
    correlation: &Correlation,
    measure: &Measure,
    content: &Content<'_>,
) -> Vec<String> {
    if !matches!(measure, Measure::Steps) {
        return Vec::new();
    }
    let steps = correlation.steps.iter().zip(0_u32..);
    let missing = steps.filter(|(_, step)| !content.has_step(*step));
    let names = missing.filter_map(|(step, _)| step.name.as_ref());
    names.map(|name| format!("`{}`", name.value)).collect()
}

/// Windows that follow each other, for bounds that there can be too much for.
pub(super) fn consecutive(
    within: SignedDuration,
    measure: &Measure,
    threshold: &Threshold,
    signals: &[Arc<Signal>],
) -> Near {
    let mut windows: Vec<(Measurement, Timestamp, Timestamp)> = Vec::new();
    let mut rest = signals;
    while let Some(first) = rest.first() {
        let until = later(first.time, within);
        let (window, others) = rest.split_at(rest.partition_point(|signal| signal.time <= until));
        let mut content = Content::default();
        window.iter().for_each(|signal| content.add(signal));
        windows.push((content.read(measure), first.time, until));
        rest = others;
    }
    let count = windows.len();
    let mut ranked: Vec<(f64, String, (Timestamp, Timestamp))> = windows
        .into_iter()
        .map(|(measured, from, until)| {
            let (share, verdict) = judged(threshold, measured);
            let line = format!(
                "{}: {} {}{verdict}",
                stretch(from, until),
                measured,
                things(measure),
            );
            (share, line, (from, until))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((share, _, window)) = ranked.first().cloned() else {
        return Near::nothing();
    };
    let mut lines: Vec<String> = ranked
        .into_iter()
        .take(MOST_WINDOWS)
        .map(|(_, line, _)| line)
        .collect();
    if count > MOST_WINDOWS {
        lines.push(format!("{} windows further off", count - MOST_WINDOWS));
    }
    Near {
        share,
        lines,
        window: Some(window),
    }
}

/// How near a window that is over comes to all bounds, and which it fails.
fn judged(threshold: &Threshold, measured: Measurement) -> (f64, String) {
    let mut nearest = 1.0_f64;
    let mut verdict = String::new();
    let (amount, of) = measured.parts();
    for (comparison, bound) in &threshold.bounds {
        let whole = bound.times(of);
        if comparison.admits(amount.cmp(&whole)) {
            continue;
        }
        nearest = nearest.min(ratio(amount.min(whole), amount.max(whole)));
        let asked = comparison.in_words();
        verdict = match measured {
            Measurement::Amount(_) => format!(", and there were to be {asked} {bound}"),
            Measurement::Share { .. } => {
                format!(", and it was to be a share of {asked} {bound}")
            }
            Measurement::Quotient { .. } => format!(", and it was to be {asked} {bound}"),
        };
    }
    (nearest, verdict)
}

/// The least that passes all lower bounds: of counts a whole number.
fn least(threshold: &Threshold, of: u64) -> Option<Amount> {
    let bounds = threshold.bounds.iter().map(|(comparison, bound)| {
        let bound = bound.times(of);
        match comparison {
            Comparison::Order(Ordering::Greater) if bound.billionths() % ONE == 0 => {
                Amount::of_billionths(bound.billionths() + ONE)
            }
            _ if of > 1 => Amount::of_billionths((bound.billionths() + ONE - 1) / ONE * ONE),
            _ => bound,
        }
    });
    bounds.max()
}

const ONE: i128 = 1_000_000_000;

fn minus(a: Amount, b: Amount) -> Amount {
    Amount::of_billionths(a.billionths() - b.billionths())
}

fn share(measured: Amount, least: Amount, missing: Amount) -> f64 {
    if missing > Amount::default() {
        ratio(measured, least)
    } else {
        1.0
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "it puts windows in order, no more"
)]
fn ratio(small: Amount, large: Amount) -> f64 {
    if large.billionths() == 0 {
        return 0.0;
    }
    (small.billionths() as f64 / large.billionths() as f64).clamp(0.0, 0.999)
}

fn things(measure: &Measure) -> String {
    let names = || {
        let names: Vec<&str> = measure
            .fields()
            .iter()
            .map(|field| field.text.as_str())
            .collect();
        names.join(" with ")
    };
    match measure {
        Measure::Count => "events".to_owned(),
        Measure::Steps => "kinds of event".to_owned(),
        Measure::Distinct(_) | Measure::Ratio { .. } => format!("values of {}", names()),
        Measure::Sum(_) => format!("of {}", names()),
        Measure::Average(_) => format!("as the average of {}", names()),
        Measure::Percentile { .. } => format!("as the {} of {}", measure.name(), names()),
    }
}
