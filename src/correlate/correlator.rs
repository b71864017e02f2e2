//! All correlations of a run, in one process.
//!
//! In come the rules and the signals of their events, in any order; once there are
//! no more, findings come out by rule, key and time. Rules that are about the
//! findings of others come after those.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;

use super::episode::{AsOf, Episode, Folded, Undetermined};
use super::extract::signals_of_finding;
use super::finding::{finding, shown_key};
use super::fold::Folding;
use super::signal::{Key, Signal};
use super::store::Store;
use super::text::EventText;
use crate::finding::{CorrelationCounts, Finding, OpenWindow, ShownEvent};
use crate::rule::Rule;
use crate::rule::correlation::Correlation;

/// Windows that are not over which are named one by one.
pub(super) const MOST_NAMED: usize = 100;

/// Takes the signals of a run, and makes findings of them.
#[derive(Debug)]
pub struct Correlator<'r> {
    units: Units<'r>,
    /// By stratum: those of the first need no findings of others.
    stores: Vec<Store>,
}

/// The correlations that are folded, by their ids.
#[derive(Debug, Default)]
pub(super) struct Units<'r>(pub(super) BTreeMap<&'r str, Unit<'r>>);

/// A correlation that is folded.
#[derive(Debug)]
pub(super) struct Unit<'r> {
    pub(super) rule: &'r Rule,
    pub(super) correlation: &'r Correlation,
    pub(super) stratum: usize,
    /// How long after the events that they name the findings are made which it is
    /// about.
    pub(super) delay: SignedDuration,
    /// Whether its findings are reported, and not only made for another rule.
    pub(super) reported: bool,
    /// The rules that are about its findings.
    parents: BTreeSet<&'r str>,
}

impl<'r> Units<'r> {
    /// The correlations among the rules, and those whose findings they are about.
    pub(super) fn of(rules: &'r [Rule]) -> Self {
        let mut units = Units::default();
        for rule in rules {
            if let Some(correlation) = &rule.correlation {
                units.unit(rule, correlation, None);
            }
        }
        units
    }

    /// Adds a rule, and those whose findings it is about; its stratum.
    fn unit(
        &mut self,
        rule: &'r Rule,
        correlation: &'r Correlation,
        parent: Option<&'r str>,
    ) -> usize {
        let id = rule.id.value.as_str();
        let mut stratum = 0;
        let mut delay = SignedDuration::ZERO;
        for child in correlation.correlations() {
            if let Some(of_child) = &child.correlation {
                stratum = stratum.max(self.unit(child, of_child, Some(id)) + 1);
                let below = self.0.get(child.id.value.as_str());
                let below = below.map_or(SignedDuration::ZERO, |unit| unit.delay);
                delay = delay.max(below.saturating_add(of_child.decided_after()));
            }
        }
        let unit = self.0.entry(id).or_insert_with(|| Unit {
            rule,
            correlation,
            stratum,
            delay,
            reported: false,
            parents: BTreeSet::new(),
        });
        match parent {
            Some(parent) => {
                unit.parents.insert(parent);
            }
            // The one that was chosen stands before the copy in another.
            None => (unit.rule, unit.correlation, unit.reported) = (rule, correlation, true),
        }
        stratum
    }
    /// An event as it may be kept: without what the rule masks in outputs, and those
    /// that are about its findings.
    pub(super) fn masked(&self, unit: &Unit<'_>, event: &Value) -> Value {
        let mut masked = ShownEvent::under(unit.rule, event, []).value().clone();
        for parent in &unit.parents {
            if let Some(above) = self.0.get(parent) {
                masked = self.masked(above, &masked);
            }
        }
        masked
    }

    /// What an episode is to the rules about its findings. One that goes on was that to
    /// them when it began.
    pub(super) fn above<'a>(
        &'a self,
        unit: &'a Unit<'r>,
        episode: &'a Episode,
        event: &'a Value,
    ) -> impl Iterator<Item = (&'a Unit<'r>, Vec<Signal>)> + use<'a, 'r> {
        let parents = unit.parents.iter().filter(|_| !episode.continues);
        parents.filter_map(move |parent| {
            let above = self.0.get(parent)?;
            let (rule, id) = (above.rule, &unit.rule.id.value);
            let made = signals_of_finding(rule, above.correlation, id, &episode.trigger, event);
            Some((above, made))
        })
    }
}

impl Unit<'_> {
    /// A window that is not over, as it may be shown.
    pub(super) fn open_window(&self, key: &Key, window: &Undetermined) -> OpenWindow {
        OpenWindow {
            rule: self.rule.id.value.clone(),
            key: shown_key(self.rule, self.correlation, key, &window.signal.value()),
            until: window.until,
        }
    }
}

impl<'r> Correlator<'r> {
    /// For the correlations among the rules; signals take about so many bytes of
    /// memory for each stratum of rules, the rest waits on disk.
    pub fn new(rules: &'r [Rule], memory: usize) -> Self {
        let units = Units::of(rules);
        let strata = units.0.values().map(|unit| unit.stratum + 1);
        let strata = strata.max().unwrap_or_default();
        Correlator {
            units,
            stores: (0..strata).map(|_| Store::new(memory)).collect(),
        }
    }

    /// Whether there is nothing to correlate.
    pub fn is_empty(&self) -> bool {
        self.units.0.is_empty()
    }

    /// Takes a signal; one of a rule that is not among these is left alone.
    ///
    /// # Errors
    /// There was no room in memory, and the disk cannot be written.
    pub fn add(&mut self, signal: Signal) -> io::Result<()> {
        match self.units.0.get(&*signal.rule) {
            Some(unit) => self.stores[unit.stratum].add(signal),
            None => Ok(()),
        }
    }

    /// Folds all signals, and hands over the findings that no earlier run had, each
    /// with what is kept of its event. Where there may be a later run, `keep` takes the
    /// signals that it needs, with their events masked as in every output.
    ///
    /// # Errors
    /// Signals on disk cannot be read or written.
    pub fn finish(
        self,
        as_of: AsOf,
        keep: Option<&mut dyn FnMut(Signal)>,
        emit: &mut dyn FnMut(Finding, &Value),
    ) -> io::Result<CorrelationCounts> {
        let mut taking = Taking {
            correlated: CorrelationCounts::default(),
            above: self.stores.into(),
            failed: None,
            units: &self.units,
            // Each of its own, so that neither must outlive the other.
            keep: match keep {
                Some(keep) => Some(keep),
                None => None,
            },
            emit,
        };
        while let Some(store) = taking.above.pop_front() {
            taking.correlated.signals += store.len();
            taking.fold(store, as_of)?;
        }
        Ok(taking.correlated)
    }

    /// The signals of one rule in the order in which they are folded, those of other
    /// rules' findings among them: what [`Correlator::finish`] would fold for it.
    ///
    /// # Errors
    /// Signals on disk cannot be read or written.
    pub fn signals_of(self, rule: &str, as_of: AsOf) -> io::Result<Vec<Signal>> {
        let Some(stratum) = self.units.0.get(rule).map(|unit| unit.stratum) else {
            return Ok(Vec::new());
        };
        let mut below = Taking {
            correlated: CorrelationCounts::default(),
            above: self.stores.into(),
            failed: None,
            units: &self.units,
            keep: None,
            emit: &mut |_, _| {},
        };
        for _ in 0..stratum {
            if let Some(store) = below.above.pop_front() {
                below.fold(store, as_of)?;
            }
        }
        let Some(own) = below.above.pop_front() else {
            return Ok(Vec::new());
        };
        let mut signals = Vec::new();
        let mut sorted = own.sorted()?;
        for signal in &mut sorted {
            let signal = signal?;
            if &*signal.rule == rule {
                let event = EventText::from(signal.event.get().into_owned());
                signals.push(Signal { event, ..signal });
            }
        }
        sorted.check()?;
        Ok(signals)
    }
}

/// What is done with what comes out.
struct Taking<'a, 'r> {
    units: &'a Units<'r>,
    correlated: CorrelationCounts,
    /// The signals of the strata that are still to come, the next first.
    above: VecDeque<Store>,
    /// A signal could not be kept.
    failed: Option<io::Error>,
    /// Takes what a later run needs, where there may be one.
    keep: Option<&'a mut dyn FnMut(Signal)>,
    emit: &'a mut dyn FnMut(Finding, &Value),
}

impl Taking<'_, '_> {
    /// Folds the signals of a stratum, rule by rule.
    fn fold(&mut self, store: Store, as_of: AsOf) -> io::Result<()> {
        let mut sorted = store.sorted()?;
        let mut first = sorted.next().transpose()?;
        while let Some(signal) = first.take() {
            let units = self.units;
            let Some(unit) = units.0.get(&*signal.rule) else {
                first = sorted.next().transpose()?;
                continue;
            };
            let rule = Arc::clone(&signal.rule);
            let mut folding = Folding::new(unit.correlation, as_of.delayed(unit.delay));
            folding.add(signal, &mut |key, folded| self.take(unit, key, folded));
            while let Some(signal) = sorted.next().transpose()? {
                if signal.rule != rule {
                    first = Some(signal);
                    break;
                }
                folding.add(signal, &mut |key, folded| self.take(unit, key, folded));
            }
            folding.end(&mut |key, folded| self.take(unit, key, folded));
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            sorted.check()?;
        }
        Ok(())
    }

    fn take(&mut self, unit: &Unit<'_>, key: &Key, folded: Folded) {
        let id = &unit.rule.id.value;
        match folded {
            Folded::Open(signal) => {
                if let Some(keep) = &mut self.keep {
                    let masked = self.units.masked(unit, &signal.value());
                    keep(Signal {
                        event: masked.to_string().into(),
                        ..Arc::unwrap_or_clone(signal)
                    });
                }
            }
            Folded::Late => self.correlated.late += 1,
            Folded::Episode(episode) if episode.is_new => self.episode(unit, key, &episode),
            Folded::Episode(_) => {}
            // Of a rule that is run for another too: that one hangs on it.
            Folded::Undetermined(window) => {
                *self.correlated.undetermined.entry(id.clone()).or_default() += 1;
                if self.correlated.named.len() < MOST_NAMED {
                    self.correlated.named.push(unit.open_window(key, &window));
                }
            }
            Folded::Learning => {
                *self.correlated.learning.entry(id.clone()).or_default() += 1;
            }
        }
    }

    fn episode(&mut self, unit: &Unit<'_>, key: &Key, episode: &Episode) {
        let event = episode.trigger.value();
        if unit.reported {
            let finding = finding(unit.rule, unit.correlation, key, episode, &event);
            (self.emit)(finding, &event);
        }
        for (above, made) in self.units.above(unit, episode, &event) {
            // The store below was taken out: the next is that of the stratum above.
            let Some(store) = self.above.get_mut(above.stratum - unit.stratum - 1) else {
                continue;
            };
            for signal in made {
                if let Err(error) = store.add(signal) {
                    self.failed = Some(error);
                }
            }
        }
    }
}
