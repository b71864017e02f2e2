//! What a correlation asks of the events: its type, `timespan` and `condition`.

use jiff::SignedDuration;

use crate::diagnostic::{Code, Diagnostic, Spanned};
use crate::rule::clause::Ordering;
use crate::rule::correlation::{
    Asks, Comparison, LONGEST_WINDOW, MOST_PLACES, Measure, Percentile, Threshold, WindowKind,
};
use crate::rule::selector::Selector;
use crate::rule::value::Amount;
use crate::yaml::{Entry, Fields, Node, get};

use super::super::Lowering;
use super::WHAT;
use super::members::Places;

/// The types of correlations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    EventCount,
    ValueCount,
    Temporal,
    TemporalOrdered,
    ValueSum,
    ValueAvg,
    ValueMedian,
    ValuePercentile,
}

const KINDS: [(&str, Kind); 8] = [
    ("event_count", Kind::EventCount),
    ("value_count", Kind::ValueCount),
    ("temporal", Kind::Temporal),
    ("temporal_ordered", Kind::TemporalOrdered),
    ("value_sum", Kind::ValueSum),
    ("value_avg", Kind::ValueAvg),
    ("value_median", Kind::ValueMedian),
    ("value_percentile", Kind::ValuePercentile),
];

const BOUNDS: [(&str, Comparison); 6] = [
    ("gt", Comparison::Order(Ordering::Greater)),
    ("gte", Comparison::Order(Ordering::GreaterOrEqual)),
    ("lt", Comparison::Order(Ordering::Less)),
    ("lte", Comparison::Order(Ordering::LessOrEqual)),
    ("eq", Comparison::Equal),
    ("neq", Comparison::Different),
];

/// Seconds of the units of a timespan. A year is one with its share of leap days, a
/// month a twelfth of it.
const UNITS: [(char, i64); 7] = [
    ('s', 1),
    ('m', 60),
    ('h', 3_600),
    ('d', 86_400),
    ('w', 604_800),
    ('M', 2_629_746),
    ('y', 31_556_952),
];

impl Kind {
    fn name(self) -> &'static str {
        let known = KINDS.iter().find(|(_, kind)| *kind == self);
        known.map_or("correlation", |(name, _)| name)
    }

    /// Whether it matters which rule found an event.
    pub(super) fn tells_rules_apart(self) -> bool {
        matches!(self, Kind::Temporal | Kind::TemporalOrdered)
    }

    fn reads_values(self) -> bool {
        !self.tells_rules_apart() && self != Kind::EventCount
    }
}

/// What is asked, before it is known of how many rules.
#[derive(Debug)]
pub(super) enum Asked {
    /// Something measured.
    Measured(Measure, Threshold),
    /// So many of the rules, all where nothing is said.
    Rules { ordered: bool, bounds: Vec<Bound> },
}

type Bound = (Comparison, Amount);

impl Lowering<'_, '_> {
    pub(super) fn kind(&mut self, node: &Node, entries: &[Entry]) -> Option<Kind> {
        match get(entries, "type") {
            Some(node) => self.word(node, "`type`", &KINDS),
            None => {
                self.missing_key(node.span.start_only(), WHAT, "type", "type: event_count");
                None
            }
        }
    }

    /// A whole number and a unit.
    pub(super) fn timespan(
        &mut self,
        node: &Node,
        entries: &[Entry],
    ) -> Option<Spanned<SignedDuration>> {
        let Some(node) = get(entries, "timespan") else {
            self.missing_key(node.span.start_only(), WHAT, "timespan", "timespan: 5m");
            return None;
        };
        let text = self.text(node, "`timespan`")?;
        let read = duration(text);
        let (message, help) = match read {
            Some(length) if length <= LONGEST_WINDOW => {
                return Some(Spanned::new(length, node.span));
            }
            Some(_) => {
                let days = LONGEST_WINDOW.as_hours() / 24;
                (
                    format!("`timespan` is longer than {days} days: `{text}`"),
                    "what lies further back is not kept: ask for less",
                )
            }
            None => (
                format!("`{text}` is no timespan"),
                "write a whole number and one of `s`, `m`, `h`, `d`, `w`, `M` (months) and `y`: `90m`",
            ),
        };
        self.report(
            Diagnostic::new(Code::BadDuration, message)
                .at(node.span, "not such a duration")
                .help(help),
        );
        None
    }

    /// What `condition` says.
    pub(super) fn of_condition(
        &mut self,
        node: &Node,
        entries: &[Entry],
        kind: Kind,
    ) -> Option<Asked> {
        let ordered = kind == Kind::TemporalOrdered;
        let Some(condition) = get(entries, "condition") else {
            if kind.tells_rules_apart() {
                let bounds = Vec::new();
                return Some(Asked::Rules { ordered, bounds });
            }
            self.missing_key(
                node.span.start_only(),
                WHAT,
                "condition",
                "condition: {gte: 10}",
            );
            return None;
        };
        if condition.as_text().is_some() {
            let message = "a `condition` that joins rules by words is not run by this version";
            let help = "say how many of the rules there must be: `condition: {gte: 2}`";
            self.not_run(condition.span, message, help);
            return None;
        }
        let entries = self.mapping(condition, "`condition`")?;
        self.condition_keys(entries, kind);
        let bounds = self.bounds(condition, entries);
        if kind.tells_rules_apart() {
            let bounds = bounds?;
            return Some(Asked::Rules { ordered, bounds });
        }
        let measure = self.measure(condition, entries, kind);
        Some(Asked::Measured(measure?, Threshold { bounds: bounds? }))
    }

    fn condition_keys(&mut self, entries: &[Entry], kind: Kind) {
        let mut known: Vec<&str> = BOUNDS.iter().map(|(name, _)| *name).collect();
        known.extend(["field", "percentile"]);
        self.known_keys(entries, &known, "`condition`");
        let name = kind.name();
        if let Some(field) = get(entries, "field").filter(|_| !kind.reads_values()) {
            let help = "take `field` away, or name a type that reads values, such as `value_count`";
            self.bad_correlation(field.span, &format!("`{name}` reads no `field`"), help);
        }
        let percentile = get(entries, "percentile");
        if let Some(node) = percentile.filter(|_| kind != Kind::ValuePercentile) {
            let message = format!("`{name}` takes no `percentile`");
            self.bad_correlation(node.span, &message, "that is for `value_percentile`");
        }
    }

    fn bounds(&mut self, node: &Node, entries: &[Entry]) -> Option<Vec<Bound>> {
        let mut bounds = Vec::new();
        for entry in entries {
            let key = entry.key.value.as_str();
            if let Some((_, comparison)) = BOUNDS.iter().find(|(name, _)| *name == key) {
                let bound = self.number_of(&entry.value, key)?;
                bounds.push((*comparison, bound));
            }
        }
        if bounds.is_empty() {
            let help = "add `gte: 3`; `gt`, `lt`, `lte`, `eq` and `neq` are there too";
            self.bad_correlation(node.span.start_only(), "`condition` has no bound", help);
            return None;
        }
        Some(bounds)
    }

    fn number_of(&mut self, node: &Node, key: &str) -> Option<Amount> {
        let text = self.text(node, &format!("`{key}`"))?;
        let amount = Amount::parse(text);
        if amount.is_none() {
            self.report(
                Diagnostic::new(Code::BadBound, format!("`{key}` must be a number"))
                    .at(node.span, "not one")
                    .help("write `3` or `0.5`"),
            );
        }
        amount
    }

    fn measure(&mut self, node: &Node, entries: &[Entry], kind: Kind) -> Option<Measure> {
        if !kind.reads_values() {
            return Some(Measure::Count);
        }
        let fields = match get(entries, "field") {
            Some(field) => self.fields_of(field),
            None => {
                let what = format!("the condition of `{}`", kind.name());
                let example = "field: userIdentity.userName";
                self.missing_key(node.span.start_only(), &what, "field", example);
                None
            }
        };
        let percentile = match kind {
            Kind::ValuePercentile => self.percentile(node, entries),
            _ => Some(Percentile::MEDIAN),
        };
        let (fields, percentile) = (fields?, percentile?);
        if kind == Kind::ValueCount {
            return Some(Measure::Distinct(fields));
        }
        let Ok([field]) = <[Selector; 1]>::try_from(fields) else {
            let message = format!("`{}` is about one field", kind.name());
            self.bad_correlation(
                node.span,
                &message,
                "name one; several go with `value_count`",
            );
            return None;
        };
        Some(match kind {
            Kind::ValueSum => Measure::Sum(field),
            Kind::ValueAvg => Measure::Average(field),
            _ => Measure::Percentile { field, percentile },
        })
    }

    fn fields_of(&mut self, node: &Node) -> Option<Vec<Selector>> {
        let texts = self.texts(node, "`field`");
        let fields: Vec<_> = texts
            .iter()
            .map(|text| self.field(&Spanned::new(text.value.as_str(), text.span)))
            .collect();
        let fields: Vec<Selector> = fields.into_iter().collect::<Option<_>>()?;
        (!fields.is_empty()).then_some(fields)
    }

    fn percentile(&mut self, node: &Node, entries: &[Entry]) -> Option<Percentile> {
        let Some(node) = get(entries, "percentile") else {
            let what = "the condition of `value_percentile`";
            self.missing_key(node.span.start_only(), what, "percentile", "percentile: 95");
            return None;
        };
        let percentile = Percentile::of(self.number_of(node, "percentile")?);
        if percentile.is_none() {
            self.report(
                Diagnostic::new(Code::BadBound, "`percentile` must be from 0 to 100")
                    .at(node.span, "not such a number")
                    .help("write `95` or `99.9`, with at most four places after the point"),
            );
        }
        percentile
    }

    pub(super) fn asks(
        &mut self,
        node: &Node,
        within: Spanned<SignedDuration>,
        asked: &Asked,
        places: &Places,
    ) -> Option<Asks> {
        let kind = match asked {
            Asked::Measured(measure, threshold) => WindowKind::Measure {
                measure: measure.clone(),
                threshold: threshold.clone(),
            },
            Asked::Rules { ordered, bounds } => {
                self.of_rules(node, *ordered, bounds.clone(), places)?
            }
        };
        Some(Asks::Window { within, kind })
    }

    /// What is asked of the rules together.
    fn of_rules(
        &mut self,
        node: &Node,
        ordered: bool,
        bounds: Vec<Bound>,
        places: &Places,
    ) -> Option<WindowKind> {
        let most = match ordered {
            true => places.order.len(),
            false => places.steps.len(),
        };
        let span = node.get("condition").map_or(node.span, |node| node.span);
        let threshold = match bounds.is_empty() {
            true => Threshold::at_least(Amount::whole(most as u64)),
            false => Threshold { bounds },
        };
        if ordered && threshold.has_upper_bound() {
            let help = "say how many of the rules there must be at least: `gte: 2`";
            let message = "`temporal_ordered` takes `gt` and `gte` alone";
            self.bad_correlation(span, message, help);
            return None;
        }
        if ordered && most > MOST_PLACES {
            let message = format!("it asks for more than {MOST_PLACES} events in order");
            let help = "part it into several correlations, and correlate those";
            self.not_run(node.span.start_only(), &message, help);
            return None;
        }
        let mut numbers = 1..=most;
        let Some(least) = numbers.find(|number| threshold.admits(Amount::whole(*number as u64)))
        else {
            let message =
                format!("`condition` asks for a number of rules that there cannot be, of {most}");
            let help = "the condition counts the rules of which there is an event";
            self.bad_correlation(span, &message, help);
            return None;
        };
        Some(match ordered {
            true => WindowKind::Sequence {
                places: places.order.clone(),
                ordered,
                least,
                absent: Vec::new(),
            },
            false => WindowKind::Measure {
                measure: Measure::Steps,
                threshold,
            },
        })
    }
}

fn duration(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().next_back()?;
    let (_, seconds) = UNITS.iter().find(|(known, _)| *known == unit)?;
    let digits = text.strip_suffix(unit)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More than can be counted is longer than any that is allowed.
    let number: i64 = digits.parse().unwrap_or(match digits.is_empty() {
        true => 0,
        false => i64::MAX,
    });
    let seconds = seconds.saturating_mul(number);
    (seconds > 0).then(|| SignedDuration::from_secs(seconds))
}
