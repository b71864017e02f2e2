//! What a scan takes in.
//!
//! In come the arguments and the configuration; out come the inputs that were found,
//! what vouches for them, and the state file that was opened.

use jiff::Timestamp;

use trailgate::config::Config;
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::Asked;
use trailgate::rule::RuleSet;
use trailgate::source::Discovery;
use trailgate::source::follow::Watch;
use trailgate::state::Run;

use super::history::History;
use super::proof::Proof;
use super::{Arguments, following};
use crate::cli::inputs;
use crate::cli::outputs::Writing;

/// What is read, what vouches for it, and what earlier runs know of it.
pub(super) struct Inputs {
    pub(super) discovery: Discovery,
    pub(super) proof: Option<Proof>,
    pub(super) watch: Option<Watch>,
    pub(super) history: Option<History>,
}

impl Inputs {
    /// Finds them, verifies them where that was asked for, and opens the state file.
    ///
    /// # Errors
    /// Options that do not fit each other, or a state file that cannot be used.
    pub(super) fn of(
        arguments: &Arguments,
        config: &Config,
        set: &RuleSet,
        now: Timestamp,
    ) -> Result<(Inputs, Asked), Box<Diagnostic>> {
        let asked = arguments.asked.asked(now).map_err(|why| {
            let problem = Diagnostic::new(Code::Usage, why);
            Box::new(problem.help("say an earlier `--since` or a later `--until`"))
        })?;
        let paths = &arguments.paths;
        let allowed = arguments.allowed();
        // Before anything is listed: nothing is read that could not be kept.
        let watch = arguments.follow.watch(paths)?;
        let kept = arguments.state.path(config, watch.is_some())?;
        let history = History::open(kept, || Run::new(set, now, asked.clone(), allowed))?;
        let margin = arguments.asked.delivery_margin();
        let discovery = match &watch {
            Some(_) => following::streams(paths),
            None => inputs::found(paths, &asked, margin, &arguments.s3),
        };
        let options = arguments.reading.options();
        let (jobs, limits) = (options.jobs, options.limits);
        let proof = Proof::of(
            &arguments.verify,
            paths,
            &discovery,
            &asked,
            &arguments.s3,
            jobs,
            limits,
        )?;
        let inputs = Inputs {
            discovery,
            proof,
            watch,
            history,
        };
        Ok((inputs, asked))
    }

    /// When outputs can be written.
    pub(super) fn writing(&self) -> Writing {
        match &self.watch {
            Some(_) => Writing::Following,
            None if self.discovery.has_stdin() => Writing::Streaming,
            None => Writing::AtTheEnd,
        }
    }
}
