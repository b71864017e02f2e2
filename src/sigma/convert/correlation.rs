//! Correlations: `match` or `steps`, and `correlate`.
//!
//! In comes a correlation as it was lowered; out come the entries of a native rule. The
//! conditions of the rules that it names stand in it, for each native rule reports; those
//! that report anyway are named where findings of theirs are meant.

use std::collections::BTreeSet;

use crate::diagnostic::Span;
use crate::rule::RuleSet;
use crate::rule::clause::{Clause, ClauseId, ClauseKind, Ordering};
use crate::rule::correlation::{
    Asks, Comparison, Correlation, Measure, Percentile, Step, StepSource, Threshold, WindowKind,
};
use crate::rule::selector::Selector;
use crate::rule::value::Amount;
use crate::yaml::Node;

use super::condition::{Writer, field};
use super::layout::Yaml;
use super::whole::Written;
use super::word::word;
use super::{Base, Converted, Refusal, converted, head, placeholder};

type Entry = (String, Yaml);

/// A correlation that is being written.
pub(super) struct Correlating<'w, 's> {
    set: &'s RuleSet,
    bases: &'w [Base<'s>],
    written: &'w Written<'s>,
    base: Base<'s>,
}

/// What was made of its rules.
#[derive(Default)]
struct Made<'s> {
    inlined: Vec<Base<'s>>,
    lists: BTreeSet<String>,
}

impl<'w, 's> Correlating<'w, 's> {
    pub(super) fn new(
        set: &'s RuleSet,
        bases: &'w [Base<'s>],
        written: &'w Written<'s>,
        base: Base<'s>,
    ) -> Self {
        Correlating {
            set,
            bases,
            written,
            base,
        }
    }

    /// What is written of it.
    pub(super) fn text(&self) -> Result<Converted, Refusal> {
        let rule = self.base.rule;
        let Some(correlation) = &rule.correlation else {
            return Err(Refusal::new(rule.id.span, "it is no correlation", ""));
        };
        let mut made = Made::default();
        let names = self.step_names(&correlation.steps);
        let asked = self.asked(correlation, &names)?;
        let (taking_part, by) = self.taking_part(correlation, &names, &mut made)?;
        let mut correlate: Vec<Entry> = Vec::new();
        let mut after = Vec::new();
        match taking_part {
            (key, yaml) if key == "rules" => correlate.push((key, yaml)),
            entry => after.push(entry),
        }
        correlate.extend(by.map(|by| ("by".to_owned(), by)));
        correlate.extend(asked);
        after.push(("correlate".to_owned(), Yaml::Block(correlate)));
        let mut entries = head::before(rule, self.base.foreign, &made.inlined);
        entries.extend(after);
        if let Some(tests) = head::tests(self.base.foreign.node) {
            entries.push(tests);
        }
        let mut with = made.inlined;
        with.push(self.base);
        Ok(converted(self.base, &with, entries, made.lists))
    }

    /// Where the correlation says something.
    fn place(&self, key: &str) -> Span {
        let correlation = self.base.foreign.node.get("correlation");
        let node = correlation.and_then(|node| node.get(key)).or(correlation);
        node.map_or(self.base.rule.id.span, |node: &Node| node.span)
    }

    /// Its rules by their names, each once: a native step is called by it.
    fn step_names(&self, steps: &[Step]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for step in steps {
            let name = step.sources.first().map_or(String::new(), |source| {
                let base = source_id(source).and_then(|id| self.sigma_rule(id));
                base.map_or_else(
                    || source_id(source).unwrap_or_default().to_owned(),
                    |base| called(&base),
                )
            });
            let mut own = name.clone();
            let mut number = 2;
            while names.contains(&own) {
                own = format!("{name}_{number}");
                number += 1;
            }
            names.push(own);
        }
        names
    }

    fn sigma_rule(&self, id: &str) -> Option<Base<'s>> {
        let mut bases = self.bases.iter();
        bases.find(|base| base.rule.id.value == id).copied()
    }

    /// Which events take part, and the key where all have one.
    fn taking_part(
        &self,
        correlation: &Correlation,
        names: &[String],
        made: &mut Made<'s>,
    ) -> Result<(Entry, Option<Yaml>), Refusal> {
        let keys: Vec<Option<Yaml>> = correlation.steps.iter().map(key).collect();
        let same = keys.windows(2).all(|two| two[0] == two[1]);
        let common = keys.first().cloned().flatten().filter(|_| same);
        if let [step] = correlation.steps.as_slice()
            && step.name.is_none()
        {
            return Ok((self.sources(step, made)?, common));
        }
        let mut steps = Vec::new();
        for ((step, name), key) in correlation.steps.iter().zip(names).zip(keys) {
            let mut entries = vec![self.sources(step, made)?];
            if let Some(key) = key.filter(|_| !same) {
                entries.push(("by".to_owned(), key));
            }
            steps.push((word(name), Yaml::Block(entries)));
        }
        Ok((("steps".to_owned(), Yaml::Block(steps)), common))
    }

    /// What makes an event take part: a condition, or findings of other rules.
    fn sources(&self, step: &Step, made: &mut Made<'s>) -> Result<Entry, Refusal> {
        let conditions: Option<Vec<Base<'s>>> = step
            .sources
            .iter()
            .map(|source| match source {
                StepSource::Rule { id, .. } => self.sigma_rule(&id.value),
                StepSource::Match(_) | StepSource::Correlation { .. } => None,
            })
            .collect();
        let Some(bases) = conditions else {
            return self.findings(step);
        };
        let mut parts = Vec::new();
        for base in &bases {
            let (condition, lists) = placeholder::with_marks(self.set, base.rule)?;
            parts.push(condition.into_owned());
            made.lists.extend(lists);
            if made.inlined.iter().all(|of| of.rule.id != base.rule.id) {
                made.inlined.push(*base);
            }
        }
        let foreign: Vec<_> = bases.iter().map(|base| base.foreign).collect();
        let any = Clause {
            id: ClauseId(0),
            span: self.base.rule.span,
            kind: ClauseKind::Any(parts),
        };
        let yaml = Writer::new(self.set, &foreign, &any).whole(&any)?;
        Ok(("match".to_owned(), yaml))
    }

    /// Rules that are named, for they report.
    fn findings(&self, step: &Step) -> Result<Entry, Refusal> {
        let mut ids = Vec::new();
        for source in &step.sources {
            let (id, span) = match source {
                StepSource::Rule { id, .. } | StepSource::Correlation { id, .. } => {
                    (id.value.as_str(), id.span)
                }
                StepSource::Match(condition) => ("", condition.span),
            };
            if self.sigma_rule(id).is_some() {
                if !self.written.reports(id) {
                    let message = format!(
                        "`{id}` reports only through correlations, and a native rule that others name reports by itself"
                    );
                    let help = "say `generate: true` where it may report";
                    return Err(Refusal::new(span, message, help));
                }
                if !self.written.is_written(id) {
                    let message = format!("it is about findings of `{id}`, which is not");
                    return Err(Refusal::new(span, &message, "see what is said of that one"));
                }
            }
            ids.push(Yaml::Word(word(id)));
        }
        Ok(("rules".to_owned(), Yaml::List(ids)))
    }

    /// `within`, and what is asked.
    fn asked(&self, of: &Correlation, names: &[String]) -> Result<Vec<Entry>, Refusal> {
        let Asks::Window { within, kind } = &of.asks else {
            let message = "it asks for nothing in a window";
            return Err(Refusal::new(self.base.rule.id.span, message, ""));
        };
        let asked = match kind {
            WindowKind::Measure {
                measure: Measure::Steps,
                ..
            } => {
                let message = "`temporal` counts rules, and one event may be of several of them; each step of a native `all` is an event of its own";
                let help = "write `steps` with `all` where that is meant, or keep the Sigma document: it runs as it is";
                return Err(Refusal::new(self.place("type"), message, help));
            }
            WindowKind::Measure { .. } if of.steps.len() > 1 => {
                let message = "other fields are the key in the events of each rule, and a native `count` or the like has one key for all";
                let help = "group by a field that all of them have, or keep the Sigma document: it runs as it is";
                return Err(Refusal::new(self.place("aliases"), message, help));
            }
            WindowKind::Measure { measure, threshold } => self.measured(measure, threshold)?,
            WindowKind::Sequence { places, least, .. } if *least < places.len() => {
                let message =
                    "it asks for some of its rules in order, and a native `order` for all";
                let help = "write a rule for each order that is meant, or keep the Sigma document: it runs as it is";
                return Err(Refusal::new(self.place("condition"), message, help));
            }
            WindowKind::Sequence {
                places, ordered, ..
            } => {
                let word_of = |place: &usize| names.get(*place).map(|name| Yaml::Word(word(name)));
                let places = places.iter().filter_map(word_of).collect();
                let key = if *ordered { "order" } else { "all" };
                (key.to_owned(), Yaml::List(places))
            }
        };
        let seconds = within.value.as_secs();
        let within = ("within".to_owned(), Yaml::Word(self.duration(seconds)));
        Ok(vec![within, asked])
    }

    /// As it is written, where its unit is a native one.
    fn duration(&self, seconds: i64) -> String {
        let correlation = self.base.foreign.node.get("correlation");
        let text = correlation
            .and_then(|node| node.get("timespan"))
            .and_then(Node::as_text)
            .unwrap_or_default();
        if text.ends_with(['s', 'm', 'h', 'd']) {
            return text.to_owned();
        }
        let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')].into_iter();
        let whole = units.into_iter().find(|(unit, _)| seconds % unit == 0);
        let (unit, letter) = whole.unwrap_or((1, 's'));
        format!("{}{letter}", seconds / unit)
    }

    fn measured(&self, measure: &Measure, threshold: &Threshold) -> Result<Entry, Refusal> {
        let mut entries: Vec<Entry> = Vec::new();
        if !measure.fields().is_empty() {
            entries.push(("field".to_owned(), fields(measure.fields())));
        }
        if let Measure::Percentile { percentile, .. } = measure
            && *percentile != Percentile::MEDIAN
        {
            let at = Yaml::Word(percentile.amount().to_string());
            entries.push(("at".to_owned(), at));
        }
        entries.extend(self.bounds(threshold)?);
        Ok((measure.name().to_owned(), Yaml::Map(entries)))
    }

    /// Each bound once, the tightest; exactly so much is that much at least and at most.
    fn bounds(&self, threshold: &Threshold) -> Result<Vec<Entry>, Refusal> {
        let mut bounds: Vec<(&str, Amount)> = Vec::new();
        let mut put = |name: &'static str, bound: Amount| {
            let is_lower = name.starts_with('g');
            match bounds.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if is_lower => *known = bound.max(*known),
                Some((_, known)) => *known = bound.min(*known),
                None => bounds.push((name, bound)),
            }
        };
        for (comparison, bound) in &threshold.bounds {
            match comparison {
                Comparison::Order(Ordering::Greater) => put("gt", *bound),
                Comparison::Order(Ordering::GreaterOrEqual) => put("gte", *bound),
                Comparison::Order(Ordering::Less) => put("lt", *bound),
                Comparison::Order(Ordering::LessOrEqual) => put("lte", *bound),
                Comparison::Equal => {
                    put("gte", *bound);
                    put("lte", *bound);
                }
                Comparison::Different => {
                    let message = "a native bound cannot say `neq`";
                    let help = "write a rule for less and one for more, or keep the Sigma document: it runs as it is";
                    return Err(Refusal::new(self.place("condition"), message, help));
                }
            }
        }
        let bounds = bounds.into_iter();
        let bounds = bounds.map(|(name, bound)| (name.to_owned(), Yaml::Word(bound.to_string())));
        Ok(bounds.collect())
    }
}

fn source_id(source: &StepSource) -> Option<&str> {
    match source {
        StepSource::Rule { id, .. } | StepSource::Correlation { id, .. } => Some(&id.value),
        StepSource::Match(_) => None,
    }
}

/// The name of a rule, or one that is made of its title.
fn called(base: &Base<'_>) -> String {
    let name = base.foreign.node.get("name").and_then(Node::as_text);
    if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let words = base.rule.title.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    match words.is_empty() {
        true => base.rule.id.value.clone(),
        false => words.join("_"),
    }
}

fn key(step: &Step) -> Option<Yaml> {
    let parts = step.by.iter().flat_map(|part| &part.fields);
    let parts: Vec<&Selector> = parts.collect();
    (!parts.is_empty()).then(|| list(parts.into_iter()))
}

fn fields(fields: &[Selector]) -> Yaml {
    list(fields.iter())
}

/// One by itself.
fn list<'f>(fields: impl Iterator<Item = &'f Selector>) -> Yaml {
    let mut words: Vec<Yaml> = fields.map(|of| Yaml::Word(field(of))).collect();
    match words.len() {
        1 => words.remove(0),
        _ => Yaml::List(words),
    }
}
