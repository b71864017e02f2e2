//! What the charts are drawn from: findings over time, by hour and weekday, and the
//! names that come most often. Waived findings are left out of all of them.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::finding::Finding;
use crate::rule::Severity;

/// Bars that a chart over time has at most.
const MOST_BARS: i64 = 62;
/// Stretches of time that are kept before longer ones are taken.
const MOST_KEPT: usize = 4096;
/// Names that are counted of a kind.
const MOST_NAMES: usize = 50_000;
/// Characters of a name that tell it from others.
const LONGEST_NAME: usize = 512;
/// Names that are shown of a kind.
const TOP: usize = 10;

/// Hours of a bar. Each divides the next, so that bars can be put together.
const STEPS: [i64; 10] = [1, 3, 6, 12, 24, 168, 672, 8736, 87_360, 873_600];

/// A Monday, in hours since 1970: weeks begin there.
const MONDAY: i64 = 4 * 24;

/// All charts.
#[derive(Debug, Default)]
pub struct Charts {
    /// Findings over time.
    pub timeline: Timeline,
    /// Findings by hour and weekday.
    pub heat: HeatMap,
    /// Who acted.
    pub principals: Top,
    /// From where.
    pub addresses: Top,
    /// Which service was called.
    pub services: Top,
    /// Which rules found something.
    pub rules: Top,
}

impl Charts {
    pub(super) fn add(&mut self, finding: &Finding) {
        let event = &finding.event;
        if let Some(time) = event.time {
            self.timeline.add(time, finding.severity);
            self.heat.add(time);
        }
        let names = [
            (&mut self.principals, event.principal.as_deref()),
            (&mut self.addresses, event.source_address.as_deref()),
            (&mut self.services, event.source.as_deref()),
            (&mut self.rules, Some(finding.rule.as_str())),
        ];
        for (top, name) in names {
            top.add(name);
        }
    }
}

/// Findings by severity over time.
#[derive(Debug, Default)]
pub struct Timeline {
    step: usize,
    bars: BTreeMap<i64, [u64; 5]>,
}

/// One bar of a [`Timeline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// When it begins.
    pub start: Option<Timestamp>,
    /// Findings, the mildest severity first.
    pub counts: [u64; 5],
}

impl Timeline {
    fn add(&mut self, time: Timestamp, severity: Severity) {
        let hour = time.as_second().div_euclid(3600);
        let bar = self.bars.entry(begins(hour, STEPS[self.step])).or_default();
        bar[severity as usize] += 1;
        while self.bars.len() > MOST_KEPT && self.step + 1 < STEPS.len() {
            self.step += 1;
            self.bars = put_together(&self.bars, STEPS[self.step]);
        }
    }

    /// How many hours a bar is of, and the bars from the first to the last, empty
    /// ones included.
    pub fn bars(&self) -> (u64, Vec<Bar>) {
        let (Some((first, _)), Some((last, _))) =
            (self.bars.first_key_value(), self.bars.last_key_value())
        else {
            return (1, Vec::new());
        };
        let fits = |step: &&i64| (last - first) / **step < MOST_BARS;
        let steps = STEPS.get(self.step..).unwrap_or_default();
        let step = steps.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
        let bars = put_together(&self.bars, *step);
        let mut at = begins(*first, *step);
        let mut all = Vec::new();
        while at <= *last {
            all.push(Bar {
                start: Timestamp::from_second(at * 3600).ok(),
                counts: bars.get(&at).copied().unwrap_or_default(),
            });
            at += step;
        }
        (*step as u64, all)
    }
}

/// The beginning of the stretch of so many hours that the hour is in.
fn begins(hour: i64, step: i64) -> i64 {
    (hour - MONDAY).div_euclid(step) * step + MONDAY
}

fn put_together(bars: &BTreeMap<i64, [u64; 5]>, step: i64) -> BTreeMap<i64, [u64; 5]> {
    let mut together: BTreeMap<i64, [u64; 5]> = BTreeMap::new();
    for (hour, counts) in bars {
        let bar = together.entry(begins(*hour, step)).or_default();
        bar.iter_mut()
            .zip(counts)
            .for_each(|(sum, count)| *sum += count);
    }
    together
}

/// Findings by weekday, Monday first, and hour, in UTC.
#[derive(Debug, Default)]
pub struct HeatMap {
    /// How many, by weekday and hour.
    pub cells: [[u64; 24]; 7],
}

impl HeatMap {
    /// The weekdays.
    pub const DAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];

    fn add(&mut self, time: Timestamp) {
        let hour = time.as_second().div_euclid(3600) - MONDAY;
        let day = hour.div_euclid(24).rem_euclid(7) as usize;
        self.cells[day][hour.rem_euclid(24) as usize] += 1;
    }

    /// The most of an hour.
    pub fn most(&self) -> u64 {
        self.cells.iter().flatten().copied().max().unwrap_or(0)
    }
}

/// The names that come most often.
#[derive(Debug, Default)]
pub struct Top {
    counts: HashMap<String, u64>,
    /// Findings without a name.
    pub nameless: u64,
    /// Findings whose names came when there were too many to count.
    pub uncounted: u64,
}

impl Top {
    fn add(&mut self, name: Option<&str>) {
        let Some(name) = name else {
            self.nameless += 1;
            return;
        };
        let end = name.char_indices().nth(LONGEST_NAME).map(|(end, _)| end);
        let name = &name[..end.unwrap_or(name.len())];
        if let Some(count) = self.counts.get_mut(name) {
            *count += 1;
        } else if self.counts.len() < MOST_NAMES {
            self.counts.insert(name.to_owned(), 1);
        } else {
            self.uncounted += 1;
        }
    }

    /// How many names there are, those that were too many apart.
    pub fn names(&self) -> usize {
        self.counts.len()
    }

    /// The names that come most often, that with the most first.
    pub fn most(&self) -> Vec<(&str, u64)> {
        let counts = self.counts.iter();
        let mut all: Vec<(&str, u64)> = counts.map(|(name, n)| (name.as_str(), *n)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(TOP);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    #[test]
    fn the_heat_map_knows_weekdays_also_before_1970() {
        let mut heat = HeatMap::default();
        for time in ["2026-11-23T09:12:44Z", "1969-12-31T23:00:00Z"] {
            heat.add(time.parse().unwrap());
        }
        assert_eq!(heat.cells[0][9], 1, "a Monday");
        assert_eq!(heat.cells[2][23], 1, "a Wednesday");
        assert_eq!(heat.most(), 1);
    }

    #[test]
    fn days_begin_at_midnight_and_weeks_on_monday() {
        let mut timeline = Timeline::default();
        for time in ["2026-11-04T05:00:00Z", "2027-11-25T00:00:00Z"] {
            timeline.add(time.parse().unwrap(), Severity::High);
        }
        let (hours, bars) = timeline.bars();
        assert_eq!((hours, bars.len()), (168, 56));
        assert_eq!(bars[0].start.unwrap().to_string(), "2026-11-02T00:00:00Z");
    }

    #[test]
    fn past_the_bound_names_are_only_counted() {
        let mut top = Top::default();
        for n in 0..MOST_NAMES + 3 {
            top.add(Some(&n.to_string()));
        }
        top.add(Some("7"));
        top.add(None);
        assert_eq!(
            (top.names(), top.uncounted, top.nameless),
            (MOST_NAMES, 3, 1)
        );
        assert_eq!(top.most()[0], ("7", 2));
    }

    proptest! {
        #[test]
        fn no_finding_is_lost_over_time_and_bars_are_few(
            hours in prop::collection::vec(-50_000_000i64..50_000_000, 1..60),
            narrow in any::<bool>(),
        ) {
            let mut timeline = Timeline::default();
            for hour in &hours {
                let hour = if narrow { hour % 5000 } else { *hour };
                timeline.add(at(hour), Severity::Low);
            }
            let (_, bars) = timeline.bars();
            let sum: u64 = bars.iter().map(|bar| bar.counts[1]).sum();
            prop_assert_eq!(sum, hours.len() as u64);
            prop_assert!(bars.len() <= 200, "{}", bars.len());
        }
    }
}
