//! The options about waivers.

use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use trailgate::diagnostic::Diagnostic;
use trailgate::rule::RuleSet;
use trailgate::waiver::Waivers;

use super::asked::parse_duration;

/// Which findings are accepted.
#[derive(Debug, Args)]
pub(crate) struct WaiverOptions {
    /// Accept the findings that the waivers in this file cover: they are shown as
    /// waived and fail no run
    #[arg(long, value_name = "PATH", help_heading = "Waivers and baseline")]
    waivers: Option<PathBuf>,

    /// The longest that a waiver may last, such as 90d: one without an end, or that
    /// lasts longer, is an error
    #[arg(long, value_name = "DURATION", value_parser = parse_duration,
        help_heading = "Waivers and baseline")]
    longest_waiver: Option<SignedDuration>,
}

impl WaiverOptions {
    /// Reads the waivers; the set gets their text among its sources.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn load(&self, set: &mut RuleSet) -> Result<Option<Waivers>, Vec<Diagnostic>> {
        let read = |path: &PathBuf| Waivers::read(path, set, self.longest_waiver);
        self.waivers.as_ref().map(read).transpose()
    }
}
