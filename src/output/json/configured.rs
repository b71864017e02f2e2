//! What tools read of the configuration's part in a run.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::finding::{ChangedRule, Expected, OffRule};

/// A rule that the configuration switches off.
#[derive(Serialize)]
pub(super) struct OffObject<'a> {
    id: &'a str,
    reason: &'a str,
    place: &'a str,
}

/// A rule that the configuration gives another severity.
#[derive(Serialize)]
pub(super) struct ChangedObject<'a> {
    id: &'a str,
    severity: &'static str,
    written: &'static str,
    reason: &'a str,
    place: &'a str,
}

/// What had to send events; where nothing is expected, absent.
#[derive(Serialize)]
pub(super) struct ExpectedObject<'a> {
    expected: &'a [String],
    silent: Vec<&'a str>,
    held: bool,
}

pub(super) fn expected(expected: &Expected) -> BTreeMap<&'static str, ExpectedObject<'_>> {
    let kinds = expected.0.iter().map(|(kind, of)| {
        let object = ExpectedObject {
            expected: &of.expected,
            silent: of.silent.iter().map(|one| one.id.as_str()).collect(),
            held: of.held,
        };
        (kind.plural(), object)
    });
    kinds.collect()
}

pub(super) fn off(rules: &[OffRule]) -> Vec<OffObject<'_>> {
    let objects = rules.iter().map(|rule| OffObject {
        id: &rule.id,
        reason: &rule.reason,
        place: &rule.place,
    });
    objects.collect()
}

pub(super) fn changed(rules: &[ChangedRule]) -> Vec<ChangedObject<'_>> {
    let objects = rules.iter().map(|rule| ChangedObject {
        id: &rule.id,
        severity: rule.severity.name(),
        written: rule.written.name(),
        reason: &rule.reason,
        place: &rule.place,
    });
    objects.collect()
}
