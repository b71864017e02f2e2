//! What only several events together show: the correlations of a scan.

use std::io;

use trailgate::correlate::{AsOf, Correlator, Signal};
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::Losses;
use trailgate::finding::{Failure, Finding, Summary};
use trailgate::rule::RuleSet;
use trailgate::waiver::Waivers;

/// Gathers the signals of a scan.
pub(super) struct Correlating<'r> {
    correlator: Correlator<'r>,
    failed: Option<io::Error>,
}

impl<'r> Correlating<'r> {
    /// For the rules of a set; signals take about so many bytes of memory.
    pub(super) fn new(set: &'r RuleSet, memory: u64) -> Self {
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        Correlating {
            correlator: Correlator::new(&set.rules, memory),
            failed: None,
        }
    }

    pub(super) fn take(&mut self, signals: Vec<Signal>) {
        for signal in signals {
            if let Err(error) = self.correlator.add(signal) {
                self.failed.get_or_insert(error);
            }
        }
    }

    /// Hands over the findings, given in the summary up to when events were read, and
    /// says there what could not be told.
    pub(super) fn finish(
        self,
        waivers: Option<&Waivers>,
        summary: &mut Summary,
        emit: &mut dyn FnMut(Finding, &mut Summary),
    ) -> Option<Diagnostic> {
        if self.correlator.is_empty() {
            return None;
        }
        let as_of = AsOf {
            reached: summary.coverage.last,
            ..AsOf::default()
        };
        let correlated = match self.failed {
            Some(error) => Err(error),
            None => self
                .correlator
                .finish(as_of, &mut |_| {}, &mut |mut finding, event| {
                    if let Some(waivers) = waivers {
                        waivers.apply(&mut finding, event, Losses::none());
                    }
                    emit(finding, summary);
                }),
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
