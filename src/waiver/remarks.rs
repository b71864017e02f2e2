//! What is worth knowing of waivers that are sound: which cover nothing, and which
//! soon will not.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::model::{State, Waiver, Waivers};
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::ExpiredWaiver;

/// A notice of each that ends within 14 days.
pub fn expiring(waivers: &Waivers, now: Timestamp) -> Vec<Diagnostic> {
    let expiring = waivers.all().iter();
    let expiring = expiring.filter(|waiver| waiver.state(now) == State::Expiring);
    expiring.filter_map(|waiver| soon(waiver, now)).collect()
}

fn soon(waiver: &Waiver, now: Timestamp) -> Option<Diagnostic> {
    let ends = waiver.accepted.ends.as_ref()?;
    let hours = ends.value.duration_since(now).as_hours();
    let left = match hours / 24 {
        0 => "within a day".to_owned(),
        1 => "in 1 day".to_owned(),
        days => format!("in {days} days"),
    };
    let owner = &waiver.accepted.owner;
    Some(
        Diagnostic::new(
            Code::WaiverExpires,
            format!("a waiver of {owner} ends {left}"),
        )
        .at(ends.span, "covers no event after this day")
        .help(format!(
            "ask {owner} whether it is still needed: give it a later date, or mend what it covers"
        )),
    )
}

/// Those that cover no event from `now` on.
pub fn expired(waivers: &Waivers, now: Timestamp) -> Vec<ExpiredWaiver> {
    let expired = waivers.all().iter();
    let expired = expired.filter(|waiver| waiver.state(now) == State::Expired);
    expired
        .filter_map(|waiver| {
            let accepted = &waiver.accepted;
            Some(ExpiredWaiver {
                rules: waiver.rules.iter().map(|rule| rule.value.clone()).collect(),
                fingerprint: waiver.fingerprint.clone(),
                owner: accepted.owner.clone(),
                reason: accepted.reason.clone(),
                ticket: accepted.ticket.clone(),
                since: accepted.ends.as_ref()?.value,
            })
        })
        .collect()
}

/// A warning of each that could have covered a finding of this run and did not:
/// `used` are the numbers of those that did, `rules` the ids of those that ran.
pub fn unused(
    waivers: &Waivers,
    used: &BTreeSet<usize>,
    rules: &BTreeSet<&str>,
    now: Timestamp,
) -> Vec<Diagnostic> {
    let could = |waiver: &Waiver| {
        let in_force = matches!(waiver.state(now), State::Active | State::Expiring);
        let of = &waiver.rules;
        in_force && (of.is_empty() || of.iter().any(|rule| rules.contains(rule.value.as_str())))
    };
    let numbered = waivers.all().iter().enumerate();
    numbered
        .filter(|(number, waiver)| !used.contains(number) && could(waiver))
        .map(|(_, waiver)| {
            let owner = &waiver.accepted.owner;
            Diagnostic::new(Code::UnusedWaiver, format!("a waiver of {owner} covers no finding of this run"))
                .at(waiver.span, "not used")
                .help("take it away if what it covers is mended; one that hides nothing today may hide too much tomorrow")
        })
        .collect()
}
