//! The options about waivers.

use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use trailgate::config::Config;
use trailgate::diagnostic::Diagnostic;
use trailgate::rule::RuleSet;
use trailgate::waiver::Waivers;

use trailgate::event::parse_duration;

/// Which findings are accepted.
#[derive(Debug, Args)]
pub(crate) struct WaiverOptions {
    /// Accept the findings that the waivers in this file cover: they are shown as
    /// waived and fail no run [default: the file that the configuration names]
    #[arg(long, value_name = "PATH", help_heading = "Waivers and baseline")]
    waivers: Option<PathBuf>,

    /// The longest that a waiver may last, such as 90d: one without an end, or that
    /// lasts longer, is an error [default: what the configuration says]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration,
        help_heading = "Waivers and baseline")]
    longest_waiver: Option<SignedDuration>,
}

impl WaiverOptions {
    /// Reads the waivers; the set gets their text among its sources.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn load(
        &self,
        config: &Config,
        set: &mut RuleSet,
    ) -> Result<Option<Waivers>, Vec<Diagnostic>> {
        let configured = &config.waivers;
        let path = self.waivers.as_ref();
        let path = path.or(configured.file.as_ref().map(|path| &path.value));
        let longest = configured.longest.as_ref().map(|longest| longest.value);
        let longest = self.longest_waiver.or(longest);
        path.map(|path| Waivers::read(path, set, longest))
            .transpose()
    }
}
