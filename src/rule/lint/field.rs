//! What is known of a field from its selector alone.

use crate::event::catalogue::{FieldKind, kind_of};

use super::super::selector::{Path, Root, Selector, Step};

/// Names the field, whatever way its selector is written. A name in a JSONPath
/// is the key of a dotted path where no array can stand on the way.
pub(super) fn place(selector: &Selector) -> String {
    match &selector.path {
        Path::Steps(steps) => match names(selector).filter(|_| is_single(selector)) {
            Some(names) => format!("{names:?}"),
            None => format!("{:?}{steps:?}", selector.root),
        },
        Path::Query(_) => selector.text.clone(),
    }
}

/// The names on the way from the event's root, where there are only names.
pub(super) fn names(selector: &Selector) -> Option<Vec<&str>> {
    let (Root::Event, Path::Steps(steps)) = (selector.root, &selector.path) else {
        return None;
    };
    steps
        .iter()
        .map(|step| match step {
            Step::Key(name) | Step::Member(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

/// Whether the field is the one of these names.
pub(super) fn is(selector: &Selector, path: &str) -> bool {
    names(selector).is_some_and(|names| names.iter().copied().eq(path.split('.')))
}

/// Whether the selector yields one node at most: no array can stand on its way.
pub(super) fn is_single(selector: &Selector) -> bool {
    let Path::Steps(steps) = &selector.path else {
        return false;
    };
    if steps.contains(&Step::Wildcard) {
        return false;
    }
    if !steps.iter().any(|step| matches!(step, Step::Key(_))) {
        return true;
    }
    let Some(names) = names(selector) else {
        return false;
    };
    (1..names.len()).all(|end| kind_of(&names[..end]) == Some(FieldKind::Object))
}

/// The kind of a fixed field that holds one scalar.
pub(super) fn scalar_kind(selector: &Selector) -> Option<FieldKind> {
    let kind = kind_of(&names(selector)?)?;
    let scalar = matches!(kind, FieldKind::String | FieldKind::Boolean);
    (scalar && is_single(selector)).then_some(kind)
}

/// The scalar field that the selector looks inside of, where nothing can be.
pub(super) fn scalar_above(selector: &Selector) -> Option<String> {
    let names = selector.catalogue_keys();
    let end = (1..names.len()).find(|&end| {
        matches!(
            kind_of(&names[..end]),
            Some(FieldKind::String | FieldKind::Boolean)
        )
    })?;
    Some(names[..end].join("."))
}
