//! `scan --follow`: what is followed, and how.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::source::follow::Watch;
use trailgate::source::{Discovery, Input};

use crate::cli::inputs::is_remote;

/// Whether the run goes on.
#[derive(Debug, Args)]
pub(crate) struct FollowOption {
    /// Go on with what is written to the files, directories and standard input, and
    /// show findings at once, until SIGTERM or Ctrl-C; then end with the summary and
    /// the exit code of what was read
    #[arg(short, long, conflicts_with_all = ["verify", "stats"])]
    follow: bool,
}

impl FollowOption {
    pub(super) fn is_asked(&self) -> bool {
        self.follow
    }

    /// What is followed, if that was asked for.
    ///
    /// # Errors
    /// Objects in S3 are not followed.
    pub(super) fn watch(&self, paths: &[PathBuf]) -> Result<Option<Watch>, Box<Diagnostic>> {
        if !self.follow {
            return Ok(None);
        }
        if let Some(address) = paths.iter().find(|path| is_remote(path)) {
            let message = format!("{} cannot be followed", address.display());
            let problem = Diagnostic::new(Code::Usage, message);
            return Err(Box::new(problem.help(
                "scan it now and then with `--since`, or follow the folder that it is copied to",
            )));
        }
        let files: Vec<PathBuf> = paths
            .iter()
            .filter(|path| stream(path).is_none())
            .cloned()
            .collect();
        Ok(Some(Watch::new(&files)))
    }
}

/// The streams among the paths, as what there is to read.
pub(super) fn streams(paths: &[PathBuf]) -> Discovery {
    let mut inputs: Vec<Input> = Vec::new();
    for input in paths.iter().filter_map(|path| stream(path)) {
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
    Discovery {
        inputs,
        ..Discovery::default()
    }
}

/// Standard input, or a pipe that was named.
fn stream(path: &Path) -> Option<Input> {
    if path == Path::new("-") {
        return Some(Input::stdin());
    }
    let metadata = fs::metadata(path).ok()?;
    let is_stream = !metadata.is_file() && !metadata.is_dir();
    is_stream.then(|| Input::file(path.to_owned()))
}
