//! The obvious Sigma evaluator: it does what the specification says, value by value.
//!
//! In come a rule as a tree of JSON values, an event and the lists behind placeholders;
//! out comes whether the rule holds, or why it is no rule. Nothing is prepared, indexed
//! or remembered, and nothing is shared with what it judges. All of a rule is read
//! whatever the event is, so that a fault never depends on it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil::DateTime;
use regex::{Regex, RegexBuilder};
use serde_json::{Number, Value};

use super::naive_condition::condition_holds;
use super::naive_text::{Token, chars, expand, glob, is_only_any, parse, patterns, place};

/// What placeholders stand for.
pub type Lists = BTreeMap<String, Vec<String>>;

/// Whether the rule's `detection` holds on the event.
pub fn evaluate(rule: &Value, event: &Value, placeholders: &Lists) -> Result<bool, String> {
    let detection = rule.get("detection").and_then(Value::as_object);
    let detection = detection.ok_or("no `detection`, or it is no map")?;
    let mut selections = Vec::new();
    for (name, definition) in detection {
        if name != "condition" {
            let holds = selection(definition, event, placeholders);
            selections.push((name.as_str(), holds.map_err(|e| format!("{name}: {e}"))?));
        }
    }
    if selections.is_empty() {
        return Err("`detection` has no selection".into());
    }
    let conditions = match detection.get("condition") {
        None => return Err("no `condition`".into()),
        Some(Value::Array(list)) if list.is_empty() => return Err("the condition is empty".into()),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    };
    let mut holds = false;
    for condition in conditions {
        let text = condition.as_str().ok_or("a condition that is no text")?;
        holds |= condition_holds(text, &selections)?;
    }
    Ok(holds)
}

/// A map is AND, a list is OR, and what has no field is about the whole event.
fn selection(definition: &Value, event: &Value, lists: &Lists) -> Result<bool, String> {
    let is_scalar = |value: &Value| !value.is_array() && !value.is_object();
    match definition {
        Value::Object(map) if map.is_empty() => Err("an empty map".into()),
        Value::Object(map) => {
            let mut holds = true;
            for (key, value) in map {
                holds &= item(key, value, event, lists)?;
            }
            Ok(holds)
        }
        Value::Array(list) if list.is_empty() => Err("an empty list".into()),
        Value::Array(list) if !list.iter().all(is_scalar) => {
            let mut holds = false;
            for entry in list {
                holds |= selection(entry, event, lists)?;
            }
            Ok(holds)
        }
        keywords => item("", keywords, event, lists),
    }
}

/// One entry of a map: a field with modifiers, and a value or a list of them.
fn item(key: &str, value: &Value, event: &Value, lists: &Lists) -> Result<bool, String> {
    let mut parts = key.split('|');
    let field = parts.next().unwrap_or_default();
    let chain = Chain::read(&parts.collect::<Vec<_>>()).map_err(|e| format!("{key}: {e}"))?;
    let values = match value {
        Value::Array(list) if list.is_empty() => return Err(format!("{key}: an empty list")),
        Value::Array(list) if list.contains(&Value::Null) => {
            return Err(format!("{key}: null inside a list"));
        }
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let nodes = match field {
        "" => leaves(event),
        field => nodes(event, field),
    };
    let mut holds = Vec::new();
    for value in values {
        let tests = tests(field, &chain, value, lists).map_err(|e| format!("{key}: {e}"))?;
        holds.push(tests.iter().any(|test| test.holds(&nodes, event)));
    }
    let holds = match chain.all {
        true => holds.iter().all(|holds| *holds),
        false => holds.iter().any(|holds| *holds),
    };
    Ok(holds != chain.neq)
}

// ---- Fields of an event -------------------------------------------------------------

/// What is at a path of keys. An array on the way fans out over its elements, one level.
pub fn nodes<'e>(event: &'e Value, field: &str) -> Vec<&'e Value> {
    let mut here = vec![event];
    for key in keys(field) {
        let mut next = Vec::new();
        for node in here {
            match node {
                Value::Array(elements) => next.extend(elements.iter().filter_map(|e| e.get(&key))),
                other => next.extend(other.get(&key)),
            }
        }
        here = next;
    }
    here
}

/// The keys of a path: dots part them, except in double quotes.
fn keys(field: &str) -> Vec<String> {
    let (mut keys, mut quoted) = (vec![String::new()], false);
    for c in field.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => keys.push(String::new()),
            c => keys.last_mut().unwrap().push(c),
        }
    }
    keys
}

/// Every value of the event that is text, a number or a boolean.
fn leaves(node: &Value) -> Vec<&Value> {
    match node {
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        Value::Array(elements) => elements.iter().flat_map(leaves).collect(),
        Value::Null => Vec::new(),
        leaf => vec![leaf],
    }
}

fn text(node: &Value) -> Option<String> {
    match node {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The texts of nodes; those of an array's elements where a node is one.
pub fn texts(nodes: &[&Value]) -> Vec<String> {
    let mut texts = Vec::new();
    for node in nodes {
        match node {
            Value::Array(elements) => texts.extend(elements.iter().filter_map(text)),
            node => texts.extend(text(node)),
        }
    }
    texts
}

// ---- Modifiers ----------------------------------------------------------------------

/// What the modifiers of a field say, in the order in which they stand.
#[derive(Default)]
struct Chain {
    all: bool,
    neq: bool,
    cased: bool,
    expand: bool,
    /// `contains`, `startswith` or `endswith`.
    position: Option<&'static str>,
    /// Of `windash`, `wide`, `utf16`, `utf16le`, `utf16be`, `base64`, `base64offset`.
    steps: Vec<String>,
    /// `re`, `cidr`, `exists`, `fieldref`, a part of time, or an order.
    kind: Option<String>,
    /// The order that follows a part of time.
    order: Option<String>,
    flags: String,
}

const ORDERS: [&str; 4] = ["lt", "lte", "gt", "gte"];
const PARTS: [&str; 6] = ["minute", "hour", "day", "week", "month", "year"];

impl Chain {
    fn read(names: &[&str]) -> Result<Chain, String> {
        let mut chain = Chain::default();
        for (at, name) in names.iter().enumerate() {
            let kind = chain.kind.as_deref();
            let plain = chain.steps.is_empty() && chain.position.is_none() && !chain.cased;
            let is_encoded = chain.steps.iter().any(|step| step != "windash");
            let fits = match *name {
                _ if names[..at].contains(name) => false,
                "all" | "neq" => kind != Some("exists"),
                "contains" | "startswith" | "endswith" => {
                    chain.position.is_none() && matches!(kind, None | Some("re" | "fieldref"))
                }
                "cased" => matches!(kind, None | Some("fieldref")),
                "expand" => chain.steps.is_empty() && matches!(kind, None | Some("re" | "cidr")),
                "windash" => kind.is_none() && !is_encoded,
                "wide" | "utf16" | "utf16le" | "utf16be" => {
                    let twice = |step: &String| step == "wide" || step.starts_with("utf16");
                    kind.is_none() && !chain.steps.iter().any(twice)
                }
                "base64" | "base64offset" => {
                    // `contains` would put wildcards into what is encoded.
                    kind.is_none() && chain.position.is_none()
                }
                "re" | "cidr" => kind.is_none() && plain,
                "i" | "ignorecase" | "m" | "multiline" | "s" | "dotall" => kind == Some("re"),
                "exists" => names.len() == 1,
                "fieldref" => kind.is_none() && chain.steps.is_empty() && !chain.expand,
                part if PARTS.contains(&part) => kind.is_none() && plain && !chain.expand,
                order if ORDERS.contains(&order) => {
                    let part = kind.is_none_or(|kind| PARTS.contains(&kind));
                    part && chain.order.is_none() && plain && !chain.expand
                }
                _ => return Err(format!("unknown modifier `{name}`")),
            };
            if !fits {
                return Err(format!("the modifier `{name}` makes no sense there"));
            }
            match *name {
                "all" => chain.all = true,
                "neq" => chain.neq = true,
                "cased" => chain.cased = true,
                "expand" => chain.expand = true,
                "contains" => chain.position = Some("contains"),
                "startswith" => chain.position = Some("startswith"),
                "endswith" => chain.position = Some("endswith"),
                "i" | "ignorecase" => chain.flags.push('i'),
                "m" | "multiline" => chain.flags.push('m'),
                "s" | "dotall" => chain.flags.push('s'),
                "windash" | "wide" | "utf16" | "utf16le" | "utf16be" | "base64"
                | "base64offset" => chain.steps.push((*name).into()),
                order if ORDERS.contains(&order) && kind.is_some() => {
                    chain.order = Some(order.into());
                }
                kind => chain.kind = Some(kind.into()),
            }
        }
        Ok(chain)
    }
}

// ---- Tests --------------------------------------------------------------------------

/// What one value asks of a field.
enum Test {
    Text(Vec<Token>, bool),
    Matches(Regex),
    Inside(IpNet),
    Order(String, f64),
    Part(String, String, f64),
    Exists(bool),
    Null,
    /// Another field, how, and whether case matters.
    Same(String, Option<&'static str>, bool),
}

/// The tests of one value; any of them will do.
fn tests(field: &str, chain: &Chain, value: &Value, lists: &Lists) -> Result<Vec<Test>, String> {
    let kind = chain.kind.as_deref();
    if field.is_empty() && !matches!(kind, None | Some("re")) {
        return Err("this modifier needs a field".into());
    }
    if kind == Some("exists") {
        let wanted = value.as_bool().ok_or("`exists` takes true or false")?;
        return Ok(vec![Test::Exists(wanted)]);
    }
    if value.is_null() {
        let plain = chain.steps.is_empty() && chain.position.is_none() && !chain.cased;
        return match plain && kind.is_none() && !chain.expand && !field.is_empty() {
            true => Ok(vec![Test::Null]),
            false => Err("null stands for no text".into()),
        };
    }
    let written = text(value).ok_or("a map or a list where a value should be")?;
    // Of what is not a pattern, what is put in for a placeholder stands for itself.
    let written = match (chain.expand, kind) {
        (false, _) => vec![written],
        (true, Some("re")) => expand(&written, lists, &regex::escape)?,
        (true, _) => expand(&written, lists, &str::to_owned)?,
    };
    let mut tests = Vec::new();
    for written in written {
        match kind {
            None => {
                let literal = !value.is_string();
                let keyword = field.is_empty() && chain.position.is_none();
                let position = if keyword {
                    Some("contains")
                } else {
                    chain.position
                };
                if keyword && written.is_empty() {
                    return Err("an empty keyword".into());
                }
                for tokens in patterns(&written, literal, &chain.steps)? {
                    tests.push(Test::Text(place(tokens, position), chain.cased));
                }
            }
            Some("re") => tests.push(Test::Matches(regex(&written, chain)?)),
            Some("cidr") => tests.push(Test::Inside(network(&written, true)?)),
            Some("fieldref") => {
                if parse(&written).iter().any(Token::is_wildcard) {
                    return Err(format!("a wildcard in the field reference `{written}`"));
                }
                tests.push(Test::Same(written, chain.position, chain.cased));
            }
            Some(order) if ORDERS.contains(&order) => {
                let bound = number(&written).ok_or_else(|| format!("`{written}` is no number"))?;
                tests.push(Test::Order(order.into(), bound));
            }
            Some(part) => {
                let whole = written.parse::<u32>().ok();
                let bound = whole.filter(|bound| range(part).contains(bound));
                let bound = bound.ok_or_else(|| format!("`{written}` is no {part}"))?;
                let order = chain.order.clone().unwrap_or("eq".into());
                tests.push(Test::Part(part.into(), order, f64::from(bound)));
            }
        }
    }
    Ok(tests)
}

impl Test {
    fn holds(&self, nodes: &[&Value], event: &Value) -> bool {
        let any = |holds: &dyn Fn(&str) -> bool| texts(nodes).iter().any(|text| holds(text));
        match self {
            Test::Exists(wanted) => nodes.is_empty() != *wanted,
            Test::Null => nodes.is_empty() || nodes.iter().any(|node| node.is_null()),
            // Only `*`: there is something, of whatever kind.
            Test::Text(tokens, _) if is_only_any(tokens) => nodes.iter().any(|n| !n.is_null()),
            Test::Text(tokens, cased) => any(&|text| glob(tokens, &chars(text), *cased)),
            Test::Matches(regex) => any(&|text| regex.is_match(text)),
            Test::Inside(outer) => any(&|text| match (outer, network(text, false)) {
                (IpNet::V4(outer), Ok(IpNet::V4(inner))) => outer.contains(&inner),
                (IpNet::V6(outer), Ok(IpNet::V6(inner))) => outer.contains(&inner),
                _ => false,
            }),
            Test::Order(order, bound) => {
                any(&|text| number(text).is_some_and(|value| compare(order, value, *bound)))
            }
            Test::Part(part, order, bound) => {
                any(&|text| time_part(part, text).is_some_and(|v| compare(order, v, *bound)))
            }
            Test::Same(field, position, cased) => {
                texts(&self::nodes(event, field)).iter().any(|other| {
                    let other = chars(other).into_iter().map(Token::Char).collect();
                    let tokens = place(other, *position);
                    any(&|text| glob(&tokens, &chars(text), *cased))
                })
            }
        }
    }
}

pub fn number(text: &str) -> Option<f64> {
    let number = serde_json::from_str::<Number>(text).ok()?;
    number.as_f64().filter(|_| text.trim() == text)
}

fn compare(order: &str, value: f64, bound: f64) -> bool {
    match order {
        "lt" => value < bound,
        "lte" => value <= bound,
        "gt" => value > bound,
        "gte" => value >= bound,
        _ => value == bound,
    }
}

fn range(part: &str) -> std::ops::RangeInclusive<u32> {
    match part {
        "minute" => 0..=59,
        "hour" => 0..=23,
        "day" => 1..=31,
        "week" => 1..=53,
        "month" => 1..=12,
        _ => 1..=9999,
    }
}

/// A part of a time as it is written, whatever its zone; the week is that of ISO 8601.
fn time_part(part: &str, text: &str) -> Option<f64> {
    let (date, clock) = text.split_once('T')?;
    let clock = clock.split(['Z', 'z', '+', '-']).next()?;
    let time: DateTime = format!("{date}T{clock}").parse().ok()?;
    Some(match part {
        "minute" => f64::from(time.minute()),
        "hour" => f64::from(time.hour()),
        "day" => f64::from(time.day()),
        "week" => f64::from(time.date().iso_week_date().week()),
        "month" => f64::from(time.month()),
        _ => f64::from(time.year()),
    })
}

fn regex(written: &str, chain: &Chain) -> Result<Regex, String> {
    let placed = match chain.position {
        Some("startswith") => format!(r"\A(?:{written})"),
        Some("endswith") => format!(r"(?:{written})\z"),
        _ => written.to_owned(),
    };
    RegexBuilder::new(&placed)
        .case_insensitive(chain.flags.contains('i'))
        .multi_line(chain.flags.contains('m'))
        .dot_matches_new_line(chain.flags.contains('s'))
        .build()
        .map_err(|e| format!("the regex `{written}`: {e}"))
}

/// An address or a network; those of IPv4 inside IPv6 are of IPv4. In a rule no bits
/// may be set behind the prefix.
fn network(text: &str, of_rule: bool) -> Result<IpNet, String> {
    let fault = || format!("`{text}` is no network in CIDR form");
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| fault())?;
    let network = match prefix {
        None => IpNet::from(address),
        Some(prefix) => {
            let bits: u8 = prefix.parse().map_err(|_| fault())?;
            let plain = bits.to_string() == prefix;
            let network = plain.then(|| IpNet::new(address, bits).ok()).flatten();
            network.ok_or_else(fault)?
        }
    };
    if of_rule && network.network() != network.addr() {
        return Err(format!(
            "`{text}` is no network: bits are set behind the prefix"
        ));
    }
    let network = network.trunc();
    if let IpNet::V6(v6) = network
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && v6.prefix_len() >= 96
    {
        return IpNet::new(v4.into(), v6.prefix_len() - 96).map_err(|_| fault());
    }
    Ok(network)
}
