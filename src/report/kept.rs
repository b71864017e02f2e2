//! The findings that a report keeps: the worst, and of the worst of them the events.

use std::collections::HashMap;
use std::mem;

use jiff::Timestamp;

use crate::diagnostic::SourceMap;
use crate::finding::{Finding, Integrity, Recurrence, Suppression};
use crate::rule::Severity;

use super::counts::Standing;
use super::detail::detail;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Findings.
    pub findings: usize,
    /// Events of findings.
    pub events: usize,
    /// Bytes of all those events, as JSON.
    pub event_bytes: usize,
    /// Bytes of one event.
    pub longest_event: usize,
}

impl Keep {
    /// Nothing: for reports that only count.
    pub const NOTHING: Keep = Keep {
        findings: 0,
        events: 0,
        event_bytes: 0,
        longest_event: 0,
    };

    /// What a page can show without growing heavy.
    pub const PAGE: Keep = Keep {
        findings: 20_000,
        events: 2_000,
        event_bytes: 12 << 20,
        longest_event: 256 << 10,
    };
}

/// Characters of one text that are kept of a finding.
const LONGEST: usize = 400;

/// A finding that is kept.
#[derive(Debug)]
pub struct Row {
    /// Names it in links: its fingerprint, and a number where there are several.
    pub anchor: String,
    /// The rule's id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How it stands.
    pub standing: Standing,
    /// What happened.
    pub message: String,
    /// When; as the record has it where that is no time.
    pub time: Option<String>,
    /// `eventName`.
    pub name: Option<String>,
    /// `eventSource`.
    pub source: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// What the configuration calls it: name and environment.
    pub account_label: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Who acted.
    pub principal: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// The refusal, if it was one.
    pub error: Option<String>,
    /// `eventID`.
    pub event_id: Option<String>,
    /// Where it was read.
    pub place: String,
    /// What vouches for the file.
    pub integrity: Option<Integrity>,
    /// What covers it.
    pub covered: Option<Suppression>,
    /// Of a finding about several events, which, and what was asked of them.
    pub together: Option<String>,
    /// When an earlier run saw it first.
    pub first_seen: Option<Timestamp>,
    /// The fields that matched and the event, as JSON; `None` where that is more than
    /// is kept.
    pub detail: Option<Box<str>>,
}

/// The findings of a [`super::Report`].
#[derive(Debug, Default)]
pub struct Findings {
    /// Those kept: those that count first, then by severity, then in the order they
    /// came.
    pub rows: Vec<Row>,
    /// How many more there are.
    pub more: u64,
    /// How many rows are without their event.
    pub without_event: u64,
}

/// Ranks of findings: five severities, twice.
const RANKS: usize = 10;

/// Takes findings and lets go of the mildest.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    keep: Keep,
    sources: &'a SourceMap,
    /// By rank, the best first.
    rows: [Vec<Row>; RANKS],
    more: u64,
    /// By rank, which rows have their event, the latest last.
    events: [Vec<usize>; RANKS],
    event_bytes: usize,
}

impl<'a> Kept<'a> {
    pub(super) fn new(keep: Keep, sources: &'a SourceMap) -> Self {
        Kept {
            keep,
            sources,
            rows: Default::default(),
            more: 0,
            events: Default::default(),
            event_bytes: 0,
        }
    }

    pub(super) fn take(&mut self, finding: &Finding) {
        let standing = Standing::of(finding);
        let rank = rank(finding.severity, standing);
        let all: usize = self.rows.iter().map(Vec::len).sum();
        if all >= self.keep.findings && !self.drop_below(rank) {
            self.more += 1;
            return;
        }
        let place = self.rows[rank].len();
        let detail = self.event(finding, rank, place);
        self.rows[rank].push(row(finding, standing, detail));
    }

    /// Lets go of the last of the mildest finding, if it is milder.
    fn drop_below(&mut self, rank: usize) -> bool {
        let mildest = self.rows.iter().position(|rows| !rows.is_empty());
        let Some(mildest) = mildest.filter(|mildest| *mildest < rank) else {
            return false;
        };
        if let Some(row) = self.rows[mildest].pop() {
            if let Some(detail) = row.detail {
                self.events[mildest].pop();
                self.event_bytes -= detail.len();
            }
            self.more += 1;
        }
        true
    }

    /// The event of a finding, if there is room for it or for it is made.
    fn event(&mut self, finding: &Finding, rank: usize, place: usize) -> Option<Box<str>> {
        if self.events_are_full(0) && !self.has_milder_event(rank) {
            return None;
        }
        let detail = detail(finding, self.sources);
        if detail.len() > self.keep.longest_event {
            return None;
        }
        while self.events_are_full(detail.len()) {
            if !self.has_milder_event(rank) {
                return None;
            }
            self.drop_mildest_event();
        }
        self.event_bytes += detail.len();
        self.events[rank].push(place);
        Some(detail)
    }

    fn events_are_full(&self, bytes: usize) -> bool {
        let count: usize = self.events.iter().map(Vec::len).sum();
        count >= self.keep.events || self.event_bytes + bytes > self.keep.event_bytes
    }

    fn has_milder_event(&self, rank: usize) -> bool {
        self.events[..rank].iter().any(|events| !events.is_empty())
    }

    fn drop_mildest_event(&mut self) {
        let ranks = self.events.iter_mut().zip(&mut self.rows);
        let dropped = ranks
            .filter_map(|(events, rows)| rows.get_mut(events.pop()?)?.detail.take())
            .next();
        self.event_bytes -= dropped.map_or(0, |detail| detail.len());
    }

    pub(super) fn finish(&mut self) -> Findings {
        let ranks = mem::take(&mut self.rows);
        let mut rows: Vec<Row> = ranks.into_iter().rev().flatten().collect();
        let mut names: HashMap<String, u64> = HashMap::new();
        for row in &mut rows {
            let count = names.entry(row.anchor.clone()).or_default();
            *count += 1;
            if *count > 1 {
                row.anchor.push_str(&format!("-{count}"));
            }
        }
        Findings {
            without_event: rows.iter().filter(|row| row.detail.is_none()).count() as u64,
            rows,
            more: self.more,
        }
    }
}

/// Those that count are above all that do not; the best has the highest.
fn rank(severity: Severity, standing: Standing) -> usize {
    let counts = matches!(standing, Standing::New | Standing::Open);
    usize::from(counts) * Severity::ALL.len() + severity as usize
}

fn row(finding: &Finding, standing: Standing, detail: Option<Box<str>>) -> Row {
    let event = &finding.event;
    let time = event.time.map(|time| time.to_string());
    let label = finding.account_label.as_ref().and_then(|label| {
        let parts = [&label.name, &label.environment];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    });
    Row {
        anchor: finding.fingerprint.chars().take(16).collect(),
        rule: finding.rule.clone(),
        severity: finding.severity,
        standing,
        message: cut(&finding.message),
        time: time.or_else(|| event.time_text.as_deref().map(cut)),
        name: event.name.as_deref().map(cut),
        source: event.source.as_deref().map(cut),
        account: event.account.as_deref().map(cut),
        account_label: label.as_deref().map(cut),
        region: event.region.as_deref().map(cut),
        principal: event.principal.as_deref().map(cut),
        address: event.source_address.as_deref().map(cut),
        error: event.error_code.as_deref().map(cut),
        event_id: event.id.as_deref().map(cut),
        place: finding.place.to_string(),
        integrity: finding.integrity,
        covered: finding.suppressed.clone(),
        first_seen: match finding.recurrence {
            Some(Recurrence::Again { first_seen, .. }) => Some(first_seen),
            _ => None,
        },
        together: finding
            .correlation
            .as_ref()
            .map(|events| cut(&events.in_brief())),
        detail,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::testing::{event, finding, rules};
    use proptest::prelude::*;

    const RULE: &str = "id: a\ntitle: A\nseverity: low\nmatch: {awsRegion: {exists: true}}\n";

    fn kept(severities: &[Severity], keep: Keep) -> Findings {
        let set = rules(RULE);
        let found = finding(&set.rules[0], &event(), 1);
        let mut kept = Kept::new(keep, set.sources());
        for (severity, record) in severities.iter().zip(1..) {
            let mut found = found.clone();
            found.severity = *severity;
            found.place.record = record;
            kept.take(&found);
        }
        kept.finish()
    }

    fn severity() -> impl Strategy<Value = Severity> {
        (0..5usize).prop_map(|n| Severity::ALL[n])
    }

    proptest! {
        #[test]
        fn the_worst_are_kept_in_order_and_the_worst_of_them_with_their_event(
            severities in prop::collection::vec(severity(), 0..40),
            findings in 0usize..20,
            events in 0usize..10,
        ) {
            let keep = Keep { findings, events, ..Keep::PAGE };
            let kept = kept(&severities, keep);
            let mut expected: Vec<(Severity, usize)> = severities.iter().copied().zip(1..).collect();
            expected.sort_by_key(|(severity, record)| (std::cmp::Reverse(*severity), *record));
            let more = expected.len().saturating_sub(findings);
            expected.truncate(findings);
            let place = |record: usize| format!("export/2026/11/23/a.json.gz, record {record}");
            let rows: Vec<_> = kept.rows.iter().map(|row| (row.severity, row.place.clone())).collect();
            let expected: Vec<_> = expected.iter().map(|(s, record)| (*s, place(*record))).collect();
            prop_assert_eq!(rows, expected);
            prop_assert_eq!(kept.more, more as u64);
            let with: Vec<bool> = kept.rows.iter().map(|row| row.detail.is_some()).collect();
            prop_assert_eq!(with.iter().filter(|with| **with).count(), events.min(kept.rows.len()));
            prop_assert!(with.is_sorted_by(|a, b| a >= b), "the worst have them: {:?}", with);
        }
    }

    #[test]
    fn findings_of_one_fingerprint_have_names_of_their_own() {
        let kept = kept(&[Severity::Low, Severity::Low, Severity::High], Keep::PAGE);
        let anchors: Vec<_> = kept.rows.iter().map(|row| row.anchor.as_str()).collect();
        assert_eq!(anchors[1], format!("{}-2", anchors[0]));
        assert_eq!(anchors[2], format!("{}-3", anchors[0]));
    }

    #[test]
    fn the_bytes_of_events_are_bounded() {
        let one = kept(&[Severity::Low], Keep::PAGE).rows[0]
            .detail
            .as_ref()
            .unwrap()
            .len();
        let keep = Keep {
            event_bytes: one * 5 / 2,
            ..Keep::PAGE
        };
        assert_eq!(kept(&[Severity::Low; 9], keep).without_event, 7);
        let keep = Keep {
            longest_event: one - 1,
            ..Keep::PAGE
        };
        assert_eq!(kept(&[Severity::Low; 9], keep).without_event, 9);
    }
}
