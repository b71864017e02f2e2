//! What only several events together show: the correlations of a scan.

use std::cell::RefCell;
use std::io;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use trailgate::correlate::{AsOf, Correlator, Followed, Following, Signal};
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::Losses;
use trailgate::finding::{CorrelationCounts, Failure, Finding, Summary};
use trailgate::rule::RuleSet;
use trailgate::state::Before;
use trailgate::waiver::Waivers;

use super::history::History;
use crate::cli::outputs::Outputs;

/// What comes out of a scan.
pub(super) enum Found {
    Finding(Box<Finding>),
    Problem(Diagnostic),
    /// A signal that a later run must know.
    Open(Signal),
}

/// Gathers the signals of a scan.
pub(super) struct Correlating<'r> {
    way: Way<'r>,
    waivers: Option<&'r Waivers>,
    before: Before,
    /// What a later run needs is kept for it.
    keeps: bool,
    failed: Option<io::Error>,
    /// Whether it was said that events came too late, and that there was no room.
    warned: (bool, bool),
}

/// When signals are correlated.
enum Way<'r> {
    /// Once all are there.
    AtTheEnd(Correlator<'r>),
    /// As they come.
    Following(Following<'r>),
}

/// Takes what comes out.
type Take<'a> = &'a mut dyn FnMut(Found);

impl<'r> Correlating<'r> {
    /// For the rules of a set, once all signals are there, which take about so many
    /// bytes of memory.
    pub(super) fn new(set: &'r RuleSet, waivers: Option<&'r Waivers>, memory: u64) -> Self {
        let correlator = Correlator::new(&set.rules, bytes(memory));
        Correlating::by(Way::AtTheEnd(correlator), waivers)
    }

    /// The same for signals that come without an end, about in the order of time.
    pub(super) fn following(
        set: &'r RuleSet,
        waivers: Option<&'r Waivers>,
        lateness: SignedDuration,
        memory: u64,
    ) -> Self {
        let following = Following::new(&set.rules, lateness, bytes(memory));
        Correlating::by(Way::Following(following), waivers)
    }

    fn by(way: Way<'r>, waivers: Option<&'r Waivers>) -> Self {
        Correlating {
            way,
            waivers,
            before: Before::default(),
            keeps: false,
            failed: None,
            warned: (false, false),
        }
    }

    /// Takes over what earlier runs left open; a later one takes over from this.
    pub(super) fn go_on(
        &mut self,
        history: &mut History,
        summary: &mut Summary,
        outputs: &mut Outputs<'_>,
    ) {
        self.keeps = true;
        if let Way::AtTheEnd(correlator) = &mut self.way
            && !correlator.is_empty()
        {
            let mut add = |signal| keep(&mut self.failed, correlator.add(signal));
            self.before = history.carried(&mut add, summary, outputs);
        }
    }

    /// Takes the signals of an event.
    pub(super) fn take(&mut self, signals: Vec<Signal>, take: Take<'_>) {
        match &mut self.way {
            Way::AtTheEnd(correlator) => {
                for signal in signals {
                    keep(&mut self.failed, correlator.add(signal));
                }
            }
            Way::Following(following) => {
                let place = signals.first().map(Signal::place);
                let waivers = self.waivers;
                let became = following.take(signals, &mut |finding, event| {
                    take(settled(waivers, finding, event));
                });
                let place = place.map(|place| format!("{}, record {}", place.file, place.record));
                let (late, refused) = &mut self.warned;
                match became {
                    Followed::Taken => {}
                    Followed::Late if std::mem::replace(late, true) => {}
                    Followed::Late => take(Found::Problem(too_late(place))),
                    Followed::Refused => refuse(refused, take),
                }
            }
        }
    }

    /// Takes note that events up to this time were read.
    pub(super) fn reached(&mut self, time: Timestamp, take: Take<'_>) {
        if let Way::Following(following) = &mut self.way {
            let waivers = self.waivers;
            let refused = following.reached(time, &mut |finding, event| {
                take(settled(waivers, finding, event));
            });
            if refused > 0 {
                refuse(&mut self.warned.1, take);
            }
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

    /// Hands over the findings that are left, and what a later run must know, and says
    /// in the summary what could not be told. Whether correlations were evaluated.
    pub(super) fn finish(
        self,
        as_of: AsOf,
        summary: &mut Summary,
        take: &mut dyn FnMut(Found, &mut Summary),
    ) -> bool {
        let waivers = self.waivers;
        let given = RefCell::new((take, summary));
        let give = |found| {
            let (take, summary) = &mut *given.borrow_mut();
            take(found, summary);
        };
        let mut emit = |finding, event: &Value| give(settled(waivers, finding, event));
        let counts = match (self.way, self.failed) {
            (_, Some(error)) => Err(error),
            (Way::AtTheEnd(correlator), None) if correlator.is_empty() => return true,
            (Way::AtTheEnd(correlator), None) => {
                let mut keep = |signal| give(Found::Open(signal));
                let keep: Option<&mut dyn FnMut(Signal)> = match self.keeps {
                    true => Some(&mut keep),
                    false => None,
                };
                correlator.finish(as_of, keep, &mut emit)
            }
            (Way::Following(following), None) if following.is_empty() => return true,
            (Way::Following(following), None) => Ok(following.finish(as_of.reached, &mut emit)),
        };
        let (take, summary) = given.into_inner();
        let counts = counts.map_err(|error| {
            let message = format!("signals of correlations cannot be kept on disk: {error}");
            summary.verdict.fail(Failure::Rules, message.clone());
            let problem = Diagnostic::new(Code::SignalsUnwritable, message).help(
                "make room where temporary files are kept, or give `--correlation-memory` more; \
                 without them no correlation was evaluated",
            );
            take(Found::Problem(problem), summary);
        });
        summary.correlation = counts.clone().ok();
        if counts.as_ref().is_ok_and(has_new_refusals(self.warned.1)) {
            take(Found::Problem(no_room()), summary);
        }
        counts.is_ok()
    }
}

fn has_new_refusals(warned: bool) -> impl Fn(&CorrelationCounts) -> bool {
    move |counts| counts.refused > 0 && !warned
}

fn bytes(memory: u64) -> usize {
    usize::try_from(memory).unwrap_or(usize::MAX)
}

fn keep(failed: &mut Option<io::Error>, added: io::Result<()>) {
    if let Err(error) = added {
        failed.get_or_insert(error);
    }
}

/// A finding, marked where a waiver covers it.
fn settled(waivers: Option<&Waivers>, mut finding: Finding, event: &Value) -> Found {
    if let Some(waivers) = waivers {
        waivers.apply(&mut finding, event, Losses::none());
    }
    Found::Finding(Box::new(finding))
}

fn refuse(warned: &mut bool, take: Take<'_>) {
    if !std::mem::replace(warned, true) {
        take(Found::Problem(no_room()));
    }
}

fn too_late(place: Option<String>) -> Diagnostic {
    let problem = Diagnostic::new(
        Code::LateEvents,
        "an event came too late to be correlated with those around it",
    );
    let problem = match place {
        Some(place) => problem.in_place(place),
        None => problem,
    };
    problem.help(
        "others are counted and not named; if many are, let events be later with \
         `--allowed-lateness`",
    )
}

fn no_room() -> Diagnostic {
    Diagnostic::new(
        Code::NoRoomForEvents,
        "there is no room for all events that correlations wait with",
    )
    .help(
        "give `--correlation-memory` more, or let events be less late with `--allowed-lateness`; \
         what was not correlated is counted at the end",
    )
}
