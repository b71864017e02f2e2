//! What stands around a detection: level, tags, and whose work it is.

use crate::diagnostic::Spanned;
use crate::rule::{FrameworkControls, Severity, is_technique};
use crate::yaml::{Entry, Fields, Node, get};

use super::Lowering;

/// The tags of a rule, by what they say.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// The others, as they are written.
    pub tags: Vec<String>,
    /// ATT&CK techniques, as `T1078.004`.
    pub attack: Vec<Spanned<String>>,
    /// Controls of frameworks that are known.
    pub controls: Vec<FrameworkControls>,
}

impl Lowering<'_, '_> {
    /// The level as a severity. A rule that says none is looked at like any other: it
    /// is `medium`, which is reported, and fails no run by default.
    pub(super) fn level(&mut self, entries: &[Entry]) -> Option<Severity> {
        let Some(node) = get(entries, "level").filter(|node| !node.is_null()) else {
            return Some(Severity::Medium);
        };
        const LEVELS: [(&str, Severity); 5] = [
            ("informational", Severity::Info),
            ("low", Severity::Low),
            ("medium", Severity::Medium),
            ("high", Severity::High),
            ("critical", Severity::Critical),
        ];
        self.word(node, "`level`", &LEVELS)
    }

    pub(super) fn tags(&mut self, entries: &[Entry]) -> Tags {
        let mut tags = Tags::default();
        for tag in self.optional_texts(entries, "tags") {
            if let Some(technique) = technique(&tag.value) {
                tags.attack.push(Spanned::new(technique, tag.span));
            } else if let Some((framework, control)) = self.control(&tag.value) {
                let known = tags.controls.iter_mut();
                match known.into_iter().find(|of| of.framework == framework) {
                    Some(of) => of.controls.push(control),
                    None => tags.controls.push(FrameworkControls {
                        framework,
                        controls: vec![control],
                    }),
                }
            } else {
                tags.tags.push(tag.value);
            }
        }
        tags
    }

    /// The control that a tag names: a framework that is known, written with dots or
    /// dashes, and one of its controls: `cis.aws.5.0.4.1`.
    fn control(&self, tag: &str) -> Option<(String, String)> {
        let frameworks = &self.base.definitions().frameworks;
        let same = |a: &str, b: &str| {
            a.len() == b.len()
                && a.chars().zip(b.chars()).all(|(a, b)| {
                    let plain = |c: char| if c == '-' || c == '_' { '.' } else { c };
                    plain(a) == plain(b)
                })
        };
        frameworks.iter().find_map(|(name, definition)| {
            let (framework, control) = (tag.get(..name.len())?, tag.get(name.len()..)?);
            let id = control.strip_prefix(['.', '-', '_'])?;
            let known = definition.controls.iter();
            let known = known.map(|control| control.id.as_str());
            let id = known
                .into_iter()
                .find(|known| known.eq_ignore_ascii_case(id))?;
            same(framework, name).then(|| (name.clone(), id.to_owned()))
        })
    }

    pub(super) fn optional_texts(&mut self, entries: &[Entry], key: &str) -> Vec<Spanned<String>> {
        let node = get(entries, key).filter(|node| !node.is_null());
        match node {
            Some(node) => {
                let one = std::slice::from_ref(node);
                let items = node.as_sequence().unwrap_or(one);
                // Nothing is lost of a blank.
                let said = items.iter().filter(|item| !is_blank(item));
                said.filter_map(|item| self.spanned_text(item, &format!("`{key}`")))
                    .collect()
            }
            None => Vec::new(),
        }
    }

    /// The description, and what Sigma has beside it for who meets a finding.
    pub(super) fn description(&mut self, entries: &[Entry]) -> Option<String> {
        let own = self.optional(entries, "description");
        let own = own.map(|text| text.value.trim_end().to_owned());
        let benign = self.optional_texts(entries, "falsepositives");
        if benign.is_empty() {
            return own;
        }
        let mut text = own.map_or(String::new(), |own| format!("{own}\n\n"));
        text.push_str("Known false positives:");
        for case in benign {
            text.push_str(&format!("\n- {}", case.value.trim()));
        }
        Some(text)
    }
}

/// Whether nothing stands there, as in a template that was not filled in.
pub(super) fn is_blank(node: &Node) -> bool {
    node.is_null() || node.as_text().is_some_and(|text| text.trim().is_empty())
}

/// The technique that a tag such as `attack.t1078.004` names.
fn technique(tag: &str) -> Option<String> {
    let (space, id) = tag.split_at_checked("attack.".len())?;
    let id = id.to_ascii_uppercase();
    (space.eq_ignore_ascii_case("attack.") && is_technique(&id)).then_some(id)
}
