//! How the findings of a scan stand: waived, known to a baseline, or new.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use trailgate::baseline::{Baseline, Known};
use trailgate::config::Config;
use trailgate::diagnostic::Diagnostic;
use trailgate::engine::Engine;
use trailgate::finding::{ExpiredWaiver, Finding, Summary};
use trailgate::report::WaiverInForce;
use trailgate::rule::RuleSet;
use trailgate::waiver::{self, Waivers};

use crate::cli::waiver_options::WaiverOptions;

/// What of the findings does not count.
#[derive(Debug, Args)]
pub(crate) struct StandingOptions {
    #[command(flatten)]
    waivers: WaiverOptions,

    /// Fail only on findings that this baseline does not know; see `trailgate
    /// baseline create` [default: the one that the configuration names]
    #[arg(long, value_name = "FILE", help_heading = "Waivers and baseline")]
    baseline: Option<PathBuf>,
}

impl StandingOptions {
    /// Reads the waivers and the baseline.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(super) fn load(
        &self,
        config: &Config,
        set: &mut RuleSet,
        now: Timestamp,
    ) -> Result<Standing, Vec<Diagnostic>> {
        let configured = config.baseline.as_ref().map(|path| path.value.as_path());
        let baseline = self.baseline.as_deref().or(configured);
        let baseline = baseline.map(Baseline::read).transpose();
        match (self.waivers.load(config, set), baseline) {
            (Ok(waivers), Ok(baseline)) => Ok(Standing {
                waivers,
                baseline,
                now,
            }),
            (waivers, baseline) => {
                let mut problems = waivers.err().unwrap_or_default();
                problems.extend(baseline.err().map(|problem| *problem));
                Err(problems)
            }
        }
    }
}

/// The waivers and the baseline of a run.
pub(super) struct Standing {
    waivers: Option<Waivers>,
    baseline: Option<Baseline>,
    now: Timestamp,
}

impl Standing {
    /// Whether there are any.
    pub(super) fn is_some(&self) -> bool {
        self.waivers.is_some() || self.baseline.is_some()
    }

    /// The waivers that are in force.
    pub(super) fn in_force(&self) -> Vec<WaiverInForce> {
        let waivers = self.waivers.iter();
        let in_force = waivers.flat_map(|waivers| waivers.in_force(self.now));
        in_force
            .map(|(waiver, by)| WaiverInForce {
                rules: waiver.rules.iter().map(|rule| rule.value.clone()).collect(),
                by,
            })
            .collect()
    }

    /// Waivers that cover nothing any more.
    pub(super) fn expired(&self) -> Vec<ExpiredWaiver> {
        let waivers = self.waivers.as_ref();
        waivers.map_or(Vec::new(), |waivers| waiver::expired(waivers, self.now))
    }

    /// A notice of each waiver that ends soon.
    pub(super) fn expiring(&self) -> Vec<Diagnostic> {
        let waivers = self.waivers.as_ref();
        waivers.map_or(Vec::new(), |waivers| waiver::expiring(waivers, self.now))
    }

    /// What the engine asks, and what is asked of its findings.
    pub(super) fn parts(self) -> (InForce, Settling) {
        let settling = Settling {
            known: self.baseline.map(Known::new),
            used: BTreeSet::new(),
            now: self.now,
        };
        (InForce(self.waivers), settling)
    }
}

/// The waivers, if there are any.
pub(super) struct InForce(Option<Waivers>);

impl InForce {
    /// The engine that asks them.
    pub(super) fn engine<'a>(&'a self, engine: Engine<'a>) -> Engine<'a> {
        match &self.0 {
            Some(waivers) => engine.waiving(waivers),
            None => engine,
        }
    }

    /// The waivers themselves.
    pub(super) fn waivers(&self) -> Option<&Waivers> {
        self.0.as_ref()
    }
}

/// What the findings so far came to.
pub(super) struct Settling {
    known: Option<Known>,
    /// The numbers of the waivers that covered something.
    used: BTreeSet<usize>,
    now: Timestamp,
}

impl Settling {
    /// Says of a finding whether the baseline knows it, and takes note of the
    /// waiver that covers it.
    pub(super) fn settle(&mut self, finding: &mut Finding) {
        let waiver = finding.suppressed.as_ref().and_then(|by| by.waiver);
        self.used.extend(waiver);
        finding.baseline = self.known.as_mut().map(|known| known.state(finding));
    }

    /// Says in the summary what was not seen, and gives a warning of each waiver
    /// that covered nothing. None where an earlier run read some of the inputs: what
    /// a waiver is for may be in those.
    pub(super) fn conclude(
        self,
        waivers: &InForce,
        set: &RuleSet,
        summary: &mut Summary,
    ) -> Vec<Diagnostic> {
        if let Some(known) = &self.known {
            summary.baseline.get_or_insert_default().not_seen = known.not_seen();
        }
        if summary.known.as_ref().is_some_and(|known| known.inputs > 0) {
            return Vec::new();
        }
        let ran: BTreeSet<&str> = set.rules.iter().map(|rule| &*rule.id.value).collect();
        let waivers = waivers.0.as_ref();
        waivers.map_or(Vec::new(), |waivers| {
            waiver::unused(waivers, &self.used, &ran, self.now)
        })
    }
}
