//! Folding: the signals of one rule, key by key, to what the rule finds in them.

use std::sync::Arc;

use super::episode::{AsOf, Folded, later};
use super::signal::{Key, Signal};
use super::window::Windows;
use crate::rule::correlation::{Asks, Correlation, WindowKind};

/// Folds signals of one rule that come in [`Signal::order`], and hands over what they
/// come to. A delivery of an event that was there before counts for nothing.
///
/// Memory is that of the windows of one key, whatever the number of signals: they
/// are not kept.
pub fn fold(
    correlation: &Correlation,
    signals: impl IntoIterator<Item = Signal>,
    as_of: AsOf,
    emit: &mut dyn FnMut(&Key, Folded),
) {
    let mut folding = Folding::new(correlation, as_of);
    for signal in signals {
        folding.add(signal, emit);
    }
    folding.end(emit);
}

/// The same, given the signals one by one.
#[derive(Debug)]
pub struct Folding<'r> {
    correlation: &'r Correlation,
    as_of: AsOf,
    current: Option<(Key, Windows<'r>)>,
    /// The last signal, to which others of its event may still be joined.
    last: Option<Signal>,
}

impl<'r> Folding<'r> {
    /// Nothing folded yet.
    pub fn new(correlation: &'r Correlation, as_of: AsOf) -> Self {
        Folding {
            correlation,
            as_of,
            current: None,
            last: None,
        }
    }

    /// Takes the next signal.
    pub fn add(&mut self, signal: Signal, emit: &mut dyn FnMut(&Key, Folded)) {
        match &mut self.last {
            Some(last) if signal.is_again(last) => last.join(&signal),
            _ => {
                if let Some(last) = self.last.replace(signal) {
                    self.take(last, emit);
                }
            }
        }
    }

    fn take(&mut self, signal: Signal, emit: &mut dyn FnMut(&Key, Folded)) {
        if self
            .current
            .as_ref()
            .is_none_or(|(key, _)| *key != signal.key)
        {
            self.end_key(emit);
            let windows = Windows::new(self.correlation, self.as_of);
            self.current = Some((signal.key.clone(), windows));
        }
        let signal = Arc::new(signal);
        if let Some((key, windows)) = &mut self.current {
            if is_needed_later(self.correlation, &signal, self.as_of) {
                emit(key, Folded::Open(Arc::clone(&signal)));
            }
            windows.add(signal, &mut |folded| emit(key, folded));
        }
    }

    /// Nothing more comes.
    pub fn end(mut self, emit: &mut dyn FnMut(&Key, Folded)) {
        if let Some(last) = self.last.take() {
            self.take(last, emit);
        }
        self.end_key(emit);
    }

    fn end_key(&mut self, emit: &mut dyn FnMut(&Key, Folded)) {
        if let Some((key, windows)) = self.current.take() {
            windows.end(self.as_of, &mut |folded| emit(&key, folded));
        }
    }
}

/// Whether a window may hold the signal beside later ones. (Windows that follow each
/// other, and values that were seen, know for themselves.)
fn is_needed_later(correlation: &Correlation, signal: &Signal, as_of: AsOf) -> bool {
    let within = match &correlation.asks {
        Asks::FirstSeen { .. } => return false,
        Asks::Window {
            kind: WindowKind::Measure { threshold, .. },
            ..
        } if threshold.has_upper_bound() => return false,
        Asks::Window { within, .. } => within.value,
    };
    // A window of what is to come, and the one before that may be of one episode.
    let within = within.saturating_mul(2);
    let until = later(later(signal.time, within), as_of.lateness);
    as_of.reached.is_some_and(|reached| reached <= until)
}
