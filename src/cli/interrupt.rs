//! Signals: a run that is stopped leaves no partial file behind.

use std::io;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{destination, progress};

/// Stops the process on Ctrl-C (exit 130) and SIGTERM (143), as shells count.
/// Where signals cannot be watched, the system's own way of stopping remains.
pub(crate) fn watch() {
    // Nothing is lost but the tidying up.
    let _ = try_watch();
}

fn try_watch() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                progress::clear();
                destination::remove_unfinished();
                std::process::exit(128 + signal);
            }
        })?;
    Ok(())
}
