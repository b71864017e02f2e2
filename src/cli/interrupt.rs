//! Signals: a run that is stopped leaves no partial file behind, and one that
//! follows what is written comes to its end.

use std::io;
use std::sync::{Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use trailgate::engine::Stop;

use super::{destination, progress};

/// The run that ends by being told to.
static FOLLOWING: Mutex<Option<Stop>> = Mutex::new(None);

/// From now on the first signal ends the run as if its input had ended; a second
/// one stops the process as always.
pub(crate) fn ends(stop: &Stop) {
    *FOLLOWING.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop.clone());
}

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
            for signal in signals.forever() {
                let mut following = FOLLOWING.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(stop) = following.take() {
                    stop.stop();
                    continue;
                }
                progress::clear();
                destination::remove_unfinished();
                std::process::exit(128 + signal);
            }
        })?;
    Ok(())
}
