//! Small cases: a correlation and a handful of events, made from a seed.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::correlate::{Key, Measured, Signal};
use crate::diagnostic::{SourceMap, Span, Spanned};
use crate::finding::ContentHash;
use crate::rule::Kept;
use crate::rule::clause::Ordering;
use crate::rule::correlation::{
    Asks, Comparison, Correlation, Measure, Percentile, Step, Threshold, WindowKind,
};
use crate::rule::value::Amount;

/// One event. What is measured of it hangs on the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub id: u16,
    pub time: i64,
    pub steps: u32,
    pub value: u8,
    pub amount: i64,
}

/// How events are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measuring {
    Count,
    Distinct,
    Sum,
    Average,
    Median,
    Quarter,
}

impl Measuring {
    const ALL: [Measuring; 6] = [
        Measuring::Count,
        Measuring::Distinct,
        Measuring::Sum,
        Measuring::Average,
        Measuring::Median,
        Measuring::Quarter,
    ];

    /// How often a sum is to be taken for what is measured, so that it is whole.
    fn parts(self, events: &[&Event]) -> i64 {
        match self {
            Measuring::Count | Measuring::Distinct | Measuring::Sum => 1,
            Measuring::Average => events.len() as i64,
            Measuring::Median | Measuring::Quarter => 4,
        }
    }

    /// Whether what is measured is at least so much.
    pub(super) fn is_at_least(self, events: &[&Event], bound: i64) -> bool {
        self.of(events) >= bound * self.parts(events)
    }

    /// Whether it is at most so much.
    pub(super) fn is_at_most(self, events: &[&Event], bound: i64) -> bool {
        self.of(events) <= bound * self.parts(events)
    }

    /// What is measured, times its parts.
    fn of(self, events: &[&Event]) -> i64 {
        match self {
            Measuring::Count => events.len() as i64,
            Measuring::Distinct => {
                let values: BTreeSet<u8> = events.iter().map(|event| event.value).collect();
                values.len() as i64
            }
            Measuring::Sum | Measuring::Average => events.iter().map(|event| event.amount).sum(),
            Measuring::Median => lying_at(2, events),
            Measuring::Quarter => lying_at(1, events),
        }
    }
}

/// Four times what lies at so many quarters of the sorted amounts.
fn lying_at(quarters: usize, events: &[&Event]) -> i64 {
    let mut amounts: Vec<i64> = events.iter().map(|event| event.amount).collect();
    amounts.sort_unstable();
    // Each of the three gaps to the next is passed in four strides.
    let place = quarters * (amounts.len() - 1);
    let (below, strides) = (amounts[place / 4], (place % 4) as i64);
    let above = amounts[amounts.len().min(place / 4 + 2) - 1];
    below * (4 - strides) + above * strides
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    AtLeast {
        bound: i64,
    },
    Between {
        least: i64,
        most: i64,
    },
    Sequence {
        places: Vec<usize>,
        ordered: bool,
        /// How many of the places must be filled.
        least: usize,
        absent: u32,
    },
    New {
        history: i64,
        learning: i64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    pub within: i64,
    pub measure: Measuring,
    pub wanted: Wanted,
    pub events: Vec<Event>,
    pub reached: i64,
}

/// Numbers that look like chance.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % bound
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

impl Case {
    /// The case of a seed: ties, boundaries and bursts are frequent in it.
    pub(super) fn of(seed: u64) -> Case {
        let mut random = Random::new(seed);
        let within = random.below(7) as i64;
        let measure = Measuring::ALL[random.below(6) as usize];
        let wanted = match random.below(8) {
            0..=2 => Wanted::AtLeast {
                bound: 1 + random.below(4) as i64,
            },
            3 => {
                let least = random.below(3) as i64;
                Wanted::Between {
                    least,
                    most: least + random.below(3) as i64,
                }
            }
            4..=6 => {
                let places = 1 + random.below(3);
                let absent = u32::from(random.below(2) == 0 || places == 1) << 3;
                let ordered = random.below(3) > 0;
                let fewer = u64::from(ordered) * random.below(2) * random.below(places);
                Wanted::Sequence {
                    places: (0..places).map(|_| random.below(3) as usize).collect(),
                    ordered,
                    least: (places - fewer) as usize,
                    absent,
                }
            }
            _ => Wanted::New {
                history: random.below(12) as i64,
                learning: random.below(8) as i64,
            },
        };
        let spread = 1 + random.below(20);
        let events: Vec<Event> = (0..random.below(9))
            .map(|id| Event {
                id: id as u16,
                time: random.below(spread) as i64,
                // What must not follow is nothing else besides.
                steps: match random.below(5) {
                    0 => 1 << 3,
                    1 => 1 + random.below(7) as u32,
                    _ => 1 << random.below(3),
                },
                value: random.below(4) as u8,
                amount: random.below(5) as i64 - 1,
            })
            .collect();
        let last = events.iter().map(|event| event.time).max();
        Case {
            within,
            measure,
            wanted,
            reached: last.unwrap_or_default() + [0, 0, 2, 9][random.below(4) as usize],
            events,
        }
    }

    pub(super) fn correlation(&self) -> Correlation {
        let span = span();
        let seconds = SignedDuration::from_secs;
        let threshold = |bounds: &[(Ordering, i64)]| Threshold {
            bounds: bounds
                .iter()
                .map(|(order, bound)| (Comparison::Order(*order), amount(*bound)))
                .collect(),
        };
        // The field is read elsewhere.
        let field = crate::rule::selector::Selector {
            text: "amount".to_owned(),
            span,
            root: crate::rule::selector::Root::Event,
            path: crate::rule::selector::Path::Steps(Vec::new()),
        };
        let measure = match self.measure {
            Measuring::Count => Measure::Count,
            Measuring::Distinct => Measure::Distinct(Vec::new()),
            Measuring::Sum => Measure::Sum(field),
            Measuring::Average => Measure::Average(field),
            Measuring::Median => Measure::Percentile {
                field,
                percentile: Percentile::MEDIAN,
            },
            Measuring::Quarter => Measure::Percentile {
                field,
                percentile: Percentile::of(amount(25)).unwrap(),
            },
        };
        let kind = match &self.wanted {
            Wanted::AtLeast { bound } => WindowKind::Measure {
                measure,
                threshold: threshold(&[(Ordering::GreaterOrEqual, *bound)]),
            },
            Wanted::Between { least, most } => WindowKind::Measure {
                measure,
                threshold: threshold(&[
                    (Ordering::GreaterOrEqual, *least),
                    (Ordering::LessOrEqual, *most),
                ]),
            },
            Wanted::Sequence {
                places,
                ordered,
                least,
                absent,
            } => WindowKind::Sequence {
                places: places.clone(),
                ordered: *ordered,
                least: *least,
                absent: (0..4).filter(|step| absent >> step & 1 == 1).collect(),
            },
            Wanted::New { history, learning } => {
                return correlation(Asks::FirstSeen {
                    fields: Vec::new(),
                    history: seconds(*history),
                    learning: seconds(*learning),
                });
            }
        };
        correlation(Asks::Window {
            within: Spanned::new(seconds(self.within), span),
            kind,
        })
    }

    pub(super) fn signals(&self) -> Vec<Signal> {
        let events = self.events.iter();
        // Events that the rule does not read are none of its signals.
        let relevant = events.filter(|event| match &self.wanted {
            Wanted::Sequence { places, absent, .. } => {
                let asked = places.iter().fold(*absent, |bits, step| bits | 1 << step);
                event.steps & asked != 0
            }
            _ => true,
        });
        relevant.map(|event| self.signal(event)).collect()
    }

    fn signal(&self, event: &Event) -> Signal {
        let mut content = [0; 16];
        // Not in the order of the ids.
        content[..2].copy_from_slice(&event.id.wrapping_mul(40_503).to_be_bytes());
        let values = || Measured::Values([event.value.to_string().into()].into());
        Signal {
            rule: Arc::from("rule"),
            key: Key::from(vec!["key".into()]),
            time: at(event.time),
            steps: event.steps,
            content: ContentHash(content),
            measured: match (&self.wanted, self.measure) {
                (Wanted::New { .. }, _) => values(),
                (Wanted::Sequence { .. }, _) | (_, Measuring::Count) => Measured::Event,
                (_, Measuring::Distinct) => values(),
                (_, Measuring::Sum) => Measured::Amount(amount(event.amount)),
                (_, Measuring::Average | Measuring::Median | Measuring::Quarter) => {
                    Measured::Numbers(vec![amount(event.amount)])
                }
            },
            exception: None,
            file: Arc::from("events.json"),
            record: u64::from(event.id) + 1,
            event: "{}".into(),
            carried: false,
        }
    }
}

/// Seconds after some moment.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::new(1_760_000_000 + seconds, 0).unwrap()
}

/// The other way round.
pub(super) fn seconds(time: Timestamp) -> i64 {
    time.as_second() - 1_760_000_000
}

fn amount(number: i64) -> Amount {
    Amount::parse(&number.to_string()).unwrap()
}

fn span() -> Span {
    let source = SourceMap::default().add("rule.yaml".to_owned(), "rule");
    Span::new(source, 0, 4)
}

fn correlation(asks: Asks) -> Correlation {
    Correlation {
        span: span(),
        rule: Arc::from("rule"),
        kept: Kept::default(),
        steps: vec![Step {
            name: None,
            sources: Vec::new(),
            by: Vec::new(),
        }],
        asks,
    }
}
