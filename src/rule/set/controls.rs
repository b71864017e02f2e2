//! What is known of a rule that does not load.

use crate::rule::model::FrameworkControls;
use crate::yaml::Node;

/// The controls that a rule is for, although it does not load; `None` where they are
/// what is wrong with it.
pub(super) fn written_controls(rule: &Node) -> Option<Vec<FrameworkControls>> {
    let Some(node) = rule.get("controls") else {
        return Some(Vec::new());
    };
    let texts = |node: &Node| match node.as_sequence() {
        Some(items) => items
            .iter()
            .map(|item| item.as_text().map(str::to_owned))
            .collect(),
        None => node.as_text().map(|text| vec![text.to_owned()]),
    };
    let entries = node.as_mapping()?.iter();
    entries
        .map(|entry| {
            Some(FrameworkControls {
                framework: entry.key.value.clone(),
                controls: texts(&entry.value)?,
            })
        })
        .collect()
}
