//! What must hold of events with one key: windows and what is asked of them.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::event::parse_duration;
use crate::yaml::{Entry, Fields, Node, get};

use super::super::super::clause::Ordering;
use super::super::super::correlation::{
    Asks, Comparison, LONGEST_WINDOW, MOST_PLACES, Measure, Percentile, Step, Threshold, WindowKind,
};
use super::super::super::selector::Selector;
use super::super::super::value::Amount;
use super::super::Manner;
use super::{Lowerer, Scope};

/// The keys of `correlate` of which there must be one.
const KINDS: [&str; 10] = [
    "count",
    "distinct",
    "sum",
    "average",
    "median",
    "percentile",
    "ratio",
    "first_seen",
    "order",
    "all",
];

const BOUNDS: [(&str, Ordering); 4] = [
    ("gt", Ordering::Greater),
    ("gte", Ordering::GreaterOrEqual),
    ("lt", Ordering::Less),
    ("lte", Ordering::LessOrEqual),
];

impl Lowerer<'_> {
    pub(super) fn asks(&mut self, correlate: &[Entry], span: Span, steps: &[Step]) -> Option<Asks> {
        let kinds: Vec<&Entry> = (correlate.iter())
            .filter(|entry| KINDS.contains(&entry.key.value.as_str()))
            .collect();
        let entry = match kinds.as_slice() {
            [entry] => *entry,
            [] => {
                let help = format!("add one of {}", KINDS.join(", "));
                self.bad_correlation(span, "nothing is asked of the events", &help);
                return None;
            }
            [_, second, ..] => {
                let help = "write one rule for each, or correlate their findings with `rules`";
                self.bad_correlation(second.key.span, "two things are asked at once", help);
                return None;
            }
        };
        let kind = entry.key.value.as_str();
        let is_sequence = matches!(kind, "order" | "all");
        if let Some(absent) = get(correlate, "absent").filter(|_| !is_sequence) {
            let help = "say after what: `order: [stopped]`, `absent: [started]`";
            self.bad_correlation(absent.span, "`absent` stands with `order` or `all`", help);
        }
        let has_names = steps.iter().any(|step| step.name.is_some());
        if has_names && !is_sequence {
            let help = "steps are for `order` and `all`; several kinds of event go under `any` in one `match`";
            self.bad_correlation(entry.key.span, &format!("`{kind}` takes no steps"), help);
            return None;
        }
        if kind == "first_seen" {
            if let Some(within) = get(correlate, "within") {
                let help = "say how far back a value counts as seen with `history`";
                self.bad_correlation(within.span, "`first_seen` has no window", help);
            }
            return self.first_seen(&entry.value);
        }
        let within = match get(correlate, "within") {
            Some(node) => self
                .duration(node, "`within`")
                .map(|d| Spanned::new(d, node.span)),
            None => {
                self.missing_key(span, "`correlate`", "within", "within: 5m");
                None
            }
        };
        let kind = match kind {
            "order" | "all" => self.sequence(correlate, entry, steps),
            "count" => self
                .threshold(&entry.value, "`count`", &[], false)
                .map(|threshold| WindowKind::Measure {
                    measure: Measure::Count,
                    threshold,
                }),
            kind => self.measure(&entry.value, &format!("`{kind}`")),
        };
        Some(Asks::Window {
            within: within?,
            kind: kind?,
        })
    }

    fn sequence(
        &mut self,
        correlate: &[Entry],
        entry: &Entry,
        steps: &[Step],
    ) -> Option<WindowKind> {
        let what = format!("`{}`", entry.key.value);
        let places = self.step_places(&entry.value, &what, steps);
        let absent = match get(correlate, "absent") {
            Some(node) => self.step_places(node, "`absent`", steps),
            None => Some(Vec::new()),
        };
        let (places, absent) = (places?, absent?);
        let span = entry.key.span;
        if places.len() > MOST_PLACES {
            let message = format!("{what} asks for more than {MOST_PLACES} events");
            self.bad_correlation(
                span,
                &message,
                "use `count` for a number of events of one kind",
            );
        } else if places.len() == 1 && absent.is_empty() {
            let help = "name a second step, or say what must not follow with `absent`";
            self.bad_correlation(span, &format!("{what} asks for a single event"), help);
        } else if let Some(both) = absent.iter().find(|step| places.contains(step)) {
            let name = steps[*both]
                .name
                .as_ref()
                .map_or("", |name| name.value.as_str());
            let message = format!("the step `{name}` must be there and absent");
            self.bad_correlation(span, &message, "take it out of one of the two");
        }
        Some(WindowKind::Sequence {
            least: places.len(),
            places,
            ordered: entry.key.value == "order",
            absent,
        })
    }

    fn measure(&mut self, node: &Node, what: &str) -> Option<WindowKind> {
        let entries = self.mapping(node, what)?;
        let is_ratio = what == "`ratio`";
        let is_percentile = what == "`percentile`";
        let own: &[&str] = match what {
            "`ratio`" => &["field", "of"],
            "`percentile`" => &["field", "at"],
            _ => &["field"],
        };
        let threshold = self.threshold(node, what, own, what != "`distinct`");
        let fields = match get(entries, "field") {
            Some(node) => self.fields_of(node, "`field`"),
            None if is_ratio => {
                let name = self.selector("eventName", node.span, Scope::Event);
                name.map(|name| vec![name])
            }
            None => {
                let example = "field: userIdentity.userName";
                self.missing_key(node.span.start_only(), what, "field", example);
                None
            }
        };
        let of = match get(entries, "of") {
            Some(node) if is_ratio => self.ratio_of(node),
            _ if is_ratio => {
                self.missing_key(node.span.start_only(), what, "of", "of: {list: api_names}");
                None
            }
            _ => Some(BTreeSet::new()),
        };
        let percentile = match is_percentile {
            true => self.percentile(node, entries),
            false => Some(Percentile::MEDIAN),
        };
        let (fields, of, threshold, percentile) = (fields?, of?, threshold?, percentile?);
        let measure = match (what, one(&fields)) {
            ("`distinct`", _) => Measure::Distinct(fields),
            ("`sum`", Some(field)) => Measure::Sum(field),
            ("`average`", Some(field)) => Measure::Average(field),
            ("`median`" | "`percentile`", Some(field)) => Measure::Percentile { field, percentile },
            ("`ratio`", Some(field)) => Measure::Ratio { field, of },
            _ => {
                let message = format!("{what} is about one field");
                self.bad_correlation(node.span, &message, "name one; several go with `distinct`");
                return None;
            }
        };
        Some(WindowKind::Measure { measure, threshold })
    }

    fn percentile(&mut self, node: &Node, entries: &[Entry]) -> Option<Percentile> {
        let Some(node) = get(entries, "at") else {
            self.missing_key(node.span.start_only(), "`percentile`", "at", "at: 95");
            return None;
        };
        let percentile = Percentile::of(self.amount(node, true)?);
        if percentile.is_none() {
            self.report(
                Diagnostic::new(Code::BadBound, "`at` must be a percentile from 0 to 100")
                    .at(node.span, "not one")
                    .help("write `95` or `99.9`, with at most four places after the point"),
            );
        }
        percentile
    }

    fn ratio_of(&mut self, node: &Node) -> Option<BTreeSet<String>> {
        let values = self.text_values(node, "`of`", Manner::default())?;
        let of: BTreeSet<String> = values.items.into_iter().map(|item| item.value).collect();
        // A list that is not set is reported, or makes the rule inactive, elsewhere.
        if of.is_empty() && self.unset_lists.is_empty() {
            self.empty(node.span, "`of`");
            return None;
        }
        Some(of)
    }

    /// The bounds of a measure, beside keys of its own.
    fn threshold(
        &mut self,
        node: &Node,
        what: &str,
        own: &[&str],
        fractions: bool,
    ) -> Option<Threshold> {
        if node.as_text().is_some() {
            let help = "say how it compares: `{gte: 3}` for three or more";
            self.bad_correlation(node.span, &format!("{what} needs a bound"), help);
            return None;
        }
        let entries = self.mapping(node, what)?;
        let mut known: Vec<&str> = own.to_vec();
        known.extend(BOUNDS.map(|(name, _)| name));
        self.known_keys(entries, &known, what);
        let mut bounds = Vec::new();
        for entry in entries {
            let order = BOUNDS.iter().find(|(name, _)| entry.key.value == *name);
            if let Some((_, order)) = order {
                let bound = self.amount(&entry.value, fractions)?;
                bounds.push((Comparison::Order(*order), bound));
            }
        }
        if bounds.is_empty() {
            let help = "add `gte: 3`; `gt`, `lt` and `lte` are there too";
            self.bad_correlation(
                node.span.start_only(),
                &format!("{what} has no bound"),
                help,
            );
            return None;
        }
        let threshold = Threshold { bounds };
        let nothing = Amount::whole(0);
        if !threshold.has_upper_bound() && threshold.admits(nothing) {
            let help = "ask for more than nothing: `gte: 1`";
            self.bad_correlation(
                node.span,
                &format!("{what} is never below this bound"),
                help,
            );
        }
        Some(threshold)
    }

    fn amount(&mut self, node: &Node, fractions: bool) -> Option<Amount> {
        let text = self.text(node, "a bound")?;
        let whole = text.bytes().all(|byte| byte.is_ascii_digit());
        let amount = Amount::parse(text).filter(|_| fractions || whole);
        if amount.is_none() {
            let wanted = if fractions {
                "a number"
            } else {
                "a whole number"
            };
            self.report(
                Diagnostic::new(Code::BadBound, format!("the bound must be {wanted}"))
                    .at(node.span, "not one")
                    .help(if fractions {
                        "write `0.3` or `1000`"
                    } else {
                        "write `3`"
                    }),
            );
        }
        amount
    }

    fn first_seen(&mut self, node: &Node) -> Option<Asks> {
        let what = "`first_seen`";
        let entries = self.mapping(node, what)?;
        self.known_keys(entries, &["field", "history", "learning"], what);
        for (key, example) in [("field", "field: awsRegion"), ("history", "history: 14d")] {
            if get(entries, key).is_none() {
                self.missing_key(node.span.start_only(), what, key, example);
            }
        }
        let fields = get(entries, "field").and_then(|node| self.fields_of(node, "`field`"));
        let history = get(entries, "history").and_then(|node| self.duration(node, "`history`"));
        let learning = match get(entries, "learning") {
            Some(node) => self.duration(node, "`learning`"),
            None => history,
        };
        Some(Asks::FirstSeen {
            fields: fields?,
            history: history?,
            learning: learning?,
        })
    }

    /// `90s`, `5m`, `12h`, `14d`.
    fn duration(&mut self, node: &Node, what: &str) -> Option<SignedDuration> {
        let text = self.text(node, what)?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
            && matches!(&text[digits.len()..], "s" | "m" | "h" | "d");
        let read = parse_duration(text).ok().filter(|_| plain);
        match read {
            Some(duration) if duration > LONGEST_WINDOW => {
                let days = LONGEST_WINDOW.as_hours() / 24;
                self.bad_duration(node.span, &format!("{what} is longer than {days} days"));
                None
            }
            Some(duration) => Some(duration),
            None => {
                self.bad_duration(node.span, &format!("{what} must say how long"));
                None
            }
        }
    }

    fn bad_duration(&mut self, span: Span, message: &str) {
        self.report(
            Diagnostic::new(Code::BadDuration, message)
                .at(span, "not such a duration")
                .help("write a whole number and `s`, `m`, `h` or `d`: `90s`, `5m`, `12h`, `14d`"),
        );
    }
}

fn one(fields: &[Selector]) -> Option<Selector> {
    match fields {
        [field] => Some(field.clone()),
        _ => None,
    }
}
