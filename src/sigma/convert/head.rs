//! What stands around `match`: what a rule is called, whose it is, what it was made
//! from, and its tests.

use crate::rule::{Foreign, Rule};
use crate::yaml::{Entry, Node, get};

use super::super::Logsource;
use super::super::metadata::is_blank;
use super::Base;
use super::layout::Yaml;
use super::word::{verbatim, word};

/// The keys of a Sigma rule that are written, or that say nothing of their own.
const TAKEN: [&str; 21] = [
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
    "correlation",
    "generate",
    "falsepositives",
    "level",
    "tags",
    "tests",
    "lists",
    "macros",
    "trailgate",
];

type Entries = Vec<(String, Yaml)>;

/// The entries before `match`, in the order of the documentation.
#[derive(Default)]
struct Head {
    entries: Entries,
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

/// What stands before `match`, or `steps`, which is made of other rules too.
pub(super) fn before(rule: &Rule, foreign: Foreign<'_>, bases: &[Base<'_>]) -> Entries {
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
    let mut derived_from = derived_from(rule, foreign);
    for line in bases.iter().flat_map(credits) {
        // A filter may narrow several of them.
        if !derived_from.contains(&line) {
            derived_from.push(line);
        }
    }
    match derived_from.as_slice() {
        [only] => head.word("derived_from", only),
        several => head.texts("derived_from", several),
    }
    head.entries
}

/// What stands behind it: additions of trailgate, as they are.
pub(super) fn behind(node: &Node) -> Entries {
    let tests = tests(node).into_iter();
    tests.chain(definitions(&[node])).collect()
}

/// Its tests.
pub(super) fn tests(node: &Node) -> Option<(String, Yaml)> {
    Some(("tests".to_owned(), verbatim(node.get("tests")?)))
}

/// The macros and lists of documents.
pub(super) fn definitions(nodes: &[&Node]) -> Entries {
    let keys = ["macros", "lists"].into_iter();
    let parts = keys.filter_map(|key| {
        let parts = nodes.iter().filter_map(|node| node.get(key)).map(verbatim);
        let entries: Entries = parts
            .filter_map(|part| match part {
                Yaml::Map(entries) => Some(entries),
                _ => None,
            })
            .flatten()
            .collect();
        (!entries.is_empty()).then(|| (key.to_owned(), Yaml::Map(entries)))
    });
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
    if node.get("correlation").is_none() && !Logsource::of(node).is_cloudtrail() {
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
    let what = match foreign.named {
        Some(_) => "Sigma correlation",
        None => "Sigma rule",
    };
    let mut line = match has_own_id(foreign.node) {
        true => format!("{what} {}", rule.id.value),
        false => format!("{what} `{}`", rule.title),
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

/// An id that was made of the title names nothing elsewhere.
fn has_own_id(node: &Node) -> bool {
    let mut entries = node.as_mapping().unwrap_or_default().iter();
    let id = entries.find(|entry| entry.key.value == "id");
    id.is_some_and(|id| id.key.span != id.value.span)
}

/// Which rule stands in a correlation and whose it is, with its filters.
fn credits(base: &Base<'_>) -> Vec<String> {
    let (rule, foreign) = (base.rule, base.foreign);
    let mut line = format!("Sigma rule `{}`", rule.title);
    if has_own_id(foreign.node) {
        line.push_str(&format!(" {}", rule.id.value));
    }
    if !rule.attribution.authors.is_empty() {
        line.push_str(&format!(" by {}", rule.attribution.authors.join(", ")));
    }
    if let Some(license) = &rule.attribution.license {
        line.push_str(&format!(", licence {license}"));
    }
    let filters = foreign.filters.iter().map(super::super::Filter::credit);
    std::iter::once(line).chain(filters).collect()
}
