//! What is kept of events for correlations: the same for all that one is a part of.

use std::collections::BTreeMap;

use super::load::Loader;
use crate::rule::kept::Kept;

impl Loader {
    /// What others read of a correlation's findings is kept by that correlation too.
    /// (The last rules are about those before them.)
    pub(super) fn keep_for_others(&mut self) {
        for index in (0..self.set.rules.len()).rev() {
            let (before, from) = self.set.rules.split_at_mut(index);
            let Some(correlation) = from.first().and_then(|rule| rule.correlation.as_ref()) else {
                continue;
            };
            for child in correlation.correlations() {
                let own = before
                    .iter_mut()
                    .find(|rule| rule.id.value == child.id.value);
                let own = own.and_then(|rule| rule.correlation.as_mut());
                if let (Some(own), Some(copy)) = (own, &child.correlation) {
                    own.keep_too(&copy.kept);
                }
            }
        }
        // It is the same rule wherever it is named: what is kept tells events apart.
        let rules = self.set.rules.iter();
        let kept = rules.filter_map(|rule| {
            let correlation = rule.correlation.as_ref()?;
            Some((rule.id.value.clone(), correlation.kept.clone()))
        });
        let kept: BTreeMap<String, Kept> = kept.collect();
        let rules = self.set.rules.iter_mut();
        for correlation in rules.filter_map(|rule| rule.correlation.as_mut()) {
            correlation.keep_as(&kept);
        }
    }

    /// What all correlations read of an event, for them to be given no more.
    pub(super) fn kept(&self) -> Option<Kept> {
        let correlations = self
            .set
            .rules
            .iter()
            .filter_map(|rule| rule.correlation.as_ref());
        let kept = correlations.map(|correlation| &correlation.kept);
        kept.fold(None, |all: Option<Kept>, kept| {
            let mut all = all.unwrap_or_default();
            all.join(kept);
            Some(all)
        })
    }
}
