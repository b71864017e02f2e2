//! Windows in which something is measured: how much there was, and what was asked.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::near::{Near, after, later, moments, stretch};
use crate::correlate::{Measured, Measurement, Signal, measured_text, order_in_words};
use crate::rule::clause::Ordering;
use crate::rule::correlation::{Measure, Threshold};
use crate::rule::value::Amount;

/// The windows that follow each other of which each is shown.
const MOST_WINDOWS: usize = 5;

/// What there is in a window, as signals come and go.
#[derive(Debug, Default)]
struct Content<'s> {
    events: u64,
    values: HashMap<&'s str, u64>,
    sum: Amount,
}

impl<'s> Content<'s> {
    fn add(&mut self, signal: &'s Signal) {
        self.events += 1;
        match &signal.measured {
            Measured::Event => {}
            Measured::Values(values) => {
                for value in values {
                    *self.values.entry(value).or_default() += 1;
                }
            }
            Measured::Amount(amount) => self.sum += *amount,
        }
    }

    fn take(&mut self, signal: &'s Signal) {
        self.events -= 1;
        match &signal.measured {
            Measured::Event => {}
            Measured::Values(values) => {
                for value in values {
                    let left = self.values.get_mut(&**value).map(|count| {
                        *count -= 1;
                        *count
                    });
                    if left == Some(0) {
                        self.values.remove(&**value);
                    }
                }
            }
            Measured::Amount(amount) => self.sum -= *amount,
        }
    }

    fn read(&self, measure: &Measure) -> Measurement {
        let of_values = Amount::whole(self.values.len() as u64);
        let (amount, of) = match measure {
            Measure::Count => (Amount::whole(self.events), 1),
            Measure::Distinct(_) => (of_values, 1),
            Measure::Sum(_) => (self.sum, 1),
            Measure::Ratio { of, .. } => (of_values, u32::try_from(of.len()).unwrap_or(u32::MAX)),
        };
        Measurement { amount, of }
    }
}

/// The window that holds most, of all that end with an event.
pub(super) fn sliding(
    within: SignedDuration,
    measure: &Measure,
    threshold: &Threshold,
    signals: &[Arc<Signal>],
) -> Near {
    let mut content = Content::default();
    let mut first = 0;
    let mut best: Option<(Measurement, usize, usize)> = None;
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
        if best.is_none_or(|(most, ..)| most.amount < measured.amount) {
            best = Some((measured, first, last));
        }
    }
    let Some((measured, first, last)) = best else {
        return Near::nothing();
    };
    let (from, to) = (signals[first].time, signals[last].time);
    let missing = least(threshold, measured.of).map(|least| (least, minus(least, measured.amount)));
    let (mut line, share) = match missing {
        Some((least, missing)) => (
            format!("{} of {least} {}", measured.amount, things(measure)),
            share(measured.amount, least, missing),
        ),
        None => (
            format!("{} {}", measured_text(measured), things(measure)),
            1.0,
        ),
    };
    line.push_str(&format!(" in one window: {}", stretch(from, to)));
    if let Some((_, missing)) = missing.filter(|(_, missing)| *missing > Amount::default()) {
        let by = after(to, later(from, within));
        line.push_str(&format!("; {missing} more by {by} would do"));
    }
    Near {
        share,
        lines: vec![line],
        window: Some((from, to)),
    }
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
                measured_text(measured),
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
    for (order, bound) in &threshold.bounds {
        let whole = bound.times(measured.of);
        if order.admits(measured.amount.cmp(&whole)) {
            continue;
        }
        let (small, large) = match order {
            Ordering::Greater | Ordering::GreaterOrEqual => (measured.amount, whole),
            Ordering::Less | Ordering::LessOrEqual => (whole, measured.amount),
        };
        nearest = nearest.min(ratio(small, large));
        let asked = order_in_words(*order);
        verdict = format!(", and there were to be {asked} {bound}");
        if measured.of > 1 {
            verdict = format!(", and it was to be a share of {asked} {bound}");
        }
    }
    (nearest, verdict)
}

/// The least that passes all lower bounds: of counts a whole number.
fn least(threshold: &Threshold, of: u32) -> Option<Amount> {
    let bounds = threshold.bounds.iter().map(|(order, bound)| {
        let bound = bound.times(of);
        match order {
            Ordering::Greater if bound.billionths() % ONE == 0 => {
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
        Measure::Distinct(_) | Measure::Ratio { .. } => format!("values of {}", names()),
        Measure::Sum(_) => format!("of {}", names()),
    }
}
