//! Correlation: what only several events together show.
//!
//! In come events that meet the condition of a rule with `correlate`; out come
//! findings about several events. Three functions are the whole way, and each can
//! run elsewhere than the one before:
//!
//! - [`signals`] makes of an event the [`Signal`]s that are kept of it;
//! - [`fold`] makes of the signals of a rule, sorted, its [`Episode`]s;
//! - [`Correlator::finish`] makes findings of those, and signals for rules that are
//!   about other rules' findings.
//!
//! The [`Correlator`] runs them in one process: it keeps signals within a bound of
//! memory and the rest on disk. Where data goes on, [`Following`] tells findings as
//! soon as they are certain. What comes out is a function of the set of events:
//! windows slide over `eventTime`, events of one time are simultaneous, deliveries of
//! one event are one.

mod aside;
mod correlator;
mod episode;
mod extract;
mod finding;
mod fold;
mod following;
mod grouped;
mod hidden;
mod log;
mod signal;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod window;
mod words;

pub use aside::{Aside, aside};
pub use correlator::Correlator;
pub use episode::{AsOf, Contribution, Episode, Folded, MOST_SHOWN, Measurement, Undetermined};
pub use extract::{MOST_KEYS, Occurrence, Unusable, signals};
pub(crate) use extract::{captured, combination};
pub use finding::finding;
pub(crate) use finding::shown_key;
pub use fold::{Folding, fold};
pub use following::{Followed, Following};
pub(crate) use hidden::{comparable, is_hidden};
pub use signal::{Key, Measured, Signal};
pub use store::Store;
pub use text::EventText;
pub(crate) use window::{Matching, between};
pub use words::words;

pub use crate::finding::duration_text;
