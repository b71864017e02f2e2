//! What the configuration says of a scan: what accounts are called, what fails the
//! run and what must have sent events.

use std::collections::HashMap;
use std::sync::Arc;

use trailgate::config::Config;
use trailgate::diagnostic::{Diagnostic, Span};
use trailgate::finding::{AccountLabel, ChangedRule, FailOn, Finding, Gate, OffRule, Summary};
use trailgate::rule::RuleSet;
use trailgate::source::Folder;

/// The configuration of a scan, ready to be asked of every finding.
pub(super) struct Configured<'c> {
    config: &'c Config,
    labels: HashMap<&'c str, &'c Arc<AccountLabel>>,
    trails: Vec<Folder>,
}

impl<'c> Configured<'c> {
    pub(super) fn new(config: &'c Config) -> Self {
        let accounts = config.accounts.iter();
        let trails = config.expect.trails.iter();
        Configured {
            config,
            labels: accounts
                .map(|account| (account.id.value.as_str(), &account.label))
                .collect(),
            trails: trails.map(|trail| trail.value.clone()).collect(),
        }
    }

    /// What fails the run; an option wins over all that the configuration says.
    pub(super) fn gate(&self, option: Option<FailOn>) -> Gate {
        option.map_or_else(|| self.config.gate(), Gate::from)
    }

    /// Says on a finding what its account is called.
    pub(super) fn label(&self, finding: &mut Finding) {
        let account = finding.event.account.as_deref();
        let label = account.and_then(|account| self.labels.get(account));
        finding.account_label = label.map(|label| Arc::clone(label));
    }

    pub(super) fn trails(&self) -> &[Folder] {
        &self.trails
    }

    /// Holds what was read to what was expected; a problem for each that was silent.
    pub(super) fn hold(&self, summary: &mut Summary) -> Vec<Diagnostic> {
        let (expected, problems) = self.config.held_to(&summary.coverage, &summary.asked);
        summary.expected = expected;
        problems
    }
}

/// Says in the summary which rules are off, left out or have another severity.
pub(super) fn count_overrides(summary: &mut Summary, set: &RuleSet) {
    let sources = set.sources();
    let place = |span: Span| {
        let line = sources.position(span).line;
        format!("{}:{line}", sources.name(span.source))
    };
    let off = set.off.iter().map(|off| OffRule {
        id: off.rule.id.value.clone(),
        reason: off.reason.clone(),
        place: place(off.span),
    });
    summary.rules.off = off.collect();
    summary.rules.left_out.clone_from(&set.left_out);
    let changed = set.all().filter_map(|rule| {
        let set = rule.severity_set.as_ref()?;
        Some(ChangedRule {
            id: rule.id.value.clone(),
            severity: rule.severity,
            written: set.written,
            reason: set.reason.clone(),
            place: place(set.span),
        })
    });
    summary.rules.changed = changed.collect();
}
