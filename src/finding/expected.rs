//! What had to send events, and what of it did not.

use std::collections::BTreeMap;

use super::counted::counted;

/// How many silent sources a reason names.
const NAMED: usize = 20;

/// A kind of what sends events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// An account.
    Account,
    /// A region.
    Region,
    /// A trail, by where its files are.
    Trail,
}

impl SourceKind {
    /// The word for one.
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Account => "account",
            SourceKind::Region => "region",
            SourceKind::Trail => "trail",
        }
    }

    /// The word for several, in outputs.
    pub fn plural(self) -> &'static str {
        match self {
            SourceKind::Account => "accounts",
            SourceKind::Region => "regions",
            SourceKind::Trail => "trails",
        }
    }
}

/// What a run was to hear of, by kind; kinds without any are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected(pub BTreeMap<SourceKind, ExpectedSources>);

/// The sources of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedSources {
    /// Those that were asked about.
    pub expected: Vec<String>,
    /// Those of them that sent no event.
    pub silent: Vec<Silent>,
    /// Whether they were looked for: not where a run asks about a part of what
    /// they sent.
    pub held: bool,
}

/// A source that sent no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// The account's id, the region, or the place of the trail.
    pub id: String,
    /// The same with what it is called.
    pub shown: String,
}

impl Expected {
    /// Why a run fails for it.
    pub(super) fn reasons(&self) -> impl Iterator<Item = String> {
        let silent = self.0.iter().filter(|(_, of)| !of.silent.is_empty());
        silent.map(|(kind, of)| {
            let named: Vec<&str> = of.silent.iter().map(|one| one.shown.as_str()).collect();
            let (named, rest) = named.split_at(named.len().min(NAMED));
            let more = match rest.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!(
                "{} of {} sent no event: {}{more}",
                of.silent.len(),
                counted(
                    of.expected.len() as u64,
                    &format!("expected {}", kind.name())
                ),
                named.join(", "),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_counts_all_and_names_some() {
        let silent = |number: usize| Silent {
            id: number.to_string(),
            shown: format!("{number} (payments)"),
        };
        let mut expected = Expected::default();
        let accounts = ExpectedSources {
            expected: (0..30).map(|number| number.to_string()).collect(),
            silent: (0..22).map(silent).collect(),
            held: true,
        };
        expected.0.insert(SourceKind::Account, accounts);
        let reasons: Vec<_> = expected.reasons().collect();
        assert_eq!(reasons.len(), 1);
        assert!(
            reasons[0].starts_with("22 of 30 expected accounts sent no event: 0 (payments), 1")
        );
        assert!(reasons[0].ends_with("19 (payments) and 2 more"));
    }
}
