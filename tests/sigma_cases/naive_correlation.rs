//! The obvious evaluator of Sigma correlations: it tries every window and every choice.
//!
//! In come the documents and the events with their times; out comes how many findings
//! each rule reports. Windows include both their ends, and what happens at one time is
//! simultaneous.
//!
//! An event that has nothing of what is measured takes no part, and of `temporal` a rule
//! that is named twice is one.
//!
//! Where only a lower bound is asked, a window ends at each event, and windows that hold
//! and have an event in common are one finding. Where too much is possible (`lt`, `lte`,
//! `eq`, `neq`), windows follow each other, each beginning with the first event behind
//! the one before, and one that the data does not reach the end of is not decided.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::naive::{Lists, evaluate, nodes, number, texts};

/// How many findings each rule reports, by its name, id or title; 0 is left out.
pub type Counts = BTreeMap<String, usize>;

/// Something that a rule found: an event, by its place among the events, and its time.
type Found = (usize, i64);

/// An event of one key, and the rule of the correlation that found it.
#[derive(Clone, Copy, PartialEq)]
struct Signal {
    event: usize,
    time: i64,
    rule: usize,
}

/// The findings that each rule reports.
pub fn findings(
    documents: &[Value],
    events: &[(i64, Value)],
    lists: &Lists,
) -> Result<Counts, String> {
    let run = Run {
        documents,
        events,
        lists,
    };
    let mut counts = Counts::new();
    // Which are named by a correlation, and which of those by one that says `generate`.
    let (mut named, mut generated) = (BTreeSet::new(), BTreeSet::new());
    for document in documents {
        if let Some(correlation) = document.get("correlation") {
            let rules = run.rules(correlation)?;
            named.extend(rules.iter().copied());
            match correlation.get("generate") {
                None | Some(Value::Bool(false)) => {}
                Some(Value::Bool(true)) => generated.extend(rules),
                Some(_) => return Err("`generate` is true or false".into()),
            }
        }
    }
    for (index, document) in documents.iter().enumerate() {
        let found = run.found(index, &mut Vec::new())?;
        let is_reported = !named.contains(&index) || generated.contains(&index);
        if is_reported && !found.is_empty() {
            let name = ["name", "id", "title"]
                .iter()
                .find_map(|key| document[*key].as_str());
            counts.insert(name.ok_or("a rule without a name")?.to_owned(), found.len());
        }
    }
    Ok(counts)
}

struct Run<'r> {
    documents: &'r [Value],
    events: &'r [(i64, Value)],
    lists: &'r Lists,
}

impl Run<'_> {
    /// The documents that a correlation names.
    fn rules(&self, correlation: &Value) -> Result<Vec<usize>, String> {
        let names = texts_of(correlation.get("rules").ok_or("no `rules`")?)?;
        if names.is_empty() {
            return Err("`rules` is empty".into());
        }
        let find = |name: &String| {
            let fits = |document: &Value| document["id"] == **name || document["name"] == **name;
            let found: Vec<usize> = (0..self.documents.len())
                .filter(|i| fits(&self.documents[*i]))
                .collect();
            match found[..] {
                [one] => Ok(one),
                [] => Err(format!("no rule has the id or name `{name}`")),
                _ => Err(format!("several rules have the id or name `{name}`")),
            }
        };
        names.iter().map(find).collect()
    }

    /// What a rule finds. `above` are the correlations that ask.
    fn found(&self, index: usize, above: &mut Vec<usize>) -> Result<Vec<Found>, String> {
        let document = &self.documents[index];
        let Some(correlation) = document.get("correlation") else {
            evaluate(document, &Value::Null, self.lists)?;
            let mut found = Vec::new();
            for (place, (time, event)) in self.events.iter().enumerate() {
                if evaluate(document, event, self.lists)? {
                    found.push((place, *time));
                }
            }
            return Ok(found);
        };
        if above.contains(&index) {
            return Err("a circle of correlations".into());
        }
        above.push(index);
        let mut rules = self.rules(correlation)?;
        if correlation["type"] == "temporal" {
            let mut seen = BTreeSet::new();
            rules.retain(|rule| seen.insert(*rule));
        }
        let asked = Asked::read(correlation, rules.len())?;
        let mut keys: BTreeMap<Vec<String>, Vec<Signal>> = BTreeMap::new();
        for (rule, index) in rules.iter().enumerate() {
            let fields = self.fields(correlation, *index)?;
            for (event, time) in self.found(*index, above)? {
                if !asked.is_measured(&self.events[event].1) {
                    continue;
                }
                for key in combinations(&self.events[event].1, &fields) {
                    keys.entry(key)
                        .or_default()
                        .push(Signal { event, time, rule });
                }
            }
        }
        above.pop();
        let mut found = Vec::new();
        for signals in keys.values() {
            found.extend(match (asked.kind.as_str(), asked.is_lower()) {
                ("temporal_ordered", _) => asked.ordered(signals, rules.len()),
                (_, true) => self.sliding(&asked, signals, rules.len()),
                (_, false) => self.following(&asked, signals, rules.len()),
            });
        }
        Ok(found)
    }

    /// The fields to group a rule's events by.
    fn fields(&self, correlation: &Value, rule: usize) -> Result<Vec<String>, String> {
        let Some(group_by) = correlation.get("group-by") else {
            return Ok(Vec::new());
        };
        let rule = &self.documents[rule];
        let field = |name: String| {
            let Some(alias) = correlation
                .get("aliases")
                .and_then(|aliases| aliases.get(&name))
            else {
                return Ok(name);
            };
            let by = |key: &str| rule[key].as_str().and_then(|key| alias.get(key)?.as_str());
            let of_rule = by("name").or(by("id")).map(str::to_owned);
            of_rule.ok_or_else(|| format!("the alias `{name}` says nothing of one of the rules"))
        };
        texts_of(group_by)?.into_iter().map(field).collect()
    }

    fn sliding(&self, asked: &Asked, signals: &[Signal], rules: usize) -> Vec<Found> {
        // Windows that hold, and the last event of the earliest of those that are one.
        let mut findings: Vec<(BTreeSet<usize>, Found)> = Vec::new();
        for end in times(signals) {
            let window = within(signals, end - asked.timespan, end);
            if !self
                .measure(asked, &window)
                .is_some_and(|amount| asked.holds(amount, rules))
            {
                continue;
            }
            let mut members: BTreeSet<usize> = window.iter().map(|signal| signal.event).collect();
            let mut trigger = last(&window);
            let mut apart = Vec::new();
            for (others, other) in findings {
                if others.is_disjoint(&members) {
                    apart.push((others, other));
                } else {
                    members.extend(others);
                    trigger = if other.1 < trigger.1 { other } else { trigger };
                }
            }
            apart.push((members, trigger));
            findings = apart;
        }
        findings.into_iter().map(|(_, trigger)| trigger).collect()
    }

    fn following(&self, asked: &Asked, signals: &[Signal], rules: usize) -> Vec<Found> {
        let reached = self.events.iter().map(|(time, _)| *time).max().unwrap_or(0);
        let mut findings = Vec::new();
        let mut rest = signals.to_vec();
        while let Some(start) = times(&rest).first().copied() {
            let window = within(&rest, start, start + asked.timespan);
            rest.retain(|signal| signal.time > start + asked.timespan);
            let holds = self
                .measure(asked, &window)
                .is_some_and(|m| asked.holds(m, rules));
            if holds && reached >= start + asked.timespan {
                findings.push(last(&window));
            }
        }
        findings
    }

    /// What is measured in a window; nothing where there is no number to take.
    fn measure(&self, asked: &Asked, window: &[Signal]) -> Option<f64> {
        let events: BTreeSet<usize> = window.iter().map(|signal| signal.event).collect();
        let count = |n: usize| Some(n as f64);
        let of_events = events.iter().map(|event| &self.events[*event].1);
        let numbers = of_events.flat_map(|event| numbers(event, &asked.fields));
        let mut numbers: Vec<f64> = numbers.collect();
        numbers.sort_by(f64::total_cmp);
        let sum: f64 = numbers.iter().sum();
        match asked.kind.as_str() {
            "event_count" => count(events.len()),
            "temporal" => count(
                window
                    .iter()
                    .map(|signal| signal.rule)
                    .collect::<BTreeSet<_>>()
                    .len(),
            ),
            "value_count" => {
                let of = |event: &usize| combinations(&self.events[*event].1, &asked.fields);
                count(events.iter().flat_map(of).collect::<BTreeSet<_>>().len())
            }
            "value_sum" => Some(sum),
            _ if numbers.is_empty() => None,
            "value_avg" => Some(sum / numbers.len() as f64),
            // Between the two numbers that are nearest, where none is just there.
            _ => {
                let place = asked.percentile / 100.0 * (numbers.len() - 1) as f64;
                let (below, above) = (
                    numbers[place.floor() as usize],
                    numbers[place.ceil() as usize],
                );
                Some(below + (above - below) * place.fract())
            }
        }
    }
}

/// What a correlation asks for.
struct Asked {
    kind: String,
    timespan: i64,
    bounds: Vec<(String, f64)>,
    fields: Vec<String>,
    percentile: f64,
}

impl Asked {
    fn read(correlation: &Value, rules: usize) -> Result<Asked, String> {
        let text = |key: &str| {
            let text = correlation.get(key).and_then(Value::as_str);
            text.ok_or_else(|| format!("no `{key}`"))
        };
        let kind = text("type")?;
        let is_temporal = ["temporal", "temporal_ordered"].contains(&kind);
        let values = [
            "value_count",
            "value_sum",
            "value_avg",
            "value_percentile",
            "value_median",
        ];
        if kind != "event_count" && !is_temporal && !values.contains(&kind) {
            return Err(format!("`{kind}` is no type of correlation"));
        }
        let mut asked = Asked {
            kind: kind.into(),
            timespan: timespan(text("timespan")?)?,
            bounds: Vec::new(),
            fields: Vec::new(),
            percentile: 50.0,
        };
        let condition = correlation.get("condition").map(Value::as_object);
        let mut percentile = None;
        for (key, value) in condition.flatten().into_iter().flatten() {
            let amount = || number(&value.to_string()).ok_or(format!("`{key}` is no number"));
            match key.as_str() {
                "field" => asked.fields = texts_of(value)?,
                "percentile" => percentile = Some(amount()?),
                "gt" | "gte" | "lt" | "lte" | "eq" | "neq" => {
                    asked.bounds.push((key.clone(), amount()?));
                }
                key => return Err(format!("`{key}` is not known in a condition")),
            }
        }
        if asked.bounds.is_empty() && (!is_temporal || condition.is_some()) {
            return Err("no bound in `condition`".into());
        }
        if values.contains(&kind) && asked.fields.is_empty() {
            return Err(format!("`{kind}` needs a `field`"));
        }
        if !values.contains(&kind) && !asked.fields.is_empty() {
            return Err(format!("`{kind}` reads no `field`"));
        }
        if kind != "value_count" && asked.fields.len() > 1 {
            return Err(format!("`{kind}` is about one `field`"));
        }
        if kind != "value_percentile" && percentile.is_some() {
            return Err(format!("`{kind}` takes no `percentile`"));
        }
        if kind == "temporal_ordered" && !asked.is_lower() {
            return Err("`temporal_ordered` takes `gt` and `gte` only".into());
        }
        if is_temporal && !(1..=rules).any(|number| asked.holds(number as f64, rules)) {
            return Err("no number of the rules is that".into());
        }
        if kind == "value_percentile" {
            let known = percentile.filter(|percentile| (0.0..=100.0).contains(percentile));
            asked.percentile = known.ok_or("no `percentile` from 0 to 100")?;
        }
        Ok(asked)
    }

    /// Whether the event has something of what is measured.
    fn is_measured(&self, event: &Value) -> bool {
        match self.kind.as_str() {
            "event_count" | "temporal" | "temporal_ordered" => true,
            "value_count" => !combinations(event, &self.fields).is_empty(),
            _ => !numbers(event, &self.fields).is_empty(),
        }
    }

    /// Whether more can never be too much.
    fn is_lower(&self) -> bool {
        self.bounds.iter().all(|(name, _)| name.starts_with('g'))
    }

    fn holds(&self, amount: f64, rules: usize) -> bool {
        if self.bounds.is_empty() {
            return amount >= rules as f64;
        }
        self.bounds.iter().all(|(name, bound)| match name.as_str() {
            "gt" => amount > *bound,
            "gte" => amount >= *bound,
            "lt" => amount < *bound,
            "lte" => amount <= *bound,
            "eq" => amount == *bound,
            _ => amount != *bound,
        })
    }

    /// Every choice of rules, and for each of them in order a different event.
    fn ordered(&self, signals: &[Signal], rules: usize) -> Vec<Found> {
        let mut choices: Vec<Vec<Signal>> = vec![Vec::new()];
        for rule in 0..rules {
            let mut longer = choices.clone();
            for choice in &choices {
                for signal in signals.iter().filter(|signal| signal.rule == rule) {
                    let follows = |before: &Signal| before.time <= signal.time;
                    let is_other = choice.iter().all(|other| other.event != signal.event);
                    if is_other && choice.last().is_none_or(follows) {
                        longer.push([choice.as_slice(), &[*signal]].concat());
                    }
                }
            }
            choices = longer;
        }
        // At each time at which a sequence ends, the tightest; what overlaps is one.
        let mut spans: Vec<(i64, i64, Found)> = Vec::new();
        for end in times(signals) {
            let complete = choices.iter().filter(|choice| {
                let (first, last) = (choice.first(), choice.last());
                let (Some(first), Some(last)) = (first, last) else {
                    return false;
                };
                last.time == end
                    && end - first.time <= self.timespan
                    && self.holds(choice.len() as f64, rules)
            });
            let Some(tightest) = complete.max_by_key(|choice| choice[0].time) else {
                continue;
            };
            let start = tightest[0].time;
            match spans.last_mut().filter(|(_, last, _)| start <= *last) {
                Some(span) => span.1 = end,
                None => spans.push((start, end, last(tightest))),
            }
        }
        spans.into_iter().map(|(_, _, trigger)| trigger).collect()
    }
}

fn timespan(text: &str) -> Result<i64, String> {
    let fault = || format!("`{text}` is no timespan");
    let (digits, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(fault)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        // A twelfth of a year, and a year with its share of leap days.
        "M" => 2_629_746,
        "y" => 31_556_952,
        _ => return Err(fault()),
    };
    let plain = digits.chars().all(|c| c.is_ascii_digit());
    let number: i64 = digits.parse().map_err(|_| fault())?;
    if plain && number > 0 {
        Ok(number * seconds)
    } else {
        Err(fault())
    }
}

/// A text or a list of texts.
fn texts_of(value: &Value) -> Result<Vec<String>, String> {
    let list = match value {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    list.into_iter()
        .map(|value| text(value).ok_or(format!("`{value}` is no text")))
        .collect()
}

/// The numbers of the fields, and texts that are numbers.
fn numbers(event: &Value, fields: &[String]) -> Vec<f64> {
    let texts = fields.iter().flat_map(|field| texts(&nodes(event, field)));
    texts.filter_map(|text| number(&text)).collect()
}

/// Every choice of a value for each field; none where a field has no value.
fn combinations(event: &Value, fields: &[String]) -> BTreeSet<Vec<String>> {
    let mut all = BTreeSet::from([Vec::new()]);
    for field in fields {
        let mut values = texts(&nodes(event, field));
        values.retain(|value| !value.is_empty());
        let longer = |head: &Vec<String>| {
            values
                .iter()
                .map(|value| [head, std::slice::from_ref(value)].concat())
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn times(signals: &[Signal]) -> BTreeSet<i64> {
    signals.iter().map(|signal| signal.time).collect()
}

fn within(signals: &[Signal], start: i64, end: i64) -> Vec<Signal> {
    let inside = |signal: &&Signal| start <= signal.time && signal.time <= end;
    signals.iter().filter(inside).copied().collect()
}

/// The last event; of simultaneous ones the last as they were given.
fn last(window: &[Signal]) -> Found {
    let order = |signal: &&Signal| (signal.time, signal.event);
    window
        .iter()
        .max_by_key(order)
        .map_or((0, 0), |signal| (signal.event, signal.time))
}
