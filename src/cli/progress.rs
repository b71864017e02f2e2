//! How far a scan is, in one line at the foot of a terminal.
//!
//! In come the counters of the engine; one thread looks at them a few times a
//! second and draws on standard error, where nothing else is written meanwhile.
//! The line is gone before anything else is said, and at the end.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use clap::Args;
use trailgate::engine::{Progress, SoFar};
use trailgate::finding::grouped;
use trailgate::source::{Input, InputKind};

use super::terminal;

/// Whether progress shows.
#[derive(Debug, Args)]
pub(crate) struct ProgressOption {
    /// Show no progress; it is shown on a terminal alone
    #[arg(long)]
    no_progress: bool,
}

/// How often the line is drawn.
const EVERY: Duration = Duration::from_millis(200);
/// Who is done by then needs no line.
const FIRST: Duration = Duration::from_millis(400);
/// How far back one looks to tell how fast it goes.
const LOOK_BACK: Duration = Duration::from_secs(10);
/// Before that nobody can tell how long it takes.
const TELLS_AFTER: Duration = Duration::from_secs(2);
/// Columns left free: who stops a run sees `^C`, and it must not begin a line.
const ROOM: usize = 4;

/// What there is to read, so far as that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    inputs: Option<u64>,
    bytes: Option<u64>,
}

impl Total {
    /// Of inputs of which the sizes are known, or at least the number.
    fn of(inputs: &[Input]) -> Total {
        Total {
            inputs: Some(inputs.len() as u64),
            bytes: inputs.iter().map(size).sum(),
        }
    }
}

fn size(input: &Input) -> Option<u64> {
    let path = match &input.kind {
        InputKind::File(path) => path,
        InputKind::Object(object) => return Some(object.size()),
        _ => return None,
    };
    let metadata = std::fs::metadata(path).ok()?;
    metadata.is_file().then_some(metadata.len())
}

/// What is on the terminal. Drawn by hand: it is two escape sequences, and the
/// crates for it pad the line to the edge, where the `^C` of who stops the run
/// begins another that nobody takes away.
static SHOWN: Mutex<Shown> = Mutex::new(Shown::Nothing);

/// What of the line is on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Line,
}

const ERASED: &str = "\r\x1b[2K";

impl Shown {
    fn draw(&mut self, text: &str) {
        *self = Shown::Line;
        write(&format!("{ERASED}{text}"));
    }

    fn erase(&mut self) {
        if *self == Shown::Line {
            *self = Shown::Nothing;
            write(ERASED);
        }
    }
}

fn write(text: &str) {
    // Nobody would see why it fails.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn shown() -> MutexGuard<'static, Shown> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the line away; for the way out on a signal.
pub(crate) fn clear() {
    // Who writes beside the line may wait for a terminal that stands still.
    if let Ok(mut shown) = SHOWN.try_lock() {
        shown.erase();
    }
}

/// A line that follows a scan until it is dropped.
pub(crate) struct Line {
    drawing: Option<Drawing>,
    /// Where findings go to the same terminal, the line makes way for them.
    shares_terminal: bool,
}

struct Drawing {
    thread: JoinHandle<()>,
    end: Sender<()>,
}

impl Line {
    /// Begins to draw, if there is a terminal and nobody said otherwise. What there
    /// is to read need not be known.
    pub(crate) fn start(
        option: &ProgressOption,
        inputs: Option<&[Input]>,
        progress: &Arc<Progress>,
    ) -> Line {
        // Beside what a person types there is no place for it.
        let types = |input: &Input| input.kind == InputKind::Stdin && io::stdin().is_terminal();
        let draws = !option.no_progress
            && terminal::can_draw()
            && !inputs.unwrap_or_default().iter().any(types);
        Line {
            drawing: draws
                .then(|| {
                    Drawing::start(
                        inputs.map_or_else(Total::default, Total::of),
                        Arc::clone(progress),
                    )
                })
                .flatten(),
            shares_terminal: io::stdout().is_terminal(),
        }
    }

    /// Writes something while the line is away.
    pub(crate) fn around(&self, write: impl FnOnce()) {
        if self.drawing.is_some() && self.shares_terminal {
            let mut shown = shown();
            shown.erase();
            write();
        } else {
            write();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(drawing) = self.drawing.take() {
            drop(drawing.end);
            // It ends at once; where it panicked there is nothing to tidy up.
            let _ = drawing.thread.join();
            shown().erase();
        }
    }
}

impl Drawing {
    fn start(total: Total, progress: Arc<Progress>) -> Option<Drawing> {
        let (end, ended) = mpsc::channel::<()>();
        let draw = move || {
            let began = Instant::now();
            let mut pace = Pace::default();
            let mut wait = FIRST;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let so_far = progress.so_far();
                pace.see(began.elapsed(), so_far);
                let mut text = said(so_far, total, &pace);
                text.truncate(terminal::error_width().saturating_sub(ROOM));
                shown().draw(&text);
                wait = EVERY;
            }
        };
        let thread = thread::Builder::new().name("progress".to_owned());
        let thread = thread.spawn(draw).ok()?;
        Some(Drawing { thread, end })
    }
}

/// How fast it goes, by what was seen of late.
#[derive(Debug, Default)]
struct Pace(VecDeque<(Duration, SoFar)>);

impl Pace {
    fn see(&mut self, at: Duration, so_far: SoFar) {
        if self.0.is_empty() {
            self.0.push_back((Duration::ZERO, SoFar::default()));
        }
        self.0.push_back((at, so_far));
        while self
            .0
            .get(1)
            .is_some_and(|(seen, _)| at - *seen >= LOOK_BACK)
        {
            self.0.pop_front();
        }
    }

    /// What is done in a second; nothing before anybody can tell.
    fn a_second(&self, count: impl Fn(&SoFar) -> u64) -> Option<f64> {
        let ((from, before), (to, after)) = (self.0.front()?, self.0.back()?);
        let seconds = (*to - *from).as_secs_f64();
        let done = count(after).saturating_sub(count(before));
        (*to >= TELLS_AFTER && seconds > 0.0).then(|| done as f64 / seconds)
    }
}

/// `34%, 12 of 50 files, 3.4 MiB of 20.1 MiB, 51,234 events, 120,000 a second, about 12 s left`,
/// what matters most first: narrow terminals show the beginning.
fn said(so_far: SoFar, total: Total, pace: &Pace) -> String {
    let mut parts = Vec::new();
    if let Some(bytes) = total.bytes.filter(|bytes| *bytes > 0) {
        // What grew meanwhile is not more than all.
        parts.push(format!("{}%", (so_far.bytes.min(bytes) * 100) / bytes));
        if let Some(left) = time_left(so_far, bytes, pace) {
            parts.push(left);
        }
    }
    let files = match total.inputs {
        Some(1) => None,
        Some(inputs) => Some(format!(
            "{} of {} files",
            grouped(so_far.inputs),
            grouped(inputs)
        )),
        None => Some(match so_far.inputs {
            1 => "1 file".to_owned(),
            inputs => format!("{} files", grouped(inputs)),
        }),
    };
    parts.extend(files);
    parts.push(match total.bytes {
        Some(bytes) => format!("{} of {}", size_of(so_far.bytes), size_of(bytes)),
        None => size_of(so_far.bytes),
    });
    parts.push(match so_far.events {
        1 => "1 event".to_owned(),
        events => format!("{} events", grouped(events)),
    });
    if let Some(events) = pace.a_second(|so_far| so_far.events) {
        parts.push(format!("{} a second", grouped(events as u64)));
    }
    parts.join(", ")
}

fn time_left(so_far: SoFar, bytes: u64, pace: &Pace) -> Option<String> {
    let speed = pace.a_second(|so_far| so_far.bytes)?;
    if speed < 1.0 {
        return None;
    }
    let seconds = (bytes.saturating_sub(so_far.bytes) as f64 / speed).ceil() as u64;
    Some(match seconds {
        0..100 => format!("about {seconds} s left"),
        100..5400 => format!("about {} min left", seconds.div_ceil(60)),
        _ => format!("about {} h left", seconds.div_ceil(3600)),
    })
}

fn size_of(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn so_far(inputs: u64, bytes: u64, events: u64) -> SoFar {
        SoFar {
            inputs,
            bytes,
            events,
        }
    }

    #[test]
    fn the_time_left_is_that_of_the_pace_of_late() {
        let total = Total {
            inputs: Some(50),
            bytes: Some(100 * MIB),
        };
        let mut pace = Pace::default();
        let early = so_far(0, MIB, 1000);
        pace.see(Duration::from_secs(1), early);
        assert_eq!(
            said(early, total, &pace),
            "1%, 0 of 50 files, 1.0 MiB of 100.0 MiB, 1,000 events"
        );
        // A slow beginning is forgotten.
        for second in 2..=30 {
            let now = so_far(second, second * 2 * MIB, second * 20_000);
            pace.see(Duration::from_secs(second), now);
        }
        assert_eq!(
            said(so_far(30, 60 * MIB, 600_000), total, &pace),
            "60%, about 20 s left, 30 of 50 files, 60.0 MiB of 100.0 MiB, 600,000 events, \
             20,000 a second"
        );
    }

    #[test]
    fn where_no_size_is_known_no_end_is_promised() {
        let mut pace = Pace::default();
        let now = so_far(0, 3 * MIB / 2, 10);
        pace.see(Duration::from_secs(5), now);
        let total = Total {
            inputs: Some(1),
            bytes: None,
        };
        assert_eq!(said(now, total, &pace), "1.5 MiB, 10 events, 2 a second");
    }

    #[test]
    fn a_scan_that_stands_still_promises_nothing() {
        let total = Total {
            inputs: Some(1),
            bytes: Some(MIB),
        };
        let mut pace = Pace::default();
        for second in [1, 20, 40] {
            pace.see(Duration::from_secs(second), so_far(0, MIB / 2, 10));
        }
        let text = said(so_far(0, MIB / 2, 10), total, &pace);
        assert!(!text.contains("left"), "{text}");
    }

    #[test]
    fn what_grew_is_not_more_than_all() {
        let total = Total {
            inputs: Some(1),
            bytes: Some(MIB),
        };
        let text = said(so_far(0, 2 * MIB, 10), total, &Pace::default());
        assert!(text.starts_with("100%, 2.0 MiB"), "{text}");
    }
}
