//! What stands around `match`: what a rule is called, whose it is, what it was made
//! from, and its tests.

use crate::rule::{Foreign, Rule};
use crate::yaml::{Entry, Node, get};

use super::super::Logsource;
use super::super::metadata::is_blank;
use super::layout::Yaml;
use super::word::{verbatim, word};

/// The keys of a Sigma rule that are written, or that say nothing of their own.
const TAKEN: [&str; 19] = [
    "title",
    "id",
    "related",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "detection",
    "falsepositives",
    "level",
    "tags",
    "tests",
    "lists",
    "macros",
    "trailgate",
];

/// The entries before `match`, in the order of the documentation.
#[derive(Default)]
struct Head {
    entries: Vec<(String, Yaml)>,
}

impl Head {
    fn put(&mut self, key: &str, value: Yaml) {
        self.entries.push((key.to_owned(), value));
    }

    fn word(&mut self, key: &str, text: &str) {
        self.put(key, Yaml::Word(word(text)));
    }

    fn texts<'t>(&mut self, key: &str, texts: impl IntoIterator<Item = &'t String>) {
        let texts: Vec<Yaml> = texts
            .into_iter()
            .map(|text| Yaml::Word(word(text)))
            .collect();
        if !texts.is_empty() {
            self.put(key, Yaml::List(texts));
        }
    }
}

/// What stands before `match`.
pub(super) fn before(rule: &Rule, foreign: Foreign<'_>) -> Vec<(String, Yaml)> {
    let references = rule.references.iter();
    let (links, others): (Vec<&String>, Vec<&String>) =
        references.partition(|text| is_address(text));
    let mut head = Head::default();
    head.word("id", &rule.id.value);
    head.word("title", &rule.title);
    head.word("severity", rule.severity.name());
    if let Some(text) = description(rule, &others) {
        head.put("description", Yaml::Prose(text));
    }
    head.texts("references", links);
    head.texts("tags", &rule.tags);
    head.texts("attack", &rule.attack);
    if !rule.controls.is_empty() {
        let controls = rule.controls.iter().map(|of| {
            let ids = of.controls.iter().map(|id| Yaml::Word(control(id)));
            (word(&of.framework), Yaml::List(ids.collect()))
        });
        head.put("controls", Yaml::Block(controls.collect()));
    }
    head.texts("authors", &rule.attribution.authors);
    if let Some(license) = &rule.attribution.license {
        head.word("license", license);
    }
    match derived_from(rule, foreign).as_slice() {
        [only] => head.word("derived_from", only),
        several => head.texts("derived_from", several),
    }
    head.entries
}

/// What stands behind it: additions of trailgate, as they are.
pub(super) fn behind(node: &Node) -> Vec<(String, Yaml)> {
    let keys = ["tests", "macros", "lists"].into_iter();
    let parts = keys.filter_map(|key| Some((key.to_owned(), verbatim(node.get(key)?))));
    parts.collect()
}

/// The keys that a native rule has no place for.
pub(super) fn left_out(node: &Node) -> Vec<String> {
    let entries = node.as_mapping().unwrap_or_default();
    let says = |entry: &&Entry| {
        let key = entry.key.value.as_str();
        let usual = key == "taxonomy" && entry.value.as_text() == Some("sigma");
        !TAKEN.contains(&key) && !usual && !is_blank(&entry.value)
    };
    let mut left: Vec<String> = entries
        .iter()
        .filter(says)
        .map(|entry| entry.key.value.clone())
        .collect();
    if !Logsource::of(node).is_cloudtrail() {
        left.push("logsource".to_owned());
    }
    left
}

/// What the rule says of itself, with references that are no web addresses.
fn description(rule: &Rule, references: &[&String]) -> Option<String> {
    let own = rule.description.clone();
    if references.is_empty() {
        return own;
    }
    let mut text = own.map_or(String::new(), |own| format!("{own}\n\n"));
    text.push_str("References:");
    for reference in references {
        text.push_str(&format!("\n- {}", reference.trim()));
    }
    Some(text)
}

/// Native references are whole web addresses.
fn is_address(reference: &str) -> bool {
    reference.starts_with("https://") || reference.starts_with("http://")
}

/// Ids of controls are numbers to other readers of YAML: `4.10`.
fn control(id: &str) -> String {
    match id.starts_with(|c: char| c.is_ascii_digit()) {
        true => crate::draft::yaml::quoted(id),
        false => word(id),
    }
}

/// The rule itself, those that it is related to, and the filters that narrow it.
fn derived_from(rule: &Rule, foreign: Foreign<'_>) -> Vec<String> {
    let entries = foreign.node.as_mapping().unwrap_or_default();
    let said = |key: &str| {
        let text = get(entries, key).and_then(Node::as_text).map(str::trim);
        text.filter(|text| !text.is_empty())
    };
    // An id that was made of the title names nothing elsewhere.
    let own_id = entries.iter().find(|entry| entry.key.value == "id");
    let made = own_id.is_none_or(|id| id.key.span == id.value.span);
    let mut line = match made {
        true => format!("Sigma rule `{}`", rule.title),
        false => format!("Sigma rule {}", rule.id.value),
    };
    if let Some(date) = said("date") {
        line.push_str(&format!(" of {date}"));
    }
    if let Some(modified) = said("modified") {
        line.push_str(&format!(", modified {modified}"));
    }
    if let Some(status) = said("status") {
        line.push_str(&format!(", status {status}"));
    }
    let mut lines = vec![line];
    let related = get(entries, "related").and_then(Node::as_sequence);
    for other in related.unwrap_or_default() {
        let part = |key: &str| other.get(key).and_then(Node::as_text).map(str::trim);
        if let Some(id) = part("id") {
            let how = part("type").unwrap_or("related");
            lines.push(format!("related to Sigma rule {id} ({how})"));
        }
    }
    lines.extend(foreign.filters.iter().map(super::super::Filter::credit));
    lines
}
