//! `scan --state`: what earlier runs read and found.

use std::path::{Path, PathBuf};

use clap::Args;

use trailgate::config::Config;
use trailgate::correlate::{AsOf, Signal};
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::engine::InputEnd;
use trailgate::finding::{Failure, Finding, Recurrence, Summary};
use trailgate::source::Discovery;
use trailgate::state::{Before, Recording, Run, State};

use crate::cli::outputs::Outputs;

/// Whether runs are kept.
#[derive(Debug, Args)]
pub(crate) struct StateOption {
    /// Keep runs and findings in this file, which is made if it is not there: read
    /// only what no earlier run read under the same rules and lists, and say which
    /// findings are new. `trailgate history` shows what is in it [default: the file that
    /// the configuration names]
    #[arg(long, value_name = "PATH", conflicts_with = "follow")]
    state: Option<PathBuf>,
}

impl StateOption {
    /// The state file, if there is to be one.
    ///
    /// # Errors
    /// The configuration names one, and the run goes on without an end.
    pub(super) fn path<'a>(
        &'a self,
        config: &'a Config,
        following: bool,
    ) -> Result<Option<&'a Path>, Box<Diagnostic>> {
        let configured = config.state.as_ref().map(|path| path.value.as_path());
        match configured {
            Some(path) if following => {
                let name = path.display();
                let message = format!("a run that is followed is not kept in {name}");
                let problem = Diagnostic::new(Code::Usage, message);
                Err(Box::new(problem.help(
                    "the configuration names it: follow with `--no-config`, or with one that \
                     names no state file",
                )))
            }
            configured => Ok(self.state.as_deref().or(configured)),
        }
    }
}

/// The run in its state file.
pub(super) struct History {
    recording: Recording,
}

impl History {
    /// Opens the state file, if there is to be one.
    ///
    /// # Errors
    /// It cannot be used.
    pub(super) fn open(
        path: Option<&Path>,
        run: impl FnOnce() -> Run,
    ) -> Result<Option<History>, Box<Diagnostic>> {
        let Some(path) = path else {
            return Ok(None);
        };
        let recording = State::open(path)?.begin(run())?;
        Ok(Some(History { recording }))
    }

    /// Takes out the inputs that need not be read again, and says so in the summary.
    /// Where the state file fails, everything is read, and the run fails at its end.
    pub(super) fn leave_out(
        &mut self,
        discovery: &mut Discovery,
        summary: &mut Summary,
        outputs: &mut Outputs<'_>,
    ) {
        match self.recording.leave_out(&mut discovery.inputs) {
            Ok(known) => {
                summary.known = Some(known.left_out);
                discovery.skipped.state += known.own;
                if let Some(notice) = known.notice() {
                    outputs.each(|sink| sink.diagnostic(&notice));
                }
            }
            Err(problem) => fail(&problem, summary, outputs),
        }
    }

    pub(super) fn see(&mut self, finding: &Finding) -> Option<Recurrence> {
        self.recording.see(finding)
    }

    pub(super) fn end(&mut self, end: &InputEnd) {
        self.recording.end(end);
    }

    /// Hands over the signals that earlier runs left open. Where the state file fails
    /// there are none, and the run fails at its end.
    pub(super) fn carried(
        &mut self,
        take: &mut dyn FnMut(Signal),
        summary: &mut Summary,
        outputs: &mut Outputs<'_>,
    ) -> Before {
        match self.recording.carried(take) {
            Ok(before) => {
                if let Some(notice) = before.notice() {
                    outputs.each(|sink| sink.diagnostic(&notice));
                }
                before
            }
            Err(problem) => {
                fail(&problem, summary, outputs);
                Before::default()
            }
        }
    }

    pub(super) fn leave_open(&mut self, signal: &Signal) {
        self.recording.leave_open(signal);
    }

    /// Takes note that correlations were evaluated.
    pub(super) fn folded(&mut self, as_of: AsOf) {
        let decided = as_of.settled().max(as_of.before);
        self.recording
            .folded(as_of.reached, decided, as_of.lateness);
    }

    /// Writes the run, and says in the summary how it compares.
    pub(super) fn record(&mut self, summary: &mut Summary, outputs: &mut Outputs<'_>) {
        match self.recording.record(summary) {
            Ok(counts) => summary.history = Some(counts),
            Err(problem) => fail(&problem, summary, outputs),
        }
    }

    /// Says what became of the outputs. What comes out could not be kept.
    pub(super) fn reported(self, summary: &mut Summary, written: bool) -> Option<Diagnostic> {
        let problem = self.recording.reported(&summary.verdict, written).err()?;
        summary.verdict.fail(Failure::Usage, why(&problem));
        Some(*problem)
    }
}

fn fail(problem: &Diagnostic, summary: &mut Summary, outputs: &mut Outputs<'_>) {
    outputs.each(|sink| sink.diagnostic(problem));
    summary.verdict.fail(Failure::Usage, why(problem));
}

/// `trailgate.db: the state file cannot be written: ...`
fn why(problem: &Diagnostic) -> String {
    let place = problem.place.as_deref();
    let place = place.map_or(String::new(), |place| format!("{place}: "));
    format!("{place}{}", problem.message)
}
