//! The evidence base: on what grounds a report says what it says.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::diagnostic::SourceId;
use crate::finding::{Summary, Suppression, SuppressionKind, counted};
use crate::pack;
use crate::rule::{Origin, Rule, RuleSet};

use super::delivery::Delivery;
use super::{Options, Report, WaiverInForce};

/// Suppressions that are told apart; the findings of others are only counted.
const MOST_WAIVERS: usize = 5_000;

/// On what grounds a report says what it says, beside what the summary holds.
#[derive(Debug)]
pub struct Base {
    /// The embedded rules, where some of them are in force.
    pub pack: Option<Pack>,
    /// How many rules in force the user wrote.
    pub own_rules: u64,
    /// The SHA-256 of all rules that loaded and all lists that are set, whatever their
    /// files are called and in whatever order they stand.
    pub rules_hash: String,
    /// When accounts had events.
    pub delivery: Delivery,
    /// What is accepted, by rule.
    pub waivers: Vec<Waiver>,
    /// Findings that are covered by more suppressions than are told.
    pub other_waived: u64,
}

/// The embedded rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Pack {
    /// Of trailgate, which they are part of.
    pub version: &'static str,
    /// The SHA-256 of their texts.
    pub hash: String,
    /// How many of them are in force.
    pub rules: u64,
}

/// An exception or a waiver.
#[derive(Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The rule whose findings it covers.
    pub rule: String,
    /// What it is.
    pub by: Suppression,
    /// How many findings it covers in this run.
    pub covers: u64,
}

/// Suppressions as they are met.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    all: BTreeMap<String, Vec<(Suppression, u64)>>,
    count: usize,
    others: u64,
}

impl Waivers {
    pub(super) fn cover(&mut self, rule: &str, by: &Suppression) {
        match self.entry(rule, by) {
            Some(covers) => *covers += 1,
            None => self.others += 1,
        }
    }

    /// Takes note of one that may cover nothing.
    fn in_force(&mut self, waiver: &WaiverInForce) {
        let by = &waiver.by;
        let mut met = self.all.values().flatten();
        if met.any(|(known, _)| known == by) {
            return;
        }
        for rule in &waiver.rules {
            self.entry(rule, by);
        }
        if waiver.rules.is_empty() {
            self.entry("any rule", by);
        }
    }

    /// How many findings it covers; `None` where there are too many.
    fn entry(&mut self, rule: &str, by: &Suppression) -> Option<&mut u64> {
        let of_rule = self.all.entry(rule.to_owned()).or_default();
        let at = match of_rule.iter().position(|(known, _)| known == by) {
            Some(at) => at,
            None if self.count >= MOST_WAIVERS => return None,
            None => {
                self.count += 1;
                of_rule.push((by.clone(), 0));
                of_rule.len() - 1
            }
        };
        of_rule.get_mut(at).map(|(_, covers)| covers)
    }
}

impl Base {
    pub(super) fn new(
        set: &RuleSet,
        summary: &Summary,
        mut waivers: Waivers,
        options: &Options,
    ) -> Base {
        let in_force = set.rules.iter();
        let own_rules = in_force.filter(|rule| rule.origin == Origin::User).count() as u64;
        let of_pack = set.rules.len() as u64 - own_rules;
        for rule in &set.rules {
            let exceptions = rule
                .exceptions
                .iter()
                .filter(|exc| !exc.accepted.expired(options.now));
            for exception in exceptions {
                let by = Suppression::by(SuppressionKind::Exception, &exception.accepted);
                waivers.entry(&rule.id.value, &by);
            }
        }
        for waiver in &options.waivers {
            waivers.in_force(waiver);
        }
        Base {
            pack: (of_pack > 0).then(|| Pack {
                version: env!("CARGO_PKG_VERSION"),
                hash: pack_hash(),
                rules: of_pack,
            }),
            own_rules,
            rules_hash: rules_hash(set),
            delivery: Delivery::new(summary),
            other_waived: waivers.others,
            waivers: waivers
                .all
                .into_iter()
                .flat_map(|(rule, all)| {
                    all.into_iter().map(move |(by, covers)| Waiver {
                        rule: rule.clone(),
                        by,
                        covers,
                    })
                })
                .collect(),
        }
    }
}

/// What there is to say beside the summary, each under a name.
pub fn facts(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let (base, summary) = (&report.base, report.summary);
    let planes: Vec<&str> = summary
        .coverage
        .data
        .iter()
        .map(|plane| plane.what())
        .collect();
    let data = match planes.is_empty() {
        true => "none among what was read".to_owned(),
        false => format!("of {}", planes.join(", ")),
    };
    let pack = base.pack.as_ref().map_or("not used".to_owned(), |pack| {
        let rules = counted(pack.rules, "rule");
        format!("{}, {rules} in force, SHA-256 {}", pack.version, pack.hash)
    });
    let own = counted(base.own_rules, "rule");
    vec![
        ("Data events", data),
        ("Rule pack", pack),
        ("Own rules", format!("{own} in force")),
        (
            "All rules",
            format!("with macros and lists, SHA-256 {}", base.rules_hash),
        ),
        ("Made for", report.made_for()),
    ]
}

fn pack_hash() -> String {
    hash_of(pack::rules_files().iter().map(|file| &*file.text))
}

/// Of the texts of all files that rules in force stand in, with the macros that they
/// may use, and the values of lists.
fn rules_hash(set: &RuleSet) -> String {
    let sources = set.sources();
    let mut files: Vec<SourceId> = set.all().map(|rule: &Rule| rule.span.source).collect();
    files.extend(set.definitions.macros.values().map(|m| m.name.span.source));
    files.sort_unstable();
    files.dedup();
    let lists = set.definitions.lists.iter().map(|(name, list)| {
        let values = list.values.iter().flatten().map(|value| &*value.value);
        format!("{name}\0{}", values.collect::<Vec<_>>().join("\0"))
    });
    let mut texts: Vec<String> = files
        .iter()
        .map(|id| sources.text(*id).to_owned())
        .collect();
    texts.extend(lists);
    texts.sort_unstable();
    hash_of(texts.iter().map(String::as_str))
}

/// Each text with its length, so that none runs into the next.
fn hash_of<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}
