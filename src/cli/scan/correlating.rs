//! What only several events together show: the correlations of a scan.

use std::cell::RefCell;
use std::io;

use jiff::SignedDuration;
use trailgate::correlate::{AsOf, Correlator, Signal};
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::Losses;
use trailgate::finding::{Failure, Finding, Summary};
use trailgate::rule::RuleSet;
use trailgate::state::Before;
use trailgate::waiver::Waivers;

use super::history::History;
use crate::cli::outputs::Outputs;

/// What comes out of correlations.
pub(super) enum Correlated {
    Finding(Box<Finding>),
    /// A signal that a later run must know.
    Open(Signal),
}

/// Gathers the signals of a scan.
pub(super) struct Correlating<'r> {
    correlator: Correlator<'r>,
    before: Before,
    failed: Option<io::Error>,
}

impl<'r> Correlating<'r> {
    /// For the rules of a set; signals take about so many bytes of memory.
    pub(super) fn new(set: &'r RuleSet, memory: u64) -> Self {
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        Correlating {
            correlator: Correlator::new(&set.rules, memory),
            before: Before::default(),
            failed: None,
        }
    }

    /// Takes over what earlier runs left open.
    pub(super) fn go_on(
        &mut self,
        history: &mut History,
        summary: &mut Summary,
        outputs: &mut Outputs<'_>,
    ) {
        if !self.correlator.is_empty() {
            self.before = history.carried(&mut |signal| self.add(signal), summary, outputs);
        }
    }

    pub(super) fn take(&mut self, signals: Vec<Signal>) {
        signals.into_iter().for_each(|signal| self.add(signal));
    }

    fn add(&mut self, signal: Signal) {
        if let Err(error) = self.correlator.add(signal) {
            self.failed.get_or_insert(error);
        }
    }

    /// Up to where the data reaches, with what earlier runs knew. Where there may be
    /// a later run, events may come so late.
    pub(super) fn as_of(&self, summary: &Summary, lateness: SignedDuration) -> AsOf {
        AsOf {
            reached: summary.coverage.last.max(self.before.reached),
            before: self.before.decided,
            lateness,
        }
    }

    /// Hands over the findings, and what a later run must know, and says in the summary
    /// what could not be told.
    pub(super) fn finish(
        self,
        as_of: AsOf,
        waivers: Option<&Waivers>,
        summary: &mut Summary,
        take: &mut dyn FnMut(Correlated, &mut Summary),
    ) -> Option<Diagnostic> {
        if self.correlator.is_empty() {
            return None;
        }
        let given = RefCell::new((take, &mut *summary));
        let give = |correlated| {
            let (take, summary) = &mut *given.borrow_mut();
            take(correlated, summary);
        };
        let correlated = match self.failed {
            Some(error) => Err(error),
            None => self.correlator.finish(
                as_of,
                &mut |signal| give(Correlated::Open(signal)),
                &mut |mut finding, event| {
                    if let Some(waivers) = waivers {
                        waivers.apply(&mut finding, event, Losses::none());
                    }
                    give(Correlated::Finding(Box::new(finding)));
                },
            ),
        };
        match correlated {
            Ok(correlated) => {
                summary.correlation = Some(correlated);
                None
            }
            Err(error) => {
                let message = format!("signals of correlations cannot be kept on disk: {error}");
                summary.verdict.fail(Failure::Rules, message.clone());
                let problem = Diagnostic::new(Code::SignalsUnwritable, message);
                Some(problem.help(
                    "make room where temporary files are kept, or give `--correlation-memory` \
                     more; without them no correlation was evaluated",
                ))
            }
        }
    }
}
