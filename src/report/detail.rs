//! The event of a finding as the page shows it: JSON that keeps what JavaScript's own
//! objects would change.
//!
//! A text stands for itself. All else is an array whose first element says what it is:
//! `["v", "1e400"]` a number, boolean or null as it is written, `["a", ...]` an array,
//! `["o", key, value, key, value, ...]` an object in the order of the log, and
//! `["m", number, value]` a value that matched, with the number of its field.

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::Value;

use crate::diagnostic::{SourceMap, Span};
use crate::finding::{FieldEvidence, Finding};
use crate::reference::PathStep;

use super::together::Together;

/// Past this many characters a quoted clause is cut: one may hold a long list.
const LONGEST_CLAUSE: usize = 400;

#[derive(Serialize)]
struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    together: Option<Together<'a>>,
    fields: Vec<Field<'a>>,
    event: Shown<'a>,
}

/// A field that matched, and what asked for it.
#[derive(Serialize)]
struct Field<'a> {
    path: String,
    missing: bool,
    file: &'a str,
    line: usize,
    clause: String,
}

/// The fields that matched and the masked event, as JSON.
pub(super) fn detail(finding: &Finding, sources: &SourceMap) -> Box<str> {
    let marks: Vec<Vec<&PathStep>> = finding.fields.iter().map(plain_steps).collect();
    let together = finding.correlation.as_deref();
    let detail = Detail {
        together: together.map(|events| Together::new(events, &finding.place, sources)),
        fields: finding.fields.iter().map(|f| field(f, sources)).collect(),
        event: Shown {
            value: finding.shown.value(),
            marks: marks.iter().map(Vec::as_slice).enumerate().collect(),
        },
    };
    // Nothing of it can fail: keys are texts, and the writer is memory.
    serde_json::to_string(&detail).unwrap_or_default().into()
}

fn field<'a>(field: &'a FieldEvidence, sources: &'a SourceMap) -> Field<'a> {
    Field {
        path: field.path.to_string(),
        missing: field.value.is_none(),
        file: sources.name(field.clause.source),
        line: sources.position(field.clause).line,
        clause: quoted(field.clause, sources),
    }
}

pub(super) fn quoted(clause: Span, sources: &SourceMap) -> String {
    let text = sources.slice(clause);
    match text.char_indices().nth(LONGEST_CLAUSE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The steps in the shown event, where documents in strings are opened.
fn plain_steps(field: &FieldEvidence) -> Vec<&PathStep> {
    let steps = field.path.steps.iter();
    steps.filter(|step| **step != PathStep::Decoded).collect()
}

/// A value, and which fields are at or below it.
struct Shown<'a> {
    value: &'a Value,
    marks: Vec<(usize, &'a [&'a PathStep])>,
}

impl<'a> Shown<'a> {
    fn below(&self, value: &'a Value, is_step: impl Fn(&PathStep) -> bool) -> Shown<'a> {
        let marks = self.marks.iter().filter_map(|(number, steps)| {
            let (first, rest) = steps.split_first()?;
            is_step(first).then_some((*number, rest))
        });
        Shown {
            value,
            marks: marks.collect(),
        }
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(at) = self.marks.iter().position(|(_, steps)| steps.is_empty()) {
            let mut marks = self.marks.clone();
            let (number, _) = marks.remove(at);
            let value = self.value;
            return ("m", number, Shown { value, marks }).serialize(serializer);
        }
        match self.value {
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len() + 1))?;
                seq.serialize_element("a")?;
                for (index, item) in items.iter().enumerate() {
                    let is_step = |step: &PathStep| *step == PathStep::Index(index);
                    seq.serialize_element(&self.below(item, is_step))?;
                }
                seq.end()
            }
            Value::Object(members) => {
                let mut seq = serializer.serialize_seq(Some(members.len() * 2 + 1))?;
                seq.serialize_element("o")?;
                for (key, member) in members {
                    let is_step = |step: &PathStep| matches!(step, PathStep::Key(k) if k == key);
                    seq.serialize_element(key)?;
                    seq.serialize_element(&self.below(member, is_step))?;
                }
                seq.end()
            }
            plain => ("v", plain.to_string()).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::testing::scan;
    use serde_json::json;

    #[test]
    fn matched_fields_are_marked_also_in_opened_documents_and_nothing_is_changed() {
        let rule = "id: a\ntitle: A\nseverity: low\nmatch:\n  n: 12345678901234567890\n  \
            list.name: x\n  policy: {json: {Effect: Allow}}\n  gone: {exists: false}\n";
        let event = json!({
            "7": null, "n": 12345678901234567890u64, "__proto__": {"a": true},
            "list": [{"name": "y"}, {"name": "x"}],
            "policy": "{\"Effect\":\"Allow\"}",
        });
        let (findings, sources) = scan(rule, &[event]);
        let detail: Value = serde_json::from_str(&detail(&findings[0], &sources)).unwrap();
        assert_eq!(
            detail["event"],
            json!([
                "o",
                "7",
                ["v", "null"],
                "n",
                ["m", 0, ["v", "12345678901234567890"]],
                "__proto__",
                ["o", "a", ["v", "true"]],
                "list",
                ["a", ["o", "name", "y"], ["o", "name", ["m", 1, "x"]]],
                "policy",
                ["o", "Effect", ["m", 2, "Allow"]],
            ])
        );
        let fields = detail["fields"].as_array().unwrap();
        let told: Vec<_> = fields
            .iter()
            .map(|f| (f["path"].as_str().unwrap(), f["missing"].as_bool().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                ("n", false),
                ("list[1].name", false),
                ("policy|json|Effect", false),
                ("gone", true)
            ]
        );
        assert_eq!(fields[0]["line"], 5);
    }
}
